"""Rules of the state machines, in classes by what they are about."""

from __future__ import annotations

import gc
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import MultipleResults, consumes, multiple, precondition, rule

from random_graphs.programs import (
    ANY_HOOK,
    BEHAVIOURS,
    SHAPES,
    WRONG,
    Behaviour,
    Call,
    Delete,
    Freeze,
    Hook,
    Leaf,
    Op,
    Remove,
    SavedHooks,
    Step,
    Write,
    _broadcast,
    slots_made,
)

from .machine import HOOKS, TENSORS, Machine

Made = MultipleResults[int]


def rarely(one_in: int = 12) -> st.SearchStrategy[bool]:
    """True one time in so many."""
    return st.integers(0, one_in - 1).map(lambda number: number == one_in - 1)


class GraphRules(Machine):
    """Leaves, and operators on what is there."""

    @rule(target=TENSORS, shape=st.sampled_from(SHAPES), requires_grad=rarely().map(lambda rare: not rare))
    def leaf(self, shape: tuple[int, ...], requires_grad: bool) -> Made:
        return self.do(Leaf(shape, requires_grad))

    @rule(
        target=TENSORS,
        x=TENSORS,
        kind=st.sampled_from(("sin", "sin", "exp", "sum", "scale", "clone", "detach", "reshape")),
        no_grad=rarely(),
        saved=rarely(3),
    )
    def unary(self, x: int, kind: str, no_grad: bool, saved: bool) -> Made:
        shape = self.shape(x)
        if kind in ("exp", "sum", "scale") and not self.small(x):
            kind = "sin"
        option: Any = 0.5 if kind == "scale" else (1, *shape) if kind == "reshape" and len(shape) < 2 else shape[::-1]
        option = option if kind in ("scale", "reshape") else None
        return self.do(Op(kind, (x,), option, 1, SavedHooks() if saved else None, no_grad))

    @rule(target=TENSORS, x=TENSORS, y=TENSORS, kind=st.sampled_from(("add", "sub", "mul", "mul", "where")), no_grad=rarely())
    def binary(self, x: int, y: int, kind: str, no_grad: bool) -> Made:
        if _broadcast(self.shape(x), self.shape(y)) is None:
            y = x
        if not self.small(x, y):
            kind, y = "sub", x
        return self.do(Op(kind, (x, y), None, 1, None, no_grad))

    @rule(target=TENSORS, x=TENSORS)
    def unstack(self, x: int) -> Made:
        """An operator of several outputs."""
        shape = self.shape(x)
        return self.do(Op("unstack", (x,), None, shape[0])) if shape else multiple()

    @rule(target=TENSORS, x=TENSORS, y=TENSORS)
    def stack(self, x: int, y: int) -> Made:
        """An operator of several operands."""
        shape = self.shape(x)
        return self.do(Op("stack", (x, y if self.shape(y) == shape else x))) if len(shape) < 2 else multiple()

    @rule(target=TENSORS, x=TENSORS, y=TENSORS, kind=st.sampled_from(("plain", "plain", "nothing_saved", "raise")))
    def function(self, x: int, y: int, kind: str) -> Made:
        """A Function of the user's own, of two outputs."""
        y = y if self.shape(y) == self.shape(x) else x
        return self.do(Op("function", (x, y), kind, 2)) if self.small(x, y) else multiple()

    @rule(x=TENSORS, rare=rarely())
    def freeze(self, x: int, rare: bool) -> None:
        """A leaf stops requiring grad, whatever was built on it."""
        if rare and isinstance(self.maker(x), Leaf):
            self.do(Freeze(x))


class ViewRules(Machine):
    """Tensors that share memory (besides those of `reshape`, `unstack` and `detach`)."""

    @rule(target=TENSORS, x=TENSORS, kind=st.sampled_from(("row", "part", "widened")))
    def view(self, x: int, kind: str) -> Made:
        shape = self.shape(x)
        return self.do(Op(kind, (x,))) if (len(shape) < 2 if kind == "widened" else shape) else multiple()


