"""Calling a function in order to differentiate it: what goes in, what comes out, and as what results are handed back.

Every transform begins with a `Call`, and hands back what its methods make of the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from .. import pytree
from ..arrays.adapter import adapter_of, is_array, library
from ..autograd.arguments import Arguments
from ..autograd.contexts import enable_grad, inference_mode
from ..autograd.forward import out_of_graph, tangent_of
from ..autograd.modes import current, dual_level_in_force, is_grad_enabled
from ..autograd.origins import function_name, type_name
from ..autograd.tensor import Tensor, wrap
from ..errors import RequiresGradDtypeError, TransformError, TransformTypeError
from ..ops.creation import zeros_like

__all__ = ["Argnums", "Call", "checked_argnums", "flat", "no_tensor", "recording", "split_aux", "tensor_leaves"]

#: Which positional arguments are differentiated: one, or several.
Argnums = int | tuple[int, ...]


class _Name:
    """How messages speak of a call."""

    __slots__ = ("_call",)

    def __init__(self, call: Call) -> None:
        self._call = call

    def __str__(self) -> str:
        return f"{self._call.transform} of {function_name(self._call.func)}"


class Call:
    """One call of a function, with some of its arguments ready to be differentiated.

    Parameters
    ----------
    transform : str
        The name of the transform, for messages.
    func : callable
        The function.
    args : sequence
        Its positional arguments.
    argnums : int or tuple of int
        Which of them to differentiate by.

    Attributes
    ----------
    values : list of Tensor or raw array
        The leaves of the arguments that are differentiated.
    structure : Structure
        How these leaves are nested: in one argument, or in the tuple of several.
    raw : bool
        Whether all of them came as raw arrays or numbers. Then results are handed back as raw arrays, unless they carry a graph.
    arguments : Arguments
        What the function was called with for them, by `run`.
    """

    __slots__ = ("_args", "_positions", "_single", "arguments", "func", "raw", "structure", "transform", "values")

    def __init__(self, transform: str, func: Callable[..., Any], args: Sequence[Any], argnums: Argnums) -> None:
        self.transform, self.func, self._args = transform, func, args
        self._single = single = isinstance(argnums, int)
        self._positions = positions = _positions(transform, argnums, len(args))
        differentiated = args[positions[0]] if single else tuple(args[p] for p in positions)
        leaves, self.structure = flat(differentiated)
        self.raw = not any(isinstance(leaf, Tensor) for leaf in leaves)
        self.values = [_differentiable(leaf) for leaf in leaves]
        for index, value in enumerate(self.values):
            if value is None:
                raise _unsuitable(self.name, _place(differentiated, index, positions, single), leaves[index])
        self.arguments = Arguments((), open=False)

    @property
    def name(self) -> object:
        """What is happening, for messages: what it says is found out when one is written."""
        return _Name(self)

    def run(self, kwargs: Mapping[str, Any] | None = None) -> Any:
        """What the function returns of `arguments`; recorded."""
        self.arguments = Arguments(self.values, open=is_grad_enabled())
        modes = current()
        if modes.grad and not modes.inference:
            return self.run_with(self.arguments.inside, kwargs)
        with recording():
            return self.run_with(self.arguments.inside, kwargs)

    def run_with(self, leaves: Sequence[Tensor], kwargs: Mapping[str, Any] | None = None) -> Any:
        """What the function returns with `leaves` in the place of the differentiated ones."""
        inside = leaves[0] if self.structure is pytree.LEAF else pytree.unflatten(self.structure, leaves)
        args = list(self._args)
        for position, argument in zip(self._positions, (inside,) if self._single else inside, strict=True):
            args[position] = argument
        return self.func(*args, **(kwargs or {}))

    @property
    def tensors(self) -> list[Tensor]:
        """`values` as Tensors, in their places of the graph of the surroundings."""
        return [value if isinstance(value, Tensor) else wrap(value) for value in self.values]

    # -- results -----------------------------------------------------------------------------------------------------
    def derivatives(
        self, outputs: Sequence[Tensor], grads: Sequence[Tensor | None], outside: bool, keep: bool = False
    ) -> list[Tensor]:
        """The gradients of `outputs` with respect to the leaves of the arguments; recorded if the surroundings might need it."""
        record = self.record(outside, grads)
        found = self.arguments.gradients(outputs, grads, outside=outside, keep=keep or record, record=record)
        return self.filled(found)

    def filled(self, gradients: Sequence[Tensor | None]) -> list[Tensor]:
        """One gradient for each leaf of the arguments, with zeros for None."""
        return [zeros_like(x) if g is None else g for g, x in zip(gradients, self.arguments.inside, strict=True)]

    def nested(self, derivatives: Sequence[Tensor], outside: bool | None = None) -> Any:
        """One derivative for each leaf, nested as the arguments are, as it is handed back."""
        return self.nested_like(self.structure, derivatives, outside)

    def nested_like(self, structure: pytree.Structure, tensors: Sequence[Tensor], outside: bool | None = None) -> Any:
        """Results nested in that way, as they are handed back."""
        if structure is pytree.LEAF:
            return self.result(tensors[0], outside)
        return pytree.unflatten(structure, [self.result(tensor, outside) for tensor in tensors])

    def record(self, outside: bool, directions: Sequence[Tensor | None]) -> bool:
        """Whether derivatives in these directions are to be recorded: if the surroundings record, and might need it."""
        return is_grad_enabled() and (outside or any(d is not None and d.requires_grad for d in directions))

    def result(self, value: Any, outside: bool | None = None) -> Any:
        """A result as it is handed back: outside of the graph if that leads to no surroundings, and raw if arguments were.

        What is no Tensor stays as it is. Whether its graph leads to the surroundings is found out unless it is known.
        A tangent, with which an outer forward mode goes on, stays.
        """
        if not isinstance(value, Tensor):
            return value
        if value.requires_grad and is_grad_enabled() and (self.arguments.lead_outside([value]) if outside is None else outside):
            return value
        if self.raw and (dual_level_in_force() is None or tangent_of(value) is None):
            return adapter_of(value.array).bare(value.array)
        return out_of_graph(value)

    def results(self, tree: Any) -> Any:
        """`result` of every leaf."""
        return pytree.map_leaves(self.result, tree)


@contextmanager
def recording() -> Iterator[None]:
    """Record inside, whatever the caller's mode."""
    with inference_mode(False), enable_grad():
        yield


