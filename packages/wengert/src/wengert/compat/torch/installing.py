"""Standing in for the package ``torch``: so that ``import torch`` gives Wengert's spelling, in this process."""

from __future__ import annotations

import importlib
import os
import pkgutil
import runpy
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any

import numpy as np

from . import absent_modules

__all__ = ["install", "run_script"]

PACKAGE = __package__


def install() -> None:
    """Let ``import torch`` in this process give `wengert.compat.torch`, and so for its submodules.

    Call it before anything has imported PyTorch itself.

    Raises
    ------
    RuntimeError
        If PyTorch has been imported already.

    Examples
    --------
    >>> import wengert.compat.torch
    >>> wengert.compat.torch.install()  # doctest: +SKIP
    >>> import torch  # doctest: +SKIP
    >>> torch.__name__  # doctest: +SKIP
    'wengert.compat.torch'
    """
    present = sys.modules.get("torch")
    if present is not None and present.__name__ != PACKAGE:
        raise RuntimeError("install: PyTorch itself has been imported in this process; call install() before that")
    package = importlib.import_module(PACKAGE)
    sys.modules["torch"] = package
    np.seterr(all="ignore")  # PyTorch says nothing of overflows and divisions by zero
    for found in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
        if not found.name.endswith("__main__"):
            sys.modules[f"torch{found.name[len(PACKAGE) :]}"] = importlib.import_module(found.name)
    absent_modules.enter()


def run_script(path: str, arguments: Sequence[str] = ()) -> dict[str, Any]:
    """Run a program with ``torch`` standing for Wengert's spelling, as ``python path`` would.

    So do the Python programs that it starts. PyTorch's test files import from folders of tests beside them. Here an installed
    package of such a name does not hide them.
    """
    install()
    children = str(Path(__file__).parent.parent / "children")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (children, os.environ.get("PYTHONPATH"))))
    sys.argv = [path, *arguments]
    beside = Path(path).resolve().parent
    sys.path.insert(0, str(beside))
    for folder in beside.iterdir() if beside.is_dir() else ():
        if folder.is_dir() and any(folder.glob("test_*.py")) and not (folder / "__init__.py").exists():
            spec = ModuleSpec(folder.name, None, is_package=True)
            spec.submodule_search_locations = [str(folder)]
            sys.modules.setdefault(folder.name, module_from_spec(spec))
    return runpy.run_path(path, run_name="__main__")
