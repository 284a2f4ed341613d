"""What identifies a node of a graph to the compiler, and what is lifted from it to an input (rule C2).

A `NodeRecord` says so of one node, by number instead of by object, so that a program keeps no graph alive. `CompiledNodeArgs`
gathers it; the hooks of a node are asked by their ``compiled_args``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..arrays.adapter import ADAPTERS, NUMBERS, is_array
from ..autograd.hooks import FunctionTensorPreHook
from ..autograd.node import AccumulateGrad, Node
from ..autograd.saved import SavedTensor, is_tensor
from .node_hooks import BARE, Expected

__all__ = ["EMPTY", "HOLE", "LIFTED", "UNREAD", "CompiledNodeArgs", "NodeRecord", "Slot", "holes", "look", "matched"]


#: The types of numbers that can be inputs.
LIFTED = (float, int, complex)


class _Nothing:
    """An array that fits nowhere."""

    shape = dtype = None


EMPTY = _Nothing()


class _Hole:
    """Where in static arguments an array was."""

    def __repr__(self) -> str:
        return "<array>"


HOLE = _Hole()


class _Unread:
    """A saved value that does not matter: a number that no rule reads, or what hooks have yet to unpack."""

    def __repr__(self) -> str:
        return "<anything>"


UNREAD = _Unread()


class Slot(NamedTuple):
    """One entry of what a node has saved: an array of this type, dtype and shape; or, with `kind` None, a constant."""

    kind: type | None
    dtype: Any
    shape: tuple[int, ...]
    constant: Any = None

    def __str__(self) -> str:
        return repr(self.constant) if self.kind is None else f"{self.dtype}{list(self.shape)}"


class NodeRecord:
    """One node, as the compiler knows it.

    Attributes
    ----------
    role : str
        ``"root"``; ``"equations"``; ``"visit"`` where the engine does all; ``"reached"`` where a gradient is asked for and the
        derivative does not run; ``"bare leaf"``, at which nothing but accumulation happens, and ``"leaf"``; ``"unused"`` for
        what leads to nothing that was asked for.
    cls : type
        Its class.
    label : str
        Its name.
    edges : tuple of int or None
        The numbers of the nodes that its edges lead to.
    numbers : tuple of int or None
        The outputs that they lead to.
    outputs, shape, dtype
        Of its gradients.
    slots : tuple of Slot
        What it has saved, where equations read it.
    static : object
        Its static arguments, with `HOLE` for each array.
    arrays : tuple of Slot
        The arrays in them.
    hooks : tuple of str
        The kinds of its hooks, in order.
    expected : Expected
        What the program takes for granted of its hooks, where it does not leave the node to the engine.
    tensors : tuple
        Pairs of a tensor that a pure hook knows, and the form of its array.
    """

    __slots__ = (
        "arrays",
        "cls",
        "dtype",
        "edges",
        "expected",
        "hooks",
        "label",
        "numbers",
        "outputs",
        "role",
        "shape",
        "slots",
        "static",
        "tensors",
    )

    def __init__(self, node: Node, role: str) -> None:
        self.role, self.cls, self.label = role, type(node), node._label
        self.edges: tuple[int | None, ...] = ()
        self.numbers = node._numbers
        self.outputs = node._outputs
        asked = not node._is_leaf and role != "root"
        self.shape: Any = node._shape if asked else None
        self.dtype: Any = node._dtype if asked else None
        self.slots: tuple[Slot, ...] = ()
        self.static: Any = None
        self.arrays: tuple[Slot, ...] = ()
        self.hooks: tuple[str, ...] = ()
        self.expected: Expected = BARE
        self.tensors: tuple[tuple[Any, Slot], ...] = ()

    def differs(self, other: NodeRecord) -> str | None:
        """What sets `other`, of a later run, apart from this node; None if nothing does that matters to a program."""
        if self.cls is not other.cls:
            return f"is {other.label}, was {self.label}"
        for name in ("role", "edges", "numbers", "shape", "dtype", "static"):
            old, new = getattr(self, name), getattr(other, name)
            if old != new:
                return f"{self.label}: {_WORDS[name]} {new!r}, was {old!r}"
        for what, olds, news in (("saved", self.slots, other.slots), ("static array", self.arrays, other.arrays)):
            for position, (old, new) in enumerate(zip(olds, news, strict=False)):
                if old != new:
                    return f"{self.label}: {what} {position} is {new}, was {old}"
        hooks = self.expected.difference(other.expected)
        return None if hooks is None else f"{self.label}: {hooks}"


_WORDS = {
    "role": "how it is run is",
    "edges": "leads to nodes",
    "numbers": "leads to outputs",
    "shape": "has shape",
    "dtype": "has dtype",
    "static": "has static arguments",
}


class CompiledNodeArgs:
    """Gathers what a program depends on at one node: key (types, shapes, constants, kinds of hooks) and inputs (arrays).

    Parameters
    ----------
    record : NodeRecord
        What is gathered goes here.
    """

    def __init__(self, record: NodeRecord) -> None:
        self.record = record
        self.inputs: list[Any] = []

    def collect(self, node: Node, entries: tuple[Any, ...], lift: bool, packed: bool = False) -> None:
        """Gather from a node, which has saved `entries`, and is going to stand in the program as equations.

        With `lift` numbers among them are inputs, else constants. Where hooks have `packed` some of them, it is not known of any
        what array it will be.
        """
        slots = []
        # A number that an operator may compute with as an array stands behind all others once more, where rules read it.
        declared = len(node.saved_numbers) or len(entries)
        for position, entry in enumerate(entries):
            if entry is None or type(entry) in NUMBERS:
                unread = entry is not None and position < declared < len(entries)
                if lift and not unread and type(entry) in LIFTED:
                    slots.append(Slot(type(entry), None, ()))
                    self.inputs.append(entry)
                else:
                    slots.append(Slot(None, None, (), UNREAD if unread else entry))
            elif packed:
                slots.append(Slot(None, None, (), UNREAD))
            else:
                slots.append(self.lift(look(entry)))
        arrays: list[Any] = []
        self.record.slots = tuple(slots)
        self.record.static = holes(node._static, arrays)
        self.record.arrays = tuple(map(self.lift, arrays))

    def lift(self, array: Any) -> Slot:
        """Let `array` be an input; its form."""
        self.inputs.append(array)
        return Slot(type(array), array.dtype, tuple(array.shape))

    def collect_hooks(self, node: Node) -> None:
        """Let the hooks of `node` say what they are."""
        hooks = node._hooks
        found: list[Any] = []
        state = node.variable._backward if isinstance(node, AccumulateGrad) else None
        if state is not None and state.hooks:
            found.append(FunctionTensorPreHook(state.hooks, 0))
        if hooks is not None:
            found += [*hooks.tensor, *hooks.retain.values(), hooks.pre]
        if state is not None:
            found.append(state.post_acc)
        if hooks is not None:
            found.append(hooks.post)
        for hook in found:
            if hook is not None:
                hook.compiled_args(self)

    # -- what hooks call
    def _add(self, kind: str) -> None:
        self.record.hooks = (*self.record.hooks, kind)

    def add_tensor_pre_hook(self, fn: Callable[..., Any], value_idx: int) -> None:
        """A tensor hook on output `value_idx`: its place is part of the key, the function is an input."""
        self._add(f"tensor hook on output {value_idx}")

    def add_pre_hook(self, fn: Callable[..., Any]) -> None:
        """A hook before the node."""
        self._add("node pre-hook")

    def add_post_hook(self, fn: Callable[..., Any]) -> None:
        """A hook after the node."""
        self._add("node post-hook")

    def add_post_acc_grad_hook(self, fn: Callable[..., Any]) -> None:
        """A hook after accumulation."""
        self._add("post-accumulate-grad hook")

    def add_retain_grad_hook(self, tensor: Callable[[], Any], value_idx: int) -> None:
        """A tensor that keeps the gradient of output `value_idx`."""
        self._add(f"retained gradient of output {value_idx}")


def look(entry: Any) -> Any:
    """The array in an entry of ``node._saved``, whatever has happened to it; `EMPTY` where hooks have packed it."""
    if type(entry) in ADAPTERS:
        return entry
    if isinstance(entry, SavedTensor):
        if entry.pair is not None:
            return EMPTY
        return entry.array if entry.tensor is None else entry.tensor._array
    return entry._array if is_tensor(entry) else EMPTY


def holes(static: Any, arrays: list[Any]) -> Any:
    """`static` with `HOLE` for each array in it; the arrays are appended to `arrays`."""
    kind = type(static)
    if kind in (tuple, list):
        return kind([holes(item, arrays) for item in static])
    if kind is slice:
        return slice(holes(static.start, arrays), holes(static.stop, arrays), holes(static.step, arrays))
    if is_array(static):
        arrays.append(static)
        return HOLE
    return static


def matched(static: Any, template: Any, slots: tuple[Slot, ...]) -> tuple[Any, ...] | None:
    """The arrays in `static`, if it is otherwise `template` and they are as `slots` say; else None."""
    arrays: list[Any] = []
    if holes(static, arrays) != template or len(arrays) != len(slots):
        return None
    pairs = zip(arrays, slots, strict=True)
    if any(Slot(type(a), a.dtype, tuple(a.shape)) != slot for a, slot in pairs):
        return None
    return tuple(arrays)
