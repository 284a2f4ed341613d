"""What a backward would do, told before it does it: `explain`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..autograd.node import AccumulateGrad, Edge, InputMetadata, Node
from ..autograd.queries import planned_order
from ..autograd.requests import backward_task
from .holdings import PlannedHook, SavedValue, hooks_on, saved_by
from .text import columns, counted, describe, size_of

if TYPE_CHECKING:
    from ..autograd.engine import GraphTask
    from ..autograd.tensor import Tensor

__all__ = ["Plan", "PlannedNode", "explain"]

#: The hooks that fire wherever a gradient arrives, also where nothing runs.
OF_TENSORS = ("tensor hook", "retain_grad")


@dataclass(frozen=True)
class PlannedNode:
    """A node that a backward will reach.

    Attributes
    ----------
    number : int
        Its place in the order of the run, from 1.
    node : Node
        The node.
    runs : bool
        Whether its derivative runs. Else only the hooks of its tensors fire, because nothing below it is wanted.
    gradients : tuple
        The shape and dtype of each gradient that enters it.
    hooks : tuple of PlannedHook
        In the order in which they fire: tensor hooks, retained gradients, node pre-hooks; post-accumulate-grad hooks, node
        post-hooks.
    saved : tuple of SavedValue
        What it has kept of the forward.
    targets : tuple
        For each operand where its gradient goes, ``(number of the node in this plan, number of the gradient)``; None where it
        goes nowhere.
    leaf : Tensor or None
        The leaf into whose ``.grad`` an accumulator adds.
    recorded_at : str or None
        The line of the forward that recorded it, if anomaly mode has noted it.
    """

    number: int
    node: Node
    runs: bool
    gradients: tuple[InputMetadata, ...]
    hooks: tuple[PlannedHook, ...]
    saved: tuple[SavedValue, ...]
    targets: tuple[tuple[int, int] | None, ...]
    leaf: Tensor | None
    recorded_at: str | None

    @property
    def name(self) -> str:
        """The node's name, without the namespace that some have."""
        return self.node.name().rpartition("::")[2]

    @property
    def then(self) -> str:
        """Where its gradients go, in words."""
        if not self.runs:
            return "nothing: not needed"
        if self.leaf is not None:
            if not self.leaf.requires_grad:
                return f"nothing: {describe(self.leaf)} no longer requires grad"
            return f"{describe(self.leaf)}: {'a new .grad' if self.leaf._grad is None else 'added to its .grad'}"
        return ", ".join("-" if t is None else f"{t[0]}" + (f"[{t[1]}]" if t[1] else "") for t in self.targets)


class Plan(Sequence[PlannedNode]):
    """The nodes that a backward will run, in order; made by `explain`.

    Attributes
    ----------
    skipped : tuple of Node
        Nodes that the outputs depend on and that will not be run, because they lead to none of the inputs asked for.
    """

    def __init__(self, rows: tuple[PlannedNode, ...], skipped: tuple[Node, ...]) -> None:
        self._rows = rows
        self.skipped = skipped

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[PlannedNode]:
        return iter(self._rows)

    @property
    def nodes(self) -> list[Node]:
        """The nodes in the order of the run."""
        return [row.node for row in self]

    @property
    def saved(self) -> list[SavedValue]:
        """What all the nodes have saved; an array that several of them share stands here once."""
        found = {value.identity: value for row in self for value in row.saved}
        return list(found.values())

    @property
    def saved_bytes(self) -> int:
        """The memory of the arrays that the nodes have saved, leaves included, each array counted once."""
        return sum(value.nbytes for value in self.saved)

    def __str__(self) -> str:
        lines = [columns(self._table())]
        if self.skipped:
            names = [node.name().rpartition("::")[2] for node in self.skipped]
            shown = ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
            lines.append(f"not run, since it leads to no input asked for: {shown}")
        of_leaves = sum(value.nbytes for value in self.saved if value.of_leaf)
        arrays = counted(len(self.saved), "array")
        lines.append(f"saved: {size_of(self.saved_bytes)} in {arrays}, {size_of(of_leaves)} of it leaves")
        return "\n".join(lines)

    __repr__ = __str__

    def _table(self) -> list[tuple[str, ...]]:
        """A line for each node, and more of them where it has several hooks or saved values."""
        origins = any(row.recorded_at for row in self)
        table = [("", "node", "gradient", "hooks", "saved", "gradients go to", *(["recorded at"] if origins else []))]
        for row in self:
            gradients = [f"{m.dtype} {list(m.shape)}" for m in row.gradients]
            hooks, saved = [str(hook) for hook in row.hooks], [str(value) for value in row.saved]
            for line in range(max(1, len(gradients), len(hooks), len(saved))):
                cells = [cell[line] if line < len(cell) else "" for cell in (gradients, hooks, saved)]
                first, last = ((str(row.number), row.name), (row.then,)) if line == 0 else (("", ""), ("",))
                where = ((row.recorded_at or "").rpartition("/")[2] if line == 0 else "",) if origins else ()
                table.append((*first, *cells, *last, *where))
        return table


