"""``torch._dynamo``: the front of PyTorch's compiler. Functions are not compiled here; backward passes are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import backends, compiled_autograd, config, device_interface, exc, testing, utils
from .breaks import graph_break
from .compiling import BACKENDS, compile

__all__ = [
    "allow_in_graph",
    "backends",
    "compiled_autograd",
    "config",
    "device_interface",
    "disable",
    "exc",
    "graph_break",
    "is_compiling",
    "list_backends",
    "mark_dynamic",
    "mark_static",
    "maybe_mark_dynamic",
    "optimize",
    "optimize_assert",
    "reset",
    "testing",
    "utils",
]


def reset() -> None:
    """Forget the programs of all backward passes, and which contexts are in force."""
    compiled_autograd.reset()


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself: nothing is compiled. A decorator if it is left out."""
    return fn if fn is not None else lambda f: f


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn


def is_compiling() -> bool:
    """False: Python is running this."""
    return False


def mark_dynamic(t: Any, index: Any, **options: Any) -> None:
    """Changes nothing: see `torch._dynamo.compiled_autograd._enable` for which sizes a program is made."""


maybe_mark_dynamic = mark_static = mark_dynamic


def list_backends() -> list[str]:
    """The names that `torch.compile` takes."""
    return list(BACKENDS)


def optimize(backend: Any = "inductor", *, nopython: bool = False, dynamic: bool | None = None) -> Callable[[Any], Any]:
    """A decorator: `torch.compile` with that backend."""
    return compile(backend=backend, fullgraph=nopython, dynamic=dynamic)


def optimize_assert(backend: Any = "inductor", *, dynamic: bool | None = None) -> Callable[[Any], Any]:
    """A decorator: `torch.compile` with that backend and ``fullgraph=True``."""
    return optimize(backend, nopython=True, dynamic=dynamic)
