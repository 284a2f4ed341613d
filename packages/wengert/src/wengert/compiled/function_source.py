"""The source of the program of a whole function: see `wengert.compiled.source`, whose writer it shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.adapter import adapter_of, is_array
from ..op_source import execute
from .calling import copied, note_where
from .function_effects import EFFECTS
from .function_steps import (
    Accumulate,
    AddHook,
    BeginTask,
    CallModuleHooks,
    EndTask,
    HookGradient,
    NewGroups,
    Numbers,
    OpaqueStep,
    Outside,
    Pack,
    QueueCallback,
    Read,
    RemoveHook,
    RunHooks,
    SetGrad,
    Unpack,
    Write,
    WriteGrad,
)
from .ir import Equation, Step, Variable, variables_in
from .segments import Backend, Segment, segmented
from .source import Writer

__all__ = ["make_function", "note_in"]


class _FunctionWriter(Writer):
    """Writes a function of the tensors from outside and of the arrays that the program starts with."""

    def __init__(self, steps: Sequence[Step], array_type: type, results: Sequence[Any]) -> None:
        super().__init__(steps, array_type, tuple(variables_in(list(results))))
        self.results = results
        self.constants.update(EFFECTS, copied=copied)

    def source(self, inputs: Sequence[Variable]) -> str:
        self.line("def program(tensors, arrays):")
        if inputs:
            self.line(f"    {', '.join(self.variable(v) for v in inputs)}, = arrays")
            self.line("    del arrays[:]")
        for index, step in enumerate(self.steps):
            self.step(index, step)
            self.let_go(index, step)
        self.line(f"    return ({', '.join(map(self.expression, self.results))}{',' if len(self.results) == 1 else ''})")
        return "\n".join(self.lines)

    def step(self, index: int, step: Step) -> None:
        match step:
            case Equation():
                self.equation(step)
            case Segment():
                self.segment(step)
            case SetGrad() if type(step) is SetGrad:
                self.set_grad(index, step)
            case OpaqueStep():
                self.opaque(step)
                self.again(step)
            case _:
                self.line(f"    {self.effect(step)}")

    def set_grad(self, index: int, step: SetGrad) -> None:
        """An array that is not read again is handed over, so that it need not be copied."""
        variable = step.variable
        if variable is None:
            self.line(f"    tensors[{step.tensor}]._grad = None")
            return
        self.line(f"    box = [{self.expression(variable)}]")
        if isinstance(variable, Variable) and self.last_use[variable] <= index:
            self.line(f"    {self.variable(variable)} = None")
        self.line(f"    set_grad(tensors[{step.tensor}], box)")

    def effect(self, step: Step) -> str:
        """What calls nobody else's code."""
        match step:
            case Read():
                return f"{self.variable(step.variable)} = tensors[{step.tensor}]._array"
            case Write():
                return f"write(tensors[{step.tensor}], {self.expression(step.variable)})"
            case WriteGrad():
                return f"write(tensors[{step.tensor}]._grad, {self.expression(step.variable)})"
            case Numbers():
                outs = "".join(f"{self.variable(v)}, " for v in step.variables)
                return f"{outs}= {self.constant(step.function, 'call')}()"
            case Accumulate():
                return f"{self.variable(step.total)} = accumulate(tensors[{step.tensor}], {self.expression(step.variable)})"
            case BeginTask():
                groups = self.expression(step.groups)
                return f"task{step.number} = begin_task({self.constant(step.template, 'template')}, tensors, {groups})"
            case NewGroups():
                return f"{self.variable(step.variable)} = {{}}"
            case QueueCallback():
                return f"queue_callback(task{step.task}, {self.constant(step.function, 'callback')}, {step.always})"
            case AddHook():
                hook = f"{step.hooks.kind!r}, {self.constant(step.function, 'hook')}, {step.pure}"
                hook += f", {self.constant(step.given, 'handle')}, {self.expression(step.groups)}, {self.stands(step)}"
                return f"{self.variable(step.handle)} = add_hook(tensors[{step.tensor}], {hook})"
            case RemoveHook():
                return f"remove_hook({self.variable(step.handle)})"
        raise TypeError(f"no step of a function: {step}")

    def given(self, value: Any) -> str:
        """An argument of the user's code, which may write to it: a constant is the program's own, for later runs."""
        if type(value) is tuple:
            return f"({', '.join(map(self.given, value))}{',' if len(value) == 1 else ''})"
        if isinstance(value, Variable) or not is_array(value):
            return self.expression(value)
        return f"copied({self.constant(value)})"

    def opaque(self, step: OpaqueStep) -> None:
        """What calls somebody else's."""
        stands = self.stands(step)
        match step:
            case EndTask():
                self.line(f"    end_task(task{step.task}, {stands})")
            case RunHooks():
                self.hooks(step, stands)
            case Outside():
                task = "None" if step.task is None else f"task{step.task}"
                argument = "" if step.argument is None else f"tensors[{step.argument}]"
                if step.function is None:
                    self.line(f"    post_accumulate({task}, {argument}, {stands})")
                else:
                    argument = f"({argument},)" if argument else "()"
                    self.line(f"    call_with({task}, {self.constant(step.function, 'call')}, {argument}, {stands})")
            case CallModuleHooks():
                arguments = ", ".join(f"tensors[{a}]" if isinstance(a, int) else self.given(a) for a in step.arguments)
                call = f"{self.constant(step.call, 'module')}.run([{arguments}], {stands})"
                outs = [] if step.record is None else [self.variable(v) for v in (step.record, *step.results)]
                self.line(f"    {', '.join(outs)}, = {call}" if outs else f"    {call}")
            case HookGradient():
                outs = ["_" if v is None else self.variable(v) for v in step.results]
                grads = self.given(step.grads)
                self.line(f"    {', '.join(outs)}, = hook_gradient(task{step.task}, {self.variable(step.record)}, {grads})")
            case Pack():
                subject = f"tensors[{step.subject}]" if isinstance(step.subject, int) else self.given(step.subject)
                place, family = self.constant(step.place, "place"), self.constant(step.family, "family")
                hook = "None" if step.hook is None else self.constant(step.hook, "pack_hook")
                self.line(f"    {self.variable(step.packed)} = pack({hook}, {subject}, {place}, {family}, {stands})")
            case Unpack():
                hook = "None" if step.hook is None else self.constant(step.hook, "unpack_hook")
                task = "None" if step.task is None else f"task{step.task}"
                what = f"{task}, {hook}, {self.variable(step.packed)}, {self.constant(step.variable, 'V')}, {stands}"
                self.line(f"    {self.variable(step.variable)} = unpack_saved({what})")

    def hooks(self, step: RunHooks, stands: str) -> None:
        outs = ["_" if v is None else self.variable(v) for v in step.results]
        module, place = "None", "None" if step.node is None else self.constant(step.node, "node")
        if type(step.owner) is int:
            place = f"tensors[{step.owner}]"
            hooks = f"hooks_on(tensors[{step.owner}], {step.hooks.kind!r})"
        else:
            hooks = self.constant(step.hooks, "hooks")
            if step.owner is not None:
                module = self.constant(step.owner[1], "module")
        arguments, family = self.given(step.arguments), self.constant(step.family, "family")
        call = f"run_hooks(task{step.task}, {hooks}, {arguments}, {family}, {step.fixed}, {module}, "
        call += f"{tuple([v is None for v in step.results])!r}, "
        call += f"{self.expression(step.groups)}, {stands}, {place})"
        self.line(f"    {', '.join(outs)}, = {call}" if outs else f"    {call}")

    def stands(self, step: Any) -> str:
        """The tensors that code holds, with what they stand for."""
        pairs = [
            f"({self.constant(tensor, 'held')}, {f'tensors[{v}]' if isinstance(v, int) else self.given(v)}"
            f"{''.join(f', {None if g is None else self.constant(g)}' for g in grad)})"
            for tensor, v, *grad in step.stands
        ]
        return f"({', '.join(pairs)}{',' if pairs else ''})"

    def again(self, step: OpaqueStep) -> None:
        """Read what may have changed."""
        outs = [self.variable(v) for _, *pair in step.again for v in pair if v is not None]
        if outs:
            wanted = tuple((number, array is not None, grad is not None) for number, array, grad in step.again)
            name = step.name if isinstance(step, Outside) else "a hook"
            self.line(f"    {', '.join(outs)}, = read_again({name!r}, tensors, {self.constant(wanted, 'wanted')})")


def make_function(
    steps: Sequence[Step],
    inputs: Sequence[Variable],
    results: Sequence[Any],
    sample: Any,
    backend: Backend,
    name: str,
    donated: frozenset[Variable] = frozenset(),
) -> tuple[list[Step], Callable[[list[Any], list[Any]], tuple[Any, ...]], str]:
    """The program as a function of the tensors from outside and the arrays of its inputs.

    `sample` is one of its arrays, None where it has none; inputs that are `donated` may be written over. Returns the steps, with
    what `backend` has made of them, the function and its source.
    """
    if sample is not None:
        steps = segmented(steps, results, backend, adapter_of(sample), donated)
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
