"""The graph of a function's results: what was traced of it, and the same graph of one call, over its arrays.

A function whose results require grad has, when it was traced, a graph of nodes over traced arrays. It is the template of what a
call records. `TracedGraph` keeps it; `CallGraph` makes of it the nodes of one call, each like that of an eager run: with the
values of this call saved, its own hooks, its place among the tensors of this call. So whatever the engine does with a graph it
does with that one: hooks, retained gradients, undefined gradients, derivatives of derivatives.
"""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import NUMBERS, adapter_of
from ..autograd.hooks import FunctionPostHooks, FunctionPreHooks, FunctionTensorPreHook, Hooks, NodeHooks
from ..autograd.multi_grad import place_of
from ..autograd.node import LEAF_EDGE, NO_EDGE, AccumulateGrad, Edge, Node
from ..autograd.saved import SavedTensor, unpack
from ..autograd.tensor import Tensor, wrap
from ..errors import CompileError
from .calling import called
from .function_effects import StandingFor, outer_pair, reached
from .ir import Equation, Step, Variable, mapped
from .packed import Packed
from .trace import TracedAdapter, TracedArray

if TYPE_CHECKING:
    from .function_trace import FunctionRecorder

__all__ = ["CallGraph", "TracedGraph", "kept"]

#: What an entry of a node's saved values is in a graph of one call.
Make = Callable[["CallGraph"], Any]


