"""Broadcasting and its transpose, and axes as users give them."""

from __future__ import annotations

import functools
from typing import Any

from ..errors import ArgumentError, AxisRangeError, LibraryError

__all__ = ["known_length", "normalize_axes", "normalize_axis", "reduced_axes", "sum_axes", "sums_to"]


def sum_axes(shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The axes of `shape` to sum so that `target` remains: those that broadcasting put in front, and those it stretched.

    Examples
    --------
    >>> sum_axes((5, 3, 4), (3, 1))
    ((0,), (2,))
    """
    extra = len(shape) - len(target)
    stretched = tuple(i + extra for i, n in enumerate(target) if n == 1 and shape[i + extra] != 1)
    return tuple(range(extra)), stretched


def sums_to(shape: tuple[int, ...], target: tuple[int, ...]) -> bool:
    """Whether an array of `shape` can be the broadcast of one of `target` (E6.5 b)."""
    extra = len(shape) - len(target)
    return extra >= 0 and all(n in (1, m) for n, m in zip(target, shape[extra:], strict=True))


def normalize_axis(axis: int, ndim: int, name: str = "axis") -> int:
    """`axis` counted from the front.

    Raises
    ------
    AxisRangeError
        If it is out of range.
    """
    if not -ndim <= axis < max(ndim, 1):
        raise AxisRangeError(f"{name}: got {axis} for an array of {ndim} dimension(s); expected {-ndim} to {max(ndim, 1) - 1}")
    return axis % ndim if ndim else 0


def normalize_axes(axis: int | tuple[int, ...] | None, ndim: int, name: str = "axis") -> tuple[int, ...]:
    """All the axes that `axis` stands for, counted from the front; None means every axis."""
    if axis is None:
        return tuple(range(ndim))
    axes = (axis,) if isinstance(axis, int) else tuple(axis)
    found = tuple(normalize_axis(a, ndim, name) for a in axes)
    if len(set(found)) != len(found):
        raise ArgumentError(f"{name}: {axis} names an axis twice")
    return found


@functools.lru_cache(maxsize=1024)
def reduced_axes(shape: tuple[int, ...], axis: Any) -> tuple[int, ...]:
    """The shape that a reduction over `axis` leaves with ``keepdims=True``."""
    axes = normalize_axes(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def known_length(shape: tuple[int, ...], axis: int, what: str, library: str) -> int:
    """The length of an axis, for whom it must be known now.

    Raises
    ------
    LibraryError
        If the library does not know it before it computes, as Dask after a mask.
    """
    length = shape[axis]
    if length != length:  # noqa: PLR0124  (NaN; `math.isnan` would make a plain number of a `Size`)
        raise LibraryError(
            f"{what}: {library} does not know the length of axis {axis} before it computes, got shape {tuple(shape)}; call "
            "x.array.compute_chunk_sizes(), or mask with where() and keep the shape"
        )
    return length
