"""``torch._dynamo.backends.debugging``: backends that run a program as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["aot_eager", "eager"]


def eager(gm: Callable[..., Any], fake_tensor_inputs: Any = None, **options: Any) -> Callable[..., Any]:
    """The program itself."""
    return gm


def aot_eager(gm: Callable[..., Any], fake_tensor_inputs: Any = None, **options: Any) -> Callable[..., Any]:
    """The program itself."""
    return gm


#: Those that need no graph, so that a function that is compiled with one of them runs.
RUN_AS_IS = (aot_eager, eager)
