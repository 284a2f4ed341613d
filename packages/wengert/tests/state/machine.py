"""What every state machine here has: one program, run step by step over two libraries that must not differ.

A step is plain data (`random_graphs.programs`). A rule draws one and hands it to `Machine.do`, which runs it in both libraries
and compares everything that can be seen: the events it caused, the kind of its error, and then of every tensor that is still
there what it is and where in the graph. A failure prints the steps as a `Program`, to be pasted into a test.

Rules come in classes of their own, by what they are about (`rules.py`), and a machine is put together from some of them. New
kinds of steps need a dataclass in `programs.py`, a case in `run.Run.do`, and a class of rules; nothing here knows which there
are. What is to be compared besides goes into `facts`.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from hypothesis.stateful import Bundle, MultipleResults, RuleBasedStateMachine, initialize, invariant, multiple

from random_graphs.libraries import Library, Torch, Wengert
from random_graphs.programs import Leaf, Op, Program, Step, slots_made
from random_graphs.restrict import RESTRICTIONS, restricted
from random_graphs.run import Event, Run, difference

#: The numbers of slots that hold tensors.
TENSORS: Bundle[int] = Bundle("tensors")
#: The numbers of hooks.
HOOKS: Bundle[int] = Bundle("hooks")

#: Products and exponentials of larger values are not taken: the engine is tested, and not the arithmetic.
LARGEST = 8.0


class Side(Run):
    """The program in one library. Unlike `Run` it keeps no nodes alive but those of leaves, so that graphs may die."""

    def __init__(self, library: Library) -> None:
        super().__init__(library, Program(()), task_needs=False)

    def keep(self, tensors: list[Any]) -> None:
        # In PyTorch the hooks on a leaf's node die with the last graph (W13).
        self.nodes += [self.library.node(t) for t in tensors if _is_leaf(t)]

    def taken(self) -> list[Event]:
        """What was written down since the last time."""
        events, self.events = self.events, []
        return events


def _is_leaf(tensor: Any) -> bool:
    try:
        return tensor.is_leaf
    except RuntimeError:  # V3: of a piece whose base was written to PyTorch does not even say that
        return False


def facts(side: Side) -> list[Event]:
    """What can be seen of each tensor."""
    found: list[Event] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # reading .grad of a tensor that is no leaf
        for slot, tensor in enumerate(side.slots):
            if tensor is not None:
                place = (bool(tensor.requires_grad), bool(tensor.is_leaf))
                found.append(("tensor", slot, *place, side.plain(tensor), side.plain(tensor.grad)))
    return found


class Machine(RuleBasedStateMachine):
    """Two libraries and the program so far."""

    libraries: ClassVar[tuple[Callable[[], Library], Callable[[], Library]]] = (Torch, Wengert)
    warts: ClassVar[Iterable[str]] = tuple(RESTRICTIONS)  # what the two do differently on purpose
    look: ClassVar[Callable[[Side], list[Event]]] = staticmethod(facts)

    def __init__(self) -> None:
        super().__init__()
        self.sides = [Side(make()) for make in self.libraries]
        self.steps: list[Step] = []
        self.slots = 0
        self.hooks = 0

    @initialize(target=TENSORS)
    def begin(self) -> int:
        """There is always a leaf to begin with."""
        self.do(Leaf((2,)))
        return 0

    # -- steps -----------------------------------------------------------------------------------------

    def admits(self, step: Step) -> bool:
        """Whether the step speaks of nothing that the libraries do differently on purpose."""
        program = Program((*self.steps, step))
        return restricted(program, self.warts) == program

    def do(self, step: Step) -> MultipleResults[int]:
        """Run the step in both libraries; the slots that it has filled, for the bundle of tensors."""
        if not self.admits(step):
            return multiple()
        self.steps.append(step)
        for side in self.sides:
            side.do(step)
        self.compare([side.taken() for side in self.sides])
        made = range(self.slots, self.slots + slots_made(step))
        self.slots += len(made)
        return multiple(*(slot for slot in made if self.tensor(slot) is not None))

    def tensor(self, slot: int) -> Any:
        """The tensor in a slot, of the library under test; None if it could not be made or was deleted."""
        return self.sides[1].slots[slot]

    def shape(self, slot: int) -> tuple[int, ...]:
        return tuple(self.tensor(slot).shape)

    def small(self, *slots: int) -> bool:
        """Whether values may still grow."""
        arrays = [self.sides[1].library.array(self.tensor(slot)) for slot in slots]
        return all(abs(array).max(initial=0.0) <= LARGEST for array in arrays)

    def maker(self, slot: int) -> Step:
        """The step that filled a slot."""
        made = 0
        for step in self.steps:
            made += slots_made(step)
            if slot < made:
                return step
        raise AssertionError(f"slot {slot} was never filled")

    def of_view(self, slot: int) -> bool:
        """Whether the tensor is an output of an operator that gives several, or here happens to give one."""
        step = self.maker(slot)
        return isinstance(step, Op) and (step.outputs > 1 or step.kind == "unstack")

    # -- comparing -------------------------------------------------------------------------------------

    def compare(self, records: list[list[Event]]) -> None:
        found = difference(*records)
        names = " and ".join(side.library.name for side in self.sides)
        assert found is None, f"{names}: {found}\n{Program(tuple(self.steps))!r}"

    @invariant()
    def tensors_are_the_same(self) -> None:
        """After each step, every tensor."""
        self.compare([type(self).look(side) for side in self.sides])

    def teardown(self) -> None:
        self.sides.clear()
        gc.collect(0)
