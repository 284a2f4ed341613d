"""A naive engine that does what `semantics.md` says, written only to be compared with.

Slow and plain: the plan of a task is made of dictionaries and sets filled by repeated passes, the ready queue is a list
searched from end to end, nothing is pruned, fused, shared or updated in place. It has no code in common with Wengert.

`dialect` names the warts (section 0 of the semantics) in which the oracle behaves as PyTorch does: empty for Wengert,
`PYTORCH` to be checked itself against PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .oracle_graph import Edge, Grad, Handle, Node, State, Tensor

PYTORCH = frozenset({"W1", "W9", "W11", "W14", "W16", "W17", "W18", "W22", "W24", "W26", "W30", "list", "post"})


class Task:
    """One run of the engine."""

    def __init__(self, engine: Engine, keep: bool, create: bool) -> None:
        self.engine, self.state, self.keep, self.create = engine, engine.state, keep, create
        self.buffers: dict[Node, dict[int, Grad]] = {}
        self.waiting: dict[Node, int] = {}
        self.depth = len(engine.state.tasks)
        self.ready: list[Ready] = engine.shared if engine.says("W11") else []
        self.running: set[Node] | None = None
        self.captures: dict[Node, list[tuple[int, int]]] = {}
        self.captured: dict[int, Grad] = {}
        self.forced: dict[Node, list[tuple[int, Tensor]]] = {}
        self.callbacks: list[tuple[Callable[[], None], bool]] = []
        self.counts: dict[object, Any] = {}
        self.reachable: set[Node] = set()
        self.lone_root: Node | None = None

    def plan(self, roots: list[tuple[Node, int]], stored: list[tuple[Node, int]] | None, into: str) -> None:
        """Find what is reachable, what has to run, and for how many gradients each node waits (E2)."""
        todo = [node for node, _ in roots]
        while todo:
            node = todo.pop()
            if node not in self.reachable:
                self.reachable.add(node)
                todo += [edge[0] for edge in node.edges if edge is not None]
        for node in self.reachable:
            for edge in node.edges:
                if edge is not None:
                    self.waiting[edge[0]] = self.waiting.get(edge[0], 0) + 1
        if stored is None:
            return
        asked = {node for node, _ in stored}
        self.running = set(asked) if into == "grad attributes" else set()
        grew = True
        while grew:
            grew = False
            for node in self.reachable - self.running:
                below = [edge[0] for edge in node.edges if edge is not None]
                if any(child in self.running or child in asked for child in below):
                    self.running.add(node)
                    grew = True
        if into == "results":
            for k, (node, number) in enumerate(stored):
                self.captures.setdefault(node, []).append((number, k))

    def runs(self, node: Node) -> bool:
        return self.running is None or node in self.running

    def visits(self, node: Node) -> bool:
        return self.runs(node) or node in self.captures

    def send(self, edge: tuple[Node, int] | None, grad: Grad) -> None:
        if edge is None:
            return
        node, k = edge
        self.waiting[node] -= 1
        if not self.visits(node):
            return
        buffer = self.buffers.setdefault(node, {})
        buffer[k] = self.engine.add(buffer.get(k), grad)
        if self.waiting[node] == 0:
            self.engine.push(self.ready, Ready(self, node))

    def loop(self, roots: list[tuple[Node, int]], grads: list[Tensor]) -> None:
        if len(roots) == 1:
            (node, k), (grad,) = roots[0], grads
            self.buffers[node], self.lone_root = {k: grad}, node
            self.engine.push(self.ready, Ready(self, node))
        else:
            for node, _ in roots:
                self.waiting[node] = self.waiting.get(node, 0) + 1
            for edge, grad in zip(roots, grads, strict=True):
                self.send(edge, grad)
        while any(one.task is self for one in self.ready):
            first = self.engine.pop(self.ready)
            if first.task is not self:  # left by a task that failed, in PyTorch's one queue
                continue
            node = first.node
            buffer = self.buffers.pop(node)
            self.engine.evaluate(self, node, [buffer.get(k) for k in range(len(node.shapes))])


class Ready:
    """A node that has all its gradients, in a queue that (in PyTorch) nested tasks share: the deeper goes first."""

    def __init__(self, task: Task, node: Node) -> None:
        self.task, self.node = task, node
        self.rank = (task.depth, node.number)


class Engine:
    """The order of events (E3, H1), one method for each thing that a wrong engine could get wrong."""

    def __init__(self, state: State, ops: Any) -> None:
        self.state, self.ops = state, ops
        self.shared: list[Ready] = []

    def says(self, wart: str) -> bool:
        return wart in self.state.dialect

    # -- the queue -------------------------------------------------------------------------------------

    def push(self, ready: list[Ready], one: Ready) -> None:
        """Append; in PyTorch's dialect also sift up as its binary heap does, whose ties come out as W11 says."""
        ready.append(one)
        child = len(ready) - 1
        while self.says("W11") and child and ready[(child - 1) // 2].rank < ready[child].rank:
            parent = (child - 1) // 2
            ready[parent], ready[child] = ready[child], ready[parent]
            child = parent

    def pop(self, ready: list[Ready]) -> Ready:
        if not self.says("W11"):
            # The latest made; among leaves the first to be complete.
            return ready.pop(max(range(len(ready)), key=lambda k: (ready[k].rank, -k)))
        top, last = ready[0], ready.pop()
        if not ready:
            return top
        hole = 0
        while 2 * hole + 1 < len(ready):
            left, right = 2 * hole + 1, 2 * hole + 2
            larger = left if right >= len(ready) or ready[right].rank < ready[left].rank else right
            ready[hole], hole = ready[larger], larger
        while hole and ready[(hole - 1) // 2].rank < last.rank:
            ready[hole], hole = ready[(hole - 1) // 2], (hole - 1) // 2
        ready[hole] = last
        return top

    def add(self, one: Grad, other: Grad) -> Grad:
        return other if one is None else one if other is None else self.ops.add(one, other)

    # -- one node --------------------------------------------------------------------------------------

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        raw = list(grads)
        grads = self.tensor_hooks(node, grads)
        self.retain(task, node, grads)
        runs = task.runs(node)
        for number, k in task.captures.get(node, ()):
            task.captured[k] = raw[number] if runs and self.says("W1") else grads[number]
        if not runs:
            return
        grads = self.pre_hooks(node, grads)
        shown = grads if node.had_post_hooks else []  # a post-hook registered from now on sees nothing (H5.3)
        if node.leaf is not None:
            self.accumulate(node.leaf, grads[0], task.create)
            results: list[Grad] = []
        else:
            wanted = [edge is not None and task.visits(edge[0]) for edge in node.edges]
            results = self.check_results(node, node.rule(node, grads, wanted))
        results = self.run_post_hooks(node, results, shown)
        if not task.keep:
            node.released = True
        for edge, grad in zip(node.edges, results, strict=True):
            task.send(edge, grad)

    def tensor_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        grads = list(grads)
        outputs = node.tensor_hooks if self.says("W30") else sorted(node.tensor_hooks)
        for k in list(outputs):
            for hook in list(node.tensor_hooks[k].values()):
                grads[k] = self.replaced(grads[k], hook(grads[k]))
        return grads

    def retain(self, task: Task, node: Node, grads: list[Grad]) -> None:
        for k, reference in node.retained.items():
            tensor = reference()
            if tensor is not None and grads[k] is not None:
                tensor.grad = self.stored(tensor.grad, grads[k], task.create)
        for k, tensor in task.forced.get(node, ()):
            if k not in node.retained and grads[k] is not None:
                tensor.grad = self.stored(tensor.grad, grads[k], task.create)

    def stored(self, old: Grad, new: Tensor, create: bool) -> Tensor:
        if create:
            return self.ops.clone(new) if old is None else self.ops.add(old, new)
        return Tensor(self.state, new.array.copy() if old is None else old.array + new.array)

    def pre_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        for hook in list(node.pre_hooks.values()):
            grads = self.replaced_all(grads, hook(tuple(grads)))
        return grads

    def run_post_hooks(self, node: Node, results: list[Grad], grads: list[Grad]) -> list[Grad]:
        for hook in list(node.post_hooks.values()):
            results = self.replaced_all(results, hook(tuple(results), tuple(grads)))
        return results

    def accumulate(self, leaf: Tensor, grad: Grad, create: bool) -> None:
        stores = grad is not None and leaf.requires_grad
        if stores:
            leaf.grad = self.stored(leaf.grad, grad, create)
        if stores or self.says("W14"):
            passed = leaf
            for hook in list(leaf.post_hooks.values()):
                answer = hook(passed)
                if answer is not None and not isinstance(answer, Tensor):
                    raise TypeError("a post-accumulate-grad hook must return None")
                # PyTorch hands what one hook returned to the next, and looks at it after the last.
                passed = passed if answer is None else answer
                if passed is not leaf and not self.says("post"):
                    break
            if passed is not leaf:
                raise RuntimeError("a post-accumulate-grad hook must return None")

    # -- checks (E6.5, H3) -----------------------------------------------------------------------------

    def replaced(self, old: Grad, new: Any) -> Grad:
        return old if new is None else self.checked(old, new)

    def checked(self, old: Grad, new: Grad) -> Grad:
        if new is None or new is old:
            return new
        if old is None:
            raise RuntimeError("a hook may not make a gradient of None")
        if not isinstance(new, Tensor):
            raise TypeError("a hook must return Tensors")
        if old.array.dtype != new.array.dtype or old.shape != new.shape:
            raise RuntimeError("a hook changed the type or the size")
        return new

    def replaced_all(self, old: list[Grad], new: Any) -> list[Grad]:
        if new is None:
            return old
        if not isinstance(new, tuple):
            raise TypeError("a node hook must return a tuple or None")
        if len(new) != len(old):
            raise RuntimeError("a node hook returned a wrong number of gradients")
        return [self.checked(one, other) for one, other in zip(old, new, strict=True)]

    def check_results(self, node: Node, results: list[Grad]) -> list[Grad]:
        return [
            grad if grad is None or edge is None else self.fitted(grad, node.input_shapes[k])
            for k, (edge, grad) in enumerate(zip(node.edges, results, strict=True))
        ]

    def fitted(self, grad: Tensor, shape: Any) -> Tensor:
        return grad if grad.shape == shape else self.ops.sum_to(grad, shape)

    # -- entry points (E1) -----------------------------------------------------------------------------

    def backward(
        self, tensors: Any, grad_tensors: Any = None, retain_graph: Any = None, create_graph: bool = False,
        inputs: Any = None,
    ) -> None:  # fmt: skip
        if inputs is not None and not len(inputs):
            raise RuntimeError("no inputs")
        forced: list[Tensor] = []
        stored: list[tuple[Node, int]] | None = None
        roots, grads = self.roots(tensors, grad_tensors)
        if inputs is not None:
            stored = []
            for one in inputs:
                stored.append(self.input_edge(one))
                if isinstance(one, Tensor) and not one.is_leaf and one not in forced:
                    forced.append(one)
                    if self.says("W17"):  # also when the next input is refused
                        one.retain_grad()
        self.run(roots, grads, stored, "grad attributes", retain_graph, create_graph, forced)

    def grad(
        self, outputs: Any, inputs: Any, grad_outputs: Any = None, retain_graph: Any = None, create_graph: bool = False,
        allow_unused: bool | None = None, materialize_grads: bool = False,
    ) -> tuple[Grad, ...]:  # fmt: skip
        if materialize_grads and allow_unused is False:
            raise ValueError("materialize_grads implies allow_unused")
        roots, grads = self.roots(outputs, grad_outputs)
        stored = [self.input_edge(one) for one in inputs]
        if not stored:
            raise RuntimeError("no inputs")
        captured = self.run(roots, grads, stored, "results", retain_graph, create_graph, [])
        results: list[Grad] = []
        for k in range(len(stored)):
            grad = captured.get(k)
            if grad is not None and not self.says("W9") and any(grad is one for one in (*grads, *results)):
                with self.state.mode(create_graph):
                    grad = self.ops.clone(grad)
            results.append(grad)
        if None in results and not (allow_unused or materialize_grads):
            raise RuntimeError("an input was not used")
        if materialize_grads:
            if any(grad is None and not isinstance(one, Tensor) for one, grad in zip(inputs, results, strict=True)):
                raise RuntimeError("cannot make zeros for an edge")
            results = [
                Tensor(self.state, np.zeros(one.shape), create_graph) if grad is None else grad
                for one, grad in zip(inputs, results, strict=True)
            ]
        return tuple(results)

    def input_edge(self, one: Any) -> tuple[Node, int]:
        if isinstance(one, Edge):
            return one.node, one.output_nr
        if not one.requires_grad:
            raise RuntimeError("an input does not require grad")
        edge = one.gradient_edge()
        assert edge is not None
        return edge

    def roots(self, tensors: Sequence[Any], grads: Any) -> tuple[list[tuple[Node, int]], list[Tensor]]:
        grads = [None] * len(tensors) if grads is None else list(grads)
        if len(grads) < len(tensors) or (len(grads) > len(tensors) and not self.says("W22")):
            raise RuntimeError("as many gradients as tensors are needed")
        made = []
        for tensor, grad in zip(tensors, grads, strict=False):
            if grad is None and tensor.requires_grad:
                if tensor.array.size != 1:
                    raise RuntimeError("an implicit gradient is for scalars")
                grad = Tensor(self.state, np.ones(tensor.shape))
            elif not isinstance(grad, Tensor) and grad is not None:
                raise TypeError("a gradient must be a Tensor or None")
            elif grad is not None and grad.shape != tensor.shape:
                raise RuntimeError("a gradient has the wrong shape")
            made.append(grad)
        if not all(tensor.requires_grad for tensor in tensors):
            raise RuntimeError("a tensor does not require grad")
        return [tensor.gradient_edge() for tensor in tensors], made

    def run(
        self, roots: list[tuple[Node, int]], grads: list[Tensor], stored: Any, into: str, retain: bool | None,
        create: bool, forced: list[Tensor],
    ) -> dict[int, Grad]:  # fmt: skip
        task = Task(self, create if retain is None else retain, create)
        task.plan(roots, stored, into)
        for tensor in forced:
            node, k = self.input_edge(tensor)
            if not self.says("W17"):
                task.forced.setdefault(node, []).append((k, tensor))
        self.state.tasks.append(task)
        try:
            with self.state.mode(create):
                task.loop(roots, grads)
                while task.callbacks:
                    task.callbacks.pop(0)[0]()
        except BaseException:
            while task.callbacks:
                fn, always = task.callbacks.pop(0)
                if always and not self.says("W18"):
                    with self.state.mode(create):
                        fn()
            raise
        finally:
            self.state.tasks.remove(task)
        return task.captured


def multi_grad_hook(state: State, tensors: Sequence[Tensor], fn: Callable, mode: str) -> Handle:
    """Count, per task, the tensors whose hooks will fire, and call `fn` at the last (H9); W24 is PyTorch's way."""
    key, shared = object(), [0]
    odd = "W24" in state.dialect
    nodes = [tensor._hooks("multi-grad hook")[0] for tensor in tensors]

    def will_fire(task: Task, node: Node) -> bool:
        if not odd:
            return (node in task.reachable and task.visits(node)) or node is task.lone_root
        # PyTorch does not count a lone root among the nodes of its graph, and refuses leaves that are captured.
        if node not in task.waiting:
            return False
        if node.leaf is not None and node in task.captures:
            raise RuntimeError("a leaf under grad()")
        return task.visits(node)

    def at(k: int) -> Callable:
        def hook(grad: Grad) -> None:
            task = state.tasks[-1]
            if key not in task.counts:
                task.counts[key] = [0, [None] * len(tensors), 0]
            count = task.counts[key]
            if count[0] == 0:
                shared[0] = count[2] = sum(will_fire(task, node) for node in nodes)
            count[0] += 1
            count[1][k] = grad
            if count[0] == (shared[0] if odd else count[2]):
                fn(count[1])
                del task.counts[key]

        return hook

    def first(grad: Grad) -> None:
        task = state.tasks[-1]
        if task.counts.setdefault(key, True) is True:
            task.counts[key] = False
            fn(grad)

    handles = [tensor.register_hook(at(k) if mode == "all" else first) for k, tensor in enumerate(tensors)]
    return Handle(*(place for handle in handles for place in handle.places))
