"""Methods of `Tensor` that are spelled otherwise than the function: axes by position, shapes as several arguments."""

from __future__ import annotations

import importlib
import operator
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ..arrays.adapter import adapter_of, is_array
from ..autograd.modes import ACTIVE, current, met
from ..autograd.tensor import Tensor
from ..autograd.views import freed
from ..errors import ArgumentError, GradientError, LibraryError
from . import cumulative, dtypes, elementwise, indexing, joining, manipulation, products, reductions, rounding

__all__: list[str] = []  # nothing here is a public function


def axis_first(function: Callable[..., Any], default: Any = None) -> Callable[..., Any]:
    """The function as a method whose axis may be given by position."""

    def method(self: Any, axis: Any = default, **options: Any) -> Any:
        return function(self, axis=axis, **options)

    method.__name__ = method.__qualname__ = function.__name__
    method.__doc__ = f"See `wengert.{function.__name__}`; the axis may be given by position."
    return method


# -- shapes ------------------------------------------------------------------------------------------------------------
def reshape(self: Any, *shape: Any, copy: bool | None = None) -> Any:
    """The elements in another shape, given as one tuple or as several numbers; see `wengert.reshape`."""
    return manipulation.reshape(self, shape[0] if len(shape) == 1 else shape, copy=copy)


def transpose(self: Any, *axes: Any) -> Any:
    """The axes in another order: reversed by default, or as given by a tuple or several numbers."""
    if len(axes) == 1 and not isinstance(axes[0], int):
        (axes,) = axes
    return manipulation.permute_dims(self, axes or tuple(range(len(self._shape) - 1, -1, -1)))


def t(self: Any) -> Any:
    """The transpose of a matrix; what has fewer axes stays as it is."""
    if len(self._shape) > 2:
        raise ArgumentError(f"t: expected at most two axes, got {len(self._shape)}; use mT or permute_dims")
    return transpose(self)


def dim(self: Any) -> int:
    """The number of axes."""
    return len(self._shape)


def numel(self: Any) -> int:
    """The number of elements."""
    size = 1
    for n in self._shape:
        size *= n
    return size


# -- values ------------------------------------------------------------------------------------------------------------
def astype(self: Any, dtype: Any, copy: bool = True) -> Any:
    """The same values in another dtype; see `wengert.astype`."""
    return dtypes.astype(self, dtype, copy=copy)


def cast(name: str) -> Callable[[Any], Any]:
    """The method that casts to the dtype `name`, and returns the tensor itself where it has that already."""

    def method(self: Any) -> Any:
        return dtypes.astype(self, name, copy=False)

    method.__doc__ = f"The same values as {name}."
    return method


def rounded(self: Any, decimals: int = 0) -> Any:
    """Rounded to the given number of decimals; see `wengert.round`."""
    if not decimals:
        return rounding.round(self)
    factor = 10.0**decimals
    return elementwise.divide(rounding.round(elementwise.multiply(self, factor)), factor)


