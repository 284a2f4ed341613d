"""``torch.autograd.Variable``: what tensors with gradients were called before they were tensors."""

from __future__ import annotations

from typing import Any

from ....autograd.engine import queue_callback
from ..tensor import Tensor, alias_of

__all__ = ["Variable"]


class _Engine:
    """What of the engine is asked for by this name."""

    queue_callback = staticmethod(queue_callback)


class _VariableMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableMeta):
    """``Variable(tensor)`` is a leaf on the memory of `tensor`; ``isinstance`` takes every tensor for one.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.autograd.Variable(torch.ones(1), requires_grad=True).requires_grad
    True
    """

    _execution_engine = _Engine

    def __new__(cls, data: Any, requires_grad: bool = False, volatile: bool = False) -> Any:
        return alias_of(data, type(data) if isinstance(data, Tensor) else Tensor).requires_grad_(requires_grad)
