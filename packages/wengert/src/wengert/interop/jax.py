"""Wengert beside JAX: functions of JAX in Wengert's graph, and functions of Wengert in JAX, also under ``jax.jit``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..errors import MissingExtraError

try:
    import jax
except ModuleNotFoundError as error:
    raise MissingExtraError("jax is not installed: pip install 'wengert[jax]'") from error

import numpy as np

from .. import pytree
from ..arrays.adapter import library as library_called
from ..autograd.contexts import no_grad
from ..autograd.modes import is_recording
from ..autograd.tensor import Tensor, wrap
from ..errors import ArgumentError
from .crossing import Arguments, Results, checked_function, named_after
from .jax_bridge import Bridge, checked_dtype
from .jax_graph import JaxGraph, outputs_of_jax
from .jax_memory import check_library, from_numpy

__all__ = ["from_jax", "to_jax"]


def _is_tensor(leaf: Any) -> bool:
    return isinstance(leaf, Tensor)


def _is_jax(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array)


# -- JAX in Wengert --------------------------------------------------------------------------------------------------------
def from_jax(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of JAX as a function of Tensors, one node in their graph, with JAX's derivative.

    Parameters
    ----------
    function : callable
        Of JAX's arrays, nested in any way; pure, as JAX wants its functions, and compiled if it comes from ``jax.jit``. What
        else is among its arguments and its results goes through as it is.

    Returns
    -------
    callable
        Takes Tensors in the places of JAX's arrays, and returns Tensors of the same library: of shape and dtype as JAX computes
        them. NumPy's arrays are read in place where they are aligned as JAX wants it, else copied; results lie in JAX's memory,
        which cannot be written to. With Tensors on JAX's arrays it runs under ``jax.jit`` as well.

    Raises
    ------
    LibraryError, DtypeError
        By the function that is returned, with the name of the argument: an array of a third library, a dtype that JAX does not
        have, or has only with ``jax_enable_x64``.
    VersionError
        By the backward: an argument that JAX has saved for it was written to in place.

    Examples
    --------
    >>> import jax.numpy as jnp
    >>> import wengert as wg
    >>> x = wg.tensor([0.0, 1.0], dtype=wg.float32, requires_grad=True)
    >>> y = from_jax(jnp.square)(x)
    >>> y.sum().backward()
    >>> y.grad_fn.name(), x.grad.tolist()
    ('JaxFunctionBackward', [0.0, 2.0])
    """
    checked_function("from_jax", function)

    def call(*args: Any, **kwargs: Any) -> Any:
        arguments = Arguments("from_jax", function, args, kwargs, _is_tensor)
        inputs = arguments.crossing
        adapter = arguments.library()
        if adapter is not None:
            check_library(adapter, arguments.name(0))
        raw = adapter is not None and adapter.name == "jax"
        arrays = [t._array if raw else from_numpy(t._array, arguments.name(i)) for i, t in enumerate(inputs)]
        kept: list[Results] = []

        def flat(*values: jax.Array) -> list[jax.Array]:
            kept[:] = [Results(arguments.border, arguments.call(values), _is_jax, "arrays of JAX")]
            return kept[0].crossing

        chosen = [i for i, tensor in enumerate(inputs) if tensor.requires_grad] if is_recording() else []
        graph = JaxGraph(arguments.border, flat, arrays, chosen, raw)
        results = kept[0]
        names = [results.name(number) for number in range(len(results.crossing))]
        return results.with_(outputs_of_jax(graph, names, inputs))

    return named_after(function, call)


