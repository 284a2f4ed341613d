"""``wengert.autograd.functional``: products with Jacobians and Hessians (rules A3). Jacobians are in `functional_jacobians`.

Unlike those of `wengert.transforms` these functions compute at once, take Tensors only, and record what they do if and only
if ``create_graph=True``, also inside ``no_grad``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.tensor import Tensor
from .calls import recording
from .evaluation import MISSING, Evaluation, Nested

__all__ = ["hvp", "jvp", "vhp", "vjp"]

CONSTANT = "The jacobian of the user-provided function is independent of input {}. That goes not with create_graph=True."
MISSING_OUTPUT = "Output {} of the user-provided function is independent of the inputs."
MISSING_GRADIENT = "The gradient of the user-provided function is independent of input {}."
IN, OUT = "the input to the user-provided function is", "the user-provided function returns"


def vjp(
    func: Callable[..., Any], inputs: Nested, v: Nested | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The product of a vector with the Jacobian of `func`.

    Parameters
    ----------
    func : callable
        Takes `inputs`, returns a Tensor or a tuple of them.
    inputs : Tensor or tuple of Tensor
        Where.
    v : Tensor or tuple of Tensor, optional
        The vector, of the shapes of the output. May be left out if that is one number.
    create_graph : bool
        Record the results, so that they can be differentiated.
    strict : bool
        Raise if an output does not depend on an input; otherwise the derivative is zero.

    Returns
    -------
    output, product : Tensor or tuple of Tensor
        What `func` returned, and the product, like `inputs`.

    Raises
    ------
    TransformError, TransformTypeError, RequiresGradDtypeError
        If `func`, `inputs` or `v` do not suit.

    Examples
    --------
    >>> import wengert as wg
    >>> x, v = wg.tensor([1.0, 2.0]), wg.tensor([1.0, 10.0])
    >>> wg.autograd.functional.vjp(lambda x: x**2, x, v)
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with recording():
        made = Evaluation("vjp", func, inputs, create_graph, strict, v).run()
        vectors = made.vector(made.outputs, made.bare_output, OUT)
        found = made.gradients(made.outputs, vectors, record=create_graph)
        products = made.checked(found, made.inputs, MISSING, CONSTANT if create_graph else None)
        return made.output(), made.result(products, made.bare_input)


def jvp(
    func: Callable[..., Any], inputs: Nested, v: Nested | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The product of the Jacobian of `func` with a vector, by running a recorded backward backward.

    Parameters
    ----------
    func, inputs, create_graph, strict
        As for `vjp`.
    v : Tensor or tuple of Tensor, optional
        The vector, of the shapes of `inputs`. May be left out if that is one number.

    Returns
    -------
    output, product : Tensor or tuple of Tensor
        What `func` returned, and the product, like it.

    Examples
    --------
    >>> import wengert as wg
    >>> x, v = wg.tensor([1.0, 2.0]), wg.tensor([1.0, 10.0])
    >>> wg.autograd.functional.jvp(lambda x: x.sum() ** 2, x, v)
    (tensor(9.), tensor(66.))
    """
    with recording():
        made = Evaluation("jvp", func, inputs, create_graph, strict, v).run()
        vectors = made.vector(made.inputs, made.bare_input, IN)
        derivative = made.derivative()
        made.checked(derivative.products, made.inputs, MISSING)
        found = derivative.along(vectors, create_graph)
        columns = made.checked(found, made.outputs, MISSING_OUTPUT, CONSTANT if create_graph else None)
        return made.output(), made.result(columns, made.bare_output)


def vhp(
    func: Callable[..., Any], inputs: Nested, v: Nested | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The product of a vector with the Hessian of `func`, which returns one number.

    Parameters
    ----------
    func, inputs, create_graph, strict
        As for `vjp`.
    v : Tensor or tuple of Tensor, optional
        The vector, of the shapes of `inputs`. May be left out if that is one number.

    Returns
    -------
    output : Tensor
        What `func` returned.
    product : Tensor or tuple of Tensor
        Like `inputs`.

    Examples
    --------
    >>> import wengert as wg
    >>> x, v = wg.tensor([1.0, 2.0]), wg.tensor([1.0, 10.0])
    >>> wg.autograd.functional.vhp(lambda x: (x**3).sum(), x, v)
    (tensor(9.), tensor([  6., 120.]))
    """
    return _hessian_product("vhp", func, inputs, v, create_graph, strict)


def hvp(
    func: Callable[..., Any], inputs: Nested, v: Nested | None = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The product of the Hessian of `func` with a vector. As the Hessian is symmetric, it is computed as `vhp` is.

    Parameters
    ----------
    func, inputs, v, create_graph, strict
        As for `vhp`.

    Returns
    -------
    output, product
        As of `vhp`.

    Examples
    --------
    >>> import wengert as wg
    >>> x, v = wg.tensor([1.0, 2.0]), wg.tensor([1.0, 10.0])
    >>> wg.autograd.functional.hvp(lambda x: (x**3).sum(), x, v)
    (tensor(9.), tensor([  6., 120.]))
    """
    return _hessian_product("hvp", func, inputs, v, create_graph, strict)


def _hessian_product(
    name: str, func: Callable[..., Any], inputs: Nested, v: Nested | None, create_graph: bool, strict: bool
) -> tuple[Tensor, Any]:
    with recording():
        made = Evaluation(name, func, inputs, create_graph, strict, v).run()
        made.scalar()
        vectors = made.vector(made.inputs, made.bare_input, IN)
        found = made.gradients(made.gradient(), vectors, record=create_graph)
        products = made.checked(found, made.inputs, MISSING_GRADIENT, CONSTANT if create_graph else None)
        return made.output(), made.result(products, made.bare_input)
