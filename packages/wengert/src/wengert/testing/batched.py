"""Derivatives of a whole batch at once, by `vmap`, beside those of one after the other (A4.5)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..arrays.adapter import adapter_of
from ..autograd.requests import grad
from ..autograd.tensor import Tensor, wrap
from ..errors import DerivativeCheckError
from ..transforms.vmap import vmap
from .forward_mode import pushed_forward
from .jacobians import Problem, host

__all__ = ["check_batched_gradients", "check_batched_tangents"]

#: How many gradients or tangents make a batch.
COUNT = 2


def check_batched_gradients(problem: Problem) -> None:
    """Several gradients of an output give the same together (``is_grads_batched``) as each of them alone."""
    rng = np.random.default_rng(0)
    tensors = [item.tensor for item in problem.inputs]
    for output in problem.outputs:
        weights = _random_batch(output.tensor, rng)

        def of_one(weight: Tensor, output: Tensor = output.tensor) -> Any:
            return grad(output, tensors, weight, retain_graph=True, allow_unused=True)

        def of_all(weights: Tensor, output: Tensor = output.tensor) -> Any:
            return grad(output, tensors, weights, retain_graph=True, allow_unused=True, is_grads_batched=True)

        _compare(of_one, of_all, weights, f"gradients of output {output.number} with respect to input")


def check_batched_tangents(problem: Problem) -> None:
    """Several tangents of an input give the same together (forward mode inside of `vmap`) as each of them alone."""
    rng = np.random.default_rng(0)
    for item in problem.inputs:

        def of_one(tangent: Tensor, tensor: Tensor = item.tensor) -> tuple[Tensor, ...]:
            return pushed_forward(problem, {id(tensor): tangent})

        _compare(of_one, vmap(of_one), _random_batch(item.tensor, rng), f"tangents, in direction of {item.label}, of output")


def _random_batch(tensor: Tensor, rng: np.random.Generator) -> Tensor:
    """`COUNT` random tensors of the shape and kind of `tensor`, along a first axis."""
    value = host(tensor)
    numbers: Any = rng.uniform(-1, 1, (COUNT, *value.shape))
    if value.dtype.kind == "c":
        numbers = numbers + 1j * rng.uniform(-1, 1, numbers.shape)
    adapter = adapter_of(tensor.array)
    return wrap(adapter.from_host(np.asarray(numbers, dtype=value.dtype), adapter.device(tensor.array)), cls=tensor._family)


def _compare(
    of_one: Callable[[Tensor], Sequence[Any]], of_all: Callable[[Tensor], Sequence[Any]], batch: Tensor, what: str
) -> None:
    separate = [of_one(batch[i]) for i in range(COUNT)]
    try:
        with _without_advice():
            together = of_all(batch)
    except RuntimeError as error:
        raise DerivativeCheckError(f"while computing batched {what}s, got {type(error).__name__}: {error}") from error
    for number, (whole, *parts) in enumerate(zip(together, *separate, strict=True)):
        if whole is None and all(part is None for part in parts):
            continue
        found = [0.0 if part is None else host(part) for part in parts]
        got = 0.0 if whole is None else host(whole)
        if not all(np.allclose(g, f) for g, f in zip(np.broadcast_to(got, (COUNT, *np.shape(got)[1:])), found, strict=True)):
            raise DerivativeCheckError(
                f"the batched {what} {number} are not what they are one by one; together:\n{got}\none by one:\n{found}"
            )


@contextmanager
def _without_advice() -> Iterator[None]:
    """Inside, nobody is told that an operator is called sample by sample: how fast it is does not matter here."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="vmap: .* has no batching rule", category=UserWarning)
        yield
