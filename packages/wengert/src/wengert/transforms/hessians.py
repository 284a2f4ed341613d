"""`hessian` and `hvp`: second derivatives of a function."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .calls import Argnums, Call, checked_argnums
from .grad import check_scalar
from .jacobians import jacrev
from .vjp import as_directions

__all__ = ["hessian", "hvp"]


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that gives the Hessian of `func`: the Jacobian of its Jacobian.

    For a function with one real number as its result that is one recorded gradient, and one batched backward through it.

    Parameters
    ----------
    func : callable
        Returns Tensors, nested in any way; usually one of shape ``()``.
    argnums : int or tuple of int
        Which positional arguments to differentiate by. Each may be a Tensor, a raw array, a float, or any nesting of these.

    Returns
    -------
    callable
        Takes what `func` takes. For an output of shape `m` and inputs of shapes `n` and `k` the result has shape
        ``m + n + k``. It is nested as the output, inside of that as the arguments, and inside of that as these again.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> wg.hessian(lambda x: (x**3).sum())(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    checked_argnums("hessian", argnums)
    return functools.wraps(func)(jacrev(jacrev(func, argnums), argnums))


def hvp(func: Callable[..., Any], primals: Any, tangents: Any) -> Any:
    """The product of the Hessian of `func` with a vector, for the price of a few gradients.

    Parameters
    ----------
    func : callable
        Returns a Tensor of one real number, of shape ``()``.
    primals : object
        Its argument, or the tuple of its arguments. Each may be a Tensor, a raw array, a float, or any nesting of these.
    tangents : object
        The vector, nested and shaped as `primals`.

    Returns
    -------
    object
        Nested and shaped as `primals`. If these are raw arrays and floats, so is the result.

    Raises
    ------
    NonScalarError, TransformError, TransformTypeError, RequiresGradDtypeError, GradientMismatchError
        If the function's result, an argument or the vector does not suit.

    Examples
    --------
    >>> import numpy as np
    >>> import wengert as wg
    >>> wg.hvp(lambda x: (x**3).sum(), np.array([1.0, 2.0]), np.array([10.0, 0.0]))
    array([60.,  0.])
    """
    args, argnums = (primals, tuple(range(len(primals)))) if isinstance(primals, tuple) else ((primals,), 0)
    made = Call("hvp", func, args, argnums)
    directions = as_directions(made.name, "tangents", tangents, made.tensors, made.structure)
    output = made.run()
    check_scalar(made, output)
    outside = made.arguments.lead_outside([output])
    gradients = made.arguments.gradients([output], [None], outside=outside, keep=True, record=True)
    # The Hessian is symmetric: its product with the vector is the gradient of the gradient times the vector.
    pairs = [(g, d) for g, d in zip(gradients, directions, strict=True) if g is not None]
    return made.nested(made.derivatives([g for g, _ in pairs], [d for _, d in pairs], outside))
