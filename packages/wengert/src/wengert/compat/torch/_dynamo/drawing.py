"""The graph of a backward, to read: one call for each node, each hook, each leaf."""

from __future__ import annotations

import re
from collections import Counter
from operator import getitem
from typing import Any

from ..fx import Graph
from ..fx.graphs import Node
from .reading import NodeCall

__all__ = ["PLACEHOLDERS", "boxed", "drawn"]

#: What the program of a backward is called with.
PLACEHOLDERS = ("inputs", "sizes", "scalars", "hooks", "packed_data")


class _Operation:
    """What a line of the graph calls. It stands there to be read: what runs is the engine's."""

    def __init__(self, name: str) -> None:
        self.__name__ = f"ops.{name}"
        self.result = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()

    def __repr__(self) -> str:
        return self.__name__


CALL_HOOK, ACCUMULATE, ADD = _Operation("call_hook"), _Operation("call_accumulate_grad"), _Operation("add")
CALLBACKS, ROOT = _Operation("exec_final_callbacks"), _Operation("GraphRoot")

_operations: dict[str, _Operation] = {}


def drawn(calls: list[NodeCall]) -> Graph:
    """The graph of the nodes of a backward."""
    return _Drawer(calls).graph


def boxed(graph: Graph, inputs: list[Any]) -> Graph:
    """The same with one argument, the list of `inputs`, which is known."""
    made = Graph()
    box = made.placeholder("L_inputs_")
    box.meta["example_value"] = inputs
    known: dict[Node, Node] = {}

    def own(tree: Any) -> Any:
        if isinstance(tree, Node):
            return known[tree]
        return type(tree)(map(own, tree)) if isinstance(tree, (tuple, list)) else tree

    for node in graph.nodes:
        if node.op == "placeholder":
            known[node] = made.call_function(getitem, (box, len(known)))
        else:
            known[node] = made.create_node(node.op, node.target, own(node.args), dict(node.kwargs), node.name)
        known[node].meta.update(node.meta)
    return made


class _Drawer:
    """Draws one graph."""

    def __init__(self, calls: list[NodeCall]) -> None:
        self.graph = Graph()
        self.inputs, _, _, self.hooks, _ = [self.graph.placeholder(name) for name in PLACEHOLDERS]
        self.arrived: dict[tuple[int, int], Node] = {}
        self.fired = 0
        self.comment = ""
        self.calls = calls
        self.waits = Counter(edge[0] for call in calls for edge in call.edges if edge is not None)
        self.captured: dict[int, Any] = {}
        for number, call in enumerate(calls):
            if call.leaf < 0:
                self._visit(number)
        last = len(calls) - 1
        self.comment = f"after {calls[last].name} (NodeCall {last})"
        self._call(CALLBACKS)
        self.graph.output([self.captured[place] for place in sorted(self.captured)])

    def _call(self, operation: Any, *args: Any, **options: Any) -> Node:
        name = operation.result if isinstance(operation, _Operation) else None
        node = self.graph.create_node("call_function", operation, args, options, name)
        if self.comment:
            node.meta["comment"] = self.comment
            self.comment = ""
        return node

    def _hook(self, kind: str, *args: Any) -> Node:
        hook = self._call(getitem, self.hooks, self.fired)
        self.fired += 1
        return self._call(CALL_HOOK, hook, *args, hook_type=kind)

    def _visit(self, number: int) -> None:
        call = self.calls[number]
        self.comment = f"code: {call.name} (NodeCall {number})"
        grads: list[Any] = [self.arrived.pop((number, i), None) for i in range(call.outputs)]
        for kind, output in call.hooks:
            if kind == "tensor_pre_hook":
                grads[output] = self._hook(kind, grads[output])
            elif kind == "retains_grad_hook":
                self._hook(kind, grads[output])
        for index, place in call.captured:
            self.captured[place] = grads[index]
        if any(kind == "pre_hook" for kind, _ in call.hooks):
            for kind, _ in call.hooks:
                if kind == "pre_hook":
                    found = self._hook(kind, grads)
            grads = [self._call(getitem, found, i) for i in range(len(grads))]
        if call.leaf >= 0:
            self._accumulate(call, grads)
        elif call.edges:
            self._derivative(number, call, grads)

    def _accumulate(self, call: NodeCall, grads: list[Any]) -> None:
        if call.captured:
            return
        leaf = self._call(getitem, self.inputs, call.leaf)
        self._call(ACCUMULATE, leaf, grads[0])
        for kind, _ in call.hooks:
            if kind in ("post_acc_grad_hook", "post_hook"):
                self._hook(kind, *((leaf,) if kind == "post_acc_grad_hook" else ([], grads)))

    def _derivative(self, number: int, call: NodeCall, grads: list[Any]) -> None:
        if number == 0:
            results: Any = self._call(ROOT)
        else:
            name = call.name.rpartition("::")[2]
            operation = _operations.setdefault(name, _Operation(name))
            needed = [edge is not None for edge in call.edges]
            results = self._call(operation, grads, needed)
        for kind, _ in call.hooks:
            if kind == "post_hook":
                results = self._hook(kind, results, grads)
        for place, edge in enumerate(call.edges):
            if edge is None:
                continue
            grad = self._call(getitem, results, place)
            before = self.arrived.get(edge)
            self.arrived[edge] = grad if before is None else self._call(ADD, before, grad)
            self.waits[edge[0]] -= 1
        for edge in call.edges:  # leaves do not wait for other nodes
            if edge is not None and self.calls[edge[0]].leaf >= 0 and not self.waits.pop(edge[0], 1):
                self._visit(edge[0])
