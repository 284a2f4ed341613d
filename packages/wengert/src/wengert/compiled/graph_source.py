"""The source of the program of a backward: equations, and between them what the engine does at nodes and leaves.

After an effect at which the user's code has run the program asks whether what it takes for granted still holds: which gradients
there are, and that no hooks have turned up where it has no place for them. If it does not, the engine finishes the run.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..autograd.engine import GraphTask
from ..autograd.hooks import FIRST_HOOKS
from ..autograd.saved import raise_released, unpack
from ..op_source import execute
from . import effects
from .calling import Marks, note_where, one_by_one
from .ir import Equation, Step, Variable
from .node_hooks import Expected
from .segments import Segment
from .source import Writer
from .steps import (
    Accumulate,
    After,
    Before,
    Effect,
    Fetch,
    FetchStatic,
    FetchTensor,
    Keep,
    LeafVisit,
    Release,
    Retain,
    Unpack,
    Visit,
)

if TYPE_CHECKING:
    from .capture import GraphProgram

__all__ = ["Runner", "make_runner"]


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


class _GraphWriter(Writer):
    """Writes the source of a backward."""

    def __init__(self, program: GraphProgram) -> None:
        super().__init__(program.steps, next(iter(program.root_types[0])))
        self.program = program
        self.kinds: dict[Any, str] = {}  # the names of classes of arrays
        found = [self._expectation(place) for place in program.order]
        self.constants["EXPECTED"] = tuple([one for one in found if one is not None])
        # Of the first so many nodes and leaves, how many the program takes something for granted of.
        self.before = (0, *itertools.accumulate(int(one is not None) for one in found))
        self.called = {step.place for step in program.steps if isinstance(step, Before)}
        # By node, when its turn is. Many steps ask for that, so it is made once: long graphs have many of both.
        self.turn = {place: number for number, place in enumerate(program.order)}
        # By node, the last step that needs the Tensors that its hooks have seen.
        self.last_look = {step.place: step for step in program.steps if isinstance(step, (Before, Unpack, After))}
        self.constants.update({name: getattr(effects, name) for name in effects.__all__})
        self.constants.update(FIRST_HOOKS=FIRST_HOOKS, unpack=unpack)
        # Of the engine itself: nobody watches the run of a program.
        self.constants.update(visit=GraphTask._visit, visit_leaf=GraphTask._visit_leaf)

    def _expectation(self, place: int) -> tuple[int, Expected] | None:
        record = self.program.nodes[place]
        return (place, record.expected) if record.role in ("equations", "reached", "bare leaf") else None

    def source(self) -> str:
        program = self.program
        self.line("def program(task, nodes, type=type):")
        used = {step.place for step in program.steps if step.place > 0}
        names = [f"n{place}" if place in used else "_" for place in range(len(program.nodes))]
        self.line(f"    {', '.join(names)}{',' if len(names) == 1 else ''} = nodes")
        roots = [self.variable(v) for v in program.roots]
        self.line(f"    {', '.join(roots)}{',' if len(roots) == 1 else ''} = task.root.grads")
        self.line("    release = not task.keep")
        self.line("    hooks = FIRST_HOOKS[0]")
        clash = self.clash(0)
        if clash:
            self.line(f"    if {clash}:")
            self.line("        return task.start_over()")
        for index, step in enumerate(program.steps):
            self.step(index, step)
        return "\n".join(self.lines)

    def step(self, index: int, step: Step) -> None:  # noqa: C901, PLR0912  (a line for each kind)
        match step:
            case Equation():
                self.equation(step)
            case Segment():
                self.segment(step)
            case Fetch():
                self.fetch(step)
            case FetchStatic():
                names = [self.variable(v) for v in step.variables]
                self.line(f"    {', '.join(names)}, = arrays_of(n{step.place}._static)", step.place)
            case FetchTensor():
                self.line(f"    {self.variable(step.variable)} = {self.constant(step.tensor)}._array", step.place)
            case Release():
                role = self.program.nodes[step.place].role
                self.line("    if release:" if role == "equations" else f"    if release and n{step.place}._saved:")
                self.line(f"        n{step.place}._saved = None")
            case Retain():
                grad = self.expression(step.variable)
                self.line(f"    retain(task, n{step.place}, {step.number}, {grad}, {step.asked})", step.place)
            case Keep():
                self.line(f"    keep(task, {step.positions!r}, {self.expression(step.variable)})", step.place)
            case Accumulate():
                self.accumulate(index, step)
            case Before():
                self.before_node(index, step)
            case Unpack():
                self.unpack(index, step)
            case After():
                self.after_node(index, step)
            case Visit():
                self.visit(index, step)
            case LeafVisit():
                self.box(index, step)
                self.line(f"    visit_leaf(task, n{step.place}, box)")
                self.check(index, step, [], "task.go_on(nodes, {places}, {values})")
        if not isinstance(step, (Accumulate, LeafVisit)):
            self.let_go(index, step)

    def fetch(self, step: Fetch) -> None:
        v = self.variable(step.variable)
        self.line(f"    {v} = n{step.place}._saved[{step.slot}]", step.place)
        slot = self.program.nodes[step.place].slots[step.slot]
        if slot.dtype is not None:  # it is no number
            kind = self.kinds.get(slot.kind)
            if kind is None:
                kind = self.kinds[slot.kind] = self.constant(slot.kind)
            self.line(f"    if type({v}) is not {kind}:")
            self.line(f"        {v} = unpack({v}, n{step.place})", step.place)

    # -- leaves
    def box(self, index: int, step: Accumulate | LeafVisit) -> None:
        """The gradient of a leaf in a box, and in no variable any more: who accumulates looks at who else holds the array."""
        self.line(f"    box = [{self.given(step.grad)}]")
        if isinstance(step.grad, Variable) and self.last_use[step.grad] <= index:
            self.line(f"    {self.variable(step.grad)} = None")
        self.let_go(index, step)

    def accumulate(self, index: int, step: Accumulate) -> None:
        self.box(index, step)
        more = "" if step.stored and not step.positions else f", {step.positions!r}, {step.stored}"
        self.line(f"    accumulate(task, n{step.place}, box{more})")

    # -- nodes
    def given(self, value: Any) -> str:
        """An argument of the user's code: where it is a constant, nobody must write to it."""
        if value is None or isinstance(value, Variable):
            return self.expression(value)
        return f"copied({self.constant(value)})"

    def targets(self, variables: Sequence[Any]) -> str:
        """What a tuple is unpacked to."""
        names = ["_" if v is None else self.variable(v) for v in variables]
        return f"{', '.join(names)}{',' if len(names) == 1 else ''}"

    def before_node(self, index: int, step: Before) -> None:
        n, record = f"n{step.place}", self.program.nodes[step.place]
        grads, results = list(map(self.given, step.grads)), list(step.results)
        self.line(f"    task.node = {n}")
        if self.alone(step):
            (v,) = map(self.variable, results)
            self.line(f"    h = {n}._hooks")
            self.line(f"    {v} = {grads[0]} if h is None else before_one(task, {n}, h, {grads[0]})", step.place)
            rest = f"task.leave(nodes, {{places}}, {{values}}, {n}, None, ({v},))"
            self.check(index, step, [f"{v} is None"], rest)
            return
        seen, needed = f"seen{step.place}", record.role == "equations"
        call = f"{seen} = before(task, {n}, {needed}, {', '.join(grads)})"
        unwrap = f"{self.targets(results)} = [None if g is None else g._array for g in {seen}]"
        dropped = None in results  # by hooks, which may be gone in another run
        if dropped or self.asked(step.place):
            self.line(f"    {call}", step.place)
            self.line(f"    {unwrap}")
        else:
            self.line(f"    if {n}._hooks is None:")
            self.line(f"        {seen} = None")
            self.line(f"        {self.targets(results)} = {', '.join(grads)}{',' if len(grads) == 1 else ''}")
            self.line("    else:")
            self.line(f"        {call}", step.place)
            self.line(f"        {unwrap}")
        if not needed:
            self.check(index, step, [], "task.go_on(nodes, {places}, {values})")
            self.line(f"    {seen} = None")
            return
        other = [
            f"{seen} and {seen}[{i}] is not None" if v is None else f"{self.variable(v)} is None" for i, v in enumerate(results)
        ]
        rest = f"({', '.join(self.expression(v) for v in results)},)"
        if dropped:
            rest = f"tuple([None if g is None else g._array for g in {seen}])"
        self.check(index, step, other, f"task.leave(nodes, {{places}}, {{values}}, {n}, {seen}, {rest})")
        self.forget_seen(step)

    def forget_seen(self, step: Effect) -> None:
        """Let go of the Tensors that hooks have seen, after the last look at them."""
        if step.place in self.called and self.last_look[step.place] is step:
            self.line(f"    seen{step.place} = None")

    def alone(self, step: Before) -> bool:
        """Whether one gradient passes hooks, which nobody else looks at."""
        whole = self.program.nodes[step.place].role == "equations" and not self.asked(step.place)
        return whole and self.last_look[step.place] is step and [v is None for v in step.results] == [False]

    def asked(self, place: int) -> bool:
        """Whether gradients of a node are asked for."""
        return place in self.program.captures or any(node == place for node, _ in self.program.retained)

    def unpack(self, index: int, step: Unpack) -> None:
        n, values = f"n{step.place}", f"values{step.place}"
        self.line(f"    task.node = {n}")
        seen = f"{self.seen(step.place)} or ()"
        if step.place not in self.called:
            seen = "seen"  # post-hooks that are registered meanwhile see no gradients of outputs (H5.3)
            self.line(f"    seen = () if {n}._hooks is None else None")
        self.line(f"    {values} = unpacked({n})", step.place)
        other = [f"unlike({values}, {self.constant(step.slots)})"]
        grads = f"({', '.join(map(self.expression, step.grads))},)"
        self.check(index, step, other, f"task.leave(nodes, {{places}}, {{values}}, {n}, {seen}, {grads}, {values})")
        self.line(f"    {self.targets(step.variables)} = {values}")
        self.line(f"    {values} = None")
        self.forget_seen(step)

    def seen(self, place: int) -> str:
        """The Tensors that hooks before a node have seen, where there are any."""
        return f"seen{place}" if place in self.called else "None"

    def after_node(self, index: int, step: After) -> None:
        n, record = f"n{step.place}", self.program.nodes[step.place]
        given = [self.given(g) for g in step.given]
        self.line(f"    task.node = {n}")
        seen = f"{self.seen(step.place)} or ()" if step.place in self.called else "None"
        grads = "".join(f", {self.given(g)}" for g in step.grads)
        self.line(f"    results = after(task, {n}, ({', '.join(given)},), {seen}{grads})", step.place)
        self.forget_seen(step)
        self.results(index, step, step.results, record.edges, n)

    def visit(self, index: int, step: Visit) -> None:
        n, record = f"n{step.place}", self.program.nodes[step.place]
        grads = [self.given(g) for g in step.grads]
        self.line(f"    task.node = {n}")
        self.line("    grad = " + (grads[0] if record.outputs == 1 else f"[{', '.join(grads)}]"))
        self.let_go(index, step)
        self.line(f"    results = visit(task, {n}, grad)", step.place)
        self.line("    grad = None")
        if step.results is not None:
            self.results(index, step, step.results, record.edges, n)

    def results(self, index: int, step: Effect, results: Sequence[Any], edges: Sequence[int | None], n: str) -> None:
        """Take what a node sends along its edges, if it is what the program is for."""
        pairs = enumerate(zip(results, edges, strict=True))
        other = [f"results[{i}] is {'not None' if v is None else 'None'}" for i, (v, edge) in pairs if edge is not None]
        self.check(index, step, other, f"task.go_on(nodes, {{places}}, {{values}}, {n}, results)")
        if results:
            self.line(f"    {self.targets(results)} = results")
        self.line("    results = None")

    # -- leaving
    def check(self, index: int, step: Effect, other: list[str], call: str) -> None:
        """After an effect the run goes on without the program, by `call`, if what it took for granted holds no more."""
        start = self.before[step.done - step.within]
        if start < self.before[-1]:
            other = [*other, f"FIRST_HOOKS[0] != hooks and (hooks := unchanged(nodes, EXPECTED, {start})) is None"]
        pure = [
            (record.place, self.program.nodes[record.place].expected)
            for record in self.stretch(index + 1)
            if record.place > 0 and self.program.nodes[record.place].expected.pure
        ]
        if pure:
            other.append(f"other_hooks(nodes, {self.constant(tuple(dict(pure).items()))})")
        clash = self.clash(index + 1)
        if clash:
            other.append(clash)
        if not other:
            return
        self.line(f"    if {' or '.join(other)}:")
        places = self.constant(tuple((place, number) for place, number, _ in step.pending))
        values = "".join(f"{self.expression(value)}, " for _, _, value in step.pending)
        self.line(f"        return {call.format(places=places, values=f'({values})')}")

    def stretch(self, start: int) -> Sequence[Step]:
        """The steps from number `start` on, up to the next effect at which the user's code runs."""
        found: list[Step] = []
        for number in range(start, len(self.steps)):  # a slice would copy all that follows, for each effect
            step = self.steps[number]
            if isinstance(step, Effect):
                break
            found.extend(step.equations if isinstance(step, Segment) else (step,))
        return found

    def clash(self, start: int) -> str:
        """Whether a leaf adds to what a node has saved that runs after it in the stretch, where the program does so before."""
        if not self.program.gathered:
            return ""
        turn, steps = self.turn, self.stretch(start)
        leaves = [(step.place, turn[step.place]) for step in steps if isinstance(step, Accumulate) and step.stored]
        first = min((time for _, time in leaves), default=len(turn))
        savers = dict.fromkeys((step.place, turn[step.place]) for step in steps if isinstance(step, Fetch))
        later = [pair for pair in savers if pair[1] > first]
        return f"clash(nodes, {self.constant(tuple(leaves))}, {self.constant(tuple(later))})" if leaves and later else ""


def make_runner(program: GraphProgram, name: str) -> Runner:
    """`program` as a function, whose source tracebacks show as of ``<wengert backward name>``."""
    writer = _GraphWriter(program)
    source, filename = writer.source(), f"<wengert backward {name}>"
    function = execute(source, filename, writer.constants)["program"]
    return Runner(function, source, writer.places, filename, writer.marks)