class InPlaceRules(Machine):
    """Operators in place, on tensors of every kind: most are refused, or change the graph."""

    @rule(
        x=TENSORS,
        y=TENSORS,
        kind=st.sampled_from(("add_", "mul_", "copy_", "setitem", "zero_")),
        with_number=st.booleans(),
        no_grad=rarely(4),
    )
    def write(self, x: int, y: int, kind: str, with_number: bool, no_grad: bool) -> None:
        shape = self.shape(x)
        fits = self.shape(y) in ((), shape[1:] if kind == "setitem" else shape)
        if kind == "setitem" and not shape:
            kind = "add_"
        value = None if with_number or kind == "zero_" or not fits or self.overlap(x, y) else y
        if self.may_write(x) and (kind != "mul_" or value is None or self.small(x, value)):
            self.do(Write(kind, x, value, no_grad and not self.has_pieces(x)))

    def overlap(self, x: int, y: int) -> bool:
        """Whether `y` is a part of the memory that `x` is in: PyTorch refuses to read what it is writing to."""
        return x != y and self.root(x) is self.root(y)

    def root(self, x: int) -> Any:
        tensor = self.tensor(x)
        return tensor if tensor._base is None else tensor._base

    def has_pieces(self, x: int) -> bool:
        """Whether an operator has cut the memory that `x` is in into several views: unrecorded writes make them unusable."""
        root = self.root(x)
        made = [slot for slot in range(self.slots) if self.tensor(slot) is not None]
        return any(self.of_view(slot) and self.root(slot) is root for slot in made)

    def may_write(self, x: int) -> bool:
        """Not into the memory of what `grad` gave (W9), nor outputs of a Function, whose retained gradient PyTorch loses (W2).

        A view is in the same memory, also when nobody has what it was made of any more: another result may be the same tensor.
        """
        maker = self.maker(x)
        if isinstance(maker, Call) or (isinstance(maker, Op) and maker.kind == "function"):
            return False
        return not (self.tensor(x)._is_view() and x in self.of_gradients())

    def of_gradients(self) -> set[int]:
        """The slots of gradients, and of what was made of them."""
        found: set[int] = set()
        slot = 0
        for step in self.steps:
            made = range(slot, slot := slot + slots_made(step))
            if isinstance(step, Call) or (isinstance(step, Op) and not found.isdisjoint(step.args)):
                found.update(made)
        return found

    def admits(self, step: Step) -> bool:
        # Under saved-tensor hooks PyTorch sees no write (W12).
        return super().admits(step) and not (isinstance(step, Op) and step.saved is not None)


class HookRules(Machine):
    """Hooks of every kind, registered and removed between runs and during them."""

    @rule(target=HOOKS, x=TENSORS, data=st.data())
    def tensor_hook(self, x: int, data: st.DataObject) -> Made:
        return self.register(Hook("T", (x,), data.draw(behaviours("T", x))))

    @rule(target=HOOKS, x=TENSORS, kind=st.sampled_from("PN"), data=st.data())
    def node_hook(self, x: int, kind: str, data: st.DataObject) -> Made:
        return self.register(Hook(kind, (x,), data.draw(behaviours(kind, x))))

    @rule(target=HOOKS, which=st.integers(0, 3), data=st.data())
    def post_accumulate_grad_hook(self, which: int, data: st.DataObject) -> Made:
        leaves = [x for x in range(self.slots) if isinstance(self.maker(x), Leaf) and self.tensor(x) is not None]
        if not leaves:
            return multiple()
        x = leaves[which % len(leaves)]
        return self.register(Hook("A", (x,), data.draw(behaviours("A", x))))

    @rule(x=TENSORS)
    def retain_grad(self, x: int) -> None:
        self.register(Hook("R", (x,)))

    @rule(target=HOOKS, xs=st.lists(TENSORS, min_size=1, max_size=3), kind=st.sampled_from(("M_any", "M_all")))
    def multi_grad_hook(self, xs: list[int], kind: str) -> Made:
        """Not on pieces whose base was written to: PyTorch refuses some of them when the gradient is asked for, and some here."""
        return self.register(Hook(kind, tuple(xs))) if all(map(self.has_place, xs)) else multiple()

    def has_place(self, x: int) -> bool:
        try:
            self.tensor(x).grad_fn
        except RuntimeError:
            return False
        return True

    @rule(number=consumes(HOOKS))
    def remove(self, number: int) -> None:
        self.do(Remove(number))

    def register(self, hook: Hook) -> Made:
        """The number of the hook, for the bundle of hooks."""
        before = len(self.steps)
        self.do(hook)
        if len(self.steps) == before:  # not admitted
            return multiple()
        self.hooks += 1
        return multiple(self.hooks - 1)


