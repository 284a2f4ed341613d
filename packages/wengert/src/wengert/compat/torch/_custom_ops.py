"""``torch._custom_ops``: PyTorch's older way to define operators, with derivatives by the names of arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...errors import UsageError
from ._custom_op.impl import (
    checked_device_types,
    checked_name,
    checked_schema,
    declare,
    declared,
    forget,
    of_function,
)
from .library_declared import Declared, Formula

__all__ = ["custom_op", "impl", "impl_abstract", "impl_backward", "impl_save_for_backward"]


def custom_op(qualname: str, func_or_schema: Any = None) -> Any:
    """Declare an operator, by a schema or by the annotations of a function, which is never called. A decorator without these.

    Parameters
    ----------
    qualname : str
        ``namespace::name``.
    func_or_schema : callable or str, optional
        A function of that name, or ``"(Tensor x) -> Tensor"``.

    Raises
    ------
    ArgumentError
        If the name or the schema is not one that there can be.
    UsageError
        If there is an operator of that name.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> from wengert.compat.torch import _custom_ops as custom_ops
    >>> @custom_ops.custom_op("examples::tripled")
    ... def tripled(x: torch.Tensor) -> torch.Tensor: ...
    >>> @custom_ops.impl("examples::tripled")
    ... def _(x):
    ...     return x * 3
    >>> @custom_ops.impl_save_for_backward("examples::tripled")
    ... def _(inputs, output):
    ...     return None
    >>> @custom_ops.impl_backward("examples::tripled")
    ... def _(ctx, saved, grad):
    ...     return {"x": grad * 3}
    >>> x = torch.ones(2, requires_grad=True)
    >>> torch.ops.examples.tripled(x).sum().backward()
    >>> x.grad
    tensor([3., 3.])
    >>> custom_ops._destroy("examples::tripled")
    """
    _, name = checked_name(qualname)
    if isinstance(func_or_schema, str):
        declare(qualname, checked_schema(name, func_or_schema))
        return None

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        declare(qualname, of_function(name, function))
        return function

    return decorate if func_or_schema is None else decorate(func_or_schema)


def impl(qualname: str, *, device_types: Any = ("cpu", "cuda"), func: Any = None) -> Any:
    """Let a function compute an operator on devices. A decorator if it is left out.

    Raises
    ------
    ArgumentError
        If there is no such device.
    UsageError
        If something computes it there already.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        keys = checked_device_types(device_types)
        op = declared(qualname)
        taken = [key for key in (*keys, "CompositeImplicitAutograd", "CompositeExplicitAutograd") if key in op.kernels]
        if taken:
            raise UsageError(f"impl: {qualname}: the operator already has an implementation for {taken[0]}")
        op.kernels.update(dict.fromkeys(keys, function))
        return function

    return decorate if func is None else decorate(func)


def impl_abstract(qualname: str, *, func: Any = None) -> Any:
    """Taken note of by compilers, of which there is none here. A decorator if `func` is left out."""
    declared(qualname)
    return (lambda func: func) if func is None else func


def impl_save_for_backward(qualname: str, *, func: Any = None) -> Any:
    """Let ``func(inputs, output)`` give what the derivative of an operator needs. A decorator if it is left out.

    Raises
    ------
    UsageError
        If the operator cannot have a derivative of this kind.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        _formula(qualname).save = function
        return function

    return decorate if func is None else decorate(func)


def impl_backward(qualname: str, output_differentiability: Sequence[bool] | None = None, *, func: Any = None) -> Any:
    """Let ``func(ctx, saved, *grads)`` be the derivative of an operator. A decorator if it is left out.

    Parameters
    ----------
    qualname : str
    output_differentiability : sequence of bool, optional
        Of each result, whether it has a gradient.
    func : callable, optional
        Gives a dictionary, with a gradient for each argument that is a tensor, and a list of them for a list.

    Raises
    ------
    UsageError
        If the operator cannot have a derivative of this kind, or `output_differentiability` does not fit its results.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        formula = _formula(qualname)
        results, told = len(formula.op.schema.results), output_differentiability
        if told is not None and (not isinstance(told, (list, tuple)) or len(told) != results):
            raise UsageError(f"impl_backward: output_differentiability: expected {results} bools in a list, got {told!r}")
        formula.backward, formula.differentiable = function, told
        return function

    return decorate if func is None else decorate(func)


def _formula(qualname: str) -> Formula:
    op: Declared = declared(qualname)
    reason = op.schema.obstacle
    for key in op.kernels:
        if key.startswith("Autograd") or key == "CompositeImplicitAutograd":
            reason = f"operator with a kernel for {key}, which has a derivative"
    if reason is not None:
        raise UsageError(f"impl_backward, impl_save_for_backward: {qualname}: {reason}; it has schema {op.schema.text}")
    if op.formula is None:
        op.formula = Formula(op)
    return op.formula


_destroy = forget
