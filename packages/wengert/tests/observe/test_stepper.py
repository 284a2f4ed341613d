"""The stepper goes through a backward as it is, shows everything, and changes only what it is told to (rules E10, H1)."""

import contextvars
import gc
import threading
import traceback
from pathlib import Path

import pytest

import wengert as wg
from wengert.autograd.graph import register_multi_grad_hook, saved_tensors_hooks
from wengert.errors import HookError, HookTypeError, ModeError, NonScalarError, ReleasedError
from wengert.observe import Stepper, ledger, step


def leaf(*values):
    return wg.tensor(list(values), requires_grad=True)


def told(steps):
    return [str(s) for s in steps]


def without_lines(lines):
    return [line.partition(" (")[0] + (" at" + line.partition(" at")[2] if " at" in line else "") for line in lines]


def threads():
    return [t for t in threading.enumerate() if t.name == "wengert-stepped-backward"]


@pytest.fixture(autouse=True)
def _no_thread_is_left():
    yield
    gc.collect()
    assert not threads()


# what is shown, and when


def test_every_kind_in_its_order():
    """H1.1, H9, S3, E9: each with its hook and the place where it is."""
    x = leaf(1.0, 2.0)
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        y = wg.exp(x)

    def named(*args):
        return None

    def queueing(grad):
        wg.autograd.queue_callback(done)

    def done():
        pass

    y.register_hook(queueing)
    y.retain_grad()
    y.grad_fn.register_prehook(named)
    y.grad_fn.register_hook(named)
    x.register_post_accumulate_grad_hook(named)
    register_multi_grad_hook([x, y], named)
    lines = without_lines(told(step(y.sum())))
    pairs = [
        "node SumBackward0", "tensor hook queueing at ExpBackward0", "tensor hook named at ExpBackward0",
        "retain_grad output 0 of ExpBackward0 [2]", "node pre-hook named at ExpBackward0",
    ]  # fmt: skip
    expected = [f"{phase} {what}" for what in pairs for phase in ("before", "after")]
    expected += [
        "before node ExpBackward0", "before unpack hook <lambda> at ExpBackward0", "after unpack hook <lambda> at ExpBackward0",
        "after node ExpBackward0", "before node post-hook named at ExpBackward0", "after node post-hook named at ExpBackward0",
        "before tensor hook named at leaf [2]", "before multi-grad hook named at leaf [2]",
        "after multi-grad hook named at leaf [2]", "after tensor hook named at leaf [2]",
        "before accumulate leaf [2]", "after accumulate leaf [2]",
        "before post-accumulate-grad hook named at leaf [2]", "after post-accumulate-grad hook named at leaf [2]",
        "before callback done", "after callback done",
    ]  # fmt: skip
    assert lines == expected


def test_lines_that_registered():
    """The hook and the line are the user's."""
    x = leaf(1.0)
    y = x * 2.0
    register_multi_grad_hook([y], print, mode="any")
    y.register_hook(lambda g: wg.autograd.queue_callback(lambda: None))
    found = {}
    with step(y.sum()) as steps:
        for s in steps:
            if s.kind == "multi-grad hook":
                s.skip() if s.phase == "before" else None
            if s.origin is not None:
                found[s.kind] = s.origin
    lines = Path(__file__).read_text().splitlines()
    assert {origin.filename for origin in found.values()} == {__file__}
    assert "register_multi_grad_hook([y]" in lines[found["multi-grad hook"].line - 1]
    assert "queue_callback" in lines[found["callback"].line - 1]
    assert "queue_callback" in lines[found["tensor hook"].line - 1]


