"""The source of a program as one Python function that calls the array library: the ``python`` backend.

Each equation is a line, each effect two or three. A line belongs to a node, which is what an error in it names. Large arrays are
let go of as soon as nothing reads them any more.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.hooks import FIRST_HOOKS
from ..autograd.saved import raise_released, unpack
from ..op_source import execute
from .calling import Marks, note_where, one_by_one
from .ir import Equation, LibraryFunction, Step, Variable
from .node_args import holes
from .segments import Segment
from .steps import Effect, Fetch, FetchStatic, LeafVisit, Release, Visit

if TYPE_CHECKING:
    from .capture import GraphProgram

__all__ = ["Runner", "Writer", "make_runner"]

#: Of smaller arrays the memory is not worth a line that lets go of them.
SMALL = 4096

#: Python's own syntax for functions of two arrays, quicker than the functions.
INFIX = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "matmul": "@"}


class Runner:
    """A program made callable.

    Attributes
    ----------
    source : str
        What was generated.
    """

    def __init__(
        self, function: Callable[..., None], source: str, places: Sequence[int], filename: str, marks: Marks
    ) -> None:
        self._function, self.source, self._places, self._filename, self._marks = function, source, places, filename, marks

    def __call__(self, task: Any, nodes: tuple[Any, ...]) -> None:
        """Run for `task`, whose nodes by number are `nodes`."""
        try:
            self._function(task, nodes)
        except BaseException as error:
            place = self._place_of(error)
            if place > 0:
                task.node = node = nodes[place]
                if type(error) is TypeError and node._saved is None:  # another thread has released it meanwhile
                    raise_released(node)
            note_where(error, self._filename, self._marks)
            raise

    def _place_of(self, error: BaseException) -> int:
        """The number of the node to which the line belongs that raised, or the equation that was called in a segment's place."""
        trace, place = error.__traceback__, -1
        while trace is not None:
            code = trace.tb_frame.f_code
            if code.co_filename == self._filename:
                line = trace.tb_lineno - 1
                place = self._places[line] if line < len(self._places) else -1
            elif code is one_by_one.__code__ and place > 0:
                return trace.tb_frame.f_locals["equation"].place
            trace = trace.tb_next
        return place


