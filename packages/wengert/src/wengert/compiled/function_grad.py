"""The derivative of a compiled function whose results require grad: a second program, and the node that runs it.

After the function has been traced, so is the backward from its results to the tensors from outside. What that reads of the
forward is returned by the forward's program, and saved by the one node that a call records. So no node of the forward is ever
made, and no hook on an intermediate could be called: where there are some, the function has to run its backward itself.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..arrays.adapter import NUMBERS, adapter_of
from ..autograd.requests import grad
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, WengertError
from ..function import Function, once_differentiable
from .calling import one_by_one
from .function_source import make_function, note_in
from .function_steps import FunctionStep, Write
from .function_trace import FunctionRecorder
from .ir import Equation, Recomputed, Step, Variable, variables_in
from .passes import PASSES, Options, optimized, rematerialisation
from .segments import Backend
from .trace import variable_of

__all__ = ["Derivative", "differentiated", "recorded_call"]

_names = itertools.count().__next__


class Derivative:
    """How the gradients of a function's results become those of the tensors from outside.

    Attributes
    ----------
    tensors : tuple of int
        The numbers of the tensors from outside that gradients go to.
    roots, saved, results : list of Variable
        Its inputs, gradients and values of the forward; what goes to the tensors, None where nothing does.
    sources : tuple of int or None
        For each of `saved` the number of the tensor from outside that it is the value of.
    traced, steps : list of Step
        Before any pass, and what the passes and the backend have made of that.
    """

    __slots__ = ("function", "results", "roots", "saved", "source", "sources", "steps", "tensors", "traced")

    def __init__(self, tensors: Sequence[int], roots: list[Variable], results: list[Any]) -> None:
        self.tensors, self.roots, self.results = tuple(tensors), roots, results
        self.steps: list[Step] = []
        self.traced: list[Step] = []
        self.saved: list[Variable] = []
        self.sources: tuple[int | None, ...] = ()
        self.function: Callable[[list[Any], list[Any]], tuple[Any, ...]] | None = None
        self.source = ""

    def finish(
        self, recorder: FunctionRecorder, forward: Sequence[Any], steps: list[Step], backend: Backend, options: Options
    ) -> Exception | None:
        """Make the program of what was traced. If that fails it is called step by step, and the failure returned.

        `forward` are the results of the function.
        """
        self.traced = list(steps)
        try:
            done = optimized(steps, self.results, _unlimited(options), PASSES)
            if options.memory_budget is not None:
                done = _fitted(recorder, forward, done, self.results, options)
            self._find_saved(recorder, done)
            inputs, sample = [*self.roots, *self.saved], recorder.values[self.roots[0]]
            self.steps, self.function, self.source = make_function(
                done, inputs, self.results, sample, backend, f"derivative {_names()}"
            )
        except WengertError:
            raise
        except Exception as error:  # noqa: BLE001 - the forward has run, and its result needs a derivative
            self._find_saved(recorder, steps)
            self.steps, self.function = steps, self._step_by_step
            return error
        return None

    def _step_by_step(self, tensors: list[Any], arrays: list[Any]) -> tuple[Any, ...]:
        known = dict(zip([*self.roots, *self.saved], arrays, strict=True))
        one_by_one([step for step in self.steps if isinstance(step, Equation)], known)
        return tuple([known.get(v, v) for v in self.results])

    def _find_saved(self, recorder: FunctionRecorder, steps: Sequence[Step]) -> None:
        """Find what is read of the forward."""
        made = {v for step in steps for v in step.makes()} | set(self.roots)
        read = [v for step in steps for v in step.reads()] + list(variables_in(self.results))
        self.saved = list(dict.fromkeys(v for v in read if v not in made))
        first = {known.first.variable: known for known in recorder.known.values()}
        written = {step.tensor for step in recorder.steps if isinstance(step, Write)}
        for v in self.saved:
            if v in first and first[v].number in written:
                raise CompileError(
                    f"a tensor of shape {first[v].tensor.shape} is needed for the gradient of a result, and the compiled "
                    "function writes to it in place; write to a clone() of it, or run the backward before"
                )
        self.sources = tuple(first[v].number if v in first else None for v in self.saved)


class _Border(FunctionStep):
    """Where the forward ends and the derivative begins."""

    __slots__ = ()

    quiet = True  # what others write meanwhile to the memory of a saved tensor is an error

    def reads(self) -> Iterator[Variable]:
        return iter(())

    def __str__(self) -> str:
        return "end of the forward"


def _fitted(
    recorder: FunctionRecorder, forward: Sequence[Any], steps: list[Step], results: Sequence[Any], options: Options
) -> list[Step]:
    """The derivative, with what it computes again instead of reading it of the forward: together they fit the budget."""
    needed = [*forward, *results, *(v for step in steps for v in step.reads())]
    before = optimized(recorder.steps, needed, _unlimited(options), [one for one in PASSES if one.__name__ != "products"])
    border = _Border()
    whole = rematerialisation([*before, border, *steps], [*forward, *results], options)
    for step in whole:
        if isinstance(step, Recomputed):
            pairs = zip(step.outputs, step.first, strict=True)
            recorder.values.update((v, recorder.values[old]) for v, old in pairs if v is not None and old in recorder.values)
    middle = whole.index(border)
    recorder.steps[:] = whole[:middle]
    return whole[middle + 1 :]


def _unlimited(options: Options) -> Options:
    return dataclasses.replace(options, memory_budget=None)


def differentiated(recorder: FunctionRecorder, alive: Sequence[Tensor]) -> tuple[Derivative, list[Step]]:
    """Trace the backward from the results `alive`; what was found, and the steps."""
    wanted = [known for known in recorder.known.values() if known.tensor.requires_grad]
    roots = []
    for tensor in alive:
        value = tensor._array.value
        roots.append(recorder.variable(adapter_of(value).ones(tuple(value.shape), value.dtype, value)))
    start = len(recorder.steps)
    given = [wrap(root, cls=type(t)._family) for root, t in zip(roots, alive, strict=True)]
    # The hooks of tensors from outside are called by the backward that comes to these from outside.
    states = [known.tensor._backward for known in wanted]
    recorder.interpreter.skipped = frozenset(id(state.hooks) for state in states if state is not None)
    found = grad(list(alive), [known.tensor for known in wanted], given, allow_unused=True)
    steps = recorder.steps[start:]
    del recorder.steps[start:]
    if not all(isinstance(step, Equation) for step in steps):
        raise CompileError(
            "a result of the compiled function requires grad, and there are hooks inside of it, which a backward from outside "
            "would not call; run the backward inside of the function, or return the result detached"
        )
    results = [None if t is None else variable_of(t._array) for t in found]
    kept = [i for i, result in enumerate(results) if result is not None]
    numbers = [wanted[i].number for i in kept]
    return Derivative(numbers, [r.variable for r in roots], [results[i] for i in kept]), steps



class CompiledCall(Function):
    """One call of a compiled function, as a node."""

    @staticmethod
    def forward(
        ctx: Any, derivative: Derivative, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor], *_: Tensor
    ) -> Any:
        """Save what the derivative needs; the results have been computed."""
        ctx.derivative = derivative
        ctx.numbers = {i: value for i, value in enumerate(saved) if type(value) in NUMBERS}
        entries = [entry for i, entry in enumerate(zip(saved, derivative.sources, strict=True)) if i not in ctx.numbers]
        ctx.save_for_backward(*[wrap(array) if number is None else tensors[number] for array, number in entries])
        return tuple(outs)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Run the program of the derivative."""
        derivative: Derivative = ctx.derivative
        assert derivative.function is not None
        tensors, numbers = iter(ctx.saved_tensors), ctx.numbers
        saved = [numbers[i] if i in numbers else next(tensors)._array for i in range(len(derivative.saved))]
        arrays = [*[g._array for g in grads], *saved]
        try:
            found = derivative.function([], arrays)
        except Exception as error:
            note_in(error, derivative.function)
            raise
        like = type(grads[0])._family
        return (None, None, None, None, *[wrap(adapter_of(a).normalise(a), cls=like) for a in found])


def recorded_call(derivative: Derivative, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor]) -> tuple[Tensor, ...]:
    """`outs`, recorded as the results of one node whose gradients go to the tensors from outside."""
    return CompiledCall.apply(derivative, saved, outs, tensors, *[tensors[number] for number in derivative.tensors])
