"""``torch._dynamo``: the front of PyTorch's compiler, which is not here; its settings may be given and do nothing."""

from __future__ import annotations

from typing import Any

from ..elsewhere import absent
from . import config

__all__ = ["allow_in_graph", "config", "disable", "mark_dynamic", "reset"]

mark_dynamic = absent("torch._dynamo.mark_dynamic")


def reset() -> None:
    """Nothing is cached."""


def disable(fn: Any = None, recursive: bool = True) -> Any:
    """The function itself: nothing is compiled."""
    return fn if fn is not None else lambda f: f


def allow_in_graph(fn: Any) -> Any:
    """The function itself."""
    return fn
