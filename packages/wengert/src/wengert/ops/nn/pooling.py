"""Pooling: the largest element, or the mean, of windows that slide over the last axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ...arrays.adapter import adapter_of
from ...arrays.windows import Window, offsets, output_sizes, per_axis
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import as_it_is
from ...op_batching import Batch
from ..products import matmul
from ..shaping import transposed
from .kernels import Kernel, is_recorded, raw

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "avg_pool1d", "avg_pool2d", "max_pool1d", "max_pool2d"]

Sizes = tuple[int, ...]
PerAxis = int | Sequence[int]


# -- the bodies, in the array API ----------------------------------------------------------------------------------------
def _each(xp: Any, x: Any, window: Window, counts: Sizes, fill: Any) -> list[Any]:
    """For every place in the window what the windows read there, with `fill` outside of `x`."""
    read = []
    for offset in offsets(tuple(x.shape[-len(counts) :]), window, counts):
        part = x[(..., *offset.inputs)]
        for i, (output, count) in enumerate(zip(offset.outputs, counts, strict=True)):
            part = _filled(xp, part, len(part.shape) - len(counts) + i, output.start, count - output.stop, fill)
        read.append(part)
    return read


def _filled(xp: Any, x: Any, axis: int, before: int, after: int, fill: Any) -> Any:
    def edge(count: int) -> list[Any]:
        shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
        return [xp.full(shape, fill, dtype=x.dtype)] if count else []

    parts = [*edge(before), x, *edge(after)]
    return xp.concat(parts, axis=axis) if len(parts) > 1 else x


def _back(xp: Any, parts: list[Any], shape: Sizes, window: Window, counts: Sizes) -> Any:
    """The sum of arrays of the windows' shape, each put where the windows read it: the transpose of `_each`."""
    total = None
    for offset, part in zip(offsets(shape[-len(counts) :], window, counts), parts, strict=True):
        part = part[(..., *offset.outputs)]  # noqa: PLW2901  (it is moved along one axis after the other)
        for i, (read, step) in enumerate(zip(offset.inputs, window.stride, strict=True)):
            axis = len(shape) - len(counts) + i
            between = xp.stack([part, *[xp.zeros_like(part)] * (step - 1)], axis=axis + 1)
            part = xp.reshape(between, (*part.shape[:axis], -1, *part.shape[axis + 1 :]))  # noqa: PLW2901
            part = part[(slice(None),) * axis + (slice(0, read.stop - read.start), ...)]  # noqa: PLW2901
            part = _filled(xp, part, axis, read.start, shape[axis] - read.stop, 0)  # noqa: PLW2901
        total = part if total is None else total + part
    return total


@Kernel
def _max_pool(xp: Any, x: Any, window: Window, counts: Sizes) -> Any:
    largest, *rest = _each(xp, x, window, counts, -math.inf)
    for part in rest:
        largest = xp.maximum(largest, part)
    return largest


@Kernel
def _max_places(xp: Any, x: Any, out: Any, window: Window, counts: Sizes) -> Any:
    """Which of the window's places, by its number among the offsets, holds the maximum; the first of several."""
    places = xp.zeros(out.shape, dtype=xp.int32)
    for number, part in reversed(list(enumerate(_each(xp, x, window, counts, -math.inf)))):
        places = xp.where((part == out) | (part != part), number, places)  # noqa: PLR0124  (NaN)
    return places


@Kernel
def _from_places(xp: Any, g: Any, places: Any, shape: Sizes, window: Window, counts: Sizes) -> Any:
    count = len(offsets(shape[-len(counts) :], window, counts))
    return _back(xp, [xp.where(places == number, g, xp.zeros_like(g)) for number in range(count)], shape, window, counts)


@Kernel
def _max_pool_backward(xp: Any, x: Any, out: Any, g: Any, window: Window, counts: Sizes) -> Any:
    places = _max_places.general(xp, x, out, window, counts)
    return _from_places.general(xp, g, places, tuple(x.shape), window, counts)


@Kernel
def _at_places(xp: Any, x: Any, places: Any, window: Window, counts: Sizes) -> Any:
    out = None
    for number, part in enumerate(_each(xp, x, window, counts, 0)):
        out = part if out is None else xp.where(places == number, part, out)
    return out


