"""What a call of a compiled function records whose results require grad: a node for each piece of the graph that was traced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import DIRECT, adapter_of
from ..autograd.modes import ACTIVE
from ..autograd.node import Edge, Node, next_sequence
from ..autograd.saved import SavedTensor, raise_released, unpack
from ..autograd.tensor import Tensor
from .function_call_graph import CallGraph, kept
from .function_pieces import Piece, add_arrays
from .ir import Variable

if TYPE_CHECKING:
    from .function_derivative import GraphDerivative

__all__ = ["record_call"]


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
        if not asking.piece.saves:  # whatever else has been released by now
            graph = _Coarse(self.derivative.traced, self.tensors, {}, self._sequences())
            graph.fill_some(asking.piece.nodes)
            return graph
        if self._graph is None:
            derivative = self.derivative
            with derivative._lock:
                if self._graph is None:
                    saved = asking._saved
                    if saved is None:
                        raise_released(asking)
                    entries = dict(zip(derivative.saved, saved, strict=True))
                    graph = _Coarse(derivative.traced, self.tensors, entries, self._sequences())
                    roots = map(derivative.traced.target, derivative.traced.roots)
                    graph.places = {(target[1], target[2]): self.edge(target) for target in roots if target[0] == "node"}
                    graph.fill()
                    self._graph = graph
        return self._graph


    def _sequences(self) -> list[Any]:
        """The place of each node in the order of making: between its piece and the one before."""
        found: list[Any] = []
        for node in self.nodes:
            count = len(node.piece.nodes)
            found += [node._sequence - i / (count + 1) for i in range(count)]
        return found


class _Coarse(CallGraph):
    """The nodes of an eager run where the call has recorded pieces: the places of results are in these."""

    places: dict[tuple[int, int], Edge]

    def fill_some(self, numbers: Sequence[int]) -> None:
        """Give only these nodes what they have, of which nothing was saved."""
        self.places = {}
        for number in numbers:
            self.traced.templates[number](self, self.nodes[number])

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

        add = (lambda a, b: a + b) if recorded else add_arrays
        outs = self.piece.flow(graph.traced, grads, visit, add)
        return tuple([o if wanted is None or wanted[i] else None for i, o in enumerate(outs)])


def record_call(derivative: GraphDerivative, values: Sequence[Any], outs: list[Tensor], tensors: list[Tensor]) -> None:
    """Record a call, whose results that require grad are `outs`; `values` are those of the variables that it saves."""
    entries = _entries(derivative, dict(zip(derivative.saved, values, strict=True)), outs, tensors)
    if not derivative.pieces:
        count = len(derivative.traced.nodes)
        sequences = [next_sequence() for _ in range(count)][::-1]
        graph = CallGraph(derivative.traced, tensors, entries, sequences)
        graph.fill(outs)
        _note(graph.nodes)
        return
    call = RecordedCall(derivative, tensors)
    saved = tuple(entries.values())
    for piece in derivative.pieces:
        node = CompiledNode()
        node.call, node.piece, node._saved = call, piece, saved if piece.saves else ()
        node._hooks = node._info = node._static = None
        node._outputs, node._shape, node._dtype = len(piece.ports), piece.shape, piece.dtype
        call.nodes.append(node)
    for node in reversed(call.nodes):
        node._sequence = next_sequence()
        node._lead_to([call.edge(target) for target in node.piece.edges])
    for out, target in zip(outs, derivative.roots, strict=True):
        out._node, out._nr = call.edge(target)
    _note(call.nodes)


def _note(nodes: Sequence[Node]) -> None:
    """Let anomaly mode, where it is on, note which line has recorded them."""
    anomaly = ACTIVE.get("anomaly") if ACTIVE else None
    if anomaly is not None:
        for node in nodes:
            anomaly.note(node)


def _entries(
    derivative: GraphDerivative, values: dict[Variable, Any], outs: list[Tensor], tensors: list[Tensor]
) -> dict[Variable, Any]:
    """What a call saves: arrays, and tensors where a write to them must be noticed."""
    entries: dict[Variable, Any] = dict(values)
    for v, (kind, number) in derivative.watched.items():
        if kind == "outside":
            entries[v] = kept(tensors[number])
        else:
            owner = tensors[number] if kind == "shared" else outs[number]
            entries[v] = SavedTensor(None, values[v], None, -1, owner._counter())
    return entries
