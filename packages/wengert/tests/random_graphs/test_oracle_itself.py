"""Tests of the tests: the oracle agrees with PyTorch where told to, and comparisons fail when an engine is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from choices import many

from .examples import EXAMPLES
from .libraries import Torch
from .oracle import PYTORCH, Engine, Ready, Task
from .oracle_graph import Grad, Node, Tensor
from .oracle_ops import Oracle
from .programs import Behaviour, Call, Hook, Leaf, Op, Program, SavedHooks, programs
from .restrict import RESTRICTIONS, restricted
from .run import Value, difference, run

QUICK = settings(
    max_examples=600, deadline=None, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


@settings(max_examples=many(700), deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_in_pytorchs_dialect_the_oracle_is_pytorch(program: Program) -> None:
    """Warts and all: only what crashes PyTorch, and its views made without grad mode (W3), are taken out.

    And what `restrict` takes out is all that the dialects differ in. (Drawing a program takes longer than running it.)
    """
    pytest.importorskip("torch")
    with_warts = restricted(program, ("crashes", "W3"))
    found = difference(run(Torch(), with_warts), run(Oracle(PYTORCH), with_warts))
    assert found is None, f"PyTorch (one) and the oracle (other): {found}\n{with_warts}"

    program = restricted(program, RESTRICTIONS)
    found = difference(run(Oracle(), program, task_needs=False), run(Oracle(PYTORCH), program, task_needs=False))
    assert found is None, f"the oracle's two dialects: {found}\n{program}"


def _differ(program: Program, dialect: frozenset[str]) -> bool:
    return difference(run(Oracle(), program, task_needs=False), run(Oracle(dialect), program, task_needs=False)) is not None


@pytest.mark.parametrize("wart", sorted(PYTORCH))
def test_every_wart_makes_a_difference(wart: str) -> None:
    """No dialect is there for nothing: a program tells it from Wengert's, and no longer does so when restricted."""
    program = EXAMPLES[wart]
    assert _differ(program, frozenset({wart}))
    assert not _differ(restricted(program, [wart]), frozenset({wart}))


@pytest.mark.parametrize("wart", sorted(EXAMPLES))
def test_examples_of_warts_in_pytorch(wart: str) -> None:
    """PyTorch does have the wart."""
    pytest.importorskip("torch")
    assert difference(run(Torch(), EXAMPLES[wart]), run(Oracle(PYTORCH), EXAMPLES[wart])) is None


@pytest.fixture(scope="module")
def pool() -> list[tuple[Program, list[Any]]]:
    """Random programs and what the oracle says to them, drawn once for the tests that look for one that tells."""
    drawn: list[tuple[Program, list[Any]]] = []

    @QUICK
    @given(programs(max_ops=14, max_hooks=16, max_calls=6))
    def draw(program: Program) -> None:
        drawn.append((program, run(Oracle(), program)))

    draw()
    return drawn


# -- engines that are wrong in one thing each --------------------------------------------------------------------------
class HooksBackwards(Engine):
    """The last tensor hook fires first."""

    def tensor_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        for hooks in node.tensor_hooks.values():
            turned = dict(reversed(hooks.items()))
            hooks.clear()
            hooks.update(turned)
        return super().tensor_hooks(node, grads)


class HookDropped(Engine):
    """The second of several node pre-hooks does not fire."""

    def pre_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        for key in list(node.pre_hooks)[1:2]:
            del node.pre_hooks[key]
        return super().pre_hooks(node, grads)


class HooksNotSnapshotted(Engine):
    """A tensor hook that an earlier one removed does not fire (against H5.1)."""

    def tensor_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        grads = list(grads)
        for k in sorted(node.tensor_hooks):
            hooks = node.tensor_hooks[k]
            for key in list(hooks):
                if key in hooks:
                    grads[k] = self.replaced(grads[k], hooks[key](grads[k]))
        return grads


