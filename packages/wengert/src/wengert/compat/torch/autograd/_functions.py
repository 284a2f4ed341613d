"""``torch.autograd._functions``: Functions of old."""

from __future__ import annotations

import math
from typing import Any

from ....errors import UsageError
from .function import Function

__all__ = ["Resize"]


class Resize(Function):
    """The elements in another shape with as many."""

    @staticmethod
    def forward(ctx: Any, tensor: Any, sizes: Any) -> Any:
        """Change the shape."""
        if math.prod(sizes) != tensor.numel():
            raise UsageError(f"requested resize to {tuple(sizes)}, but the tensor has {tensor.numel()} elements")
        ctx.shape = tensor.shape
        return tensor.contiguous().view(*sizes) if sizes else tensor.contiguous().view(())

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        """Change it back."""
        return grad.contiguous().view(ctx.shape), None
