"""The graph of a function's results: what was traced of it, and the same graph of one call, over its arrays.

A function whose results require grad has, when it was traced, a graph of nodes over traced arrays. It is the template of what a
call records. `TracedGraph` keeps it; `CallGraph` makes of it the nodes of one call, each like that of an eager run: with the
values of this call saved, its own hooks, its place among the tensors of this call. So whatever the engine does with a graph it
does with that one: hooks, retained gradients, undefined gradients, derivatives of derivatives.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..arrays.batched import BatchedArray, Level, beneath
from ..arrays.sizes import plain
from ..autograd.hooks import FunctionPostHooks, FunctionTensorPreHook
from ..autograd.node import NO_EDGE, AccumulateGrad, Edge, Node
from ..autograd.saved import SavedTensor, unpack
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError
from .ir import Equation, Step, Variable, mapped
from .packed import Packed
from .standing import reached
from .trace import TracedAdapter, TracedArray

if TYPE_CHECKING:
    from .function_call_graph import CallGraph
    from .function_trace import FunctionRecorder
    from .sizes import Instance

__all__ = ["TracedGraph", "attributes_of"]

#: What an entry of a node's saved values is in a graph of one call.
Make = Callable[["CallGraph"], Any]


class TracedGraph:
    """The traced nodes between the results and the tensors from outside.

    Attributes
    ----------
    nodes : list of Node
        The youngest first, which is the order in which a backward runs them.
    number : dict
        From a node to its place in `nodes`.
    roots : list of Edge
        The places of the results that require grad.
    ends : dict
        From the place of a tensor from outside to its number.
    leaves : dict
        From the accumulator of a leaf that the function has made to its number among those.
    needed : dict of Variable
        Of which values a graph of one call is made.
    producers : dict
        From a variable to the equation that computes it.
    instance : Instance or None
        What the sizes in the nodes are, where the function was traced with symbols for some; see `wengert.compiled.sizes`.
    """

    instance: Instance | None = None
    batched = False  # whether it goes through a `vmap` of so many samples

    def __init__(self, recorder: FunctionRecorder, alive: Sequence[Tensor]) -> None:
        self.recorder = recorder
        self.numbers = {id(known.tensor): known.number for known in recorder.known.values()}
        self.first = {known.first.variable: known.number for known in recorder.known.values()}
        self.arrays = [known.first for known in recorder.known.values()]
        self.ends: dict[Edge, int] = {}
        for known in recorder.known.values():
            if known.tensor.requires_grad:
                self.ends.setdefault(known.tensor._place(), known.number)
        self.alive = list(alive)
        self.roots: list[Edge] = [tensor._place() for tensor in alive]
        self.leaves: dict[Node, int] = {}
        self.nodes = self._reached()
        self.number = {node: i for i, node in enumerate(self.nodes)}
        self.needed: dict[Variable, None] = {}
        self.templates: list[Callable[[CallGraph, Node], None]] = []
        self.tensors: dict[int, Tensor] = {id(t): t for t in alive}  # kept alive, as they are known by id
        self.producers: dict[Variable, Equation] = {}
        self.places: dict[Any, list[Callable[[], Node | None]]] = {}  # of multi-grad hooks, their tensors' in this graph

    def at(self, instance: Instance, recorder: FunctionRecorder) -> TracedGraph:
        """The same graph for the sizes of `instance`, whose variables take the place of those that were traced."""
        new = copy.copy(self)
        new.instance, new.recorder = instance, recorder
        new.first = {new.now(v): number for v, number in self.first.items()}
        new.needed = {v: None for v in map(new.now, self.needed) if isinstance(v, Variable)}
        return new

    def now(self, variable: Any) -> Any:
        """What a variable of the trace is for the sizes at hand; a constant is itself."""
        return variable if self.instance is None else self.instance.of(variable)

    def port(self, port: tuple[int, int]) -> tuple[tuple[int, ...], Any]:
        """Shape and dtype of the gradient of an output: the number of the node, that of the output."""
        node, nr = self.nodes[port[0]], port[1]
        shape, dtype = (node._shape, node._dtype) if node._outputs == 1 else (node._shape[nr], node._dtype[nr])
        return mapped(shape, plain) if self.instance is None else self.instance.of(shape), dtype

    def describe(self) -> None:
        """Note of what the nodes are made."""
        self.templates = [self._template(node) for node in self.nodes]
        if self.recorder.groups is not None:
            self.needed[self.recorder.groups] = None
            self.places = {group: list(group.places) for group in self.recorder.values[self.recorder.groups]}
        for node in (*self.nodes, *self.leaves):
            for fn in hooks_in(node):
                for tensor in reached(fn):
                    self.held(tensor)
        for accumulator in self.leaves:
            self.value(accumulator.variable._array)

    def note_steps(self, steps: Iterable[Step]) -> None:
        """Note of the steps of the forward what computes what."""
        self.producers = {v: step for step in steps if isinstance(step, Equation) for v in step.makes()}

    def _reached(self) -> list[Node]:
        found: dict[Node, None] = {}
        ends = {node for node, _ in self.ends}
        stack = [node for node, _ in self.roots]
        while stack:
            node = stack.pop()
            if node is None or node in found or node in ends:
                continue
            if isinstance(node, AccumulateGrad):
                self.leaves.setdefault(node, len(self.leaves))
                continue
            if node._sequence < self.recorder.first_node:
                raise CompileError(
                    f"a result of the compiled function depends on {node.name()}, which was recorded outside of it, and on no "
                    "tensor that the function has met; pass what it computes as an argument"
                )
            found[node] = None
            stack.extend(node._edges)
        return sorted(found, key=lambda node: -node._sequence)

    # -- what is asked of it
    def hooked(self) -> bool:
        """Whether someone may see a backward inside of it: hooks, or values that saved-tensor hooks have packed."""
        return bool(self.leaves) or any(has_hooks(node) or packed_in(node) for node in self.nodes)

    def target(self, edge: Edge) -> tuple[str, int, int]:
        """Where an edge leads: to a node, a tensor from outside, a leaf of the function, or nowhere."""
        node, number = edge
        if edge in self.ends:
            return "outside", self.ends[edge], 0
        if node in self.number:
            return "node", self.number[node], number
        if node in self.leaves:
            return "leaf", self.leaves[node], 0
        return "nowhere", 0, 0

    def value(self, traced: Any) -> Any:
        """Note that the value of a traced array is needed; itself."""
        self.batched |= isinstance(traced, BatchedArray)
        inner, _ = beneath(traced)  # of a `vmap` inside of the function
        if isinstance(inner, TracedArray) and isinstance(inner.variable, Variable):
            self.needed[inner.variable] = None
        return traced

    def held(self, tensor: Tensor) -> bool:
        """Whether a tensor that a hook holds is one of the function's, whose value is then noted as needed."""
        number = self.numbers.get(id(tensor))
        if number is not None:
            return self.recorder.known[id(tensor)].argument is not None
        self.value(tensor._array)
        return isinstance(tensor._array, TracedArray)

    # -- templates
    def _template(self, node: Node) -> Callable[[CallGraph, Node], None]:
        """What makes a node of a call like `node`."""
        saved = node._saved
        outputs = node.saved_numbers
        entries = None
        if saved is not None:
            entries = [self._entry(e, node, outputs[i] if i < len(outputs) else -1) for i, e in enumerate(saved)]
        attributes = {name: self._attribute(value) for name, value in attributes_of(node).items()}
        static = self._attribute(node._static)
        targets = [self.target(edge) for edge in node.next_functions]

        def fill(call: CallGraph, new: Node) -> None:
            new._outputs, new._shape, new._dtype = node._outputs, node._shape, node._dtype
            new._info = None if node._info is None else dict(node._info)
            new._hooks = None
            new._lead_to([call.edge(target) for target in targets])
            for name, make in attributes.items():
                setattr(new, name, make(call))
            new._static = static(call)
            new._saved = None if entries is None else tuple([make(call) for make in entries])
            instance = call.traced.instance
            if instance is not None:
                _resize(new, instance, attributes)

        return fill

    def _entry(self, entry: Any, node: Node, number: int) -> Make:
        """What makes the entry of a call; `number` is that of the output that it is, -1 for none."""
        if isinstance(entry, Node):  # the write that is a part of one into a view
            template = self._template(entry)
            return lambda call: call.made(entry, template)
        if type(entry) is tuple and len(entry) == 2:  # of a custom Function: with the number of the output
            make, number = self._entry(entry[0], node, entry[1]), entry[1]
            return lambda call: (make(call), number)
        if isinstance(entry, SavedTensor):
            return self._saved_tensor(entry, node)
        if isinstance(entry, Tensor):
            unpack(entry, node)  # it says what is wrong with it
            return self._watched(entry)
        if isinstance(entry, TracedArray):
            self.value(entry)
            return lambda call: call.output(entry, number)
        if isinstance(entry, BatchedArray):
            self.value(entry)
            return lambda call: call.value(entry)
        return self._attribute(entry)

    def _watched(self, tensor: Tensor) -> Make:
        """What makes the entry of an input, whose memory may be that of a tensor from outside."""
        make = self._tensor(tensor)
        if id(tensor) in self.numbers or isinstance(tensor._array, BatchedArray):
            return make
        variable = tensor._array.variable
        return lambda call: call.watched(make(call), variable)

    def _saved_tensor(self, entry: SavedTensor, node: Node) -> Make:
        pair, packed = entry.pair, entry.packed
        edge = None if entry.edge is None or callable(entry.edge) else self.target(entry.edge)
        if pair is None:
            array = entry.restore_array(node)
            if entry.tensor is not None and id(entry.tensor) in self.numbers:
                return self._tensor(entry.tensor)
            if entry.output_nr >= 0:
                return self._entry(array, node, entry.output_nr)
            value = self._attribute(array)
            return lambda call: wrap(value(call), call.edge(edge) if edge else NO_EDGE)
        if isinstance(packed, Packed):
            self.needed[packed.variable] = None
            number = self.numbers.get(id(packed.tensor))
            return lambda call: call.packed(entry, packed.variable, edge, number)
        noted = self.recorder.noted.get(id(packed))
        if noted is None:
            raise CompileError(f"{node.name()}: what {pair.pack_hook!r} has packed cannot be saved by a compiled function")
        tensor = noted[1]
        if entry.output_nr >= 0:
            return self._entry(tensor._array, node, entry.output_nr)
        return self._tensor(tensor) if id(tensor) in self.numbers else self._intermediate(tensor, self.target(tensor._place()))

    def _tensor(self, tensor: Tensor) -> Make:
        number = self.numbers.get(id(tensor))
        if number is not None:
            self.needed[self.arrays[number].variable] = None
            return lambda call: call.outside(number)
        return self._intermediate(tensor, self.target(tensor._place()) if tensor.requires_grad else None)

    def _intermediate(self, tensor: Tensor, place: tuple[str, int, int] | None) -> Make:
        value, family = self.value(tensor._array), tensor._family
        self.tensors[id(tensor)] = tensor

        def make(call: CallGraph) -> Tensor:
            found = call.tensors.get(id(tensor))
            if found is None:
                edge = NO_EDGE if place is None else call.edge(place)
                found = call.tensors[id(tensor)] = wrap(call.value(value), edge, family)
            return found

        return make

    def _attribute(self, value: Any) -> Make:
        """What makes a static argument, or an attribute of a ``ctx``."""
        if isinstance(value, TracedAdapter):
            return lambda _: value.base
        makers: dict[int, Make] = {}

        def look(leaf: Any) -> Any:
            self.batched |= isinstance(leaf, Level)
            if isinstance(leaf, Packed):
                self.needed[leaf.variable] = None
                makers[id(leaf)] = lambda call: call.entries[leaf.variable]
            elif isinstance(leaf, (BatchedArray, TracedArray)):
                self.value(leaf)
                makers[id(leaf)] = lambda call: call.value(leaf)
            elif isinstance(leaf, Tensor):
                makers[id(leaf)] = self._tensor(leaf)
            return leaf

        mapped(value, look)
        if not makers:
            return lambda _: value
        return lambda call: mapped(value, lambda leaf: makers[id(leaf)](call) if id(leaf) in makers else leaf)


