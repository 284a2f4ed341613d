"""The derivative of a function's results as a tape keeps it, to be made for other sizes: see `wengert.compiled.sizes`.

What a call records is made of the graph that was traced, and so are the programs of the backward. For other sizes neither is
traced again: the programs are instantiated with the rest, and what nodes know has numbers in the place of its symbols.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from ..autograd.node import Node
from ..autograd.saved import SavedTensor
from ..autograd.tensor import Tensor
from .function_graph import TracedGraph, attributes_of
from .ir import Step, Variable, mapped, variables_in
from .same_program import Comparison
from .sizes import Instance
from .trace import TracedArray

if TYPE_CHECKING:
    from .function_derivative import GraphDerivative

__all__ = ["TapedDerivative", "knowledge_of", "reads_values"]


class TapedDerivative:
    """The derivative of the results of one run, before any pass.

    Attributes
    ----------
    traced : TracedGraph
    pieces : list of Piece
    parts : list of tuple
        For each piece the steps, the gradients that arrive, and those that leave.
    returned : list
        What the results that require grad are in the program.
    memory : dict
        Of variables in whose memory that of a tensor from outside is, the number of that.
    knowledge : list of dict
        What each node knows, see `knowledge_of`.
    like : array
    """

    def __init__(self, derivative: GraphDerivative) -> None:
        self.traced, self.pieces, self.like = derivative.traced, derivative.pieces, derivative.like
        self.parts: list[tuple[list[Step], list[Variable], list[Any]]] = [p.programs[p.everything] for p in self.pieces]
        self.returned, self.memory, self.knowledge = derivative.returned, derivative.memory, derivative.knowledge

    def at(self, instance: Instance) -> TapedDerivative:
        """The same for other sizes.

        Raises
        ------
        Refused
            If it does not hold for these.
        """
        new = copy.copy(self)
        traced = new.traced = self.traced.at(instance, self.traced.recorder)
        new.pieces, new.parts = [piece.at(traced) for piece in self.pieces], []
        for piece, (steps, roots, results) in zip(new.pieces, self.parts, strict=True):
            for root, port in zip(roots, piece.ports, strict=True):
                instance.define(root, traced.port(port)[0], "the gradient of a result")
            made = instance.steps(steps)
            new.parts.append((made, instance.of(roots), instance.of(results)))
        new.returned = instance.of(self.returned)
        pairs = [(instance.known.get(v), number) for v, number in self.memory.items()]
        new.memory = {v: number for v, number in pairs if isinstance(v, Variable)}
        return new

    # -- beside that of another run
    def alike(self, other: TapedDerivative) -> bool:
        """Whether the nodes of another run are the same but for what they know."""
        return self._structure() == other._structure()

    def _structure(self) -> Any:
        graph = self.traced
        nodes = [(type(node), node._outputs, [graph.target(edge) for edge in node.next_functions]) for node in graph.nodes]
        pieces = [(piece.nodes, piece.ports, piece.edges, piece.routes) for piece in self.pieces]
        return nodes, pieces, [graph.target(edge) for edge in graph.roots]

    def difference(self, other: TapedDerivative, comparison: Comparison) -> str | None:
        """In what the nodes know something else than those of another run, whose variables correspond; None if they do not."""
        for node, mine, theirs in zip(self.traced.nodes, self.knowledge, other.knowledge, strict=True):
            for name in {**mine, **theirs}:
                try:
                    same = comparison.same(self.traced.now(mine[name]), other.traced.now(theirs[name]))
                except Exception:  # noqa: BLE001 - objects of the user's, which may not be compared, or have no such attribute
                    same = False
                if not same:
                    return f"{node.name()} knows something ({name}) that does not follow from the sizes"
        return None


def knowledge_of(graph: TracedGraph) -> list[dict[str, Any]]:
    """What the nodes know, with variables for what is traced; to be asked while the function is traced."""
    return [_knowledge(graph, node) for node in graph.nodes]


def reads_values(knowledge: dict[str, Any]) -> bool:
    """Whether what a node knows are values of the run, among other things."""
    return any(True for _ in variables_in(knowledge))


def _knowledge(graph: TracedGraph, node: Node) -> dict[str, Any]:
    known = {**attributes_of(node), "shape": node._shape, "dtype": node._dtype, "arguments": node._static, "saved": node._saved}
    return {name: mapped(value, lambda leaf: _seen(graph, leaf)) for name, value in known.items()}


def _seen(graph: TracedGraph, leaf: Any) -> Any:
    if isinstance(leaf, TracedArray):
        return leaf.variable
    if isinstance(leaf, Tensor):
        number = graph.numbers.get(id(leaf))
        place = graph.target(leaf._place()) if leaf.requires_grad else None
        return ("outside", number) if number is not None else ("tensor", _seen(graph, leaf._array), place)
    if isinstance(leaf, SavedTensor):
        noted = graph.recorder.noted.get(id(leaf.packed))
        what = (noted[1] if noted is not None else leaf.tensor if leaf.tensor is not None else leaf.array)
        return "saved", _seen(graph, what), leaf.output_nr
    if isinstance(leaf, Node):
        return "node", type(leaf), _knowledge(graph, leaf)
    return leaf
