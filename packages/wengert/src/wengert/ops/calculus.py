"""Integrals and slopes of sampled functions, and phases without their jumps.

They are made of operators, so derivatives of every order, forward mode and `vmap` follow.
"""

from __future__ import annotations

import math
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axes, normalize_axis
from ..errors import ArgumentError
from ..op import batching, operator
from ..op_batch_rules import along_axis
from .creation import zeros_like
from .cumulative import cumulative_sum, diff
from .dtypes import astype
from .joining import concat
from .manipulation import moveaxis, reshape
from .reductions import sum
from .select import raw

__all__ = ["cumulative_trapezoid", "gradient", "simpson", "trapezoid", "unwrap"]

Axis = int | tuple[int, ...] | None


def _cut(x: Any, axis: int, start: int | None, stop: int | None = None, step: int | None = None) -> Any:
    """A slice of `x` along `axis`, counted from the front."""
    return x[(*(slice(None),) * axis, slice(start, stop, step), ...)]


def _steps(name: str, y: Any, x: Any, dx: Any, axis: int) -> Any:
    """The distances between the samples of `y` along `axis`: all `dx`, or differences of `x`, which broadcast against `y`."""
    if x is None:
        return dx
    shape = tuple(x.shape)
    if len(shape) == 1:
        if shape[0] != y.shape[axis]:
            raise ArgumentError(
                f"{name}: x: expected {y.shape[axis]} places for y of shape {tuple(y.shape)} along axis {axis}, got {shape[0]}"
            )
        return reshape(diff(x), tuple(-1 if i == axis else 1 for i in range(len(y.shape))))
    if shape != tuple(y.shape):
        raise ArgumentError(f"{name}: x: expected one axis, or shape {tuple(y.shape)}, as y has, got {shape}")
    return diff(x, axis=axis)


# -- integrals -----------------------------------------------------------------------------------------------------------
def _areas(name: str, y: Any, x: Any, dx: Any, axis: int) -> Any:
    return _steps(name, y, x, dx, axis) * (_cut(y, axis, 1) + _cut(y, axis, None, -1)) / 2


