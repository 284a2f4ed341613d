"""Backends by name, each imported when it is asked for."""

from __future__ import annotations

import importlib

from ...errors import ArgumentError, MissingExtraError
from ..segments import Backend

__all__ = ["NAMES", "backend_called"]

#: The backends, and the library that each needs.
NAMES = {"python": None, "blocked": None, "numba": "numba", "xla": "jax", "inductor": "torch"}


def backend_called(name: str) -> Backend | None:
    """The backend of that name; None for ``"python"``, which calls the library's functions one by one.

    Raises
    ------
    ArgumentError
        If there is none.
    MissingExtraError
        If what it needs is not installed.
    """
    if name not in NAMES:
        raise ArgumentError(f"backend: expected one of {', '.join(map(repr, NAMES))}, got {name!r}")
    if name == "python":
        return None
    try:
        return importlib.import_module(f".{name}", __name__).backend
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != NAMES[name]:
            raise
        raise MissingExtraError(f"backend {name!r} needs {NAMES[name]}: pip install 'wengert[{NAMES[name]}]'") from error
