"""One call of a function for `wengert.autograd.functional`: what it is given and returns, and the derivatives (rules A3)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Self

from ..arrays.adapter import adapter_of
from ..autograd.arguments import Arguments
from ..autograd.origins import function_name, type_name
from ..autograd.tensor import Tensor
from ..errors import RequiresGradDtypeError, TransformError, TransformTypeError
from ..ops.creation import ones_like, zeros_like
from .transposed import Transposed

__all__ = ["CONSTANT_GRADIENT", "MISSING", "Evaluation", "as_tensors", "detached"]

Nested = Tensor | tuple[Any, ...]

#: What ``strict=True`` finds, in PyTorch's words, which programs look for.
MISSING = "The output of the user-provided function is independent of input {}."
CONSTANT_GRADIENT = "The jacobian of the user-provided function with respect to input {} is independent of the inputs."


class Evaluation:
    """A function to be differentiated, and one call of it.

    Parameters
    ----------
    name : str
        Of the function of `wengert.autograd.functional` that wants it, for messages.
    func : callable
        Takes the inputs, returns a Tensor or a tuple of them.
    inputs : Tensor or tuple of Tensor
        The inputs.
    create_graph : bool
        Whether gradients of the results go through to the inputs.
    strict : bool
        Whether it is an error that an output does not depend on an input.
    v : Tensor or tuple of Tensor, optional
        The vector, if one is wanted.

    Attributes
    ----------
    inputs : tuple of Tensor
        As they were given; after `run` as the function has seen them.
    outputs : tuple of Tensor
        What it returned.
    bare_input, bare_output : bool
        Whether these were a Tensor, not a tuple.
    """

    def __init__(
        self, name: str, func: Callable[..., Any], inputs: Nested, create_graph: bool, strict: bool, v: Nested | None = None
    ) -> None:
        self.api, self.name, self.func = name, f"{name} of {function_name(func)}", func
        self.create_graph, self.strict = create_graph, strict
        self.bare_input, self.inputs = as_tensors(self.name, f"The inputs given to {name}", inputs)
        self._v = None if v is None else as_tensors(self.name, f"The v given to {name}", v)[1]
        for index, tensor in enumerate(self.inputs):
            if adapter_of(tensor.array).kind(tensor.dtype) not in "fc":
                raise RequiresGradDtypeError(
                    f"{self.name}: inputs[{index}]: only floating-point and complex tensors have derivatives, got {tensor.dtype}"
                )

    def run(self) -> Self:
        """Call the function with tensors that can be differentiated by."""
        self.arguments = Arguments(self.inputs, open=self.create_graph)
        self.inputs = tuple(self.arguments.inside)
        self.run_with(self.inputs)
        if self.strict:
            for index, output in enumerate(self.outputs):
                if not output.requires_grad:
                    raise TransformError(
                        f"{self.name}: strict=True: Output {index} of the user-provided function does not require gradients."
                    )
        self._outside = self.arguments.lead_outside(self.outputs)
        return self

    def run_with(self, tensors: Sequence[Tensor]) -> None:
        """Call the function with `tensors` in the place of the inputs."""
        what = f"The outputs of the user-provided function given to {self.api}"
        self.bare_output, self.outputs = as_tensors(self.name, what, self.func(*tensors))

    def scalar(self) -> Tensor:
        """The output, which must be one number."""
        if not self.bare_output:
            got = f"a tuple of {len(self.outputs)}"
            raise TransformError(f"{self.name}: The function given to {self.api} should return a single Tensor, got {got}")
        if math.prod(self.outputs[0]._shape) != 1:
            raise TransformError(
                f"{self.name}: The Tensor returned by the function given to {self.api} should contain a single element, got "
                f"shape {self.outputs[0].shape}"
            )
        return self.outputs[0]

    def vector(self, like: Sequence[Tensor], bare: bool, of: str) -> tuple[Tensor, ...]:
        """The vector, of the shapes and dtypes of `like`; None stands for 1 where that is one number.

        `of` says what `like` is, with a verb.
        """
        vectors = self._v
        if vectors is None:
            if len(like) != 1 or math.prod(like[0]._shape) != 1:
                raise TransformError(f"{self.name}: The vector v can only be None if {of} a single Tensor with a single element")
            return (ones_like(like[0]),)
        if len(vectors) != len(like):
            if bare:
                raise TransformError(f"{self.name}: The given v should contain a single Tensor. It has {len(vectors)}")
            raise TransformError(f"{self.name}: v is a tuple of invalid length: should be {len(like)} but got {len(vectors)}")
        for index, (vector, tensor) in enumerate(zip(vectors, like, strict=True)):
            if vector.shape != tensor.shape:
                entry = "" if bare else f"Entry {index} in "
                raise TransformError(
                    f"{self.name}: {entry}v has invalid size: should be {tensor.shape} but got {vector.shape}"
                )
        return tuple(v if v.dtype == t.dtype else v.astype(t.dtype) for v, t in zip(vectors, like, strict=True))

    # -- derivatives -------------------------------------------------------------------------------------------------
    def gradients(
        self, outputs: Sequence[Tensor], grads: Sequence[Tensor | None], record: bool, keep: bool = False
    ) -> list[Tensor | None]:
        """The gradients of `outputs` with respect to the inputs, None for those that none depends on."""
        return self.arguments.gradients(outputs, grads, outside=self._outside, keep=keep or record, record=record)

    def gradient(self, missing: str = MISSING) -> list[Tensor]:
        """The gradient of the one number that the function returns, recorded. `missing` says that there is none."""
        return self.checked(self.gradients([self.scalar()], [None], record=True), self.inputs, missing, CONSTANT_GRADIENT)

    def derivative(self) -> Transposed:
        """The derivative as a linear map of directions."""
        return Transposed(self.arguments, self.outputs, self._outside)

    def checked(
        self, found: Sequence[Tensor | None], like: Sequence[Tensor], missing: str, constant: str | None = None
    ) -> list[Tensor]:
        """Derivatives of the shapes of `like`, with zeros for None.

        With ``strict=True`` None is an error; and if `constant` is given, so is one that is itself the same for all inputs.
        """
        if self.strict:
            for index, derivative in enumerate(found):
                if derivative is None:
                    raise TransformError(f"{self.name}: strict=True: {missing.format(index)}")
                if constant is not None and not derivative.requires_grad:
                    raise TransformError(f"{self.name}: strict=True: {constant.format(index)}")
        return [zeros_like(x) if d is None else d for d, x in zip(found, like, strict=True)]

    def result(self, tensors: Sequence[Tensor], bare: bool) -> Any:
        """Results as they are handed back: outside of the graph unless that was asked for."""
        found = tuple(tensors) if self.create_graph else tuple(map(detached, tensors))
        return found[0] if bare else found

    def rows(self, blocks: Sequence[Sequence[Tensor]]) -> Any:
        """For each output one result for each input, as they are handed back."""
        found = tuple(self.result(row, self.bare_input) for row in blocks)
        return found[0] if self.bare_output else found

    def output(self) -> Any:
        """What the function returned."""
        return self.result(self.outputs, self.bare_output)


def as_tensors(name: str, what: str, value: Any) -> tuple[bool, tuple[Tensor, ...]]:
    """Whether `value` is a Tensor, and the tuple that it is, or the only element of."""
    if isinstance(value, Tensor):
        return True, (value,)
    if not isinstance(value, tuple):
        raise TransformTypeError(f"{name}: {what} must be either a Tensor or a tuple of Tensors, got {type_name(value)}")
    for index, item in enumerate(value):
        if not isinstance(item, Tensor):
            raise TransformTypeError(
                f"{name}: {what} must be either a Tensor or a tuple of Tensors, got {type_name(item)} at index {index}"
            )
    if not value:
        raise TransformError(f"{name}: {what} must be at least one Tensor, got an empty tuple")
    return False, value


def detached(tensor: Tensor) -> Tensor:
    """`tensor` outside of the graph."""
    return tensor.detach() if tensor.requires_grad else tensor
