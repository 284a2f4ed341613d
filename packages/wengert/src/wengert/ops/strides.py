"""Views that are told where in memory their elements lie, and complex numbers as pairs of real ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.adapter import Layout, adapter_of
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError, VmapError
from ..op import batching, operator, rule
from ..op_batch_rules import as_it_is, over_last_axes
from ..op_batching import Batch
from .indexing import getitem, scatter
from .manipulation import reshape

__all__ = ["as_strided", "as_view_of", "view_as_complex", "view_as_real"]


def as_strided(x: Any, size: tuple[int, ...], stride: tuple[int, ...], storage_offset: int | None = None) -> Any:
    """A view of the memory of `x`, of any shape, with any steps between neighbours.

    Parameters
    ----------
    x : Tensor or array
        Of a library whose arrays have strides.
    size, stride : tuple of int
        The lengths of the axes, and how many elements of the memory lie between neighbours along each.
    storage_offset : int, optional
        How many lie before the first element. Default: as many as before the first of `x`.

    Raises
    ------
    ArgumentError
        If an element would lie outside of the memory.

    Notes
    -----
    Gradient: what arrives at one place of the memory is added up, and divided among the elements of `x` that share it.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.strides import as_strided
    >>> as_strided(wg.arange(4.0), (2, 2), (1, 1))
    tensor([[0., 1.],
            [1., 2.]])
    """
    layout = layout_of(x._array if type(x) in TENSORS else x)
    size, stride = tuple(map(int, size)), tuple(map(int, stride))
    offset = layout[2] if storage_offset is None else int(storage_offset)
    if len(size) != len(stride):
        raise ArgumentError(f"as_strided: size and stride differ in length: {size}, {stride}")
    last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    if any(n < 0 for n in size) or any(s < 0 for s in stride) or offset < 0 or (0 not in size and last >= layout[3]):
        raise ArgumentError(f"as_strided: size {size}, stride {stride} and offset {offset} leave memory of {layout[3]} elements")
    return strided(x, size=size, stride=stride, offset=offset, source=layout)


def layout_of(array: Any) -> Layout:
    """Where the elements of an array lie in its memory."""
    return adapter_of(array).layout(array)


def as_view_of(base: Any, x: Any) -> Any:
    """The Tensor `x` as a view of the Tensor `base`, if it lies in its memory and that has strides; else itself."""
    array, whole = x._array, base._array
    if not isinstance(array, np.ndarray) or not isinstance(whole, np.ndarray) or array.dtype != whole.dtype or base is x:
        return x
    adapter = adapter_of(whole)
    if adapter.memory(array) is not adapter.memory(whole) or min(array.strides, default=0) < 0:
        return x
    size, stride, offset, _ = layout_of(array)
    return as_strided(base, size, stride, offset)


def _places(size: tuple[int, ...], stride: tuple[int, ...], offset: int) -> Any:
    """The number in memory of every element."""
    places = np.full(size, offset)
    for axis, (n, step) in enumerate(zip(size, stride, strict=True)):
        places += (np.arange(n) * step).reshape([n if i == axis else 1 for i in range(len(size))])
    return places


@operator(operands=("x",), node="AsStrided", linear=True, view=True)
def strided(x: Any, /, *, size: Any, stride: Any, offset: int, source: Layout) -> Any:  # noqa: ARG001  (its rule needs it)
    """As `as_strided`, for an array that lies in memory as `source` says."""
    return adapter_of(x).strided(x, size, stride, offset)


@rule(strided, "x")
def _(g: Any, size: Any, stride: Any, offset: Any, source: Any) -> Any:
    own = _places(*source[:3])
    whole = scatter(g, (source[3],), (_places(size, stride, offset),))
    grad = getitem(whole, (own,))
    _, where, times = np.unique(own, return_inverse=True, return_counts=True)
    if own.size == len(times):
        return grad
    array = g._array if type(g) in TENSORS else g
    adapter = adapter_of(array)
    return grad / adapter.cast(adapter.from_host(times[where].reshape(own.shape), adapter.device(array)), g.dtype)


@batching(strided)
def _(batch: Batch, x: Any, size: Any, stride: Any, offset: int, source: Layout) -> Any:
    # A sample has no memory of its own: what `source` says of one is filled with its elements, and may be nothing else.
    owner = np.full(source[3], -1)
    own = _places(*source[:3]).reshape(-1)
    owner[own] = np.arange(own.size)
    places = _places(size, stride, offset)
    wanted = owner[np.minimum(places, len(owner) - 1)]
    if (wanted < 0).any() or (places >= len(owner)).any():
        raise VmapError(
            f"as_strided: size {size}, stride {stride} and offset {offset} can access memory outside of `tensor`, one sample of "
            f"vmap of shape {source[0]}"
        )
    flat = batch.do(reshape, x=batch.opened("x", x), shape=(own.size,))
    return batch.result(batch.do(getitem, x=flat, key=(wanted,)))


# -- complex numbers -----------------------------------------------------------------------------------------------------
@operator(linear=True, view=True)
def view_as_real(x: Any, /) -> Any:
    """Complex numbers as pairs of real ones, along a new last axis, in the same memory.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.strides import view_as_real
    >>> view_as_real(wg.tensor([1 + 2j])).tolist()
    [[1.0, 2.0]]
    """
    adapter = adapter_of(x)
    if adapter.kind(x.dtype) != "c":
        raise ArgumentError(f"view_as_real is only supported for complex tensors, got {x.dtype}")
    return x[..., None].view(x.real.dtype) if isinstance(x, np.ndarray) else adapter.complex_parts(x)


@operator(linear=True, view=True)
def view_as_complex(x: Any, /) -> Any:
    """Pairs of real numbers, along the last axis, as complex ones, in the same memory where its layout allows.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.strides import view_as_complex
    >>> view_as_complex(wg.tensor([[1.0, 2.0]])).tolist()
    [(1+2j)]
    """
    if not x.shape or x.shape[-1] != 2 or adapter_of(x).kind(x.dtype) != "f":
        raise ArgumentError(f"view_as_complex: the last of the axes must hold pairs of real numbers, got {x.dtype} of {x.shape}")
    if isinstance(x, np.ndarray) and x.dtype.itemsize in (4, 8):
        pairs = np.complex64 if x.dtype.itemsize == 4 else np.complex128
        return np.ascontiguousarray(x).view(pairs)[..., 0] if x.strides[-1] != x.itemsize else x.view(pairs)[..., 0]
    return x[..., 0] + 1j * x[..., 1]


@rule(view_as_real, "x")
def _(g: Any) -> Any:
    return view_as_complex(g)


@rule(view_as_complex, "x")
def _(g: Any) -> Any:
    return view_as_real(g)


batching(view_as_real)(as_it_is)
batching(view_as_complex)(over_last_axes(1))