# -- arguments -----------------------------------------------------------------------------------------------------------
def checked_argnums(name: str, argnums: Any) -> Argnums:
    """`argnums`, or an error that says what it may be."""
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    if any(not isinstance(number, int) or isinstance(number, bool) for number in several):
        raise TransformTypeError(f"{name}: argnums must be an int or a tuple of ints, got {argnums!r}")
    if not several:
        raise TransformError(f"{name}: argnums must not be empty: nothing would be differentiated")
    return argnums


def _positions(name: str, argnums: Argnums, count: int) -> list[int]:
    """The positions that `argnums` names, counted from the front."""
    if type(argnums) is int and argnums == 0 and count:  # the usual one
        return [0]
    positions = []
    for number in argnums if isinstance(argnums, tuple) else (argnums,):
        if not -count <= number < count:
            raise TransformError(f"{name}: argnums={argnums}: the function was called with {count} positional argument(s)")
        positions.append(number % count)
    if len(set(positions)) < len(positions):
        raise TransformError(f"{name}: argnums={argnums} names the same argument twice")
    return positions


def _place(differentiated: Any, index: int, positions: Sequence[int], single: bool) -> str:
    """Where leaf `index` stands among the arguments of the function."""
    path = pytree.leaf_paths(differentiated)[index]
    if single:
        return f"argument {positions[0]}{path}"
    number, _, rest = path[1:].partition("]")
    return f"argument {positions[int(number)]}{rest}"


def _unsuitable(name: object, where: str, leaf: Any) -> Exception:
    if isinstance(leaf, Tensor) or is_array(leaf) or isinstance(leaf, int):
        kind = getattr(leaf, "dtype", type(leaf).__name__)
        return RequiresGradDtypeError(
            f"{name}: {where}: only floating-point and complex values have derivatives, got {kind}; convert it, or leave it "
            "out of argnums"
        )
    return TransformTypeError(
        f"{name}: {where}: expected a Tensor, an array or a float, got {type_name(leaf)}; leave it out of argnums"
    )


def _differentiable(leaf: Any) -> Any:
    """The Tensor or raw array to differentiate by, or None if `leaf` is nothing that has derivatives."""
    if type(leaf) in (float, complex):
        return library("numpy").asarray(leaf)
    array = leaf.array if isinstance(leaf, Tensor) else leaf
    if not is_array(array) or adapter_of(array).kind(array.dtype) not in "fc":
        return None
    return leaf


def flat(tree: Any) -> tuple[list[Any], pytree.Structure]:
    """`pytree.flatten`; most arguments and results are one Tensor, and nothing to look into."""
    return ([tree], pytree.LEAF) if isinstance(tree, Tensor) else pytree.flatten(tree)


# -- outputs -------------------------------------------------------------------------------------------------------------
def split_aux(name: object, output: Any) -> tuple[Any, Any]:
    """What a function with ``has_aux=True`` returned: ``(output, aux)``."""
    if not isinstance(output, tuple) or len(output) != 2:
        got = f"a tuple of {len(output)}" if isinstance(output, tuple) else type_name(output)
        raise TransformError(f"{name}: with has_aux=True the function must return a pair (output, aux), got {got}")
    return output


def tensor_leaves(name: object, output: Any) -> tuple[list[Tensor], pytree.Structure]:
    """The leaves of what the function returned, all of which must be Tensors of a dtype that has derivatives."""
    leaves, structure = flat(output)
    if not leaves:
        raise TransformTypeError(f"{name}: the function must return a Tensor, or several, got {output!r}")
    for index, leaf in enumerate(leaves):
        if not isinstance(leaf, Tensor):
            path = pytree.leaf_paths(output)[index]
            raise TransformTypeError(f"{name}: output{path} must be a Tensor, {no_tensor(leaf)}")
        if adapter_of(leaf.array).kind(leaf.dtype) not in "fc":
            path = pytree.leaf_paths(output)[index]
            raise RequiresGradDtypeError(f"{name}: output{path} must be of floating-point or complex dtype, got {leaf.dtype}")
    return leaves, structure


def no_tensor(value: Any) -> str:
    """How a message goes on about a result that is no Tensor."""
    got = f"got {type_name(value)}"
    if is_array(value) or type(value) in (int, float, complex):
        return f"{got}: it was computed without the arguments, or from a raw array that was taken out of one"
    return got
