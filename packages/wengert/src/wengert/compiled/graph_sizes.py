"""The program of a backward for other sizes: see `wengert.compiled.sizes`.

In the backward nobody but rules looks at sizes, and what they look at are shapes of gradients, of what was saved, and static
arguments of nodes. Where these differ from those of an earlier graph that is the same but for its sizes, they are symbols. The
program for a third graph is instantiated from what its nodes say.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from ..arrays.sizes import Size, sizes_in
from .capture import GraphProgram
from .ir import Step, Variable
from .node_args import NodeRecord, holes, look
from .same_program import first_difference
from .sizes import SPECIAL, Instance, Refused, Shape, ThisRun, renewed
from .steps import Accumulate, After, Before, Fetch, FetchStatic, FetchTensor, Keep, LeafVisit, Release, Retain, Unpack, Visit

__all__ = ["GraphInstance", "described_sizes", "records_of", "settled", "specialised", "why_not_general"]


# -- another graph -------------------------------------------------------------------------------------------------------
def records_of(program: GraphProgram, nodes: Sequence[Any]) -> list[NodeRecord]:
    """What is known of the nodes of a graph that is the one of `program` but for its sizes."""
    return [_record_of(*pair) for pair in zip(program.nodes, nodes, strict=True)]


def _record_of(record: NodeRecord, node: Any) -> NodeRecord:
    found = copy.copy(record)
    if record.shape is not None:
        found.shape = node._shape
    if record.role != "equations":
        return found
    arrays: list[Any] = []
    found.static = holes(node._static, arrays)
    if len(arrays) != len(record.arrays):
        raise Refused(f"{record.label}: there are other arrays among its static arguments")
    found.arrays = tuple([slot._replace(shape=tuple(a.shape)) for slot, a in zip(record.arrays, arrays, strict=True)])
    found.slots = tuple([
        slot if slot.kind is None or slot.dtype is None else slot._replace(shape=tuple(look(entry).shape))
        for slot, entry in zip(record.slots, node._saved, strict=True)
    ])
    found.tensors = tuple([(t, slot._replace(shape=tuple(t._array.shape))) for t, slot in record.tensors])
    return found


class GraphInstance(Instance):
    """The program for a graph of which `records` tells.

    Parameters
    ----------
    program : GraphProgram
        Whose steps hold symbols.
    records : sequence of NodeRecord
    roots : sequence of tuple
        The shapes of the gradients that it begins with.
    like : array
    """

    def __init__(self, program: GraphProgram, records: Sequence[NodeRecord], roots: Sequence[Shape], like: Any) -> None:
        assert program.sizes is not None
        super().__init__(program.sizes, like)
        self.records = records
        for variable, shape in zip(program.roots, roots, strict=True):
            self.define(variable, shape, "an initial gradient")
        for place, record in enumerate(records):
            if record.role == "equations":
                known = program.nodes[place]
                self._meet(program.statics.get(place, (known.static, known.shape)), (record.static, record.shape), record.label)

    def _meet(self, static: Any, now: Any, label: str) -> None:
        """Give the symbols in a static argument the values that they have in this graph; all else is the same."""
        if type(static) is Size:
            if type(now) is not int or now in SPECIAL or self.symbols.setdefault(static.expression, now) != now:
                raise Refused(f"{label}: a static argument is {now}, not {self.symbols.get(static.expression, 'a size')}")
        elif isinstance(static, tuple | list):
            if not isinstance(now, tuple if isinstance(static, tuple) else list) or len(now) != len(static):
                raise Refused(f"{label}: has other static arguments")
            for pair in zip(static, now, strict=True):
                self._meet(*pair, label)
        elif type(static) is slice:
            if type(now) is not slice:
                raise Refused(f"{label}: has other static arguments")
            self._meet((static.start, static.stop, static.step), (now.start, now.stop, now.step), label)
        elif type(static) is not type(now) or static != now:
            raise Refused(f"{label}: has {now!r} among its static arguments, not {static!r}")

    def expected(self, variable: Variable) -> Variable:
        """The variable that stands for `variable`, which has the shape that the symbols say."""
        shape = self.log.shapes.get(variable, variable.shape)
        try:
            return self.define(variable, self.of(shape))
        except KeyError as error:
            raise Refused(f"the size {error} of what the user's code gives is not known beforehand") from error

    def all_like(self, variables: Sequence[Any], likes: Sequence[Any]) -> tuple[Any, ...]:
        """Results that have the shapes of other gradients."""
        pairs = zip(variables, likes, strict=True)
        return tuple([self.define(v, tuple(g.shape)) if isinstance(v, Variable) else v for v, g in pairs])


class _ThisGraph(ThisRun):
    """The program for the sizes of the graph that was captured."""

    def __init__(self, program: GraphProgram) -> None:
        assert program.sizes is not None
        super().__init__(program.sizes)
        self.records = program.nodes

    def expected(self, variable: Variable) -> Variable:
        return variable

    def all_like(self, variables: Sequence[Any], likes: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(variables)


def settled(program: GraphProgram) -> GraphProgram:
    """The program of the graph that was captured, with numbers for the symbols of the general one."""
    assert program.sizes is not None
    program.sizes.close()
    found = copy.copy(program)
    found.steps = _ThisGraph(program).steps(program.steps)
    found.sizes, found.statics = None, {}
    return found


def specialised(program: GraphProgram, nodes: Sequence[Any], grads: Sequence[Any]) -> GraphProgram:
    """The program of a graph that is the one of `program` but for its sizes.

    Raises
    ------
    Refused
        If it does not hold for these.
    """
    records = records_of(program, nodes)
    instance = GraphInstance(program, records, [tuple(g.shape) for g in grads], grads[0])
    instance.check()
    found = copy.copy(program)
    found.steps, found.nodes = instance.steps(program.steps), records
    found.roots = instance.of(program.roots)
    found.sizes, found.statics, found.alone, found.general = None, {}, False, True
    found.said = f"  for {', '.join(f'{symbol} = {length}' for symbol, length in instance.symbols.items())}\n"
    return found


def why_not_general(program: GraphProgram, earlier: GraphProgram, like: Any) -> str | None:
    """Why `program`, in which sizes are symbols, is not for all of them; None if it is that of the `earlier` graph too."""
    sizes = program.sizes
    assert sizes is not None
    if sizes.failure is not None:
        return sizes.failure
    if not sizes.symbols:
        return "no array has other sizes than before"
    if len(program.shapes) != len(earlier.shapes) or program.order != earlier.order:
        return "what is computed for other sizes are not the same operators"
    if [(r.role, r.edges) for r in program.nodes] != [(r.role, r.edges) for r in earlier.nodes]:
        return "nodes are run in another way"
    try:
        instance = GraphInstance(program, earlier.nodes, [v.shape for v in earlier.roots], like)
        steps = instance.steps(program.steps)
    except Refused as refusal:
        return str(refusal)
    return first_difference(steps, earlier.traced, list(zip(instance.of(program.roots), earlier.roots, strict=True)))


def described_sizes(program: GraphProgram, earlier: GraphProgram, reason: str | None) -> str:
    """What `explain` says of the sizes of a graph, beside those of an earlier one."""
    pairs: dict[tuple[int, int], str] = {}
    for one, other in zip(program.roots, earlier.roots, strict=True):
        _note(pairs, one.shape, other.shape, "an initial gradient")
    for record, known in zip(program.nodes, earlier.nodes, strict=False):
        for new, old in zip(record.slots, known.slots, strict=False):
            _note(pairs, new.shape, old.shape, f"what {record.label} has saved")
    lines = []
    for (now, was), where in pairs.items():
        symbol = None if program.sizes is None else program.sizes.symbols.get((was, now))
        lines.append(f"  {where}, had {was}" + (f": now symbolic ({symbol})" if reason is None else ""))
    if reason is None and program.sizes is not None:
        lines += [f"  for sizes of which {condition}" for condition in program.sizes.described()]
    elif lines:
        lines.append(f"  it holds for these sizes alone: {reason}")
    return "".join(f"{line}\n" for line in lines)


def _note(pairs: dict[tuple[int, int], str], new: Shape, old: Shape, what: str) -> None:
    for axis, (now, was) in enumerate(zip(new, old, strict=False)):
        if now != was:
            pairs.setdefault((now, was), f"{what} has size {now} in axis {axis}")


# -- the steps -----------------------------------------------------------------------------------------------------------
@renewed.register
def _(step: Fetch, instance: Any) -> Step:
    slot = instance.records[step.place].slots[step.slot]
    return Fetch(step.place, step.slot, instance.define(step.variable, () if slot.dtype is None else slot.shape))


@renewed.register
def _(step: FetchStatic, instance: Any) -> Step:
    slots = instance.records[step.place].arrays
    variables = tuple([instance.define(v, slot.shape) for v, slot in zip(step.variables, slots, strict=True)])
    return FetchStatic(step.place, plain_tree(step.template, instance), variables)


def plain_tree(tree: Any, instance: Instance) -> Any:
    """A template with numbers in the place of sizes."""
    return instance.of(tree) if next(sizes_in(tree), None) is not None else tree


@renewed.register
def _(step: FetchTensor, instance: Any) -> Step:
    slot = next(slot for tensor, slot in instance.records[step.place].tensors if tensor is step.tensor)
    return FetchTensor(step.place, step.tensor, instance.define(step.variable, slot.shape))


@renewed.register
def _(step: Release, instance: Any) -> Step:  # noqa: ARG001
    return step


@renewed.register
def _(step: Retain, instance: Any) -> Step:
    return Retain(step.place, step.number, instance.of(step.variable), step.asked)


@renewed.register
def _(step: Keep, instance: Any) -> Step:
    return Keep(step.place, step.positions, instance.of(step.variable))


@renewed.register
def _(step: Accumulate, instance: Any) -> Step:
    return Accumulate(step.place, instance.of(step.grad), step.positions, step.stored)


def _pending(step: Any, new: Any, instance: Any) -> Any:
    new.pending = tuple([(place, number, instance.of(v)) for place, number, v in step.pending])
    return new


@renewed.register
def _(step: Before, instance: Any) -> Step:
    grads = instance.of(step.grads)
    return _pending(step, Before(step.place, step.done, grads, instance.all_like(step.results, grads)), instance)


@renewed.register
def _(step: After, instance: Any) -> Step:
    given = instance.of(step.given)
    results = instance.all_like(step.results, given)
    return _pending(step, After(step.place, step.done, instance.of(step.grads), given, results), instance)


@renewed.register
def _(step: Unpack, instance: Any) -> Step:
    variables = tuple([v if v is None else instance.expected(v) for v in step.variables])
    slots = tuple([
        slot if slot is None or v is None else slot._replace(shape=v.shape)
        for slot, v in zip(step.slots, variables, strict=True)
    ])
    return _pending(step, Unpack(step.place, step.done, variables, slots, instance.of(step.grads)), instance)


def _sent(instance: Any, place: int, edge: int, variable: Variable) -> Variable:
    """What a node sends along an edge: a gradient of the shape that the node there has."""
    record = instance.records[place]
    target = record.edges[edge]
    shape = None if target is None else instance.records[target].shape
    if shape is not None and instance.records[target].outputs != 1:
        shape = shape[0 if record.numbers is None else record.numbers[edge]]
    return instance.expected(variable) if shape is None else instance.define(variable, tuple(shape))


@renewed.register
def _(step: Visit, instance: Any) -> Step:
    results = None
    if step.results is not None:
        pairs = enumerate(step.results)
        results = tuple([_sent(instance, step.place, i, v) if isinstance(v, Variable) else v for i, v in pairs])
    return _pending(step, Visit(step.place, step.done, instance.of(step.grads), results), instance)


@renewed.register
def _(step: LeafVisit, instance: Any) -> Step:
    return _pending(step, LeafVisit(step.place, step.done, instance.of(step.grad)), instance)
