"""Tensors that share memory, and what a write to one of them does to the graph (rules V, H4, G5.5).

A view knows the root of its memory, its *base*, and how it is cut from it: a chain of *links*, each an operator with its
arguments. Nobody knows the views of a base. Instead a view notices, whenever it is asked for its place in the graph, that
the version of the memory has moved on since it was last placed; then it takes a fresh place, as a view of what its base is by
then (V2.1). So writes cost the same however many views there are, and a tensor without views pays nothing.

A recorded write to a view becomes a node of the base, `CopySlices`: in the gradient of the base it replaces the part that
was written to by what the operator's own derivative makes of it (V4).
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NoReturn

from ..arrays.adapter import ADAPTERS, adapter_of
from ..errors import ImmutableError, InPlaceError, LeafError, ModeError
from .modes import ACTIVE, CREATING, Modes, current
from .node import UNSETTLED, Node, accumulator_of
from .saved import Extra, SavedTensor, Version
from .slices import AsStrided, CopySlices, LaterPlace, Link, ViewOperator, inserted, leave, replayed

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "SINCE",
    "View",
    "announce_write",
    "check_write",
    "count_write",
    "cut",
    "cut_alias",
    "cut_pieces",
    "freed",
    "hand_out",
    "is_involved",
    "later_place",
    "note_turn",
    "path",
    "place_in_function",
    "rebase",
    "settle_outputs",
    "spread",
]

#: How a view was made, as far as it forbids writing to it when a gradient is involved (V3).
NORMALLY, AS_PIECE, UNRECORDED, IN_INFERENCE, IN_FUNCTION = range(5)


class View(Extra):
    """What a view has: its base, its link to it, and its place in the graph.

    The `_node` of a view is always `UNSETTLED`, so that whoever wants its place asks here.

    Attributes
    ----------
    base : Tensor
        The root of the memory, which is no view itself.
    link : Link or None
        How it is cut from `base`; None for the whole of it.
    node : Node or None
        The node that it was recorded with, its number being the ``_nr`` of the tensor; None without one.
    seen : int
        The version of the memory for which `node` is right.
    made : int
        How it was made.
    own : bool
        Whether ``requires_grad_()`` made it a leaf of its own (G5.5).
    """

    __slots__ = ("link", "made", "node", "own", "seen")

    is_view = True
    inference = False
    detached = False
    views = turns = None
    name = None
    base: Tensor
    link: Link | None
    node: Node | None
    seen: int
    made: int
    own: bool

    __init__ = object.__init__  # whoever makes one sets the fields: `cut` has no time for more

    @property  # type: ignore[misc]  # nobody gives a view a counter of its own
    def version(self) -> Version:
        """The counter of the base."""
        return self.base._counter()

    def written(self) -> int:
        extra = self.base._extra
        return 0 if extra is None else extra._version.value

    # -- its place in the graph --------------------------------------------------------------------------------------
    def requires_grad(self) -> bool:
        """Its own or its base's (V2.1); a view made under no_grad stays outside the graph, and says so (W3)."""
        if self.base._node is None:
            return self.own or (self.node is not None and self.seen == self.written())
        return self.node is not None or self.own or self.made != UNRECORDED

    def is_leaf(self) -> bool:
        """Whether it has no node, now; unlike `settle` this never raises."""
        if self.base._node is None:
            return self.node is None or self.seen != self.written()
        return self.node is None and self.stays_outside()

    def stays_outside(self) -> bool:
        """Whether the view leads nowhere as long as the memory is as it is; one of inference mode does while that lasts."""
        return self.made == UNRECORDED or (self.made == IN_INFERENCE and current().inference)

    def settle(self, tensor: Tensor) -> Node | None:
        """The node of `tensor` as things are now; its number is ``tensor._nr``."""
        base = self.base
        with CREATING:
            version = self.written()
            if base._node is None:  # there is nothing above to lead to
                if self.node is not None and self.seen != version:
                    self._move(tensor, None)
                self.seen = version
                return self.node or (accumulator_of(tensor) if self.own else None)
            if self.seen == version:
                if self.node is not None or self.stays_outside():
                    return self.node
            elif self.made:
                self.forbid(tensor, "its base or another view of its base has been modified inplace")
            node = _replayed_node(base, path(self)) if ACTIVE and current().view_replay else None
            make = base._family._node_class(AsStrided)
            self._move(tensor, node or make(base._place(), path(self), tensor._shape, tensor._dtype))
            self.seen = version
            return self.node

    def _move(self, tensor: Tensor, node: Node | None) -> None:
        if tensor._backward is not None:
            leave(tensor, (self.node, tensor._nr), (node, 0))
        self.node, self.own, tensor._nr = node, self.own and node is None, 0

    def forbid(self, tensor: Tensor, what: str) -> NoReturn:
        """Raise for a view that was made in a way that allows no recorded write (V3)."""
        mode = {UNRECORDED: "no_grad", IN_INFERENCE: "inference"}.get(self.made)
        if mode is not None and self.node is not None and not isinstance(self.node, AsStrided):
            raise InPlaceError(
                f"Output {tensor._nr} of {self.node.name()} is a view of a view and {what}; what it is a view of was made inside "
                f"the {'no_grad block' if self.made == UNRECORDED else 'inference_mode'}, so it is not clear whether the write "
                f"is meant to be recorded. It has shape {tensor._shape}"
            )
        if mode is not None:
            which = f"A view was created in {mode} mode"
        else:
            which = "It is a view" if self.node is None else f"Output {tensor._nr} of {self.node.name()} is a view"
        why = {
            AS_PIECE: "This view is the output of a function that returns multiple views. Such views cannot be written to one by "
            "one; write out of place.",
            UNRECORDED: "So it is not clear whether the write is meant to be recorded; make the view outside of no_grad, or "
            "write to it inside.",
            IN_INFERENCE: "So it is not clear whether the write is meant to be recorded; make the view outside of "
            "inference_mode, or write to it inside.",
            IN_FUNCTION: "This view was created inside a custom Function, or handed through it, whose backward would be lost; "
            "return a clone() of it.",
        }[self.made]
        raise InPlaceError(f"{which} and {what}. {why} It has shape {tensor._shape}")


