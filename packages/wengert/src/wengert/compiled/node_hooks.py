"""The hooks that a program expects at a node: whoever else hangs there may call for another program.

Hooks that are called with real arrays are no part of a program, only the place at which whatever is registered then is called:
before the derivative (tensor hooks, retained gradients, node pre-hooks) and after it (node post-hooks). Pure hooks stand in the
program as equations, so it matters which functions they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from types import FunctionType, MemberDescriptorType, MethodType
from typing import Any

from ..autograd.hooks import FunctionPostHooks, FunctionPreHooks, FunctionTensorPreHook, Hooks, NodeHooks
from ..autograd.node import AccumulateGrad, Node
from .hook_kinds import hooks_on

__all__ = [
    "BARE",
    "Expected",
    "Functions",
    "PureHook",
    "PureHooks",
    "fits",
    "kind_of",
    "pure_after",
    "pure_before",
    "pure_on_leaf",
    "remembered",
]

#: The functions of hooks in the order in which they are called, each with the number of the output on whose gradient it is; -1
#: for those of the node.
Functions = tuple[tuple[int, Callable[..., Any]], ...]


class PureHook:
    """A pure hook that stands in a program.

    It is known by its function and by what that knows: in each run there may be another function, of the same code.

    Attributes
    ----------
    index : int
        On which output it is; -1 for the node.
    fn : callable
    known : tuple
        The variables from outside that it reads: what they were when the program was captured.
    """

    __slots__ = ("fn", "index", "known")

    def __init__(self, index: int, fn: Callable[..., Any]) -> None:
        self.index, self.fn, self.known = index, fn, tuple(_known(fn))

    def like(self, index: int, fn: Callable[..., Any]) -> bool:
        """Whether `fn`, on output `index`, computes the same."""
        if fn is self.fn and not self.known and index == self.index:  # it reads its arguments alone
            return True
        if index != self.index or kind_of(fn) is not kind_of(self.fn):
            return False
        return not _differ(tuple(_known(fn)), self.known)


def code_of(fn: Any) -> Any:
    """What all functions have in common that one line of code makes; None of what is no function."""
    while isinstance(fn, MethodType | partial):
        fn = fn.__func__ if isinstance(fn, MethodType) else fn.func
    return fn.__code__ if isinstance(fn, FunctionType) else None


def kind_of(fn: Any) -> Any:
    """The code of a function; of other callables the type."""
    return code_of(fn) or type(fn)


def _known(fn: Any) -> Iterator[Any]:
    """What a function reads besides its arguments."""
    while isinstance(fn, MethodType | partial):
        if isinstance(fn, MethodType):
            yield fn.__self__
            fn = fn.__func__
        else:
            yield from (*fn.args, *(part for item in fn.keywords.items() for part in item))
            fn = fn.func
    if not isinstance(fn, FunctionType):
        cls: Any = type(fn)
        if not _is_open(cls):
            yield fn
            return
        yield cls
        yield from _attributes(fn, _slots(cls))
        fn = _call_of(cls)
    for cell in fn.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # it is empty
            yield cell
    yield from fn.__defaults__ or ()
    yield from (part for item in (fn.__kwdefaults__ or {}).items() for part in item)
    for name in fn.__code__.co_names:
        if name in fn.__globals__:
            yield fn.__globals__[name]


@lru_cache(maxsize=256)
def _is_open(cls: Any) -> bool:
    """Whether what objects of `cls` compute, when called, is Python's, and what they know is in their attributes."""
    return isinstance(_call_of(cls), FunctionType) and cls.__new__ is object.__new__


def _call_of(cls: type) -> Any:
    """The method that calls of objects of `cls` end up in."""
    return next((vars(base)["__call__"] for base in cls.__mro__ if "__call__" in vars(base)), None)


@lru_cache(maxsize=256)
def _slots(cls: Any) -> tuple[MemberDescriptorType, ...]:
    return tuple([slot for base in cls.__mro__ for slot in vars(base).values() if isinstance(slot, MemberDescriptorType)])


def _attributes(hook: Any, slots: tuple[MemberDescriptorType, ...]) -> tuple[Any, ...]:
    """The names and values of the attributes of an object."""
    own = getattr(hook, "__dict__", None) or {}
    return (*own, *own.values(), *[_value(slot, hook) for slot in slots])


def _value(slot: MemberDescriptorType, hook: Any) -> Any:
    try:
        return slot.__get__(hook)
    except AttributeError:  # it was never set
        return slot


def _one(first: Any, second: Any) -> bool:
    kind = type(first)
    return first is second or (kind is type(second) and kind in (int, float, complex, bool, str) and repr(first) == repr(second))


def _differ(found: tuple[Any, ...], known: tuple[Any, ...]) -> bool:
    return len(found) != len(known) or not all(map(_one, found, known))


def remembered(functions: Functions | None) -> tuple[PureHook, ...] | None:
    """Pure hooks as a program knows them."""
    return None if functions is None else tuple([PureHook(index, fn) for index, fn in functions])


class PureHooks:
    """The pure hooks of one kind on one target that stand in the program of a function, but for those that it registers itself.

    Attributes
    ----------
    hooks : Hooks
    owner : int or None
        The number of the tensor from outside that they are on, which may be another in each call.
    known : tuple of PureHook
        What was there when the function was traced.
    """

    __slots__ = ("hooks", "known", "owner")

    def __init__(self, hooks: Hooks, own: set[int], owner: int | None) -> None:
        self.hooks, self.owner = hooks, owner
        self.known = tuple([PureHook(0, fn) for key, fn in hooks.items() if key not in own])

    def changed(self, tensors: Sequence[Any]) -> bool:
        """Whether others are there now, or they know something else; `tensors` are those from outside."""
        hooks = self.hooks if self.owner is None else hooks_on(tensors[self.owner], self.hooks.kind)
        functions = () if hooks is None else tuple(hooks.values())
        return len(functions) != len(self.known) or not all(
            hook.like(0, fn) for hook, fn in zip(self.known, functions, strict=True)
        )


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

    def __init__(
        self, before: tuple[PureHook, ...] | None = (), after: tuple[PureHook, ...] | None = (), retains: bool = False
    ) -> None:
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

    def difference(self, other: Expected) -> str | None:
        """In what `other`, of a later program, is not allowed here; None if it is."""
        for mine, theirs, when in ((self.before, other.before, "before"), (self.after, other.after, "after")):
            if mine is not None and theirs is None:
                return f"hooks are called {when} it, and were not"
            if mine is not None and not same(mine, [(hook.index, hook.fn) for hook in theirs or ()]):
                return f"the pure hooks {when} it are others"
        return "its gradient is retained, and was not" if other.retains and not self.retains and self.before is not None else None

    def varied(self, other: Expected) -> Iterator[Any]:
        """The kinds of the pure hooks of `other`, in the place of others of the same kind, that know something else."""
        for mine, theirs in ((self.before, other.before), (self.after, other.after)):
            for old, new in zip(mine or (), theirs or (), strict=False):
                if old.index == new.index and not old.like(new.index, new.fn) and kind_of(old.fn) is kind_of(new.fn):
                    yield kind_of(new.fn)

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


def same(hooks: tuple[PureHook, ...], functions: Iterable[tuple[int, Callable[..., Any]]] | None) -> bool:
    """Whether `functions` compute the same as `hooks`."""
    if functions is None:
        return False
    functions = tuple(functions)
    return len(hooks) == len(functions) and all(hook.like(*one) for hook, one in zip(hooks, functions, strict=True))


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
