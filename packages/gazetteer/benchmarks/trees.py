"""Trees to measure on: copies of a tree below each other, so that a larger one has the same mix of files."""

from __future__ import annotations

import importlib.util
import shutil
import sysconfig
from pathlib import Path

__all__ = ["copy_of", "enlarge", "headers_and_library", "standard_library"]

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "site-packages", "*.so", "*.pyc", ".git")

#: What begins a comment, by suffix: of the files that take most of the time.
_COMMENTS = {".py": "#"} | dict.fromkeys((".h", ".hpp", ".cuh", ".c", ".cc", ".cpp", ".cu"), "//")


def copy_of(tree: Path, to: Path) -> Path:
    """A copy of a tree as it is, but for what git and Python keep in it."""
    return shutil.copytree(tree, to, ignore=_LEFT_OUT, symlinks=True)


def standard_library(to: Path) -> Path:
    """A copy of Python's standard library, without what is installed into it."""
    return copy_of(Path(sysconfig.get_paths()["stdlib"]), to)


def headers_and_library(to: Path) -> Path:
    """A copy of the headers that come with PyTorch, where it is installed, beside one of the standard library."""
    standard_library(to / "python")
    found = importlib.util.find_spec("torch")
    headers = Path(found.origin).parent / "include" if found is not None and found.origin else None
    if headers is not None and headers.is_dir():
        copy_of(headers, to / "torch")
    return to


def enlarge(tree: Path, to: Path, times: int) -> Path:
    """A tree of `times` copies of a tree. Each text differs by its first line, so that no copy is answered from the store's others."""
    for number in range(times):
        copy = to / f"copy{number:02}"
        copy_of(tree, copy)
        for path in sorted(copy.rglob("*")):
            if path.suffix in _COMMENTS and path.is_file() and not path.is_symlink():
                path.write_bytes(f"{_COMMENTS[path.suffix]} copy {number}\n".encode() + path.read_bytes())
    return to