def test_gradients_that_are_shown():
    x = leaf(1.0, 2.0)
    y = x * 3.0
    y.register_hook(lambda g: g * 2.0)
    y.grad_fn.register_hook(lambda gi, go: (gi[0] + 1.0, *gi[1:]))
    seen = [(s.kind, s.phase, [None if g is None else g.tolist() for g in s.grads]) for s in step(y.sum())][2:]
    assert seen == [
        ("tensor hook", "before", [[1.0, 1.0]]),
        ("tensor hook", "after", [[2.0, 2.0]]),
        ("node", "before", [[2.0, 2.0]]),
        ("node", "after", [[6.0, 6.0], None]),
        ("node post-hook", "before", [[6.0, 6.0], None]),
        ("node post-hook", "after", [[7.0, 7.0], None]),
        ("accumulate", "before", [[7.0, 7.0]]),
        ("accumulate", "after", [[7.0, 7.0]]),
    ]
    (post,) = [s for s in step((x * 3.0).sum()) if s.kind == "node" and s.phase == "after" and s.name == "MulBackward0"]
    assert post.grad_outputs[0].tolist() == [1.0, 1.0]


def test_as_text():
    """A line, and a table."""
    x = leaf(1.0, 2.0)
    with wg.autograd.set_detect_anomaly(True):
        y = x * 2.0

    def double(grad):
        return grad * 2.0

    y.register_hook(double)
    line = test_as_text.__code__.co_firstlineno + 9
    with step(y.sum()) as steps:
        found = steps.until(kind="tensor hook")
    assert str(found) == f"before tensor hook double (test_stepper.py:{line}) at MulBackward0"
    assert repr(found).splitlines() == [
        "step      before tensor hook",
        f"hook      double, registered at {__file__}:{line}",
        f"node      MulBackward0 (recorded at {__file__}:{line - 5})",
        "tensor    output 0 of MulBackward0 [2]",
        "grads[0]  tensor([1., 1.])",
    ]
    assert found.recorded_at == f"{__file__}:{line - 5}"


def test_inputs_and_retained_gradients():
    """E7.1: what backward(inputs=) stores in an interior tensor is a step like a retained gradient."""
    x = leaf(1.0)
    y = x * 2.0
    steps = list(step((y * 3.0).sum(), inputs=[y]))
    assert without_lines(told(steps))[-3:] == [
        "after retain_grad output 0 of MulBackward0 [1]", "before node MulBackward0", "after node MulBackward0",
    ]  # fmt: skip
    assert y.grad.tolist() == [3.0]
    assert x.grad is None


def test_hooks_of_modules():
    """H10.1: they are shown, foretold, set and skipped like those of nodes."""
    layer = wg.nn.Linear(2, 1)
    fired = []
    layer.register_full_backward_pre_hook(lambda module, grads: fired.append("pre"))
    layer.register_full_backward_hook(lambda module, grads_in, grads_out: fired.append("post"))
    x = wg.tensor([[1.0, 2.0]], requires_grad=True)

    def loss():
        return layer(x).sum()

    def module_hooks(found):
        return [kind for kind in found if kind.startswith("module")]

    expected = ["module backward pre-hook", "module backward hook"]
    out = loss()
    assert module_hooks(h.kind for row in wg.observe.explain(out) for h in row.hooks) == expected
    steps = list(step(out))
    assert module_hooks(s.kind for s in steps if s.phase == "before") == expected
    assert fired == ["pre", "post"]
    plain, x.grad = x.grad, None
    with step(loss()) as run:
        found = run.until(kind="module backward pre-hook")
        found.skip()
        found.grads = (found.grads[0] * 2.0,)
        found = run.until(kind="module backward hook", phase="after")
        assert found.grad_outputs[0].tolist() == [[2.0]]
        found.grad = found.grad * 5.0
        run.go_on()
    assert x.grad.tolist() == (plain * 10.0).tolist()
    assert fired == ["pre", "post", "post"]


def test_any_function_can_be_stepped():
    x = leaf(3.0)
    steps = Stepper(lambda: wg.autograd.grad((x * x).sum(), x, create_graph=True))
    assert [s.kind for s in steps] == ["node"] * 4
    (g,) = steps.result
    assert g.requires_grad
    assert steps.finished


# changing the run


