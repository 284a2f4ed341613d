"""Hooks on several tensors at once (rules H9, W24)."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import ArgumentError, ModeError, NoGraphError
from .handles import RemovableHandle
from .modes import current
from .origins import Position, caller_position, origin_at

if TYPE_CHECKING:
    from .engine import GraphTask
    from .node import Node
    from .tensor import Tensor

__all__ = ["MultiGradHandle", "place_of", "register_multi_grad_hook"]


class MultiGradHandle(RemovableHandle):
    """Removes a multi-grad hook from all its tensors."""

    __slots__ = ("handles",)

    def __init__(self, handles: Sequence[RemovableHandle]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Take the hook off every tensor; doing so twice is harmless."""
        for handle in self.handles:
            handle.remove()

    def __getstate__(self) -> Any:
        return self.handles

    def __setstate__(self, state: Any) -> None:
        self.handles = state


def register_multi_grad_hook(
    tensors: Sequence[Tensor], fn: Callable[[Any], Any], *, mode: str = "all"
) -> RemovableHandle:
    """Call `fn` once per backward with the gradients of several tensors.

    Parameters
    ----------
    tensors : sequence of Tensor
        They may be leaves, interior tensors, or not part of the graph that is run.
    fn : callable
        With ``mode="all"``: ``fn(grads)`` with the list of their gradients, None for those that the run does not compute,
        as soon as the last is there. With ``mode="any"``: ``fn(grad)`` with the first that is there. What it returns is
        ignored.
    mode : {"all", "any"}

    Returns
    -------
    RemovableHandle
        Removes the hook from all the tensors.

    Raises
    ------
    NoGraphError
        If a tensor requires no gradient (``mode="all"``; with ``"any"`` it is left out).

    Examples
    --------
    >>> import wengert as wg
    >>> a, b = wg.tensor(2.0, requires_grad=True), wg.tensor(3.0, requires_grad=True)
    >>> handle = wg.autograd.graph.register_multi_grad_hook((a, b), lambda gs: print([g.item() for g in gs]))
    >>> (a * b).backward()
    [3.0, 2.0]
    """
    if mode not in ("all", "any"):
        raise ArgumentError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    tensors = tuple(tensors)
    if mode == "any":
        tensors = tuple(t for t in tensors if t.requires_grad)
    for index, tensor in enumerate(tensors):
        if not tensor.requires_grad:
            raise NoGraphError(f"tensors: element {index} does not require grad, so it has no gradient to wait for")
    places = [place_of(t) for t in tensors]
    group = _Group(places, fn, mode, caller_position())
    return MultiGradHandle([t.register_hook(group.member(i)) for i, t in enumerate(tensors)])


class _Group:
    """One multi-grad hook. All counting is kept by the task, so nested and concurrent runs do not meet."""

    def __init__(
        self, places: list[Callable[[], Node | None]], fn: Callable[[Any], Any], mode: str, position: Position
    ) -> None:
        self.places, self.fn, self.mode, self.position = places, fn, mode, position
        self.origin: _Group | None = None  # of which it is the same hook, in another run

    def member(self, index: int) -> Callable[[Any], None]:
        """The tensor hook for tensor number `index`."""

        def arrived(grad: Any) -> None:
            task = current().task
            if task is None:
                raise ModeError("a multi-grad hook fired outside a backward")
            if self.mode == "any":
                if self not in task.multi:
                    task.multi[self] = True
                    self._call(task, grad)
                return
            self._count(task, index, grad)

        arrived.member = self, index  # type: ignore[attr-defined]  # who compiles a function makes one for each run
        arrived.__name__ = getattr(self.fn, "__name__", "multi_grad_hook")
        arrived.__wrapped__ = self.fn  # type: ignore[attr-defined]  # messages name the line of the user's function
        return arrived

    def _count(self, task: GraphTask, index: int, grad: Any) -> None:
        state = task.multi.get(self)
        if state is None:
            state = task.multi[self] = [task.awaited(self), [None] * len(self.places)]
        state[0] -= 1
        state[1][index] = grad
        if state[0] == 0:
            self._call(task, state[1])

    def again(self, places: list[Callable[[], Node | None]]) -> _Group:
        """The same hook on the tensors of another graph."""
        new = _Group(places, self.fn, self.mode, self.position)
        new.origin = self
        return new

    def leaves(self) -> list[Tensor | None]:
        """The leaves among its tensors, as far as they are alive."""
        return [place.leaf() for place in self.places if isinstance(place, _LeafPlace)]

    def _call(self, task: GraphTask, grads: Any) -> None:
        if task.interpreter is None:
            self.fn(grads)
        else:
            task.interpreter.multi_grad_hook(self.fn, origin_at(self.position), grads)


class _LeafPlace:
    """Finds the accumulator of a leaf, if there is one."""

    __slots__ = ("leaf",)

    def __init__(self, leaf: Tensor) -> None:
        self.leaf = weakref.ref(leaf)

    def __call__(self) -> Node | None:
        found = self.leaf()
        state = None if found is None else found._backward
        return None if state is None or state.accumulator is None else state.accumulator()


def place_of(tensor: Tensor) -> Callable[[], Node | None]:
    """A function that finds the tensor's node when asked, and keeps neither alive."""
    return _LeafPlace(tensor) if tensor.is_leaf else weakref.ref(tensor._place()[0])
