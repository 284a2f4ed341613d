"""`jacrev`, `jacfwd` and `jacobian`: all partial derivatives of a function at once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import pytree
from ..arrays.adapter import adapter_of
from ..arrays.batched import BatchedArray, deepest
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, StrategyError
from ..ops.creation import ones_like, zeros_like
from ..ops.manipulation import expand_dims, moveaxis
from .calls import Argnums, Call, checked_argnums, split_aux, tensor_leaves
from .forward import duals, forward_level, moved
from .jvp import Linear, filled
from .vmap import map_rows, vmap

__all__ = ["checked_chunk", "jacfwd", "jacobian", "jacobian_blocks", "jacrev", "over_units", "units"]


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`, row by row: by reverse mode, all rows in one batched backward.

    It is the better choice where there are fewer outputs than inputs.

    Parameters
    ----------
    func : callable
        Returns Tensors, nested in any way.
    argnums : int or tuple of int
        Which positional arguments to differentiate by. Each may be a Tensor, a raw array, a float, or any nesting of these.
    has_aux : bool
        `func` returns ``(output, aux)``, and `aux`, whatever it is, is handed on.
    chunk_size : int, optional
        How many rows to compute at a time. Fewer need less memory.

    Returns
    -------
    callable
        Takes what `func` takes. For an output and an input of shapes `m` and `n` the Jacobian has shape ``m + n``. It is
        nested as the output, and inside of that as the argument, or for a tuple `argnums` as the tuple of these. With
        `has_aux` the result is the pair of that and `aux`.

    Raises
    ------
    TransformError, TransformTypeError, RequiresGradDtypeError, ArgumentError
        If the function's result or an argument does not suit.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> wg.jacrev(lambda x: wg.cumulative_sum(x**2))(np.array([1.0, 2.0]))
    array([[2., 0.],
           [2., 4.]])
    """
    checked_argnums("jacrev", argnums)
    checked_chunk("jacrev", chunk_size)

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        made = Call("jacrev", func, args, argnums)
        returned = made.run(kwargs)
        output, aux = split_aux(made.name, returned) if has_aux else (returned, None)
        leaves, structure = tensor_leaves(made.name, output)
        outside = made.arguments.lead_outside(leaves)
        rows = [_rows(made, leaf, outside, chunk_size) for leaf in leaves]
        found = rows[0] if structure is pytree.LEAF else pytree.unflatten(structure, rows)
        return (found, made.results(aux)) if has_aux else found

    return jacobian


def _rows(made: Call, output: Tensor, outside: bool, chunk_size: int | None) -> Any:
    """The Jacobian of one output, nested as the arguments."""
    if not output._shape:  # there is one row, and it has the shape of the result
        return made.nested(made.derivatives([output], [ones_like(output)], outside, keep=True))
    rows = over_units(lambda unit: made.derivatives([output], [unit], outside, keep=True), [output], chunk_size)
    return made.nested([_shaped(r, (*output._shape, *x._shape)) for r, x in zip(rows, made.arguments.inside, strict=True)])


def _shaped(rows: Tensor, shape: tuple[int, ...]) -> Tensor:
    return rows if rows._shape == shape else rows.reshape(shape)