class Writer:
    """Writes the source of one program.

    Parameters
    ----------
    steps : sequence of Step
    array_type : type
        The type of the arrays, by which operators know the function of their library.
    kept : sequence of Variable
        Those that are wanted when all steps are done.
    """

    def __init__(self, steps: Sequence[Step], array_type: type, kept: Sequence[Variable] = ()) -> None:
        self.steps, self.array_type = steps, array_type
        self.constants: dict[str, Any] = {}
        self.names: dict[Variable, str] = {}
        self.lines: list[str] = []
        self.places: list[int] = []
        self.marks: Marks = {}
        self.last_use = {v: i for i, step in enumerate(steps) for v in (*step.reads(), *step.makes())}
        self.last_use.update(dict.fromkeys(kept, len(steps)))

    # -- expressions
    def constant(self, value: Any, name: str = "K") -> str:
        name = f"{name}{len(self.constants)}"
        self.constants[name] = value
        return name

    def variable(self, variable: Variable) -> str:
        name = self.names.get(variable)
        if name is None:
            name = self.names[variable] = f"v{len(self.names)}"
        return name

    def expression(self, value: Any) -> str:
        """The source of an argument."""
        kind = type(value)
        if isinstance(value, Variable):
            return self.variable(value)
        if kind is tuple:
            return f"({', '.join(map(self.expression, value))}{',' if len(value) == 1 else ''})"
        if kind is list:
            return f"[{', '.join(map(self.expression, value))}]"
        if kind is slice:
            return f"slice({', '.join(map(self.expression, (value.start, value.stop, value.step)))})"
        return repr(value) if value is None or kind in (int, bool, str) else self.constant(value)

    def call(self, equation: Equation) -> str:
        op, arguments = equation.op, equation.arguments
        if isinstance(op, LibraryFunction):
            args = [*map(self.expression, arguments["args"])]
            args += [f"{n}={self.expression(v)}" for n, v in arguments["kwargs"].items()]
            return f"{self.function(op.name, op.forward)}({', '.join(args)})"
        if op.name in INFIX:
            first, second = map(self.expression, arguments.values())
            return f"{first} {INFIX[op.name]} {second}"
        if op.table is not None:
            function = op.table[self.array_type]
            return f"{self.function(op.name, function)}({', '.join(map(self.expression, arguments.values()))})"
        args = [self.expression(arguments[n]) for n in op.positional]
        args += [f"{n}={self.expression(arguments[n])}" for n in op.by_keyword]
        return f"{self.function(op.name, op.forward)}({', '.join(args)})"

    def function(self, name: str, function: Callable[..., Any]) -> str:
        name = f"f_{name.replace('.', '_')}"
        while self.constants.setdefault(name, function) is not function:
            name += "_"
        return name

    # -- lines
    def line(self, text: str, place: int = -1) -> None:
        self.lines.append(text)
        self.places.append(place)

    def let_go(self, index: int, step: Step) -> None:
        """Forget the large arrays that were read for the last time."""
        here = dict.fromkeys((*step.reads(), *step.makes()))
        dead = [self.variable(v) for v in here if self.last_use[v] <= index and _large(v)]
        if dead:
            self.line(f"    {' = '.join(dead)} = None")

    def segment(self, step: Segment) -> None:
        """The line that calls what a backend has made."""
        outs = ", ".join(map(self.variable, step.outputs))
        ins = ", ".join(map(self.variable, step.inputs))
        name, rescue = self.constant(step.function, "segment"), self.constant(step.rescue, "rescue")
        step.rescue.stands_by(self.constants, name)
        self.line("    try:")
        self.line(f"        {outs}, = {name}({ins})", step.place)
        self.line("    except Exception as error:")
        self.line(f"        {outs}, = {rescue}(error, {ins})", step.place)

    def equation(self, step: Equation) -> None:
        """The line that computes."""
        outs = ["_" if v is None else self.variable(v) for v in step.outputs]
        self.marks[len(self.lines)] = (step.op.name, step.place)
        target = outs[0] if step.single else f"{', '.join(outs)}{',' if len(outs) == 1 else ''}"
        self.line(f"    {target} = {self.call(step)}", step.place)