def _replayed_node(base: Tensor, link: Link | None) -> Node | None:
    """The node of the view that `link` cuts from `base`, as the operators themselves record it; None if they record no view."""
    modes = current()
    grad, interceptors = modes.grad, modes.interceptors
    modes.interceptors = ()
    modes.set_grad(True)
    try:
        extra = replayed(base, link)._extra
    finally:
        modes.interceptors = interceptors
        modes.set_grad(grad)
    return extra.node if link is not None and isinstance(extra, View) else None


# -- making views ------------------------------------------------------------------------------------------------------
def cut(out: Tensor, source: Tensor, node: Node | None, op: ViewOperator, statics: tuple[Any, ...]) -> None:
    """Give `out`, which `op` has just made of `source`, its place `node`: as a view, if the two share memory."""
    array = out._array
    adapter = ADAPTERS[type(array)]
    if not (adapter.shares(array, source._array) if adapter.mutable else op.is_cut(statics)):
        out._node = node
        return
    view = View()
    extra = source._extra
    if extra is None:
        view.base = source
        view.link = (op, statics, source._shape, source._dtype, None)
        view.seen = view.made = 0
    elif not _cut_further(view, extra, source, op, statics):
        out._extra, out._node = _inference(), None
        return
    view.node = node
    view.own = False
    if ACTIVE:
        _note_mode(view, current())
    out._extra = view
    out._node = UNSETTLED
    if not adapter.mutable:
        _remember(view.base, out)


def _cut_further(view: View, extra: Extra, source: Tensor, op: ViewOperator, statics: tuple[Any, ...]) -> bool:
    """The rest of `cut` for a source that is a view itself, or was written to; False for one of inference mode."""
    if extra.inference:
        return False
    if isinstance(extra, View):
        view.base = base = extra.base
        view.made = extra.made
        view.link = (op, statics, source._shape, source._dtype, extra.link)
        above = base._extra
        view.seen = 0 if above is None else above._version.value
        return True
    view.base, view.made = source, NORMALLY
    since = None if extra.turns is None else (SINCE, (len(extra.turns),), source._shape, source._dtype, None)
    view.link = (op, statics, source._shape, source._dtype, since)
    view.seen = extra._version.value
    return True


def _note_mode(view: View, modes: Modes) -> None:
    if modes.inference:
        view.made = IN_INFERENCE
    elif not modes.grad:
        view.made = UNRECORDED


