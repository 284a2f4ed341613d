"""``wengert.autograd.function``: PyTorch's path to what stands in `wengert.function`, a floor above."""

from ..function import Function, FunctionCtx, once_differentiable

__all__ = ["Function", "FunctionCtx", "once_differentiable"]
