"""The derivative of a compiled function whose results require grad: what a call records, and the programs that run backward.

Where nobody looks into the backward, a call records one node, or a few where a backward may come to some of the results without
the others: a `Piece` of the graph that was traced, whose derivative is a program. Where somebody does, through hooks on
intermediates or by having packed what was saved, the call records the nodes of an eager run (`wengert.compiled.function_graph`),
and the engine runs these. So does a backward that is itself recorded, or over samples, through the nodes of which a piece is made.
"""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..arrays.adapter import DIRECT, adapter_of
from ..autograd.engine import GraphTask
from ..autograd.modes import current
from ..autograd.node import NO_EDGE, Edge, Node, next_sequence
from ..autograd.saved import SavedTensor, raise_released, unpack
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError, TraceError, WengertError
from .calling import one_by_one
from .function_grad import Derivative, DerivativePiece, Target
from .function_graph import CallGraph, TracedGraph, kept
from .function_source import make_function, note_in
from .function_steps import FunctionStep, Write
from .function_trace import FunctionRecorder
from .ir import Equation, Recomputed, Step, Variable, variables_in
from .packed import ObjectVariable
from .passes import PASSES, Options, draws, optimized, rematerialisation
from .segments import Backend
from .trace import TracedArray, variable_of

__all__ = ["GraphDerivative", "Piece", "differentiated"]

_names = itertools.count().__next__

#: Where the gradients of a node go: nowhere, to a node of the same piece with the number of its output, or along an edge.
Route = tuple[str, int, int] | None


class PieceProgram:
    """The derivative of a piece, for gradients of which some are undefined.

    Attributes
    ----------
    inputs, results : list
        The gradients and what was saved; what goes along the edges.
    reads : list of int
        Which of the saved values it starts with, after the gradients.
    places : list of int
        To which edges its results belong.
    traced, steps : list of Step
        Before a backend has seen them, and what that has made of them.
    """

    __slots__ = ("function", "inputs", "places", "reads", "results", "source", "steps", "traced")

    def __init__(
        self, inputs: list[Variable], results: list[Any], reads: list[int], places: list[int], steps: list[Step]
    ) -> None:
        self.inputs, self.results, self.reads, self.places = inputs, results, reads, places
        self.traced = self.steps = steps
        self.function: Callable[..., Any] = self._step_by_step
        self.source = ""

    def make(self, sample: Any, backend: Backend) -> None:
        """Generate the function."""
        self.steps, self.function, self.source = make_function(
            self.steps, self.inputs, self.results, sample, backend, f"derivative {_names()}"
        )

    def __call__(self, arrays: list[Any]) -> Any:
        """The results of `arrays`."""
        try:
            return self.function([], arrays)
        except Exception as error:
            note_in(error, self.function)
            raise

    def _step_by_step(self, _: list[Any], arrays: list[Any]) -> tuple[Any, ...]:
        known = dict(zip(self.inputs, arrays, strict=True))
        one_by_one([step for step in self.steps if isinstance(step, Equation)], known)
        return tuple([known.get(v, v) for v in self.results])


class Piece:
    """Nodes of the traced graph that a call records as one.

    Attributes
    ----------
    nodes : list of int
    ports : list of tuple
        Where gradients come in: the number of a node, that of its output.
    edges : list of tuple
        Where they leave: see `TracedGraph.target`; a node stands for the place that it has in another piece.
    routes : list of list
        For each of `nodes` and each of its edges where the gradient goes.
    programs : dict
        From which gradients are defined, and which are wanted, to the program; None for one that could not be made.
    """

    def __init__(self, nodes: list[int]) -> None:
        self.nodes = nodes
        self.ports: list[tuple[int, int]] = []
        self.edges: list[tuple[str, int, int]] = []
        self.routes: list[list[Route]] = []
        self.programs: dict[Any, PieceProgram | None] = {}

    def flow(
        self, traced: TracedGraph, grads: Sequence[Any], visit: Callable[[int, Any], Any], add: Callable[[Any, Any], Any]
    ) -> list[Any]:
        """Run the nodes as the engine does: ``visit(number, grad)`` gives the gradients along the edges of one."""
        pending = {port: g for port, g in zip(self.ports, grads, strict=True) if g is not None}
        outs: list[Any] = [None] * len(self.edges)
        for number, routes in zip(self.nodes, self.routes, strict=True):
            count = traced.nodes[number]._outputs
            given = [pending.pop((number, nr), None) for nr in range(count)]
            results = visit(number, given[0] if count == 1 else given)
            for route, grad in zip(routes, results, strict=False):
                if route is None or grad is None:
                    continue
                kind, place, nr = route
                if kind == "out":
                    outs[place] = grad if outs[place] is None else add(outs[place], grad)
                else:
                    old = pending.get((place, nr))
                    pending[place, nr] = grad if old is None else add(old, grad)
        return outs


