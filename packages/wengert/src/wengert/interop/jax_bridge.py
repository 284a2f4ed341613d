"""A function of Wengert inside of JAX: a ``custom_vjp`` whose parts run in Wengert, by ``pure_callback`` where JAX traces.

Where the values are there Wengert runs at once, and what it has recorded waits in the residuals for the derivative. While JAX
traces there is nothing to record: the program holds calls, of the function and of its derivative, which computes the forward
again. The derivative of a function of Wengert is another one, so that it crosses in the same way and has derivatives itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from ..autograd.contexts import enable_grad, inference_mode, no_grad
from ..autograd.modes import is_recording
from ..autograd.node import LEAF_EDGE, NO_EDGE, GradientEdge, get_gradient_edge
from ..autograd.requests import grad
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError, DtypeError
from ..ops.creation import zeros_like
from .jax_memory import conjugate, to_numpy

__all__ = ["Bridge", "checked_dtype"]

#: From the gradients of the outputs to those of the inputs, over what Wengert has recorded.
Pull = Callable[[Sequence[Any]], list[Any]]


class Bridge:
    """A function of Tensors, called with arrays of JAX.

    Parameters
    ----------
    border : str
        The border and the function at it, for messages.
    flat : callable
        From a list of Tensors to a list of Tensors.
    shapes : callable
        From the arrays to the shapes and dtypes of the results, without running anything of JAX.
    raw : bool
        Whether the Tensors are to hold JAX's arrays, traced ones too; else NumPy's.
    vmap_method : str
        What ``pure_callback`` does under ``jax.vmap``.
    """

    def __init__(
        self,
        border: str,
        flat: Callable[[list[Tensor]], list[Tensor]],
        shapes: Callable[[Sequence[Any]], list[jax.ShapeDtypeStruct]],
        raw: bool,
        vmap_method: str,
    ) -> None:
        self._border, self._flat, self._shapes = border, flat, shapes
        self._raw, self._vmap_method = raw, vmap_method

    def __call__(self, *arrays: jax.Array) -> list[jax.Array]:
        """The results, in JAX's graph."""
        call = jax.custom_vjp(self._primal)
        call.defvjp(self._forward, self._backward)
        return call(*arrays)

    # -- the function ------------------------------------------------------------------------------------------------
    def _primal(self, *arrays: jax.Array) -> list[jax.Array]:
        if self._at_once(arrays):
            with no_grad():
                return self._back(self._flat([wrap(array) for array in self._there(arrays)]))
        return jax.pure_callback(self._called_back, self._shapes(arrays), *arrays, vmap_method=self._vmap_method)

    def _called_back(self, *arrays: jax.Array) -> list[Any]:
        """What the program of JAX calls, with values."""
        with inference_mode(False), no_grad():
            outs = self._flat([wrap(np.asarray(array)) for array in arrays])
        promised = self._shapes(arrays)
        if len(outs) != len(promised):
            raise ArgumentError(f"{self._border}: result_shape: expected {len(promised)} arrays, got {len(outs)}")
        for number, (out, shape) in enumerate(zip(outs, promised, strict=True)):
            if out._shape != tuple(shape.shape) or out._dtype != shape.dtype:
                expected = f"{np.dtype(shape.dtype).name} {list(shape.shape)}"
                raise ArgumentError(
                    f"{self._border}: output {number}: expected {expected} by result_shape, got {out._dtype} {list(out._shape)}"
                )
        return [np.asarray(out._array) for out in outs]

    def _at_once(self, arrays: Sequence[Any]) -> bool:
        """Whether Wengert can compute with `arrays` here and now."""
        return self._raw or all(_is_here(array) for array in arrays)

    def _there(self, arrays: Sequence[jax.Array]) -> list[Any]:
        return list(arrays) if self._raw else [to_numpy(a, f"{self._border}: input {i}") for i, a in enumerate(arrays)]

    def _back(self, outs: Sequence[Tensor]) -> list[jax.Array]:
        """Results for JAX: copies, as JAX wants its memory aligned and written to by nobody."""
        if self._raw:
            return [out._array for out in outs]
        return [jnp.array(checked_dtype(out._array, f"{self._border}: output {i}")) for i, out in enumerate(outs)]

    # -- its derivative ----------------------------------------------------------------------------------------------
    def _forward(self, *arrays: jax.Array) -> tuple[list[jax.Array], Residuals]:
        if not all(_is_here(array) for array in arrays):
            return self(*arrays), Residuals(arrays, None)
        leaves = [wrap(array, LEAF_EDGE if _is_inexact(array) else NO_EDGE) for array in self._there(arrays)]
        with inference_mode(False), enable_grad():
            outs = self._flat(leaves)
        return self._back(outs), Residuals(arrays, self._pull(leaves, outs))

    def _pull(self, leaves: Sequence[Tensor], outs: Sequence[Tensor]) -> Pull:
        """The derivative over what has been recorded; it can be asked again and again."""
        chosen = [leaf for leaf in leaves if leaf.requires_grad]
        places = [get_gradient_edge(out) if out.requires_grad else None for out in outs]

        def pull(cotangents: Sequence[Any]) -> list[Any]:
            pairs = [(place, wrap(ct)) for place, ct in zip(places, self._seeds(cotangents), strict=True) if place is not None]
            roots: list[GradientEdge] = [place for place, _ in pairs]
            found: Sequence[Tensor | None] = [None] * len(chosen)
            if pairs and chosen:
                found = grad(roots, chosen, [ct for _, ct in pairs], retain_graph=True, allow_unused=True)
            return self._back([zeros_like(leaf) if g is None else g for g, leaf in zip(found, chosen, strict=True)])

        return pull

    def _seeds(self, cotangents: Sequence[Any]) -> list[Any]:
        return [ct if self._raw or ct.dtype == jax.dtypes.float0 else np.asarray(ct) for ct in cotangents]

    def _backward(self, residuals: Residuals, cotangents: Sequence[Any]) -> tuple[Any, ...]:
        arrays, pull = residuals.arrays, residuals.pull
        cotangents = [ct if ct.dtype == jax.dtypes.float0 else conjugate(ct) for ct in cotangents]
        if pull is not None and all(_is_here(ct) for ct in cotangents):
            found = iter(pull(cotangents))
        else:
            given = [number for number, ct in enumerate(cotangents) if ct.dtype != jax.dtypes.float0]
            found = iter(self._derivative(len(arrays), given)(*arrays, *[cotangents[number] for number in given]))
        return tuple([conjugate(next(found)) if _is_inexact(array) else None for array in arrays])

    def _derivative(self, count: int, given: Sequence[int]) -> Bridge:
        """The derivative as a function of Wengert: of the `count` inputs and of the gradients of the outputs `given`."""

        def flat(tensors: list[Tensor]) -> list[Tensor]:
            record = is_recording()
            inputs, directions = tensors[:count], tensors[count:]
            with inference_mode(False), enable_grad():
                inputs = [t if t.requires_grad or not _is_inexact(t) else t.detach().requires_grad_() for t in inputs]
                outs = self._flat(inputs)
            pairs = [(outs[number], d) for number, d in zip(given, directions, strict=True) if outs[number].requires_grad]
            chosen = [tensor for tensor in inputs if tensor.requires_grad]
            found: Sequence[Tensor | None] = [None] * len(chosen)
            if pairs and chosen:
                roots, seeds = [out for out, _ in pairs], [d for _, d in pairs]
                found = grad(roots, chosen, seeds, create_graph=record, allow_unused=True)
            return [zeros_like(x) if g is None else g for g, x in zip(found, chosen, strict=True)]

        def shapes(arrays: Sequence[Any]) -> list[jax.ShapeDtypeStruct]:
            return [jax.ShapeDtypeStruct(array.shape, array.dtype) for array in arrays[:count] if _is_inexact(array)]

        return Bridge(f"{self._border}: its derivative", flat, shapes, self._raw, self._vmap_method)