def attributes_of(node: Node) -> dict[str, Any]:
    """What a node knows besides what every node does: the attributes of a ``ctx``, say."""
    own = [n for c in type(node).__mro__ if c not in Node.__mro__ for n in c.__dict__.get("__slots__", ())]
    return {**getattr(node, "__dict__", {}), **{name: getattr(node, name) for name in own if hasattr(node, name)}}


def _resize(node: Node, instance: Instance, attributes: Iterable[str]) -> None:
    """Put numbers for the symbols into what a node knows."""
    node._shape, node._static = instance.of(node._shape), instance.of(node._static)
    node._saved = None if node._saved is None else instance.of(node._saved)
    for name in attributes:
        setattr(node, name, instance.of(getattr(node, name)))


def has_hooks(node: Node) -> bool:
    """Whether hooks are on `node` that somebody could notice."""
    hooks = node._hooks
    if hooks is None:
        return False
    if any(type(hook) is not FunctionTensorPreHook or hook.hooks for hook in hooks.tensor):
        return True
    if any(retain.tensor() is not None for retain in hooks.retain.values()):
        return True
    if hooks.post is not None and (type(hooks.post) is not FunctionPostHooks or hooks.post.hooks):
        return True
    return hooks.pre is not None and bool(hooks.pre.hooks)


def hooks_in(node: Node) -> list[Callable[..., Any]]:
    """The hooks on a node, or on the leaf that it accumulates into."""
    hooks, groups = node._hooks, list[Any]()
    if hooks is not None:
        groups += [hook.hooks for hook in hooks.tensor if isinstance(hook, FunctionTensorPreHook)]
        groups += [kind.hooks for kind in (hooks.pre, hooks.post) if kind is not None]
    state = node.variable._backward if isinstance(node, AccumulateGrad) else None
    if state is not None:
        groups += [state.hooks or {}, {} if state.post_acc is None else state.post_acc.hooks]
    return [fn for group in groups for fn in group.values()]


def packed_in(node: Node) -> bool:
    """Whether users' hooks have packed what `node` saved."""
    entries = [entry[0] if type(entry) is tuple else entry for entry in node._saved or ()]
    return any(isinstance(entry, SavedTensor) and isinstance(entry.packed, Packed) for entry in entries) or any(
        packed_in(entry) for entry in entries if isinstance(entry, Node)
    )