@pytest.mark.filterwarnings(r"ignore:Using backward\(\) with create_graph:UserWarning")
def test_gradients_may_be_set_everywhere():
    """H3: at each place they are what goes on."""
    places = [
        ("tensor hook", "before"), ("tensor hook", "after"), ("node pre-hook", "before"), ("node pre-hook", "after"),
        ("node", "before"), ("node", "after"), ("node post-hook", "before"), ("node post-hook", "after"),
        ("accumulate", "before"),
    ]  # fmt: skip
    for create_graph in (False, True):
        for kind, phase in places:
            x = leaf(1.0, 2.0)
            y = wg.exp(x)
            seen = []
            y.register_hook(lambda g, seen=seen: seen.append(g))
            y.grad_fn.register_prehook(lambda g: None)
            y.grad_fn.register_hook(lambda gi, go: None)

            for s in step(y.sum(), create_graph=create_graph):
                if (s.kind, s.phase) == (kind, phase) and s.name != "SumBackward0":
                    s.grad = s.grad * 10.0
            assert x.grad.tolist() == pytest.approx((10.0 * wg.exp(x.detach())).tolist()), (kind, phase)
            assert seen[0].tolist() == [10.0 if (kind, phase) == ("tensor hook", "before") else 1.0] * 2


def test_a_hook_may_replace_what_was_set():
    x = leaf(1.0)
    x.register_hook(lambda g: g + 1.0)
    for s in step(x.sum()):
        if s.kind == "tensor hook" and s.phase == "before":
            s.grads = (s.grads[0] * 5.0,)
    assert x.grad.tolist() == [6.0]


def test_retained_gradient_may_be_set():
    x = leaf(1.0)
    y = x * 2.0
    y.retain_grad()
    with step(y.sum()) as steps:
        found = steps.until(kind="retain_grad")
        found.grad = found.grad * 7.0
        steps.go_on()
    assert y.grad.tolist() == [7.0]
    assert x.grad.tolist() == [2.0]


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (lambda g: (wg.ones((3,)),), HookError),
        (lambda g: (g.astype(wg.float32),), HookError),
        (lambda g: (g, g), HookError),
        (lambda g: [g], HookTypeError),
        (lambda g: (1.0,), HookTypeError),
        (lambda g: (None,), HookError),
    ],
)
def test_what_is_set_goes_through_the_checks_of_hooks(value, error):
    """H3.1, H3.2, H3.3: at once, naming the line; the run goes on unharmed."""
    x = leaf(1.0, 2.0)
    with step(x.sum()) as steps:
        found = steps.until(kind="accumulate")
        line = test_what_is_set_goes_through_the_checks_of_hooks.__code__.co_firstlineno
        with pytest.raises(error, match=rf"assignment to grads at .*test_stepper.py:{line + 18} \(before accumulate") as caught:
            found.grads = value(found.grad)
        del caught
        steps.go_on()
    assert x.grad.tolist() == [1.0, 1.0]


def test_no_gradient_where_there_was_none():
    """H3.3, H3.6"""
    x = leaf(1.0)
    with step((x * 2.0).sum()) as steps:
        found = steps.until(kind="node", phase="after", node="MulBackward0")
        with pytest.raises(HookError, match="nothing to replace"):
            found.grads = (found.grads[0], found.grads[0])


def test_a_gradient_may_be_taken_away():
    """E6.3: None is no gradient, and nothing arrives."""
    x = leaf(1.0)
    y = x * 2.0
    for s in step(y.sum()):
        if s.kind == "node" and s.name == "MulBackward0" and s.phase == "before":
            s.grads = (None,)
    assert x.grad is None