class SummedTwice(Engine):
    """A second gradient for the same place counts twice."""

    def add(self, one: Grad, other: Grad) -> Grad:
        total = super().add(one, other)
        return total if one is None or other is None else self.ops.add(total, other)


class OldestFirst(Engine):
    """Of the ready nodes the one made first runs first (against E2.3)."""

    def pop(self, ready: list[Ready]) -> Ready:
        return ready.pop(min(range(len(ready)), key=lambda k: ready[k].rank))


class LeavesLast(Engine):
    """Leaves wait until nothing else is ready."""

    def pop(self, ready: list[Ready]) -> Ready:
        return ready.pop(max(range(len(ready)), key=lambda k: (ready[k].node.leaf is None, ready[k].rank, -k)))


class LatestLeafFirst(Engine):
    """Of the ready leaves the one that was ready last goes first (against W11)."""

    def pop(self, ready: list[Ready]) -> Ready:
        return ready.pop(max(range(len(ready)), key=lambda k: (ready[k].rank, k)))


class RetainsFirst(Engine):
    """The retained gradient is taken before the tensor's hooks."""

    def tensor_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        super().retain(self.state.tasks[-1], node, grads)
        return super().tensor_hooks(node, grads)

    def retain(self, task: Task, node: Node, grads: list[Grad]) -> None:
        pass


class PostHooksSeeRaw(Engine):
    """Node post-hooks see the gradients from before the pre-hooks."""

    def pre_hooks(self, node: Node, grads: list[Grad]) -> list[Grad]:
        self.before = list(grads)
        return super().pre_hooks(node, grads)

    def run_post_hooks(self, node: Node, results: list[Grad], grads: list[Grad]) -> list[Grad]:
        return super().run_post_hooks(node, results, self.before if grads else grads)


class PostAccumulateFirst(Engine):
    """Post-accumulate-grad hooks run before `.grad` is written."""

    def accumulate(self, leaf: Tensor, grad: Grad, create: bool) -> None:
        hooks, leaf.post_hooks = leaf.post_hooks, {}
        for hook in list(hooks.values()):
            hook(leaf)
        super().accumulate(leaf, grad, create)
        leaf.post_hooks = hooks


class Overwrites(Engine):
    """`.grad` is replaced and not added to."""

    def stored(self, old: Grad, new: Tensor, create: bool) -> Tensor:
        return super().stored(None, new, create)


class NeverReleases(Engine):
    """A second backward succeeds without retain_graph."""

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        task.keep = True
        super().evaluate(task, node, grads)


class AlwaysReleases(Engine):
    """retain_graph is ignored."""

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        task.keep = False
        super().evaluate(task, node, grads)


class ReleasesOnError(Engine):
    """A node whose hook raised loses what it saved (against E10.2)."""

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        try:
            super().evaluate(task, node, grads)
        except BaseException:
            node.released = True
            raise


class SwallowsErrors(Engine):
    """An exception in a node post-hook is lost."""

    def run_post_hooks(self, node: Node, results: list[Grad], grads: list[Grad]) -> list[Grad]:
        try:
            return super().run_post_hooks(node, results, grads)
        except Exception:
            return results


class Unchecked(Engine):
    """Hooks may return a gradient of any size or dtype."""

    def checked(self, old: Grad, new: Grad) -> Grad:
        return old if isinstance(new, Tensor) and old is not None and new.shape != old.shape else super().checked(old, new)


class RunsEverything(Engine):
    """`inputs` do not restrict which nodes run."""

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        task.running = None
        super().evaluate(task, node, grads)


class CallbacksBackwards(Engine):
    """Of two queued callbacks the later one runs first."""

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        before = len(task.callbacks)
        super().evaluate(task, node, grads)
        task.callbacks[:] = task.callbacks[before:] + task.callbacks[:before]


class NotRecorded(Engine):
    """create_graph gives gradients that cannot be differentiated."""

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        with self.state.mode(False):
            super().evaluate(task, node, grads)