@st.composite
def behaviours(draw: st.DrawFn, kind: str, x: int) -> Behaviour:
    """What a hook of this kind does besides writing down that it was called."""
    name = draw(st.sampled_from((*ANY_HOOK, *BEHAVIOURS[kind] * 2, "wrong")))
    match name:
        case "scale":
            return Behaviour(name, draw(st.sampled_from((-1.0, 0.5, 2.0))))
        case "drop" | "remove_other":
            return Behaviour(name, draw(st.integers(0, 1)))
        case "register":
            return Behaviour(name, 0, Hook(draw(st.sampled_from("TPNR")), (x,)))
        case "retain" | "nested_main":
            return Behaviour(name, x)
        case "raise":
            return Behaviour(name, draw(st.integers(1, 2)))
        case "callback":
            return Behaviour(name, draw(st.integers(0, 1)))
        case "wrong":
            return Behaviour("wrong_" + draw(st.sampled_from(WRONG[kind])), draw(st.integers(1, 2)))
    return Behaviour(name)


class RunRules(Machine):
    """Backward passes, with and without what may be asked of them."""

    @rule(
        roots=st.lists(TENSORS, min_size=1, max_size=2),
        retain_graph=st.sampled_from((True, True, True, None, False)),
        create_graph=rarely(),
        no_grad=rarely(),
    )
    def backward(self, roots: list[int], retain_graph: bool | None, create_graph: bool, no_grad: bool) -> None:
        gradients = ("given",) * len(roots)
        options = {"retain_graph": retain_graph, "create_graph": create_graph, "no_grad": no_grad}
        self.do(Call("backward", tuple(roots), gradients, None, **options))

    @rule(root=TENSORS, inputs=st.lists(TENSORS, min_size=1, max_size=2), edges=rarely())
    def backward_into(self, root: int, inputs: list[int], edges: bool) -> None:
        """Into leaves only: into interior tensors the libraries differ for good (W17)."""
        leaves = tuple(x for x in inputs if isinstance(self.maker(x), Leaf))
        if leaves:
            self.do(Call("backward", (root,), ("given",), leaves, retain_graph=True, edges=edges))

    @rule(
        target=TENSORS,
        root=TENSORS,
        inputs=st.lists(TENSORS, min_size=1, max_size=3),
        retain_graph=st.sampled_from((True, True, None, False)),
        create_graph=st.booleans(),
        allow_unused=st.sampled_from((True, True, None)),
        materialize=rarely(),
    )
    def grad(
        self,
        root: int,
        inputs: list[int],
        retain_graph: bool | None,
        create_graph: bool,
        allow_unused: bool | None,
        materialize: bool,
    ) -> Made:
        options = {"retain_graph": retain_graph, "create_graph": create_graph, "allow_unused": allow_unused}
        return self.do(Call("grad", (root,), ("given",), tuple(inputs), materialize=materialize, **options))


class LifetimeRules(Machine):
    """Tensors go, and with them what nobody else holds."""

    @rule(slot=consumes(TENSORS))
    @precondition(lambda self: self.slots > 2)
    def delete(self, slot: int) -> None:
        self.do(Delete(slot))

    @rule(rare=rarely())
    def collect(self, rare: bool) -> None:
        """Cycles of graphs and hooks go, too."""
        if rare:
            gc.collect()
