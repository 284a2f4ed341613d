"""Tensors from data, from nothing and like others, under PyTorch's names."""

from __future__ import annotations

import builtins
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ...autograd.tensor import Tensor as Base
from ...errors import UsageError
from ...ops import grids
from . import dtypes, kinds
from .aten import told
from .calling import function, sizes
from .tensor import leaf

__all__ = [
    "arange", "as_tensor", "asarray", "empty", "empty_like", "empty_strided", "eye", "from_numpy", "full", "full_like",
    "linspace", "logspace", "meshgrid", "ones", "ones_like", "range", "scalar_tensor", "tensor", "tril", "tril_indices", "triu",
    "triu_indices", "zeros", "zeros_like",
]  # fmt: skip


# -- from data -----------------------------------------------------------------------------------------------------------
def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, pin_memory: bool = False) -> Any:
    """A new leaf with a copy of `data`; Python's floats become the default dtype.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.tensor([1.0, 2.0]).dtype, torch.tensor([1, 2]).dtype
    (torch.float32, torch.int64)
    """
    kinds.checked_device(device)
    if isinstance(data, Base):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
            UserWarning,
            stacklevel=2,
        )
    return leaf(_array(data, dtype), dtype, requires_grad)


def _array(data: Any, dtype: Any) -> Any:
    """A copy of `data` as an array, in the default dtype if it consists of Python's floats."""
    if isinstance(data, Base):
        return data._array.copy()
    array = np.array(_plain(data))
    if array.dtype.kind not in "biufc":
        raise UsageError(
            f"tensor: could not infer the dtype of {type(data).__name__}: expected numbers or nested sequences of them"
        )
    if dtype is None and not hasattr(data, "dtype") and not _holds_arrays(data):
        if array.dtype.kind in "fc":
            wanted = dtypes.get_default_dtype()
            array = array.astype(dtypes.native(wanted.to_complex() if array.dtype.kind == "c" else wanted))
        elif array.dtype.kind == "i":
            array = array.astype(np.int64)
    if not array.size and dtype is None and isinstance(data, (list, tuple)):
        array = array.astype(dtypes.native(dtypes.get_default_dtype()))
    return array


def _plain(data: Any) -> Any:
    if isinstance(data, Base):
        return data._array
    return [_plain(item) for item in data] if isinstance(data, (list, tuple)) else data


def _holds_arrays(data: Any) -> bool:
    """Whether the first number in nested sequences is an array's, which knows its dtype."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return hasattr(data, "dtype")


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` itself if it is a tensor of that dtype; the memory of an array; else a copy."""
    if isinstance(data, Base):
        return data if dtype is None or data._dtype == dtypes.native(dtype) else data.to(dtype)  # type: ignore[attr-defined]
    if isinstance(data, np.ndarray):
        return leaf(data, dtype)
    return tensor(data, dtype=dtype, device=device)


def asarray(obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None, requires_grad: bool = False) -> Any:
    """A tensor on `obj`, copied on demand."""
    new = tensor(obj, dtype=dtype) if copy else as_tensor(obj, dtype, device)
    return new.requires_grad_() if requires_grad else new


def from_numpy(ndarray: Any) -> Any:
    """A tensor on the memory of an array."""
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    return leaf(ndarray)


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A tensor without axes, floating by default."""
    return leaf(np.asarray(s), dtype or dtypes.get_default_dtype(), requires_grad)


# -- from nothing --------------------------------------------------------------------------------------------------------
def _filled(make: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function of a shape, given as several numbers or as one sequence."""

    def call(
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
        memory_format: Any = None,
        out: Any = None,
        names: Any = None,
        **named: Any,
    ) -> Any:
        kinds.checked_device(device)
        shape = sizes(named.pop("size") if not size and "size" in named else size)
        if named:
            raise TypeError(f"{name}() got an unexpected keyword argument {next(iter(named))!r}")
        return leaf(make(shape, dtypes.native(dtype or dtypes.get_default_dtype())), None, requires_grad, name)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"A tensor of the given shape, of {name if name != 'empty' else 'arbitrary values'}."
    return told(name)(call)


