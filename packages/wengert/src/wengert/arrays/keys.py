"""Keys of ``array[key]`` for libraries that do not take every one."""

from __future__ import annotations

from typing import Any

__all__ = ["backwards", "basic", "forwards", "has_mask"]


def basic(key: Any) -> bool:
    """Whether `key` holds nothing but integers, slices, None and Ellipsis."""
    parts = key if type(key) is tuple else (key,)
    return all(type(part) in (int, slice, type(None), type(Ellipsis)) for part in parts)


def backwards(key: Any) -> bool:
    """Whether `key` has a slice with a negative step."""
    parts = key if type(key) is tuple else (key,)
    return any(type(part) is slice and (part.step or 1) < 0 for part in parts)


def has_mask(parts: tuple[Any, ...]) -> bool:
    """Whether some entry of a key is an array of booleans."""
    return any(_is_bool(part) for part in parts)


def forwards(key: Any, shape: tuple[int, ...]) -> tuple[tuple[Any, ...], tuple[Any, ...], tuple[int, ...]]:
    """A key with negative steps, as ``flip(array[first], axes)[rest]``: `first`, `rest` and `axes`.

    Examples
    --------
    >>> forwards((0, slice(None, None, -2)), (3, 4))
    ((slice(None, None, None), slice(1, 4, 2), Ellipsis), (0, slice(None, None, None)), (1,))
    """
    parts = list(key) if type(key) is tuple else [key]
    used = sum(_axes(part) for part in parts)
    first: list[slice] = []
    axes: list[int] = []
    axis = 0
    for number, part in enumerate(parts):
        if part is Ellipsis:
            axis += len(shape) - used
            continue
        if isinstance(part, slice) and (part.step or 1) < 0:
            places = range(*part.indices(shape[axis]))
            while len(first) < axis:
                first.append(slice(None))
            first.append(slice(places[-1], places[0] + 1, -places.step) if places else slice(0, 0))
            axes.append(axis)
            parts[number] = slice(None)
        axis += _axes(part)
    return (*first, ...), tuple(parts), tuple(axes)


def _axes(part: Any) -> int:
    """How many axes of the array an entry of a key stands for."""
    if part is None or part is Ellipsis or isinstance(part, bool):
        return 0
    return part.ndim if _is_bool(part) else 1


def _is_bool(part: Any) -> bool:
    dtype = getattr(part, "dtype", None)
    return dtype is not None and str(dtype).rpartition(".")[2].startswith("bool")
