"""The in-place form of an operator: its result is written into its first operand (rules V3, V4, V6).

It is made from the declaration of the operator. The rules are the same, and so are their needs; but what a rule needs of the
operand that is overwritten is copied before, where a gradient asks for it, and an output that it needs is the operand as it is
afterwards. So ``x.exp_()`` saves ``x``, and ``x.mul_(y)`` saves a copy of the old ``x`` if ``y`` requires grad.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .arrays.adapter import NUMBERS, Adapter, adapter_of
from .autograd.modes import ACTIVE, Modes, current
from .autograd.node import NO_EDGE, Edge, Node, next_sequence
from .autograd.saved import keep, keep_output
from .autograd.tensor import TENSORS, Tensor, wrap
from .autograd.views import announce_write, check_write, count_write, rebase, settle_outputs
from .errors import OperandError
from .op_support import TENSOR, check_libraries, form

if TYPE_CHECKING:
    from collections.abc import Callable

    from .op import Operator

__all__ = ["InPlace"]

#: Stands in a list of what a node saves for the output, before it is there.
OUTPUT = object()


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

    __slots__ = ("into", "name", "op", "positions")

    def __init__(self, op: Operator, name: str, into: Callable[..., Any] | None = None) -> None:
        self.op, self.name, self.into = op, name, into
        self.positions = [op.operands.index(o) for o in op.differentiable]

    def __call__(self, target: Any, *others: Any, statics: tuple[Any, ...] = (), into: Any = None) -> Any:
        """Write the result of the operator on `target` and `others` into `target`, and return it.

        `into` computes it for this call only.
        """
        if type(target) not in TENSORS:
            raise OperandError(f"{self.name}: only a Tensor can be written to, got {type(target).__name__}")
        modes = current()
        if modes.interceptors:
            result = self._intercept(modes, (target, *others), statics)
            if result is not NotImplemented:
                return result
        operands = (target, *others)
        adapter = adapter_of(target._array)
        self._check_operands(adapter, operands)
        recorded = modes.grad and self._requires_grad(adapter, operands)
        check_write(target, recorded, self.name)
        announce_write(target)
        if not recorded:
            self._write(adapter, target, operands, statics, into or self.into)
            return target
        places = [operands[p]._place() if type(operands[p]) in TENSORS else NO_EDGE for p in self.positions]
        node = self._node(target, places)
        node._static = self._static(operands, statics, target)
        anomaly = ACTIVE.get("anomaly")
        was_bad = anomaly is not None and anomaly.bad(target) is not None
        entries = self._saved_operands(adapter, operands, places)
        self._write(adapter, target, operands, statics, into or self.into)
        rebase(target, node)
        node._saved = tuple([keep_output(target, 0) if e is OUTPUT else e for e in entries])
        settle_outputs(target, node)
        if anomaly is not None:
            anomaly.note(node)
            if not was_bad:
                anomaly.note_forward(node, others, (target,))
        return target

    # -- before writing ----------------------------------------------------------------------------------------------
    def _check_operands(self, adapter: Adapter, operands: tuple[Any, ...]) -> None:
        for position, operand in enumerate(operands):
            if form(self.op, position, operand) == TENSOR and adapter_of(operand._array) is not adapter:
                check_libraries(self.op, operands)

    def _requires_grad(self, adapter: Adapter, operands: tuple[Any, ...]) -> bool:
        for position in self.positions:
            operand = operands[position]
            if type(operand) in TENSORS and operand._node is not None and operand.requires_grad:
                return adapter.kind(operands[0]._dtype) in "fc"
        return False

    def _saved_operands(self, adapter: Adapter, operands: tuple[Any, ...], places: list[Edge]) -> list[Any]:
        """What the node keeps of the operands, as they are before the write; `OUTPUT` stands for what will be written."""
        op, target = self.op, operands[0]
        users = [o for o, (node, _) in zip(op.differentiable, places, strict=True) if node is not None]
        entries: list[Any] = []
        for name in op.saves:
            if not any(name in op.needs[o] for o in users):
                entries.append(None)
            elif op.output_number(name) >= 0:
                entries.append(OUTPUT)
            elif name == op.operands[0]:
                entries.append(keep(wrap(adapter.copy(target._array), target._place())))
            else:
                value = operands[op.operands.index(name)]
                entries.append(keep(value) if type(value) in TENSORS else value)
        return entries

    # -- writing -----------------------------------------------------------------------------------------------------
    def _write(self, adapter: Adapter, target: Tensor, operands: tuple[Any, ...], statics: tuple[Any, ...], into: Any) -> None:
        op, array = self.op, target._array
        raw = tuple([o._array if type(o) in TENSORS else o for o in operands])
        if into is not None:
            written = into(adapter, array, raw, statics)
        elif op.table is not None:
            written = adapter.write(array, op.table[type(array)], raw, self.name)
        else:
            result = op.forward(*raw, **dict(zip(op.statics, statics, strict=True)))
            result = adapter.normalise(result[0] if op.aux else result)
            written = adapter.assign(array, adapter.fitting(result, array, self.name))
        count_write(target)
        if written is not array:
            target._take(written)

    # -- recording ---------------------------------------------------------------------------------------------------
    def _node(self, target: Tensor, places: list[Edge]) -> Node:
        node = self.op.node_class_built()()
        node._hooks = node._info = None
        node._sequence = next_sequence()
        node._lead_to(places)
        node._outputs = 1
        node._shape, node._dtype = target._shape, target._dtype
        node._saved = ()
        return node

    def _static(self, operands: tuple[Any, ...], statics: tuple[Any, ...], target: Tensor) -> Any:
        """What the rules keep, and the shape and dtype of each operand that has one; see `wengert.op_case`."""
        op = self.op
        if op.trusts_rules and all(_is_like(o, target) for o in operands):
            return None
        known = dict(zip(op.statics, statics, strict=True))
        kept = []
        for name in op.keeps:
            operand, _, what = name.rpartition("_")
            kept.append(known[name] if name in known else getattr(operands[op.operands.index(operand)], what, None))
        fits: list[Any] = []
        for position in self.positions:
            operand = operands[position]
            fits += (getattr(operand, "shape", ()), getattr(operand, "dtype", type(operand)))
        return (*kept, *fits)

    # -- modes -------------------------------------------------------------------------------------------------------
    def _intercept(self, modes: Modes, operands: tuple[Any, ...], statics: tuple[Any, ...]) -> Any:
        """Offer the call to the interceptors, the innermost first, as `wengert.op_modes` does."""
        stack = modes.interceptors
        named = {**dict(zip(self.op.operands, operands, strict=True)), **dict(zip(self.op.statics, statics, strict=True))}
        try:
            for position in reversed(range(len(stack))):
                modes.interceptors = stack[:position]
                result = stack[position].call(self, named)
                if result is not NotImplemented:
                    return result
        finally:
            modes.interceptors = stack
        return NotImplemented


def _is_like(operand: Any, target: Tensor) -> bool:
    """Whether a gradient of `target` fits `operand` as it is."""
    return type(operand) in NUMBERS or (operand.dtype == target._dtype and tuple(operand.shape) == target._shape)
