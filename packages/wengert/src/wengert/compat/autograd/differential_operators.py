"""``grad`` and its kin with HIPS autograd's signatures and errors, over Wengert's transforms.

``argnum`` is a position or a tuple of them. What comes out is plain NumPy, except inside another derivative, where it is a Tensor
that the outer derivative goes through.
"""

from __future__ import annotations

import functools
import inspect
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from ... import pytree
from ...autograd.tensor import Tensor
from ...numpy_protocols.operands import plain, tensor
from ...ops.creation import ones_like
from ...ops.joining import stack
from ...ops.manipulation import reshape
from ...transforms import checkpoint as _checkpoint
from ...transforms import jvp, linearize, vjp

__all__ = [
    "checkpoint",
    "deriv",
    "elementwise_grad",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_jvp_reversemode",
    "make_vjp",
    "multigrad_dict",
    "tensor_jacobian_product",
    "value_and_grad",
    "vector_jacobian_product",
]

Argnum = int | tuple[int, ...] | list[int]


def _unary_in(fun: Callable[..., Any], argnum: Argnum, args: tuple[Any, ...], kwargs: Any) -> tuple[Callable[..., Any], Any]:
    """`fun` as a function of the arguments `argnum` alone, and their values."""
    if isinstance(argnum, int):
        if not -len(args) <= argnum < len(args):
            raise TypeError(f"argnum: got {argnum} for a function that was called with {len(args)} argument(s)")
        position = argnum % len(args)
        return (lambda x: fun(*args[:position], x, *args[position + 1 :], **kwargs)), _floating(args[position])
    positions = [a % len(args) for a in argnum]

    def call(values: Any) -> Any:
        every = list(args)
        for position, value in zip(positions, values, strict=True):
            every[position] = value
        return fun(*every, **kwargs)

    return call, tuple(_floating(args[p]) for p in positions)