def pieces_of(traced: TracedGraph) -> list[Piece]:
    """The nodes in their order, cut where a backward may begin, or where others of the results lead."""
    roots = [traced.target(edge)[1] for edge in traced.roots if traced.target(edge)[0] == "node"]
    reached_by: list[set[int]] = [set() for _ in traced.nodes]
    for root in roots:
        reached_by[root].add(root)
    pieces: list[Piece] = []
    of: dict[int, int] = {}
    for i, node in enumerate(traced.nodes):
        for edge in node.next_functions:
            kind, below, _ = traced.target(edge)
            if kind == "node":
                reached_by[below] |= reached_by[i]
        if not pieces or i in roots or reached_by[i] != reached_by[i - 1]:
            pieces.append(Piece([]))
        pieces[-1].nodes.append(i)
        of[i] = len(pieces) - 1
    for edge in traced.roots:
        kind, number, nr = traced.target(edge)
        if kind == "node" and (number, nr) not in pieces[of[number]].ports:
            pieces[of[number]].ports.append((number, nr))
    _route(traced, pieces, of)
    return pieces


def _route(traced: TracedGraph, pieces: list[Piece], of: dict[int, int]) -> None:
    """Find where gradients go, and in which order they leave a piece: the order in which the last of each is there."""
    served: dict[tuple[str, int, int], int] = {}
    for k, piece in enumerate(pieces):
        last: dict[Any, tuple[int, int]] = {}
        found: list[list[Any]] = []
        for i in piece.nodes:
            row: list[Any] = []
            for position, edge in enumerate(traced.nodes[i].next_functions):
                target = traced.target(edge)
                kind, below, nr = target
                if kind == "nowhere":
                    row.append(None)
                elif kind == "node" and of[below] == k:
                    row.append(("in", below, nr))
                else:  # what has had gradients of an earlier piece gets each on its own, to be added in the order of an eager run
                    key = (target, None) if served.setdefault(target, k) == k else (target, (i, position))
                    last[key] = (i, position)
                    row.append(key)
                    if kind == "node" and (below, nr) not in pieces[of[below]].ports:
                        pieces[of[below]].ports.append((below, nr))
            found.append(row)
        order = sorted(last, key=last.__getitem__)
        number = {key: n for n, key in enumerate(order)}
        piece.edges = [target for target, _ in order]
        piece.routes = [[r if r is None or r[0] == "in" else ("out", number[r], 0) for r in row] for row in found]


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
    """

    def __init__(self, traced: TracedGraph, backend: Backend, options: Options) -> None:
        self.traced, self.backend, self.options = traced, backend, options
        self.pieces: list[Piece] = []
        self.reason = ""
        self.saved: list[Variable] = []
        self.shared: dict[Variable, int] = {}
        self.returned: dict[Variable, int] = {}
        self.failure: Exception | None = None
        self._lock = threading.RLock()
        known = next(iter(traced.recorder.known.values()), None)
        self._like = next(iter(traced.recorder.values.values())) if known is None else known.array
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
                    everything = (tuple([True] * len(piece.ports)), None)
                    piece.programs[everything] = self._traced(piece, traced.nodes, *everything)
        except TraceError as error:
            self.pieces, self.reason = [], f"a derivative cannot be traced: {error}"

    def _traced(self, piece: Piece, nodes: Sequence[Node], defined: tuple[bool, ...], wanted: Any) -> Any:
        """The steps of a piece, its roots and results."""
        traced, recorder = self.traced, self.traced.recorder
        before, recorder.steps = recorder.steps, []
        active, recorder.active = recorder.active, True
        try:
            roots = [self._root(port) if is_defined else None for port, is_defined in zip(piece.ports, defined, strict=True)]
            with recorder.recording():
                outs = piece.flow(traced, roots, lambda i, grad: recorder.interpreter.applied(nodes[i], grad, traced.nodes[i]), _add)
            steps = recorder.steps
        finally:
            recorder.steps, recorder.active = before, active
        if not all(isinstance(step, Equation) for step in steps):
            raise TraceError("it has effects")
        if wanted is not None:
            outs = [out if is_wanted else None for out, is_wanted in zip(outs, wanted, strict=True)]
        return steps, [root.variable for root in roots if root is not None], [variable_of(out) for out in outs]

    def _root(self, port: tuple[int, int]) -> TracedArray:
        node, nr = self.traced.nodes[port[0]], port[1]
        shape, dtype = (node._shape, node._dtype) if node._outputs == 1 else (node._shape[nr], node._dtype[nr])
        return self.traced.recorder.variable(adapter_of(self._like).ones(tuple(shape), dtype, self._like))

    # -- when it has been
    def finish(self, forward: Sequence[Any]) -> Exception | None:
        """Run the passes, find what is saved, and generate the sources; `forward` are the results of the function.

        Where a backend fails the equations are called one by one, and the failure is returned.
        """
        recorder, traced = self.traced.recorder, self.traced
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
        self._note_memory(recorder)
        if self.pieces:
            stand_ins = _Traced(traced, list(recorder.numbers), {}, range(len(traced.nodes)))
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
                    f"a tensor of shape {shape} is needed for the gradient of a result, and the compiled function writes to it in "
                    "place; write to a clone() of it, or run the backward before"
                )

    def _note_memory(self, recorder: FunctionRecorder) -> None:
        """Note which values lie in the memory of tensors from outside: a write to these must not go unseen."""
        for v in self.saved:
            value = None if isinstance(v, ObjectVariable) else recorder.values.get(v)
            if value is None or type(value) not in DIRECT:
                continue
            adapter = adapter_of(value)
            if adapter.mutable:
                for known in recorder.known.values():
                    if type(known.array) is type(value) and adapter.shares(value, known.array):
                        self.shared[v] = known.number

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
                    with _running(GraphTask((), (), keep=True, recorded=False)):
                        parts = self._traced(piece, self._stand_ins, defined, wanted)
                    piece.programs[pattern] = self._program(*self._cleaned(*parts))
                except TraceError:  # the nodes are run one by one
                    piece.programs[pattern] = None
            return piece.programs[pattern]

    def record(self, saved: Sequence[Any], outs: list[Tensor], tensors: list[Tensor]) -> None:
        """Record a call, whose results that require grad are `outs`; `saved` are the values of its variables of that name."""
        _record(self, saved, outs, tensors)

    def parts(self) -> list[tuple[str, list[Variable], list[Step], list[Step], list[Any]]]:
        """What is shown of it: a title, the inputs, the steps before the backend and at last, and the results."""
        if not self.pieces:
            return [(f"the backward from outside runs the {len(self.traced.nodes)} nodes of an eager run, for {self.reason}", [], [], [], [])]
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
        everything = [piece.programs.get((tuple([True] * len(piece.ports)), None)) for piece in self.pieces]
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

    def value(self, traced: Any) -> Any:
        return traced

    def outside(self, number: int) -> Any:
        tensor = self.numbered[number]
        return wrap(self.traced.arrays[number], tensor._place() if tensor.requires_grad else NO_EDGE, tensor._family)


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


def _add(first: Any, second: Any) -> Any:
    return adapter_of(first).add(first, second)


def differentiated(
    recorder: FunctionRecorder, alive: Sequence[Tensor], backend: Backend, options: Options
) -> GraphDerivative:
    """What has been recorded of the results `alive`, its derivative traced where it can be."""
    derivative = GraphDerivative(TracedGraph(recorder, alive), backend, options)
    derivative.trace()
    derivative.traced.describe(recorder.steps)
    return derivative


# -- what a call records -------------------------------------------------------------------------------------------------
class RecordedCall:
    """One call: what its nodes have in common.

    Attributes
    ----------
    derivative : Derivative
    tensors : list of Tensor
        Those from outside, by number.
    nodes : list of CompiledNode
        One for each piece.
    """

    __slots__ = ("_graph", "derivative", "nodes", "tensors")

    def __init__(self, derivative: GraphDerivative, tensors: list[Tensor]) -> None:
        self.derivative, self.tensors = derivative, tensors
        self.nodes: list[CompiledNode] = []
        self._graph: CallGraph | None = None

    def edge(self, target: tuple[str, int, int]) -> Edge:
        """The place of a gradient that leaves a piece."""
        kind, number, nr = target
        if kind == "outside":
            return self.tensors[number]._place()
        for node in self.nodes:
            if (number, nr) in node.piece.ports:
                return node, node.piece.ports.index((number, nr))
        raise AssertionError(target)

    def one_by_one(self, asking: CompiledNode) -> CallGraph:
        """The nodes of an eager run, over the values of this call."""
        if self._graph is None:
            derivative = self.derivative
            with derivative._lock:
                if self._graph is None:
                    saved = asking._saved
                    if saved is None:
                        raise_released(asking)
                    sequences: list[Any] = []
                    for node in self.nodes:  # each lies between its piece and the one before
                        count = len(node.piece.nodes)
                        sequences += [node._sequence - i / (count + 1) for i in range(count)]
                    graph = _Coarse(derivative.traced, self.tensors, dict(zip(derivative.saved, saved, strict=True)), sequences)
                    graph.places = {
                        (number, nr): self.edge(("node", number, nr))
                        for number, nr in (t[1:] for t in map(derivative.traced.target, derivative.traced.roots) if t[0] == "node")
                    }
                    graph.fill()
                    self._graph = graph
        return self._graph


class _Coarse(CallGraph):
    """The nodes of an eager run where the call has recorded pieces: the places of results are in these."""

    places: dict[tuple[int, int], Edge]

    def edge(self, target: tuple[str, int, int]) -> Edge:
        kind, number, nr = target
        if kind == "node" and (number, nr) in self.places:
            return self.places[number, nr]
        return super().edge(target)


class CompiledNode(Node):
    """One piece of one call.

    Attributes
    ----------
    call : RecordedCall
    piece : Piece
    """

    __slots__ = ("call", "piece")
    _label = "CompiledCallBackward"

    call: RecordedCall
    piece: Piece

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        """Run the program of the derivative."""
        saved = self._saved
        if saved is None:
            raise_released(self)
        grads = (grad,) if self._outputs == 1 else grad
        given = [g for g in grads if g is not None]
        if not given:
            return (None,) * len(self._edges)
        derivative = self.call.derivative
        program = None
        if all(type(g) in DIRECT for g in given):
            program = derivative.program(self.piece, tuple([g is not None for g in grads]), wanted)
        if program is None:
            return self._one_by_one(grads, wanted, recorded=False)
        found = program([*given, *[unpack(saved[i], self) for i in program.reads]])
        results: list[Any] = [None] * len(self._edges)
        for place, array in zip(program.places, found, strict=True):
            results[place] = adapter_of(array).normalise(array)
        return tuple(results)

    def apply_recorded(self, grad: Any, wanted: Any = None) -> Any:
        """Run the nodes of which the piece is made, recording their derivatives."""
        if self._saved is None:
            raise_released(self)
        return self._one_by_one((grad,) if self._outputs == 1 else grad, wanted, recorded=True)

    def _one_by_one(self, grads: Sequence[Any], wanted: Any, *, recorded: bool) -> Any:
        graph = self.call.one_by_one(self)

        def visit(number: int, grad: Any) -> Any:
            node = graph.nodes[number]
            return node.apply_recorded(grad) if recorded else node.apply(grad)

        add = (lambda a, b: a + b) if recorded else _add
        outs = self.piece.flow(graph.traced, grads, visit, add)
        return tuple([o if wanted is None or wanted[i] else None for i, o in enumerate(outs)])


def _record(derivative: GraphDerivative, values: Sequence[Any], outs: list[Tensor], tensors: list[Tensor]) -> None:
    entries = _entries(derivative, dict(zip(derivative.saved, values, strict=True)), outs, tensors)
    if not derivative.pieces:
        count = len(derivative.traced.nodes)
        sequences = [next_sequence() for _ in range(count)][::-1]
        CallGraph(derivative.traced, tensors, entries, sequences).fill(outs)
        return
    call = RecordedCall(derivative, tensors)
    saved = tuple(entries.values())
    for piece in derivative.pieces:
        node = CompiledNode()
        node.call, node.piece, node._saved = call, piece, saved
        node._hooks = node._info = node._static = None
        node._outputs = len(piece.ports)
        places = [derivative.traced.nodes[i] for i, _ in piece.ports]
        shapes = [
            (n._shape, n._dtype) if n._outputs == 1 else (n._shape[nr], n._dtype[nr])
            for n, (_, nr) in zip(places, piece.ports, strict=True)
        ]
        node._shape, node._dtype = shapes[0] if len(shapes) == 1 else tuple(zip(*shapes, strict=True))
        call.nodes.append(node)
    for node in reversed(call.nodes):
        node._sequence = next_sequence()
        node._lead_to([call.edge(target) for target in node.piece.edges])
    for out, edge in zip(outs, derivative.traced.roots, strict=True):
        out._node, out._nr = call.edge(derivative.traced.target(edge))


def _entries(
    derivative: GraphDerivative, values: dict[Variable, Any], outs: list[Tensor], tensors: list[Tensor]
) -> dict[Variable, Any]:
    """What a call saves: arrays, and tensors where a write to them must be noticed."""
    first, entries = derivative.traced.first, dict[Variable, Any]()
    for v in derivative.saved:
        if v in first:
            entries[v] = kept(tensors[first[v]])
        elif v in derivative.shared:
            tensor = tensors[derivative.shared[v]]
            entries[v] = SavedTensor(None, values[v], None, -1, tensor._counter())
        elif v in derivative.returned:
            out = outs[derivative.returned[v]]
            entries[v] = SavedTensor(None, values[v], None, -1, out._counter())
        else:
            entries[v] = values[v]
    return entries
