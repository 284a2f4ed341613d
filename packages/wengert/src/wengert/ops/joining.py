"""Arrays joined and taken apart, repeated and padded. Every one of these is linear: its derivative is its transpose."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ..arrays.adapter import adapter_of, library
from ..arrays.shapes import known_length, normalize_axis
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError
from ..op import batching, jvp, operator, operator_of, rule
from ..op_batch_rules import along_axis, deeper, no_shape
from ..op_batching import Batch
from .indexing import getitem, scatter_take, take
from .manipulation import reshape
from .reductions import sum

__all__ = ["concat", "pad", "repeat", "split", "stack", "tile", "unstack"]


@operator(sequence=True, node="Cat", linear=True)
def concat(arrays: Sequence[Any], /, *, axis: int | None = 0) -> Any:
    """Arrays joined along an existing axis.

    Parameters
    ----------
    arrays : sequence of array
        Of equal lengths in all axes but `axis`.
    axis : int or None
        Along which to join; None joins the arrays flattened.

    Returns
    -------
    array
        Of the promoted dtype.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.concat([wg.tensor([1.0, 2.0]), wg.tensor([3.0])])
    tensor([1., 2., 3.])
    """
    return _of_first(arrays, "concat")(arrays, axis=axis)


@rule(concat, "arrays")
def _(g: Any, arrays_shape: Any, axis: Any) -> Any:
    before = (slice(None),) * (0 if axis is None else axis % len(g.shape))
    pieces, start = [], 0
    for shape in arrays_shape:
        stop = start + (_size(shape) if axis is None else shape[axis])
        piece = g[(*before, slice(start, stop), ...)]
        pieces.append(reshape(piece, shape) if axis is None else piece)
        start = stop
    return pieces


@batching(concat)
def _(batch: Batch, arrays: list[Any], axis: int | None) -> Any:
    arrays = batch.all_whole(arrays)
    if axis is None:
        arrays = [reshape(x, (batch.size, _size(x.shape[1:]))) for x in arrays]
    return batch.call(arrays=arrays, axis=1 + normalize_axis(axis or 0, len(arrays[0].shape) - 1))


@operator(sequence=True, linear=True)
def stack(arrays: Sequence[Any], /, *, axis: int = 0) -> Any:
    """Arrays of one shape joined along a new axis.

    Parameters
    ----------
    arrays : sequence of array
        Of equal shapes.
    axis : int
        Where the new axis stands in the result.

    Returns
    -------
    array
        With one axis more, of length ``len(arrays)``.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.stack([wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])], axis=1)
    tensor([[1., 3.],
            [2., 4.]])
    """
    return _of_first(arrays, "stack")(arrays, axis=axis)


@rule(stack, "arrays")
def _(g: Any, arrays_shape: Any, axis: Any) -> Any:
    before = (slice(None),) * (axis % len(g.shape))
    return [g[(*before, i, ...)] for i in range(len(arrays_shape))]


@batching(stack)
def _(batch: Batch, arrays: list[Any], axis: int) -> Any:
    arrays = batch.all_whole(arrays)
    return batch.call(arrays=arrays, axis=1 + normalize_axis(axis, len(arrays[0].shape)))


def _slices(shape: tuple[int, ...], axis: int) -> list[Any]:
    """Each output of `unstack`, as the index that gives it alone."""
    axis = normalize_axis(axis, len(shape))
    before = (slice(None),) * axis
    return [(operator_of(getitem), ((*before, i, ...),)) for i in range(shape[axis])]


@operator(outputs=None, node="Unbind", linear=True, view=True, pieces=_slices)
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The slices of `x` along an axis, as a tuple of arrays without that axis: the inverse of `stack`.

    Parameters
    ----------
    x : array
        Of at least one axis.
    axis : int
        The axis to take apart.

    Returns
    -------
    tuple of array
        As many as the axis is long.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.unstack(wg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    (tensor([1., 2.]), tensor([3., 4.]))
    """
    if not x.shape:
        raise ArgumentError("unstack: x must have at least one axis, got a 0-d array")
    axis = normalize_axis(axis, len(x.shape))
    before = (slice(None),) * axis
    length = known_length(x.shape, axis, "unstack", adapter_of(x).name)
    return tuple([x[(*before, i, ...)] if axis else x[i, ...] for i in range(length)])


@rule(unstack, "x")
def _(g: Any, axis: Any) -> Any:
    return stack(g, axis=axis)


batching(unstack)(along_axis)


def _cuts(n: int, indices_or_sections: Any) -> list[int]:
    """Where `split` cuts an axis of length `n`, with both ends."""
    if not isinstance(indices_or_sections, int):
        return [0, *(int(cut) for cut in indices_or_sections), n]
    if indices_or_sections < 1 or n % indices_or_sections:
        raise ArgumentError(f"split: an axis of length {n} has no {indices_or_sections} equal pieces")
    length = n // indices_or_sections
    return [length * i for i in range(indices_or_sections + 1)]


