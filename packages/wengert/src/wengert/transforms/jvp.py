"""`jvp` and `linearize`: products of the Jacobian of a function with vectors, the directions in which its arguments move."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import pytree
from ..autograd.tensor import Tensor
from ..errors import TransformError, TransformTypeError
from ..ops.creation import zeros_like
from .calls import Call, split_aux, tensor_leaves
from .transposed import Transposed
from .vjp import as_directions

__all__ = ["Linear", "jvp", "linearize"]


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
    if not made.arguments.inside:
        raise TransformError(f"{made.name}: primals must contain at least one Tensor, array or float")
    directions = as_directions(made.name, "tangents", tangents, made.arguments.inside, made.structure)
    output, aux = split_aux(made.name, made.run()) if has_aux else (made.run(), None)
    linear = Linear(made, output)
    if strict and not all(leaf.requires_grad for leaf in linear.outputs):
        raise TransformError(f"{made.name}: with strict=True every output must depend on the arguments, and one does not")
    results = (linear.values(), linear(directions))
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
    linear = Linear(made, made.run())

    def jvp_fn(*tangents: Any) -> Any:
        return linear(as_directions(f"jvp_fn of {made.name}", "tangents", tangents, made.arguments.inside, made.structure))

    return linear.values(), jvp_fn


class Linear:
    """The derivative of a function at one point, with results as transforms hand them back."""

    def __init__(self, made: Call, output: Any) -> None:
        self.made = made
        self.outputs, self.structure = tensor_leaves(made.name, output)
        self.outside = made.arguments.lead_outside(self.outputs)
        self._derivative = Transposed(made.arguments, self.outputs, self.outside)

    def values(self) -> Any:
        """What the function returned."""
        return pytree.unflatten(self.structure, [self.made.result(leaf, self.outside) for leaf in self.outputs])

    def along(self, directions: Sequence[Tensor | None]) -> list[Tensor]:
        """How each output changes when the leaves of the arguments move in these directions; None stands for no movement."""
        found = self._derivative.along(directions, self.made.record(self.outside, directions))
        return [zeros_like(out) if f is None else f for f, out in zip(found, self.outputs, strict=True)]

    def __call__(self, directions: Sequence[Tensor]) -> Any:
        return pytree.unflatten(self.structure, [self.made.result(tangent) for tangent in self.along(directions)])