# -- Wengert in JAX --------------------------------------------------------------------------------------------------------
def to_jax(
    function: Callable[..., Any],
    result_shape: Any = None,
    *,
    library: str = "numpy",
    vmap_method: str = "sequential",
) -> Callable[..., Any]:
    """A function of Tensors as a function of JAX's arrays, which ``jax.grad`` differentiates by Wengert's rules.

    Parameters
    ----------
    function : callable
        Of Tensors, nested in any way. What else is among its arguments and its results goes through as it is. Under ``jax.jit``
        it must be pure: it is called whenever the program runs, and again for the derivative.
    result_shape : optional
        What it returns, with ``jax.ShapeDtypeStruct`` (or anything that has a shape and a dtype) in the places of Tensors; or a
        function that gives this of the same for the arguments. ``jax.jit`` and ``jax.vmap`` need it before there are values.
        Default: `function` is called with zeros to find out, each time that JAX traces.
    library : {"numpy", "jax"}
        What the Tensors hold that it is called with. NumPy's arrays lie in the memory of JAX's, which cannot be written to; while
        JAX traces, the program calls back (``jax.pure_callback``). With JAX's arrays the function is traced itself.
    vmap_method : str
        Of ``jax.pure_callback``: how samples are told apart under ``jax.vmap``.

    Returns
    -------
    callable
        Takes JAX's arrays and returns such. Derivatives in reverse mode, of any order; JAX says itself that a ``custom_vjp`` has
        none in forward mode.

    Raises
    ------
    LibraryError, DtypeError, ArgumentError
        By the function that is returned, with the name of the argument or result: a Tensor among JAX's arrays, a result of a
        dtype that JAX has not, or other than `result_shape` says. Where the program calls back, JAX makes one of its own errors
        of it, with the same text.

    Notes
    -----
    Leaves of Wengert that the function uses without taking them as arguments are constants to JAX: their ``.grad`` is not
    touched. Hooks that the function sets fire in Wengert's order when the derivative runs.

    Examples
    --------
    >>> import jax
    >>> import jax.numpy as jnp
    >>> import wengert as wg
    >>> square = to_jax(lambda x: (x * x).sum())
    >>> jax.jit(jax.grad(square))(jnp.asarray([3.0, 4.0])).tolist()
    [6.0, 8.0]
    """
    checked_function("to_jax", function)
    if library not in ("numpy", "jax"):
        raise ArgumentError(f"to_jax: library: expected 'numpy' or 'jax', got {library!r}")
    library_called(library)

    def call(*args: Any, **kwargs: Any) -> Any:
        arguments = Arguments("to_jax", function, args, kwargs, _is_jax)
        arguments.refuse(_is_tensor, "an array of JAX, as JAX would not know of the gradient")
        program = _Program(arguments, result_shape)
        bridge = Bridge(arguments.border, program.flat, program.shapes, library == "jax", vmap_method)
        outs = bridge(*arguments.crossing)
        return program.nested(outs)

    return named_after(function, call)


class _Program:
    """The function with the arguments of one call, from a list of Tensors to a list of Tensors."""

    def __init__(self, arguments: Arguments, result_shape: Any) -> None:
        self._arguments, self._given = arguments, result_shape
        self._results: Results | None = None

    def flat(self, tensors: Sequence[Tensor]) -> list[Tensor]:
        """What the function returns."""
        value = self._arguments.call(tensors)
        self._results = Results(self._arguments.border, value, _is_tensor, "Tensors of Wengert")
        return self._results.crossing

    def nested(self, outs: Sequence[jax.Array]) -> Any:
        """The results as the function nests them."""
        if self._results is None:  # it has not run yet: `result_shape` says how
            return pytree.unflatten(pytree.flatten(self._promised(self._arguments.crossing))[1], outs)
        return self._results.with_(outs)

    def _promised(self, arrays: Sequence[Any]) -> Any:
        if not callable(self._given):
            return self._given
        args, kwargs = self._arguments.with_([jax.ShapeDtypeStruct(array.shape, array.dtype) for array in arrays])
        return self._given(*args, **kwargs)

    def shapes(self, arrays: Sequence[Any]) -> list[jax.ShapeDtypeStruct]:
        """The shapes and dtypes of what it returns of such arrays."""
        name = f"{self._arguments.border}: result_shape"
        if self._given is None:
            found: Sequence[Any] = self._tried(arrays)
        else:
            found = pytree.leaves(self._promised(arrays))
        for number, one in enumerate(found):
            if not hasattr(one, "shape") or not hasattr(one, "dtype"):
                raise ArgumentError(f"{name}: expected shapes with dtypes (jax.ShapeDtypeStruct), got {one!r}")
            checked_dtype(one, f"{self._arguments.border}: output {number}")
        return [jax.ShapeDtypeStruct(tuple(one.shape), one.dtype) for one in found]

    def _tried(self, arrays: Sequence[Any]) -> list[Tensor]:
        """The results of zeros."""
        try:
            with no_grad():
                return self.flat([wrap(np.zeros(array.shape, array.dtype)) for array in arrays])
        except Exception as error:
            error.add_note(
                f"{self._arguments.border} was called with zeros, to find out the shapes of its results while JAX traces; "
                "result_shape= says them beforehand"
            )
            raise
