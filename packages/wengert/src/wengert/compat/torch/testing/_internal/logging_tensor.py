"""``torch.testing._internal.logging_tensor``: a subclass of Tensor that stands beside it in tests."""

from __future__ import annotations

from typing import Any, Self

from ...tensor import Tensor, alias_of

__all__ = ["LoggingTensor"]


class LoggingTensor(Tensor):
    """A tensor of a class of its own on the memory of another. PyTorch's also logs the operators that it meets."""

    __slots__ = ()

    def __new__(cls, elem: Any, *args: Any, requires_grad: bool = False, **options: Any) -> Self:
        return alias_of(elem, cls).requires_grad_(requires_grad or elem.requires_grad)

    def __init__(self, *args: Any, **options: Any) -> None:
        pass
