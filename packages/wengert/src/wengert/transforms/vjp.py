"""`vjp`: products of vectors with the Jacobian of a function, one backward each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import pytree
from ..arrays.adapter import adapter_of
from ..autograd.origins import type_name
from ..autograd.tensor import Tensor
from ..errors import GradientMismatchError, GradientTypeError, TransformError
from ..ops.creation import asarray
from .calls import Call, flat, split_aux, tensor_leaves

__all__ = ["as_directions", "vjp"]


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func` and a function that multiplies a vector with its Jacobian from the left.

    Parameters
    ----------
    func : callable
        Returns Tensors, nested in any way.
    *primals
        Its arguments, each a Tensor, a raw array, a float, or any nesting of these.
    has_aux : bool
        `func` returns ``(output, aux)``, and `aux`, whatever it is, is handed on.

    Returns
    -------
    output : object
        What `func` returned. If all `primals` are raw arrays and floats, so are the results here and of `vjp_fn`.
    vjp_fn : callable
        ``vjp_fn(cotangents)`` takes what has the structure and the shapes of `output`, and returns a tuple with one result for
        each of `primals`, nested as it is. May be called any number of times; what the function saved is kept as long as it.
    aux : object
        Only with `has_aux`.

    Raises
    ------
    TransformError, TransformTypeError, RequiresGradDtypeError
        If the function's result or an argument does not suit.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> output, vjp_fn = wg.vjp(lambda x, y: x * y, np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    >>> output
    array([3., 8.])
    >>> vjp_fn(np.array([1.0, 10.0]))
    (array([ 3., 40.]), array([ 1., 20.]))
    """
    made = Call("vjp", func, primals, tuple(range(len(primals))))
    returned = made.run()
    output, aux = split_aux(made.name, returned) if has_aux else (returned, None)
    leaves, structure = tensor_leaves(made.name, output)
    outside = made.arguments.lead_outside(leaves)

    def vjp_fn(cotangents: Any) -> tuple[Any, ...]:
        grads = as_directions(f"vjp_fn of {made.name}", "cotangents", cotangents, leaves, structure)
        derivatives = made.derivatives(leaves, grads, outside, keep=True)
        # Cotangents may come from a graph that is younger than the function's, where `result` would not look for it.
        return made.nested(derivatives, made.record(False, grads) or None)

    results = (pytree.unflatten(structure, [made.result(leaf, outside) for leaf in leaves]), vjp_fn)
    return (*results, made.results(aux)) if has_aux else results


def as_directions(
    name: object, what: str, given: Any, like: Sequence[Tensor], structure: pytree.Structure
) -> list[Tensor]:
    """The leaves of `given` as Tensors: a direction in the space of `like`, which has that structure.

    Raises
    ------
    TransformError, GradientTypeError, GradientMismatchError
        If it is none.
    """
    leaves, found = flat(given)
    if found is not structure and found != structure:
        raise TransformError(f"{name}: {what} must be nested like what they belong to, {structure}, got {found}")
    directions = []
    for index, (leaf, tensor) in enumerate(zip(leaves, like, strict=True)):
        where = f"{what}{pytree.leaf_paths(given)[index]}" if len(leaves) > 1 else what
        try:
            direction = leaf if isinstance(leaf, Tensor) else asarray(leaf)
        except TypeError as error:
            raise GradientTypeError(f"{name}: {where}: expected a Tensor, an array or a number, got {type_name(leaf)}") from error
        if direction.shape != tensor.shape:
            raise GradientMismatchError(f"{name}: {where}: expected shape {tensor.shape}, got {direction.shape}")
        kind, expected = (adapter_of(t.array).kind(t.dtype) for t in (direction, tensor))
        if kind == "c" and expected != "c":
            raise GradientMismatchError(f"{name}: {where}: expected a real dtype, got {direction.dtype}")
        directions.append(direction if direction.dtype == tensor.dtype else direction.astype(tensor.dtype))
    return directions
