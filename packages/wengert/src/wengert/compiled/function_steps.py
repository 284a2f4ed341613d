"""The effects in the program of a function: tensors from outside are written to, and hooks are called.

A program reads each tensor from outside once, when it begins. Before anybody else's code is called, what has been computed for
such tensors is written to them, so that hooks see what they would in an eager run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..arrays.adapter import adapter_of
from ..autograd.hooks import (
    FunctionPostHooks,
    FunctionPreHooks,
    Hooks,
    TensorPostAccGradHooks,
    call_tensor_hooks,
)
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError
from .ir import Step, Variable, variables_in

__all__ = ["Outside", "RunHooks", "SetGrad", "Write", "run_hooks", "set_grad", "write", "writes_to"]


class FunctionStep(Step):
    """An effect outside of all nodes."""

    __slots__ = ()

    place = -1

    def makes(self) -> Iterator[Variable]:
        return iter(())


class Write(FunctionStep):
    """Write `variable` into the memory of tensor number `tensor`."""

    __slots__ = ("tensor", "variable")

    def __init__(self, tensor: int, variable: Any) -> None:
        self.tensor, self.variable = tensor, variable

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.variable)

    def __str__(self) -> str:
        return f"write t{self.tensor}({self.variable})"


class SetGrad(FunctionStep):
    """Let `variable` be the ``.grad`` of tensor number `tensor`; None for none."""

    __slots__ = ("tensor", "variable")

    quiet = True  # it copies

    def __init__(self, tensor: int, variable: Any) -> None:
        self.tensor, self.variable = tensor, variable

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.variable)

    def __str__(self) -> str:
        return f"t{self.tensor}.grad = {self.variable}"


class RunHooks(FunctionStep):
    """Call the hooks that are in a dictionary when their turn comes.

    Attributes
    ----------
    hooks : Hooks
    arguments : tuple
        What they are called with: variables, None, and tuples of them.
    results : tuple of Variable or None
        What becomes of the first argument.
    family : type
        The class of the Tensors that they see.
    """

    __slots__ = ("arguments", "family", "hooks", "results")

    def __init__(self, hooks: Hooks, arguments: tuple[Any, ...], results: tuple[Any, ...], family: type[Tensor]) -> None:
        self.hooks, self.arguments, self.results, self.family = hooks, arguments, results, family

    def reads(self) -> Iterator[Variable]:
        return variables_in(self.arguments)

    def makes(self) -> Iterator[Variable]:
        return (v for v in self.results if v is not None)

    def __str__(self) -> str:
        outs = ", ".join("_" if v is None else v.described() for v in self.results)
        return f"{outs or '_'} = call {self.hooks.kind}s({self.arguments})"


class Outside(FunctionStep):
    """Call ``function()``, which may change the tensors whose numbers are in `tensors`, and read these again.

    Attributes
    ----------
    function : callable
    argument : int or None
        The number of the tensor that it is called with, if any.
    tensors : tuple of int
    arrays, grads : tuple of Variable or None
        What they and their ``.grad`` are afterwards.
    """

    __slots__ = ("argument", "arrays", "function", "grads", "name", "tensors")

    def __init__(
        self,
        name: str,
        function: Callable[..., Any],
        argument: int | None,
        tensors: tuple[int, ...],
        arrays: tuple[Variable, ...],
        grads: tuple[Variable | None, ...],
    ) -> None:
        self.name, self.function, self.argument = name, function, argument
        self.tensors, self.arrays, self.grads = tensors, arrays, grads

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def makes(self) -> Iterator[Variable]:
        yield from self.arrays
        yield from (v for v in self.grads if v is not None)

    def __str__(self) -> str:
        changed = ", ".join(f"t{i}" for i in self.tensors)
        return f"call {self.name}, which changes {changed or 'nothing'}"


def writes_to(step: Step) -> tuple[int, ...]:
    """The numbers of the tensors from outside that a step may write to, or to whose gradients."""
    if isinstance(step, Write | SetGrad):
        return (step.tensor,)
    return step.tensors if isinstance(step, Outside) else ()


# -- what generated code calls -------------------------------------------------------------------------------------------
def write(tensor: Tensor, array: Any) -> None:
    """Let `tensor` have the values of `array`, in its own memory where that can be written to."""
    adapter = adapter_of(tensor._array)
    if array is not tensor._array:
        array = adapter.assign(tensor._array, array) if adapter.mutable else adapter.normalise(array)
        tensor._overwrite(array)


def set_grad(tensor: Tensor, array: Any) -> None:
    """Let `array`, copied, be the gradient of `tensor`."""
    if array is None:
        tensor._grad = None
        return
    adapter = adapter_of(tensor._array)
    tensor._grad = wrap(adapter.copy_like(adapter.normalise(array), tensor._array), cls=type(tensor)._family)


def run_hooks(hooks: Hooks, arguments: tuple[Any, ...], family: type[Tensor]) -> Any:
    """Call `hooks` on raw arrays; the arrays that the first argument has become."""

    def wrapped(item: Any) -> Any:
        if type(item) is tuple:
            return tuple(map(wrapped, item))
        return None if item is None else wrap(item, cls=family)

    first, *others = map(wrapped, arguments)
    found: tuple[Tensor | None, ...]
    if hooks.kind == "tensor hook":
        found = (call_tensor_hooks(hooks, first, None),)
    elif hooks.kind == "node pre-hook":
        found = FunctionPreHooks(hooks)(first)
    else:
        found = FunctionPostHooks(hooks)(first, *others)
    return tuple([None if t is None else t._array for t in found])


def read_again(name: str, tensors: list[Tensor], grads: tuple[bool, ...]) -> list[Any]:
    """The arrays of tensors that somebody else may have changed, then those of their gradients, as far as there were some."""
    found = [tensor._array for tensor in tensors]
    for tensor, expected in zip(tensors, grads, strict=True):
        grad = tensor._grad
        if (grad is not None) is not expected:
            left = "with" if grad is not None else "without"
            raise CompileError(
                f"{name} left a tensor of shape {tensor.shape} {left} a gradient, and did not when the function was compiled; do "
                "it outside of the compiled function"
            )
        if grad is not None:
            found.append(grad._array)
    return found


def post_accumulate(hooks: Hooks) -> Callable[[Tensor], None]:
    """What runs the post-accumulate-grad hooks of a leaf."""
    return TensorPostAccGradHooks(hooks)
