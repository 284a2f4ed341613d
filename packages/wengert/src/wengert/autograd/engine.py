"""The engine: one run of the graph backward is one `GraphTask` (rules E).

A run has two parts. *Planning* walks the edges from the roots once and counts, for each node, how many gradients will arrive.
*Running* takes the youngest node that has received all of them, lets it turn its gradients into those of its inputs, and sends
these along its edges. Leaves are served as soon as their last gradient arrives. Gradients are raw arrays, unless the run is
itself recorded (``create_graph=True``): then they are Tensors and the same rules run over them.

Nothing here recurses over the graph, and a node without hooks pays one attribute test for their existence.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from heapq import heappop, heappush, heappushpop
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import adapter_of
from ..errors import ModeError
from .hooks import Grads, call_tensor_hooks, store_retained
from .interpreter import Interpreter, interpreter_in_force
from .modes import current
from .node import NO_EDGE, UNSETTLED, ZEROS, AccumulateGrad, Edge, Node, converted
from .origins import Position, caller_position, origin_at
from .threads import in_fresh_thread

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["GraphRoot", "GraphTask", "next_task_id", "queue_callback", "task_for"]

#: Nested backward passes beyond this many on one thread's stack go on in a fresh thread, with a stack of its own (E8.2).
#: Each takes one to two dozen of the thousand frames that Python allows by default.
MAX_NESTED = 20

#: Tells backward passes apart.
next_task_id = itertools.count().__next__


class GraphRoot(Node):
    """Feeds the initial gradients to the roots, so that they start like any other gradient (E2.2)."""

    __slots__ = ("grads",)
    _label = "GraphRoot"

    def __init__(self, roots: tuple[Edge, ...], grads: tuple[Any, ...]) -> None:
        self._lead_to(roots)
        self.grads = grads
        self._hooks = self._info = None
        self._outputs = 1
        self._saved = ()
        self._sequence = -1

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        return self.grads

    apply_recorded = apply

    def rebuild(self, array: Any, edge: Edge) -> Tensor:
        root = self._edges[0]
        assert root is not None
        return root.rebuild(array, edge)  # a Tensor of the family in which the run was asked for

    def release_grads(self) -> None:
        """Let go of the initial gradients, so that they do not count as seen by somebody."""
        self.grads = ()


class GraphTask:
    """One run of the engine.

    Parameters
    ----------
    roots : tuple of Edge
        Where the initial gradients enter.
    grads : tuple
        The initial gradients: raw arrays, or Tensors when `recorded`.
    keep : bool
        Keep what nodes have saved (``retain_graph``).
    recorded : bool
        Run the rules over Tensors: to record the derivatives, or to let tangents follow them (forward over reverse).
    captures : sequence of Edge
        Whose gradients are to be returned, in this order. Without captures and stores everything runs and leaves accumulate.
    stores : sequence of Edge
        The places ``backward(inputs=...)`` was asked for: they run, and leaves among them accumulate.
    retained : dict, optional
        For places in `stores`, the interior tensors whose ``.grad`` is to be added to.
    grad_mode : bool, optional
        Whether operators record while it runs (``create_graph``, E1.10). Default: `recorded`.
    oldest : int
        Nodes of a lower sequence number lead to nothing that was asked for, so the run need not know of them.
    """

    __slots__ = (
        "active",
        "add",
        "beyond",
        "callbacks",
        "captured",
        "captures",
        "grad_mode",
        "id",
        "interpreter",
        "keep",
        "multi",
        "needed",
        "node",
        "reached",
        "recorded",
        "retained",
        "root",
        "stores",
        "waits",
        "whole",
    )

    def __init__(
        self,
        roots: tuple[Edge, ...],
        grads: tuple[Any, ...],
        keep: bool,
        recorded: bool,
        captures: Sequence[tuple[Node, int]] = (),
        stores: Sequence[tuple[Node, int]] = (),
        retained: dict[tuple[Node, int], Tensor] | None = None,
        grad_mode: bool | None = None,
        oldest: int = -1,
    ) -> None:
        self.id = next_task_id()
        self.root = GraphRoot(roots, grads)
        self.keep, self.recorded = keep, recorded
        self.grad_mode = recorded if grad_mode is None else grad_mode
        # How gradients for one place are summed, by the library of the first one.
        self.add = _add_recorded if recorded else adapter_of(grads[0]).add if grads else None
        self.interpreter: Interpreter | None = None
        self.node: Node | None = None  # being evaluated now
        self.callbacks: list[tuple[Callable[[], Any], bool, Position]] = []  # with whether always, and who queued it
        self.multi: dict[Any, Any] = {}  # state of multi-grad hooks for this run only (W24)
        self.captures: dict[Node, list[tuple[int, int]]] = {}  # node -> [(number of the gradient, place in the result)]
        self.captured: list[Any] = [None] * len(captures)
        self.retained = retained or {}
        for place, (node, number) in enumerate(captures):
            self.captures.setdefault(node, []).append((number, place))
        self.stores = {node for node, _ in stores}
        self.beyond = False  # whether edges lead to nodes that are older than `oldest`
        self.prepare(oldest)

    # -- planning ----------------------------------------------------------------------------------------------------
    def prepare(self, oldest: int = -1) -> None:
        """Plan the run, before it is asked what it will do."""
        self.reached, self.waits = self._plan(oldest)
        self.needed: set[Node] | None = None  # the nodes whose derivative must run; None: all that are reached
        self.active: set[Node] | None = None  # those, and the ones at which a gradient is only captured
        self.whole = True  # whether that is all that is reached, so that nothing need be left out
        if self.captures or self.stores:
            self._restrict(set(self.captures), self.stores)

    def _plan(self, oldest: int) -> tuple[set[Node], dict[Node, list[Any]]]:
        """The nodes reachable from the roots, and for those that more than one edge leads to, how many more (E2.1).

        That number stands in a list, in which the run then also keeps what has arrived.
        """
        reached: set[Node] = set()
        waits: dict[Node, list[Any]] = {}
        stack: list[Node] = [self.root]
        pop, push, reach = stack.pop, stack.append, reached.add
        while stack:
            for node in pop()._edges:
                if node is None:
                    continue
                if node in reached:
                    wait = waits.get(node)
                    if wait is None:
                        waits[node] = [1]
                    else:
                        wait[0] += 1
                elif node._sequence >= oldest:
                    reach(node)
                    push(node)
                else:
                    self.beyond = True
        return reached, waits

    def _restrict(self, captured: set[Node], stored: set[Node]) -> None:
        """Find the nodes on a path from the roots to what was asked for (E2.5)."""
        consumers: dict[Node, list[Node]] = {}
        for node in self.reached:
            for below in node._edges:
                if below is not None:
                    consumers.setdefault(below, []).append(node)
        needed = stored & self.reached
        stack = list((captured | stored) & self.reached)
        while stack:
            for node in consumers.get(stack.pop(), ()):
                if node not in needed:
                    needed.add(node)
                    stack.append(node)
        self.needed = needed
        self.active = needed | (captured & self.reached)
        self.whole = len(self.active) == len(self.reached) and not (self.beyond and self._some_left_out(needed, self.active))
        if len(self.root._edges) == 1:
            # As in PyTorch, a lone root meets its tensor hooks even when it leads to nothing that was asked for (H2).
            root = self.root._edges[0]
            assert root is not None
            self.active.add(root)

    def _some_left_out(self, needed: set[Node], active: set[Node]) -> bool:
        """Whether a node that runs has gradients for nodes that do not matter."""
        return any(below is not None and below not in active for node in needed for below in node._edges)

    def will_run(self, node: Node) -> bool:
        """Whether this run brings a gradient to `node` (E2.7)."""
        return node in self.reached if self.active is None else node in self.active

    def awaited(self, group: Any) -> int:
        """How many of the tensors of a multi-grad hook get a gradient in this run."""
        nodes = [place() for place in group.places]
        return sum(node is not None and self.will_run(node) for node in nodes)

    # -- running -----------------------------------------------------------------------------------------------------
    def run(self) -> list[Any]:
        """Run on the calling thread, or on a fresh one when too many runs are nested; the captured gradients."""
        if current().depth >= MAX_NESTED:
            return in_fresh_thread(self._run)
        return self._run()

    def _run(self) -> list[Any]:
        modes = current()
        previous, grad = modes.task, modes.grad
        modes.task, modes.depth = self, modes.depth + 1
        if grad is not self.grad_mode:
            modes.set_grad(self.grad_mode)
        saved_hooks = tuple(modes.saved_hooks)
        self.interpreter = interpreter_in_force()
        try:
            try:
                self._execute()
            except BaseException as error:
                if self.node is not None and not _is_placed(error):  # the innermost run and hook know it best
                    error.add_note(f"raised in the backward, at {self.node.name()}{self.node.origin()}")
                if self.interpreter is not None:
                    self.interpreter.failed(self.node, error)
                self._call_back(only_always=True)
                raise
            self.node = None
            if self.interpreter is not None:
                self.interpreter.finished(self)
            self._call_back()
        finally:
            modes.task, modes.depth = previous, modes.depth - 1
            if modes.grad is not grad:
                modes.set_grad(grad)
            if modes.saved_hooks or saved_hooks:  # what hooks enter or leave ends with the run, as in PyTorch
                modes.saved_hooks[:] = saved_hooks
                modes.refresh()
        return self.captured

    def _execute(self) -> None:  # noqa: C901, PLR0912, PLR0915  (one loop is the engine; calls would cost what they do)
        """The loop. `node` has received all its gradients, `grad` is the one of its output, or the list of them."""
        recorded, keep, interpreter = self.recorded, self.keep, self.interpreter
        active, waits = None if self.whole else self.active, self.waits
        add: Any = self.add
        plain = interpreter is None and self.active is None
        # With captures, and all that is reached leading to them, only the nodes at which they are need be looked at.
        captures = self.captures if self.whole and interpreter is None and not self.retained else None
        linked = plain or captures is not None
        ready: list[tuple[int, int, Node, Any]] = []  # heap of the others, youngest first
        leaves: list[tuple[Any, list[Any]]] = []  # gradients in boxes: see Adapter.own
        ticket = itertools.count().__next__
        node: Node | None = self.root
        grad: Any = None
        while node is not None:
            self.node = node
            hooks = node._hooks
            if hooks is None and (plain or (captures is not None and node not in captures)):
                results = node.apply_recorded(grad) if recorded else node.apply(grad)
                if node._hooks is not None:
                    results = self._visit_after(node, results)
            elif plain and hooks is not None and (only := hooks.only) is not None:
                tensor = grad if recorded or grad is None else node.rebuild_gradient(grad)
                tensor = call_tensor_hooks(only, tensor, None)
                grad = tensor if recorded or tensor is None else tensor._array
                if hooks.only is not only:  # a hook has registered hooks of another kind
                    results = self._visit_late(node, grad)
                else:
                    tensor = None  # who looks at who else holds the array must not find us
                    results = node.apply_recorded(grad) if recorded else node.apply(grad)
                    if hooks.only is not only:
                        results = self._visit_after(node, results)
            else:
                results = self._visit(node, grad)
            edges = node._edges
            if results is None:  # the gradient was only captured here: nothing ran, so nothing is released (G4.4)
                edges = results = ()
            elif not keep and node._saved:
                node._saved = None
            if linked and not ready and (len(edges) == 1 or (len(edges) == 2 and edges[1] is None)):
                # A link of a chain, the most common case by far: what comes next needs no bookkeeping.
                below = edges[0]
                if below is not None and below._outputs == 1 and below not in waits and type(below) is not AccumulateGrad:
                    node, grad = below, results[0]
                    continue
            numbers = node._numbers or ZEROS
            node = grad = None
            for below, number, result in zip(edges, numbers, results):  # noqa: B905  (rules return one gradient per edge)
                g = result
                if below is None or (active is not None and below not in active):
                    continue
                wait = waits.get(below) if waits else None
                if wait is not None:  # more than one edge leads there
                    if below._outputs != 1:
                        g = _place(wait, below, number, g, add)
                    elif len(wait) == 2:
                        g = add(wait.pop(), g)
                    if wait[0]:
                        wait[0] -= 1
                        wait.append(g)
                        continue
                elif below._outputs != 1:
                    g = [g if i == number else None for i in range(below._outputs)]
                if type(below) is AccumulateGrad:
                    leaves.append((below, [g]))
                elif node is None:
                    node, grad = below, g
                else:
                    heappush(ready, (-below._sequence, ticket(), below, g))
            results = result = g = None  # drop our references: accumulation looks at who else holds an array
            if leaves:
                leaves.reverse()
                while leaves:
                    self._visit_leaf(*leaves.pop())
            if ready:
                if node is None:
                    _, _, node, grad = heappop(ready)
                else:
                    _, _, node, grad = heappushpop(ready, (-node._sequence, ticket(), node, grad))

    # -- nodes with hooks, captures or an observer -------------------------------------------------------------------
    def _visit_late(self, node: Node, grad: Any) -> Any:
        """What is left to do at a node whose tensor hooks have run, and have given it hooks of other kinds (H5)."""
        grads: Grads = (self._wrap(grad),)
        assert node._hooks is not None
        node._hooks.store_retained(grads, None)
        return self._finish(node, grads, None)

    def _visit_after(self, node: Node, results: Any, grads: Grads = ()) -> Any:
        """The post-hooks. Those that a node was given while its derivative ran see no gradients of outputs (H5.3)."""
        hooks = node._hooks
        if hooks is None or hooks.post is None:
            return results
        wrapped = hooks.post(tuple(map(self._wrap, converted(node._edges, results))), grads, self.interpreter)
        return tuple(map(self._unwrap, wrapped))

    def _visit(self, node: Node, grad: Any) -> Any:
        """Run `node` with all that hangs on it, in the order of H1.1; None if its gradient was only captured."""
        if node is self.root:  # no node of the user's graph: nobody hooks it, watches it or asks for its gradient
            return self.root.grads
        grads: Grads = ()
        if node._hooks is not None or node in self.captures or self.retained:
            grads = self._reach(node, (grad,) if node._outputs == 1 else grad)
        if self.needed is not None and node not in self.needed:
            return None
        return self._finish(node, grads, grad)

    def _reach(self, node: Node, arrived: Sequence[Any]) -> Grads:
        """What happens to the gradients of a node whether its derivative runs or not, and the Tensors that hooks make of them."""
        hooks, interpreter = node._hooks, self.interpreter
        grads = tuple(map(self._wrap, arrived))
        if hooks is not None:
            grads = hooks.before_capture(grads, interpreter)
        for number, place in self.captures.get(node, ()):
            self.captured[place] = grads[number]
        for number in range(len(grads)) if self.retained else ():
            tensor = self.retained.get((node, number))
            value = grads[number]
            if tensor is not None and value is not None and not tensor.retains_grad:
                (store_retained if interpreter is None else interpreter.retain)(tensor, value)
        return grads

    def _finish(self, node: Node, grads: Grads, grad: Any) -> Any:
        """Node pre-hooks, the derivative, node post-hooks. `grads` are the Tensors that hooks see, if some have been made."""
        if grads:
            hooks = node._hooks
            if hooks is not None and hooks.pre is not None:
                grads = hooks.pre(grads, self.interpreter)
            grad = self._unwrap(grads[0]) if node._outputs == 1 else [self._unwrap(g) for g in grads]
        return self._derive(node, grads, grad)

    def _derive(self, node: Node, grads: Grads, grad: Any) -> Any:
        """The derivative, and node post-hooks."""
        interpreter = self.interpreter
        wanted = None
        if self.active is not None:
            wanted = tuple(below is not None and below in self.active for below in node._edges)
        if interpreter is not None:
            results = interpreter.visit(node, grad, wanted, self.recorded)
        elif self.recorded:
            results = node.apply_recorded(grad, wanted)
        else:
            results = node.apply(grad, wanted)
        if node._hooks is not None:  # also where a pre-hook has registered the first post-hook (H5.3)
            results = self._visit_after(node, results, grads)
        if interpreter is not None:
            interpreter.visited(node, results)
        return results

    def _visit_leaf(self, node: AccumulateGrad, box: list[Any]) -> None:
        """The end of a path: hooks of the leaf, accumulation, post-accumulate-grad hooks (H1.1)."""
        self.node = node
        leaf, interpreter = node.variable, self.interpreter
        if leaf._node is not UNSETTLED or leaf._extra is not None:
            node.check()
        if node._static is not None:
            box.append(node.convert(box.pop()))
        state: Any = leaf._backward  # made with the accumulator
        grads: Grads = ()
        if node._hooks is not None or state.hooks or self.active is not None:
            reached = self._reach_leaf(node, state, box)
            if reached is None:
                return
            grads = reached
        if box[0] is not None and leaf.requires_grad:  # no gradient, no post-accumulate-grad hook (W14)
            if interpreter is not None:
                interpreter.accumulate(node, box)
            else:
                node.accumulate(box)
            if state.post_acc is not None:
                state.post_acc(leaf, interpreter)
        hooks = node._hooks
        if hooks is not None and hooks.post is not None:
            hooks.post((), grads, interpreter)
        if interpreter is not None:
            interpreter.visited(node, ())

    def _reach_leaf(self, node: AccumulateGrad, state: Any, box: list[Any]) -> Grads | None:
        """Hooks on the gradient of a leaf, which is in `box`; what post-hooks will see, None if nothing is to be stored."""
        interpreter = self.interpreter
        needed = self.needed is None or node in self.needed
        hooks = node._hooks
        captures = self.captures.get(node)
        if hooks is None and captures is None and not state.hooks:
            return () if needed else None
        grads: Grads = (self._wrap(box.pop()),)
        if state.hooks:
            grads = state.tensor_hooks(grads, interpreter)
            hooks = node._hooks  # one of them may have registered the first node hook (H5.2)
        if hooks is not None:
            grads = hooks.before_capture(grads, interpreter)
        if captures is not None:
            for _, place in captures:
                self.captured[place] = grads[0]
        if needed and hooks is not None and hooks.pre is not None:
            grads = hooks.pre(grads, interpreter)
        box.append(self._unwrap(grads[0]))
        if hooks is None or hooks.post is None:
            grads = ()
        return grads if needed else None

    def _wrap(self, grad: Any) -> Any:
        """The Tensor that hooks see. In a recorded run gradients are Tensors already."""
        return grad if grad is None or self.recorded else self.root.rebuild(grad, NO_EDGE)

    def _unwrap(self, grad: Any) -> Any:
        return grad if grad is None or self.recorded else grad._array

    # -- callbacks ---------------------------------------------------------------------------------------------------
    def _call_back(self, only_always: bool = False) -> None:
        """Run the queued callbacks in order; they may queue more (E9). After an error only those that asked for it (W18)."""
        position = 0
        while position < len(self.callbacks):
            callback, always, queued_at = self.callbacks[position]
            position += 1
            if always or not only_always:
                try:
                    if self.interpreter is None:
                        callback()
                    else:
                        self.interpreter.callback(callback, origin_at(queued_at))
                except BaseException:
                    if not only_always:
                        self.callbacks = self.callbacks[position:]
                        self._call_back(only_always=True)
                    raise
        self.callbacks = []


def task_for(*arguments: Any, **options: Any) -> GraphTask:
    """A run of the engine: `GraphTask` with these arguments, or what the compiler in force on this thread makes of them."""
    return (current().compiler or GraphTask)(*arguments, **options)


def _is_placed(error: BaseException) -> bool:
    """Whether notes on `error` say at which node or hook it was raised."""
    return any(note.startswith("raised in the ") for note in getattr(error, "__notes__", ()))


def _add_recorded(first: Any, second: Any) -> Any:
    """The sum of two gradients for one place, recorded; None is no gradient (E4)."""
    if second is None:
        return first
    return second if first is None else first + second


def _place(wait: list[Any], node: Node, number: int, grad: Any, add: Callable[[Any, Any], Any]) -> list[Any]:
    """Put `grad` into slot `number` of the gradients of a node with several outputs, which are kept in `wait`."""
    grads = wait.pop() if len(wait) == 2 else [None] * node._outputs
    old, grads[number] = grads[number], None
    grads[number] = add(old, grad)
    return grads


def queue_callback(callback: Callable[[], Any], *, always: bool = False) -> None:
    """Run `callback` when the backward that is running now has finished (E9).

    Parameters
    ----------
    callback : callable
        Called without arguments, after every node of this run and after the callbacks queued before it.
    always : bool
        Run it also when the backward ends with an error, which then goes on.

    Raises
    ------
    ModeError
        Outside a backward.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> handle = x.register_hook(lambda g: wg.autograd.queue_callback(lambda: print("done", x.grad.tolist())))
    >>> (x * 3).sum().backward()
    done [3.0]
    """
    task = current().task
    if task is None:
        raise ModeError("queue_callback: final callbacks can only be installed during a backward pass (from a hook, say)")
    task.callbacks.append((callback, always, caller_position()))
    if current().tracer is not None:
        current().tracer.queued(task, callback, always)
