"""Jacobians by forward mode, for `gradcheck` to compare with finite differences; in the form of `wengert.testing.jacobians`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..arrays.adapter import adapter_of
from ..autograd.forward import dual_level, make_dual, unpack_dual
from ..autograd.tensor import Tensor, wrap
from ..errors import DerivativeCheckError
from .jacobians import Input, Part, Problem, as_outputs, host

__all__ = ["check_undefined_tangents", "pushed", "pushed_along", "pushed_forward"]


def pushed_forward(problem: Problem, tangents: dict[int, Tensor], zeros: bool = True) -> tuple[Tensor, ...]:
    """The tangents of the outputs, for inputs with the tangents given by the ids of their tensors.

    The function gets its inputs without their place in the graph; those that have no tangent there, with one of zeros unless
    `zeros` is False.
    """
    known = {id(item.tensor) for item in problem.inputs}

    def dual(value: Any) -> Any:
        if isinstance(value, tuple | list):
            return type(value)(map(dual, value))
        if id(value) not in known:
            return value
        tangent = tangents.get(id(value))
        if tangent is None and not zeros:
            return value.detach()
        return make_dual(value.detach(), _like(value, 0.0) if tangent is None else tangent)

    with dual_level():
        results = as_outputs(problem.func(*map(dual, problem.arguments)))
        found = [(output.tensor, unpack_dual(results[output.number]).tangent) for output in problem.outputs]
        return tuple([_like(tensor, 0.0) if tangent is None else tangent for tensor, tangent in found])


def _like(tensor: Tensor, values: Any) -> Tensor:
    """The NumPy array or number `values`, broadcast to the shape and cast to the dtype of `tensor`, in its library."""
    adapter, value = adapter_of(tensor.array), host(tensor)
    array = np.array(np.broadcast_to(values, value.shape), dtype=value.dtype)
    return wrap(adapter.from_host(array, adapter.device(tensor.array)), cls=tensor._family)


def _tangents(problem: Problem, directions: dict[int, Any], zeros: bool = True) -> list[Any]:
    """The same of NumPy arrays."""
    known = {id(item.tensor): item.tensor for item in problem.inputs}
    return [host(t) for t in pushed_forward(problem, {key: _like(known[key], u) for key, u in directions.items()}, zeros)]


def _derivative(problem: Problem, item: Input, along: Any, across: Any, part: Part) -> list[Any]:
    """As `jacobians.directional`: flat, one for each output, d/dRe + i d/dIm where the input is complex."""
    tensor = item.tensor
    found = [part.of(t).reshape(-1) for t in _tangents(problem, {id(tensor): along})]
    if host(tensor).dtype.kind == "c":
        turned = [part.of(t).reshape(-1) for t in _tangents(problem, {id(tensor): 1j * across})]
        found = [a + 1j * b for a, b in zip(found, turned, strict=True)]
    return found


def pushed(problem: Problem, part: Part) -> list[list[Any]]:
    """The Jacobian of each output with respect to each input: ``result[output][input]``, a row for each unit tangent."""
    by_input = []
    for item in problem.inputs:
        shape = item.tensor.shape
        rows = []
        for index in np.ndindex(shape):
            unit = np.zeros(shape)
            unit[index] = 1
            rows.append(_derivative(problem, item, unit, unit, part))
        sizes = [host(output.tensor).size for output in problem.outputs]
        by_input.append([np.array([row[o] for row in rows]).reshape(len(rows), size) for o, size in enumerate(sizes)])
    return [list(of_output) for of_output in zip(*by_input, strict=True)]


def pushed_along(
    problem: Problem, directions: Sequence[tuple[Any, Any]], weights: Sequence[Any], part: Part
) -> list[list[complex]]:
    """One number for each output and input: the derivative along a direction of the input, weighted over the output."""
    by_input = []
    for item, direction in zip(problem.inputs, directions, strict=True):
        found = _derivative(problem, item, *direction, part)
        by_input.append([np.dot(weight.reshape(-1), d) for weight, d in zip(weights, found, strict=True)])
    return [list(of_output) for of_output in zip(*by_input, strict=True)]


def check_undefined_tangents(problem: Problem) -> None:
    """An input without a tangent counts as one whose tangent is zero, beside others that have one."""
    rng = np.random.default_rng(0)
    directions = {id(item.tensor): rng.uniform(-1, 1, item.tensor.shape) for item in problem.inputs}
    for item in problem.inputs:
        others = {key: value for key, value in directions.items() if key != id(item.tensor)}
        without = _tangents(problem, others, zeros=False)
        zero = _tangents(problem, {**others, id(item.tensor): np.zeros(item.tensor.shape)})
        for output, a, b in zip(problem.outputs, without, zero, strict=True):
            if not np.allclose(a, b):
                raise DerivativeCheckError(
                    f"Mismatch in tangent values for output {output.number} when {item.label} has an undefined tangent: "
                    f"got\n{a}\nand with a tangent of zeros\n{b}"
                )
