"""NumPy's functions that move elements about, over Tensors and with NumPy's signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ArgumentError
from ..ops import arrangement, editing, joining, manipulation
from ..ops.creation import zeros_like
from ..ops.grids import meshgrid, tril, triu
from ..ops.indexing import diagonal, scatter, take, take_along_axis, trace
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
from .operands import into, number, of_tensors, plain, taking, tensor

__all__ = ["FUNCTIONS"]


# -- shapes --------------------------------------------------------------------------------------------------------------
@taking("a")
def _reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:  # noqa: ARG001
    shape = newshape if shape is None else shape
    shape = (shape,) if isinstance(shape, int | np.integer) else tuple(shape)
    if order == "F":  # the elements in column-major order, into columns
        rest = a.size // int(np.prod([n for n in shape if n != -1]) or 1)
        full = tuple(rest if n == -1 else n for n in shape)
        return reshape(a.T, full[::-1]).T
    return reshape(a, tuple(int(n) for n in shape))


def _ravel(a: Any, order: str = "C") -> Any:
    return reshape(tensor(a).T if order == "F" else tensor(a), (-1,))


@taking("array")
def _broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:  # noqa: ARG001
    return broadcast_to(array, (shape,) if isinstance(shape, int) else tuple(shape))


def _broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Any, ...]:  # noqa: ARG001
    return tuple(broadcast_arrays(*map(tensor, args)))


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if sparse:
        whole = meshgrid(*map(tensor, xi), indexing=indexing)
        order = [1, 0, *range(2, len(xi))] if indexing == "xy" and len(xi) > 1 else list(range(len(xi)))
        return tuple(x[tuple(slice(None) if j == order[i] else slice(1) for j in range(x.ndim))] for i, x in enumerate(whole))
    whole = tuple(meshgrid(*map(tensor, xi), indexing=indexing))
    return tuple(manipulation.clone(x) for x in whole) if copy else whole


@taking("a")
def _transpose(a: Any, axes: Any = None) -> Any:
    return permute_dims(a, tuple(range(a.ndim))[::-1] if axes is None else tuple(int(i) % max(a.ndim, 1) for i in axes))


def _squeeze(a: Any, axis: Any = None) -> Any:
    x = tensor(a)
    if axis is not None and any(x.shape[i] != 1 for i in ((axis,) if isinstance(axis, int) else axis)):
        raise ArgumentError("cannot select an axis to squeeze out which has size not equal to one")
    return squeeze(x, axis=tuple(i for i, n in enumerate(x.shape) if n == 1) if axis is None else axis)


@taking("a")
def _moveaxis(a: Any, source: Any, destination: Any) -> Any:
    return moveaxis(a, source, destination)


@taking("a")
def _swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    return swapaxes(a, axis1, axis2)


@taking("a")
def _rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis, start = axis % a.ndim, start + a.ndim if start < 0 else start
    return moveaxis(a, axis, start - 1 if axis < start else start)


def _at_least(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arys: function(*map(tensor, arys))


@taking("m")
def _rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Any:
    return arrangement.rot90(m, k, axes=tuple(axes))


@taking("a")
def _resize(a: Any, new_shape: Any) -> Any:
    shape = (new_shape,) if isinstance(new_shape, int | np.integer) else tuple(new_shape)
    flat, size = reshape(a, (-1,)), int(np.prod(shape, dtype=int))
    return reshape(take(flat, np.arange(size) % flat.size), shape) if flat.size and size else zeros_like(tensor(np.zeros(shape)))


def _repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return joining.repeat(tensor(a), number(repeats, "np.repeat", "repeats"), axis=axis)


@taking("A")
def _tile(A: Any, reps: Any) -> Any:
    return joining.tile(A, reps if isinstance(reps, int) else tuple(reps))


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


def _joined(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(tup: Any, *, dtype: Any = None, casting: str = "same_kind") -> Any:  # noqa: ARG001
        return function(_cast([tensor(a) for a in tup], dtype))

    return call


def _append(arr: Any, values: Any, axis: int | None = None) -> Any:
    return _concatenate((arr, values), axis)


def _block(arrays: Any) -> Any:
    return editing.block(_tensors(arrays))


def _tensors(arrays: Any) -> Any:
    return [_tensors(item) for item in arrays] if isinstance(arrays, list) else tensor(arrays)


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
@taking("a")
def _take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Any:
    places = np.asarray(plain(indices))
    x, axis = (reshape(a, (-1,)), 0) if axis is None else (a, axis)
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


@taking("v")
def _diag(v: Any, k: int = 0) -> Any:
    return arrangement.diag(v, offset=k)


@taking("a")
def _diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return diagonal(a, offset=offset, axis1=axis1, axis2=axis2)


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> Any:
    x = tensor(a)
    return into(trace(x if dtype is None else x.astype(dtype), offset=offset, axis1=axis1, axis2=axis2), out, "np.trace")


def _compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    return _take(a, np.flatnonzero(np.asarray(plain(condition))), axis, out)


@taking("arr")
def _extract(condition: Any, arr: Any) -> Any:
    return reshape(arr, (-1,))[np.flatnonzero(np.asarray(plain(condition)))]


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    places, n = np.asarray(plain(a)), len(choices)
    if mode != "raise":
        places = places % n if mode == "wrap" else np.clip(places, 0, n - 1)
    elif ((places < 0) | (places >= n)).any():
        raise ArgumentError("np.choose: invalid entry in choice array")
    options = broadcast_arrays(places, *map(tensor, choices))
    return into(take_along_axis(stack(options[1:]), plain(options[0])[None], axis=0)[0], out, "np.choose")


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    conditions = [np.asarray(plain(condition), bool) for condition in condlist]
    return editing.select(conditions, [tensor(choice) for choice in choicelist], tensor(default))


@taking("x")
def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
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


@taking("arr")
def _delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    return editing.delete(arr, plain(obj), axis=axis)


@taking("arr", "values")
def _insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    return editing.insert(arr, plain(obj), values, axis=axis)


@taking("filt")
def _trim_zeros(filt: Any, trim: Any = "fb", axis: Any = None) -> Any:  # noqa: ARG001
    (places,) = np.nonzero(filt._array)
    first, last = (places[0], places[-1] + 1) if places.size else (filt.size, filt.size)
    return filt[(int(first) if "f" in trim.lower() else 0) : (int(last) if "b" in trim.lower() else filt.size)]


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


@taking("a")
def _copy(a: Any, order: str = "K", subok: bool = False) -> Any:  # noqa: ARG001
    return manipulation.clone(a)


def _copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:  # noqa: ARG001
    into(choose(plain(where), tensor(src), dst) if where is not True else broadcast_to(tensor(src), dst.shape), dst, "np.copyto")


@taking("v")
def _put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:  # noqa: ARG001
    places = np.asarray(plain(ind)).reshape(-1)
    values = reshape(v, (-1,))
    reshape(a, (-1,))[places] = take(values, np.arange(places.size) % values.size)


def _putmask(a: Any, mask: Any, values: Any) -> None:
    into(choose(plain(mask), _resize(values, a.shape) if tensor(values).shape != a.shape else tensor(values), a), a, "np.putmask")


@taking("vals")
def _place(arr: Any, mask: Any, vals: Any) -> None:
    places = np.nonzero(np.asarray(plain(mask)))
    arr[places] = take(reshape(vals, (-1,)), np.arange(places[0].size) % vals.size)


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:  # noqa: ARG001
    n = min(a.shape)
    a[(np.arange(n),) * a.ndim] = val


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    x = moveaxis(tensor(arr), axis, -1)
    rows = [tensor(func1d(row, *args, **kwargs)) for row in reshape(x, (-1, x.shape[-1]))]
    result = stack(rows)
    result = reshape(result, (*x.shape[:-1], *result.shape[1:]))
    return moveaxis(result, -1, axis) if result.ndim == x.ndim else result


@taking("a")
def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    for axis in (axes,) if isinstance(axes, int) else axes:
        result = func(a, axis)
        a = result if result.ndim == a.ndim else expand_dims(result, axis=axis % a.ndim)
    return a


#: From NumPy's function to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "reshape": _reshape, "ravel": _ravel, "transpose": _transpose, "squeeze": _squeeze, "rollaxis": _rollaxis,
    "permute_dims": _transpose, "matrix_transpose": of_tensors(manipulation.matrix_transpose, "x"),
    "moveaxis": _moveaxis, "swapaxes": _swapaxes,
    "expand_dims": of_tensors(expand_dims, "a"),
    "broadcast_to": _broadcast_to,
    "broadcast_arrays": _broadcast_arrays,
    **{f.__name__: _at_least(f) for f in (arrangement.atleast_1d, arrangement.atleast_2d, arrangement.atleast_3d)},
    "flip": taking("m")(lambda m, axis=None: flip(m, axis=axis)), "fliplr": taking("m")(lambda m: flip(m, axis=1)),
    "flipud": taking("m")(lambda m: flip(m, axis=0)), "rot90": _rot90,
    "roll": taking("a")(lambda a, shift, axis=None: roll(a, number(shift, "np.roll", "shift"), axis=axis)),
    "resize": _resize, "repeat": _repeat, "tile": _tile, "pad": _pad,
    "concatenate": _concatenate, "concat": _concatenate, "stack": _stack, "append": _append, "block": _block,
    "hstack": _joined(arrangement.hstack), "vstack": _joined(arrangement.vstack), "dstack": _joined(arrangement.dstack),
    "column_stack": lambda tup: arrangement.column_stack([tensor(a) for a in tup]),
    "split": _split, "array_split": _array_split, "hsplit": _split_along(1), "vsplit": _split_along(0), "dsplit": _split_along(2),
    "unstack": of_tensors(joining.unstack, "x"),
    "take": _take, "take_along_axis": _take_along_axis, "put_along_axis": _put_along_axis,
    "diag": _diag, "diagflat": lambda v, k=0: _diag(_ravel(v), k), "diagonal": _diagonal, "trace": _trace,
    "tril": taking("m")(lambda m, k=0: tril(m, k=k)), "triu": taking("m")(lambda m, k=0: triu(m, k=k)),
    "compress": _compress, "extract": _extract, "choose": _choose, "select": _select, "piecewise": _piecewise, "where": _where,
    "delete": _delete, "insert": _insert, "trim_zeros": _trim_zeros, "unique": _unique,
    "copy": _copy, "copyto": _copyto, "put": _put, "putmask": _putmask, "place": _place, "fill_diagonal": _fill_diagonal,
    "apply_along_axis": _apply_along_axis, "apply_over_axes": _apply_over_axes,
    "meshgrid": _meshgrid,
}  # fmt: skip
