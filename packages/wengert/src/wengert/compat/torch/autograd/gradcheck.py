"""``torch.autograd.gradcheck``: finite differences against what a backward returns."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ....autograd.tensor import Tensor as Base
from ....errors import ArgumentError
from ....errors import DerivativeCheckError as GradcheckError
from ....testing import gradcheck, gradgradcheck
from ....testing.gradients import WHOLE
from ....testing.jacobians import Input, Output, Problem, host, numerical, unit_columns, weighted_gradient
from ..tensor import leaf

__all__ = ["GradcheckError", "get_analytical_jacobian", "get_numerical_jacobian", "gradcheck", "gradgradcheck"]


def get_numerical_jacobian(
    fn: Callable[..., Any], inputs: Any, target: Any = None, eps: float = 1e-3, grad_out: Any = 1.0
) -> Any:
    """The Jacobians of the first output of `fn`, which takes its inputs as one tuple, by finite differences. An old name.

    Raises
    ------
    ArgumentError
        If `grad_out` is not 1.
    """
    _deprecated("get_numerical_jacobian", grad_out)
    arguments = inputs if isinstance(inputs, tuple | list) else (inputs,)
    wanted = target if isinstance(target, tuple | list) else arguments if target is None else (target,)

    def first(*given: Any) -> Any:
        result = fn(given)
        return result[0] if isinstance(result, tuple | list) else result

    problem = Problem(first, tuple(arguments), _inputs(wanted), [Output(0, first(*arguments))])
    return [leaf(j) for j in numerical(problem, eps, WHOLE)[0]]


def get_analytical_jacobian(inputs: Any, output: Any, nondet_tol: float = 0.0, grad_out: Any = 1.0) -> Any:
    """The Jacobians of `output` by two backward passes for each element, and what those agree in. An old name.

    Returns
    -------
    tuple
        The Jacobians; whether both passes gave the same; whether gradients had the shapes of their inputs, and the dtypes.

    Raises
    ------
    ArgumentError
        If `grad_out` is not 1.
    """
    _deprecated("get_analytical_jacobian", grad_out)
    passes, shaped, typed = [], True, True
    for _ in range(2):
        found = [np.zeros((host(i.tensor).size, host(output).size), host(i.tensor).dtype) for i in _inputs(inputs)]
        for column, weight in enumerate(unit_columns(Output(0, output), WHOLE)):
            gradients = weighted_gradient(output, weight, _inputs(inputs))
            for item, jacobian, g in zip(_inputs(inputs), found, gradients, strict=True):
                if g is None:
                    continue
                typed = typed and g.dtype == item.tensor.dtype
                if g.shape == item.tensor.shape:
                    jacobian[:, column] = host(g).reshape(-1)
                else:
                    shaped = False
        passes.append(found)
    alike = all(np.abs(a - b).max(initial=0.0) <= nondet_tol for a, b in zip(*passes, strict=True))
    return tuple(leaf(j) for j in passes[0]), alike, shaped, typed


def _inputs(values: Any) -> list[Input]:
    tensors = [v for v in values if isinstance(v, Base) and v.requires_grad]
    return [Input(f"input {number}", tensor) for number, tensor in enumerate(tensors)]


def _deprecated(name: str, grad_out: Any) -> None:
    warnings.warn(
        f"`{name}` was part of PyTorch's private API and not meant to be exposed; use torch.autograd.functional.jacobian",
        FutureWarning,
        stacklevel=3,
    )
    if grad_out != 1.0:
        raise ArgumentError(f"{name}: Expected grad_out to be 1.0, got {grad_out}")
