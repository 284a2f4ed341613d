"""Bodies for NumPy of convolution and pooling.

Everything here works on arrays whose axes lie in memory in the order (channels, positions, samples), whatever the order in which
they are numbered. One offset of the window is then a slice made of long runs, which NumPy copies and adds at the speed of the
memory; with the samples' axis outermost a run would be a few elements long. Results come back in that order, and as elementwise
functions keep it, only the first convolution of a network has to bring its operand into it.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .windows import Offset, Window, offsets

__all__ = ["NumpyWindows"]

Sizes = tuple[int, ...]

#: Bytes of the columns that a convolution makes at a time: they stay in the cache, and are most of the memory that it needs.
COLUMNS = 2**20


# -- order in memory -----------------------------------------------------------------------------------------------------
def _samples_last(x: Any) -> Any:
    """`x` of shape ``(N, C, ...)`` as ``(C, ..., N)``, contiguous."""
    return np.ascontiguousarray(x.transpose(*range(1, x.ndim), 0))


def _samples_first(x: Any) -> Any:
    return x.transpose(x.ndim - 1, *range(x.ndim - 1))


def _empty_in_order(shape: Sizes, like: Any, dtype: Any) -> Any:
    """A new array of `shape` with the axes in memory in the order that those of `like`, as many, have."""
    order = sorted(range(like.ndim), key=lambda axis: -abs(like.strides[axis]))
    strides = [0] * like.ndim
    step = np.dtype(dtype).itemsize
    for axis in reversed(order):
        strides[axis] = step
        step *= max(shape[axis], 1)
    return np.ndarray(shape, dtype, strides=strides)


def _in_order_of(like: Any, x: Any) -> Any:
    """`x` with the axes in memory in the order that those of `like` have; itself if they are."""
    if x.strides == like.strides:
        return x
    copy = _empty_in_order(x.shape, like, x.dtype)
    copy[...] = x
    return copy


# -- convolution ---------------------------------------------------------------------------------------------------------
def _columns(x: Any, window: Window, counts: Sizes) -> Any:
    """The columns of `x`, with the samples last: of shape (channels, places, *counts, samples)."""
    if window.before == window.after == (0,) * len(counts) and window.kernel == window.stride == (1,) * len(counts):
        return x[:, None]
    places = math.prod(window.kernel)
    out: Any = np.empty((x.shape[0], *window.kernel, *counts, x.shape[-1]), x.dtype)
    found = offsets(x.shape[1:-1], window, counts)
    if len(found) < places:  # some places lie in the padding for every window
        out[...] = 0
    for place, inputs, outputs in found:
        here: Any = out[(slice(None), *place)]
        for axis, (part, count) in enumerate(zip(outputs, counts, strict=True), start=1):
            front = (slice(None),) * axis
            if part.start:
                here[(*front, slice(0, part.start))] = 0
            if part.stop < count:
                here[(*front, slice(part.stop, count))] = 0
        here[(slice(None), *outputs)] = x[(slice(None), *inputs)]
    return out.reshape(x.shape[0], places, *counts, x.shape[-1])


class Band(NamedTuple):
    """A piece of the first axis of positions, see `_bands`.

    Attributes
    ----------
    outputs, inputs : slice
        Of the output, and of the input that it reads.
    window : Window
        The window for it.
    counts : tuple of int
        The lengths of the piece of the output.
    """

    outputs: slice
    inputs: slice
    window: Window
    counts: Sizes


def _bands(size: int, itemsize: int, rows: int, window: Window, counts: Sizes) -> list[Band]:
    """Pieces of the first axis of positions, which has `rows` in the input, such that the columns of each fit into `COLUMNS`.

    `size` is the number of channels times that of samples.
    """
    whole = itemsize * size * math.prod(window.kernel) * math.prod(counts)
    height = -(-counts[0] // max(1, -(-whole // COLUMNS)))
    step, reach = window.stride[0], window.dilation[0] * (window.kernel[0] - 1) + 1
    found = []
    for start in range(0, counts[0], height):
        stop = min(start + height, counts[0])
        low, high = start * step - window.before[0], (stop - 1) * step - window.before[0] + reach
        inputs = slice(min(max(low, 0), rows), max(min(high, rows), 0))
        here = window._replace(before=(max(-low, 0), *window.before[1:]))
        found.append(Band(slice(start, stop), inputs, here, (stop - start, *counts[1:])))
    return found


def _matrices(x: Any, groups: int) -> Any:
    """`x` of shape (channels, positions, samples), contiguous but for its channels, as a matrix for each group."""
    return x.reshape(groups, x.shape[0] // groups, math.prod(x.shape[1:]))


def convolution(x: Any, weight: Any, bias: Any, window: Window, counts: Sizes, groups: int) -> Any:
    x, filters = _samples_last(x), weight.reshape(groups, weight.shape[0] // groups, -1)
    out = np.empty((weight.shape[0], *counts, x.shape[-1]), np.result_type(x, weight))
    for band in _bands(x.shape[0] * x.shape[-1], x.itemsize, x.shape[1], window, counts):
        columns = _columns(x[:, band.inputs], band.window, band.counts).reshape(groups, filters.shape[2], -1)
        np.matmul(filters, columns, out=_matrices(out[:, band.outputs], groups))
    if bias is not None:
        out += bias.reshape(-1, *(1,) * (out.ndim - 1))
    return _samples_first(out)


def convolution_weight(g: Any, x: Any, shape: Sizes, window: Window, groups: int) -> Any:
    x, g = _samples_last(x), _samples_last(g)
    filters, size = shape[0] // groups, math.prod(shape[1:])
    out: Any = 0
    for band in _bands(x.shape[0] * x.shape[-1], x.itemsize, x.shape[1], window, g.shape[1:-1]):
        columns = _columns(x[:, band.inputs], band.window, band.counts).reshape(groups, size, -1)
        grads = _matrices(g[:, band.outputs], groups)
        if size > filters:  # BLAS is faster with the longer side first
            out = out + np.matmul(columns, grads.transpose(0, 2, 1)).transpose(0, 2, 1)
        else:
            out = out + np.matmul(grads, columns.transpose(0, 2, 1))
    return np.ascontiguousarray(out).reshape(shape)


def convolution_input(g: Any, weight: Any, shape: Sizes, window: Window, groups: int) -> Any:
    g = _samples_last(g)
    filters = weight.reshape(groups, weight.shape[0] // groups, -1).transpose(0, 2, 1)
    sizes, dtype = (shape[1], *shape[2:], shape[0]), np.result_type(g, weight)
    bands = _bands(shape[0] * shape[1], dtype.itemsize, shape[2], window, g.shape[1:-1])
    all_at_once = len(bands) == 1 and bands[0].inputs == slice(0, shape[2])
    out: Any = None if all_at_once else np.zeros(sizes, dtype)
    for band in bands:
        columns = np.matmul(filters, _matrices(g[:, band.outputs], groups))
        columns = columns.reshape(shape[1], *window.kernel, *band.counts, shape[0])
        lengths = (band.inputs.stop - band.inputs.start, *shape[3:])
        parts = [
            (columns[(slice(None), *place, *outputs)], (slice(None), *inputs))
            for place, inputs, outputs in offsets(lengths, band.window, band.counts)
        ]
        if all_at_once:
            return _samples_first(_sum_of_slices(parts, sizes, dtype))
        _add_slices(out[:, band.inputs], parts)
    return _samples_first(out)


def _sum_of_slices(parts: list[tuple[Any, Any]], shape: Sizes, dtype: Any) -> Any:
    """Zeros of `shape` to which each array is added at its slice."""
    whole = next((i for i, (part, _) in enumerate(parts) if part.shape == shape), None)
    if whole is None:
        out = np.zeros(shape, dtype)
    else:  # what covers everything is copied, instead of being added to zeros
        out = parts.pop(whole)[0].copy()
    _add_slices(out, parts)
    return out


def _add_slices(out: Any, parts: list[tuple[Any, Any]]) -> None:
    for part, key in parts:
        target = out[key]
        np.add(target, part, out=target)


# -- pooling -------------------------------------------------------------------------------------------------------------
def _tiles(found: tuple[Offset, ...], shape: Sizes, counts: Sizes) -> bool:
    """Whether every element is in exactly one window, and no window sticks out."""
    return len(found) * math.prod(counts) == math.prod(shape) and all(
        o.outputs == tuple(slice(0, n) for n in counts) for o in found
    )


def _reduced(x: Any, window: Window, counts: Sizes, function: Any, start: float) -> Any:
    """What `function` makes of the elements of each window, with `start` for those outside."""
    found = offsets(x.shape[-len(counts) :], window, counts)
    whole = tuple(slice(0, n) for n in counts)
    out = _empty_in_order((*x.shape[: -len(counts)], *counts), x, x.dtype)
    if found and found[0].outputs == whole:
        out[...] = x[(..., *found[0].inputs)]
        found = found[1:]
    else:
        out[...] = start
    for _, inputs, outputs in found:
        target = out[(..., *outputs)]
        function(target, x[(..., *inputs)], out=target)
    return out


def max_pool(x: Any, window: Window, counts: Sizes) -> Any:
    return _reduced(x, window, counts, np.maximum, -math.inf)


def _holds_maximum(x: Any, out: Any, nan: bool) -> Any:
    found = x == out
    if nan:
        found |= x != x  # noqa: PLR0124  (NaN)
    return found


def max_pool_backward(x: Any, out: Any, g: Any, window: Window, counts: Sizes) -> Any:
    found = offsets(x.shape[-len(counts) :], window, counts)
    tiles = _tiles(found, x.shape[-len(counts) :], counts)
    grad = _empty_in_order(x.shape, x, g.dtype)
    if not tiles:
        grad[...] = 0
    nan = out.size > 0 and bool(np.isnan(np.maximum.reduce(out, axis=None)))
    free: Any = np.ones_like(out, dtype=np.bool_)  # the windows whose maximum has not been met yet
    integer = f"i{g.dtype.itemsize}"
    bits = _in_order_of(out, g).view(integer)
    for _, inputs, outputs in found:
        here = free[(..., *outputs)]
        hit = _holds_maximum(x[(..., *inputs)], out[(..., *outputs)], nan)
        hit &= here
        here ^= hit
        chosen = np.negative(hit.view(np.int8), dtype=integer)  # all ones where hit; see numpy_kernels about selections
        target = grad[(..., *inputs)]
        if tiles:
            np.bitwise_and(chosen, bits[(..., *outputs)], out=target.view(integer))
        else:
            chosen &= bits[(..., *outputs)]
            target += chosen.view(g.dtype)
    return grad


def window_sum(x: Any, window: Window, counts: Sizes) -> Any:
    return _reduced(x, window, counts, np.add, 0)


def window_spread(g: Any, shape: Sizes, window: Window, counts: Sizes) -> Any:
    found = offsets(shape[-len(counts) :], window, counts)
    out = _empty_in_order(shape, g, g.dtype)
    if _tiles(found, shape[-len(counts) :], counts):
        for _, inputs, outputs in found:
            out[(..., *inputs)] = g[(..., *outputs)]
        return out
    out[...] = 0
    for _, inputs, outputs in found:
        target = out[(..., *inputs)]
        target += g[(..., *outputs)]
    return out


class NumpyWindows:
    """The methods by which `wengert.ops.nn` finds the bodies above."""

    fn_convolution = staticmethod(convolution)
    fn_convolution_input = staticmethod(convolution_input)
    fn_convolution_weight = staticmethod(convolution_weight)
    fn_max_pool = staticmethod(max_pool)
    fn_max_pool_backward = staticmethod(max_pool_backward)
    fn_window_spread = staticmethod(window_spread)
    fn_window_sum = staticmethod(window_sum)
