"""What `gradcheck` checks of a backward besides its Jacobian (A4.5)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..autograd.node import NO_EDGE
from ..autograd.requests import grad
from ..autograd.tensor import Tensor, wrap
from ..errors import DerivativeCheckError
from ..function import Function
from .jacobians import Output, Part, Problem, as_outputs, check_kind, host, numerical

__all__ = ["check_constant", "check_undefined", "check_zero_gradient"]


def check_constant(problem: Problem, returned: tuple[Tensor, ...], eps: float, whole: Part) -> None:
    """A function none of whose outputs requires grad must not depend on its inputs."""
    constant = problem._replace(outputs=[Output(number, tensor) for number, tensor in enumerate(returned)])
    for output, numeric in zip(constant.outputs, numerical(constant, eps, whole), strict=True):
        for item, n in zip(constant.inputs, numeric, strict=True):
            if np.any(n != 0):
                raise DerivativeCheckError(
                    f"Numerical gradient for function expected to be zero, since output {output.number} does not require grad; "
                    f"yet it changes with {item.label}:\n{n}"
                )


def check_zero_gradient(problem: Problem, outputs: list[Tensor]) -> None:
    """The gradients of the inputs are linear in those of the outputs: zeros in, zeros out, of the inputs' dtypes."""
    zeros = [wrap(np.zeros_like(o.array), NO_EDGE, o._family) for o in outputs]
    tensors = [item.tensor for item in problem.inputs]
    found = grad(outputs, tensors, zeros, retain_graph=True, allow_unused=True)
    for item, g in zip(problem.inputs, found, strict=True):
        if g is None:
            continue
        if np.any(host(g) != 0):
            raise DerivativeCheckError(
                "backward not multiplied by grad_output: with zeros for it, the gradient of "
                f"{item.label} is\n{host(g)}"
            )
        check_kind(g, item, "the outputs", True)


class UndefinedGrad(Function):
    """The identity, whose gradient is None: what lies before it must manage without."""

    @staticmethod
    def forward(_ctx: Any, x: Tensor) -> Tensor:
        return x.detach()

    @staticmethod
    def backward(_ctx: Any, *_grads: Any) -> None:
        return None


def check_undefined(problem: Problem) -> None:
    """A gradient of None stands for zeros: for all outputs at once, then for each of several in turn."""
    count = len(problem.outputs)
    cases = [set(range(count)), *({one} for one in range(count) if count > 1)]
    for case in cases:
        returned = as_outputs(problem.func(*problem.arguments))
        fresh = [returned[output.number] for output in problem.outputs]
        outputs = [UndefinedGrad.apply(o) if number in case else o for number, o in enumerate(fresh)]
        which = ", ".join(str(problem.outputs[number].number) for number in sorted(case))
        zeros = [wrap(np.zeros_like(o.array), NO_EDGE, o._family) for o in outputs]
        try:
            found = grad(outputs, [item.tensor for item in problem.inputs], zeros, allow_unused=True)
        except RuntimeError as error:
            _warn_of_undefined()
            raise DerivativeCheckError(
                "Expected backward function to handle undefined output grads (None): with None for output "
                f"{which} it failed: {type(error).__name__}: {error}"
            ) from error
        for item, g in zip(problem.inputs, found, strict=True):
            if g is not None and np.any(host(g) != 0):
                _warn_of_undefined()
                raise DerivativeCheckError(
                    f"with undefined (None) or zero gradients for all outputs, the gradient of {item.label} is "
                    f"expected to be undefined or zero; with None for output {which} it is\n{host(g)}"
                )


def _warn_of_undefined() -> None:
    """Say which argument leaves this check out: a function may pass all others and never be given such a gradient."""
    warnings.warn(
        "Backwards compatibility: New undefined gradient support checking feature is on by default and has found a fault; to do "
        "without it, pass check_undefined_grad=False",
        UserWarning,
        stacklevel=4,
    )
