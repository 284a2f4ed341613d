"""Standing in for the package ``autograd`` in this process."""

from __future__ import annotations

import importlib
import pkgutil
import sys

__all__ = ["install"]

PACKAGE = __package__


def install() -> None:
    """Let ``import autograd`` in this process give `wengert.compat.autograd`, and so for its submodules.

    Call it before anything has imported HIPS autograd itself.

    Raises
    ------
    RuntimeError
        If HIPS autograd has been imported already.
    """
    present = sys.modules.get("autograd")
    if present is not None and present.__name__ != PACKAGE:
        raise RuntimeError("install: HIPS autograd itself has been imported in this process; call install() before that")
    package = importlib.import_module(PACKAGE)
    sys.modules["autograd"] = package
    for found in pkgutil.walk_packages(package.__path__, f"{PACKAGE}."):
        sys.modules[f"autograd{found.name[len(PACKAGE) :]}"] = importlib.import_module(found.name)