def test_skipping():
    """Each kind, and what is left out by it."""
    ran = []

    def program():
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.retain_grad()
        y.register_hook(lambda g: (ran.append("T"), g * 2.0)[1])
        y.register_hook(lambda g: wg.autograd.queue_callback(lambda: ran.append("callback")))
        y.grad_fn.register_prehook(lambda g: (ran.append("P"), (g[0] * 3.0,))[1])
        y.grad_fn.register_hook(lambda gi, go: (ran.append("N"), (gi[0] * 5.0,))[1])
        x.register_post_accumulate_grad_hook(lambda t: ran.append("A"))
        register_multi_grad_hook([y], lambda gs: ran.append("M"))
        return x, y

    everything = ["T", "M", "P", "N", "A", "callback"]
    names = {
        "tensor hook": "T", "node pre-hook": "P", "node post-hook": "N", "post-accumulate-grad hook": "A",
        "multi-grad hook": "M", "callback": "callback", "retain_grad": "", "accumulate": "",
    }  # fmt: skip
    factors = {"tensor hook": 15.0, "node pre-hook": 10.0, "node post-hook": 6.0}
    for kind, name in names.items():
        ran.clear()
        x, y = program()
        with step(y.sum()) as steps:
            found = steps.until(kind=kind)
            found.skip()
            assert str(found).endswith(", skipped")
            rest = list(steps)
        assert rest[0].skipped == (kind != "multi-grad hook" or rest[0].phase == "after"), kind
        assert ran == [r for r in everything if r != name], kind
        if kind == "accumulate":
            assert x.grad is None
        else:
            assert x.grad.tolist() == pytest.approx((y.detach() * factors.get(kind, 30.0)).tolist()), kind
        assert (y._grad is None) == (kind == "retain_grad")


def test_skipping_a_node():
    """It gives no gradients, or those that are passed; it counts as run, so what it saved is released (G4.3)."""
    x = leaf(1.0, 2.0)
    y = wg.exp(x)
    z = y.sum()
    with step(z) as steps:
        steps.until(node=y).skip()
        steps.go_on()
    assert x.grad is None
    with pytest.raises(ReleasedError):
        y.sum().backward()
    y = wg.exp(x)
    with step(y.sum()) as steps:
        steps.until(node=y.grad_fn).skip((wg.tensor([7.0, 8.0]),))
        steps.go_on()
    assert x.grad.tolist() == [7.0, 8.0]


@pytest.mark.parametrize(
    ("grads", "error"),
    [
        ((wg.ones((3,)), None), HookError),
        ((wg.ones((2,), dtype=wg.float32), None), HookError),
        ((wg.ones((2,)), wg.ones((2,))), HookError),
        ((wg.ones((2,)),), HookError),
        ([wg.ones((2,)), None], HookTypeError),
        ((1.0, None), HookTypeError),
    ],
)
def test_gradients_of_a_skipped_node_fit(grads, error):
    """E6.5: to where they go."""
    x = leaf(1.0, 2.0)
    y = x * 2.0
    with step(y.sum()) as steps:
        found = steps.until(node=y)
        with pytest.raises(error, match=r"skip\(\) at .*test_stepper.py"):
            found.skip(grads)


def test_what_cannot_be_skipped_or_set():
    x = leaf(1.0)
    with saved_tensors_hooks(lambda t: t, lambda t: t):
        y = wg.exp(x)
    with step(y.sum()) as steps:
        first = next(steps)
        after = next(steps)
        for passed in (first.skip, lambda: setattr(first, "grad", first.grad)):
            with pytest.raises(ModeError, match="the run has gone on"):
                passed()
        with pytest.raises(ModeError, match="cannot be skipped"):
            after.skip()
        unpacking = steps.until(kind="unpack hook")
        with pytest.raises(ModeError, match="cannot be skipped"):
            unpacking.skip()
        with pytest.raises(ModeError, match="has 0 gradients"):
            _ = unpacking.grad
        with pytest.raises(ModeError, match="cannot be set"):
            unpacking.grads = ()
        with pytest.raises(ModeError, match="only at a node"):
            steps.until(kind="accumulate").skip((None,))
        with pytest.raises(ModeError, match="cannot be set"):
            steps.until(kind="accumulate", phase="after").grad = wg.ones((1,))


# going on


def test_until_and_go_on():
    x = leaf(1.0, 2.0)
    y = wg.exp(x)
    z = wg.sin(y)
    with step(z.sum()) as steps:
        assert steps.until(node="SinBackward0", phase="after").node is z.grad_fn
        assert steps.until(node=y).node is y.grad_fn
        assert steps.until(node=x).kind == "accumulate"
        assert x.grad is None
        steps.go_on()
    assert x.grad is not None
    assert steps.finished
    with step(wg.sin(x).sum()) as steps:
        assert steps.until(lambda s: s.grads and s.grads[0].shape == (2,)).name == "SumBackward0"
        assert steps.until(kind="callback") is None
        assert steps.finished
    assert list(steps) == []
    steps.go_on()
    steps.close()


