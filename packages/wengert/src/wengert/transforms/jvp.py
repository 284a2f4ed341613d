"""`jvp` and `linearize`: products of the Jacobian of a function with vectors, the directions in which its arguments move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..autograd.tensor import Tensor
from ..errors import TransformError, TransformTypeError
from ..ops.creation import zeros_like
from .calls import Call, split_aux, tensor_leaves
from .forward import duals, forward_level, moved
from .transposed import Transposed
from .vjp import as_directions

__all__ = ["Linear", "filled", "jvp", "linearize"]


def jvp(
    func: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """The value of `func`, and how it changes when its arguments move in a direction.

    Parameters
    ----------
    func : callable
        Returns Tensors, nested in any way.
    primals : tuple
        Its arguments, each a Tensor, a raw array, a float, or any nesting of these.
    tangents : tuple
        The direction, nested and shaped as `primals`.
    strict : bool
        Raise if an output does not depend on the arguments; otherwise it changes by zero.
    has_aux : bool
        `func` returns ``(output, aux)``, and `aux`, whatever it is, is handed on.

    Returns
    -------
    output : object
        What `func` returned. If all `primals` are raw arrays and floats, so are the results.
    tangent : object
        The derivative of `output` in that direction, nested and shaped as it is.
    aux : object
        Only with `has_aux`.

    Raises
    ------
    TransformError, TransformTypeError, RequiresGradDtypeError, GradientMismatchError
        If the function's result, an argument or a tangent does not suit.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> wg.jvp(lambda x: x**3, (np.array([1.0, 2.0]),), (np.array([1.0, 0.0]),))
    (array([1., 8.]), array([3., 0.]))
    """
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple):
            raise TransformTypeError(f"jvp: {what} must be a tuple, one for each argument of the function, got {given!r}")
    made = Call("jvp", func, primals, tuple(range(len(primals))))
    if not made.values:
        raise TransformError(f"{made.name}: primals must contain at least one Tensor, array or float")
    directions = as_directions(made.name, "tangents", tangents, made.tensors, made.structure)
    with forward_level() as free:
        returned = made.run_with(duals(made.tensors, directions)) if free else made.run()
        output, aux = split_aux(made.name, returned) if has_aux else (returned, None)
        leaves, structure = tensor_leaves(made.name, output)
        values, changes = moved(leaves) if free else (leaves, Linear(made, leaves).along(directions))
    if strict and any(change is None for change in changes):
        raise TransformError(f"{made.name}: with strict=True every output must depend on the arguments, and one does not")
    results = (made.nested_like(structure, values), made.nested_like(structure, filled(changes, leaves)))
    return (*results, made.results(aux)) if has_aux else results


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The value of `func`, and the linear function that is its derivative there.

    Parameters
    ----------
    func, *primals
        As for `vjp`.

    Returns
    -------
    output : object
        What `func` returned.
    jvp_fn : callable
        ``jvp_fn(*tangents)`` gives what `jvp` would, without calling `func` again. May be called any number of times.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> output, jvp_fn = wg.linearize(lambda x: x**3, np.array([1.0, 2.0]))
    >>> jvp_fn(np.array([1.0, 0.0])), jvp_fn(np.array([0.0, 1.0]))
    (array([3., 0.]), array([ 0., 12.]))
    """
    made = Call("linearize", func, primals, tuple(range(len(primals))))
    leaves, structure = tensor_leaves(made.name, made.run())
    linear = Linear(made, leaves)

    def jvp_fn(*tangents: Any) -> Any:
        directions = as_directions(f"jvp_fn of {made.name}", "tangents", tangents, made.tensors, made.structure)
        changes = filled(linear.along(directions), leaves)
        return made.nested_like(structure, changes, made.record(False, directions) or None)  # as in `vjp`

    return made.nested_like(structure, leaves), jvp_fn


class Linear:
    """The derivative of a function at one point, recorded where the surroundings might need it."""

    def __init__(self, made: Call, outputs: Sequence[Tensor]) -> None:
        self.made = made
        self.outside = made.arguments.lead_outside(outputs)
        self._derivative = Transposed(made.arguments, outputs, self.outside)

    def along(self, directions: Sequence[Tensor]) -> Sequence[Tensor | None]:
        """How each output changes when the leaves of the arguments move in these directions; None for one that does not."""
        return self._derivative.along(directions, self.made.record(self.outside, directions))


def filled(changes: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> list[Tensor]:
    """The changes of outputs, with zeros for None."""
    return [zeros_like(output) if change is None else change for change, output in zip(changes, outputs, strict=True)]
