"""Other sizes of what lies along the last axes: ``interpolate``; and the windows along them, ``unfold``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ....errors import UnsupportedError, UsageError
from ....ops.indexing import take
from ....ops.joining import pad
from .. import math, shapes
from ..calling import function
from ..dtypes import spelled
from ..saved_names import noted
from ..tensor import leaf

__all__ = ["interpolate", "unfold"]

#: How many axes after those of samples and channels a mode is for; None for any number.
MODES = {"nearest": None, "linear": 1, "bilinear": 2, "trilinear": 3}


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """The axes after samples and channels at other sizes, by the nearest element or by weighted means of neighbours.

    Raises
    ------
    UsageError
        If not exactly one of `size` and `scale_factor` is given, or the mode is for another number of axes.
    UnsupportedError
        For another mode, or with `antialias`.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.nn.functional.interpolate(torch.tensor([[[0.0, 4.0]]]), 4, mode="linear")
    tensor([[[0., 1., 3., 4.]]])
    """
    if mode not in MODES or antialias:
        raise UnsupportedError(f"interpolate: mode must be one of {', '.join(MODES)}, without antialias, got {mode!r}")
    count = input.ndim - 2
    if count < 1 or MODES[mode] not in (None, count):
        raise UsageError(f"interpolate: mode {mode!r} is not for an input of {input.ndim} axes")
    if align_corners is not None and mode == "nearest":
        raise UsageError("interpolate: align_corners option can only be set with the interpolating modes")
    if (size is None) == (scale_factor is None):
        raise UsageError("interpolate: only one of size or scale_factor should be defined, and one of them")
    factors = [None] * count if scale_factor is None else [float(f) for f in _each(scale_factor, count)]
    lengths = input._shape[2:]
    if size is None:
        wanted = tuple(int(n * f) for n, f in zip(lengths, factors, strict=True))
    else:
        wanted = tuple(int(n) for n in _each(size, count))
    if recompute_scale_factor:
        factors = [None] * count
    result = input
    for axis, (n, new, factor) in enumerate(zip(lengths, wanted, factors, strict=True), 2):
        step = n / new if factor is None else 1 / factor
        result = _nearest(result, axis, new, step) if mode == "nearest" else _between(result, axis, new, step, align_corners)
    names = ("scales",) if count == 1 else ("scales_d", "scales_h", "scales_w")[-count:]
    return noted(
        result, output_size=wanted, align_corners=bool(align_corners), **dict(zip(names, factors, strict=True))
    )


def _each(value: Any, count: int) -> Sequence[Any]:
    found = list(value) if isinstance(value, (list, tuple)) else [value] * count
    if len(found) != count:
        raise UsageError(f"interpolate: expected a number, or {count} of them, got {value!r}")
    return found


def _nearest(x: Any, axis: int, new: int, step: float) -> Any:
    places = np.minimum(np.floor(np.arange(new) * step).astype(np.int64), x._shape[axis] - 1)
    return take(x, leaf(places), axis=axis)


def _between(x: Any, axis: int, new: int, step: float, aligned: bool | None) -> Any:
    """Between neighbours, the ends of the old axis at those of the new one or, unless `aligned`, half a step further out."""
    n, at = x._shape[axis], np.arange(new)
    places = at * ((n - 1) / max(new - 1, 1)) if aligned else np.maximum((at + 0.5) * step - 0.5, 0)
    below = np.minimum(np.floor(places).astype(np.int64), n - 1)
    above = np.minimum(below + 1, n - 1)
    share = leaf((places - below).reshape(-1, *(1,) * (x.ndim - axis - 1)), spelled(x._dtype))
    low, high = take(x, leaf(below), axis=axis), take(x, leaf(above), axis=axis)
    return math.add(math.mul(low, 1 - share), math.mul(high, share))


@function
def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The windows of an image, with or without an axis of samples: a column for each, its channels and places below another.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.nn.functional.unfold(torch.arange(6.0).view(1, 1, 2, 3), 2)
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])
    """
    if input.ndim == 3:
        return shapes.squeeze(unfold(shapes.unsqueeze(input, 0), kernel_size, dilation, padding, stride), 0)
    if input.ndim != 4:
        raise UsageError(f"unfold: expected an input of 3 or 4 axes, got {input.ndim}")
    widths = _each(padding, 2)
    x = pad(input, ((0, 0), (0, 0), *((n, n) for n in widths))) if any(widths) else input
    for axis, k, d, s in zip((2, 4), *(_each(v, 2) for v in (kernel_size, dilation, stride)), strict=True):
        windows = (x._shape[axis] - d * (k - 1) - 1) // s + 1
        if windows < 1:
            raise UsageError(f"unfold: a window of {k} places, {d} apart, does not fit into an axis of {x._shape[axis]}")
        x = take(x, leaf(np.arange(k)[:, None] * d + np.arange(windows) * s), axis=axis)
    n, channels, high, rows, wide, columns = x._shape
    x = shapes.permute(x, 0, 1, 2, 4, 3, 5)
    result = shapes.reshape(x, n, channels * high * wide, rows * columns)
    return noted(result, self_sym_argsize_minus_2=input._shape[-2], self_sym_argsize_minus_1=input._shape[-1])
