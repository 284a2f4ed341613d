"""Jacobians twice over: by finite differences, and by backward passes. `gradcheck` compares them.

The Jacobian of an output with respect to an input is a NumPy array of shape (input size, output size). Complex
functions are taken apart so that every function compared is real (A4.4): the real and the imaginary part of an output
are two functions, and a complex input counts as two real ones, whose derivatives are reported as d/dRe + i d/dIm, which
is what a backward returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np

from ..arrays.adapter import adapter_of
from ..arrays.batched import beneath
from ..autograd.interpreter import Interpreter, installed
from ..autograd.node import NO_EDGE, Node
from ..autograd.requests import grad
from ..autograd.tensor import Tensor, wrap
from ..errors import ChangingOutputError, DerivativeCheckError, OperandError

__all__ = [
    "Input",
    "Output",
    "Part",
    "Problem",
    "analytical",
    "as_outputs",
    "check_kind",
    "host",
    "numerical",
    "numerical_along",
    "unit_columns",
]


class Input(NamedTuple):
    """A differentiated input: where it stands among the arguments, for messages, and the tensor."""

    label: str
    tensor: Tensor


class Output(NamedTuple):
    """A differentiable output: its position in what the function returns, and the tensor of the first call."""

    number: int
    tensor: Tensor


class Part(NamedTuple):
    """Which real function of the outputs is looked at: the outputs themselves, or one part of complex ones."""

    words: str
    of: Callable[[Any], Any]
    unit: complex  # the gradient of that part of a complex output with respect to the output

    def unit_for(self, output: Output) -> complex:
        """The gradient of this part with respect to `output`."""
        return self.unit if host(output.tensor).dtype.kind == "c" else 1


class Problem(NamedTuple):
    """One function under test, called once."""

    func: Callable[..., Any]
    arguments: tuple[Any, ...]
    inputs: list[Input]
    outputs: list[Output]

    def values(self) -> list[Any]:
        """The outputs at the present values of the inputs, as NumPy arrays that later calls do not overwrite."""
        results = as_outputs(self.func(*self.arguments))
        return [np.array(host(results[output.number])) for output in self.outputs]


def host(tensor: Tensor) -> Any:
    """The values of `tensor` as a NumPy array."""
    return adapter_of(tensor.array).to_host(tensor.array)


def as_outputs(result: Any) -> tuple[Tensor, ...]:
    """What the function returned, as a tuple of Tensors."""
    found = tuple(result) if isinstance(result, tuple | list) else (result,)
    for index, item in enumerate(found):
        if not isinstance(item, Tensor):
            raise OperandError(f"func: output {index} must be a Tensor, got {type(item).__name__}")
    return found


# -- by finite differences ---------------------------------------------------------------------------------------------
@contextmanager
def _writable(tensor: Tensor) -> Iterator[Any]:
    """A NumPy array writing to which changes the values of `tensor`; afterwards all is as it was.

    The tensor's own array where that can be written: the function may know it by another name (a view, a closure).
    """
    array = tensor.array
    if isinstance(array, np.ndarray) and array.flags.writeable:
        before = array.copy()
        try:
            yield array
        finally:
            array[...] = before
    else:
        with _replaced(tensor, array) as copy:
            yield copy


@contextmanager
def _replaced(tensor: Tensor, array: Any) -> Iterator[Any]:
    copy = np.array(adapter_of(array).to_host(array))
    tensor._array = adapter_of(array).from_host(copy, adapter_of(array).device(array))
    try:
        yield copy
    finally:
        tensor._array = array


def _difference(problem: Problem, array: Any, step: Any, eps: float, part: Part) -> list[Any]:
    """The central difference along `step`, flat, one for each output."""
    before = array.copy()
    ends = []
    for sign in (1, -1):
        array[...] = before + sign * step
        values = problem.values()
        _check_steady(problem, values)
        ends.append([part.of(value) for value in values])
    array[...] = before
    # Booleans cannot be subtracted, and differences of unsigned integers wrap around.
    wide = [[v.astype(np.result_type(v.dtype, np.float64)).reshape(-1) for v in values] for values in ends]
    return [(high - low) / (2 * eps) for high, low in zip(*wide, strict=True)]


def _check_steady(problem: Problem, values: list[Any]) -> None:
    """Raise if the outputs are not of the shape and dtype that they had at the first call."""
    for output, value in zip(problem.outputs, values, strict=True):
        first = host(output.tensor)
        for what in ("shape", "dtype"):
            was, now = getattr(first, what), getattr(value, what)
            if was != now:
                raise ChangingOutputError(
                    f"gradcheck expects functions to return outputs with the same {what} when inputs are perturbed: output "
                    f"{output.number} had {what} {was}, now {now}"
                )


def directional(problem: Problem, array: Any, direction: tuple[Any, Any], eps: float, part: Part) -> list[Any]:
    """The derivative of each output along `direction`, a pair: for the real and for the imaginary part of the input."""
    along, across = direction
    derivatives = _difference(problem, array, eps * along, eps, part)
    if array.dtype.kind == "c":
        turned = _difference(problem, array, 1j * eps * across, eps, part)
        derivatives = [a + 1j * b for a, b in zip(derivatives, turned, strict=True)]
    return derivatives


def numerical(problem: Problem, eps: float, part: Part) -> list[list[Any]]:
    """The Jacobian of each output with respect to each input, element by element: ``result[output][input]``."""
    by_input = []
    for item in problem.inputs:
        with _writable(item.tensor) as array:
            rows = []
            for index in np.ndindex(array.shape):
                unit = np.zeros(array.shape, array.real.dtype)
                unit[index] = 1
                rows.append(directional(problem, array, (unit, unit), eps, part))
            count = array.size
        sizes = [host(output.tensor).size for output in problem.outputs]
        by_input.append([np.array([row[o] for row in rows]).reshape(count, size) for o, size in enumerate(sizes)])
    return [list(of_output) for of_output in zip(*by_input, strict=True)]


def numerical_along(
    problem: Problem, directions: Sequence[tuple[Any, Any]], weights: Sequence[Any], eps: float, part: Part
) -> list[list[complex]]:
    """One number for each output and input: the derivative along a direction of the input, weighted over the output."""
    by_input = []
    for item, direction in zip(problem.inputs, directions, strict=True):
        with _writable(item.tensor) as array:
            found = directional(problem, array, direction, eps, part)
        by_input.append([np.dot(weight.reshape(-1), d) for weight, d in zip(weights, found, strict=True)])
    return [list(of_output) for of_output in zip(*by_input, strict=True)]


# -- by backward passes ------------------------------------------------------------------------------------------------
class _Watch(Interpreter):
    """Sees to it that no rule writes into the gradient it is given, which others may share."""

    def visit(self, node: Node, grad: Any, wanted: Any, recorded: bool) -> Any:
        given = _arrays(grad)
        before = [None if g is None else np.array(g) for g in given]
        results = super().visit(node, grad, wanted, recorded)
        for number, (g, old) in enumerate(zip(given, before, strict=True)):
            if old is not None and not np.array_equal(g, old, equal_nan=True):
                raise DerivativeCheckError(
                    f"the derivative of {node.name()} wrote into the gradient of output {number} that it was given; "
                    "others may share that array, so a derivative must return a new one"
                )
        return results


def _arrays(grads: Any) -> list[Any]:
    """The NumPy arrays of the gradients of a node. The list itself belongs to the node, and may be emptied by it."""
    found = []
    for g in grads if isinstance(grads, list | tuple) else (grads,):
        array = g.array if isinstance(g, Tensor) else g
        under = None if array is None else beneath(array)[0]  # of all samples, in a backward of a function that uses vmap
        found.append(None if under is None else adapter_of(under).to_host(under))
    return found


def weighted_gradient(output: Tensor, weight: Any, inputs: Sequence[Input]) -> list[Any]:
    """The gradient of the output weighted by `weight`, with respect to each input; None where it does not depend."""
    adapter = adapter_of(output.array)
    like = np.asarray(weight, dtype=host(output).dtype).reshape(output.shape)
    weight_tensor = wrap(adapter.from_host(like, adapter.device(output.array)), NO_EDGE, output._family)
    return list(grad(output, [i.tensor for i in inputs], weight_tensor, retain_graph=True, allow_unused=True))


def unit_columns(output: Output, part: Part) -> Iterator[Any]:
    """The unit vectors of the output's space, one at a time."""
    value = host(output.tensor)
    for j in range(value.size):
        weight = np.zeros(value.size, value.dtype)
        weight[j] = part.unit_for(output)
        yield weight


