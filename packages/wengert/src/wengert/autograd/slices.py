"""The nodes of views that were written to: cut anew from their base, and the write as a node of the base (rules V2, V4)."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from ..arrays.adapter import ADAPTERS, Adapter, adapter_of, refuse_overlap
from ..arrays.batched import seen_anywhere
from ..errors import ImmutableError, InPlaceError
from .hooks import node_hooks
from .modes import ACTIVE
from .node import Edge, Node, next_sequence
from .saved import raise_released

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["AsStrided", "CopySlices", "LaterPlace", "Link", "ViewOperator", "inserted", "leave", "replayed", "transposed"]


class ViewOperator(Protocol):
    """What this layer asks of an operator that makes views: it stands above."""

    name: str

    def replay(self, x: Any, statics: tuple[Any, ...]) -> Any:
        """The view of `x`, a raw array or a Tensor, that the operator makes with these arguments."""

    def transpose(self, grad: Any, statics: tuple[Any, ...], shape: tuple[int, ...], dtype: Any) -> Any:
        """The gradient of the operand, of `shape` and `dtype`, from that of the view."""

    def pieces(self, shape: tuple[int, ...], statics: tuple[Any, ...]) -> list[tuple[ViewOperator, tuple[Any, ...]]]:
        """For an operator with several outputs, how each is cut by an operator with one."""

    def is_cut(self, statics: tuple[Any, ...]) -> bool:
        """Whether it makes a view with these arguments, where the library's arrays do not tell."""


#: One step from a base to a view: the operator, its static arguments, shape and dtype of what it cuts from, the step before.
Link = tuple[ViewOperator, tuple[Any, ...], tuple[int, ...], Any, Any]


def replayed(x: Any, link: Link | None) -> Any:
    """What `link` cuts from `x`, a raw array or a Tensor of the shape of the base."""
    if link is None:
        return x
    if link[4] is None:
        return link[0].replay(x, link[1])
    links = []
    while link is not None:
        links.append(link)
        link = link[4]
    for op, statics, *_ in reversed(links):
        x = op.replay(x, statics)
    return x


def transposed(grad: Any, link: Link | None) -> Any:
    """From the gradient of what `link` cuts to that of the base, a raw array or a Tensor."""
    while link is not None:
        op, statics, shape, dtype, link = link
        grad = op.transpose(grad, statics, shape, dtype)
    return grad


def inserted(whole: Any, link: Link | None, part: Any) -> Any:
    """A new array with the values of `whole`, but those of `part` where `link` cuts it from."""
    adapter = adapter_of(whole)
    if adapter.kind(whole.dtype) != adapter.kind(part.dtype):
        return _with_parts(adapter, whole, link, part)
    places = transposed(adapter.ones(part.shape, part.dtype, part), link)
    if seen_anywhere(places > 1):
        refuse_overlap()
    return adapter.normalise(adapter.function("where")(places != 0, transposed(part, link), whole))


def _with_parts(adapter: Adapter, whole: Any, link: Link | None, part: Any) -> Any:
    """The same where the chain of `link` goes through the real or imaginary parts of complex numbers."""
    below: list[Link] = []
    while link is not None and link[0].name not in ("real", "imag"):
        below.append(link)
        link = link[4]
    if link is None:
        raise ImmutableError(
            f"the arrays of {adapter.name} cannot be written to here (of a library in which none can, or while a function is "
            "compiled), so neither can parts of complex numbers but .real and .imag; write out of place"
        )
    inner: Link | None = None
    for op, statics, shape, dtype, _ in reversed(below):
        inner = op, statics, shape, dtype, inner
    numbers = replayed(whole, link[4])
    parts = adapter.complex_parts(numbers)
    pair = [adapter.getitem(parts, (..., number)) for number in (0, 1)]
    which = 0 if link[0].name == "real" else 1
    pair[which] = part if inner is None else inserted(pair[which], inner, part)
    numbers = adapter.complex_from(adapter.function("stack")(pair, axis=-1))
    return numbers if link[4] is None else inserted(whole, link[4], numbers)


