"""What of ``autograd.tracer`` programs use: telling whether something is being differentiated, and its plain value."""

from __future__ import annotations

from typing import Any

from ...autograd.tensor import Tensor
from ...numpy_protocols.operands import plain
from .extend import Box, notrace_primitive, primitive

__all__ = ["Box", "getval", "isbox", "notrace_primitive", "primitive"]


def isbox(x: Any) -> bool:
    """Whether `x` is being differentiated through."""
    return isinstance(x, Tensor)


def getval(x: Any) -> Any:
    """The plain value of `x`."""
    value = plain(x)
    return value[()] if isinstance(x, Tensor) and value.ndim == 0 else value
