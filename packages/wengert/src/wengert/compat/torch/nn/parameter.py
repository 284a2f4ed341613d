"""``torch.nn.parameter``."""

from __future__ import annotations

from typing import Any, Self

from ....autograd.tensor import Tensor as Base
from ....nn.parameter import Parameter as BaseParameter
from ..creation import tensor
from ..tensor import Tensor

__all__ = ["Buffer", "Parameter"]


class Parameter(Tensor, BaseParameter):
    """A leaf tensor that, as an attribute of a module, is among its ``parameters()``.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.nn.Parameter(torch.ones(2)).requires_grad
    True
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Self:
        if data is not None and not isinstance(data, Base):
            data = tensor(data)
        return BaseParameter.__new__(cls, data, requires_grad)

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        pass

    __deepcopy__ = BaseParameter.__deepcopy__
    __reduce_ex__ = BaseParameter.__reduce_ex__

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


def Buffer(data: Any = None, *, persistent: bool = True) -> Any:
    """A tensor that belongs to a module's state."""
    return data
