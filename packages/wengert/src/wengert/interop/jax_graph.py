"""A function of JAX inside of Wengert's graph: its derivative is JAX's, by ``jax.vjp``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ..autograd.saved import Version
from ..autograd.tensor import Tensor
from ..errors import VersionError
from .foreign import ForeignFunction, cross
from .jax_memory import address, conjugate, from_numpy, to_numpy

__all__ = ["JaxFunction", "JaxGraph", "outputs_of_jax"]

#: A function of the arrays that cross, to a list of those that come back.
Flat = Callable[..., list[jax.Array]]


class JaxFunction(ForeignFunction):
    """Its nodes are called ``JaxFunctionBackward``."""


class JaxGraph:
    """What ``jax.vjp`` gave of a function at its inputs.

    Parameters
    ----------
    border : str
        The border and the function at it, for messages.
    flat : callable
        The function of all the inputs that cross, as a flat list.
    inputs : sequence of jax.Array
        These inputs.
    differentiated : sequence of int
        The numbers of those that a derivative may be wanted of.
    raw : bool
        Whether Wengert's tensors hold JAX's arrays already.

    Attributes
    ----------
    outs : list of jax.Array
        What the function returned.
    """

    has_leaves = False
    __slots__ = ("__weakref__", "_differentiated", "_flat", "_inputs", "_pull", "_raw", "_watched", "border", "outs")

    def __init__(
        self, border: str, flat: Flat, inputs: Sequence[jax.Array], differentiated: Sequence[int], raw: bool
    ) -> None:
        self.border, self._flat, self._raw = border, flat, raw
        self._inputs, self._differentiated = list(inputs), list(differentiated)
        self._watched: list[tuple[int, Version, int]] = []
        if differentiated:
            self.outs, self._pull = jax.vjp(self._partial, *[inputs[i] for i in differentiated])
        else:
            self.outs, self._pull = flat(*inputs), None
        if not raw:  # JAX computes while we go on, and reads memory that somebody may write to
            jax.block_until_ready((self.outs, self._pull))

    def _partial(self, *differentiated: jax.Array) -> list[jax.Array]:
        """The function of the inputs that are differentiated; the others are constants."""
        inputs = list(self._inputs)
        for number, value in zip(self._differentiated, differentiated, strict=True):
            inputs[number] = value
        return self._flat(*inputs)

    def watch(self, tensors: Sequence[Tensor]) -> None:
        """Know when an argument is written to whose memory JAX has saved: it takes its arrays for immutable."""
        saved = {address(leaf) for leaf in jax.tree_util.tree_leaves(self._pull) if isinstance(leaf, jax.Array)}
        for number, (tensor, array) in enumerate(zip(tensors, self._inputs, strict=True)):
            if address(array) in saved:
                counter = tensor._counter()
                self._watched.append((number, counter, counter.value))

    def _check_versions(self) -> None:
        for number, counter, seen in self._watched:
            if counter.value != seen:
                raise VersionError(
                    f"{self.border}: input {number} was modified by an inplace operation after JAX had saved it for the "
                    f"backward: it is at version {counter.value}, expected {seen}; write out of place, or pass a clone()"
                )

    # -- gradients ---------------------------------------------------------------------------------------------------
    def gradients(self, grads: Sequence[Any], wanted: Sequence[bool], *, leaves: bool, keep: bool) -> list[Any]:
        """See `ForeignGraph`."""
        self._check_versions()
        found: list[Any] = [None] * len(self._inputs)
        if all(grad is None for grad in grads):
            return found
        cotangents = [
            self._cotangent(number, None if grad is None else self._there(grad, number)) for number, grad in enumerate(grads)
        ]
        assert self._pull is not None
        for number, array in zip(self._differentiated, self._pull(cotangents), strict=True):
            if wanted[number]:
                name = f"{self.border}: the gradient of input {number}"
                found[number] = conjugate(array) if self._raw else to_numpy(conjugate(array), name)
        return found

    def _there(self, grad: Any, number: int) -> jax.Array:
        return grad if self._raw else from_numpy(grad, f"{self.border}: the gradient of output {number}")

    def _cotangent(self, number: int, grad: Any) -> Any:
        """What ``jax.vjp`` wants for an output: zeros for no gradient, of a dtype of their own where there can be none."""
        out = self.outs[number]
        if not jax.numpy.issubdtype(out.dtype, np.inexact):
            return np.zeros(out.shape, jax.dtypes.float0)
        return jax.numpy.zeros(out.shape, out.dtype) if grad is None else conjugate(grad)

    def recorded_gradients(
        self, inputs: Sequence[Tensor], grads: Sequence[Tensor | None], wanted: Sequence[bool], *, keep: bool
    ) -> list[Tensor | None]:
        """See `ForeignGraph`: the derivative is itself a function of JAX, of the inputs and of these gradients."""
        self._check_versions()
        found: list[Tensor | None] = [None] * len(self._inputs)
        given = [(number, grad) for number, grad in enumerate(grads) if grad is not None]
        numbers = [number for number in self._differentiated if wanted[number]]
        if not given or not numbers:
            return found
        count = len(self._inputs)

        def derivative(*arrays: jax.Array) -> list[jax.Array]:
            values, directions = arrays[:count], dict(zip([n for n, _ in given], arrays[count:], strict=True))

            def of_wanted(*chosen: jax.Array) -> list[jax.Array]:
                own = list(values)
                for number, value in zip(numbers, chosen, strict=True):
                    own[number] = value
                return self._flat(*own)

            _, pull = jax.vjp(of_wanted, *[values[number] for number in numbers])
            cotangents = [self._cotangent(number, directions.get(number)) for number in range(len(self.outs))]
            return [conjugate(gradient) for gradient in pull(cotangents)]

        tensors = [*inputs, *[grad for _, grad in given]]
        arrays = [*self._inputs, *[self._there(grad._array, number) for number, grad in given]]
        chosen = [i for i, tensor in enumerate(tensors) if tensor.requires_grad]
        graph = JaxGraph(self.border, derivative, arrays, chosen, self._raw)
        names = [f"{self.border}: the gradient of input {number}" for number in numbers]
        for number, tensor in zip(numbers, outputs_of_jax(graph, names, tensors), strict=True):
            found[number] = tensor
        return found


def outputs_of_jax(graph: JaxGraph, names: Sequence[object], inputs: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """The outputs of `graph` as Tensors in Wengert's graph. One in the memory of an input, which may be written to, is copied."""
    taken = set() if graph._raw else {address(array) for array in graph._inputs}
    arrays = []
    for out, name in zip(graph.outs, names, strict=True):
        shared = address(out) in taken
        array = out if graph._raw else to_numpy(out, name)
        arrays.append(array.copy() if shared else array)
    placed = cross(JaxFunction, graph, arrays, [], inputs)
    if not graph._raw and any(tensor.requires_grad for tensor in placed):
        graph.watch(inputs)
    return placed
