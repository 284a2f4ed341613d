"""The in-place form of an operator: its result is written into its first operand (rules V3, V4, V6).

It is made from the declaration of the operator. The rules are the same, and so are their needs; but what a rule needs of the
operand that is overwritten is copied before, where a gradient asks for it, and an output that it needs is the operand as it is
afterwards. So ``x.exp_()`` saves ``x``, and ``x.mul_(y)`` saves a copy of the old ``x`` if ``y`` requires grad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .arrays.adapter import ADAPTERS, NUMBERS, Adapter, adapter_of
from .autograd.forward import copy_tangent, write_tangent
from .autograd.modes import ACTIVE, current
from .autograd.node import NO_EDGE, UNSETTLED, Edge, next_sequence
from .autograd.saved import keep, keep_output
from .autograd.tensor import TENSORS, Tensor, wrap
from .autograd.views import announce_write, check_write, count_write, is_involved, rebase, settle_outputs, spread
from .errors import OperandError
from .op_forward import tangent_of_write
from .op_inplace_source import writing_function
from .op_modes import offer
from .op_support import check_libraries, form

if TYPE_CHECKING:
    from collections.abc import Callable

    from .op import Operator

__all__ = ["InPlace"]

#: Stands in a list of what a node saves for the output, before it is there.
OUTPUT = object()

Operands = tuple[Any, ...]


class Entry(NamedTuple):
    """One entry of what a node saves: which operand it is (-1: the output), and the edges whose rules need it."""

    position: int
    users: tuple[int, ...]


class Plan:
    """What recording an in-place operator takes, read off the declaration once.

    Attributes
    ----------
    node_class : type
        Of its nodes.
    entries : list of Entry
        What they save.
    kept : list of tuple
        What else their rules keep: a static argument by its place, or an attribute of an operand by its position.
    trusts : bool
        Whether nothing need be kept if all operands are alike.
    """

    def __init__(self, op: Operator) -> None:
        self.node_class = op.node_class_built()
        needs = [op.needs[o] for o in op.differentiable]
        self.entries = []
        for name in op.saves:
            position = -1 if op.output_number(name) >= 0 else op.operands.index(name)
            self.entries.append(Entry(position, tuple([edge for edge, names in enumerate(needs) if name in names])))
        self.kept: list[tuple[int, str]] = []
        for name in op.keeps:
            operand, _, what = name.rpartition("_")
            of_static = name in op.statics
            self.kept.append((op.statics.index(name), "") if of_static else (op.operands.index(operand), what))
        self.trusts = op.trusts_rules


class InPlace:
    """The in-place form of an operator.

    Parameters
    ----------
    op : Operator
        With one output.
    name : str
        What messages call it.
    into : callable, optional
        ``into(adapter, target, operands, statics)`` writes the result into the array `target` and returns what the tensor is
        to stand for from then on; default: the operator's forward is computed and its result written.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = x * 1
    >>> y.exp_() is y
    True
    >>> y.sum().backward()
    >>> x.grad.tolist() == y.tolist()
    True
    """

    __slots__ = ("compiled", "function", "into", "name", "op", "plan", "positions")

    def __init__(self, op: Operator, name: str, into: Callable[..., Any] | None = None) -> None:
        self.op, self.name, self.into = op, name, into
        self.compiled: dict[Any, Callable[..., Any]] = {}  # generated calls, by family and forms
        self.function = writing_function(name, lambda: self)
        self.positions = tuple([op.operands.index(o) for o in op.differentiable])
        self.plan: Plan | None = None  # made when first recorded

    def __call__(self, target: Any, *others: Any, statics: tuple[Any, ...] = ()) -> Any:
        """Write the result of the operator on `target` and `others` into `target`, and return it."""
        if type(target) not in TENSORS:
            raise OperandError(f"{self.name}: only a Tensor can be written to, got {type(target).__name__}")
        operands = (target, *others)
        modes = current()
        if modes.interceptors:
            named = dict(zip((*self.op.operands, *self.op.statics), (*operands, *statics), strict=True))
            result = offer(modes, self, named)
            if result is not NotImplemented:
                return result
        return self.perform(operands, statics, self.into)

    def perform(self, operands: Operands, statics: tuple[Any, ...], into: Any) -> Any:
        """The same for a call that nobody has taken over; `into` as that of the form."""
        target, modes = operands[0], current()
        adapter = ADAPTERS[type(target._array)]
        raw, recorded = self._raw(operands)
        recorded = recorded and modes.grad and adapter.kind(target._dtype) in "fc"
        extra = target._extra
        special = extra is not None and (extra.is_view or extra.inference or extra.views)
        if special or (recorded and target._node is UNSETTLED):
            check_write(target, recorded, self.name)
        tangent = None
        if ACTIVE:
            announce_write(target)
            tangent = tangent_of_write(self.op, operands, statics)
        if recorded:
            self._record(adapter, operands, raw, statics, into, tangent)
        else:
            self._write(adapter, target, raw, statics, into)
            if tangent is not None:
                write_tangent(target, tangent)
        return target

    def general(self, *arguments: Any) -> Any:
        """The same for all arguments by position; `function` is the generated call of what is common."""
        count = len(self.op.operands)
        return self(*arguments[:count], statics=arguments[count:])

    def call_batched(self, level: Any, arguments: dict[str, Any]) -> Any:
        """Its call on batched operands, or NotImplemented. Given by `wengert.op_batching`: that layer stands above."""
        raise NotImplementedError

    # -- before writing ----------------------------------------------------------------------------------------------
    def _raw(self, operands: Operands) -> tuple[Operands, bool]:
        """The operands as raw arrays and numbers, and whether a gradient is involved, of what is overwritten or written."""
        raw, involved = [], False
        target = operands[0]
        first = type(target._array)
        for position, operand in enumerate(operands):
            kind = type(operand)
            if kind is Tensor or kind in TENSORS:
                node = operand._node
                if node is not None and not involved and position in self.positions:
                    involved = node is not UNSETTLED or (is_involved(target) if operand is target else operand.requires_grad)
                operand = operand._array  # noqa: PLW2901
                kind = type(operand)
            elif kind not in NUMBERS:
                form(self.op, position, operand)  # it says what is wrong
            if kind is not first and kind not in NUMBERS:
                check_libraries(self.op, operands)
            raw.append(operand)
        return tuple(raw), involved

    def _write(self, adapter: Adapter, target: Tensor, raw: Operands, statics: tuple[Any, ...], into: Any) -> None:
        op, array = self.op, target._array
        if into is not None:
            written = into(adapter, array, raw, statics)
        elif op.table is not None:
            written = adapter.write(array, op.table[type(array)], raw, self.name)
        else:
            result = adapter.normalise(op.forward(*raw, **dict(zip(op.statics, statics, strict=True))))
            written = adapter.assign(array, adapter.fitting(result, array, self.name))
        count_write(target)
        if written is not array:
            target._take(written)
            extra = target._extra
            if extra is not None and (extra.is_view or extra.views):
                spread(target)

    # -- recording ---------------------------------------------------------------------------------------------------
    def _record(
        self, adapter: Adapter, operands: Operands, raw: Operands, statics: tuple[Any, ...], into: Any, tangent: Tensor | None
    ) -> None:
        """Write, and give the target its new place."""
        plan, target = self.plan, operands[0]
        if plan is None:
            plan = self.plan = Plan(self.op)
        places = [operands[p]._place() if type(operands[p]) in TENSORS else NO_EDGE for p in self.positions]
        node = target._family._node_class(plan.node_class)()
        node._hooks = node._info = None
        node._sequence = next_sequence()
        node._lead_to(places)
        node._outputs = 1
        node._shape, node._dtype = target._shape, target._dtype
        node._static = self._static(plan, operands, statics)
        anomaly = ACTIVE.get("anomaly")
        was_bad = anomaly is not None and anomaly.bad(target) is not None
        entries = [self._saved(entry, operands, places) for entry in plan.entries]
        node._saved = (None,) if self.op.releases else ()
        self._write(adapter, target, raw, statics, into)
        rebase(target, node)
        if tangent is not None:
            write_tangent(target, tangent)
        if entries:
            node._saved = tuple([keep_output(target, 0) if entry is OUTPUT else entry for entry in entries])
            settle_outputs(target, node)
        if anomaly is not None:
            anomaly.note(node)
            if not was_bad:
                anomaly.note_forward(node, operands[1:], (target,))

    def _saved(self, entry: Entry, operands: Operands, places: list[Edge]) -> Any:
        """An entry of ``node._saved``, before the write; `OUTPUT` stands for what will be written."""
        for user in entry.users:
            if places[user][0] is not None:
                break
        else:
            return None
        if entry.position < 0:
            return OUTPUT
        value = operands[entry.position]
        if not entry.position:
            copy = wrap(adapter_of(value._array).copy(value._array), value._place(), value._family)
            if ACTIVE:
                copy_tangent(value, copy)
            return keep(copy)
        return keep(value) if type(value) in TENSORS else value

    def _static(self, plan: Plan, operands: Operands, statics: tuple[Any, ...]) -> Any:
        """What the rules keep, and the shape and dtype of each operand that has one; see `wengert.op_case`."""
        target = operands[0]
        if plan.trusts:
            for operand in operands[1:]:
                if type(operand) not in NUMBERS and not (
                    operand.dtype is target._dtype and tuple(operand.shape) == target._shape
                ):
                    break
            else:
                return None  # a gradient of the target fits every operand as it is
        kept = [getattr(operands[place], what, None) if what else statics[place] for place, what in plan.kept]
        for position in self.positions:
            operand = operands[position]
            kept += (getattr(operand, "shape", ()), getattr(operand, "dtype", type(operand)))
        return tuple(kept)