def explain(tensors: Any, *, gradient: Any = None, inputs: Any = None) -> Plan:
    """What ``backward`` with these arguments would do now: its nodes and hooks in order, what is saved, what goes where.

    Nothing runs and nothing changes. A call that ``backward`` would refuse is refused with the same error. Hooks may still
    change the course of the run: those that register or remove others, that replace a gradient by None, or that raise.

    Parameters
    ----------
    tensors : Tensor, GradientEdge or sequence of them
        What would be differentiated.
    gradient : Tensor, None or sequence of them, optional
        The gradient of each, as ``backward`` takes it.
    inputs : Tensor, GradientEdge or sequence of them, optional
        Into what alone would be accumulated.

    Returns
    -------
    Plan
        A sequence of `PlannedNode`, with a table of them as its text.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> print(wg.observe.explain(wg.exp(x * 3).sum()))
       node            gradient     hooks  saved                 gradients go to
    1  SumBackward0    float64 []                                2
    2  ExpBackward0    float64 [2]         out float64 [2] 16 B  3
    3  MulBackward0    float64 [2]                               4, -
    4  AccumulateGrad  float64 [2]                               leaf [2]: a new .grad
    saved: 16 B in 1 array, 0 B of it leaves
    """
    task = backward_task(tensors, gradient, None, False, inputs)
    order = planned_order(task)
    numbers = {node: number for number, node in enumerate(order, 1)}
    arriving = set(task.root.next_functions)  # at which outputs of which nodes a gradient comes in
    rows = []
    for node, number in numbers.items():
        row = _planned(task, node, number, numbers, arriving)
        arriving.update(edge for edge, target in zip(node.next_functions, row.targets, strict=True) if target is not None)
        rows.append(row)
    skipped = (node for node in task.reached if node not in numbers)
    youngest_first = sorted(skipped, key=lambda node: (isinstance(node, AccumulateGrad), -node._sequence_nr()))
    return Plan(tuple(rows), tuple(youngest_first))


def _planned(task: GraphTask, node: Node, number: int, numbers: dict[Node, int], arriving: set[Edge]) -> PlannedNode:
    runs = task.needed is None or node in task.needed
    stored = {nr for (place, nr), tensor in task.retained.items() if place is node and not tensor.retains_grad}
    hooks = hooks_on(node, stored)
    fire = (h for h in hooks if (h.output_nr is None or (node, h.output_nr) in arriving) and (runs or h.kind in OF_TENSORS))
    targets = [(numbers[below], nr) if below in numbers and runs else None for below, nr in node.next_functions]
    return PlannedNode(
        number=number,
        node=node,
        runs=runs,
        gradients=tuple(node._input_metadata),
        hooks=tuple(fire),
        saved=tuple(saved_by(node)),
        targets=tuple(targets),
        leaf=node.variable if isinstance(node, AccumulateGrad) else None,
        recorded_at=(node._info or {}).get("origin"),
    )