def test_going_on_at_once():
    x = leaf(1.0, 2.0)
    assert step(wg.exp(x).sum()).go_on() is None
    assert x.grad is not None


def test_nothing_runs_before_the_first_step():
    x = leaf(1.0)
    calls = []
    x.register_hook(lambda g: calls.append(1))
    steps = step((x * 2.0).sum())
    assert not threads()
    steps.close()
    assert list(steps) == []
    assert not calls
    assert x.grad is None


def test_nested_runs():
    """E8: stepped with their depth, or run whole."""

    def program():
        x = leaf(1.0)
        y = x * 2.0

        def nest(g):
            with wg.enable_grad():
                wg.exp(x).sum().backward()

        y.register_hook(nest)
        return x, y.sum()

    x, loss = program()
    found = [(s.depth, s.kind, s.name) for s in step(loss) if s.phase == "before"]
    assert found == [
        (0, "node", "SumBackward0"), (0, "tensor hook", "nest"), (1, "node", "SumBackward0"), (1, "node", "ExpBackward0"),
        (1, "accumulate", "leaf [1]"), (0, "node", "MulBackward0"), (0, "accumulate", "leaf [1]"),
    ]  # fmt: skip
    assert x.grad.item() == pytest.approx(2.0 + 2.718281828459045)
    x, loss = program()
    assert {s.depth for s in step(loss, nested=False)} == {0}
    assert x.grad.item() == pytest.approx(2.0 + 2.718281828459045)


def test_runs_nested_in_fresh_threads():
    """E8.2: too deep for one stack, and still stepped."""
    x = leaf(1.0)

    def nest(level):
        with wg.enable_grad():
            y = x * 2.0
            z = y.sum()
        if level:
            y.register_hook(lambda g: nest(level - 1))
        z.backward()

    depths = [s.depth for s in Stepper(lambda: nest(70)) if s.kind == "accumulate" and s.phase == "before"]
    assert depths == list(range(70, -1, -1))
    assert x.grad.tolist() == [142.0]


def test_stepping_inside_a_hook_of_a_stepped_run():
    """Each stepper has its own run."""
    x = leaf(1.0)
    y = x * 2.0
    inner = []

    def nest(g):
        with wg.enable_grad():
            z = wg.exp(x).sum()
        inner.extend(str(s) for s in step(z))

    y.register_hook(nest)
    outer = told(step(y.sum(), nested=False))
    assert inner[0] == "before node SumBackward0"
    assert len(inner) == 6
    assert len(outer) == 8


def test_the_caller_may_do_anything_meanwhile():
    """The run waits, and holds no lock."""
    x = leaf(1.0)
    y = x * x
    stops = 0
    for s in step(y.sum(), retain_graph=True):
        if s.phase == "before":
            stops += 1
            y.sum().backward(retain_graph=True)
            x.register_hook(lambda g: g * 1.0)
    assert stops == 5, "two nodes, the accumulation, and the hooks that were there when the leaf's turn came (H5.1)"
    assert x.grad.tolist() == [2.0 * (stops + 1)]


def test_going_on_from_inside_the_run():
    x = leaf(1.0)
    steps = step((x * 2.0).sum())
    x.register_hook(lambda g: next(steps))
    with pytest.raises(ModeError, match="by a hook of its own run"):
        list(steps)


# modes


VARIABLE: contextvars.ContextVar[str] = contextvars.ContextVar("VARIABLE", default="default")


