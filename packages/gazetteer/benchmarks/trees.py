"""Trees to measure on: copies of a tree below each other, so that a larger one has the same mix of files."""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
from pathlib import Path

__all__ = ["enlarge", "headers_and_library", "standard_library"]

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "site-packages", "*.so", "*.pyc", ".git")


def standard_library(to: Path) -> Path:
    """A copy of Python's standard library, without what is installed into it."""
    shutil.copytree(sysconfig.get_paths()["stdlib"], to, ignore=_LEFT_OUT, symlinks=True)
    return to


def headers_and_library(to: Path) -> Path:
    """A copy of the headers that come with PyTorch, where it is installed, beside one of the standard library."""
    standard_library(to / "python")
    found = importlib.util.find_spec("torch")
    headers = Path(found.origin).parent / "include" if found is not None and found.origin else None
    if headers is not None and headers.is_dir():
        shutil.copytree(headers, to / "torch", ignore=_LEFT_OUT, symlinks=True)
    return to


def enlarge(tree: Path, to: Path, times: int) -> Path:
    """A tree of `times` copies of a tree. Each text differs by its first line, so that no copy is answered from the store's others."""
    for number in range(times):
        copy = to / f"copy{number:02}"
        shutil.copytree(tree, copy, ignore=_LEFT_OUT, symlinks=True)
        for path in sorted(copy.rglob("*")):
            mark = {".py": f"# copy {number}\n", ".h": f"// copy {number}\n", ".c": f"// copy {number}\n"}.get(path.suffix)
            if mark and path.is_file() and not path.is_symlink():
                path.write_bytes(mark.encode() + path.read_bytes())
    return to
