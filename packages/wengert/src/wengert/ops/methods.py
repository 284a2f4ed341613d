"""Methods of `Tensor` that are spelled otherwise than the function: axes by position, shapes as several arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..arrays.adapter import adapter_of, is_array
from ..autograd.tensor import Tensor
from . import dtypes, indexing, joining, manipulation, products, reductions, statistics

__all__: list[str] = []  # nothing here is a public function


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with the axis allowed by position."""

    def method(self: Any, axis: Any = None, **options: Any) -> Any:
        return function(self, axis=axis, **options)

    method.__name__ = method.__qualname__ = function.__name__
    method.__doc__ = f"See `wengert.{function.__name__}`; the axis may be given by position."
    return method


def reshape(self: Any, *shape: Any, copy: bool | None = None) -> Any:
    """The elements in another shape, given as one tuple or as several numbers; see `wengert.reshape`."""
    return manipulation.reshape(self, shape[0] if len(shape) == 1 else shape, copy=copy)


def transpose(self: Any, *axes: Any) -> Any:
    """The axes in another order: reversed by default, or as given by a tuple or several numbers."""
    if len(axes) == 1 and not isinstance(axes[0], int):
        (axes,) = axes
    return manipulation.permute_dims(self, axes or tuple(range(len(self._shape)))[::-1])


def astype(self: Any, dtype: Any, copy: bool = True) -> Any:
    """The same values in another dtype; see `wengert.astype`."""
    return dtypes.astype(self, dtype, copy=copy)


def squeeze(self: Any, axis: Any = None) -> Any:
    """Without axes of length 1; see `wengert.squeeze`."""
    return manipulation.squeeze(self, axis)


# -- Python's syntax ---------------------------------------------------------------------------------------------------
def getitem(self: Any, key: Any) -> Any:
    """The elements that `key` selects: everything that NumPy takes, and Tensors of integers or booleans."""
    return indexing.getitem(self, indexing.raw_key(key))


def iterate(self: Any) -> Iterator[Any]:
    """The slices along the first axis."""
    if not self._shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(joining.unstack(self))


def matmul(self: Any, other: Any) -> Any:
    """The matrix product; operands of unknown type are left to their own methods."""
    return products.matmul(self, other) if isinstance(other, Tensor) or is_array(other) else NotImplemented


def rmatmul(self: Any, other: Any) -> Any:
    """The matrix product with the tensor on the right."""
    return products.matmul(other, self) if isinstance(other, Tensor) or is_array(other) else NotImplemented


# -- out of the graph --------------------------------------------------------------------------------------------------
def item(self: Any) -> Any:
    """The one element as a number of Python."""
    return adapter_of(self._array).item(self._array)


def tolist(self: Any) -> Any:
    """The elements as nested lists of Python's numbers."""
    return adapter_of(self._array).to_host(self._array).tolist()


METHODS: dict[str, Any] = {
    "__getitem__": getitem,
    "__iter__": iterate,
    "__matmul__": matmul,
    "__rmatmul__": rmatmul,
    "T": property(transpose, doc="The axes in reverse order."),
    "astype": astype,
    "item": item,
    "mT": property(manipulation.matrix_transpose, doc="Every matrix of a stack, transposed."),
    "mean": _reduction(statistics.mean),
    "max": _reduction(reductions.max),
    "min": _reduction(reductions.min),
    "reshape": reshape,
    "squeeze": squeeze,
    "sum": _reduction(reductions.sum),
    "tolist": tolist,
    "transpose": transpose,
}
