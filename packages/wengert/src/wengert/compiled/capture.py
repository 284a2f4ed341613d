"""Capture: the first run of a graph, written down while it happens (design, section 6).

A `Capture` drives the engine's own loop. The gradients that flow through it are traced arrays, so that sums of gradients and the
rules of operators, which the nodes run as ever, become equations. What a node has saved is swapped for traced arrays while its
rule runs (`SwapSavedVariables`). Nodes with hooks or with a derivative that the user wrote, and leaves, are visited by the
engine with real arrays, and stand in the program as such visits. So the first run has the effects of an eager one, in the same
order, and its results.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import DIRECT, is_array
from ..autograd.modes import current
from ..autograd.node import AccumulateGrad, Node
from ..autograd.saved import SavedTensor, raise_released, unpack
from ..errors import TraceError
from .ir import Equation, Place, Step, Variable, mapped, renumbered
from .node_args import EMPTY, HOLE, LIFTED, CompiledNodeArgs, NodeRecord, look
from .steps import Fetch, FetchStatic, LeafVisit, Pending, Release, Visit
from .trace import Recorder, TracedArray, value_of, variable_of

if TYPE_CHECKING:
    from .task import CompiledTask

__all__ = ["Capture", "GraphProgram", "SwapSavedVariables"]


class GraphProgram:
    """The backward of one kind of graph.

    Attributes
    ----------
    nodes : list of NodeRecord
        By number.
    order : list of int
        The nodes that are run, in order.
    roots : tuple of Variable
        The initial gradients.
    steps : list of Step
    captures : dict
        From the number of a node to what is captured there.
    stores : frozenset of int
        The places of ``backward(inputs=...)``.
    asked : tuple of int
        For how many captures and stores; `retains` says whether some of these are of interior tensors.
    opaque : dict
        From the number of a node to why it does not stand in the program as equations.
    recency : tuple of int
        The interior nodes, the youngest first.
    """

    def __init__(self, roots: tuple[Variable, ...]) -> None:
        self.nodes: list[NodeRecord] = []
        self.order: list[int] = []
        self.roots = roots
        self.steps: list[Step] = []
        self.captures: dict[int, list[tuple[int, int]]] = {}
        self.stores: frozenset[int] = frozenset()
        self.asked = (0, 0)
        self.retains = False
        self.root_types: tuple[frozenset[type], ...] = ()
        self.opaque: dict[int, str] = {}
        self.recency: tuple[int, ...] = ()

    def __str__(self) -> str:
        lines = [f"inputs {', '.join(v.described() for v in self.roots)}"]
        for step in self.steps:
            lines.append(f"  {step}")
            if isinstance(step, Visit) and step.place in self.opaque:
                lines[-1] += f"    # {self.nodes[step.place].label}: {self.opaque[step.place]}"
        return renumbered("\n".join(lines))


class SwapSavedVariables:
    """Stands traced arrays in for what a node has saved (rule C3).

    They stand in a node of its own, which has everything else of the first one, so that nothing has to be put back and other
    threads may run the first one meanwhile.

    Parameters
    ----------
    node : Node
    entries : tuple
        What it has saved, read once: another thread may release it.
    recorder : Recorder
    place : int
        The number of the node.
    like : TracedArray, optional
        Of the library with whose arrays numbers are computed; without it they are constants.
    """

    def __init__(
        self, node: Node, entries: tuple[Any, ...], recorder: Recorder, place: int, like: TracedArray | None = None
    ) -> None:
        self.recorder, self.place = recorder, place
        self.node, self.entries, self.like = node, entries, like

    def read(self, slot: int) -> bool:
        """Whether rules read a number at `slot`, and not the array that stands for it behind all others."""
        return not slot < (len(self.node.saved_numbers) or len(self.entries)) < len(self.entries)

    def stand_in(self) -> Node:
        """The node over traced arrays."""
        node, cls = self.node, type(self.node)
        other: Node = object.__new__(cls)
        for name in Node.__slots__:
            if name != "__weakref__":
                setattr(other, name, getattr(node, name))
        other._saved = tuple([self._entry(slot, entry) for slot, entry in enumerate(self.entries)])
        other._static = self._static(node._static)
        return other

    def _entry(self, slot: int, entry: Any) -> Any:
        value = unpack(entry, self.node)  # it says what is wrong with it, as it would to the rule
        if self.like is not None and type(value) in LIFTED and self.read(slot):
            traced = self.recorder.number(value, self.like)
        elif value is None or not is_array(value):
            return value
        else:
            traced = self.recorder.variable(value)
        self.recorder.steps.append(Fetch(self.place, slot, traced.variable))
        return traced

    def _static(self, static: Any) -> Any:
        variables: list[Variable] = []

        def lifted(leaf: Any) -> Any:
            if not is_array(leaf):
                return leaf
            variables.append((traced := self.recorder.variable(leaf)).variable)
            return traced

        result = mapped(static, lifted)
        if variables:
            template = mapped(result, lambda leaf: HOLE if isinstance(leaf, TracedArray) else leaf)
            self.recorder.steps.append(FetchStatic(self.place, template, tuple(variables)))
        return result


class Capture(Recorder):
    """Writes down one run.

    Parameters
    ----------
    task : CompiledTask
        Whose nodes are visited.
    """

    def __init__(self, task: CompiledTask) -> None:
        super().__init__()
        self.task = task
        self.places: dict[Node, int] = {task.root: 0}
        self.inputs = [self.variable(grad) for grad in task.root.grads]
        self.program = GraphProgram(tuple(traced.variable for traced in self.inputs))
        self.program.root_types = tuple(frozenset((type(grad),)) for grad in task.root.grads)
        self.program.nodes.append(NodeRecord(task.root, "root"))
        self._finished: list[tuple[int, int, Any]] = []  # after how many steps which node had which results
        self._suspended = 0

    # -- what the engine calls, in the place of its own methods ----------------------------------------------------------
    def visit(self, node: Node, grad: Any) -> Any:
        """Run `node`, and write it down; its results, traced."""
        task = self.task
        if node is task.root:
            self._finished.append((len(self.steps), 0, self.inputs))
            return self.inputs
        place = self._place(node)
        self.program.order.append(place)
        reason = self._opaque(node, grad)
        if reason is None:
            results = self._equations(node, place, grad)
            if results is not None:
                self._finished.append((len(self.steps), place, results))
                return results
            reason = self.program.opaque[place]
        self.program.opaque[place] = reason
        record = self.program.nodes[place] = NodeRecord(node, "visit")
        CompiledNodeArgs(record).collect_hooks(node)
        several = node._outputs != 1
        grads = tuple([variable_of(g) for g in grad]) if several else (variable_of(grad),)
        with self.suspended():
            results = task.visit_now(node, [value_of(g) for g in grad] if several else value_of(grad))
        traced = None if results is None else tuple([None if r is None else self.variable(r) for r in results])
        made = None if traced is None else tuple(map(variable_of, traced))
        self.steps.append(Visit(place, len(self.program.order), grads, made))
        if traced is not None:
            self.steps.append(Release(place))
        self._finished.append((len(self.steps), place, traced))
        return traced

    def visit_leaf(self, node: AccumulateGrad, box: list[Any]) -> None:
        """Let the engine visit a leaf, and write down that it does."""
        place = self._place(node)
        self.program.nodes[place] = record = NodeRecord(node, "leaf")
        CompiledNodeArgs(record).collect_hooks(node)
        self.steps.append(LeafVisit(place, len(self.program.order), variable_of(box[0])))
        box.append(value_of(box.pop()))
        with self.suspended():
            self.task.visit_leaf_now(node, box)

    def has_values(self) -> bool:
        """A derivative that checks values has to do so in each run: it is left to the engine."""
        raise TraceError("its derivative looks at values")

    # -- nodes -----------------------------------------------------------------------------------------------------------
    def _place(self, node: Node) -> int:
        place = self.places.get(node)
        if place is None:
            place = self.places[node] = len(self.program.nodes)
            self.program.nodes.append(NodeRecord(node, "leaf" if isinstance(node, AccumulateGrad) else "unused"))
        return place

    def _opaque(self, node: Node, grad: Any) -> str | None:
        """Why `node` is left to the engine; None if its rule can be traced."""
        if node._hooks is not None:
            return "it has hooks"
        if node in self.task.captures:
            return "its gradient is captured"
        if not node._generated:
            return "its derivative is the user's"
        if node._saved is None:
            return "it was released"
        if self.task.retained:
            return "gradients are retained for inputs="
        if any(isinstance(entry, SavedTensor) and entry.pair is not None for entry in node._saved or ()):
            return "saved-tensor hooks have packed what it saved"
        arrays = [*(grad if node._outputs != 1 else (grad,)), *map(look, node._saved or ())]
        if any(is_array(array) and array is not EMPTY and type(value_of(array)) not in DIRECT for array in arrays):
            return "its arrays are of a library that asks others to compute"
        return None

    def _equations(self, node: Node, place: int, grad: Any) -> Any:
        """The results of the rule of `node`, traced; None if it cannot be, and what was written so far is taken back."""
        task, start = self.task, len(self.steps)
        wanted = None
        if task.active is not None:
            wanted = tuple(below is not None and below in task.active for below in node._edges)
        entries = node._saved
        if entries is None:
            raise_released(node)
        numbers = any(type(entry) in LIFTED for entry in entries)
        like = next((g for g in (grad if node._outputs != 1 else (grad,)) if isinstance(g, TracedArray)), None)
        for lift in (True, False) if numbers and like is not None else (False,):
            record = NodeRecord(node, "equations")
            CompiledNodeArgs(record).collect(node, entries, lift)
            self.place = Place.at(node.recorded_at(), node.name(), place)
            try:
                stand_in = SwapSavedVariables(node, entries, self, place, like if lift else None).stand_in()
                with self.recording():
                    results = stand_in.apply(grad, wanted)
                break
            except Exception as error:
                del self.steps[start:]
                if lift:
                    continue  # the rule looks at a number
                if not isinstance(error, TraceError):
                    raise
                self.program.opaque[place] = str(error)
                return None
            finally:
                self.place = -1
        self.program.nodes[place] = record
        if entries:
            self.steps.append(Release(place))
        return tuple([r if r is None or isinstance(r, TracedArray) else self.constant(r) for r in results])

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """Let the user's code run as if nobody recorded."""
        modes = current()
        before, modes.interceptors = modes.interceptors, tuple(i for i in modes.interceptors if i is not self)
        modes.refresh()
        try:
            yield
        finally:
            modes.interceptors = before
            modes.refresh()

    # -- the end ---------------------------------------------------------------------------------------------------------
    def finish(self) -> GraphProgram:
        """The program, when the run is over."""
        program, task = self.program, self.task
        program.steps = self.steps
        for node in list(self.places):
            self._link(node)
        program.captures = {self.places[node]: list(places) for node, places in task.captures.items() if node in self.places}
        program.stores = frozenset(self.places[node] for node in task.stores if node in self.places)
        program.asked, program.retains = (len(task.captures), len(task.stores)), bool(task.retained)
        interior = [node for node in self.places if not node._is_leaf and node is not task.root]
        program.recency = tuple(self.places[n] for n in sorted(interior, key=lambda n: -n._sequence))
        self._find_pending()
        for index, value in enumerate(task.captured):
            if value is not None and isinstance(value._array, TracedArray):
                task.captured[index] = task.root.rebuild(value._array.value, (None, 0))
        return program

    def close(self) -> None:
        """Let go of the graph, and of the cycles in which traced arrays know who wrote them."""
        self.places, self._finished, self.inputs = {}, [], []
        del self.task

    def _link(self, first: Node) -> None:
        """Note where the edges of `first` lead, and of all that is found there for the first time."""
        stack = [first]
        while stack:
            node = stack.pop()
            record = self.program.nodes[self.places[node]]
            if record.edges or not node._edges:
                continue
            targets: list[int | None] = []
            for below in node._edges:
                if below is not None and below not in self.places:
                    self._place(below)
                    stack.append(below)
                targets.append(None if below is None else self.places[below])
            record.edges = tuple(targets)

    def _find_pending(self) -> None:
        """Find what had arrived where after each effect, by going through the run once more."""
        sums: dict[tuple[int, int], Any] = {}
        for step in self.steps:
            if isinstance(step, Equation) and step.place == -1 and step.op.name == "add":
                first, second = step.arguments.values()
                sums[id(first), id(second)] = step.outputs[0]
        nodes = {place: node for node, place in self.places.items()}
        pending: dict[tuple[int, int], Any] = {}
        finished = iter([*self._finished, (len(self.steps) + 1, -1, None)])
        at, source, results = next(finished)
        for index, step in enumerate(self.steps):
            while at <= index:
                self._arrive(nodes[source], results, pending, sums)
                at, source, results = next(finished)
            if isinstance(step, LeafVisit):
                pending.pop((step.place, 0), None)
                step.pending = _as_pending(pending)
            elif isinstance(step, Visit):
                for number in range(nodes[step.place]._outputs):
                    pending.pop((step.place, number), None)
                step.pending = _as_pending(pending)
            elif isinstance(step, (Equation, Release)) and step.place > 0:
                for number in range(nodes[step.place]._outputs):
                    pending.pop((step.place, number), None)

    def _runs(self, node: Node) -> bool:
        return self.task.active is None or node in self.task.active

    def _arrive(self, node: Node, results: Any, pending: dict[tuple[int, int], Any], sums: dict[tuple[int, int], Any]) -> None:
        """Send `results` of `node` along its edges, as the engine did."""
        for number in range(node._outputs if node is not self.task.root else 0):
            pending.pop((self.places[node], number), None)
        for (below, number), result in zip(node.next_functions, results or (), strict=False):
            if below is None or not self._runs(below):
                continue
            key, value = (self.places[below], number), variable_of(result)
            old = pending.pop(key, None)
            if old is not None and value is not None:
                value = sums[id(old), id(value)]
            pending[key] = old if value is None else value


def _as_pending(pending: dict[tuple[int, int], Any]) -> Pending:
    return tuple((place, number, value) for (place, number), value in pending.items())

