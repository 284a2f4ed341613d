"""``torch._C._functions``: nodes that programs about autograd name."""

from __future__ import annotations

from typing import Any

from ....autograd.node import AccumulateGrad
from ....autograd.tensor import Tensor as Base
from ....errors import FunctionError
from ..autograd.function import Function, FunctionCtx

__all__ = ["AccumulateGrad", "DelayedError", "UndefinedGrad"]


class _Undefined(Function):
    @staticmethod
    def forward(ctx: Any, *tensors: Any) -> Any:
        return tensors[0] if len(tensors) == 1 else tensors

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return (None,) * len(grads)


class UndefinedGrad(FunctionCtx):
    """``UndefinedGrad()(x)`` is `x` with a node behind it that passes no gradient on."""

    def __call__(self, *tensors: Any) -> Any:
        return _Undefined.apply(*tensors)


class _Raising(Function):
    @staticmethod
    def forward(ctx: Any, message: str, *tensors: Any) -> Any:
        ctx.message = message
        copies = tuple(t.view_as(t) if isinstance(t, Base) else t for t in tensors)  # type: ignore[attr-defined]
        return copies[0] if len(copies) == 1 else copies

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        raise FunctionError(ctx.message)


class DelayedError(FunctionCtx):
    """``DelayedError(message, count)(x)`` is `x` with a node behind it that raises in the backward."""

    def __init__(self, message: str, num_inputs: int) -> None:
        super().__init__()
        self.message = message

    def __call__(self, *tensors: Any) -> Any:
        return _Raising.apply(self.message, *tensors)