def jacfwd(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, *, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`, column by column: by forward mode, all columns at once.

    It is the better choice where there are fewer inputs than outputs.

    Parameters
    ----------
    func, argnums, has_aux
        As for `jacrev`.
    chunk_size : int, optional
        How many columns to compute at a time.

    Returns
    -------
    callable
        As of `jacrev`.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> wg.jacfwd(lambda x: wg.stack([x, x**2, x**3]))(np.float64(2.0))
    array([ 1.,  4., 12.])
    """
    checked_argnums("jacfwd", argnums)
    checked_chunk("jacfwd", chunk_size)

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        made = Call("jacfwd", func, args, argnums)
        with forward_level() as free:
            columns = (_by_forward if free else _by_transposing)(made, kwargs, has_aux, chunk_size)
        blocks = jacobian_blocks(columns.changes, columns.outputs, made.tensors)
        found = pytree.unflatten(columns.structure, [made.nested(of_output) for of_output in blocks])
        return (found, made.results(columns.aux)) if has_aux else found

    return jacobian


class _Columns(NamedTuple):
    """What `jacfwd` finds out: the outputs, and how each changes in the direction of every element of the arguments."""

    outputs: list[Tensor]
    structure: pytree.Structure
    aux: Any
    changes: list[Tensor]


def _by_forward(made: Call, kwargs: Mapping[str, Any], has_aux: bool, chunk_size: int | None) -> _Columns:
    called: list[_Columns] = []  # without the changes; where the function is called in chunks all calls give the same
    outer = deepest([x.array for x in made.tensors])

    def along(*directions: Tensor) -> list[Tensor]:
        returned = made.run_with(duals(made.tensors, directions), kwargs)
        output, aux = split_aux(made.name, returned) if has_aux else (returned, None)
        leaves, structure = tensor_leaves(made.name, output)
        values, changes = moved(leaves)
        level = deepest([direction.array for direction in directions])
        if level is not outer:  # that of all columns
            aux = pytree.map_leaves(lambda leaf: _shared(leaf, level), aux)
        called[:] = [_Columns(values, structure, aux, [])]
        return filled(changes, values)

    changes = over_units(along, made.tensors, chunk_size)
    return called[0]._replace(changes=changes)


def _shared(leaf: Any, level: Any) -> Any:
    """What is the same for all samples of `level`, outside of its `vmap`."""
    if isinstance(leaf, Tensor) and isinstance(leaf.array, BatchedArray) and leaf.array.level is level:
        return level.leave(leaf)[0]
    return leaf


def _by_transposing(made: Call, kwargs: Mapping[str, Any], has_aux: bool, chunk_size: int | None) -> _Columns:
    returned = made.run(kwargs)
    output, aux = split_aux(made.name, returned) if has_aux else (returned, None)
    leaves, structure = tensor_leaves(made.name, output)
    linear = Linear(made, leaves)
    changes = over_units(lambda *directions: filled(linear.along(directions), leaves), made.tensors, chunk_size)
    return _Columns(leaves, structure, aux, changes)


def jacobian(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    mode: str = "reverse",
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`: `jacrev` for ``mode="reverse"``, `jacfwd` for ``mode="forward"``.

    Parameters
    ----------
    func, argnums, has_aux, chunk_size
        As for `jacrev`.
    mode : {"reverse", "forward"}
        Which of the two.

    Returns
    -------
    callable
        As of `jacrev`.

    Raises
    ------
    StrategyError
        If there is no such mode.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> wg.jacobian(lambda x: x * x, mode="forward")(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    if mode == "reverse":
        return jacrev(func, argnums, has_aux=has_aux, chunk_size=chunk_size)
    if mode == "forward":
        return jacfwd(func, argnums, has_aux=has_aux, chunk_size=chunk_size)
    raise StrategyError(f"jacobian: mode: expected 'reverse' or 'forward', got {mode!r}")


# -- all units at once ---------------------------------------------------------------------------------------------------
def over_units(
    function: Callable[..., Sequence[Tensor]], likes: Sequence[Tensor], chunk_size: int | None = None
) -> list[Tensor]:
    """What `function` makes of every unit vector of the space of all `likes` together, along a new first axis.

    It is called with a Tensor like each of these, for `chunk_size` unit vectors at once; once at least.
    """
    total = sum(math.prod(like._shape) for like in likes)
    if total == 1:
        return [expand_dims(found, axis=0) for found in function(*map(ones_like, likes))]
    if total == 0:
        return [found[None][:0] for found in function(*map(zeros_like, likes))]
    if chunk_size is None or chunk_size >= total:
        return map_rows(function, units(likes))
    return vmap(function, chunk_size=chunk_size)(*units(likes))


def units(likes: Sequence[Tensor]) -> list[Tensor]:
    """For each of `likes` its part of all unit vectors, along a new first axis."""
    total, start, found = sum(math.prod(like._shape) for like in likes), 0, []
    for like in likes:
        size = math.prod(like._shape)
        part = adapter_of(like._array).function("eye")(total, size, k=-start, dtype=like._dtype)
        found.append(_shaped(wrap(part, cls=like._family), (total, *like._shape)))
        start += size
    return found


def jacobian_blocks(changes: Sequence[Tensor], outputs: Sequence[Tensor], inputs: Sequence[Tensor]) -> list[list[Tensor]]:
    """For each output the Jacobian by each input, from the changes of outputs in the direction of all elements of inputs."""
    blocks = []
    for change, output in zip(changes, outputs, strict=True):
        row, start = [], 0
        for x in inputs:
            part = moveaxis(change[start : start + math.prod(x._shape)], 0, -1)
            row.append(part.reshape((*output.shape, *x.shape)))
            start += math.prod(x._shape)
        blocks.append(row)
    return blocks


def checked_chunk(transform: str, chunk_size: Any) -> None:
    """Raise unless `chunk_size` is a number of samples, or None for all."""
    if chunk_size is not None and not (isinstance(chunk_size, int) and chunk_size > 0):
        raise ArgumentError(f"{transform}: chunk_size: expected a positive int or None, got {chunk_size!r}")
