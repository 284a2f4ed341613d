"""The derivative of a compiled function whose results require grad: what a call records, and the programs that run backward.

Where nobody looks into the backward, a call records one node, or a few where a backward may come to some of the results without
the others: a `Piece` of the graph that was traced, whose derivative is a program. Where somebody does, through hooks on
intermediates or by having packed what was saved, the call records the nodes of an eager run (`wengert.compiled.function_graph`),
and the engine runs these. So does a backward that is itself recorded, or over samples, through the nodes that a piece is made of.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..arrays.adapter import DIRECT, adapter_of
from ..autograd.engine import GraphTask
from ..autograd.modes import current
from ..autograd.node import NO_EDGE, Node
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, TraceError, WengertError
from .function_call_graph import CallGraph
from .function_calls import record_call
from .function_grad import Derivative, DerivativePiece, Target
from .function_graph import TracedGraph
from .function_pieces import Piece, PieceProgram, add_arrays, pieces_of
from .function_sizes import Replica, without_sizes
from .function_steps import FunctionStep, Write
from .function_trace import FunctionRecorder
from .ir import Equation, Recomputed, Step, Variable, variables_in
from .packed import ObjectVariable
from .passes import PASSES, Options, draws, optimized, rematerialisation
from .segments import Backend
from .sizes import ThisRun, standing_in
from .taped_derivative import knowledge_of, reads_values
from .trace import TracedArray, variable_of

__all__ = ["GraphDerivative", "derivative_at", "differentiated"]


class GraphDerivative:
    """How the gradients of a function's results become those of the tensors from outside.

    Attributes
    ----------
    traced : TracedGraph
    pieces : list of Piece
        What a call records; empty where it records the nodes one by one.
    reason : str
        Why it does that.
    saved : list of Variable
        The values of the forward that a call saves.
    watched : dict
        Of these, where a write to them could be by others: of which tensor from outside they are, or lie in the memory; of which
        result they are.
    roots : list of tuple
        The places of the results that require grad, as `TracedGraph.target` tells them.
    """

    def __init__(self, traced: TracedGraph, backend: Backend, options: Options, like: Any) -> None:
        self.traced, self.backend, self.options, self.like = traced, backend, options, like
        self.pieces: list[Piece] = []
        self.reason = ""
        self.saved: list[Variable] = []
        self.roots = [traced.target(edge) for edge in traced.roots]
        self.watched: dict[Variable, tuple[str, int]] = {}
        self.failure: Exception | None = None
        self._lock = threading.RLock()
        self.returned: list[Any] = [tensor._array.variable for tensor in traced.alive]  # what the results are in the program
        self.memory: dict[Variable, int] = {}  # in that of which tensor from outside variables lie
        self.knowledge: list[dict[str, Any]] = []  # what nodes know
        self._stand_ins: list[Node] = []

    # -- while the function is traced
    def trace(self) -> None:
        """Trace the derivatives of all pieces, or find why there will be none."""
        traced = self.traced
        if traced.hooked():
            self.reason = "there are hooks inside of it"
            return
        self.pieces = pieces_of(traced)
        task = GraphTask((), (), keep=True, recorded=False)
        try:
            with _running(task):
                for piece in self.pieces:
                    piece.programs[piece.everything] = self._traced(piece, traced.nodes, *piece.everything)
        except Exception as error:  # noqa: BLE001 - a user's derivative may raise anything, and does so when it is run
            self.pieces, self.reason = [], f"a derivative cannot be traced: {type(error).__name__}: {error}"

    def _traced(self, piece: Piece, nodes: Sequence[Node], defined: tuple[bool, ...], wanted: Any) -> Any:
        """The steps of a piece, its roots and results."""
        traced, recorder = self.traced, self.traced.recorder
        before, recorder.steps = recorder.steps, []
        active, recorder.active, recorder.thread = recorder.active, True, threading.get_ident()
        try:
            roots = [self._root(port) if is_defined else None for port, is_defined in zip(piece.ports, defined, strict=True)]
            with recorder.recording():
                applied = recorder.interpreter.applied
                outs = piece.flow(traced, roots, lambda i, grad: applied(nodes[i], grad, traced.nodes[i]), add_arrays)
            steps = recorder.steps
        finally:
            recorder.steps, recorder.active = before, active
        if not all(isinstance(step, Equation) for step in steps):
            raise TraceError("it has effects")
        if wanted is not None:
            outs = [out if is_wanted else None for out, is_wanted in zip(outs, wanted, strict=True)]
        return steps, [root.variable for root in roots if root is not None], [variable_of(out) for out in outs]

    def _root(self, port: tuple[int, int]) -> TracedArray:
        shape, dtype = self.traced.port(port)
        return self.traced.recorder.variable(adapter_of(self.like).ones(tuple(shape), dtype, self.like))

    def settle(self, now: ThisRun) -> None:
        """Put numbers for symbols into all of it, when the function has been traced with some."""
        self.traced = self.traced.at(now, self.traced.recorder)
        self.returned = now.of(self.returned)
        for piece in self.pieces:
            steps, roots, results = piece.programs[piece.everything]
            piece.programs[piece.everything] = now.steps(steps), roots, now.of(results)

    # -- when it has been
    def finish(self, forward: Sequence[Any]) -> Exception | None:
        """Run the passes, find what is saved, and generate the sources; `forward` are the results of the function.

        Where a backend fails the equations are called one by one, and the failure is returned.
        """
        recorder, traced = self.traced.recorder, self.traced
        traced.note_steps(recorder.steps)
        found = [(piece, pattern, self._cleaned(*parts)) for piece in self.pieces for pattern, parts in piece.programs.items()]
        if self.options.memory_budget is not None and found:
            fitted = _fitted(recorder, forward, [parts for *_, parts in found], self.options)
            found = [(*key, parts) for (*key, _), parts in zip(found, fitted, strict=True)]
        needed: dict[Variable, None] = {}
        for _, _, (steps, roots, results) in found:
            made = {v for step in steps for v in step.makes()} | set(roots)
            needed.update(dict.fromkeys(v for step in steps for v in step.reads() if v not in made))
            needed.update(dict.fromkeys(v for v in variables_in(results) if v not in made))
        self.saved = [*needed, *self._more(needed)] if self.pieces else list(traced.needed)
        self._check_writes(recorder)
        saved = set(self.saved)
        returns = [(v, number) for number, v in enumerate(self.returned) if isinstance(v, Variable)]
        self.watched = {v: ("returned", number) for v, number in returns if v in saved}
        self._note_memory(recorder)
        self.watched.update({v: ("shared", self.memory[v]) for v in self.saved if v in self.memory})
        self.watched.update({v: ("outside", traced.first[v]) for v in self.saved if v in traced.first})
        if self.pieces:
            stand_ins = _Traced(traced, list(recorder.numbers))
            stand_ins.fill()
            self._stand_ins = stand_ins.nodes
        for piece, pattern, parts in found:
            piece.programs[pattern] = self._program(*parts)
        return self.failure

    def _more(self, have: dict[Variable, None]) -> list[Variable]:
        """What has to be saved besides `have`, so that everything else that nodes have saved can be computed again."""
        traced = self.traced
        more: dict[Variable, None] = {}
        seen = set(have)
        stack = list(traced.needed)
        while stack:
            v = stack.pop()
            if v in seen:
                continue
            seen.add(v)
            equation = traced.producers.get(v)
            if equation is None or draws(equation):
                more[v] = None
            else:
                stack.extend(equation.reads())
        return list(more)

    def _check_writes(self, recorder: FunctionRecorder) -> None:
        written = {step.tensor for step in recorder.steps if isinstance(step, Write)}
        for v in self.saved:
            number = self.traced.first.get(v)
            if number in written:
                shape = recorder.numbers[number].shape
                raise CompileError(
                    f"a tensor of shape {shape} is needed for the gradient of a result, and the compiled function writes to it "
                    "in place; write to a clone() of it, or run the backward before"
                )

    def _note_memory(self, recorder: FunctionRecorder) -> None:
        """Note which values lie in the memory of tensors from outside: a write to these must not go unseen."""
        for v in self.saved if self.traced.instance is None else recorder.values:  # for other sizes others may be saved
            value = None if isinstance(v, ObjectVariable) else recorder.values.get(v)
            if value is None or type(value) not in DIRECT:
                continue
            adapter = adapter_of(value)
            if adapter.mutable:
                for known in recorder.known.values():
                    if type(known.array) is type(value) and adapter.shares(value, known.array):
                        self.memory[v] = known.number

    def _cleaned(self, steps: list[Step], roots: list[Variable], results: list[Any]) -> Any:
        return optimized(steps, results, _unlimited(self.options), PASSES), roots, results

    def _program(self, steps: list[Step], roots: list[Variable], results: list[Any]) -> PieceProgram:
        numbers = {v: i for i, v in enumerate(self.saved)}
        made = {v for step in steps for v in step.makes()} | set(roots)
        read = list(dict.fromkeys([*(v for step in steps for v in step.reads()), *variables_in(results)]))
        inputs = [v for v in read if v not in made]
        missing = [v for v in inputs if v not in numbers]
        if missing:  # it reads what the first of all programs did not need
            steps, inputs = self._recomputing(steps, inputs, numbers)
        places = [i for i, v in enumerate(results) if v is not None]
        sample = self._root(self.pieces[0].ports[0]).value
        program = PieceProgram([*roots, *inputs], [results[i] for i in places], [numbers[v] for v in inputs], places, steps)
        try:
            program.make(sample, self.backend)
        except WengertError:
            raise
        except Exception as error:  # noqa: BLE001 - the forward has run, and its result needs a derivative
            self.failure = error
        return program

    def _recomputing(
        self, steps: list[Step], inputs: list[Variable], numbers: dict[Variable, int]
    ) -> tuple[list[Step], list[Variable]]:
        """The same with the equations of the forward that compute what was not saved."""
        producers = self.traced.producers
        needed: dict[Equation, None] = {}
        found: dict[Variable, None] = {}
        stack = list(inputs)
        while stack:
            v = stack.pop()
            if v in numbers:
                found[v] = None
            elif producers[v] not in needed:
                needed[producers[v]] = None
                stack.extend(producers[v].reads())
        forward = [e for e in dict.fromkeys(producers.values()) if e in needed]
        return [*forward, *steps], list(found)

    # -- in a backward
    def program(self, piece: Piece, defined: tuple[bool, ...], wanted: Any) -> PieceProgram | None:
        """The program for gradients of which these are defined; None if there can be none."""
        pattern = defined, wanted
        if pattern in piece.programs:
            return piece.programs[pattern]
        with self._lock:
            if pattern not in piece.programs:
                try:
                    with _running(GraphTask((), (), keep=True, recorded=False)), standing_in():
                        parts = self._traced(piece, self._stand_ins, defined, wanted)
                    piece.programs[pattern] = self._program(*self._cleaned(*parts))
                except Exception:  # noqa: BLE001 - what cannot be traced, for whatever reason, is run node by node
                    piece.programs[pattern] = None
            return piece.programs[pattern]

    def record(self, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor]) -> None:
        """Record a call, whose results that require grad are `outs`; `saved` are the values of its variables of that name."""
        record_call(self, saved, outs, tensors)

    def parts(self) -> list[tuple[str, list[Variable], list[Step], list[Step], list[Any]]]:
        """What is shown of it: a title, the inputs, the steps before the backend and at last, and the results."""
        if not self.pieces:
            nodes = len(self.traced.nodes)
            return [(f"the backward from outside runs the {nodes} nodes of an eager run, for {self.reason}", [], [], [], [])]
        found: list[Any] = []
        for number, piece in enumerate(self.pieces):
            for (defined, _), program in list(piece.programs.items()):
                if program is not None:
                    title = "derivative, of the gradients of the results and what has been saved"
                    title += f", piece {number + 1} of {len(self.pieces)}" * (len(self.pieces) > 1)
                    title += f", {sum(defined)} of {len(defined)} gradients being defined" * (not all(defined)) + ":"
                    found.append((title, program.inputs, program.traced, program.steps, program.results))
        return found

    def as_saved(self, name: str) -> Derivative:
        """The derivative as it can be written to a file.

        Raises
        ------
        CompileError
            If a call of the function records the nodes of an eager run, or a gradient goes to what the function has made.
        """
        everything = [piece.programs.get(piece.everything) for piece in self.pieces]
        roots = [self._port(self.traced.target(edge)) for edge in self.traced.roots]
        made: list[DerivativePiece] = []
        for piece, program in zip(self.pieces, everything, strict=True):
            targets = [self._port(piece.edges[i]) for i in program.places] if program is not None else [None]
            if program is None or None in targets:
                break
            reads = program.reads
            made.append(DerivativePiece(program.inputs, len(piece.ports), reads, program.results, targets, program.steps))  # type: ignore[arg-type]
            made[-1].traced = program.traced
        found = [root for root in roots if root is not None and root[1] is not None]
        if not made or len(made) != len(self.pieces) or len(found) != len(roots):
            raise CompileError(
                f"save: results of {name} require grad, and no file can hold what a call of it records, for "
                f"{self.reason or 'a gradient goes to a tensor that the function makes'}; run the backward inside of the function"
            )
        sources = tuple([self.traced.first.get(v) for v in self.saved])
        return Derivative(made, found, list(self.saved), sources)  # type: ignore[arg-type]

    def _port(self, target: tuple[str, int, int]) -> Target | None:
        """A place in the graph as files tell it; None if they cannot."""
        kind, number, nr = target
        if kind == "outside":
            return number, None
        for k, piece in enumerate(self.pieces):
            if kind == "node" and (number, nr) in piece.ports:
                return k, piece.ports.index((number, nr))
        return None

    def sources(self) -> list[str]:
        """The generated sources."""
        found = [program for piece in self.pieces for program in list(piece.programs.values()) if program is not None]
        return [program.source for program in found if program.source]


class _Border(FunctionStep):
    """Where the forward ends, or a piece, and the derivative of the next piece begins."""

    __slots__ = ()

    quiet = True  # what others write meanwhile to the memory of a saved tensor is an error

    def __str__(self) -> str:
        return "end of the forward"


def _fitted(recorder: FunctionRecorder, forward: Sequence[Any], pieces: Sequence[Any], options: Options) -> list[Any]:
    """The derivatives, with what they compute again instead of reading it of the forward: together they fit the budget."""
    results = [v for _, _, found in pieces for v in found]
    needed = [*forward, *results, *(v for steps, *_ in pieces for step in steps for v in step.reads())]
    whole = optimized(recorder.steps, needed, _unlimited(options), [one for one in PASSES if one.__name__ != "products"])
    for steps, *_ in pieces:
        whole += [_Border(), *steps]
    whole = rematerialisation(whole, [*forward, *results], options)
    parts: list[list[Step]] = [[]]
    for step in whole:
        if isinstance(step, _Border):
            parts.append([])
        else:
            parts[-1].append(step)
        if isinstance(step, Recomputed):
            pairs = zip(step.outputs, step.first, strict=True)
            recorder.values.update((v, recorder.values[old]) for v, old in pairs if v is not None and old in recorder.values)
    recorder.steps[:] = parts[0]
    return [(steps, roots, found) for steps, (_, roots, found) in zip(parts[1:], pieces, strict=True)]


def _unlimited(options: Options) -> Options:
    return dataclasses.replace(options, memory_budget=None)


class _Traced(CallGraph):
    """The graph over the traced arrays themselves, for derivatives that are traced later."""

    def __init__(self, traced: TracedGraph, outside: list[Tensor]) -> None:
        super().__init__(traced, outside, {}, range(len(traced.nodes)))
        self._standing: dict[Variable, Any] = {}

    def value(self, traced: Any) -> Any:
        instance, recorder = self.traced.instance, self.traced.recorder
        if not isinstance(traced, TracedArray):  # batched over traced ones, for one size
            return traced
        now = self.traced.now(traced.variable)
        if now is traced.variable:
            return traced
        if not isinstance(now, Variable):
            return recorder.constant(now)
        assert instance is not None
        if now not in self._standing:  # nobody looks at values, but functions are called with some
            self._standing[now] = type(traced)(instance.example(now), now, recorder)
        return self._standing[now]

    def outside(self, number: int) -> Any:
        tensor = self.numbered[number]
        return wrap(self.value(self.traced.arrays[number]), tensor._place() if tensor.requires_grad else NO_EDGE, tensor._family)


@contextmanager
def _running(task: GraphTask) -> Iterator[None]:
    """Let the code of derivatives run as in a backward."""
    modes = current()
    before, grad = modes.task, modes.grad
    modes.task = task
    modes.set_grad(False)
    try:
        yield
    finally:
        modes.task = before
        modes.set_grad(grad)


def differentiated(
    recorder: FunctionRecorder, alive: Sequence[Tensor], backend: Backend, options: Options
) -> GraphDerivative:
    """What has been recorded of the results `alive`, its derivative traced where it can be."""
    known = next(iter(recorder.known.values()), None)
    like = next(iter(recorder.values.values())) if known is None else known.array
    derivative = GraphDerivative(TracedGraph(recorder, alive), backend, options, adapter_of(like).zeros((), like.dtype, like))
    derivative.trace()
    if not derivative.pieces:  # the nodes themselves are what a call records
        without_sizes(recorder, alive)
    derivative.traced.describe()
    derivative.knowledge = knowledge_of(derivative.traced) if derivative.pieces else []
    for piece in derivative.pieces:
        piece.saves = any(derivative.traced.nodes[i]._saved or reads_values(derivative.knowledge[i]) for i in piece.nodes)
    return derivative


def derivative_at(made: Replica, backend: Backend, options: Options) -> GraphDerivative:
    """The derivative of the program that one for several sizes becomes, which is still to be finished."""
    taped = made.derivative
    assert taped is not None
    recorder = FunctionRecorder()  # of derivatives for gradients of which some are undefined
    recorder.steps, recorder.numbers, recorder.lines = made.steps, made.numbers, taped.traced.recorder.lines
    recorder.close()
    taped.traced.recorder = recorder
    derivative = GraphDerivative(taped.traced, backend, options, taped.like)
    derivative.pieces, derivative.returned, derivative.memory = taped.pieces, taped.returned, taped.memory
    for piece, parts in zip(derivative.pieces, taped.parts, strict=True):
        piece.programs[piece.everything] = parts
    return derivative