class _GraphWriter(Writer):
    """Writes the source of a backward."""

    def __init__(self, program: GraphProgram) -> None:
        super().__init__(program.steps, next(iter(program.root_types[0])))
        self.program = program
        # The nodes that are run without hooks, in order, and how many of them are among the first so many of all.
        without = [program.nodes[place].role == "equations" for place in program.order]
        self.constants["RUN"] = tuple(itertools.compress(program.order, without))
        self.run_before = (0, *itertools.accumulate(without))
        self.constants.update(FIRST_HOOKS=FIRST_HOOKS, arrays_of=arrays_of, unchanged=unchanged, unpack=unpack)

    def source(self) -> str:
        program = self.program
        self.line("def program(task, nodes):")
        used = sorted({step.place for step in program.steps if step.place > 0})
        for place in used:
            self.line(f"    n{place} = nodes[{place}]")
        roots = [self.variable(v) for v in program.roots]
        self.line(f"    {', '.join(roots)}{',' if len(roots) == 1 else ''} = task.root.grads")
        self.line("    release = not task.keep")
        self.line("    hooks = FIRST_HOOKS[0]")
        for index, step in enumerate(program.steps):
            self.step(index, step)
            if not isinstance(step, LeafVisit):
                self.let_go(index, step)
        return "\n".join(self.lines)

    def step(self, index: int, step: Step) -> None:
        match step:
            case Equation():
                self.equation(step)
            case Segment():
                self.segment(step)
            case Fetch():
                v = self.variable(step.variable)
                self.line(f"    {v} = n{step.place}._saved[{step.slot}]", step.place)
                slot = self.program.nodes[step.place].slots[step.slot]
                if slot.dtype is not None:  # it is no number
                    self.line(f"    if type({v}) is not {self.constant(slot.kind)}:")
                    self.line(f"        {v} = unpack({v}, n{step.place})", step.place)
            case FetchStatic():
                names = [self.variable(v) for v in step.variables]
                self.line(f"    {', '.join(names)}, = arrays_of(n{step.place}._static)", step.place)
            case Release():
                role = self.program.nodes[step.place].role
                self.line("    if release:" if role == "equations" else f"    if release and n{step.place}._saved:")
                self.line(f"        n{step.place}._saved = None")
            case Visit():
                self.visit(index, step)
            case LeafVisit():
                self.leaf(index, step)

    def visit(self, index: int, step: Visit) -> None:
        n, record = f"n{step.place}", self.program.nodes[step.place]
        grads = [self.expression(g) for g in step.grads]
        self.line(f"    task.node = {n}")
        self.line("    grad = " + (grads[0] if record.outputs == 1 else f"[{', '.join(grads)}]"))
        self.let_go(index, step)
        self.line(f"    results = task.visit_now({n}, grad)", step.place)
        self.line("    grad = None")
        if step.results is None:
            return
        other = [
            f"results[{i}] is {'not None' if v is None else 'None'}"
            for i, v in enumerate(step.results)
            if record.edges[i] is not None
        ]
        self.check(step, other, f", {n}, results")
        if step.results:
            names = ["_" if v is None else self.variable(v) for v in step.results]
            self.line(f"    {', '.join(names)}{',' if len(names) == 1 else ''} = results")
        self.line("    results = None")

    def leaf(self, index: int, step: LeafVisit) -> None:
        self.line(f"    box = [{self.expression(step.grad)}]")
        self.let_go(index, step)
        self.line(f"    task.visit_leaf_now(n{step.place}, box)")
        self.check(step, [], "")

    def check(self, step: Effect, other: list[str], results: str) -> None:
        """After an effect the run goes on without the program if what it took for granted holds no more."""
        start = self.run_before[step.done]
        if start < self.run_before[-1]:
            other = [*other, f"FIRST_HOOKS[0] != hooks and (hooks := unchanged(nodes, RUN, {start})) is None"]
        if not other:
            return
        self.line(f"    if {' or '.join(other)}:")
        places = self.constant(tuple((place, number) for place, number, _ in step.pending))
        values = "".join(f"{self.expression(value)}, " for _, _, value in step.pending)
        self.line(f"        return task.go_on(nodes, {places}, ({values}){results})")


def unchanged(nodes: tuple[Any, ...], places: tuple[int, ...], start: int) -> int | None:
    """How many nodes have got a first hook by now; None if one of those that are yet to run without hooks is among them.

    These are at `places`, from number `start` on.
    """
    count = FIRST_HOOKS[0]
    return None if any(nodes[place]._hooks is not None for place in places[start:]) else count


def arrays_of(static: Any) -> list[Any]:
    """The arrays among static arguments, in order."""
    arrays: list[Any] = []
    holes(static, arrays)
    return arrays


def _large(variable: Variable) -> bool:
    return math.prod(variable.shape) * getattr(variable.dtype, "itemsize", 8) >= SMALL


def make_runner(program: GraphProgram, name: str) -> Runner:
    """`program` as a function, whose source tracebacks show as of ``<wengert backward name>``."""
    writer = _GraphWriter(program)
    source, filename = writer.source(), f"<wengert backward {name}>"
    function = execute(source, filename, writer.constants)["program"]
    return Runner(function, source, writer.places, filename, writer.marks)