def _pieces(shape: tuple[int, ...], indices_or_sections: Any, axis: int) -> list[Any]:
    """Each output of `split`, as the index that gives it alone."""
    axis = normalize_axis(axis, len(shape))
    before = (slice(None),) * axis
    return [(operator_of(getitem), ((*before, slice(a, b)),)) for a, b in pairwise(_cuts(shape[axis], indices_or_sections))]


@operator(operands=("x",), outputs=None, linear=True, view=True, pieces=_pieces)
def split(x: Any, indices_or_sections: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """`x` cut into pieces along an axis.

    Parameters
    ----------
    x : array
        Of at least one axis.
    indices_or_sections : int or sequence of int
        Into how many equal pieces, or before which indices to cut.
    axis : int
        The axis to cut.

    Returns
    -------
    tuple of array
        The pieces in order.

    Raises
    ------
    ArgumentError
        If the axis cannot be cut into that many equal pieces.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.split(wg.tensor([1.0, 2.0, 3.0]), [1])
    (tensor([1.]), tensor([2., 3.]))
    """
    axis = normalize_axis(axis, len(x.shape))
    before = (slice(None),) * axis
    return tuple([x[(*before, slice(a, b), ...)] for a, b in pairwise(_cuts(x.shape[axis], indices_or_sections))])


@rule(split, "x")
def _(g: Any, x_shape: Any, axis: Any) -> Any:
    whole = concat(g, axis=axis)
    if whole.shape != x_shape:
        raise ArgumentError(f"split: only ascending cuts have a derivative, got pieces of {whole.shape} for {x_shape}")
    return whole


batching(split)(along_axis)


def _of_first(arrays: Sequence[Any], name: str) -> Any:
    if not arrays:
        raise ArgumentError(f"{name}: arrays must not be empty")
    return adapter_of(arrays[0]).function(name)


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


# -- repeated, padded --------------------------------------------------------------------------------------------------
@operator(operands=("x",), node="Repeat", linear=True)
def tile(x: Any, repetitions: int | tuple[int, ...], /) -> Any:
    """Copies of `x` side by side.

    Parameters
    ----------
    x : array
        Of any shape.
    repetitions : int or tuple of int
        How many copies along each axis, counted from the last; further ones make new axes in front.

    Returns
    -------
    array
        Each axis as many times as long.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.tile(wg.tensor([1.0, 2.0]), (2, 2))
    tensor([[1., 2., 1., 2.],
            [1., 2., 1., 2.]])
    """
    return adapter_of(x).function("tile")(x, repetitions)


@rule(tile, "x")
def _(g: Any, x_shape: Any, repetitions: Any) -> Any:
    # Axis by axis, the copies lie one after the other: (copies, length), of which the first is summed.
    times = (repetitions,) if isinstance(repetitions, int) else tuple(repetitions)
    ndim = max(len(times), len(x_shape))
    times = (1,) * (ndim - len(times)) + times
    lengths = (1,) * (ndim - len(x_shape)) + x_shape
    pairs = tuple(n for pair in zip(times, lengths, strict=True) for n in pair)
    return reshape(sum(reshape(g, pairs), axis=tuple(range(0, 2 * ndim, 2))), x_shape)


@batching(tile)
def _(batch: Batch, x: Any, repetitions: int | tuple[int, ...]) -> Any:
    times = (repetitions,) if isinstance(repetitions, int) else tuple(repetitions)
    ndim = len(x.shape) - 1
    return batch.call(x=deeper(x, len(times)), repetitions=(1, *(1,) * (ndim - len(times)), *times))


@operator(node="RepeatInterleave", linear=True)
def repeat(x: Any, repeats: Any, /, *, axis: int | None = None) -> Any:
    """`x` with each element along an axis repeated.

    Parameters
    ----------
    x : array
        Of any shape.
    repeats : int or array of integers
        How many times: for all elements, or for each along the axis.
    axis : int, optional
        The axis; default: `x` is flattened first.

    Returns
    -------
    array
        Longer along `axis`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.repeat(wg.tensor([1.0, 2.0]), 2)
    tensor([1., 1., 2., 2.])
    >>> wg.repeat(wg.tensor([1.0, 2.0]), wg.tensor([1, 3]))
    tensor([1., 2., 2., 2.])
    """
    return adapter_of(x).function("repeat")(x, repeats, axis=axis)


@rule(repeat, "x")
def _(g: Any, x_shape: Any, repeats: Any, axis: Any) -> Any:
    lines = (_size(x_shape),) if axis is None else x_shape
    axis = normalize_axis(0 if axis is None else axis, len(lines))
    before, n, after = lines[:axis], lines[axis], lines[axis + 1 :]
    if not getattr(repeats, "shape", ()):
        return reshape(sum(reshape(g, (*before, n, int(repeats), *after)), axis=axis + 1), x_shape)
    counts = repeats._array if type(repeats) in TENSORS else repeats
    function = adapter_of(counts).function
    places = function("repeat")(function("arange")(n), counts)
    return reshape(scatter_take(g, places, shape=lines, axis=axis), x_shape)


@batching(repeat)
def _(batch: Batch, x: Any, repeats: Any, axis: int | None) -> Any:
    if batch.has("repeats"):
        no_shape(batch)
    if axis is None:
        x = reshape(x, (batch.size, _size(x.shape[1:])))
    return batch.call(x=x, repeats=repeats, axis=1 + normalize_axis(axis or 0, len(x.shape) - 1))


def pad(x: Any, pad_width: Any, mode: str = "constant", *, constant_values: complex = 0) -> Any:
    """`x` made longer at both ends of its axes.

    Parameters
    ----------
    x : array
        Of n axes.
    pad_width : int or (int, int) or sequence of (int, int)
        How many elements to add before and after: at every end, before and after every axis, or for each axis.
    mode : str
        What is added: ``"constant"``, or elements of `x`: ``"edge"`` repeats the outermost, ``"reflect"`` mirrors at
        it, ``"symmetric"`` mirrors with it, ``"wrap"`` goes on at the other end.
    constant_values : number
        The constant.

    Returns
    -------
    array
        ``result.shape[i] == before[i] + x.shape[i] + after[i]``.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.pad(wg.tensor([1.0, 2.0, 3.0]), (2, 1))
    tensor([0., 0., 1., 2., 3., 0.])
    >>> wg.pad(wg.tensor([1.0, 2.0, 3.0]), (2, 1), mode="reflect")
    tensor([3., 2., 1., 2., 3., 2.])
    """
    widths = _pad_widths(pad_width, len(x.shape))
    if mode == "constant":
        return constant_pad(x, widths, constant_values)
    if mode not in _PAD_MODES:
        raise ArgumentError(f"pad: mode must be one of 'constant', {', '.join(map(repr, _PAD_MODES))}, got {mode!r}")
    array = x._array if type(x) in TENSORS else x
    adapter, host = adapter_of(array), library("numpy").function
    for axis, width in enumerate(widths):
        if width != (0, 0):
            places = host("pad")(host("arange")(x.shape[axis]), width, mode=mode)
            x = take(x, adapter.from_host(places, adapter.device(array)), axis=axis)
    return x


_PAD_MODES = ("edge", "reflect", "symmetric", "wrap")


@operator(operands=("x",), node="ConstantPadNd")
def constant_pad(x: Any, /, widths: tuple[tuple[int, int], ...], value: complex) -> Any:
    """`x` with `value` around it: ``pad(mode="constant")`` with one pair of widths for each axis."""
    adapter = adapter_of(x)
    if not adapter.mutable:
        return adapter.function("pad")(x, widths, constant_values=value)
    # Several times faster than NumPy's own, which is written for every mode.
    out = adapter.zeros(tuple(before + n + after for (before, after), n in zip(widths, x.shape, strict=True)), x.dtype, x)
    if value:
        out[...] = value
    return adapter.put(out, _inner(widths, x.shape), x)


@rule(constant_pad, "x")
def _(g: Any, x_shape: Any, widths: Any) -> Any:
    return g[_inner(widths, x_shape)]


@batching(constant_pad)
def _(batch: Batch, x: Any, widths: Any, value: complex) -> Any:
    return batch.call(x=x, widths=((0, 0), *widths), value=value)


jvp(constant_pad, "x")(lambda t, widths: constant_pad(t, widths, 0))


def _inner(widths: tuple[tuple[int, int], ...], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The key of what was there before padding; with an Ellipsis, so that even of no axes it is an array."""
    return (*(slice(before, before + n) for (before, _), n in zip(widths, shape, strict=True)), ...)


def _pad_widths(pad_width: Any, ndim: int) -> tuple[tuple[int, int], ...]:
    """One pair for each axis."""
    if isinstance(pad_width, int):
        return ((pad_width, pad_width),) * ndim
    entries = tuple(pad_width)
    if len(entries) == 2 and all(isinstance(n, int) for n in entries):
        return (entries,) * ndim
    pairs = tuple((int(before), int(after)) for before, after in entries)
    if len(pairs) == 1:
        pairs *= ndim
    if len(pairs) != ndim:
        raise ArgumentError(f"pad_width: got {len(pairs)} pairs for an array of {ndim} axes")
    return pairs