def _floating(value: Any) -> Any:
    """Python's and NumPy's real numbers as they are differentiated: HIPS autograd takes integers for what they are not."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise TypeError(f"Can't differentiate w.r.t. type {type(value)}")
    return value


def _nary(operator: Callable[..., Any]) -> Callable[..., Any]:
    """From an operator of ``(fun of one argument, its value)`` to one of ``(fun, argnum)`` that gives a function."""

    @functools.wraps(operator)
    def make(fun: Callable[..., Any], argnum: Argnum = 0, *operator_args: Any, **operator_kwargs: Any) -> Callable[..., Any]:
        @functools.wraps(fun, updated=())
        def call(*args: Any, **kwargs: Any) -> Any:
            unary, x = _unary_in(fun, argnum, args, kwargs)
            return operator(unary, x, *operator_args, **operator_kwargs)

        call.__doc__ = f"{operator.__name__} of {getattr(fun, '__name__', fun)} with respect to argument {argnum}."
        return call

    return make


def _check_scalar(name: str, value: Any) -> None:
    if np.shape(plain(value)) != () or np.iscomplexobj(plain(value)):
        raise TypeError(
            f"{name} only applies to real scalar-output functions. Try jacobian, elementwise_grad or holomorphic_grad."
        )


def _pull(fun: Callable[..., Any], x: Any) -> tuple[Callable[[Any], Any], Any]:
    """The value of `fun`, and what turns a gradient of that into one of `x`; zeros where `fun` does not depend on it."""
    out, pull = vjp(lambda v: pytree.map_leaves(_as_output, fun(v)), x)
    return (lambda g: pull(pytree.map_leaves(plain_or_tensor, g))[0]), out


def _as_output(value: Any) -> Any:
    return value if isinstance(value, Tensor) else tensor(np.asarray(value, dtype=None if np.iscomplexobj(value) else float))


def plain_or_tensor(value: Any) -> Any:
    """A gradient as `vjp` takes it."""
    return (
        value if isinstance(value, Tensor | np.ndarray) else np.asarray(value, dtype=complex if np.iscomplexobj(value) else float)
    )


def _standard_basis(out: Any) -> Any:
    """Arrays like `out` with one 1 each, in row-major order."""
    shape, dtype = np.shape(plain(out)), np.asarray(plain(out)).dtype
    for i in range(int(np.prod(shape, dtype=int))):
        one = np.zeros(int(np.prod(shape, dtype=int)), dtype)
        one[i] = 1
        yield one.reshape(shape)


def _bare(value: Any) -> Any:
    """A result: plain where nothing outside is to be differentiated through it."""
    if isinstance(value, Tensor) and not value.requires_grad:
        array = value.array
        return array if array.ndim else array[()]
    return value


# -- public --------------------------------------------------------------------------------------------------------------
def make_vjp(fun: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """A function that gives ``(vjp, value)``: `vjp` takes a gradient of the value to that of the argument."""

    def call(*args: Any, **kwargs: Any) -> tuple[Callable[[Any], Any], Any]:
        return _pull(*_unary_in(fun, argnum, args, kwargs))

    return call


@_nary
def grad(fun: Callable[..., Any], x: Any) -> Any:
    """The gradient of `fun`, whose value must be a real number.

    Examples
    --------
    >>> import wengert.compat.autograd.numpy as np
    >>> from wengert.compat.autograd import grad
    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """
    pull, value = _pull(fun, x)
    _check_scalar("Grad", value)
    return pull(ones_like(tensor(value)))


@_nary
def value_and_grad(fun: Callable[..., Any], x: Any) -> Any:
    """The value of `fun` and its gradient."""
    pull, value = _pull(fun, x)
    _check_scalar("value_and_grad", value)
    return _bare(value), pull(ones_like(tensor(value)))


@_nary
def grad_and_aux(fun: Callable[..., Any], x: Any) -> Any:
    """Of a function that gives ``(value, aux)``: the gradient of the value, and `aux`."""
    kept: list[Any] = []

    def first(v: Any) -> Any:
        value, aux = fun(v)
        kept.append(pytree.map_leaves(lambda leaf: leaf.detach() if isinstance(leaf, Tensor) else leaf, aux))
        return value

    pull, value = _pull(first, x)
    return pull(ones_like(tensor(value))), pytree.map_leaves(_bare, kept[0])


@_nary
def elementwise_grad(fun: Callable[..., Any], x: Any) -> Any:
    """The sum over the rows of the Jacobian: the derivative where each element of the result depends on its own operand."""
    pull, value = _pull(fun, x)
    if np.iscomplexobj(plain(value)):
        raise TypeError("Elementwise_grad only applies to real-output functions.")
    return pull(ones_like(tensor(value)))


@_nary
def holomorphic_grad(fun: Callable[..., Any], x: Any) -> Any:
    """The complex derivative of a holomorphic function of one complex number, or elementwise."""
    if not np.iscomplexobj(plain(x)):
        raise TypeError("holomorphic_grad: the input must be complex")
    pull, value = _pull(fun, x)
    found = pull(ones_like(tensor(value)))
    return np.conj(found)


@_nary
def deriv(fun: Callable[..., Any], x: Any) -> Any:
    """The derivative by forward mode, of a function of a number."""
    return make_jvp(fun)(x)(np.ones_like(plain(x)))[1]


@_nary
def jacobian(fun: Callable[..., Any], x: Any) -> Any:
    """The derivative of every element of the result with respect to every element of the argument.

    Returns
    -------
    array
        Of shape ``result.shape + argument.shape``.
    """
    pull, value = _pull(fun, x)
    rows = [pull(one) for one in _standard_basis(value)]
    structure = pytree.flatten(rows[0])[1]
    leaves = zip(*(pytree.leaves(row) for row in rows), strict=True)
    return pytree.unflatten(structure, [_stacked(each, value) for each in leaves])


def _stacked(rows: Any, value: Any) -> Any:
    shape = np.shape(plain(value))
    if any(isinstance(row, Tensor) for row in rows):
        whole = stack([tensor(row) for row in rows])
        return reshape(whole, shape + tuple(whole.shape[1:]))
    whole = np.stack([np.asarray(row) for row in rows])
    return whole.reshape(shape + whole.shape[1:])


@_nary
def hessian(fun: Callable[..., Any], x: Any) -> Any:
    """The second derivatives: the Jacobian of the Jacobian."""
    return jacobian(jacobian(fun))(x)


def make_hvp(fun: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """A function that gives ``(hvp, gradient)``: `hvp` multiplies the Hessian there with a vector."""

    def call(*args: Any, **kwargs: Any) -> tuple[Callable[[Any], Any], Any]:
        unary, x = _unary_in(fun, argnum, args, kwargs)
        pull, gradient = _pull(grad(unary), x)
        return pull, _bare(gradient)

    return call


def make_jvp(fun: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """A function that gives `push`, which takes a direction of the argument to ``(value, derivative)``; by forward mode."""

    def call(*args: Any, **kwargs: Any) -> Callable[[Any], Any]:
        unary, x = _unary_in(fun, argnum, args, kwargs)
        return lambda v: jvp(unary, (x,), (pytree.map_leaves(plain_or_tensor, v),))

    return call


@_nary
def make_jvp_reversemode(fun: Callable[..., Any], x: Any) -> Callable[[Any], Any]:
    """What takes a direction of the argument to the derivative of the result, by reverse mode alone."""
    _, push = linearize(lambda v: pytree.map_leaves(_as_output, fun(v)), x)
    return lambda v: push(pytree.map_leaves(plain_or_tensor, v))


@_nary
def make_ggnvp(fun: Callable[..., Any], x: Any, g: Callable[..., Any] = lambda v: 1.0 / 2 * np.sum(v**2, axis=-1)) -> Any:
    """The product with the generalised Gauss–Newton matrix of ``g(fun(x))``."""
    pull, value = _pull(fun, x)
    curvature, _ = make_hvp(g)(plain(value))
    push = make_jvp(fun)(x)
    return lambda v: pull(curvature(push(v)[1]))


def tensor_jacobian_product(fun: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """A function of the arguments and a tensor: the tensor contracted with the Jacobian."""

    def call(*args: Any, **kwargs: Any) -> Any:
        *rest, vector = args
        pull, _ = make_vjp(fun, argnum)(*rest, **kwargs)
        return pull(vector)

    return call


def hessian_tensor_product(fun: Callable[..., Any], argnum: Argnum = 0) -> Callable[..., Any]:
    """A function of the arguments and a tensor: the tensor contracted with the Hessian."""

    def call(*args: Any, **kwargs: Any) -> Any:
        *rest, vector = args
        product, _ = make_hvp(fun, argnum)(*rest, **kwargs)
        return product(vector)

    return call


hessian_vector_product, vector_jacobian_product = hessian_tensor_product, tensor_jacobian_product


def multigrad_dict(fun: Callable[..., Any]) -> Callable[..., Any]:
    """The gradient with respect to every argument, as a dictionary by their names."""
    signature = inspect.signature(fun)

    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        names = list(bound.arguments)
        found = grad(lambda values: fun(**dict(zip(names, values, strict=True))))(tuple(bound.arguments.values()))
        return OrderedDict(zip(names, found, strict=True))

    return call


def grad_named(fun: Callable[..., Any], argname: str) -> Callable[..., Any]:
    """The gradient with respect to the argument of that name."""
    return grad(fun, list(inspect.signature(fun).parameters).index(argname))


def checkpoint(fun: Callable[..., Any]) -> Callable[..., Any]:
    """`fun`, which keeps nothing for its derivative and is computed again in its stead."""

    @functools.wraps(fun)
    def call(*args: Any, **kwargs: Any) -> Any:
        return _checkpoint(fun, *args, use_reentrant=False, **kwargs)

    return call
