"""Pieces of the graph that was traced, each of which a call records as one node, and the programs of their derivatives."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.adapter import adapter_of
from .calling import one_by_one
from .function_graph import TracedGraph
from .function_source import make_function, note_in
from .ir import Equation, Step, Variable
from .segments import Backend

__all__ = ["Piece", "PieceProgram", "add_arrays", "pieces_of"]

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
    saves : bool
        Whether its nodes have saved anything; a backward through one that has not may be repeated.
    """

    saves = True

    def __init__(self, nodes: list[int]) -> None:
        self.nodes = nodes
        self.ports: list[tuple[int, int]] = []
        self.edges: list[tuple[str, int, int]] = []
        self.routes: list[list[Route]] = []
        self.programs: dict[Any, Any] = {}
        self.shape: Any = ()  # of what the gradients are that come in, as of a node
        self.dtype: Any = None

    def measure(self, traced: TracedGraph) -> None:
        """Note shape and dtype of what a node with such outputs gives."""
        found = [traced.port(port) for port in self.ports]
        pairs: Any = found[0] if len(found) == 1 else zip(*found, strict=True)
        self.shape, self.dtype = pairs

    def at(self, traced: TracedGraph) -> Piece:
        """The same piece of the graph for other sizes, without programs."""
        new = copy.copy(self)
        new.programs = {}
        new.measure(traced)
        return new

    @property
    def everything(self) -> tuple[tuple[bool, ...], None]:
        """By what the program is known for which all gradients are defined and wanted."""
        return tuple([True] * len(self.ports)), None

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
    for piece in pieces:
        piece.measure(traced)
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


def add_arrays(first: Any, second: Any) -> Any:
    """The sum of two gradients for one place."""
    return adapter_of(first).add(first, second)
