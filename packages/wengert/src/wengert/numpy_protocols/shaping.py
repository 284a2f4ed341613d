"""NumPy's functions that move elements about, over Tensors and with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..ops import joining, manipulation
from ..ops.creation import zeros_like
from ..ops.grids import meshgrid, tril, triu
from ..ops.indexing import diagonal, on_diagonal, scatter, take, take_along_axis, trace
from ..ops.joining import concat, split, stack
from ..ops.manipulation import (
    broadcast_arrays,
    broadcast_to,
    expand_dims,
    flip,
    moveaxis,
    permute_dims,
    reshape,
    roll,
    squeeze,
    swapaxes,
)
from ..ops.searching import where as choose
from .operands import into, number, plain, tensor

__all__ = ["FUNCTIONS"]


# -- shapes --------------------------------------------------------------------------------------------------------------
def _reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:  # noqa: ARG001
    x = tensor(a)
    shape = newshape if shape is None else shape
    shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    if order == "F":  # the elements in column-major order, into columns
        rest = x.size // int(np.prod([n for n in shape if n != -1]) or 1)
        full = tuple(rest if n == -1 else n for n in shape)
        return reshape(x.T, full[::-1]).T
    return reshape(x, tuple(int(n) for n in shape))


def _ravel(a: Any, order: str = "C") -> Any:
    return reshape(tensor(a).T if order == "F" else tensor(a), (-1,))


def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:  # noqa: ARG001
    return broadcast_to(tensor(array), (shape,) if isinstance(shape, int) else tuple(shape))


def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:  # noqa: ARG001
    return tuple(broadcast_arrays(*map(tensor, args)))


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if sparse:
        whole = meshgrid(*map(tensor, xi), indexing=indexing)
        order = [1, 0, *range(2, len(xi))] if indexing == "xy" and len(xi) > 1 else list(range(len(xi)))
        return tuple(x[tuple(slice(None) if j == order[i] else slice(1) for j in range(x.ndim))] for i, x in enumerate(whole))
    whole = tuple(meshgrid(*map(tensor, xi), indexing=indexing))
    return tuple(manipulation.clone(x) for x in whole) if copy else whole


def _transpose(a: Any, axes: Any = None) -> Any:
    x = tensor(a)
    return permute_dims(x, tuple(range(x.ndim))[::-1] if axes is None else tuple(int(i) % max(x.ndim, 1) for i in axes))


def _squeeze(a: Any, axis: Any = None) -> Any:
    x = tensor(a)
    if axis is not None and any(x.shape[i] != 1 for i in ((axis,) if isinstance(axis, int) else axis)):
        raise ArgumentError("cannot select an axis to squeeze out which has size not equal to one")
    return squeeze(x, axis=tuple(i for i, n in enumerate(x.shape) if n == 1) if axis is None else axis)


def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    x = tensor(a)
    axis, start = axis % x.ndim, start + x.ndim if start < 0 else start
    return moveaxis(x, axis, start - 1 if axis < start else start)


def _at_least(ndim: int, grown: Callable[[Any], Any]) -> Callable[..., Any]:
    def call(*arrays: Any) -> Any:
        found = [grown(x) if x.ndim < ndim else x for x in map(tensor, arrays)]
        return found[0] if len(found) == 1 else tuple(found)

    return call


def _to_3d(x: Any) -> Any:
    return reshape(x, {0: (1, 1, 1), 1: (1, -1, 1), 2: (*x.shape, 1)}[x.ndim])


_atleast_1d = _at_least(1, lambda x: reshape(x, (1,)))
_atleast_2d = _at_least(2, lambda x: reshape(x, (1, -1)))
_atleast_3d = _at_least(3, _to_3d)


def _rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    x, (first, second) = tensor(m), axes
    if k % 4 == 0:
        return manipulation.clone(x)
    if k % 4 == 2:
        return flip(flip(x, axis=first), axis=second)
    return flip(swapaxes(x, first, second), axis=first) if k % 4 == 1 else swapaxes(flip(x, axis=first), first, second)


def _resize(a: Any, new_shape: Any) -> Any:
    shape = (new_shape,) if isinstance(new_shape, int | np.integer) else tuple(new_shape)
    flat, size = reshape(tensor(a), (-1,)), int(np.prod(shape, dtype=int))
    return reshape(take(flat, np.arange(size) % flat.size), shape) if flat.size and size else zeros_like(tensor(np.zeros(shape)))


def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return joining.repeat(tensor(a), number(repeats, "np.repeat", "repeats"), axis=axis)


def _tile(A: Any, reps: Any) -> Any:
    return joining.tile(tensor(A), reps if isinstance(reps, int) else tuple(reps))


def _pad(array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Any:
    widths, values = plain(pad_width), options.get("constant_values", 0)
    if mode != "constant" or np.ndim(values) == 0:
        return joining.pad(tensor(array), widths, mode, **options)
    frame = np.pad(np.zeros(np.shape(array)), widths, constant_values=values)  # one constant for each end
    return joining.pad(tensor(array), widths) + frame.astype(array.dtype)


# -- joining -------------------------------------------------------------------------------------------------------------
def _cast(parts: list[Any], dtype: Any) -> list[Any]:
    return parts if dtype is None else [part.astype(dtype) for part in parts]


def _concatenate(arrays: Any, axis: int | None = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:  # noqa: ARG001
    parts = _cast([tensor(a) for a in arrays], dtype)
    return into(concat([reshape(p, (-1,)) for p in parts] if axis is None else parts, axis=axis or 0), out, "np.concatenate")


def _stack(arrays: Any, axis: int = 0, out: Any = None, *, dtype: Any = None, casting: str = "same_kind") -> Any:  # noqa: ARG001
    return into(stack(_cast([tensor(a) for a in arrays], dtype), axis=axis), out, "np.stack")


def _joined(grown: Callable[..., Any], axis: int) -> Callable[..., Any]:
    def call(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:  # noqa: ARG001
        parts = _cast([grown(a) for a in tup], dtype)
        return concat(parts, axis=min(axis, parts[0].ndim - 1))

    return call


def _column_stack(tup: Any) -> Any:
    return concat([reshape(x, (-1, 1)) if x.ndim < 2 else x for x in map(tensor, tup)], axis=1)


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return _concatenate((arr, values), axis)


def _block(arrays: Any) -> Any:
    """Nested lists of blocks: the innermost are joined along the last axis, those around them along the one before."""
    depth = _depth(arrays)
    ndim = max(depth, *(tensor(leaf).ndim for leaf in _leaves(arrays)))
    return _assemble(arrays, depth, ndim)


def _depth(arrays: Any) -> int:
    return 1 + _depth(arrays[0]) if isinstance(arrays, list) else 0


def _leaves(arrays: Any) -> list[Any]:
    return [leaf for item in arrays for leaf in _leaves(item)] if isinstance(arrays, list) else [arrays]


def _assemble(arrays: Any, depth: int, ndim: int) -> Any:
    if not isinstance(arrays, list):
        x = tensor(arrays)
        return reshape(x, ((1,) * (ndim - x.ndim)) + x.shape)
    return concat([_assemble(item, depth - 1, ndim) for item in arrays], axis=-depth)


def _split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    cuts = indices_or_sections
    return list(split(tensor(ary), cuts if isinstance(cuts, int) else [int(i) for i in np.asarray(plain(cuts))], axis=axis))


def _array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if not isinstance(indices_or_sections, int):
        return _split(ary, indices_or_sections, axis)
    n, parts = tensor(ary).shape[axis], indices_or_sections
    sizes = [n // parts + (1 if i < n % parts else 0) for i in range(parts)]
    return _split(ary, list(np.cumsum(sizes)[:-1]), axis)


def _split_along(axis: int) -> Callable[..., Any]:
    def call(ary: Any, indices_or_sections: Any) -> list[Any]:
        x = tensor(ary)
        return _split(x, indices_or_sections, min(axis, x.ndim - 1) if axis == 1 else axis)

    return call


# -- parts ---------------------------------------------------------------------------------------------------------------
def _take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Any:
    x, places = tensor(a), np.asarray(plain(indices))
    x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, axis)
    n = x.shape[axis]
    if mode != "raise":
        places = places % n if mode == "wrap" else np.clip(places, 0, n - 1)
    key = (slice(None),) * (axis % x.ndim)
    return into(x[(*key, places)], out, "np.take")


def _take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    x = tensor(arr)
    return take_along_axis(reshape(x, (-1,)) if axis is None else x, plain(indices), axis=0 if axis is None else axis)


def _put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    if axis is None:
        reshape(arr, (-1,))[plain(indices)] = values
        return
    places = np.asarray(plain(indices))
    key = list(np.ix_(*(np.arange(n) for n in arr.shape)))
    key[axis] = places
    arr[tuple(key)] = values


def _diag(v: Any, k: int = 0) -> Any:
    x = tensor(v)
    if x.ndim == 2:
        return diagonal(x, offset=k)
    n = x.shape[0] + abs(k)
    return on_diagonal(x, shape=(n, n), offset=k, axis1=0, axis2=1)


def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return diagonal(tensor(a), offset=offset, axis1=axis1, axis2=axis2)


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    x = tensor(a)
    return into(trace(x if dtype is None else x.astype(dtype), offset=offset, axis1=axis1, axis2=axis2), out, "np.trace")


def _compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    return _take(a, np.flatnonzero(np.asarray(plain(condition))), axis, out)


def _extract(condition: Any, arr: Any) -> Any:
    return reshape(tensor(arr), (-1,))[np.flatnonzero(np.asarray(plain(condition)))]


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    places, n = np.asarray(plain(a)), len(choices)
    if mode != "raise":
        places = places % n if mode == "wrap" else np.clip(places, 0, n - 1)
    elif ((places < 0) | (places >= n)).any():
        raise ArgumentError("np.choose: invalid entry in choice array")
    options = broadcast_arrays(places, *map(tensor, choices))
    return into(take_along_axis(stack(options[1:]), plain(options[0])[None], axis=0)[0], out, "np.choose")


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    result = tensor(default)
    for condition, choice in zip(reversed(condlist), reversed(choicelist), strict=True):
        result = choose(plain(condition), tensor(choice), result)
    return result


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    x = tensor(x)
    conditions = [np.asarray(plain(c), bool) for c in (condlist if isinstance(condlist, list | tuple) else [condlist])]
    functions = list(funclist)
    if len(functions) == len(conditions) + 1:
        conditions.append(~np.logical_or.reduce(conditions))
    result = zeros_like(x)
    for condition, function in zip(conditions, functions, strict=True):
        if callable(function):
            places = np.nonzero(condition)
            value = scatter(tensor(function(x[places], *args, **kw)), x.shape, places) if condition.any() else result
        else:
            value = tensor(function) + zeros_like(x)
        result = choose(condition, value, result)
    return result


def _where(condition: Any, *branches: Any) -> Any:
    if not branches:
        return np.nonzero(plain(condition))
    return choose(tensor(condition), *map(tensor, branches))


def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    x = tensor(arr)
    x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, axis)
    return _take(x, np.delete(np.arange(x.shape[axis]), plain(obj)), axis)


def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """By where each element of the result comes from: NumPy itself inserts numbers of places into numbers of places."""
    x, v = tensor(arr), tensor(values)
    x, axis = (reshape(x, (-1,)), 0) if axis is None else (x, axis % x.ndim)
    n = x.shape[axis]
    obj = plain(obj)
    count = (
        1
        if np.ndim(obj) == 0 and not isinstance(obj, slice)
        else len(np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj))
    )
    rest = tuple(1 if i == axis else k for i, k in enumerate(x.shape))
    if np.ndim(obj) == 0 and not isinstance(obj, slice) and v.ndim:  # one place, which takes all of them
        v = moveaxis(v, 0, axis) if v.ndim == x.ndim else expand_dims(v, axis=axis) if v.ndim == x.ndim - 1 else v
        count = v.shape[axis] if v.ndim == x.ndim else 1
        order = np.insert(np.arange(n), [obj] * count, n + np.arange(count))
    else:
        order = np.insert(np.arange(n), obj, n + np.arange(count))
    whole = broadcast_to(v, tuple(count if i == axis else k for i, k in enumerate(x.shape)) if rest else (count,)).astype(x.dtype)
    return _take(concat([x, whole], axis=axis), order, axis)


def _trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:  # noqa: ARG001
    x = tensor(filt)
    first, last = (
        np.trim_zeros(np.where(x._array != 0, np.arange(x.size) + 1, 0), trim)[[0, -1]] if (x._array != 0).any() else (1, 0)
    )
    return x[(0 if "f" not in trim.lower() else int(first) - 1) : (x.size if "b" not in trim.lower() else int(last))]


def _unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    **options: Any,
) -> Any:
    x = tensor(ar)
    unique: Any = np.unique
    _, places, *others = unique(x._array, True, return_inverse, return_counts, axis, **options)
    values = _take(x, places, axis)
    found = [values, *([places] if return_index else []), *others]
    return found[0] if len(found) == 1 else tuple(found)


def _copy(a: Any, order: str = "K", subok: bool = False) -> Any:  # noqa: ARG001
    return manipulation.clone(tensor(a))


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:  # noqa: ARG001
    into(choose(plain(where), tensor(src), dst) if where is not True else broadcast_to(tensor(src), dst.shape), dst, "np.copyto")


def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:  # noqa: ARG001
    places = np.asarray(plain(ind)).reshape(-1)
    values = reshape(tensor(v), (-1,))
    reshape(a, (-1,))[places] = take(values, np.arange(places.size) % values.size)


def _putmask(a: Any, mask: Any, values: Any) -> None:
    into(choose(plain(mask), _resize(values, a.shape) if tensor(values).shape != a.shape else tensor(values), a), a, "np.putmask")


def _place(arr: Any, mask: Any, vals: Any) -> None:
    places = np.nonzero(np.asarray(plain(mask)))
    arr[places] = take(reshape(tensor(vals), (-1,)), np.arange(places[0].size) % tensor(vals).size)


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:  # noqa: ARG001
    n = min(a.shape)
    a[(np.arange(n),) * a.ndim] = val


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    x = moveaxis(tensor(arr), axis, -1)
    rows = [tensor(func1d(row, *args, **kwargs)) for row in reshape(x, (-1, x.shape[-1]))]
    result = stack(rows)
    result = reshape(result, (*x.shape[:-1], *result.shape[1:]))
    return moveaxis(result, -1, axis) if result.ndim == x.ndim else result


def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    x = tensor(a)
    for axis in (axes,) if isinstance(axes, int) else axes:
        result = func(x, axis)
        x = result if result.ndim == x.ndim else expand_dims(result, axis=axis % x.ndim)
    return x


#: From NumPy's function to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape, "ravel": _ravel, "transpose": _transpose, "squeeze": _squeeze, "rollaxis": _rollaxis,
    "permute_dims": _transpose, "matrix_transpose": lambda x: manipulation.matrix_transpose(tensor(x)),
    "moveaxis": lambda a, source, destination: moveaxis(tensor(a), source, destination),
    "swapaxes": lambda a, axis1, axis2: swapaxes(tensor(a), axis1, axis2),
    "expand_dims": lambda a, axis: expand_dims(tensor(a), axis=axis),
    "broadcast_to": _broadcast_to,
    "broadcast_arrays": _broadcast_arrays,
    "atleast_1d": _atleast_1d, "atleast_2d": _atleast_2d, "atleast_3d": _atleast_3d,
    "flip": lambda m, axis=None: flip(tensor(m), axis=axis), "fliplr": lambda m: flip(tensor(m), axis=1),
    "flipud": lambda m: flip(tensor(m), axis=0), "rot90": _rot90,
    "roll": lambda a, shift, axis=None: roll(tensor(a), number(shift, "np.roll", "shift"), axis=axis),
    "resize": _resize, "repeat": _repeat, "tile": _tile, "pad": _pad,
    "concatenate": _concatenate, "concat": _concatenate, "stack": _stack, "append": _append, "block": _block,
    "hstack": _joined(_atleast_1d, 1), "vstack": _joined(_atleast_2d, 0), "dstack": _joined(_atleast_3d, 2),
    "column_stack": _column_stack,
    "split": _split, "array_split": _array_split, "hsplit": _split_along(1), "vsplit": _split_along(0), "dsplit": _split_along(2),
    "unstack": lambda x, /, *, axis=0: joining.unstack(tensor(x), axis=axis),
    "take": _take, "take_along_axis": _take_along_axis, "put_along_axis": _put_along_axis,
    "diag": _diag, "diagflat": lambda v, k=0: _diag(_ravel(v), k), "diagonal": _diagonal, "trace": _trace,
    "tril": lambda m, k=0: tril(tensor(m), k=k), "triu": lambda m, k=0: triu(tensor(m), k=k),
    "compress": _compress, "extract": _extract, "choose": _choose, "select": _select, "piecewise": _piecewise, "where": _where,
    "delete": _delete, "insert": _insert, "trim_zeros": _trim_zeros, "unique": _unique,
    "copy": _copy, "copyto": _copyto, "put": _put, "putmask": _putmask, "place": _place, "fill_diagonal": _fill_diagonal,
    "apply_along_axis": _apply_along_axis, "apply_over_axes": _apply_over_axes,
    "meshgrid": _meshgrid,
}  # fmt: skip
