"""`explain` tells what a backward will do; what it tells comes true (rules E2, E7.1, H1)."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import wengert as wg
from random_graphs.libraries import Wengert
from random_graphs.programs import Behaviour, Program, programs
from random_graphs.restrict import _each_hook
from random_graphs.run import run
from wengert.autograd.graph import saved_tensors_hooks
from wengert.autograd.interpreter import Interpreter, installed
from wengert.errors import NoGraphError, NonScalarError
from wengert.observe import Plan, explain


def leaf(*values):
    return wg.tensor(list(values), requires_grad=True)


# what comes true


class Recorder(Interpreter):
    """Writes down which nodes and hooks the outermost run meets."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []
        self.given: set[Any] = set()  # accumulators that had something to add

    def note(self, event: Any) -> None:
        if wg.autograd.modes.current().depth == 1:
            self.events.append(event)

    def visit(self, node, grad, wanted, recorded):
        self.note(node)
        return super().visit(node, grad, wanted, recorded)

    def hook(self, call, args):
        self.note(call.fn)
        return super().hook(call, args)

    def retain(self, tensor, grad):
        self.note("retain_grad")
        super().retain(tensor, grad)

    def accumulate(self, node, box):
        self.note(node)
        self.given.add(node)
        super().accumulate(node, box)


def foretold(plan: Plan, given: set[Any]) -> list[Any]:
    """The events that follow from a plan, if these accumulators get a gradient."""
    events: list[Any] = []
    for row in plan:
        before = [h for h in row.hooks if h.kind in ("tensor hook", "retain_grad", "node pre-hook")]
        after = [h for h in row.hooks if h not in before]
        events += ["retain_grad" if h.kind == "retain_grad" else h.fn for h in before]
        if row.runs and (row.leaf is None or row.node in given):
            events.append(row.node)
        events += [h.fn for h in after if h.kind != "post-accumulate-grad hook" or row.node in given]
    return events


def came_true(expected: list[Any], events: list[Any], failed: bool) -> bool:
    """All of it in this order, or its beginning if the run failed; where there is no gradient none is retained."""
    rest = iter(expected)
    in_order = all(event in rest for event in events)
    told, came = ([e for e in some if e != "retain_grad"] for some in (expected, events))
    return in_order and told[: len(came)] == came and (failed or len(told) == len(came))