def running(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A running sum or product that, as NumPy's, goes over the flattened array where no axis is given."""

    def method(self: Any, axis: int | None = None, **options: Any) -> Any:
        if axis is None:
            self, axis = manipulation.ravel(self), 0
        return function(self, axis=axis, **options)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"See `wengert.{function.__name__}`; without an axis, over all elements in row-major order."
    return method


cumsum = running(cumulative.cumulative_sum, "cumsum")
cumprod = running(cumulative.cumulative_prod, "cumprod")


def dot(self: Any, other: Any) -> Any:
    """NumPy's `dot`: the inner product of vectors, the matrix product, and what lies between."""
    left, right = len(self._shape), len(getattr(other, "shape", ()))
    if not left or not right:
        return elementwise.multiply(self, other)
    if right <= 2:
        return products.matmul(self, other)
    return products.tensordot(self, other, axes=((left - 1,), (right - 2,)))


def take(self: Any, indices: Any, axis: int | None = None) -> Any:
    """The slices that `indices` names; without an axis, of the flattened tensor. See `wengert.take`."""
    if axis is None:
        self, axis = manipulation.ravel(self), 0
    return indexing.take(self, indices, axis=axis)


def diagonal(self: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """See `wengert.diagonal`."""
    return indexing.diagonal(self, offset=offset, axis1=axis1, axis2=axis2)


def trace(self: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """See `wengert.trace`."""
    return indexing.trace(self, offset=offset, axis1=axis1, axis2=axis2)


def repeat(self: Any, repeats: Any, axis: int | None = None) -> Any:
    """See `wengert.repeat`."""
    return joining.repeat(self, repeats, axis=axis)


# -- Python's syntax ---------------------------------------------------------------------------------------------------
def getitem(self: Any, key: Any, /) -> Any:
    """The elements that `key` selects: everything that NumPy takes, and Tensors of integers or booleans."""
    return indexing.getitem(self, indexing.raw_key(key, self))


def iterate(self: Any) -> Iterator[Any]:
    """The slices along the first axis. As of NumPy's arrays, they may be written to: PyTorch forbids that of several views."""
    if not self._shape:
        raise TypeError("iteration over a 0-d tensor")
    return iter(freed(joining.unstack(self)))


def contains(self: Any, value: Any) -> bool:
    """Whether some element equals `value`."""
    return bool(reductions.any(self == value)._array)


def matmul(self: Any, other: Any, /) -> Any:
    """The matrix product, with a sparse matrix of SciPy too; operands of unknown type are left to their own methods."""
    known = isinstance(other, Tensor) or (not _of_scipy(other) and is_array(other))
    return products.matmul(self, other) if known else _sparse(self, other, False)


def rmatmul(self: Any, other: Any, /) -> Any:
    """The matrix product with the tensor on the right."""
    return products.matmul(other, self) if not _of_scipy(other) and is_array(other) else _sparse(self, other, True)


def _of_scipy(value: Any) -> bool:
    """Whether it is one of SciPy's sparse matrices: asked first, for no library of arrays knows them and all would be asked."""
    return type(value).__module__.startswith("scipy.sparse.")


def _sparse(self: Any, other: Any, reflected: bool) -> Any:
    from .sparse.matrix import product_with  # noqa: PLC0415  (who has no sparse matrix needs none of it)

    return product_with(self, other, reflected)


def divmod_(self: Any, other: Any) -> Any:
    """Quotient and remainder of the division that rounds down."""
    return self // other, self % other


def rdivmod(self: Any, other: Any) -> Any:
    """Quotient and remainder with the tensor as the divisor."""
    return other // self, other % self


# -- out of the graph --------------------------------------------------------------------------------------------------
def looked_at(self: Any) -> Any:
    """The array, whose values are about to be looked at: a function that is being compiled must not."""
    if ACTIVE:
        met(self)
    return self._array


def item(self: Any) -> Any:
    """The one element as a number of Python."""
    if numel(self) != 1:
        raise ArgumentError(f"item: only a tensor of one element is a number, got shape {self._shape}")
    array = looked_at(self)
    return adapter_of(array).item(array)


def tolist(self: Any) -> Any:
    """The elements as nested lists of Python's numbers."""
    array = looked_at(self)
    return adapter_of(array).to_host(array).tolist()


def to_float(self: Any) -> float:
    """The one element as a float; where a gradient ends by that, with a warning, as in PyTorch."""
    if self.requires_grad and current().grad:
        warnings.warn(
            "Converting a tensor with requires_grad=True to a float: no gradient flows through what is computed from it. "
            "item() or detach() say that none is wanted",
            UserWarning,
            stacklevel=2,
        )
    return float(item(self))


def to_int(self: Any) -> int:
    """The one element as an int, its fraction cut off."""
    return int(item(self))


def to_complex(self: Any) -> complex:
    """The one element as a complex."""
    return complex(item(self))


def to_index(self: Any) -> int:
    """A 0-d tensor of integers as an index."""
    if self._shape:
        raise TypeError(f"only a 0-d tensor of integers can be an index, got shape {self._shape}")
    return operator.index(item(self))


def numpy(self: Any) -> Any:
    """The values as a NumPy array; of NumPy's arrays, the array itself.

    Raises
    ------
    GradientError
        If the tensor requires grad: no gradient could flow through what is computed from the array.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.tensor([1.0, 2.0]).numpy()
    array([1., 2.])
    """
    _check_no_grad(self, "numpy()")
    array = looked_at(self)
    return adapter_of(array).to_host(array)


def to_numpy(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
    """What ``numpy.asarray(tensor)`` gives: the values, outside of the graph; as in PyTorch, where none is being recorded.

    Raises
    ------
    GradientError
        If the tensor requires grad, outside of ``no_grad()``: much code turns its arguments into arrays without saying so.
    """
    import numpy as np  # noqa: PLC0415  (the name is a method's here)

    caller = sys._getframe(1)
    sparse = caller.f_globals.get("__name__", "").startswith("scipy.sparse.")
    if sparse and caller.f_code.co_name == "_matmul_dispatch":
        # ``sparse @ tensor``: SciPy makes an array of every right operand. An object that is no array of numbers makes it
        # step back, and Python goes on to the tensor's own ``__rmatmul__``, which keeps the gradient.
        found = np.empty((), object)
        found[()] = self
        return found
    if self.requires_grad and current().grad:
        if sparse:
            raise GradientError(
                f"scipy.sparse ({caller.f_code.co_name}) makes a plain array of a tensor that requires grad, and the gradient "
                "would be lost; A @ x and x @ A keep it, wengert.sparse.from_scipy(A) can be scaled, wengert.sparse.spsolve solve"
            )
        raise GradientError(
            "numpy.asarray() of a tensor that requires grad: no gradient could flow through what is computed from the array; "
            "call detach() first, or work inside no_grad(), to say that none is wanted"
        )
    array = looked_at(self)
    return np.array(adapter_of(array).to_host(array), dtype=dtype, copy=copy)


def dlpack(
    self: Any, /, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: bool | None = None
) -> Any:
    """The array for another library, by DLPack."""
    _check_no_grad(self, "__dlpack__()")
    wishes = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    return self._array.__dlpack__(**{name: wish for name, wish in wishes.items() if wish is not None})


def dlpack_device(self: Any) -> Any:
    """Where the array lives, in DLPack's numbers."""
    return self._array.__dlpack_device__()


def to_device(self: Any, device: Any, /, *, stream: Any = None) -> Any:
    """The tensor on `device`; itself where it is there already.

    Raises
    ------
    ArgumentError
        If its library cannot take it there.
    """
    if stream is not None:
        raise ArgumentError(f"stream: {self._adapter.name} has none, got {stream!r}")
    return dtypes.astype(self, self._dtype, copy=False, device=device)


def namespace(self: Any, *, api_version: str | None = None) -> Any:
    """The module that holds the array API's functions for this tensor: `wengert` for NumPy, else that of its library."""
    if api_version is not None and api_version not in API_VERSIONS:
        raise ArgumentError(f"api_version: expected one of {API_VERSIONS}, got {api_version!r}")
    name = self._adapter.name
    if name == "numpy":
        return sys.modules["wengert"]
    if name not in NAMESPACES:
        known = ", ".join(NAMESPACES)
        raise LibraryError(f"__array_namespace__: Wengert has no namespace for arrays of {name}, only for {known}")
    return importlib.import_module(f"wengert.{name}")


#: The libraries with a module of their own.
NAMESPACES = ("numpy", "torch", "jax", "cupy", "dask")


#: The versions of the array API standard that the namespace serves.
API_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12", "2025.12")


def _check_no_grad(tensor: Any, what: str) -> None:
    if tensor.requires_grad:
        raise GradientError(
            f"{what} on a tensor that requires grad: no gradient could flow through what is computed from the array; "
            "call detach() first to say that none is wanted"
        )
