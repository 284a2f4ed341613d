"""The hooks that a program expects at a node: whoever else hangs there may call for another program.

Hooks that are called with real arrays are no part of a program, only the place at which whatever is registered then is called:
before the derivative (tensor hooks, retained gradients, node pre-hooks) and after it (node post-hooks). Pure hooks stand in the
program as equations, so it matters which functions they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import FunctionType, MethodType
from typing import Any

from ..autograd.hooks import FunctionPostHooks, FunctionPreHooks, FunctionTensorPreHook, Hooks, NodeHooks
from ..autograd.node import AccumulateGrad, Node

__all__ = ["BARE", "Expected", "fits", "pure_after", "pure_before", "pure_on_leaf"]

#: Pure hooks in the order in which they are called, each with the number of the output on whose gradient it is; -1 for those
#: of the node.
Functions = tuple[tuple[int, Callable[..., Any]], ...]


class Expected:
    """What a program takes for granted of the hooks of one node.

    Attributes
    ----------
    before, after : tuple or None
        The pure hooks that stand in the program; None where all hooks are called, whichever there are.
    retains : bool
        Whether retained gradients are stored, if there are any.
    """

    __slots__ = ("after", "before", "retains")

    def __init__(self, before: Functions | None = (), after: Functions | None = (), retains: bool = False) -> None:
        self.before, self.after, self.retains = before, after, retains

    def allows(self, hooks: NodeHooks | None) -> bool:
        """Whether a program is right for a node with these hooks."""
        if hooks is None:
            return not self.before and not self.after
        if self.before is not None and not same(self.before, pure_before(hooks)):
            return False
        if self.after is not None and not same(self.after, pure_after(hooks)):
            return False
        return self.retains or self.before is None or not hooks.retain

    def same(self, other: Expected) -> bool:
        """Whether the same is taken for granted, or more is allowed here."""
        for mine, theirs in ((self.before, other.before), (self.after, other.after)):
            if mine is not None and (theirs is None or not same(mine, theirs)):
                return False
        return self.retains or self.before is None or not other.retains

    def difference(self, other: Expected) -> str:
        """In what `other` is not the `same`."""
        for mine, theirs, when in ((self.before, other.before, "before"), (self.after, other.after, "after")):
            if mine is None or (theirs is not None and same(mine, theirs)):
                continue
            if theirs is None:
                return f"hooks are called {when} it, and were not"
            return f"the pure hooks {when} it are others"
        return "its gradient is retained, and was not"

    @property
    def pure(self) -> bool:
        """Whether pure hooks stand in the program."""
        return bool(self.before or self.after)


#: Of a node without hooks.
BARE = Expected()


def pure_before(hooks: NodeHooks) -> Functions | None:
    """The hooks before the derivative; None if one of them is not pure."""
    found: list[tuple[int, Callable[..., Any]]] = []
    for hook in hooks.tensor:
        if type(hook) is not FunctionTensorPreHook or not _all_pure(hook.hooks):
            return None
        found += [(hook.value_idx, fn) for fn in hook.hooks.copy().values()]
    if hooks.pre is not None:
        if type(hooks.pre) is not FunctionPreHooks or not _all_pure(hooks.pre.hooks):
            return None
        found += [(-1, fn) for fn in hooks.pre.hooks.copy().values()]
    return tuple(found)


def pure_after(hooks: NodeHooks) -> Functions | None:
    """The hooks after the derivative; None if one of them is not pure."""
    if hooks.post is None:
        return ()
    if type(hooks.post) is not FunctionPostHooks or not _all_pure(hooks.post.hooks):
        return None
    return tuple((-1, fn) for fn in hooks.post.hooks.copy().values())


def _all_pure(hooks: Hooks) -> bool:
    return not hooks or hooks.pure.issuperset(hooks)


def same(first: Functions, second: Functions | None) -> bool:
    """Whether two sequences of pure hooks compute the same."""
    if second is None or len(first) != len(second):
        return False
    return all(i == j and (f is g or _alike(f, g)) for (i, f), (j, g) in zip(first, second, strict=True))


def _alike(first: Any, second: Any) -> bool:
    """Whether two functions come of one line of code and know the same objects: a hook that each run registers anew."""
    if type(first) is MethodType and type(second) is MethodType:
        return first.__self__ is second.__self__ and first.__func__ is second.__func__
    if type(first) is not FunctionType or type(second) is not FunctionType or first.__code__ is not second.__code__:
        return False
    return first.__globals__ is second.__globals__ and all(map(_one, _known(first), _known(second)))


def _known(function: FunctionType) -> Iterable[Any]:
    """What a function knows of where it was made."""
    cells = [_content(cell) for cell in function.__closure__ or ()]
    defaults = function.__kwdefaults__ or {}
    return (len(cells), *cells, *(function.__defaults__ or ()), *(item for pair in defaults.items() for item in pair))


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # it is empty
        return cell


def _one(first: Any, second: Any) -> bool:
    kind = type(first)
    return first is second or (kind is type(second) and kind in (int, float, complex, bool, str) and first == second)


# -- nodes and leaves ----------------------------------------------------------------------------------------------------
def pure_on_leaf(node: AccumulateGrad) -> Functions | None:
    """The tensor hooks of a leaf; None if more happens at it than these, which are pure, and accumulation."""
    if node._static is not None or (node._hooks is not None and not BARE.allows(node._hooks)):
        return None
    state: Any = node.variable._backward  # made with the accumulator
    if state.post_acc is not None and state.post_acc.hooks:
        return None
    if not state.hooks:
        return ()
    return tuple((0, fn) for fn in state.hooks.copy().values()) if _all_pure(state.hooks) else None


def fits(node: Node, expected: Expected) -> bool:
    """Whether a program that takes `expected` for granted of `node` is right for it by now."""
    if isinstance(node, AccumulateGrad):
        return same(expected.before or (), pure_on_leaf(node))
    return expected.allows(node._hooks)