zeros = _filled(np.zeros, "zeros")
ones = _filled(np.ones, "ones")
empty = _filled(np.zeros, "empty")


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False, layout: Any = None
) -> Any:
    """`fill_value` everywhere.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.full((2,), 7)
    tensor([7, 7])
    """
    value = fill_value.item() if isinstance(fill_value, Base) else fill_value
    shape = (size,) if isinstance(size, int) else tuple(size)
    return leaf(np.full(shape, value, dtypes.native(dtype or dtypes.of_number(value))), None, requires_grad, "full")


def empty_strided(size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A tensor whose elements stand in memory at these distances."""
    wanted = dtypes.native(dtype or dtypes.get_default_dtype())
    assert wanted is not None
    length = 1 + builtins.sum((n - 1) * step for n, step in zip(size, stride, strict=True)) if builtins.all(size) else 0
    memory = np.zeros(length, wanted)
    steps = tuple(step * wanted.itemsize for step in stride)
    return leaf(np.lib.stride_tricks.as_strided(memory, tuple(size), steps), None, requires_grad, "empty_strided")


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    out: Any = None,
) -> Any:
    """The numbers from `start` up to and without `end`; ``arange(n)`` starts at 0."""
    first, last = (0, start) if end is None else (start, end)
    numbers = [n.item() if isinstance(n, Base) else n for n in (first, last, step)]
    if dtype is None:
        whole = builtins.all(isinstance(n, int) for n in numbers)
        dtype = dtypes.int64 if whole else dtypes.get_default_dtype()
    return leaf(np.arange(*numbers), dtype, requires_grad, "arange")


def range(start: Any = 0, end: Any = None, step: Any = 1, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """The numbers from `start` up to and with `end`. Old; use `arange`."""
    count = int((end - start) / step) + 1
    return leaf(start + np.arange(count) * step, dtype or dtypes.get_default_dtype(), requires_grad, "range")


def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """`steps` numbers at equal distances from `start` to `end`."""
    first, last = (n.item() if isinstance(n, Base) else n for n in (start, end))
    return leaf(np.linspace(first, last, steps), dtype or dtypes.get_default_dtype(), requires_grad, "linspace")


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`steps` powers of `base` at equal ratios."""
    return leaf(np.logspace(start, end, steps, base=base), dtype or dtypes.get_default_dtype(), requires_grad, "logspace")


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Zeros with ones on the diagonal."""
    return leaf(np.eye(n, m, dtype=dtypes.native(dtype or dtypes.get_default_dtype())), None, requires_grad, "eye")


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """The places of the lower triangle of a matrix, one row for each axis."""
    return leaf(np.stack(np.tril_indices(row, offset, col)), dtype or dtypes.int64)


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None) -> Any:
    """The places of the upper triangle of a matrix, one row for each axis."""
    return leaf(np.stack(np.triu_indices(row, offset, col)), dtype or dtypes.int64)


# -- like another --------------------------------------------------------------------------------------------------------
def _like(make: Callable[..., Any], name: str) -> Callable[..., Any]:
    def call(
        input: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        memory_format: Any = None,
        pin_memory: bool = False,
    ) -> Any:
        kinds.checked_device(device)
        wanted = input._dtype if dtype is None else dtypes.native(dtype)
        return leaf(make(input._array, dtype=wanted, order="K", subok=False), None, requires_grad, name)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"As `{name[:-5]}`, in the shape and dtype of another."
    return told(name)(call)


zeros_like = _like(np.zeros_like, "zeros_like")
ones_like = _like(np.ones_like, "ones_like")
empty_like = _like(np.zeros_like, "empty_like")


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """`fill_value` everywhere, in the shape and dtype of another."""
    value = fill_value.item() if isinstance(fill_value, Base) else fill_value
    wanted = input._dtype if dtype is None else dtypes.native(dtype)
    return leaf(np.full_like(input._array, value, dtype=wanted), None, requires_grad, "full_like")


# -- grids ---------------------------------------------------------------------------------------------------------------
@function
def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangles of matrices, the rest zero."""
    return grids.tril(input, k=diagonal)


@function
def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangles of matrices, the rest zero."""
    return grids.triu(input, k=diagonal)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid, one tensor for each axis of it."""
    found = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors
    return grids.meshgrid(*found, indexing=indexing)
