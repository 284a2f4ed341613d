"""The source of a guard, which says whether the program of one graph fits another, and which nodes its numbers are there.

It is straight-line code that walks the graph in the order in which the program was captured, so that a hit costs a fraction of
a microsecond a node. Whatever a program took for granted is tested: classes, edges, the order in which nodes were made, static
arguments, shapes and dtypes of what was saved, which nodes have no hooks.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from ..op_source import execute
from .node_args import UNREAD, NodeRecord, Slot, look, matched
from .node_hooks import Expected, fits

if TYPE_CHECKING:
    from .capture import GraphProgram

__all__ = ["Guard", "make_guard"]

#: How many constants are local names of a guard.
MOST_LOCAL = 64

#: Takes a task; the nodes by number, or None if the program does not fit.
Guard = Callable[[Any], "tuple[Any, ...] | None"]


class _Writer:
    """Writes the guard of one program; of `any_size`, one that passes over sizes."""

    def __init__(self, program: GraphProgram, name: str, any_size: bool = False) -> None:
        self.program, self.name, self.any_size = program, name, any_size
        self.constants: dict[str, Any] = {"asked_in": asked_in, "fits": fits, "look": look, "matched": matched}
        self.lines: list[str] = []
        self.known: set[int] = {0}
        self.named: dict[Any, str] = {}  # the names of constants; most nodes of a graph are alike

    def constant(self, value: Any) -> str:
        """The name by which generated code refers to a value."""
        if value is None or type(value) in (int, bool, str):
            return repr(value)
        plain = type(value) is tuple and all(type(item) is int for item in value)
        key = value if plain else id(value)  # which `constants` keeps from being another's
        name = self.named.get(key)
        if name is None:
            name = self.named[key] = f"K{len(self.constants)}"
            self.constants[name] = value
        return name

    def fail_if(self, condition: str) -> None:
        self.lines.append(f"    if {condition}:")
        self.lines.append("        return None")

    def source(self) -> str:
        program, nodes = self.program, self.program.nodes
        self.lines = ["", "    n0 = task.root"]
        self._task()
        run = set(program.order)
        queue = [0, *program.order, *(i for i in range(1, len(nodes)) if i not in run)]
        below_visits = {t for i in queue if nodes[i].role in ("root", "visit") for t in nodes[i].edges if t is not None}
        for number in queue:
            self._node(number, nodes[number], number in below_visits)
        self._order()
        leaves = [f"n{i}" for i, record in enumerate(nodes) if record.role in ("leaf", "bare leaf")]
        if len(leaves) > 1:  # two names for one would be served twice
            self.fail_if(f"len({{{', '.join(leaves)}}}) != {len(leaves)}")
        for place, captured in program.captures.items():
            self.fail_if(f"task.captures.get(n{place}) != {self.constant(captured)}")
        for place in sorted(program.stores):
            self.fail_if(f"n{place} not in task.stores")
        for place, number in program.retained:
            self.fail_if(f"(n{place}, {number}) not in task.retained")
        self.lines.append(f"    nodes = ({', '.join(f'n{i}' for i in range(len(nodes)))},)")
        found = len(program.captures) + len(program.stores)
        if found != sum(program.asked[:2]):  # some of what was asked for was not in the graph, and this time it may be
            self.fail_if(f"asked_in(task, nodes) != {found}")
        self.lines.append("    return nodes")
        # Local names are found faster, as long as there are few.
        local = [*itertools.islice(self.constants, MOST_LOCAL)]
        self.lines[0] = f"def guard(task, type=type, {', '.join(f'{name}={name}' for name in local)}):"
        return "\n".join(self.lines)

    def _order(self) -> None:
        """Nodes are run in the captured order: of those that wait at the same time, the captured one is the youngest."""
        pairs, recency = rivals(self.program), self.program.recency
        if pairs is None or 2 * len(pairs) > len(recency):  # a row of all costs less
            if len(recency) > 1:
                self.fail_if(f"not ({' > '.join(f'n{i}._sequence' for i in recency)})")
        elif pairs:
            self.fail_if(f"not ({' and '.join(f'n{p}._sequence > n{q}._sequence' for p, q in pairs)})")

    def _task(self) -> None:
        """What holds of the task as a whole. What is asked for and not reached does not matter."""
        program = self.program
        captures, stores, retained = program.asked
        self.fail_if(f"len(task.captures) != {captures} or len(task.stores) != {stores}")
        self.fail_if(f"len(task.retained) != {retained}")
        self.lines.append("    grads = n0.grads")
        self.fail_if(f"len(grads) != {len(program.roots)}")
        for index, variable in enumerate(program.roots):
            self.lines.append(f"    v = grads[{index}]")
            self.fail_if(
                f"{self._unlike('v.shape', variable.shape)} or v.dtype != {self.constant(variable.dtype)} "
                f"or type(v) not in {self.constant(program.root_types[index])}"
            )

    def _unlike(self, name: str, shape: tuple[int, ...]) -> str:
        if not shape:  # numbers are the commonest of what is saved
            return f"{name.removesuffix('.shape')}.ndim"
        return f"len({name}) != {len(shape)}" if self.any_size else f"{name} != {self.constant(shape)}"

    def _node(self, number: int, record: NodeRecord, below_visit: bool) -> None:
        n = f"n{number}"
        if record.role != "root":
            self.fail_if(f"type({n}) is not {self.constant(record.cls)}")
        if record.role == "bare leaf":
            self._leaf(n, record)
        if record.role in ("leaf", "bare leaf"):
            return
        if record.role in ("equations", "reached"):
            self._hooks(n, record)
        if record.role == "equations":
            self._saved(n, record)
            self._static(n, record)
        if record.outputs != 1 or getattr(record.cls, "operator", record).outputs != 1 or record.role == "visit":
            self.fail_if(f"{n}._outputs != {record.outputs}")
        if below_visit:
            unlike = "" if self.any_size else f"{n}._shape != {self.constant(record.shape)} or "
            self.fail_if(f"{unlike}{n}._dtype != {self.constant(record.dtype)}")
        numbers = self.constant(record.numbers)
        self.fail_if(f"{n}._numbers is not None" if record.numbers is None else f"{n}._numbers != {numbers}")
        self._edges(n, record.edges)

    def _edges(self, n: str, edges: tuple[int | None, ...]) -> None:
        if not edges:
            self.fail_if(f"{n}._edges")
            return
        names, tests = [], []
        for index, target in enumerate(edges):
            if target is not None and target not in self.known:
                self.known.add(target)
                names.append(f"n{target}")
                continue
            names.append(f"e{index}")
            tests.append(f"e{index} is not {'None' if target is None else f'n{target}'}")
        self.lines.append(f"    {', '.join(names)}, = {n}._edges" if len(names) == 1 else f"    {', '.join(names)} = {n}._edges")
        if tests:
            self.fail_if(" or ".join(tests))

    def _hooks(self, n: str, record: NodeRecord) -> None:
        expected = record.expected
        if expected.pure:  # they have to be there
            self.fail_if(f"not {self.constant(expected)}.allows({n}._hooks)")
        elif expected.before is not None or expected.after is not None:
            self.lines.append(f"    h = {n}._hooks")
            self.fail_if(f"h is not None{_suspect(expected)} and not {self.constant(expected)}.allows(h)")
        self._tensors(record)

    def _leaf(self, n: str, record: NodeRecord) -> None:
        test = f"not fits({n}, {self.constant(record.expected)})"
        if not record.expected.pure:  # so it is, where nothing catches the eye
            self.lines.append(f"    s = {n}.variable._backward")
            test = f"({n}._hooks is not None or {n}._static is not None or s.hooks or s.post_acc is not None) and {test}"
        self.fail_if(test)
        self._tensors(record)

    def _tensors(self, record: NodeRecord) -> None:
        for tensor, slot in record.tensors:
            self.lines.append(f"    v = {self.constant(tensor)}._array")
            self._array(slot)

    def _array(self, slot: Slot) -> None:
        dtype = self.constant(slot.dtype)
        self.fail_if(f"type(v) is not {self.constant(slot.kind)}")
        self.fail_if(f"{self._unlike('v.shape', slot.shape)} or v.dtype is not {dtype} and v.dtype != {dtype}")

    def _saved(self, n: str, record: NodeRecord) -> None:
        if not record.slots:
            self.lines.append(f"    s = {n}._saved")
            self.fail_if("s is None or s")
            return
        names = ["_" if slot.constant is UNREAD else f"s{index}" for index, slot in enumerate(record.slots)]
        self.lines.append(f"    {', '.join(names)}, = {n}._saved" if len(names) == 1 else f"    {', '.join(names)} = {n}._saved")
        for name, slot in zip(names, record.slots, strict=True):
            if slot.kind is None:
                self._constant_slot(name, slot)
                continue
            kind = self.constant(slot.kind)
            if slot.dtype is None:  # a number
                self.fail_if(f"type({name}) is not {kind}")
                continue
            self.lines += [f"    if type({name}) is not {kind}:", f"        {name} = look({name})"]
            self.lines += [f"        if type({name}) is not {kind}:", "            return None"]
            dtype = self.constant(slot.dtype)
            shape = self._unlike(f"{name}.shape", slot.shape)
            self.fail_if(f"{shape} or {name}.dtype is not {dtype} and {name}.dtype != {dtype}")

    def _constant_slot(self, name: str, slot: Slot) -> None:
        if slot.constant is None:
            self.fail_if(f"{name} is not None")
        elif slot.constant is not UNREAD:
            constant = self.constant(slot.constant)
            self.fail_if(f"type({name}) is not type({constant}) or {name} != {constant}")

    def _static(self, n: str, record: NodeRecord) -> None:
        static = record.static
        if static is None:
            self.fail_if(f"{n}._static is not None")
        elif self.any_size:
            self.fail_if(f"{n}._static is None")
        elif record.arrays:
            self.fail_if(f"matched({n}._static, {self.constant(static)}, {self.constant(record.arrays)}) is None")
        else:
            self.lines.append(f"    s = {n}._static")
            self.fail_if(f"s is not {self.constant(static)} and s != {self.constant(static)}")


def _suspect(expected: Expected) -> str:
    """What of hooks, as they mostly are where a program has met some, makes it necessary to look closer."""
    tests = []
    if expected.before is not None:
        tests += ["h.tensor", "h.pre is not None", *(() if expected.retains else ("h.retain",))]
    if expected.after is not None:
        tests.append("h.post is not None")
    nothing = expected.before is not None and expected.after is not None and not expected.retains
    return "" if nothing else f" and ({' or '.join(tests)})"


def rivals(program: GraphProgram) -> list[tuple[int, int]] | None:
    """Of each node that is run while others wait, it and the youngest of these.

    If in another graph each first one is younger than its second, then by transitivity it is younger than all that wait, and so
    the engine runs the nodes of that graph in the same order; along a chain nothing needs to be said. None where that cannot be
    told from edges alone, since parts of the graph are not run.
    """
    place = {number: i for i, number in enumerate(program.recency)}
    run = [number for number in program.order if number in place]
    if program.asked != (0, 0, 0) or len(run) != len(place):
        return None
    waits = Counter(t for number in (0, *run) for t in program.nodes[number].edges if t in place)
    ready, pairs = list[int](), []
    for number in (0, *run):
        if number:
            if not ready or heappop(ready) != place[number]:
                return None
            if ready:
                pairs.append((number, program.recency[ready[0]]))
        for target in program.nodes[number].edges:
            if target in place:
                waits[target] -= 1
                if not waits[target]:
                    heappush(ready, place[target])
    return pairs


def asked_in(task: Any, nodes: tuple[Any, ...]) -> int:
    """At how many of `nodes` a gradient is asked for."""
    there = set(nodes)
    return len(there & task.stores) + len(there & task.captures.keys())


def make_guard(program: GraphProgram, name: str, any_size: bool = False) -> Guard:
    """The guard of `program`, generated; tracebacks call its source ``<wengert guard name>``.

    With `any_size` sizes and static arguments may be others. That the program of one graph fits another is not said then.
    """
    writer = _Writer(program, name, any_size)
    source = writer.source()
    found: Any = execute(source, f"<wengert guard {name}>", writer.constants)["guard"]

    def guard(task: Any) -> tuple[Any, ...] | None:
        try:
            return found(task)
        except (AttributeError, TypeError, ValueError, IndexError):
            return None  # other graphs need not even have what is looked at

    guard.source = source  # type: ignore[attr-defined]
    return guard