def leave(tensor: Tensor, old: Edge, new: Edge) -> None:
    """Take what hangs on a place in the graph from it: tensor hooks stay there, the retained gradient moves (H4)."""
    state = tensor._backward
    if state is None:
        return
    state.hooks = None  # the old node keeps the dictionary
    if state.retains:
        node, number = old
        if node is not None and node._hooks is not None:
            node._hooks.retain.pop(number, None)
        if new[0] is None:
            state.retains = False
        else:
            node_hooks(new[0]).retain_for(tensor, new[1])


class AsStrided(Node):
    """The place of a view whose memory was written to: cut anew from what the base has become."""

    __slots__ = ()
    _label = "AsStridedBackward0"

    def __init__(self, edge: Edge, link: Link | None, shape: tuple[int, ...], dtype: Any) -> None:
        node, number = edge
        self._edges, self._numbers = (node,), (number,) if number else None
        self._saved, self._static = (), link
        self._shape, self._dtype = shape, dtype
        self._outputs = 1
        self._hooks = self._info = None
        self._sequence = next_sequence()
        if ACTIVE:
            _note(self)

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        return (None if grad is None else transposed(grad, self._static),)

    apply_recorded = apply


def _note(node: Node) -> None:
    anomaly = ACTIVE.get("anomaly")
    if anomaly is not None:
        anomaly.note(node)


class _AllBut(dict[tuple[int, int], tuple[bool, ...]]):
    """Which gradients are wanted: all of so many but that one."""

    def __missing__(self, key: tuple[int, int]) -> tuple[bool, ...]:
        operand, count = key
        wanted = self[key] = tuple([i != operand for i in range(count)])
        return wanted


ALL_BUT = _AllBut()