def test_modes_are_the_callers():
    """E11.3, G7, S3.1: though the run has a thread of its own."""
    x = leaf(1.0)
    y = x * 2.0
    seen = []

    def look(g):
        seen.append((wg.is_grad_enabled(), wg.is_inference_mode_enabled(), VARIABLE.get()))
        with wg.enable_grad():
            wg.exp(x)  # packed
        VARIABLE.set("set by a hook")

    y.register_hook(look)
    packed = []
    token = VARIABLE.set("set by the caller")
    with wg.no_grad(), saved_tensors_hooks(lambda t: (packed.append(1), t)[1], lambda t: t):
        steps = step(y.sum())
    with wg.enable_grad():
        steps = step((y * 1.0).sum(), create_graph=True)
        with saved_tensors_hooks(lambda t: (packed.append(1), t)[1], lambda t: t):
            list(steps)
        assert wg.is_grad_enabled()
    assert seen == [(True, False, "set by the caller")]
    assert packed
    assert VARIABLE.get() == "set by a hook"
    VARIABLE.reset(token)


def test_every_mode_of_the_thread_is_taken_over():
    """E8.2, E11.3: none can be forgotten when modes are added; the depth of the stack is each thread's own."""
    from wengert.autograd.modes import Modes, current
    from wengert.autograd.threads import in_fresh_thread

    modes = current()
    before = {name: getattr(modes, name) for name in Modes.__slots__}
    marks = {"grad": False, "inference": True, "forward": False, "saved_hooks": ["a"], "disabled_saved_hooks": ["b"]}
    marks = {name: marks.get(name, f"mark of {name}") for name in Modes.__slots__ if name not in ("depth", "wanted")}
    try:
        for name, value in marks.items():
            setattr(modes, name, value)
        found = in_fresh_thread(lambda: {name: getattr(current(), name) for name in marks})
    finally:
        for name, value in before.items():
            setattr(modes, name, value)
        modes.refresh()
    assert found == marks


def test_saved_tensors_that_may_be_written_to():
    """S6: also in a run that is stepped."""
    x = leaf(1.0, 2.0)
    with wg.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1.0
        z = wg.exp(y) * y
        y.zero_()
        list(step(z.sum()))
    expected = leaf(1.0, 2.0)
    (wg.exp(expected) * expected).sum().backward()
    assert x.grad.tolist() == expected.grad.tolist()


def test_the_callers_modes_stay():
    x = leaf(1.0)
    loss = (x * 2.0).sum()
    with wg.no_grad():
        for _ in step(loss):
            assert not wg.is_grad_enabled()
    for _ in step((x * 2.0).sum()):
        assert wg.is_grad_enabled()
        assert (x * 2.0).requires_grad


def test_observers_nest():
    """The ledger and anomaly mode see what the stepper lets happen."""
    x = leaf(1.0)

    def watched(grad):
        return grad * 2.0

    x.register_hook(watched)
    with ledger() as book:
        for s in step((x * 2.0).sum()):
            if s.name == "MulBackward0" and s.phase == "before":
                s.grad = s.grad * 10.0
    (record,) = [r for r in book.records if r.name == "watched"]
    assert (record.fired, record.changed) == (1, True)
    with wg.autograd.set_detect_anomaly(True):
        loss = (x * 2.0).sum()
        steps = step(loss)
        found = steps.until(node="MulBackward0")
        found.grad = found.grad * float("nan")
        with pytest.raises(wg.errors.AnomalyError, match="entering MulBackward0"), pytest.warns(UserWarning, match="Error dete"):
            steps.go_on()


# errors and leaving


def test_an_error_comes_out_where_it_happens():
    """E10.1, E10.2: as it is, with its notes, and the engine is as after any error."""
    x, w = leaf(2.0), leaf(3.0)
    y = wg.exp(x)

    def failing(grad):
        raise KeyError("mine")

    handle = y.register_hook(failing)
    loss = (y * w).sum()
    steps = step(loss)
    seen = []
    with pytest.raises(KeyError) as caught:
        for s in steps:
            seen.append(str(s))
    assert "before tensor hook failing" in seen[-1]
    assert any("the tensor hook 'failing'" in note for note in caught.value.__notes__)
    assert "failing" in "".join(traceback.format_tb(caught.value.__traceback__))
    assert steps.finished
    assert list(steps) == []
    assert w.grad.item() == pytest.approx(y.item())
    assert x.grad is None
    assert wg.autograd.graph.current_task_id() == -1
    handle.remove()
    (y * 1.0).sum().backward()  # the failing node is intact
    assert x.grad is not None
    with pytest.raises(ReleasedError):
        loss.backward()


