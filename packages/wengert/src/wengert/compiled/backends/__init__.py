"""Backends by name, each imported when it is asked for."""

from __future__ import annotations

import importlib

from ...errors import ArgumentError, MissingExtraError
from ..segments import Backend
from .auto import AutoBackend

__all__ = ["NAMES", "SLOW", "backend_called"]

#: The backends, and the library that each needs.
NAMES: dict[str, str | None] = {"python": None, "numba": "numba", "xla": "jax", "inductor": "torch", "auto": None}

#: The modules that are not called as their backend.
MODULES = {"python": "blocked"}

#: Those that take seconds to compile a program.
SLOW = ("numba", "xla", "inductor")


def backend_called(name: str) -> Backend:
    """The backend of that name.

    Raises
    ------
    ArgumentError
        If there is none.
    MissingExtraError
        If what it needs is not installed.
    """
    if name not in NAMES:
        raise ArgumentError(f"backend: expected one of {', '.join(map(repr, NAMES))}, got {name!r}")
    if name == "auto":
        return AutoBackend(backend_called, {one: needed for one, needed in NAMES.items() if one != "auto"})
    try:
        backend: Backend = importlib.import_module(f".{MODULES.get(name, name)}", __name__).backend
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != NAMES[name]:
            raise
        raise MissingExtraError(f"backend {name!r} needs {NAMES[name]}: pip install 'wengert[{NAMES[name]}]'") from error
    return backend