def kept(tensor: Tensor) -> Any:
    """The entry for a tensor from outside that a call saves: what `wengert.autograd.saved.keep` makes where there are no hooks."""
    extra = tensor._extra
    if extra is None or not (extra.written() or extra.detached):
        return tensor
    return SavedTensor(tensor, None, tensor._place(), -1, tensor._counter())


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
    """

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

    def describe(self, steps: Iterable[Step]) -> None:
        """Note of what the nodes are made; `steps` are those of the forward."""
        self.templates = [self._template(node) for node in self.nodes]
        if self.recorder.groups is not None:
            self.needed[self.recorder.groups] = None
            self.places = {group: list(group.places) for group in self.recorder.values[self.recorder.groups]}
        for node in (*self.nodes, *self.leaves):
            for fn in hooks_in(node):
                for tensor in reached(fn):
                    self.held(tensor)
        for accumulator in self.leaves:
            self.value(accumulator.variable._array)  # type: ignore[attr-defined]
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
        if isinstance(traced, TracedArray) and isinstance(traced.variable, Variable):
            self.needed[traced.variable] = None
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
        attributes = {name: self._attribute(value) for name, value in getattr(node, "__dict__", {}).items()}
        own = [n for c in type(node).__mro__ if c not in Node.__mro__ for n in c.__dict__.get("__slots__", ())]
        attributes.update({name: self._attribute(getattr(node, name)) for name in own if hasattr(node, name)})
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
        return self._attribute(entry)

    def _watched(self, tensor: Tensor) -> Make:
        """What makes the entry of an input, whose memory may be that of a tensor from outside."""
        make = self._tensor(tensor)
        if id(tensor) in self.numbers:
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
            if isinstance(leaf, Packed):
                self.needed[leaf.variable] = None
                makers[id(leaf)] = lambda call: call.entries[leaf.variable]
            elif isinstance(leaf, TracedArray):
                self.value(leaf)
                makers[id(leaf)] = lambda call: call.value(leaf)
            elif isinstance(leaf, Tensor):
                makers[id(leaf)] = self._tensor(leaf)
            return leaf

        mapped(value, look)
        if not makers:
            return lambda _: value
        return lambda call: mapped(value, lambda leaf: makers[id(leaf)](call) if id(leaf) in makers else leaf)


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


class CallGraph:
    """The graph of one call.

    Parameters
    ----------
    traced : TracedGraph
    tensors : list of Tensor
        Those from outside, by number.
    entries : dict
        Of the variables that were saved the entries: arrays, and tensors from outside as `kept`.
    sequences : sequence
        The place of each node in the order of making.
    """

    def __init__(
        self, traced: TracedGraph, outside: list[Tensor], entries: dict[Variable, Any], sequences: Sequence[Any]
    ) -> None:
        self.traced, self.numbered, self.entries = traced, outside, entries
        self.arrays: dict[Variable, Any] = {}  # what was computed again
        self.tensors: dict[int, Tensor] = {}
        groups = traced.recorder.groups
        self.groups: dict[Any, Any] = {} if groups is None else entries[groups]
        self.placed: set[int] = set()
        self.around: dict[int, Any] = {}
        self.results: dict[int, Tensor] = {}
        self.nodes = [_bare(node, sequence) for node, sequence in zip(traced.nodes, sequences, strict=True)]
        self.leaves: list[Tensor] = []

    def fill(self, results: Sequence[Tensor] = ()) -> None:
        """Give the nodes everything, the results their places, and both their hooks."""
        self.results = {id(t): made for t, made in zip(self.traced.alive, results, strict=False)}
        self.made_results = set(map(id, results))
        self.tensors.update(self.results)
        self.leaves = [self._leaf(node) for node in self.traced.leaves]
        for fill, new in zip(self.traced.templates, self.nodes, strict=True):
            fill(self, new)
        for edge, made in zip(self.traced.roots, results, strict=False):
            if not any(made is leaf for leaf in self.leaves):
                made._node, made._nr = self.edge(self.traced.target(edge))
        for node, new in zip(self.traced.nodes, self.nodes, strict=True):
            if node._hooks is not None:
                new._hooks = self._hooks(node._hooks, new)

    # -- what templates ask for
    def value(self, traced: Any) -> Any:
        """The array that a traced one stands for."""
        variable = traced.variable
        if not isinstance(variable, Variable):
            return variable
        if variable not in self.entries and variable not in self.arrays:
            self._compute(variable)
        return self._read(variable)

    def output(self, traced: TracedArray, number: int) -> Any:
        """The entry for what is output `number` of its node."""
        variable = traced.variable  # an array, where it is a constant
        entry = self.entries.get(variable) if isinstance(variable, Variable) else None
        if not isinstance(entry, SavedTensor):
            return self.value(traced)
        new = SavedTensor(None, entry.array, None, number, entry.version)
        new.expected = entry.expected
        return new

    def watched(self, tensor: Any, variable: Variable) -> Any:
        """The entry for an input that has been made of a value."""
        entry = self.entries.get(variable) if isinstance(variable, Variable) else None
        if not isinstance(entry, SavedTensor) or id(tensor) in self.made_results:
            return tensor
        new = SavedTensor(tensor, None, tensor._place(), -1, entry.version)
        new.expected = entry.expected
        return new

    def _compute(self, variable: Variable) -> None:
        """Compute a value of the forward again, which the call has not saved."""
        producers, needed = self.traced.producers, dict[Equation, None]()
        stack = [variable]
        while stack:
            v = stack.pop()
            if v in self.entries or v in self.arrays:
                continue
            equation = producers[v]
            if equation not in needed:
                needed[equation] = None
                stack.extend(equation.reads())
        order = [e for e in dict.fromkeys(producers.values()) if e in needed]
        for equation in order:
            result = called(equation, self._read)
            for v, array in zip(equation.outputs, (result,) if equation.single else result, strict=True):
                if v is not None:
                    self.arrays[v] = array if type(array) in NUMBERS else adapter_of(array).normalise(array)

    def _read(self, variable: Variable) -> Any:
        if variable in self.arrays:
            return self.arrays[variable]
        entry = self.entries[variable]
        return unpack(entry, self.nodes[0]) if isinstance(entry, (SavedTensor, Tensor)) else entry

    def outside(self, number: int) -> Any:
        """The entry for a tensor from outside."""
        entry = self.entries.get(self.traced.arrays[number].variable)
        return kept(self.numbered[number]) if entry is None else entry

    def edge(self, target: tuple[str, int, int]) -> Edge:
        """Where the gradient of something goes in this call."""
        kind, number, nr = target
        if kind == "node":
            return self.nodes[number], nr
        if kind == "outside":
            return self.numbered[number]._place()
        return self.leaves[number]._place() if kind == "leaf" else NO_EDGE

    def packed(self, entry: SavedTensor, variable: Variable, edge: Any, number: int | None) -> SavedTensor:
        """The entry for what the pack hook has returned in this call."""
        watched = number is not None and entry.pair is not None and entry.pair.watched
        version = self.numbered[number]._counter() if watched and number is not None else None
        new = SavedTensor(None, None, None if edge is None else self.edge(edge), entry.output_nr, version)
        outer = entry.pair is self.traced.recorder.outer
        new.packed, new.pair = self.entries[variable], outer_pair() if outer else entry.pair
        return new

    def made(self, node: Node, fill: Callable[[CallGraph, Node], None]) -> Node:
        """A node that is a part of another."""
        new = _bare(node, node._sequence)
        fill(self, new)
        return new

    def _leaf(self, accumulator: Any) -> Tensor:
        """A leaf that the function makes anew in each call."""
        old = accumulator.variable
        new = self.results.get(id(old))
        if new is None:
            new = self.tensors[id(old)] = wrap(self.value(old._array), NO_EDGE, type(old))
        new._node, new._nr = LEAF_EDGE
        state = old._backward
        if state is not None and (state.hooks or state.post_acc is not None):
            fresh = new._backward_state()
            fresh.hooks = None if state.hooks is None else self.copied(state.hooks, new)
            if state.post_acc is not None:
                fresh.post_acc = type(state.post_acc)(self.copied(state.post_acc.hooks, new))
        return new

    # -- hooks
    def copied(self, hooks: Hooks, target: Any) -> Hooks:
        """The hooks of a tensor or a node of this call; those on several tensors are of this call too."""
        new = Hooks(hooks.kind, target)
        for key, fn in hooks.items():
            new[key] = self.fresh(fn)
            new.positions[key] = hooks.positions.get(key)
        new.pure = hooks.pure
        return new

    def fresh(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """`fn`, or the hook of a group of this call in the place of one of a group of the traced graph."""
        member = getattr(fn, "member", None)
        if member is None:
            stands = [(tensor, self._stand(tensor)) for tensor in reached(fn) if self._stands(tensor)]
            return StandingFor(fn, stands) if stands else fn
        group, index = member
        new = self.groups.get(group)
        if new is None:
            new = self.groups[group] = group.again([])
        if id(new) not in self.placed:
            self.placed.add(id(new))
            new.places = [self._found(place) for place in self.traced.places.get(group, group.places)]
        return new.member(index)

    def _stands(self, tensor: Tensor) -> bool:
        number = self.traced.numbers.get(id(tensor))
        if number is None:
            return isinstance(tensor._array, TracedArray)
        return self.numbered[number] is not tensor

    def _stand(self, tensor: Tensor) -> Any:
        number = self.traced.numbers.get(id(tensor))
        return self.value(tensor._array) if number is None else self.numbered[number]._array

    def _found(self, place: Callable[[], Node | None]) -> Callable[[], Node | None]:
        """What finds the node of this call in the place of a traced one."""
        node = place()
        if node in self.traced.number:
            return weakref.ref(self.nodes[self.traced.number[node]])
        return place_of(self.leaves[self.traced.leaves[node]]) if node in self.traced.leaves else place

    def _hooks(self, old: NodeHooks, node: Node) -> NodeHooks:
        new = NodeHooks()
        for hook in old.tensor:
            new.tensor.append(self._tensor_hook(hook, node))
        for number, retain in old.retain.items():
            tensor = retain.tensor()
            if tensor is not None:
                made = self.results.get(id(tensor), tensor)
                made._grad = None
                made._backward_state().retains = True
                new.retain_for(made, number)
        if old.pre is not None:
            new.pre = FunctionPreHooks(self.copied(old.pre.hooks, node))
        if old.post is not None:
            new.post = self._post(old.post, node)
        alone = len(new.tensor) == 1 and node._outputs == 1 and not (new.retain or new.pre or new.post)
        if alone and type(new.tensor[0]) is FunctionTensorPreHook:
            new.only = new.tensor[0].hooks
        return new

    def _tensor_hook(self, hook: Any, node: Node) -> Any:
        if type(hook) is not FunctionTensorPreHook:
            return hook
        owner = None if hook.hooks.target is None else hook.hooks.target()
        result = self.results.get(id(owner))
        hooks = self.copied(hook.hooks, node if result is None else result)
        if result is not None:
            result._backward_state().hooks = hooks
        return FunctionTensorPreHook(hooks, hook.value_idx)

    def _post(self, old: FunctionPostHooks, node: Node) -> FunctionPostHooks:
        hooks = self.copied(old.hooks, node)
        if type(old) is FunctionPostHooks:
            return FunctionPostHooks(hooks)
        new = copy.copy(old)  # of another layer, which calls more than these: two nodes of one call share what they note
        new.hooks = hooks
        owner = getattr(getattr(old, "step", None), "__self__", None)
        if owner is not None:
            own = self.around.get(id(owner))
            if own is None:
                own = self.around[id(owner)] = copy.copy(owner)
            new.step = getattr(own, old.step.__name__)  # type: ignore[attr-defined]
        return new


def _bare(node: Node, sequence: Any) -> Node:
    """A node like `node`, of which nothing is set that others are asked for."""
    new: Node = object.__new__(type(node))
    new._sequence, new._hooks, new._info = sequence, None, None
    return new
