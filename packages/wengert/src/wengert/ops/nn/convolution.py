"""Convolution along one, two or three axes.

Three operators, each of them linear in both operands, are the derivatives of one another: `convolution`, and its transposes
with respect to its operand and to its weight. All are one product of matrices: let the *columns* of x be the matrix with a row
for each channel and place in the window and a column for each window (each output position of each sample); then the output is
weight · columns.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ...arrays.windows import Window, output_sizes, per_axis, same_padding
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batching import Batch
from ..complex import conj
from ..manipulation import moveaxis, reshape
from ..reductions import sum as total
from ..shaping import transposed
from .kernels import Kernel

__all__ = ["conv1d", "conv2d", "conv3d", "gradients_of_convolution"]

Sizes = tuple[int, ...]
PerAxis = int | Sequence[int]


# -- the products, in the array API --------------------------------------------------------------------------------------
def _samples_last(xp: Any, x: Any) -> Any:
    """From ``(N, C, ...)`` to ``(C, ..., N)``."""
    return xp.permute_dims(x, (*range(1, len(x.shape)), 0))


def _samples_first(xp: Any, x: Any) -> Any:
    last = len(x.shape) - 1
    return xp.permute_dims(x, (last, *range(last)))


def _padded(xp: Any, x: Any, axis: int, before: int, after: int) -> Any:
    """`x` with zeros at both ends of `axis`."""
    def zeros(count: int) -> list[Any]:
        shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
        return [xp.zeros(shape, dtype=x.dtype)] if count else []

    parts = [*zeros(before), x, *zeros(after)]
    return xp.concat(parts, axis=axis) if len(parts) > 1 else x


def columns(xp: Any, x: Any, window: Window, counts: Sizes, groups: int) -> Any:
    """The columns of `x`, of shape (groups, channels of a group × places, windows)."""
    x = _samples_last(xp, x)
    for i, (before, after) in enumerate(zip(window.before, window.after, strict=True)):
        x = _padded(xp, x, i + 1, before, after)
    read = []
    for place in _places(window):
        key = [slice(None)]
        for k, s, d, n in zip(place, window.stride, window.dilation, counts, strict=True):
            key.append(slice(k * d, k * d + (n - 1) * s + 1, s))
        read.append(x[(*key, slice(None))])
    return xp.reshape(xp.stack(read, axis=1), (groups, x.shape[0] // groups * len(read), -1))


def _places(window: Window) -> list[Sizes]:
    places: list[Sizes] = [()]
    for length in window.kernel:
        places = [(*place, k) for place in places for k in range(length)]
    return places


def _grouped(xp: Any, g: Any, groups: int) -> Any:
    """From ``(N, O, ...)`` to (groups, channels of a group, windows)."""
    return xp.reshape(_samples_last(xp, g), (groups, g.shape[1] // groups, -1))


def _weight_matrix(xp: Any, weight: Any, groups: int) -> Any:
    return xp.reshape(weight, (groups, weight.shape[0] // groups, -1))


@Kernel
def _convolution(xp: Any, x: Any, weight: Any, bias: Any, window: Window, counts: Sizes, groups: int) -> Any:
    product = xp.matmul(_weight_matrix(xp, weight, groups), columns(xp, x, window, counts, groups))
    out = _samples_first(xp, xp.reshape(product, (weight.shape[0], *counts, x.shape[0])))
    return out if bias is None else out + xp.reshape(bias, (-1, *(1,) * len(counts)))


@Kernel
def _convolution_input(xp: Any, g: Any, weight: Any, shape: Sizes, window: Window, groups: int) -> Any:
    counts = g.shape[2:]
    product = xp.matmul(transposed(_weight_matrix(xp, weight, groups)), _grouped(xp, g, groups))
    places = _places(window)
    product = xp.reshape(product, (shape[1], len(places), *counts, shape[0]))
    out = None
    for number, place in enumerate(places):
        part = product[:, number, ...]
        for i, k in enumerate(place):
            start = k * window.dilation[i]
            part = _spaced(xp, part, i + 1, window.stride[i])
            whole = shape[i + 2] + window.before[i] + window.after[i]
            part = _padded(xp, part, i + 1, start, max(0, whole - start - part.shape[i + 1]))
        out = part if out is None else out + part
    assert out is not None
    key = tuple(slice(b, b + n) for b, n in zip(window.before, shape[2:], strict=True))
    return _samples_first(xp, out[(slice(None), *key, slice(None))])


def _spaced(xp: Any, x: Any, axis: int, step: int) -> Any:
    """`x` with ``step - 1`` zeros between neighbours along `axis`."""
    if step == 1:
        return x
    spread = xp.stack([x, *[xp.zeros_like(x)] * (step - 1)], axis=axis + 1)
    whole = xp.reshape(spread, (*x.shape[:axis], x.shape[axis] * step, *x.shape[axis + 1 :]))
    return whole[(slice(None),) * axis + (slice(0, (x.shape[axis] - 1) * step + 1), ...)]


@Kernel
def _convolution_weight(xp: Any, g: Any, x: Any, shape: Sizes, window: Window, groups: int) -> Any:
    read = columns(xp, x, window, g.shape[2:], groups)
    return xp.reshape(xp.matmul(_grouped(xp, g, groups), transposed(read)), shape)


# -- the operators -------------------------------------------------------------------------------------------------------
@operator(operands=("x", "weight", "bias"))
def convolution(x: Any, weight: Any, bias: Any = None, *, window: Window, groups: int = 1) -> Any:
    """The convolution (without flipping, as in PyTorch) of `x` of shape ``(N, C, ...)`` with `weight`; see `conv2d`."""
    counts = output_sizes("convolution", tuple(x.shape[2:]), window)
    return _convolution(x, weight, bias, window, counts, groups)


@operator(operands=("g", "weight"), linear=True)
def convolution_input(g: Any, weight: Any, *, shape: Sizes, window: Window, groups: int) -> Any:
    """The transpose of `convolution` in its operand, which has `shape`; `g` has that of its output."""
    return _convolution_input(g, weight, shape, window, groups)


@operator(operands=("g", "x"), linear=True)
def convolution_weight(g: Any, x: Any, *, shape: Sizes, window: Window, groups: int) -> Any:
    """The transpose of `convolution` in its weight, which has `shape`; `g` has that of its output."""
    return _convolution_weight(g, x, shape, window, groups)


@rule(convolution, "x")
def _convolution_x(g: Any, weight: Any, x_shape: Sizes, window: Window, groups: int) -> Any:
    return convolution_input(g, conj(weight), shape=x_shape, window=window, groups=groups)


@rule(convolution, "weight")
def _convolution_w(g: Any, x: Any, weight_shape: Sizes, window: Window, groups: int) -> Any:
    return convolution_weight(g, conj(x), shape=weight_shape, window=window, groups=groups)


@rule(convolution, "bias")
def _convolution_bias(g: Any, window: Window) -> Any:
    return total(g, axis=(0, *range(2, 2 + len(window.kernel))))


@jvp(convolution, "x")
def _convolution_along_x(t: Any, weight: Any, window: Window, groups: int) -> Any:
    return convolution(t, weight, window=window, groups=groups)


@jvp(convolution, "weight")
def _convolution_along_weight(t: Any, x: Any, window: Window, groups: int) -> Any:
    return convolution(x, t, window=window, groups=groups)


@jvp(convolution, "bias")
def _convolution_along_bias(t: Any, window: Window) -> Any:
    return reshape(t, (-1, *(1,) * len(window.kernel)))


@rule(convolution_input, "g")
def _input_g(h: Any, weight: Any, window: Window, groups: int) -> Any:
    return convolution(h, conj(weight), window=window, groups=groups)


@rule(convolution_input, "weight")
def _input_weight(h: Any, g: Any, weight_shape: Sizes, window: Window, groups: int) -> Any:
    return convolution_weight(conj(g), h, shape=weight_shape, window=window, groups=groups)


@rule(convolution_weight, "g")
def _weight_g(h: Any, x: Any, window: Window, groups: int) -> Any:
    return convolution(conj(x), h, window=window, groups=groups)


@rule(convolution_weight, "x")
def _weight_x(h: Any, g: Any, x_shape: Sizes, window: Window, groups: int) -> Any:
    return convolution_input(conj(g), h, shape=x_shape, window=window, groups=groups)


# -- many samples ---------------------------------------------------------------------------------------------------------
# Operands that share their filters are a larger batch. Where filters differ, samples are groups: each sees its own channels only.
def _as_batch(x: Any) -> Any:
    """From ``(samples, N, ...)`` to ``(samples N, ...)``."""
    return reshape(x, (x.shape[0] * x.shape[1], *x.shape[2:]))


def _as_channels(x: Any) -> Any:
    """From ``(samples, N, C, ...)`` to ``(N, samples C, ...)``."""
    x = moveaxis(x, 0, 1)
    return reshape(x, (x.shape[0], x.shape[1] * x.shape[2], *x.shape[3:]))


def _from_channels(x: Any, size: int) -> Any:
    return moveaxis(reshape(x, (x.shape[0], size, x.shape[1] // max(size, 1), *x.shape[2:])), 1, 0)


@batching(convolution)
def _(batch: Batch, x: Any, weight: Any, bias: Any, window: Window, groups: int) -> Any:
    size = batch.size
    if batch.batched == {"x"}:
        out = batch.call(x=_as_batch(x), weight=weight, bias=bias, window=window, groups=groups)
        return reshape(out, (size, x.shape[1], *out.shape[1:]))
    x, weight = batch.whole("x", x), batch.whole("weight", weight)
    if bias is not None:
        bias = reshape(batch.whole("bias", bias), (-1,))
    out = batch.call(x=_as_channels(x), weight=_as_batch(weight), bias=bias, window=window, groups=groups * size)
    return _from_channels(out, size)


@batching(convolution_input)
def _(batch: Batch, g: Any, weight: Any, shape: Sizes, window: Window, groups: int) -> Any:
    size, (n, channels, *sizes) = batch.size, shape
    if batch.batched == {"g"}:
        whole = (size * n, channels, *sizes)
        out = batch.call(g=_as_batch(g), weight=weight, shape=whole, window=window, groups=groups)
        return reshape(out, (size, *shape))
    g, weight = batch.whole("g", g), batch.whole("weight", weight)
    whole = (n, size * channels, *sizes)
    out = batch.call(g=_as_channels(g), weight=_as_batch(weight), shape=whole, window=window, groups=groups * size)
    return _from_channels(out, size)


@batching(convolution_weight)
def _(batch: Batch, g: Any, x: Any, shape: Sizes, window: Window, groups: int) -> Any:
    g, x = batch.whole("g", g), batch.whole("x", x)

    def each() -> Any:
        whole, many = (batch.size * shape[0], *shape[1:]), groups * batch.size
        found = batch.call(g=_as_channels(g), x=_as_channels(x), shape=whole, window=window, groups=many)
        return reshape(found, (batch.size, *shape))

    # The sum over the samples, if only that is wanted, is that over a larger batch.
    total = partial(batch.call, g=_as_batch(g), x=_as_batch(x), shape=shape, window=window, groups=groups)
    return batch.later(g, shape, each, total) if g.dtype == x.dtype else each()


def gradients_of_convolution(
    g: Any,
    x: Any,
    weight: Any,
    stride: PerAxis,
    padding: PerAxis,
    dilation: PerAxis,
    groups: int,
    wanted: Sequence[bool],
) -> tuple[Any, Any, Any]:
    """From the gradient of a convolution of a batch those of x, weight and bias; None for what is not `wanted`."""
    window = _window("convolution", tuple(weight.shape[2:]), stride, padding, dilation)
    return (
        _convolution_x(g, weight, tuple(x.shape), window, groups) if wanted[0] else None,
        _convolution_w(g, x, tuple(weight.shape), window, groups) if wanted[1] else None,
        _convolution_bias(g, window) if wanted[2] else None,
    )


# -- what users call -----------------------------------------------------------------------------------------------------
def _window(name: str, kernel: Sizes, stride: PerAxis, padding: PerAxis | str, dilation: PerAxis) -> Window:
    ndim = len(kernel)
    steps = per_axis(f"{name}: stride", stride, ndim, 1)
    distances = per_axis(f"{name}: dilation", dilation, ndim, 1)
    if padding == "valid":
        before = after = (0,) * ndim
    elif padding == "same":
        if any(s != 1 for s in steps):
            raise ArgumentError(f"{name}: padding='same' needs stride 1, got {stride}")
        before, after = same_padding(kernel, distances)
    elif isinstance(padding, str):
        raise ArgumentError(f"{name}: padding: got {padding!r}; expected numbers, 'same' or 'valid'")
    else:
        before = after = per_axis(f"{name}: padding", padding, ndim, 0)
    return Window(kernel, steps, before, after, distances)


def _conv(
    name: str,
    ndim: int,
    x: Any,
    weight: Any,
    bias: Any,
    stride: PerAxis,
    padding: PerAxis | str,
    dilation: PerAxis,
    groups: int,
) -> Any:
    """`convolution` along `ndim` axes, of a batch or a single sample."""
    shape, filters = tuple(x.shape), tuple(weight.shape)
    if len(filters) != ndim + 2 or len(shape) not in (ndim + 1, ndim + 2):
        raise ArgumentError(
            f"{name}: expected x of {ndim + 2} axes (N, C, ...), or of {ndim + 1}, and weight of {ndim + 2}; got shapes {shape} "
            f"and {filters}"
        )
    channels = shape[-ndim - 1]
    if groups < 1 or channels != filters[1] * groups or filters[0] % groups:
        raise ArgumentError(
            f"{name}: weight of shape {filters} and groups={groups} ask for {filters[1] * groups} channels and a multiple of "
            f"{groups} filters; got x of shape {shape}"
        )
    if bias is not None and tuple(bias.shape) != filters[:1]:
        raise ArgumentError(f"{name}: bias: got shape {tuple(bias.shape)}; expected {filters[:1]}")
    window = _window(name, filters[2:], stride, padding, dilation)
    if len(shape) == ndim + 2:
        return convolution(x, weight, bias, window=window, groups=groups)
    out = convolution(reshape(x, (1, *shape)), weight, bias, window=window, groups=groups)
    return reshape(out, tuple(out.shape[1:]))


def conv1d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    """Convolution along one axis; see `conv2d`.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(N, C, L)`` or ``(C, L)``.
    weight : Tensor or array
        Of shape ``(O, C / groups, K)``.
    bias : Tensor or array, optional
        Of shape ``(O,)``.
    stride, padding, dilation, groups
        As in `conv2d`.

    Returns
    -------
    Tensor or array
        Of shape ``(N, O, L')`` or ``(O, L')``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import conv1d
    >>> conv1d(wg.tensor([[1.0, 2.0, 4.0]]), wg.tensor([[[1.0, -1.0]]])).tolist()
    [[-1.0, -2.0]]
    """
    return _conv("conv1d", 1, x, weight, bias, stride, padding, dilation, groups)


def conv2d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    """Convolution along two axes (without flipping the weight, as in PyTorch).

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(N, C, H, W)``, or ``(C, H, W)`` for a single sample.
    weight : Tensor or array
        Of shape ``(O, C / groups, KH, KW)``.
    bias : Tensor or array, optional
        Of shape ``(O,)``.
    stride : int or pair of int
        The steps of the window.
    padding : int, pair of int, "same" or "valid"
        How many zeros surround `x`. ``"same"`` keeps the size (an odd number of zeros has one more at the end), ``"valid"`` is 0.
    dilation : int or pair of int
        The distance between the elements of the window.
    groups : int
        Into how many groups channels and filters are divided; the filters of a group see the channels of that group only.

    Returns
    -------
    Tensor or array
        Of shape ``(N, O, H', W')`` or ``(O, H', W')`` with H' = ⌊(H + 2 padding - dilation (KH - 1) - 1) / stride⌋ + 1.

    Notes
    -----
    Arrays that can have their axes in any order in memory come back with the samples' axis innermost: so the next convolution
    reads long runs, and elementwise functions keep that order.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import conv2d
    >>> x = wg.ones((1, 1, 3, 3), requires_grad=True)
    >>> y = conv2d(x, wg.ones((1, 1, 2, 2)))
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([[[[4.0, 4.0], [4.0, 4.0]]]], [[[[1.0, 2.0, 1.0], [2.0, 4.0, 2.0], [1.0, 2.0, 1.0]]]])
    """
    return _conv("conv2d", 2, x, weight, bias, stride, padding, dilation, groups)


def conv3d(
    x: Any,
    weight: Any,
    bias: Any = None,
    stride: PerAxis = 1,
    padding: PerAxis | str = 0,
    dilation: PerAxis = 1,
    groups: int = 1,
) -> Any:
    """Convolution along three axes; see `conv2d`, whose parameters have one more axis here.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import conv3d
    >>> conv3d(wg.ones((1, 2, 2, 2)), wg.ones((1, 1, 2, 2, 2))).tolist()
    [[[[8.0]]]]
    """
    return _conv("conv3d", 3, x, weight, bias, stride, padding, dilation, groups)