def test_errors_of_the_arguments():
    """E1.2: before anything is run."""
    with pytest.raises(NonScalarError):
        next(step(leaf(1.0, 2.0) * 1.0))


def test_a_hook_that_returns_the_wrong_thing():
    """H3: the engine's own error, and no step after the hook."""
    x = leaf(1.0)
    x.register_hook(lambda g: 3.0)
    with pytest.raises(HookTypeError, match="returned float"):
        for s in step(x.sum()):
            assert (s.kind, s.phase) != ("tensor hook", "after")


def test_stop_iteration_is_no_end():
    x = leaf(1.0)
    x.register_hook(lambda g: next(iter([])))
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(step(x.sum()))


@pytest.mark.parametrize("way", ["with", "close", "break", "error"])
def test_leaving_early(way):
    """E10.2: what is done stays done, what is not is intact, everything goes on working."""
    x, w = leaf(2.0), leaf(3.0)
    y = wg.exp(x)
    calls = []
    y.register_hook(lambda g: calls.append("T"))
    y.register_hook(lambda g: wg.autograd.queue_callback(lambda: calls.append("not always")))
    y.register_hook(lambda g: wg.autograd.queue_callback(lambda: calls.append("always"), always=True))
    loss = (y * w).sum()
    if way == "with":
        with step(loss) as steps:
            steps.until(node=y, kind="node")
    elif way == "close":
        steps = step(loss)
        steps.until(node=y, kind="node")
        steps.close()
        assert list(steps) == []
    elif way == "break":
        for s in step(loss):
            if s.kind == "node" and s.node is y.grad_fn:
                break
    else:
        with pytest.raises(KeyError), step(loss) as steps:
            steps.until(node=y, kind="node")
            raise KeyError
    assert not threads()
    assert calls == ["T", "always"]
    assert w.grad.item() == pytest.approx(y.item())
    assert x.grad is None
    assert wg.is_grad_enabled()
    with pytest.raises(ReleasedError):
        loss.backward()
    y.sum().backward()  # its node had not run
    assert x.grad.item() == pytest.approx(y.item())
    assert calls == ["T", "always", "T", "not always", "always"]


def test_leaving_a_hook_that_catches_everything():
    """E8.4: it may swallow one exception, and the run ends at the next step."""
    x = leaf(1.0)
    ran = []

    def stubborn(g):
        try:
            with wg.enable_grad():
                wg.exp(x).sum().backward()
        except BaseException as error:
            ran.append(type(error))

    y = x * 2.0
    y.register_hook(stubborn)
    with step(y.sum()) as steps:
        steps.until(lambda s: s.depth == 1)
    assert ran == [GeneratorExit]
    assert x.grad is None


def test_leaving_warns_of_no_anomaly():
    """A1.3: it is no failure of a node."""
    x = leaf(1.0)
    with wg.autograd.set_detect_anomaly(True), step((x * 2.0).sum()) as steps:
        next(steps)


def test_an_error_while_leaving():
    """It comes out of close, as from a generator."""
    x = leaf(1.0)

    def unruly(g):
        try:
            with wg.enable_grad():
                wg.exp(x).sum().backward()
        finally:
            raise KeyError

    y = x * 2.0
    y.register_hook(unruly)
    steps = step(y.sum())
    steps.until(lambda s: s.depth == 1)
    with pytest.raises(KeyError):
        steps.close()


def test_nothing_is_kept():
    """G9: neither the steps nor the run keep the graph once they are over."""
    import weakref

    x = leaf(1.0)
    y = wg.exp(x)
    node = weakref.ref(y.grad_fn)
    steps = step(y.sum())
    list(steps)
    del y, steps
    gc.collect()
    assert node() is None


def test_a_run_that_waits_does_not_keep_the_program():
    """The end of the program is not held up by a stepper that nobody has left."""
    import subprocess
    import sys

    program = (
        "import wengert as wg; x = wg.tensor(1.0, requires_grad=True); steps = wg.observe.step(wg.exp(x)); next(steps); "
        "print('end')"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")