@jax.tree_util.register_pytree_node_class
class Residuals:
    """What the derivative needs: the inputs, and what Wengert has recorded, if it has."""

    def __init__(self, arrays: Sequence[jax.Array], pull: Pull | None) -> None:
        self.arrays, self.pull = tuple(arrays), pull

    def tree_flatten(self) -> tuple[tuple[Any, ...], Pull | None]:
        """For JAX: the arrays, and what is none."""
        return self.arrays, self.pull

    @classmethod
    def tree_unflatten(cls, pull: Pull | None, arrays: Sequence[Any]) -> Residuals:
        """The inverse."""
        return cls(arrays, pull)


def _is_here(array: Any) -> bool:
    """Whether the values are in the memory of the CPU."""
    if isinstance(array, jax.core.Tracer):
        return False
    return not isinstance(array, jax.Array) or all(device.platform == "cpu" for device in array.devices())


def _is_inexact(array: Any) -> bool:
    return bool(jnp.issubdtype(array.dtype, np.inexact))


def checked_dtype(value: Any, name: object) -> Any:
    """An array, or the shape of one, of a dtype that JAX has as it is set up.

    Raises
    ------
    DtypeError
        With `name`.
    """
    dtype = np.dtype(value.dtype)
    if jax.dtypes.canonicalize_dtype(dtype) != dtype:
        raise DtypeError(
            f"{name} is of dtype {dtype}, which JAX has only with jax.config.update('jax_enable_x64', True); enable that, or let "
            "the function return another dtype"
        )
    return value
