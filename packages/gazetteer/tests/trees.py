"""Small trees for tests, and `gaz` run over them as its users run it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src"

#: A tree with a bit of everything that the pipeline has stages for.
SMALL = {
    "README.md": "# Small\n\nA small tree. See [the hook](src/hook.h) and `Hook`.\n",
    "src/export.h": '#pragma once\n#define SMALL_API __attribute__((visibility("default")))\n#define REGISTER(x) static int reg_##x = 1;\n',
    "src/hook.h": '#pragma once\n#include "export.h"\n\n// A hook.\nstruct SMALL_API Hook {\n  int value() const;\n};\n',
    "src/hook.cpp": '#include "hook.h"\n\nREGISTER(hook)\nint Hook::value() const { return 1; }\n',
    "pkg/__init__.py": '"""The package."""\nfrom .core import Core\n',
    "pkg/core.py": "from . import tools\n\n\n"
    'class Core(tools.Base):\n    """What it is about."""\n\n    size = 1\n\n    def run(self):\n        return 1\n',
    "pkg/tools.py": "class Base:\n    def run(self): ...\n",
    "tests/test_core.py": "from pkg.core import Core\n\n\ndef test_core():\n    assert Core().run()\n",
    "empty.txt": "",
}


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files below a folder."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def environment(cache: Path, **more: str) -> dict[str, str]:
    """Variables for a `gaz` of its own."""
    base = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON", "LC_", "LANG"))}
    return base | {"PYTHONPATH": str(SOURCE), "PYTHONDONTWRITEBYTECODE": "1", "GAZETTEER_CACHE_DIR": str(cache)} | more


def gaz(cache: Path, *arguments: object, cwd: Path | None = None, timeout: float = 120, **more: str) -> subprocess.CompletedProcess[str]:
    """Run ``gaz`` with a cache folder."""
    return subprocess.run(
        [sys.executable, "-m", "gazetteer", *map(str, arguments)], capture_output=True, text=True, errors="surrogateescape",
        timeout=timeout,
        cwd=cwd or cache.parent, env=environment(cache, **more), check=False,
    )  # fmt: skip


def built(cache: Path, *arguments: object, **more: str) -> str:
    """Run ``gaz build``, which must succeed; what it says."""
    done = gaz(cache, "build", *arguments, **more)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return done.stdout


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with its bytes; links are marked, not followed."""
    found = {}
    for above, _, names in os.walk(folder):
        for name in names:
            path = Path(above, name)
            found[os.path.relpath(path, folder)] = b"-> " + os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
    return dict(sorted(found.items()))


def git(folder: Path, *arguments: str) -> str:
    """Run git in a folder, as a user without any configuration."""
    return subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always",
         *arguments],
        cwd=folder, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"},
    ).stdout  # fmt: skip


def committed(folder: Path) -> Path:
    """Make a repository of a folder."""
    git(folder, "init", "-q")
    git(folder, "add", "-A", "-f")
    git(folder, "commit", "-q", "-m", "all")
    return folder
