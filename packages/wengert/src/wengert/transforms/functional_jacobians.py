"""``wengert.autograd.functional``: `jacobian` and `hessian` (rules A3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..autograd.tensor import Tensor
from ..errors import MissingRuleError, StrategyError, TransformError
from ..ops.joining import stack
from .calls import recording
from .evaluation import CONSTANT_GRADIENT, Evaluation, Nested, detached
from .forward import duals, forward_level, moved
from .functional import CONSTANT
from .jacobians import jacobian_blocks, over_units, units
from .jvp import filled

__all__ = ["hessian", "jacobian"]

REVERSE, FORWARD = "reverse-mode", "forward-mode"


def jacobian(
    func: Callable[..., Any],
    inputs: Nested,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = REVERSE,
) -> Any:
    """The Jacobian of `func`.

    Parameters
    ----------
    func : callable
        Takes `inputs`, returns a Tensor or a tuple of them.
    inputs : Tensor or tuple of Tensor
        Where.
    create_graph : bool
        Record the result, so that it can be differentiated.
    strict : bool
        Raise if an output does not depend on an input; otherwise the derivative is zero.
    vectorize : bool
        Compute all rows in one batched backward, in place of one backward for each.
    strategy : str
        ``"reverse-mode"``, or ``"forward-mode"``: column by column, where there are fewer inputs than outputs.

    Returns
    -------
    Tensor, or nested tuples of them
        For an output and an input of shapes `m` and `n` a Tensor of shape ``m + n``: one, if both are single; a tuple of
        them, for each output or each input, if one of the two is a tuple; a tuple for each output of those for each input,
        if both are.

    Raises
    ------
    TransformError, TransformTypeError, RequiresGradDtypeError
        If `func` or `inputs` do not suit, or `strict` is combined with what looks at many rows at once.
    StrategyError
        If there is no such strategy.
    MissingRuleError
        If ``"forward-mode"`` is combined with ``create_graph=True`` or ``vectorize=False``.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.autograd.functional.jacobian(lambda x: x**2, wg.tensor([1.0, 2.0]), vectorize=True)
    tensor([[2., 0.],
            [0., 4.]])
    """
    _check_options("jacobian", create_graph, strict, vectorize, "strategy", strategy)
    return _jacobian("jacobian", func, inputs, create_graph, strict, vectorize, strategy)


def _jacobian(
    name: str, func: Callable[..., Any], inputs: Nested, create_graph: bool, strict: bool, vectorize: bool, strategy: str
) -> Any:
    with recording():
        made = Evaluation(name, func, inputs, create_graph, strict)
        if strategy == FORWARD:
            return made.rows(_by_columns(made))
        made.run()
        return made.rows([_by_rows(made, number, vectorize) for number in range(len(made.outputs))])


def _by_rows(made: Evaluation, number: int, vectorize: bool) -> list[Tensor]:
    """The Jacobian of output `number` with respect to each input."""
    output, record = made.outputs[number], made.create_graph
    missing = f"Output {number} of the user-provided function is independent of input {{}}."
    constant = CONSTANT if record else None

    def row(unit: Tensor) -> list[Tensor]:
        return made.checked(made.gradients([output], [unit], record=record, keep=True), made.inputs, missing, constant)

    if vectorize:
        rows = over_units(row, [output])
    else:
        rows = [stack(list(of_input)) for of_input in zip(*map(row, *units([output])), strict=True)]
    return [r.reshape((*output.shape, *x.shape)) for r, x in zip(rows, made.inputs, strict=True)]


def _by_columns(made: Evaluation) -> list[list[Tensor]]:
    """For each output the Jacobian with respect to each input, in forward mode; not recorded."""
    with forward_level() as free:
        if free:
            primals = [detached(x) for x in made.inputs]
            changes = over_units(lambda *directions: _pushed(made, duals(primals, directions)), primals)
        else:
            derivative = made.run().derivative()
            changes = over_units(lambda *t: filled(derivative.along(t, record=False), made.outputs), made.inputs)
        return jacobian_blocks(changes, made.outputs, made.inputs)


def _pushed(made: Evaluation, inputs: list[Tensor]) -> list[Tensor]:
    made.run_with(inputs)
    return filled(moved(made.outputs)[1], made.outputs)


def hessian(
    func: Callable[..., Any],
    inputs: Nested,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = REVERSE,
) -> Any:
    """The Hessian of `func`, which returns one number: the Jacobian of its gradient.

    Parameters
    ----------
    func, inputs, create_graph, strict, vectorize
        As for `jacobian`.
    outer_jacobian_strategy : str
        How the gradient is differentiated: `strategy` of `jacobian`.

    Returns
    -------
    Tensor, or tuple of tuples of them
        For inputs of shapes `m` and `n` a Tensor of shape ``m + n``: a tuple for each input of those for each input, if
        `inputs` is a tuple.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.autograd.functional.hessian(lambda x: (x**3).sum(), wg.tensor([1.0, 2.0]), vectorize=True)
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    _check_options("hessian", create_graph, strict, vectorize, "outer_jacobian_strategy", outer_jacobian_strategy)

    def gradient(*inside: Tensor) -> Any:
        made = Evaluation("hessian", func, inside if isinstance(inputs, tuple) else inside[0], True, strict).run()
        return made.result(made.gradient(missing=CONSTANT_GRADIENT), made.bare_input)

    return _jacobian("hessian", gradient, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)


def _check_options(name: str, create_graph: bool, strict: bool, vectorize: bool, argument: str, strategy: str) -> None:
    if strategy not in (REVERSE, FORWARD):
        raise StrategyError(f"{name}: {argument}: expected {REVERSE!r} or {FORWARD!r}, got {strategy!r}")
    if strategy == FORWARD and create_graph:
        raise MissingRuleError(f"{name}: create_graph=True does not go with {argument}={FORWARD!r}; use {REVERSE!r}")
    if strict and (vectorize or strategy == FORWARD):
        together = f"{argument}={FORWARD!r}" if strategy == FORWARD else "vectorize=True"
        raise TransformError(f"{name}: strict=True and {together} are not supported together: that looks at all rows at once")
    if strategy == FORWARD and not vectorize:
        raise MissingRuleError(f"{name}: {argument}={FORWARD!r} needs vectorize=True")
