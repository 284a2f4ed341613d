"""A random program as one function of its leaves, to be compiled whole, beside an eager run of it.

The leaves are made, and hooks put on them, outside of the function; some of these hooks come and go between two calls. Inside
are operators, hooks on what they give, and the calls of `backward` and `grad`. What only Python does in there, such as telling of
each operator, happens when the function is traced and at no other time, so it is no part of the record: the events of hooks are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from wengert.compiled.trace import TracedArray

from .libraries import Library
from .programs import Behaviour, Call, Freeze, Hook, Leaf, Op, Program, Remove, Step, slots_made
from .run import Event, Run, family

#: What hooks cannot do in a compiled function, for the tensors of the function are there only while it is traced.
OF_THE_INSIDE = ("register", "retain", "nested_main")

#: What is done in Python, and so only while the function is traced.
NOT_RECORDED = ("F", "op", "call", "differentiable", "result", "grads")


@dataclass(frozen=True)
class Parts:
    """A program taken apart: what comes before the function, what is in it, and what comes between two calls."""

    before: tuple[Step, ...]
    inside: tuple[Step, ...]
    between: tuple[Step, ...]


def taken_apart(program: Program, *, tame: bool) -> Parts:
    """The parts of a program; with `tame` without what a compiled function refuses."""
    before: list[Step] = []
    inside: list[Step] = []
    between: list[Step] = []
    leaves = [n for n, step in enumerate(_makers(program)) if isinstance(step, Leaf)]
    outer: set[int] = set()
    removable = _on_leaves(program, leaves)
    called, hooks = False, 0
    for step in program.steps:
        match step:
            case Leaf():
                before.append(step)
            case Hook():
                step = _quiet(step, leaves, removable)
                on_leaves = [k in leaves for k in step.targets]
                name = hooks
                hooks += 1
                if all(on_leaves):
                    outer.add(name)
                    (between if called else before).append(_Named(name, step))
                elif not any(on_leaves):
                    inside.append(_Named(name, step))
            case Remove():
                if step.hook in outer:
                    between.append(step)
            case Freeze():
                between.append(step)
            case Op():
                inside.append(_tamed(step) if tame else step)
            case Call():
                called = True
                inside.append(step)
    return Parts(tuple(before), tuple(inside), tuple(between))


@dataclass(frozen=True)
class _Named:
    """A hook with its number in the program."""

    number: int
    hook: Hook


def _makers(program: Program) -> list[Step]:
    return [step for step in program.steps for _ in range(slots_made(step))]


def _on_leaves(program: Program, leaves: list[int]) -> set[int]:
    """The numbers of the hooks on leaves."""
    hooks = [step for step in program.steps if isinstance(step, Hook)]
    return {number for number, hook in enumerate(hooks) if all(k in leaves for k in hook.targets)}


def _quiet(hook: Hook, leaves: list[int], removable: set[int]) -> Hook:
    """`hook`, only logging where it would do something to tensors of the inside."""
    act = hook.behaviour
    on_leaves = all(k in leaves for k in hook.targets)
    # Nor may it register hooks, on leaves either: see `test_a_hook_that_a_hook_has_registered_in_the_first_call`.
    # And what is removed is a hook on a leaf: the others are the function's own, in each call anew.
    removes = (act.kind == "remove_self" and not on_leaves) or (
        act.kind == "remove_other" and not (on_leaves and int(act.number) in removable)
    )
    return replace(hook, behaviour=Behaviour()) if act.kind in OF_THE_INSIDE or removes else hook


def _tamed(op: Op) -> Op:
    nested = op.kind == "function" and op.option == "nested"
    return replace(op, option="plain") if nested else op


class Whole(Run):
    """A program whose inside is a function of the leaves.

    Attributes
    ----------
    function : callable
        It may be compiled; the method `inside` is what it is when nobody does.
    """

    def __init__(self, library: Library, program: Program, parts: Parts, compiled: Callable[[Any], Any] | None = None) -> None:
        super().__init__(library, program, task_needs=True)
        self.parts = parts
        self.results: list[Any] = []
        for step in parts.before:
            self.outside(step)
        self.leaves = [slot for slot in self.slots if slot is not None]
        self.function = self.inside if compiled is None else compiled(self.inside)

    # -- outside of the function
    def outside(self, step: Any) -> None:
        """Do a step where nothing is traced; hooks that are refused there are refused everywhere."""
        if isinstance(step, Leaf):
            self.slots.append(self.leaf(step))
            return
        try:
            if isinstance(step, _Named):
                self.register(step.hook, f"h{step.number}")
            elif isinstance(step, Remove):
                self.remove(f"h{step.hook}")
            else:
                self.slots[step.leaf].requires_grad_(False)
        except Exception as error:
            self.events.append(("error", family(error)))

    def between(self) -> None:
        """What is done between two calls: hooks come and go, and leaves get other values."""
        for step in self.parts.between:
            self.outside(step)
        self.change()

    def change(self) -> None:
        """Other values in the leaves."""
        with self.library.grad_mode(False):
            for leaf in self.leaves:
                self.library.write("add_", leaf, 0.0625)

    # -- the function
    def inside(self, *leaves: Any) -> list[Any]:
        """Do what is inside; gradients that were computed, and the values of all that was made."""
        self.slots, self.results = list(leaves), []
        for step in self.parts.inside:
            made: tuple[Any, ...] = (None,) * (slots_made(step) if not isinstance(step, _Named) else 0)
            match step:
                case Op():
                    made = self.op(step)
                case _Named():
                    self.register(step.hook, f"h{step.number}")
                case Call():
                    made = self.call(step) or made
            self.slots += made
        made_here = [t for t in self.slots[len(leaves) :] if t is not None]
        retained = [None if t.is_leaf else t.grad for t in made_here]
        found = [None if t is None else t.detach() for t in (*self.results, *made_here, *retained)]
        self.slots, self.results = list(leaves), []  # a program would leave nothing there, so `compile` would not make one
        return found

    def write(self, *event: Any) -> None:
        if event[0] == "result":
            self.results += event[1:]
        if event[0] not in NOT_RECORDED:
            super().write(*event)

    # -- what one call did
    def run(self) -> tuple[list[Event], BaseException | None]:
        """Call the function: the events of hooks, what it gave and what the leaves are like then, or what it raised."""
        self.slots = list(self.leaves)
        self.events = []
        error: BaseException | None = None
        given: Any = ()
        try:
            given = self.function(*self.leaves)
        except Exception as raised:
            error = raised
        record = [event for event in self.events if event[0] not in NOT_RECORDED]
        self.slots = list(self.leaves)
        if error is None:
            record.append(("given", *map(self.plain, given)))
            record += self.state()
        return record, error

    def state(self) -> list[Event]:
        """The leaves and their gradients."""
        return [("leaf", self.plain(leaf), self.plain(leaf.grad), bool(leaf.requires_grad)) for leaf in self.leaves]

    def identity(self) -> list[Any]:
        """The arrays and gradients of the leaves themselves."""
        return [(id(leaf._array), id(leaf.grad), isinstance(leaf._array, TracedArray)) for leaf in self.leaves]


class Outward(Whole):
    """A program whose inside is without its calls of `backward` and `grad`: these come after it, to what it has given."""

    def inside(self, *leaves: Any) -> list[Any]:
        """Do what is inside, but for the calls; all that was made."""
        self.slots = list(leaves)
        for step in self.parts.inside:
            made: tuple[Any, ...] = (None,) * (slots_made(step) if not isinstance(step, _Named) else 0)
            match step:
                case Op():
                    made = self.op(step)
                case _Named() if all(self.slots[k] is not None for k in step.hook.targets):
                    self.register(step.hook, f"h{step.number}")
            self.slots += made
        found, self.slots = self.slots[len(leaves) :], list(leaves)
        return found

    def run(self) -> tuple[list[Event], BaseException | None]:
        """Call the function, and what was called inside of it; the same record."""
        self.slots, self.results = list(self.leaves), []
        self.events = []
        error: BaseException | None = None
        given: list[Any] = []
        try:
            given = self.function(*self.leaves)
            self.slots = [*self.leaves, *given]
            for step in self.parts.inside:
                if isinstance(step, Call):
                    self.call(step)
        except Exception as raised:
            error = raised
        record = [event for event in self.events if event[0] not in NOT_RECORDED]
        record.append(("result", *map(self.plain, self.results)))
        if error is None:
            record.append(("given", *map(self.plain, given)))
            record.append(("retained", *[None if t is None or t.is_leaf else self.plain(t.grad) for t in given]))
        self.slots = list(self.leaves)
        return record + self.state(), error
