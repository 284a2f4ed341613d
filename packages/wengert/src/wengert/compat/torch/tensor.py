"""`Tensor` as PyTorch spells it: the same array, place in the graph and hooks, under PyTorch's names and signatures.

It is a *spelling* of `wengert.Tensor`: every operator on it, every gradient and every saved value is again of this class (see
`Tensor._family` there). What functions are methods of it says the table in `wengert.compat.torch.methods`.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self

import numpy as np

from ...arrays.adapter import adapter_of, is_array
from ...autograd.modes import ACTIVE
from ...autograd.node import NO_EDGE
from ...autograd.tensor import Tensor as Base
from ...autograd.tensor import wrap
from ...ops.creation import made
from ...ops.inplace import copied
from . import dtypes, kinds
from .aten import DETACH
from .saved_names import of_node

__all__ = ["Tensor", "alias_of", "leaf", "respell"]


class Tensor(Base, spelling=True):
    """An array that remembers how it was computed, with PyTorch's methods.

    ``Tensor(data)`` and ``Tensor(2, 3)`` are PyTorch's old constructors; programs use `torch.tensor` and `torch.empty`.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> x = torch.ones(2, 3, requires_grad=True)
    >>> x.mul(2).sum(dim=1, keepdim=True).sum().backward()
    >>> x.grad
    tensor([[2., 2., 2.],
            [2., 2., 2.]])
    """

    __slots__ = ("__dict__",)
    _library = "torch"
    _node_names: ClassVar = {"DelayedError": "Error", "MatmulBackward0": "MmBackward0"}

    def __new__(cls, *data: Any, device: Any = None) -> Self:
        kinds.checked_device(device)
        default = dtypes.native(dtypes.get_default_dtype())
        if len(data) == 1 and not isinstance(data[0], int):
            value = data[0]
            if isinstance(value, Base):
                return alias_of(value, cls)
            if isinstance(value, kinds.Size):
                return _bare(np.zeros(value, default), cls)
            return _bare(np.array(_plain(value), dtype=default), cls)
        return _bare(np.zeros(data or (0,), default), cls)

    # -- what it is --------------------------------------------------------------------------------------------------
    @property
    def shape(self) -> Any:
        return kinds.Size(self._shape)

    @property
    def dtype(self) -> Any:
        return dtypes.spelled(self._dtype)

    @property
    def device(self) -> Any:
        return kinds.device("cpu")

    @property
    def layout(self) -> Any:
        """`torch.strided`."""
        return kinds.strided

    @property
    def grad_dtype(self) -> Any:
        found = super().grad_dtype
        return None if found is None else dtypes.spelled(found)

    @grad_dtype.setter
    def grad_dtype(self, value: Any) -> None:
        Base.grad_dtype.fset(self, dtypes.native(value))  # type: ignore[attr-defined]

    is_sparse = is_quantized = is_nested = is_mkldnn = is_meta = is_cuda = is_mps = is_xpu = False
    is_cpu = True

    def _copied(self) -> Any:
        return copied(self)

    def detach(self) -> Any:
        """The same memory, as a leaf that requires no gradient; modes that see operators go by see it."""
        return DETACH.told(self) if ACTIVE else super().detach()

    @classmethod
    def _make_node_class(cls, base: Any) -> Any:
        made = super()._make_node_class(base)
        made.__getattr__ = of_node  # type: ignore[method-assign]
        return made

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__torch_function__" in cls.__dict__:
            cls._alias = _viewed  # type: ignore[method-assign, assignment]

    # -- made from another -------------------------------------------------------------------------------------------
    @staticmethod
    def _make_subclass(cls: type[Self], data: Base, require_grad: bool = False) -> Self:  # type: ignore[misc]  # noqa: PLW0211
        return alias_of(data, cls).requires_grad_(require_grad)

    def as_subclass(self, cls: type[Self]) -> Self:
        return alias_of(self, cls)

    def __setstate__(self, state: Any) -> None:
        self.__dict__.update(state)


def _viewed(tensor: Any) -> Any:
    """Another tensor on the same memory, as a class makes it that has a say in what functions of its tensors return."""
    return type(tensor).__torch_function__(Tensor.view_as, (type(tensor),), (tensor, tensor))  # type: ignore[attr-defined]


def _plain(data: Any) -> Any:
    if isinstance(data, Base):
        return data._array
    return [_plain(item) for item in data] if isinstance(data, (list, tuple)) else data


def _bare(array: Any, cls: type) -> Any:
    return wrap(array, NO_EDGE, cls)


def alias_of(tensor: Base, cls: type) -> Any:
    """A leaf of class `cls` on the memory of `tensor`, whose writes both see."""
    new = wrap(tensor._array, NO_EDGE, cls)
    new._extra = tensor.detach()._extra
    return new


def respell(value: Any) -> Any:
    """A Tensor without a spelling, at the same place of the graph under PyTorch's; everything else as it is."""
    if type(value) is not Base:
        return value
    new = wrap(value._array, value._place() if value.requires_grad and not value.is_leaf else NO_EDGE, Tensor)
    new._extra = value._extra
    return new


def leaf(array: Any, dtype: Any = None, requires_grad: bool = False, name: str = "tensor") -> Any:
    """A new tensor on a fresh array, cast to `dtype`, one of ours or None."""
    wanted = dtypes.native(dtype)
    array = array if is_array(array) else np.asarray(array)
    if wanted is not None and array.dtype != wanted:
        array = adapter_of(array).cast(array, wanted)
    return made(array, requires_grad, name, Tensor)
