"""`Parameter`: the tensors that a module learns."""

from __future__ import annotations

from typing import Any, Self

from ..arrays.adapter import adapter_of, is_array, library
from ..autograd.node import LEAF_EDGE, NO_EDGE
from ..autograd.tensor import Tensor
from ..errors import RequiresGradDtypeError

__all__ = ["Parameter"]


class Parameter(Tensor):
    """A leaf tensor that, as an attribute of a `Module`, is among its ``parameters()``.

    Parameters
    ----------
    data : Tensor, array or nested sequence of numbers
        The initial value. The memory of a tensor or an array is shared.
    requires_grad : bool
        Whether operators on it are recorded.

    Examples
    --------
    >>> from wengert import nn
    >>> scale = nn.Parameter([1.0, 2.0])
    >>> scale.requires_grad, scale.is_leaf
    (True, True)
    >>> (scale * 3).sum().backward()
    >>> scale.grad.tolist()
    [3.0, 3.0]
    """

    __slots__ = ()

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Self:
        """A bare object without `data`, which is how `wengert.autograd.tensor.wrap` asks for one."""
        self = super().__new__(cls)
        if data is None:
            return self
        source = data if isinstance(data, Tensor) else None
        array = source._array if source is not None else data if is_array(data) else library("numpy").asarray(data)
        adapter = adapter_of(array)
        array = adapter.normalise(array)
        if requires_grad and adapter.kind(array.dtype) not in "fc":
            raise RequiresGradDtypeError(
                f"Parameter: only floating point and complex data can require gradients, got {array.dtype}; "
                "pass requires_grad=False or data of another dtype"
            )
        self._array, self._shape, self._dtype = array, array.shape, array.dtype
        self._grad = self._extra = self._backward = None
        if source is not None:
            self._extra = source.detach()._extra  # memory that is shared has one version counter
        self._node, self._nr = LEAF_EDGE if requires_grad else NO_EDGE
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        # Without a gradient, as in PyTorch.
        return self._deepcopied(memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # Without a word about hooks: those on parameters are not meant to be pickled.
        return self._reduced()

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"
