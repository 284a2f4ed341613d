"""The source of the program of a whole function: see `wengert.compiled.source`, whose writer it shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.adapter import adapter_of
from ..op_source import execute
from .calling import note_where
from .function_steps import Outside, RunHooks, SetGrad, Write, read_again, run_hooks, set_grad, write
from .ir import Equation, Step, Variable, variables_in
from .segments import Backend, Segment, segmented
from .source import Writer

__all__ = ["make_function", "note_in"]


class _FunctionWriter(Writer):
    """Writes a function of the tensors from outside and of the arrays that the program starts with."""

    def __init__(self, steps: Sequence[Step], array_type: type, results: Sequence[Any]) -> None:
        super().__init__(steps, array_type, tuple(variables_in(list(results))))
        self.results = results
        self.constants.update(read_again=read_again, run_hooks=run_hooks, set_grad=set_grad, write=write)

    def source(self, inputs: Sequence[Variable]) -> str:
        self.line("def program(tensors, arrays):")
        if inputs:
            self.line(f"    {', '.join(self.variable(v) for v in inputs)}, = arrays")
            self.line("    del arrays[:]")
        for index, step in enumerate(self.steps):
            self.step(step)
            self.let_go(index, step)
        self.line(f"    return ({', '.join(map(self.expression, self.results))}{',' if len(self.results) == 1 else ''})")
        return "\n".join(self.lines)

    def step(self, step: Step) -> None:
        match step:
            case Equation():
                self.equation(step)
            case Segment():
                self.segment(step)
            case Write():
                self.line(f"    write(tensors[{step.tensor}], {self.expression(step.variable)})")
            case SetGrad():
                self.line(f"    set_grad(tensors[{step.tensor}], {self.expression(step.variable)})")
            case RunHooks():
                outs = ["_" if v is None else self.variable(v) for v in step.results]
                hooks, family = self.constant(step.hooks, "hooks"), self.constant(step.family, "family")
                call = f"run_hooks({hooks}, {self.expression(step.arguments)}, {family})"
                self.line(f"    {', '.join(outs)}, = {call}" if outs else f"    {call}")
            case Outside():
                self.outside(step)

    def outside(self, step: Outside) -> None:
        argument = "" if step.argument is None else f"tensors[{step.argument}]"
        self.line(f"    {self.constant(step.function, 'call')}({argument})")
        outs = [self.variable(v) for v in step.makes()]
        if outs:
            tensors = ", ".join(f"tensors[{i}]" for i in step.tensors)
            grads = tuple(v is not None for v in step.grads)
            self.line(f"    {', '.join(outs)}, = read_again({step.name!r}, [{tensors}], {grads!r})")


def make_function(
    steps: Sequence[Step], inputs: Sequence[Variable], results: Sequence[Any], sample: Any, backend: Backend, name: str
) -> tuple[list[Step], Callable[[list[Any], list[Any]], tuple[Any, ...]], str]:
    """The program as a function of the tensors from outside and the arrays of its inputs.

    `sample` is one of its arrays, None where it has none. Returns the steps, with what `backend` has made of them, the function
    and its source.
    """
    if sample is not None:
        steps = segmented(steps, results, backend, adapter_of(sample))
    writer = _FunctionWriter(steps, type(sample), results)
    source = writer.source(inputs)
    function = execute(source, f"<wengert compiled {name}>", writer.constants)["program"]
    function.marks = writer.marks
    return list(steps), function, source


def note_in(error: BaseException, function: Any) -> None:
    """Note on an exception that a program of `make_function` has raised which equation did."""
    marks = getattr(function, "marks", None)
    if marks is not None:
        note_where(error, function.__code__.co_filename, marks)
