"""Windows that slide over an array: their sizes, and how an offset within the window maps outputs to inputs.

Convolution and pooling visit the elements of a window one offset at a time. At one offset all windows together read a strided
slice of the input; windows that stick out into the padding there are left out of both slices, so that no padded copy of the
input is ever made.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ..errors import ArgumentError

__all__ = ["Offset", "Window", "offsets", "output_sizes", "per_axis", "same_padding"]

Sizes = tuple[int, ...]


class Window(NamedTuple):
    """A sliding window: for each axis its length, its step, the padding on both sides and the distance of its elements.

    Attributes
    ----------
    kernel, stride, before, after, dilation : tuple of int
        `before` and `after` are the padding.
    """

    kernel: Sizes
    stride: Sizes
    before: Sizes
    after: Sizes
    dilation: Sizes


class Offset(NamedTuple):
    """One place in the window, and at this place what the windows read."""

    place: Sizes
    inputs: tuple[slice, ...]
    outputs: tuple[slice, ...]


def per_axis(name: str, value: int | Sequence[int], ndim: int, least: int) -> Sizes:
    """`value` as a tuple with a number for each of `ndim` axes, none below `least`."""
    sizes = (value,) * ndim if isinstance(value, int) else tuple(value)
    if len(sizes) == 1:
        sizes *= ndim
    if len(sizes) != ndim or any(n < least for n in sizes):
        raise ArgumentError(f"{name}: got {value!r}; expected an integer, or one for each of {ndim} axes, of at least {least}")
    return sizes


def same_padding(kernel: Sizes, dilation: Sizes) -> tuple[Sizes, Sizes]:
    """The padding before and after that keeps the size at stride 1; an odd total has its larger half after."""
    totals = [d * (k - 1) for k, d in zip(kernel, dilation, strict=True)]
    return tuple(t // 2 for t in totals), tuple(t - t // 2 for t in totals)


def output_sizes(name: str, sizes: Sizes, window: Window, ceil_mode: bool = False) -> Sizes:
    """How many windows there are along each axis of an input of `sizes`."""
    found = []
    for n, k, s, b, a, d in zip(sizes, *window, strict=True):
        room = n + b + a - d * (k - 1) - 1
        count = -(-room // s) + 1 if ceil_mode else room // s + 1
        if ceil_mode and (count - 1) * s >= n + b:
            count -= 1  # a window must start within the input or the padding before it
        if count < 1 or room < 0:
            raise ArgumentError(f"{name}: a window of {d * (k - 1) + 1} does not fit into {n} elements with padding {b} and {a}")
        found.append(count)
    return tuple(found)


@lru_cache(maxsize=256)
def offsets(sizes: Sizes, window: Window, counts: Sizes) -> tuple[Offset, ...]:
    """For every place in the window the slices of input and output, in row-major order; those that read nothing left out.

    Examples
    --------
    >>> for offset in offsets((4,), Window((3,), (1,), (1,), (1,), (1,)), (4,)):
    ...     print(offset.place, offset.inputs, offset.outputs)
    (0,) (slice(0, 3, 1),) (slice(1, 4, None),)
    (1,) (slice(0, 4, 1),) (slice(0, 4, None),)
    (2,) (slice(1, 4, 1),) (slice(0, 3, None),)
    """
    axes = [[_along(k, *rest) for k in range(length)] for length, *rest in zip(
        window.kernel, sizes, window.stride, window.before, window.dilation, counts, strict=True
    )]
    found = []
    for place in itertools.product(*(range(k) for k in window.kernel)):
        slices = [axis[k] for axis, k in zip(axes, place, strict=True)]
        if all(output.start < output.stop for _, output in slices):
            found.append(Offset(place, tuple(i for i, _ in slices), tuple(o for _, o in slices)))
    return tuple(found)


def _along(k: int, size: int, stride: int, before: int, dilation: int, count: int) -> tuple[slice, slice]:
    """Along one axis: window number o reads ``o * stride - before + k * dilation``, if that is within the input."""
    shift = k * dilation - before
    first = max(0, -(shift // stride))  # the least o with o * stride + shift >= 0
    stop = min(count, (size - 1 - shift) // stride + 1)
    start = first * stride + shift
    return slice(start, start + max(stop - first - 1, 0) * stride + 1, stride), slice(first, max(stop, first))
