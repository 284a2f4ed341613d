"""Capture: the first run of a graph, written down while it happens (design, section 6).

A `Capture` drives the engine's own loop. The gradients that flow through it are traced arrays, so that sums of gradients and the
rules of operators, which the nodes run as ever, become equations. What a node has saved is swapped for traced arrays while its
rule runs, and its hooks are called before and after that (`NodeVisit`). Nodes with a derivative that the user wrote, and leaves
with hooks, are visited by the engine with real arrays, and stand in the program as such visits. So the first run has the effects
of an eager one, in the same order, and its results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import DIRECT, is_array
from ..autograd.modes import current
from ..autograd.node import AccumulateGrad, Node
from ..errors import TraceError
from ..op import Operator
from .effects import accumulate
from .ir import Equation, Step, Variable, draws_numbers, mapped, renumbered
from .node_args import EMPTY, HOLE, CompiledNodeArgs, NodeRecord, look
from .node_visit import NodeVisit
from .recorder import Recorder
from .segments import with_lines
from .sizes import SizeLog, sized
from .steps import Accumulate, After, Before, Effect, LeafVisit, Pending, Release, Unpack, Visit
from .trace import TracedArray, has_sizes, own_value_of, value_of, variable_of

if TYPE_CHECKING:
    from .task import CompiledTask

__all__ = ["Capture", "GraphProgram"]


class GraphProgram:
    """The backward of one kind of graph.

    Attributes
    ----------
    nodes : list of NodeRecord
        By number.
    order : list of int
        The nodes that are run and the leaves that are served, in order.
    roots : tuple of Variable
        The initial gradients.
    traced, steps : list of Step
        As they were written down, and what passes and a backend have made of that.
    captures : dict
        From the number of a node to what is captured there.
    stores : frozenset of int
        The places of ``backward(inputs=...)``.
    asked : tuple of int
        For how many captures, stores and gradients of interior tensors among the stores.
    retained : tuple
        The places of these tensors, node and number.
    opaque : dict
        From the number of a node to why it does not stand in the program as equations.
    recency : tuple of int
        The interior nodes, the youngest first.
    gathered : bool
        Whether equations have been moved over what is stored between effects.
    shapes : list of tuple
        Of all variables, in the order in which they were made.
    sizes : SizeLog or None
        What is known of symbols in `traced`, where there are some.
    statics : dict
        From the number of a node to its static arguments and its shape, where there are symbols among them.
    said : str
        What `explain` says of its sizes.
    alone : bool
        Whether it may be compared with that of a graph of other sizes, to make one for several sizes.
    general : bool
        Whether it was made of such a one.
    """

    def __init__(self, roots: tuple[Variable, ...]) -> None:
        self.nodes: list[NodeRecord] = []
        self.order: list[int] = []
        self.roots = roots
        self.steps: list[Step] = []
        self.traced: list[Step] = []
        self.captures: dict[int, list[tuple[int, int]]] = {}
        self.stores: frozenset[int] = frozenset()
        self.asked = (0, 0, 0)
        self.retained: tuple[tuple[int, int], ...] = ()
        self.root_types: tuple[frozenset[type], ...] = ()
        self.opaque: dict[int, str] = {}
        self.recency: tuple[int, ...] = ()
        self.gathered = False
        self.shapes: list[tuple[int, ...]] = []
        self.sizes: SizeLog | None = None
        self.statics: dict[int, Any] = {}
        self.said = ""
        self.alone, self.general = True, False

    def __str__(self) -> str:
        return self.text(self.steps)

    def text(self, steps: Sequence[Step]) -> str:
        """The program with these steps."""
        lines = [f"inputs {', '.join(v.described() for v in self.roots)}"]
        lines += [f"  {text}" for text in with_lines(steps, self._told)]
        return renumbered("\n".join(lines))

    def _told(self, step: Step) -> str:
        reason = self._reason(step)
        return str(step) + (f"    # {self.nodes[step.place].label}: {reason}" if reason else "")

    def _reason(self, step: Step) -> str:
        """Why the user's code runs at a step, as far as it does."""
        if isinstance(step, Visit):
            return self.opaque[step.place]
        if isinstance(step, Unpack):
            return "saved-tensor hooks have packed what it saved"
        if not isinstance(step, (Before, After, LeafVisit)):
            return ""
        hooks = dict.fromkeys(self.nodes[step.place].hooks)
        if not isinstance(step, LeafVisit):
            hooks = {kind: None for kind in hooks if (kind == "node post-hook") is isinstance(step, After)}
        return ", ".join(hooks)