class Foretold(Wengert):
    """Wengert, with every backward foretold; what came otherwise is put on a list."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[Any] = []
        self.told = 0

    def backward(self, *args: Any, **kwargs: Any) -> None:
        if wg.autograd.graph.current_task_id() != -1:
            super().backward(*args, **kwargs)
            return
        try:
            plan = explain(args[0], gradient=args[1] if len(args) > 1 else None, inputs=kwargs.get("inputs"))
        except Exception as error:
            with pytest.raises(type(error), match=re.escape(str(error))):
                super().backward(*args, **kwargs)
            raise
        failed = True
        with installed(Recorder()) as book:
            try:
                super().backward(*args, **kwargs)
                failed = False
            finally:
                expected = foretold(plan, book.given)
                if not came_true(expected, book.events, failed):
                    self.wrong.append((plan, expected, book.events))
                self.told += 1


STEADY = ("log", "scale", "same", "clear", "raise", "nested_small", "callback")


def steadied(program: Program) -> Program:
    """Without hooks that register, remove or take away what the plan has told of."""
    return _each_hook(
        program, lambda h: h if h.behaviour.kind in STEADY else type(h)(h.kind, h.targets, Behaviour())
    )


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_plan_comes_true(program: Program) -> None:
    """E2, E2.5, H1, H2: nodes and hooks, in this order, and not one more or less unless one of them raises."""
    library = Foretold()
    run(library, steadied(program))
    assert not library.wrong, f"{program}\n{library.wrong[0]}"


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs())
def test_the_order_of_nodes_comes_true_whatever_hooks_do(program: Program) -> None:
    """E2.3: hooks come and go, gradients go missing, runs are nested; the order of the nodes is that of the plan."""
    library = Foretold()
    run(library, program)
    for plan, _, events in library.wrong:
        nodes = [e for e in events if isinstance(e, wg.autograd.graph.Node)]
        ran = iter(row.node for row in plan)
        assert all(node in ran for node in nodes), program  # a subsequence: leaves without a gradient accumulate nothing


def test_most_programs_are_foretold():
    """The tests above are about something."""
    library = Foretold()

    @settings(max_examples=50, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(programs())
    def draw(program: Program) -> None:
        run(library, steadied(program))

    draw()
    assert library.told > 50


def test_nothing_happens():
    """No hook runs, nothing is released, unpacked or accumulated."""
    x = leaf(1.0, 2.0)
    calls = []
    with saved_tensors_hooks(lambda t: t, lambda t: calls.append(1)):
        y = wg.exp(x)
    y.register_hook(lambda g: calls.append(1))
    y.retain_grad()
    with wg.no_grad():
        plan = explain([y], gradient=[wg.ones((2,))])
    assert str(plan)
    assert not calls
    assert x.grad is None
    assert plan.nodes[0] is y.grad_fn


# what is told


def test_rows():
    """Each with what is known of it."""
    x, w = leaf(1.0, 2.0), leaf(3.0)
    w.grad = wg.ones((1,))
    y = wg.exp(x) * w
    y.register_hook(print)
    y.retain_grad()
    plan = explain(y.sum())
    assert [row.name for row in plan] == [
        "SumBackward0", "MulBackward0", "AccumulateGrad", "ExpBackward0", "AccumulateGrad",
    ]  # fmt: skip
    multiply, of_w, exp, of_x = plan[1:]
    assert (multiply.number, multiply.runs, multiply.targets) == (2, True, ((4, 0), (3, 0)))
    assert [h.kind for h in multiply.hooks] == ["tensor hook", "retain_grad"]
    assert multiply.hooks[0].origin.filename == __file__
    assert [(v.shape, v.nbytes, v.of_leaf) for v in multiply.saved] == [((2,), 16, False), ((1,), 8, True)]
    assert exp.gradients[0].shape == (2,)
    assert exp.targets == ((5, 0),)
    assert (of_w.leaf, of_x.leaf) == (w, x)
    assert of_w.then == "leaf [1]: added to its .grad"
    assert of_x.then == "leaf [2]: a new .grad"
    assert len(plan.saved) == 2, "the output of exp is what multiply has saved"
    assert plan.saved_bytes == 24
    assert plan.skipped == ()


def test_inputs():
    """E2.5: what leads to no input is not run."""
    x, w = leaf(1.0), leaf(2.0)
    y = wg.exp(x)
    z = wg.sin(w)
    plan = explain((y * z).sum(), inputs=[y])
    assert [row.name for row in plan] == ["SumBackward0", "MulBackward0", "ExpBackward0"]
    assert plan[1].targets == ((3, 0), None)
    assert [h.kind for h in plan[2].hooks] == ["retain_grad"]
    assert plan[2].then == "-"
    assert {node.name().rpartition("::")[2] for node in plan.skipped} == {"SinBackward0", "AccumulateGrad"}
    assert "not run, since it leads to no input asked for: SinBackward0, AccumulateGrad" in str(plan)
    (row,) = explain(y.sum(), inputs=[w])
    assert not row.runs
    assert row.then == "nothing: not needed"


def test_what_was_packed_and_what_was_released():
    """S3, G4.3"""
    x = leaf(1.0, 2.0)

    def pack(tensor):
        return tensor.tolist()

    with saved_tensors_hooks(pack, lambda values: wg.tensor(values)):
        y = wg.exp(x)
    with saved_tensors_hooks(lambda t: t.detach().astype(wg.float16), lambda t: t.astype(wg.float64)):
        z = wg.sin(y)
    loss = z.sum()
    half, listed = explain(loss).saved
    assert re.fullmatch(r"\w+ float16 \[2\] 4 B, packed by <lambda> \(test_plan.py:\d+\)", str(half))
    assert re.fullmatch(r"\w+, packed by pack \(test_plan.py:\d+\)", str(listed))
    assert (half.nbytes, listed.nbytes, listed.shape) == (4, 0, None)
    loss.backward()
    assert explain(loss).saved == []


def test_functions_of_the_user():
    x = leaf(1.0, 2.0)

    class Square(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x, None)
            return x * x

        @staticmethod
        def backward(ctx, g):
            return g * 2 * ctx.saved_tensors[0]

    plan = explain(Square.apply(x).sum())
    assert [str(v) for v in plan[1].saved] == ["saved_tensors[0] float64 [2] 16 B"]


def test_writes_to_views():
    """V4.2: the node of the write is one of the base, and holds what the operator that wrote has saved."""
    x, w = leaf(1.0, 2.0), leaf(3.0)
    y = wg.exp(x)
    y[:1].mul_(w)
    plan = explain(y.sum())
    assert [row.name for row in plan][:2] == ["SumBackward0", "CopySlices"]
    assert [v.shape for v in plan[1].saved] == [(1,), (1,)]
    assert plan[1].targets == ((4, 0), (3, 0))
    assert sum(v.of_leaf for v in plan.saved) == 1


def test_several_outputs_and_undefined_places():
    x = leaf(1.0, 2.0)
    a, b = wg.unstack(x)
    plan = explain(a * b)
    assert plan[0].targets == ((2, 0), (2, 1))
    assert plan[0].then == "2, 2[1]"
    assert len(plan[1].gradients) == 2


def test_a_leaf_that_was_frozen():
    """W14: nothing is stored, and its post-accumulate-grad hooks do not run."""
    x = leaf(1.0)
    y = (x * 2.0).sum()
    x.register_post_accumulate_grad_hook(print)
    assert explain(y)[-1].hooks
    x.requires_grad_(False)
    assert explain(y)[-1].then == "nothing: leaf [1] no longer requires grad"
    assert not explain(y)[-1].hooks


def test_where_nodes_were_recorded():
    x = leaf(1.0)
    with wg.autograd.set_detect_anomaly(True):
        y = (x * 2.0).sum()
    plan = explain(y)
    assert plan[0].recorded_at == f"{__file__}:{test_where_nodes_were_recorded.__code__.co_firstlineno + 3}"
    assert "recorded at" in str(plan)
    assert "recorded at" not in str(explain((x * 2.0).sum()))


def test_the_same_errors_as_backward():
    """E1.1, E1.2"""
    with pytest.raises(NonScalarError):
        explain(leaf(1.0, 2.0) * 2.0)
    with pytest.raises(NoGraphError):
        explain(wg.tensor(1.0))
    assert explain(leaf(1.0, 2.0) * 2.0, gradient=wg.tensor([1.0, 1.0]))


def test_a_deep_graph():
    """Nothing recurses."""
    y = leaf(1.0)
    for _ in range(20_000):
        y = y + 1.0
    plan = explain(y.sum())
    assert len(plan) == 20_002
    assert np.all(np.diff([row.node._sequence_nr() for row in plan[:-1]]) < 0)