@Kernel
def _window_sum(xp: Any, x: Any, window: Window, counts: Sizes) -> Any:
    total, *rest = _each(xp, x, window, counts, 0)
    for part in rest:
        total = total + part
    return total


@Kernel
def _window_spread(xp: Any, g: Any, shape: Sizes, window: Window, counts: Sizes) -> Any:
    return _back(xp, [g] * len(offsets(shape[-len(counts) :], window, counts)), shape, window, counts)


# -- the largest ---------------------------------------------------------------------------------------------------------
@operator(node="MaxPoolWithIndices")
def max_pool(x: Any, /, *, window: Window, counts: Sizes) -> Any:
    """The largest element of each window over the last axes; see `max_pool2d`."""
    return _max_pool(x, window, counts)


@rule(max_pool, "x")
def _max_pool_x(g: Any, x: Any, out: Any, x_shape: Sizes, window: Window, counts: Sizes) -> Any:
    if not is_recorded(g):
        return _max_pool_backward(x, out, g, window, counts)
    places = _max_places(raw(x), raw(out), window, counts)
    return from_places(g, places, shape=x_shape, window=window, counts=counts)


@jvp(max_pool, "x")
def _max_pool_jvp(t: Any, x: Any, out: Any, window: Window, counts: Sizes) -> Any:
    places = _max_places(raw(x), raw(out), window, counts)
    return at_places(t, places, window=window, counts=counts)


@operator(operands=("g",), linear=True)
def from_places(g: Any, places: Any, *, shape: Sizes, window: Window, counts: Sizes) -> Any:
    """Zeros of `shape`, to which the windows' `g` is added at their `places`."""
    return _from_places(g, places, shape, window, counts)


@operator(operands=("x",), linear=True)
def at_places(x: Any, places: Any, *, window: Window, counts: Sizes) -> Any:
    """For each window the element of `x` at its place: the transpose of `from_places`."""
    return _at_places(x, places, window, counts)


@rule(from_places, "g")
def _from_places_g(h: Any, places: Any, window: Window, counts: Sizes) -> Any:
    return at_places(h, places, window=window, counts=counts)


@rule(at_places, "x")
def _at_places_x(h: Any, places: Any, x_shape: Sizes, window: Window, counts: Sizes) -> Any:
    return from_places(h, places, shape=x_shape, window=window, counts=counts)


batching(max_pool)(as_it_is)


@batching(from_places)
def _(batch: Batch, g: Any, places: Any, shape: Sizes, window: Window, counts: Sizes) -> Any:
    g = batch.whole("g", g)
    return batch.call(g=g, places=batch.split(places)[0], shape=(batch.size, *shape), window=window, counts=counts)


@batching(at_places)
def _(batch: Batch, x: Any, places: Any, window: Window, counts: Sizes) -> Any:
    return batch.call(x=batch.whole("x", x), places=batch.split(places)[0], window=window, counts=counts)


# -- the sum -------------------------------------------------------------------------------------------------------------
@operator(node="AvgPool", linear=True)
def window_sum(x: Any, /, *, window: Window, counts: Sizes) -> Any:
    """The sum of each window over the last axes."""
    return _window_sum(x, window, counts)


@operator(node="AvgPoolBackward", linear=True)
def window_spread(g: Any, /, *, shape: Sizes, window: Window, counts: Sizes) -> Any:
    """To each element of an array of `shape` the sum of the `g` of all windows it is in: the transpose of `window_sum`."""
    return _window_spread(g, shape, window, counts)


@rule(window_sum, "x")
def _window_sum_x(g: Any, x_shape: Sizes, window: Window, counts: Sizes) -> Any:
    return window_spread(g, shape=x_shape, window=window, counts=counts)


@rule(window_spread, "g")
def _window_spread_g(h: Any, window: Window, counts: Sizes) -> Any:
    return window_sum(h, window=window, counts=counts)


batching(window_sum)(as_it_is)


@batching(window_spread)
def _(batch: Batch, g: Any, shape: Sizes, window: Window, counts: Sizes) -> Any:
    return batch.call(g=g, shape=(batch.size, *shape), window=window, counts=counts)