def trapezoid(y: Any, x: Any = None, /, *, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of a sampled function along `axis` by the trapezoidal rule.

    Parameters
    ----------
    y : Tensor or array
        The values.
    x : Tensor or array, optional
        Where they were taken: one axis as long as `axis`, or the shape of `y`.
    dx : Tensor, array or number
        The distance of neighbours, where `x` is left out.
    axis : int
        Default: the last.

    Returns
    -------
    Tensor or array
        Without `axis`.

    Raises
    ------
    ArgumentError
        If `x` has another shape.

    Notes
    -----
    Σ (x[i+1] - x[i]) (y[i] + y[i+1]) / 2, differentiable in `y`, `x` and `dx`.

    Examples
    --------
    >>> import wengert as wg
    >>> y = wg.tensor([1.0, 3.0, 5.0], requires_grad=True)
    >>> area = wg.trapezoid(y, wg.tensor([0.0, 1.0, 4.0]))
    >>> area.backward()
    >>> area.item(), y.grad.tolist()
    (14.0, [0.5, 2.0, 1.5])
    """
    axis = normalize_axis(axis, len(y.shape))
    return sum(_areas("trapezoid", y, x, dx, axis), axis=axis)


def cumulative_trapezoid(y: Any, x: Any = None, /, *, dx: Any = 1.0, axis: int = -1, include_initial: bool = False) -> Any:
    """The integrals up to each sample after the first by the trapezoidal rule.

    Parameters
    ----------
    y, x, dx, axis
        As of `trapezoid`.
    include_initial : bool
        Whether the integral up to the first sample, 0, comes first, so that `axis` stays as long as it is.

    Returns
    -------
    Tensor or array
        Of the shape of `y`, with `axis` shorter by one unless `include_initial`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.cumulative_trapezoid(wg.tensor([1.0, 3.0, 5.0])).tolist()
    [2.0, 6.0]
    """
    axis = normalize_axis(axis, len(y.shape))
    return cumulative_sum(_areas("cumulative_trapezoid", y, x, dx, axis), axis=axis, include_initial=include_initial)


def simpson(y: Any, x: Any = None, /, *, dx: Any = 1.0, axis: int = -1) -> Any:
    """The integral of a sampled function along `axis` by Simpson's rule: of parabolas through three neighbours each.

    Parameters
    ----------
    y, x, dx, axis
        As of `trapezoid`. The places `x` are different.

    Returns
    -------
    Tensor or array
        Without `axis`.

    Notes
    -----
    Of an even number of samples the last interval is left over; it is taken from the parabola through the last three samples,
    as in SciPy (Cartwright, "Simpson's rule cumulative integration with MS Excel and irregularly-spaced data", Journal of
    Mathematical Sciences and Mathematics Education 12, 2017). Of two samples it is the trapezoidal rule. Differentiable in `y`,
    `x` and `dx`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.simpson(wg.tensor([0.0, 1.0, 4.0]), dx=3.0).item()
    8.0
    """
    axis = normalize_axis(axis, len(y.shape))
    n = y.shape[axis]
    if n < 3:
        return trapezoid(y, x, dx=dx, axis=axis)
    steps = _steps("simpson", y, x, dx, axis)
    if x is None:
        h0 = h1 = steps
    else:
        h0, h1 = _cut(steps, axis, 0, (n - 1) // 2 * 2, 2), _cut(steps, axis, 1, (n - 1) // 2 * 2, 2)
    first, second, third = (_cut(y, axis, i, n - 2 + i, 2) for i in range(3))
    # The parabola through three points, integrated over both intervals.
    area = (h0 + h1) / 6 * ((2 - h1 / h0) * first + (h0 + h1) * (h0 + h1) / (h0 * h1) * second + (2 - h0 / h1) * third)
    total = sum(area, axis=axis)
    if n % 2:
        return total
    a, b = (steps, steps) if x is None else (_cut(steps, axis, n - 3, n - 2), _cut(steps, axis, n - 2, n - 1))
    y0, y1, y2 = (_cut(y, axis, n - 3 + i, n - 2 + i) for i in range(3))
    # The same parabola, over the second interval alone.
    rest = (2 * b * b + 3 * a * b) / (6 * (a + b)) * y2 + (b * b + 3 * a * b) / (6 * a) * y1 - b * b * b / (6 * a * (a + b)) * y0
    return total + sum(rest, axis=axis)


# -- slopes --------------------------------------------------------------------------------------------------------------
def gradient(x: Any, /, *spacing: Any, axis: Axis = None, edge_order: int = 1) -> Any:
    """The slope of a sampled function along one or several axes: NumPy's `gradient`, which has nothing to do with a backward.

    Parameters
    ----------
    x : Tensor or array
        The values, at least `edge_order` + 1 of them along each axis.
    *spacing : Tensor, array or number, optional
        One for all axes or one for each: the distance of neighbours, or, of one axis, their places. Default: 1.
    axis : int or tuple of int, optional
        Default: all.
    edge_order : {1, 2}
        Whether the slope at both ends is that of the chord or of the parabola.

    Returns
    -------
    Tensor or array, or tuple of these
        Of the shape of `x`; one for each axis where there are several.

    Raises
    ------
    ArgumentError
        If the number of spacings fits neither, an axis is too short, or `edge_order` is another.

    Notes
    -----
    Inside, the slope is that of the parabola through three neighbours. Differentiable in `x` and in the spacings.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, 4.0, 7.0], requires_grad=True)
    >>> y = wg.gradient(x)
    >>> y.tolist()
    [1.0, 1.5, 2.5, 3.0]
    >>> y[1].backward()
    >>> x.grad.tolist()
    [-0.5, 0.0, 0.5, 0.0]
    """
    axes = normalize_axes(axis, len(x.shape))
    if edge_order not in (1, 2):
        raise ArgumentError(f"gradient: edge_order: expected 1 or 2, got {edge_order}")
    spacings = spacing * len(axes) if len(spacing) == 1 else spacing or (1.0,) * len(axes)
    if len(spacings) != len(axes):
        raise ArgumentError(f"gradient: spacing: expected none, one, or one for each of {len(axes)} axes, got {len(spacing)}")
    library = adapter_of(raw(x)).library
    x = x if library.kind(x.dtype) in "fc" else astype(x, library.default_dtype(float))
    found = tuple([moveaxis(_slope(moveaxis(x, a, 0), h, edge_order), 0, a) for a, h in zip(axes, spacings, strict=True)])
    return found[0] if len(found) == 1 else found


def _slope(f: Any, spacing: Any, edge_order: int) -> Any:
    """The slope along the first axis."""
    n = f.shape[0]
    if n < edge_order + 1:
        raise ArgumentError(
            f"gradient: x: expected at least {edge_order + 1} elements along each axis for edge_order={edge_order}, got {n}"
        )
    if not getattr(spacing, "shape", ()):
        return _slope_of_even(f, spacing, edge_order)
    if tuple(spacing.shape) != (n,):
        raise ArgumentError(f"gradient: spacing: expected a number or {n} places, got shape {tuple(spacing.shape)}")
    steps = reshape(diff(spacing), (-1, *(1,) * (len(f.shape) - 1)))
    h1, h2 = steps[:-1, ...], steps[1:, ...]
    below, above = (f[1:-1, ...] - f[:-2, ...]) / h1, (f[2:, ...] - f[1:-1, ...]) / h2
    inner = (h2 * below + h1 * above) / (h1 + h2)  # the chords on both sides, each weighted by the other's length
    first, last = (f[1:2, ...] - f[:1, ...]) / steps[:1, ...], (f[-1:, ...] - f[-2:-1, ...]) / steps[-1:, ...]
    if edge_order == 2:  # the parabola through the outermost three: twice the chord, less the slope at its other end
        first, last = 2 * first - inner[:1, ...], 2 * last - inner[-1:, ...]
    return concat([first, inner, last])


def _slope_of_even(f: Any, h: Any, edge_order: int) -> Any:
    inner = (f[2:, ...] - f[:-2, ...]) / (2 * h)
    first, last = (f[1:2, ...] - f[:1, ...]) / h, (f[-1:, ...] - f[-2:-1, ...]) / h
    if edge_order == 2:
        first, last = 2 * first - inner[:1, ...], 2 * last - inner[-1:, ...]
    return concat([first, inner, last])


# -- phases --------------------------------------------------------------------------------------------------------------
@operator
def whole_periods(x: Any, /, *, axis: int, discont: float | None, period: float) -> Any:
    """What `unwrap` adds to `x`: whole periods, which no small change of `x` changes. Not differentiable."""
    xp = adapter_of(x).functions
    steps = _cut(x, axis, 1) - _cut(x, axis, 0, -1)
    short = xp.remainder(steps + period / 2, period) - period / 2
    short = xp.where((short == -period / 2) & (steps > 0), -short, short)
    jump = xp.where(xp.abs(steps) < max(discont or 0, period / 2), xp.zeros_like(steps), short - steps)
    return xp.concat([xp.zeros_like(_cut(x, axis, 0, 1)), xp.cumulative_sum(jump, axis=axis)], axis=axis)


batching(whole_periods)(along_axis)


def unwrap(x: Any, /, *, discont: float | None = None, axis: int = -1, period: float = 2 * math.pi) -> Any:
    """`x` with whole periods added, so that no step along `axis` is longer than half a period.

    Parameters
    ----------
    x : Tensor or array
        Of floating dtype.
    discont : float, optional
        Steps below this stay; default, and at least: half a period.
    axis : int
        Default: the last.
    period : float
        Default: 2π.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: g, since the periods are constant.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([0.0, 0.75, 0.5], requires_grad=True)
    >>> y = wg.unwrap(x, period=1.0)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([0.0, -0.25, -0.5], [1.0, 1.0, 1.0])
    """
    axis = normalize_axis(axis, len(x.shape))
    if x.shape[axis] < 2:
        return x + zeros_like(x)
    return x + whole_periods(x, axis=axis, discont=discont, period=period)
