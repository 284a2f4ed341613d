"""`jacrev`, `jacfwd` and `jacobian`: all partial derivatives of a function at once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import pytree
from ..arrays.adapter import adapter_of
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, StrategyError
from ..ops.creation import ones_like
from ..ops.manipulation import expand_dims, moveaxis
from .calls import Argnums, Call, checked_argnums, split_aux, tensor_leaves
from .jvp import Linear
from .vmap import vmap

__all__ = ["checked_chunk", "columns", "jacfwd", "jacobian", "jacrev", "over_units", "units"]


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
        found = pytree.unflatten(structure, [_rows(made, leaf, outside, chunk_size) for leaf in leaves])
        return (found, made.results(aux)) if has_aux else found

    return jacobian


def _rows(made: Call, output: Tensor, outside: bool, chunk_size: int | None) -> Any:
    """The Jacobian of one output, nested as the arguments."""
    rows = over_units(lambda unit: made.derivatives([output], [unit], outside, keep=True), output, chunk_size)
    return made.nested([r.reshape((*output.shape, *x.shape)) for r, x in zip(rows, made.arguments.inside, strict=True)])


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
        returned = made.run(kwargs)
        output, aux = split_aux(made.name, returned) if has_aux else (returned, None)
        linear = Linear(made, output)
        by_input = columns(linear.along, made.arguments.inside, linear.outputs, chunk_size)
        found = pytree.unflatten(linear.structure, [made.nested(blocks) for blocks in zip(*by_input, strict=True)])
        return (found, made.results(aux)) if has_aux else found

    return jacobian


def jacobian(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    *,
    has_aux: bool = False,
    mode: str = "reverse",
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function that gives the Jacobian of `func`: `jacrev` for ``mode="reverse"``, `jacfwd` for ``mode="forward"``.

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
def columns(
    along: Callable[[Sequence[Tensor | None]], Sequence[Tensor]],
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    chunk_size: int | None = None,
) -> list[list[Tensor]]:
    """For each input the Jacobians of each output, from the function that says how the outputs change along a direction."""
    found = []
    for number, x in enumerate(inputs):
        before, after = [None] * number, [None] * (len(inputs) - number - 1)
        by_unit = over_units(lambda unit: along([*before, unit, *after]), x, chunk_size)  # noqa: B023  (called at once)
        found.append([moveaxis(c, 0, -1).reshape((*y.shape, *x.shape)) for c, y in zip(by_unit, outputs, strict=True)])
    return found


def over_units(function: Callable[[Tensor], Sequence[Tensor]], like: Tensor, chunk_size: int | None = None) -> list[Tensor]:
    """What `function` makes of every unit vector of the space of `like`, along a new first axis.

    `chunk_size` is how many it is called with at once.
    """
    if like.size == 1:
        return [expand_dims(f, axis=0) for f in function(ones_like(like))]
    return vmap(function, chunk_size=chunk_size)(units(like))


def units(like: Tensor) -> Tensor:
    """The unit vectors of the space of `like`, along a new first axis."""
    array = adapter_of(like.array).function("eye")(like.size, dtype=like.dtype)
    return wrap(array).reshape((like.size, *like.shape))


def checked_chunk(transform: str, chunk_size: Any) -> None:
    """Raise unless `chunk_size` is a number of samples, or None for all."""
    if chunk_size is not None and not (isinstance(chunk_size, int) and chunk_size > 0):
        raise ArgumentError(f"{transform}: chunk_size: expected a positive int or None, got {chunk_size!r}")