# -- what users call -----------------------------------------------------------------------------------------------------
def _window(
    name: str,
    ndim: int,
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    dilation: PerAxis,
    ceil_mode: bool,
) -> tuple[Window, Sizes]:
    kernel = per_axis(f"{name}: kernel_size", kernel_size, ndim, 1)
    steps = kernel if stride is None else per_axis(f"{name}: stride", stride, ndim, 1)
    margins = per_axis(f"{name}: padding", padding, ndim, 0)
    distances = per_axis(f"{name}: dilation", dilation, ndim, 1)
    if any(2 * p > k for p, k in zip(margins, kernel, strict=True)):
        raise ArgumentError(f"{name}: padding: got {padding}; expected at most half of kernel_size, {kernel_size}")
    shape = tuple(x.shape)
    if len(shape) not in (ndim + 1, ndim + 2):
        raise ArgumentError(f"{name}: x: got shape {shape}; expected {ndim + 1} or {ndim + 2} axes, (N, C, ...) or (C, ...)")
    window = Window(kernel, steps, margins, margins, distances)
    return window, output_sizes(name, shape[-ndim:], window, ceil_mode)


def max_pool1d(
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest element of windows along the last axis; see `max_pool2d`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import max_pool1d
    >>> max_pool1d(wg.tensor([[1.0, 3.0, 2.0, 0.0]]), 2).tolist()
    [[3.0, 2.0]]
    """
    window, counts = _window("max_pool1d", 1, x, kernel_size, stride, padding, dilation, ceil_mode)
    return max_pool(x, window=window, counts=counts)


def max_pool2d(
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    dilation: PerAxis = 1,
    ceil_mode: bool = False,
) -> Any:
    """The largest element of windows along the last two axes.

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype and shape ``(N, C, H, W)`` or ``(C, H, W)``.
    kernel_size : int or pair of int
        The size of the windows.
    stride : int or pair of int, optional
        Their steps. Default: `kernel_size`.
    padding : int or pair of int
        How far windows may stick out on either side; at most half of `kernel_size`.
    dilation : int or pair of int
        The distance between the elements of a window.
    ceil_mode : bool
        Whether a last window that sticks out further is kept.

    Returns
    -------
    Tensor or array
        Of shape ``(N, C, H', W')`` or ``(C, H', W')``; NaN where a window holds NaN.

    Notes
    -----
    The gradient goes to the first of several equal maxima in a window, as in PyTorch.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import max_pool2d
    >>> x = wg.tensor([[[1.0, 2.0], [3.0, 3.0]]], requires_grad=True)
    >>> y = max_pool2d(x, 2)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([[[3.0]]], [[[0.0, 0.0], [1.0, 0.0]]])
    """
    window, counts = _window("max_pool2d", 2, x, kernel_size, stride, padding, dilation, ceil_mode)
    return max_pool(x, window=window, counts=counts)


def _average(
    name: str,
    ndim: int,
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None,
    padding: PerAxis,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None = None,
) -> Any:
    window, counts = _window(name, ndim, x, kernel_size, stride, padding, 1, ceil_mode)
    sums = window_sum(x, window=window, counts=counts)
    if divisor_override is not None:
        if divisor_override == 0:
            raise ArgumentError(f"{name}: divisor_override: got 0")
        return sums * (1 / divisor_override)
    lengths = [
        _lengths(*axis, count_include_pad)
        for axis in zip(tuple(x.shape)[-ndim:], window.kernel, window.stride, window.before, counts, strict=True)
    ]
    if all(length == k for axis, k in zip(lengths, window.kernel, strict=True) for length in axis):
        return sums * (1 / math.prod(window.kernel))
    xp = adapter_of(raw(x)).functions
    for i, axis in enumerate(lengths):
        sums = sums * xp.reshape(xp.asarray([1 / n for n in axis], dtype=x.dtype), (-1, *(1,) * (ndim - 1 - i)))
    return sums


def _lengths(size: int, kernel: int, stride: int, padding: int, count: int, count_include_pad: bool) -> list[int]:
    """How many elements along one axis each window counts."""
    low, high = (-padding, size + padding) if count_include_pad else (0, size)
    starts = [o * stride - padding for o in range(count)]
    # What sticks out beyond the padding, as `ceil_mode` lets it, never counts.
    return [min(s + kernel, size + padding, high) - max(s, low) for s in starts]


def avg_pool1d(
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The mean of windows along the last axis; see `avg_pool2d`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import avg_pool1d
    >>> avg_pool1d(wg.tensor([[1.0, 3.0, 2.0, 0.0]]), 2).tolist()
    [[2.0, 1.0]]
    """
    return _average("avg_pool1d", 1, x, kernel_size, stride, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    x: Any,
    kernel_size: PerAxis,
    stride: PerAxis | None = None,
    padding: PerAxis = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:
    """The mean of windows along the last two axes.

    Parameters
    ----------
    x : Tensor or array
        Of floating dtype and shape ``(N, C, H, W)`` or ``(C, H, W)``.
    kernel_size, stride, padding, ceil_mode
        As in `max_pool2d`.
    count_include_pad : bool
        Whether the zeros of the padding count as elements.
    divisor_override : int, optional
        What the sums are divided by instead of the number of elements.

    Returns
    -------
    Tensor or array
        Of shape ``(N, C, H', W')`` or ``(C, H', W')``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import avg_pool2d
    >>> avg_pool2d(wg.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 2).tolist()
    [[[3.0]]]
    """
    return _average(
        "avg_pool2d", 2, x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


def _adaptive_matrix(size: int, count: int, like: Any) -> Any:
    """The matrix that averages `count` nearly equal parts of an axis of `size`, as a raw array."""
    rows = []
    for i in range(count):
        start, stop = i * size // count, -(-(i + 1) * size // count)
        rows.append([1 / (stop - start) if start <= k < stop else 0.0 for k in range(size)])
    return adapter_of(raw(like)).functions.asarray(rows, dtype=like.dtype)


def adaptive_avg_pool1d(x: Any, output_size: int) -> Any:
    """The mean of `output_size` nearly equal parts of the last axis; see `adaptive_avg_pool2d`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import adaptive_avg_pool1d
    >>> adaptive_avg_pool1d(wg.tensor([[1.0, 2.0, 6.0]]), 2).tolist()
    [[1.5, 4.0]]
    """
    (count,) = per_axis("adaptive_avg_pool1d: output_size", output_size, 1, 1)
    return matmul(x, transposed(_adaptive_matrix(x.shape[-1], count, x)))


def adaptive_avg_pool2d(x: Any, output_size: int | tuple[int | None, int | None]) -> Any:
    """The mean of nearly equal parts of the last two axes, as many as `output_size` says.

    Parameters
    ----------
    x : Tensor or array
        Of floating dtype and shape ``(N, C, H, W)`` or ``(C, H, W)``.
    output_size : int or pair of int or None
        H' and W'; None for that of `x`.

    Returns
    -------
    Tensor or array
        Of shape ``(N, C, H', W')`` or ``(C, H', W')``.

    Notes
    -----
    Part i of an axis of n elements holds those from ⌊i n / n'⌋ to ⌈(i + 1) n / n'⌉, so neighbours may share one. The average is a
    product with a small matrix along each axis.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import adaptive_avg_pool2d
    >>> adaptive_avg_pool2d(wg.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 1).tolist()
    [[[3.0]]]
    """
    wanted = (output_size, output_size) if isinstance(output_size, int) else tuple(output_size)
    if len(wanted) != 2 or len(x.shape) < 2:
        raise ArgumentError(
            f"adaptive_avg_pool2d: output_size: got {output_size} for x of shape {tuple(x.shape)}; expected a pair"
        )
    sizes = tuple(x.shape[-2:])
    filled = tuple(n if w is None else w for n, w in zip(sizes, wanted, strict=True))
    counts = per_axis("adaptive_avg_pool2d: output_size", filled, 2, 1)
    rows, columns = (_adaptive_matrix(n, m, x) for n, m in zip(sizes, counts, strict=True))
    return matmul(matmul(rows, x), transposed(columns))
