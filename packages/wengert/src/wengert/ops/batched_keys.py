"""Keys of ``x[key]`` for many samples at once.

Where all samples have the same key it selects from the axes behind that of the samples. Where each has its own, the samples are
numbered by one more index array, so that sample i reads at its own places. Either may leave the axes of the result in another
order than one sample has them in: NumPy puts the axes of index arrays in the place of the first if the arrays stand side by
side, else in front.
"""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of, is_array, library
from ..arrays.batched import BatchedArray, each_array
from ..autograd.origins import caller_origin
from ..errors import VmapError
from ..op_batching import Batch

__all__ = ["physical_key"]


#: Keys that are one entry, and no array.
_SIMPLE = frozenset((int, slice))


def physical_key(batch: Batch, key: Any, ndim: int, numbered: bool) -> tuple[tuple[Any, ...], tuple[int, ...] | None]:
    """The key for all samples, and how the axes of what it selects are to be ordered, None for as they are.

    Parameters
    ----------
    batch : Batch
    key : index
        As one sample has it; may hold batched arrays.
    ndim : int
        The number of axes of one sample.
    numbered : bool
        Whether the array that is indexed has an axis for the samples.
    """
    if type(key) in _SIMPLE:
        return (slice(None), key), None
    parts = _parts(batch, key)
    arrays = [i for i, part in enumerate(parts) if is_array(part) or isinstance(part, _Own)]
    if not arrays:
        return (slice(None), *parts), None
    # Beside arrays, numbers are index arrays as well.
    indices = [i for i, part in enumerate(parts) if i in arrays or type(part) is int]
    together = indices[-1] - indices[0] == len(indices) - 1
    consumed = sum(part is not None and part is not Ellipsis for part in parts)
    width = {Ellipsis: ndim - consumed}
    before = sum(width.get(part, 1) if not isinstance(part, slice) else 1 for part in parts[: indices[0]])
    own = [i for i in arrays if isinstance(parts[i], _Own)]
    depth = max(len(parts[i].shape) for i in arrays)  # how many axes the index arrays make
    rest = sum(isinstance(part, slice) or part is None for part in parts) + max(0, ndim - consumed)
    if not own:
        moved = None if together else (depth, *range(depth), *range(depth + 1, depth + 1 + rest))
        return (slice(None), *parts), moved
    for i in own:
        parts[i] = parts[i].spread(depth)
    if not numbered:
        moved = (before, *range(before), *range(before + 1, 1 + depth + rest)) if together and before else None
        return tuple(parts), moved
    function = adapter_of(parts[own[0]]).function
    number = function("reshape")(function("arange")(batch.size), (batch.size, *(1,) * depth))
    moved = None
    if together and before:
        selected = 1 + depth
        moved = (0, *range(selected, selected + before), *range(1, selected), *range(selected + before, selected + rest))
    return (number, *parts), moved


class _Own:
    """An index array that differs between samples, which lie along axis 0 of `array`; `shape` is that of one."""

    def __init__(self, array: Any) -> None:
        self.array, self.shape = array, array.shape[1:]

    def spread(self, depth: int) -> Any:
        """With as many axes behind that of the samples as the index arrays make."""
        missing = depth - len(self.shape)
        return self.array[(slice(None), *(None,) * missing, ...)] if missing else self.array


def _parts(batch: Batch, key: Any) -> list[Any]:
    """The entries of a key, with arrays for lists, and index arrays for masks."""
    parts: list[Any] = []
    for part in key if type(key) is tuple else (key,):
        array, own = batch.split(part)
        if type(array) is list:
            like = next(each_array(array), None)
            if like is not None:
                raise VmapError(
                    f"vmap: a list in an index holds tensors that differ between samples: stack() them (at {caller_origin()})"
                )
            array = library("numpy").asarray(array, dtype=None if array else "int64")
        if is_array(array) and adapter_of(array).kind(array.dtype) == "b":
            if own:
                raise VmapError(
                    "vmap: a mask that differs between samples selects another number of elements of each: use where() instead "
                    f"(at {caller_origin()})"
                )
            parts.extend(adapter_of(array).function("nonzero")(array))
        elif own:
            parts.append(_Own(array))
        else:
            parts.append(int(array) if _is_number(array) else array)
    return parts


def _is_number(array: Any) -> bool:
    """Whether it is an array of one integer, and no number for each sample of an outer `vmap`."""
    return is_array(array) and not array.shape and not isinstance(array, bool | BatchedArray)