def columns(output: Output, weights: Sequence[Any], inputs: Sequence[Input], check_dtypes: bool) -> list[Any]:
    """For each input the array of shape (input size, number of weights) of the weighted gradients."""
    found = [np.zeros((host(i.tensor).size, len(weights)), host(i.tensor).dtype) for i in inputs]
    for j, weight in enumerate(weights):
        for item, jacobian, gradient in zip(
            inputs, found, weighted_gradient(output.tensor, weight, inputs), strict=True
        ):
            if gradient is None:
                continue
            check_kind(gradient, item, f"output {output.number}", check_dtypes)
            jacobian[:, j] = host(gradient).reshape(-1)
    return found


def check_kind(gradient: Tensor, item: Input, of: str, dtypes: bool) -> None:
    """Raise if `gradient` has not the shape (and, if `dtypes`, the dtype) of the input."""
    for what in ("shape", "dtype") if dtypes else ("shape",):
        got, expected = getattr(gradient, what), getattr(item.tensor, what)
        if got != expected:
            raise DerivativeCheckError(
                f"the gradient of {of} with respect to {item.label} has {what} {got}, the input has {what} {expected}"
            )


def analytical(
    output: Output, weights: Sequence[Any], inputs: Sequence[Input], nondet_tol: float, check_dtypes: bool
) -> list[Any]:
    """As `columns`, computed twice: a backward must give the same each time, and write to nothing it does not own."""
    first = columns(output, weights, inputs, check_dtypes)
    with installed(_Watch()):
        second = columns(output, weights, inputs, check_dtypes)
    for item, a, b in zip(inputs, first, second, strict=True):
        apart = np.abs(a - b).max(initial=0.0)
        if apart > nondet_tol:
            raise DerivativeCheckError(
                f"two backward passes from output {output.number} gave different gradients with respect to "
                f"{item.label}: they are up to {apart:.3g} apart, and nondet_tol is {nondet_tol:.3g}. Backward is not "
                "reentrant: something in it depends on chance, or changes what was saved"
            )
    return first