class CopySlices(Node):
    """A write to a view, as a node of its base (V4.2, V4.3).

    The gradient of the base before the write is that after it, with what was written to replaced by what `inner`, the node of
    the operator that wrote, makes of it. Its further operands get their gradients from `inner` too.
    """

    __slots__ = ()
    _label = "wengert::autograd::CopySlices"

    def __init__(self, base: Tensor, link: Link | None, inner: Node, operand: int) -> None:
        node, number = base._place()
        others, numbers = inner._edges, inner._numbers
        if operand:
            others = (others[operand], *others[:operand], *others[operand + 1 :])
            if numbers is not None:
                numbers = (numbers[operand], *numbers[:operand], *numbers[operand + 1 :])
        self._edges = (node, others[1]) if len(others) == 2 else (node, *others[1:])
        if number or numbers is not None:
            numbers = (number, *((0,) * len(others) if numbers is None else numbers)[1:])
        self._numbers = numbers
        self._saved = (inner,)
        array = base._array
        self._static = link, ADAPTERS[type(array)].order(array), operand
        self._shape, self._dtype = base._shape, base._dtype
        self._outputs = 1
        self._hooks = self._info = None
        self._sequence = next_sequence()
        if ACTIVE:
            _note(self)

    def _inner(self, wanted: Any) -> tuple[Node, Any]:
        """The node of the write, and which gradients are wanted, in its order."""
        if self._saved is None:
            raise_released(self)
        operand = self._static[2]
        if operand and wanted is not None:
            wanted = (*wanted[1 : operand + 1], wanted[0], *wanted[operand + 1 :])
        return self._saved[0], wanted

    def _outer(self, whole: Any, results: Any) -> tuple[Any, ...]:
        """The gradients in the order of the edges of this node."""
        operand = self._static[2]
        return (whole, *results[:operand], *results[operand + 1 :])

    def apply(self, grad: Any, wanted: Any = None) -> Any:
        edges = self._edges
        if grad is None:
            return (None,) * len(edges)
        link, order, operand = self._static
        if self._saved is not None and wanted is None:
            inner = self._saved[0]
            if inner._replaces:  # nothing of what was there is left: its gradient need not be made
                wanted = ALL_BUT[operand, len(inner._edges)]
        else:
            inner, wanted = self._inner(wanted)
        adapter = adapter_of(grad)
        if not adapter.mutable:
            part = replayed(grad, link)
            if adapter.kind(part.dtype) != adapter.kind(grad.dtype):  # of complex numbers
                return self._without_writing(grad, inner.apply, wanted)
            results = inner.apply(part, wanted)
            result = results[operand]
            zeros = adapter.zeros(part.shape, part.dtype, part) if result is None else result
            return self._outer(inserted(grad, link, zeros), results)
        # A copy with its axes in the order in which they lie in the memory of the base, so that the same parts can be cut.
        if order is None:
            whole = adapter.copy(grad)
        else:
            permute = adapter.function("permute_dims")
            whole = permute(adapter.copy(permute(grad, order)), _inverse(order))
        part = replayed(whole, link)
        if not adapter.shares(part, whole):
            self._refuse()
        # What an operator's rule makes of the gradient may share its memory, and `part` is about to be written to.
        alone = inner._generated and (len(edges) == 1 or (len(edges) == 2 and edges[1] is None))
        results = inner.apply(part if alone else adapter.copy(part), wanted)
        result = results[operand]
        if result is None:
            adapter.fill(part, 0)
        else:
            adapter.assign(part, result)
        if not operand and len(results) == 2:  # almost always
            return whole, results[1]
        return self._outer(whole, results)

    def apply_recorded(self, grad: Any, wanted: Any = None) -> Any:
        if grad is None:
            return (None,) * len(self._edges)
        inner, wanted = self._inner(wanted)
        if not adapter_of(grad._array).mutable:
            return self._without_writing(grad, inner.apply_recorded, wanted)
        link, order, operand = self._static
        whole = grad.clone() if order is None else grad.transpose(order).clone().transpose(_inverse(order))
        part = replayed(whole, link)
        if link is not None and not part._is_view():
            self._refuse()
        results = inner.apply_recorded(part.clone(), wanted)
        if results[operand] is None:
            part.fill_(0)
        else:
            part.copy_(results[operand])
        return self._outer(whole, results)

    def _without_writing(self, grad: Any, inner: Callable[[Any, Any], Any], wanted: Any) -> tuple[Any, ...]:
        """The same of gradients that cannot be written to: batched ones, say; recorded, or of parts of complex numbers."""
        link, _, operand = self._static
        part = replayed(grad, link)
        results = inner(part, wanted)
        whole = grad - transposed(part, link)
        if results[operand] is not None:
            whole = whole + transposed(results[operand], link)
        return self._outer(whole, results)

    def _refuse(self) -> NoReturn:
        raise InPlaceError(
            f"{self.name()}{self.origin()}: the base of the view that was written to lies in memory in a way that its "
            "gradient cannot follow; make the view of a clone() of it"
        )


class LaterPlace:
    """The place of a view after a write, for whoever saved what was written; if it is gone by then, one like it.

    The node of the write cannot keep that place itself: it leads back to the node.
    """

    __slots__ = ("dtype", "link", "make", "place", "shape", "whole")

    def __init__(self, place: Node, whole: Node, link: Link | None, make: type[AsStrided]) -> None:
        self.place, self.whole, self.link = weakref.ref(place), weakref.ref(whole), link
        self.shape, self.dtype, self.make = place._shape, place._dtype, make

    def __call__(self) -> Edge:
        place, whole = self.place(), self.whole()
        if place is None:
            assert whole is not None, "it is running"
            place = self.make((whole, 0), self.link, self.shape, self.dtype)
        return place, 0


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(order.index(axis) for axis in range(len(order)))
