"""State machines: programs of any steps in any order, compared after each step (rules G, E, F, H, S)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set as AbstractSet
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from choices import many
from random_graphs.libraries import Wengert
from random_graphs.oracle import Engine
from random_graphs.oracle_graph import Grad, Node
from random_graphs.oracle_ops import Oracle
from random_graphs.programs import Call, Delete, Leaf, Op
from random_graphs.run import Event

from .machine import Side, facts
from .rules import GraphRules, HookRules, InPlaceRules, LifetimeRules, RunRules, ViewRules

QUICK: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def more_facts(side: Side) -> list[Event]:
    """What PyTorch has besides what the oracle has."""
    tensors = ((slot, tensor) for slot, tensor in enumerate(side.slots) if tensor is not None)
    return facts(side) + [("place", slot, tensor.output_nr, tensor.retains_grad) for slot, tensor in tensors]


class BesidePyTorch(GraphRules, HookRules, RunRules, LifetimeRules):
    """PyTorch beside Wengert, without what they do differently on purpose."""

    look = staticmethod(more_facts)


def facts_of_memory(side: Side, gradients: AbstractSet[int]) -> list[Event]:
    """Besides, what a write changes. Reading `grad_fn` places views anew, before a hook can be put on the old place (W4).

    Whether what a derivative makes is a view of something that nobody has is the derivative's own affair.
    """
    found: list[Event] = []
    for slot, tensor in enumerate(side.slots):
        if tensor is not None:
            try:
                place = tensor.grad_fn is not None
            except RuntimeError:  # V3: a piece whose base was written to
                place = "refused"
            view = () if slot in gradients else (tensor._is_view(), tensor._base is not None)
            found.append(("memory", slot, place, tensor._version, *view))
            if place != "refused":
                found.append(("tensor", slot, bool(tensor.requires_grad), side.plain(tensor)))
    return found


class SharingBesidePyTorch(GraphRules, ViewRules, InPlaceRules, HookRules, RunRules, LifetimeRules):
    """The same with views and operators in place."""

    @invariant()
    def tensors_are_the_same(self) -> None:
        gradients = self.of_gradients()
        self.compare([facts_of_memory(side, gradients) for side in self.sides])


class BesideTheOracle(GraphRules, HookRules, RunRules, LifetimeRules):
    """The oracle beside Wengert: also what they do differently from PyTorch."""

    libraries = (Oracle, Wengert)
    warts = ()


def test_beside_pytorch() -> None:
    pytest.importorskip("torch")
    run_state_machine_as_test(BesidePyTorch, settings=settings(max_examples=many(40), stateful_step_count=40, **QUICK))


def test_shared_memory_beside_pytorch() -> None:
    """V, H4, S1."""
    pytest.importorskip("torch")
    run_state_machine_as_test(SharingBesidePyTorch, settings=settings(max_examples=many(40), stateful_step_count=40, **QUICK))


def test_nothing_writes_into_a_gradient_of_which_a_view_is_left() -> None:
    """W9: two results are one tensor in PyTorch; a view of one of them would show it also after that one is gone."""
    pytest.importorskip("torch")
    state = SharingBesidePyTorch()
    state.do(Leaf((2,)))
    state.do(Call("grad", (0,), ("given",), (0, 0), retain_graph=True, create_graph=True, allow_unused=True))
    state.do(Op("unstack", (2,), outputs=2))
    assert [state.may_write(slot) for slot in range(5)] == [True, False, False, False, False]
    state.do(Delete(2))
    assert not state.may_write(3)
    state.do(Op("mul", (3, 3)))
    assert state.may_write(5)


def test_a_single_piece_is_a_piece() -> None:
    """V3, W4: unrecorded writes to what `unstack` gave are left out, also where it gave one view alone."""
    pytest.importorskip("torch")
    state = SharingBesidePyTorch()
    state.do(Leaf((2,)))
    state.do(Op("part", (0,)))
    assert not state.has_pieces(1)
    state.do(Op("unstack", (1,)))
    assert all(map(state.has_pieces, range(3)))


def test_beside_the_oracle() -> None:
    run_state_machine_as_test(BesideTheOracle, settings=settings(max_examples=many(40), stateful_step_count=40, **QUICK))


# -- tests of the test ---------------------------------------------------------------------------------------------------
class SummedTwice(Engine):
    """A second gradient for the same place counts twice."""

    def add(self, one: Grad, other: Grad) -> Grad:
        total = super().add(one, other)
        return total if one is None or other is None else self.ops.add(total, other)


class ForgetsRetained(Engine):
    """Gradients of interior tensors are kept only if somebody holds a hook there, too."""

    def retain(self, task: Any, node: Node, grads: list[Grad]) -> None:
        if node.tensor_hooks:
            super().retain(task, node, grads)


class AlwaysReleases(Engine):
    """retain_graph is ignored."""

    def evaluate(self, task: Any, node: Node, grads: list[Grad]) -> None:
        task.keep = False
        super().evaluate(task, node, grads)


class HooksBackwards(Engine):
    """The last tensor hook fires first."""

    def tensor_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        for hooks in node.tensor_hooks.values():
            turned = dict(reversed(hooks.items()))
            hooks.clear()
            hooks.update(turned)
        return super().tensor_hooks(node, grads)


class MisplacedOracle(Oracle):
    """Says of results that they are leaves."""

    def op(self, *args: Any, **kwargs: Any) -> Any:
        made = super().op(*args, **kwargs)
        for tensor in made:
            tensor.edge = None
        return made


@pytest.mark.parametrize("engine", [SummedTwice, ForgetsRetained, AlwaysReleases, HooksBackwards, None])
def test_a_wrong_library_is_found_out(engine: type[Engine] | None) -> None:
    """A machine that could not fail would be worth nothing."""

    class Wrong(BesideTheOracle):
        libraries = (Oracle, MisplacedOracle if engine is None else lambda: Oracle(engine=engine))

    few = settings(max_examples=300, stateful_step_count=40, derandomize=True, database=None, phases=[Phase.generate], **QUICK)
    with pytest.raises(AssertionError, match="oracle and oracle"):
        run_state_machine_as_test(Wrong, settings=few)


def test_programs_get_somewhere() -> None:
    """Most steps are admitted, hooks of most kinds fire, and most runs succeed."""
    seen: Counter[str] = Counter()

    class Counted(BesidePyTorch):
        def compare(self, records: list[list[Event]]) -> None:
            for event in records[0]:
                seen[event[0]] += event[0] != "tensor" and event[0] != "place"
            super().compare(records)

        def do(self, step: Any) -> Any:
            seen["drawn"] += 1
            before = len(self.steps)
            made = super().do(step)
            seen["admitted"] += len(self.steps) > before
            return made

    few = settings(max_examples=60, stateful_step_count=40, derandomize=True, database=None, phases=[Phase.generate], **QUICK)
    pytest.importorskip("torch")
    run_state_machine_as_test(Counted, settings=few)
    assert seen["admitted"] > 0.7 * seen["drawn"], seen
    kinds = ["op", "T", "P", "N", "A", "M_any", "M_all", "F", "pack", "call", "grads", "result", "error", "nested"]
    assert all(seen[kind] >= 3 for kind in kinds), seen
    assert seen["error"] < seen["call"], seen