class Capture(Recorder):
    """Writes down one run.

    Parameters
    ----------
    task : CompiledTask
        Whose nodes are visited.
    earlier : GraphProgram, optional
        The program of a graph that is the same but for its sizes; those that differ are symbols.
    """

    def __init__(self, task: CompiledTask, earlier: GraphProgram | None = None) -> None:
        super().__init__()
        self.task, self.earlier = task, earlier
        if earlier is not None:
            self.sizes = SizeLog(self, earlier.shapes)
        self.places: dict[Node, int] = {task.root: 0}
        self.inputs = [self.variable(grad) for grad in task.root.grads]
        self.program = GraphProgram(tuple(traced.variable for traced in self.inputs))
        self.program.root_types = tuple(frozenset((type(grad),)) for grad in task.root.grads)
        self.program.nodes.append(NodeRecord(task.root, "root"))
        self._finished: list[tuple[int, int, Any]] = []  # after how many steps which node had which results, as variables
        self.reader: NodeVisit | None = None  # whose pure hooks are being traced

    # -- what the engine calls, in the place of its own methods ----------------------------------------------------------
    def visit(self, node: Node, grad: Any) -> Any:
        """Run `node`, and write it down; its results, traced."""
        task = self.task
        if node is task.root:
            self._finished.append((len(self.steps), 0, self.program.roots))
            return self.inputs
        place = self._place(node)
        self.program.order.append(place)
        grads = grad if node._outputs != 1 else (grad,)
        reason = self._opaque(node, grads)
        if reason is not None:
            real = own_value_of(grad) if node._outputs == 1 else list(map(own_value_of, grads))
            return self._visited(node, place, grads, reason, lambda: task.visit_now(node, real))
        start, visit, results = len(self.steps), NodeVisit(self, node, place, grads), None
        visit.before()
        if visit.needed:
            visit.unpack()
            results = visit.derivative()
            if results is None:  # what has been done so far, the engine does in later runs
                del self.steps[start:]
                return self._visited(node, place, grads, visit.reason, visit.now)
            results = visit.after(results)
        else:
            visit.record.role, visit.expected.after = "reached", None  # its post-hooks do not run, whichever they are
        self.program.nodes[place] = visit.record
        self._finished.append((len(self.steps), place, None if results is None else tuple(map(variable_of, results))))
        return results

    def _visited(self, node: Node, place: int, grads: Sequence[Any], reason: str, run: Callable[[], Any]) -> Any:
        """Let the engine visit `node` in later runs, as ``run()`` does in this one; its results, traced."""
        self.program.opaque[place] = reason
        record = self.program.nodes[place] = NodeRecord(node, "visit")
        CompiledNodeArgs(record).collect_hooks(node)
        with self.suspended():
            results = run()
        traced = None if results is None else tuple([None if r is None else self.variable(r) for r in results])
        made = None if traced is None else tuple(map(variable_of, traced))
        self.steps.append(Visit(place, self.done(), tuple(map(variable_of, grads)), made))
        if traced is not None:
            self.steps.append(Release(place))
        self._finished.append((len(self.steps), place, made))
        return traced

    def visit_leaf(self, node: AccumulateGrad, box: list[Any]) -> None:
        """Let the engine serve a leaf, and write down what happens there."""
        task, place = self.task, self._place(node)
        self.program.order.append(place)
        visit = NodeVisit(self, node, place, box)
        self.program.nodes[place] = visit.record
        if visit.leaf():
            box[0] = visit.grads[0]
            positions = tuple([position for _, position in task.captures.get(node, ())])
            self.steps.append(Accumulate(place, variable_of(box[0]), positions, visit.needed))
        else:
            self.steps.append(LeafVisit(place, self.done(), variable_of(box[0])))
        box.append(own_value_of(box.pop()))
        with self.suspended():
            if visit.expected.pure:
                accumulate(task, node, box, positions, visit.needed)
            else:
                task.visit_leaf_now(node, box)

    def call(self, op: Any, arguments: dict[str, Any]) -> Any:
        """As of every recorder, but what a pure hook knows is read in each run."""
        if self.reader is not None:
            if not isinstance(op, Operator):
                target = next(iter(arguments.values()))
                if not isinstance(getattr(target, "_array", None), TracedArray):
                    raise TraceError("a pure hook writes to a tensor that it knows")
            elif draws_numbers(op):
                raise TraceError("a pure hook draws random numbers")
            else:
                arguments = {name: self.reader.known(value) for name, value in arguments.items()}
        return super().call(op, arguments)

    def has_values(self) -> bool:
        """A derivative that checks values has to do so in each run: it is left to the engine."""
        raise TraceError("its derivative looks at values")

    # -- nodes -----------------------------------------------------------------------------------------------------------
    def sized(self, place: int, static: tuple[Any, Any]) -> tuple[Any, Any]:
        """The static arguments of a node and its shape, with symbols for what differs from those of the earlier graph."""
        if self.earlier is None or self.sizes is None or place >= len(self.earlier.nodes):
            return static
        known = self.earlier.nodes[place]
        found = sized(self.sizes, static, (known.static, known.shape))
        if has_sizes(found):
            self.program.statics[place] = mapped(found, lambda leaf: HOLE if isinstance(leaf, TracedArray) else leaf)
        return found

    def done(self) -> int:
        """How many nodes and leaves the run has come to."""
        return len(self.program.order)

    def _place(self, node: Node) -> int:
        place = self.places.get(node)
        if place is None:
            place = self.places[node] = len(self.program.nodes)
            self.program.nodes.append(NodeRecord(node, "leaf" if isinstance(node, AccumulateGrad) else "unused"))
        return place

    def _opaque(self, node: Node, grads: Sequence[Any]) -> str | None:
        """Why `node` is left to the engine; None if its rule may be traced."""
        if not node._generated:
            return "its derivative is the user's"
        if node._saved is None:
            return "it was released"
        arrays = [*grads, *map(look, node._saved)]
        if any(is_array(array) and array is not EMPTY and type(value_of(array)) not in DIRECT for array in arrays):
            return "its arrays are of a library that asks others to compute"
        return None

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
        program.steps, program.shapes, program.sizes = self.steps, self.shapes, self.sizes
        for node in list(self.places):
            self._link(node)
        program.captures = {self.places[node]: list(places) for node, places in task.captures.items() if node in self.places}
        program.stores = frozenset(self.places[node] for node in task.stores if node in self.places)
        program.asked = (len(task.captures), len(task.stores), len(task.retained))
        program.retained = tuple([(self.places[node], number) for node, number in task.retained if node in self.places])
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
            if step.place > 0:
                for number in range(nodes[step.place]._outputs):
                    pending.pop((step.place, number), None)
            if isinstance(step, Effect):
                step.pending = _as_pending(pending)

    def _runs(self, node: Node) -> bool:
        return self.task.active is None or node in self.task.active

    def _arrive(self, node: Node, results: Any, pending: dict[tuple[int, int], Any], sums: dict[tuple[int, int], Any]) -> None:
        """Send `results` of `node` along its edges, as the engine did."""
        for number in range(node._outputs if node is not self.task.root else 0):
            pending.pop((self.places[node], number), None)
        for (below, number), result in zip(node.next_functions, results or (), strict=False):
            if below is None or not self._runs(below):
                continue
            key, value = (self.places[below], number), result
            old = pending.pop(key, None)
            if old is not None and value is not None:
                value = sums[id(old), id(value)]
            pending[key] = old if value is None else value


def _as_pending(pending: dict[tuple[int, int], Any]) -> Pending:
    return tuple((place, number, value) for (place, number), value in pending.items())