class SecondOutputLost(Engine):
    """Gradients of all outputs but the first are dropped."""

    def evaluate(self, task: Task, node: Node, grads: list[Grad]) -> None:
        super().evaluate(task, node, [grad if k == 0 else None for k, grad in enumerate(grads)])


WRONG: list[type[Engine]] = [
    HooksBackwards, HookDropped, HooksNotSnapshotted, SummedTwice, OldestFirst, LeavesLast, LatestLeafFirst, RetainsFirst,
    PostHooksSeeRaw, PostAccumulateFirst, Overwrites, NeverReleases, AlwaysReleases, ReleasesOnError, SwallowsErrors,
    Unchecked, RunsEverything, CallbacksBackwards, NotRecorded, SecondOutputLost,
]  # fmt: skip


@pytest.mark.parametrize("engine", WRONG, ids=lambda engine: engine.__name__)
def test_a_wrong_engine_is_found_out(engine: type[Engine], pool: list[tuple[Program, list[Any]]]) -> None:
    """A comparison that could not fail would be worth nothing."""
    assert any(difference(record, run(Oracle(engine=engine), program)) is not None for program, record in pool)


# -- the comparison and the programs -----------------------------------------------------------------------------------
ONE = Value((2,), (1.0, 2.0))
RECORD: list[Any] = [("call", "grad"), ("T", "h0", ONE), ("N", "h1", (ONE, None), (ONE,)), ("error", "TypeError")]


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record[:-1],
        lambda record: [*record, ("call", "grad")],
        lambda record: [record[0], record[2], record[1], record[3]],
        lambda record: [record[0], ("T", "h0", None), *record[2:]],
        lambda record: [record[0], ("T", "h2", ONE), *record[2:]],
        lambda record: [record[0], ("T", "h0", Value((2,), (1.0, 2.00001))), *record[2:]],
        lambda record: [record[0], ("T", "h0", Value((2, 1), (1.0, 2.0))), *record[2:]],
        lambda record: [*record[:2], ("N", "h1", (ONE,), (ONE,)), record[3]],
        lambda record: [*record[:3], ("error", "ValueError")],
    ],
)
def test_records_that_differ_in_one_thing_differ(change: Callable[[list[Any]], list[Any]]) -> None:
    assert difference(RECORD, change(RECORD)) is not None


def test_rounding_is_no_difference() -> None:
    near = [RECORD[0], ("T", "h0", Value((2,), (1.0 + 1e-13, 2.0))), *RECORD[2:]]
    assert difference(RECORD, near) is None


def test_programs_print_as_they_are_written() -> None:
    """A failing program can be pasted into a test."""
    inner = Hook("T", (0,), Behaviour("scale", 2.0))
    program = Program((
        Leaf((2,)), Op("unstack", (0,), outputs=2, saved=SavedHooks(unpack="raise")),
        Hook("P", (1,), Behaviour("register", hook=inner)),
        Call("grad", (1,), inputs=(0,), create_graph=True), Op("sin", (3,)),
    ))  # fmt: skip
    assert eval(repr(program)) == program
    assert "# slot 1, 2" in repr(program)
    assert "# slot 4" in repr(program)


def test_random_programs_meet_everything(pool: list[tuple[Program, list[Any]]]) -> None:
    """Every kind of event and of error turns up among the drawn programs, and most calls succeed."""
    seen: Counter[str] = Counter()
    for _, record in pool:
        for event in record:
            seen[" ".join(event) if event[0] == "error" else event[0]] += 1
    kinds = ["T", "P", "N", "A", "M_all", "M_any", "F", "pack", "unpack", "callback", "nested", "result", "grads"]
    errors = [f"error {name}" for name in ("BoomError", "RuntimeError", "TypeError", "ValueError")]
    assert all(seen[kind] >= 5 for kind in (*kinds, *errors)), seen
    assert not any("unexpected" in kind for kind in seen), seen
    assert seen["error RuntimeError"] < seen["call"] / 2, seen