def cut_pieces(outs: Any, source: Tensor, node: Node | None, op: ViewOperator, statics: tuple[Any, ...]) -> None:
    """The same for the several outputs of one operator: views that must not be written to while gradients are involved."""
    for out, (cutter, arguments) in zip(outs, op.pieces(source._shape, statics), strict=True):
        cut(out, source, node, cutter, arguments)
        extra = out._extra
        if isinstance(extra, View) and extra.made not in (UNRECORDED, IN_INFERENCE):
            extra.made = AS_PIECE


def freed(pieces: Any) -> Any:
    """These pieces, which nobody has seen yet, as views that may be written to, each like one that was cut alone."""
    for piece in pieces:
        extra = piece._extra
        if isinstance(extra, View) and extra.made == AS_PIECE:
            extra.made = NORMALLY
    return pieces


def cut_alias(out: Tensor, source: Tensor) -> None:
    """Make `out`, on the array of `source`, a view of the whole of it, as custom Functions do."""
    extra = source._extra
    if extra is not None and extra.inference:
        out._extra = extra
        return
    view = View()
    view.base, view.link = (extra.base, extra.link) if isinstance(extra, View) else (source, None)
    view.seen = 0 if extra is None else extra.written()
    view.node, view.made, view.own = None, UNRECORDED, False
    out._extra = view
    out._node = UNSETTLED


def place_in_function(out: Tensor, node: Node, number: int, alone: bool, pure: bool = False) -> None:
    """Make `out` output `number` of the custom Function `node`, whatever it was before; `alone` if it has no other.

    `pure` says that the Function does nothing but cut a view, so that a write to it may forget the Function's own derivative.
    """
    extra = out._extra
    if isinstance(extra, View):
        extra.node, extra.seen = node, extra.written()
        extra.made = NORMALLY if pure else IN_FUNCTION if alone else AS_PIECE
    else:
        out._node = node
    out._nr = number


def hand_out(out: Tensor, alone: bool) -> None:
    """Let `out`, if it is a view that the forward of a Function has made, be known for one; it has no place in the graph."""
    extra = out._extra
    if isinstance(extra, View) and extra.made == UNRECORDED and current().grad:
        extra.made = IN_FUNCTION if alone else AS_PIECE


def _inference() -> Extra:
    extra = Extra()
    extra.inference = True
    return extra


def _remember(base: Tensor, view: Tensor) -> None:
    """Where arrays are immutable a base knows its views: a write to one of them is a new array for all; see `spread`."""
    base._counter()
    assert base._extra is not None
    alive = [r for r in base._extra.views or () if r() is not None]
    base._extra.views = [*alive, weakref.ref(view)]


def part_from_views(base: Tensor) -> None:
    """Where arrays are immutable: let `base`, which is about to be given other data, be on other memory than its views."""
    if base._extra is not None and base._extra.views:
        base._extra.views = None


# -- axes that are changed in place ------------------------------------------------------------------------------------
class _Since:
    """The first link of views of a base whose axes were changed in place before: its argument says how often."""

    name = "since"

    def replay(self, x: Any, statics: tuple[Any, ...]) -> Any:
        return x


SINCE: Any = _Since()


def note_turn(base: Tensor, back: tuple[ViewOperator, tuple[Any, ...]] | None) -> None:
    """The axes of `base` are about to be changed in place; `back` makes of it what it is now, if anything does."""
    extra = base._extra
    assert extra is not None
    extra.turns = [*(extra.turns or ()), (back, base._shape, base._dtype)]


def path(view: View) -> Link | None:
    """How a view is cut from its base as that is now: the link, behind what turns back changes of its axes in place."""
    extra = view.base._extra
    turns = None if extra is None else extra.turns
    if turns is None:
        return view.link
    links, link = [], view.link
    while link is not None:
        links.append(link)
        link = link[4]
    count = links.pop()[1][0] if links and links[-1][0] is SINCE else 0
    found: Link | None = None
    after = [*turns[count + 1 :], (None, view.base._shape, view.base._dtype)]
    for (back, _, _), (_, shape, dtype) in reversed([*zip(turns[count:], after, strict=True)]):
        if back is None:
            raise InPlaceError("the axes of the base of this view were changed in place in a way that it cannot follow")
        found = (*back, shape, dtype, found)
    for op, statics, shape, dtype, _ in reversed(links):
        found = (op, statics, shape, dtype, found)
    return found


