"""`grad` and `value_and_grad`: the gradient of a function with one real number as its result."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..autograd.tensor import Tensor
from ..errors import NonScalarError, TransformTypeError
from .calls import Argnums, Call, checked_argnums, no_tensor, split_aux

__all__ = ["check_scalar", "grad", "value_and_grad"]


def grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of `func`.

    Parameters
    ----------
    func : callable
        Returns a Tensor of one real number, of shape ``()``.
    argnums : int or tuple of int
        Which positional arguments to differentiate by. Each may be a Tensor, a raw array, a float, or any nesting of these.
    has_aux : bool
        `func` returns ``(output, aux)``, and `aux`, whatever it is, is handed on.

    Returns
    -------
    callable
        Takes what `func` takes. Returns the gradient, nested as the argument is, for a tuple `argnums` a tuple of these; with
        `has_aux` the pair of that and `aux`. Where the function does not depend on an argument its gradient is zero. If all
        differentiated arguments are raw arrays and floats, so are the results.

    Raises
    ------
    NonScalarError, TransformError, TransformTypeError, RequiresGradDtypeError
        If the function's result or an argument does not suit.

    Notes
    -----
    The gradients are recorded where something outside could need that: a differentiated argument, or a tensor that `func` uses
    besides its arguments, requires grad. So transforms nest to any order. No ``.grad`` is touched.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> wg.grad(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([ 3., 12.])
    >>> float(wg.grad(wg.grad(lambda x: x**3))(2.0))
    12.0
    """
    checked_argnums("grad", argnums)

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        found = _Gradient("grad", func, args, kwargs, argnums, has_aux)
        return (found.gradient, found.made.results(found.aux)) if has_aux else found.gradient

    return gradient


def value_and_grad(func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the value of `func` and its gradient, for the price of the gradient.

    Parameters
    ----------
    func, argnums, has_aux
        As for `grad`.

    Returns
    -------
    callable
        Takes what `func` takes. Returns the value and the gradient; with `has_aux`, ``(value, aux)`` and the gradient.

    Examples
    --------
    Of NumPy arrays it makes what optimizers such as ``scipy.optimize.minimize(..., jac=True)`` expect:

    >>> import numpy as np
    >>> import wengert as wg
    >>> value, gradient = wg.value_and_grad(lambda x: (x**2).sum())(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))
    """
    checked_argnums("value_and_grad", argnums)

    @functools.wraps(func)
    def value_and_gradient(*args: Any, **kwargs: Any) -> Any:
        found = _Gradient("value_and_grad", func, args, kwargs, argnums, has_aux)
        value = found.made.result(found.output, found.outside)
        return ((value, found.made.results(found.aux)) if has_aux else value), found.gradient

    return value_and_gradient


class _Gradient:
    """The gradient of a function, and what it returned."""

    __slots__ = ("aux", "gradient", "made", "output", "outside")

    def __init__(
        self,
        transform: str,
        func: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        argnums: Argnums,
        has_aux: bool,
    ) -> None:
        self.made = made = Call(transform, func, args, argnums)
        returned = made.run(kwargs)
        self.output: Any
        self.aux: Any
        self.output, self.aux = split_aux(made.name, returned) if has_aux else (returned, None)
        check_scalar(made, self.output)
        alone = made.arguments.gradients_alone(self.output)
        if alone is not None:
            self.outside, found = False, made.filled(alone)
        else:
            self.outside = made.arguments.lead_outside([self.output])
            found = made.derivatives([self.output], [None], self.outside)
        self.gradient = made.nested(found)


def check_scalar(made: Call, output: Any) -> None:
    """Raise unless the function has returned one number."""
    if not isinstance(output, Tensor):
        raise TransformTypeError(f"{made.name}: the function must return a Tensor, {no_tensor(output)}")
    if output.ndim:
        raise NonScalarError(
            f"{made.name}: the function must return one number, a Tensor of shape (), got shape {output.shape}; reduce it with "
            "sum() or mean(), or use vjp or jacrev"
        )
