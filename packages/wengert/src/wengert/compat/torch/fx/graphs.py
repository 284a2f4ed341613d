"""Graphs to read: a list of nodes, each a call, and a module that runs what they stand for."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["Graph", "GraphModule", "Node"]


class Node:
    """One line of a graph.

    Attributes
    ----------
    op : str
        ``"placeholder"``, ``"call_function"`` or ``"output"``.
    name : str
        What its result is called in the graph.
    target : str or callable
        The name of an argument, or what is called.
    args : tuple
        What it is called with: nodes, constants, and lists and tuples of them.
    kwargs : dict
    meta : dict
        What else is known; of an argument under ``"example_value"`` what it was in the run from which the graph was made.
    """

    def __init__(self, graph: Graph, name: str, op: str, target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.graph, self.name, self.op, self.target, self.args, self.kwargs = graph, name, op, target, args, kwargs
        self.meta: dict[str, Any] = {}

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes among its arguments."""
        return list(dict.fromkeys(_nodes_in((self.args, self.kwargs))))

    def __repr__(self) -> str:
        return self.name

    def line(self) -> str:
        """As a line of Python."""
        if self.op == "output":
            return f"return {self.args[0]!r}"
        given = [*map(repr, self.args), *(f"{k} = {v!r}" for k, v in self.kwargs.items())]
        called = getattr(self.target, "__name__", None) or repr(self.target)
        if called == "getitem":
            return f"{self.name} = {given[0]}[{given[1]}]"
        return f"{self.name} = {called}({', '.join(given)})"


def _nodes_in(tree: Any) -> Iterator[Node]:
    if isinstance(tree, Node):
        yield tree
    elif isinstance(tree, (tuple, list)):
        for item in tree:
            yield from _nodes_in(item)
    elif isinstance(tree, dict):
        yield from _nodes_in(tuple(tree.values()))


class Graph:
    """Nodes in the order in which they run.

    Examples
    --------
    >>> import operator
    >>> import wengert.compat.torch as torch
    >>> graph = torch.fx.Graph()
    >>> x = graph.placeholder("x")
    >>> _ = graph.output([graph.call_function(operator.mul, (x, 2))])
    >>> print(graph.python_code("forward"))
    def forward(self, x):
        mul = mul(x, 2);  x = None
        return [mul]
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._names: dict[str, int] = {}

    def _name(self, wanted: str) -> str:
        count = self._names.get(wanted, 0)
        self._names[wanted] = count + 1
        return f"{wanted}_{count}" if count else wanted

    def create_node(
        self, op: str, target: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None, name: str | None = None
    ) -> Node:
        """Add a node at the end."""
        own = name or str(getattr(target, "__name__", target if isinstance(target, str) else "call"))
        self.nodes.append(Node(self, self._name(own), op, target, tuple(args), dict(kwargs or {})))
        return self.nodes[-1]

    def placeholder(self, name: str) -> Node:
        """Add an argument."""
        return self.create_node("placeholder", name)

    def call_function(
        self, function: Callable[..., Any], args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Node:
        """Add a call."""
        return self.create_node("call_function", function, args, kwargs)

    def output(self, result: Any) -> Node:
        """Add the end."""
        return self.create_node("output", "output", (result,))

    def find_nodes(self, *, op: str, target: Any = None, sort: bool = True) -> list[Node]:
        """The nodes of a kind, and of a target if that is given."""
        return [n for n in self.nodes if n.op == op and (target is None or n.target is target)]

    def python_code(self, name: str) -> str:
        """As a function of Python, in which names are given up after their last use."""
        arguments = ["self", *(n.name for n in self.nodes if n.op == "placeholder")]
        last: dict[Node, Node] = {}
        for node in self.nodes:
            last.update(dict.fromkeys((node, *node.all_input_nodes), node))
        lines = [f"def {name}({', '.join(arguments)}):"]
        for node in self.nodes:
            if node.op == "placeholder":
                continue
            comment = node.meta.get("comment")
            if comment:
                lines += ["", f"    # {comment}"]
            dead = [n.name for n, at in last.items() if at is node and node.op != "output"]
            lines.append(f"    {node.line()}" + (f";  {' = '.join(dead)} = None" if dead else ""))
        return "\n".join(lines)

    def __str__(self) -> str:
        lines = [f"    %{n.name} : [num_users={self._users(n)}] = {n.op}[target={n.target}]" for n in self.nodes]
        return "\n".join(["graph():", *lines])

    def _users(self, node: Node) -> int:
        return builtins.sum(node in other.all_input_nodes for other in self.nodes)


class GraphModule:
    """A graph, and what it stands for, to be called.

    Parameters
    ----------
    run : callable
        Computes what the graph says.
    graph : Graph
        To read. Changing it changes nothing about what is computed.
    class_name : str
        The name of its class in its text.
    """

    def __init__(self, run: Callable[..., Any], graph: Graph, class_name: str = "GraphModule") -> None:
        self._run, self.graph, self._class_name = run, graph, class_name

    def __call__(self, *args: Any) -> Any:
        return self._run(*args)

    forward = __call__

    @property
    def code(self) -> str:
        """The graph as a function of Python."""
        return self.graph.python_code("forward")

    def print_readable(self, print_output: bool = True, **options: Any) -> str:
        """The graph as a class of Python, which is also printed unless that is turned off."""
        body = "\n".join(f"    {line}" if line else "" for line in self.code.splitlines())
        text = f"class {self._class_name}(torch.nn.Module):\n{body}\n"
        if print_output:
            print(text)  # noqa: T201  (what it is for)
        return text

    def __repr__(self) -> str:
        return f"{self._class_name}()\n\n\n\n{self.code}\n"