# -- writing -----------------------------------------------------------------------------------------------------------
def check_write(target: Tensor, recorded: bool, what: str) -> None:
    """Raise unless `target` may be written to in place by the operator `what`; in PyTorch's order (V3, G8.3).

    `recorded` says whether the write is: recording is on, and the target or what is written requires grad.
    """
    extra = target._extra
    if extra is not None and extra.inference and not current().inference:
        raise ModeError(f"{what}: Inplace update to inference tensor outside InferenceMode is not allowed; clone() it")
    if isinstance(extra, View) and extra.made and (recorded or (extra.base._node is not None and current().grad)):
        extra.forbid(target, "is being modified inplace")
    if recorded:
        if isinstance(extra, View) and target.requires_grad and extra.base.is_leaf:
            raise LeafError(
                f"{what}: a view of a leaf Variable that requires grad is being used in an in-place operation; write inside "
                "no_grad(), or to a clone()"
            )
        if target.requires_grad and target.is_leaf:
            raise LeafError(
                f"{what}: a leaf Variable that requires grad is being used in an in-place operation; write inside no_grad(), "
                "or to a clone()"
            )


def is_involved(target: Tensor) -> bool:
    """Whether a write to `target` concerns a gradient: its own, or that of the base whose memory it is, seen or not (W3)."""
    extra = target._extra
    if isinstance(extra, View):
        return extra.base._node is not None or extra.requires_grad()
    return target._node is not None


def announce_write(target: Tensor) -> None:
    """Say that the memory of `target` is about to be written to: whoever keeps saved tensors may copy them now."""
    if ACTIVE:
        mutation = current().mutation
        if mutation is not None:
            mutation.before_write(target)


def count_write(target: Tensor) -> None:
    """One version more. In inference mode tensors made there have none."""
    extra = target._extra
    if extra is None or extra.is_view:
        target._counter().value += 1
    elif not extra.inference:
        extra._version.value += 1


def spread(target: Tensor) -> None:
    """Where arrays are immutable: what shares the values of `target`, which has just taken new ones, takes them too."""
    extra = target._extra
    base = target
    if isinstance(extra, View):
        base = extra.base
        if adapter_of(base._array).mutable:
            return  # a function is compiled to which the view is given: in its runs both are on one memory
        above = base._extra
        if above is None or not any(reference() is target for reference in above.views or ()):
            raise ImmutableError(
                f"a view of shape {target.shape} is written to whose base has been given other data (base.data = ...) since: "
                "where arrays cannot be written to, and while a function is compiled, nobody would see it; write to a clone()"
            )
        base._take(inserted(base._array, path(extra), target._array))
    assert base._extra is not None
    for reference in base._extra.views or ():
        view = reference()
        if view is not None and view is not target:
            view._take(adapter_of(base._array).normalise(replayed(base._array, path(view._extra))))


def rebase(target: Tensor, node: Node, number: int = 0, operand: int = 0) -> None:
    """Give `target`, which was just written to, its new place: output `number` of `node`; of a view, through its base (V4).

    `operand` says which of the edges of `node` leads to what was written over.
    """
    extra = target._extra
    if not isinstance(extra, View):
        leave(target, (target._node, target._nr), (node, number))
        target._node, target._nr = node, number
        return
    base = extra.base
    family, above = base._family, base._extra
    link = extra.link if above is None or above.turns is None else path(extra)
    whole = family._node_class(CopySlices)(base, link, node, operand)
    if base._backward is not None:
        leave(base, (base._node, base._nr), (whole, 0))
    base._node, base._nr = whole, 0
    if extra.made or (ACTIVE and current().view_replay):
        extra.settle(target)
        return
    place = family._node_class(AsStrided)((whole, 0), link, target._shape, target._dtype)
    if target._backward is not None:
        leave(target, (extra.node, target._nr), (place, 0))
    extra.node, extra.own, extra.seen = place, False, 0 if above is None else above._version.value
    target._nr = 0


def settle_outputs(target: Tensor, node: Node) -> None:
    """After `rebase`: let what `node` has saved of the view that it wrote know the place of that view, which is not `node`."""
    extra = target._extra
    if isinstance(extra, View):
        for entry in node._saved or ():
            if isinstance(entry, SavedTensor) and entry.output_nr >= 0:
                entry.edge = later_place(target)


def later_place(view: Tensor) -> LaterPlace:
    """The place of `view`, as it is just after a recorded write, without keeping it alive."""
    extra = view._extra
    assert isinstance(extra, View)
    assert extra.node is not None
    assert extra.base._node is not None
    make = extra.base._family._node_class(AsStrided)
    return LaterPlace(extra.node, extra.base._node, path(extra), make)
