"""`lower` and `explain`: what a program is after each pass, what was fused, and that looking at it changes nothing."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.compiled.check import problems
from wengert.compiled.ir import Variable
from wengert.compiled.passes.lives import bytes_of
from wengert.compiled.plan import plan_of
from wengert.errors import ArgumentError, CompileError, TraceError


def leaf(*numbers):
    return wg.tensor(list(numbers), requires_grad=True)


def training(events, **options):
    """A step with every kind of effect, and what it works on."""
    w, b = leaf(1.0, -1.0), leaf(0.5)
    optimizer = wg.optim.Adam([w, b], lr=0.1)
    w.register_hook(lambda g: events.append(("tensor hook", g.tolist())))
    b.register_post_accumulate_grad_hook(lambda t: events.append(("post", t.grad.tolist())))
    count = wg.tensor([0.0])

    @wg.compile(**options)
    def step(x):
        optimizer.zero_grad()
        with wg.no_grad():
            count.add_(1.0)
        h = wg.nn.functional.dropout(x @ w + b, 0.5) + wg.random.normal(2)
        h.register_hook(lambda g: events.append(("inside", g.tolist())))
        loss = (h * h).sum()
        loss.backward()
        optimizer.step()
        return loss

    return step, w, b, count, optimizer


X = [[1.0, 2.0], [3.0, 4.0]]


# -- no effects ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("warm", [False, True])
def test_lowering_leaves_everything_as_it_was(warm):
    events = []
    step, w, b, count, optimizer = training(events)
    x = wg.tensor(X)
    if warm:
        step(x)
    events.clear()

    def state():
        grads = [None if t.grad is None else t.grad.tolist() for t in (w, b)]
        moments = {k: getattr(v, "tolist", lambda v=v: v)() for s in optimizer.state.values() for k, v in s.items()}
        versions = [t._version for t in (w, b, count, x)]
        return [t.tolist() for t in (w, b, count, x)], grads, moments, versions, wg.random.get_state(), step.captures, step.hits

    before, arrays, grads = state(), [t.array for t in (w, b, count)], (w.grad, b.grad)
    lowered = step.lower(x)
    assert state() == before
    assert all(t.array is a for t, a in zip((w, b, count), arrays, strict=True))
    assert (w.grad is grads[0], b.grad is grads[1]) == (True, True)
    assert events == []
    assert "call Adam.step(), which changes" in lowered.text()
    assert "call tensor hooks" in lowered.text()


def test_generators_of_the_users_are_put_back():
    mine = wg.random.Generator(5)
    f = wg.compile(lambda x: wg.nn.functional.dropout(x, 0.5, generator=mine) + wg.random.uniform(2, generator=mine))
    before = mine.get_state()
    lowered = f.lower(wg.tensor([1.0, 2.0]))
    assert mine.get_state() == before
    first = lowered.compile()(wg.tensor([1.0, 2.0])).tolist()
    assert mine.get_state() != before
    mine.set_state(before)
    assert f(wg.tensor([1.0, 2.0])).tolist() == first


def test_after_an_error_everything_is_as_it_was():
    w = leaf(1.0, 2.0)

    def f(x):
        w.grad = x.clone()
        with wg.no_grad():
            w.mul_(2.0)
        return x.sum() if x.sum() > 0 else x

    version = w._version
    with pytest.raises(TraceError):
        wg.compile(f).lower(wg.tensor([1.0, 2.0]))
    assert (w.tolist(), w.grad, w._version) == ([1.0, 2.0], None, version)


def test_a_write_in_the_function_does_not_give_a_tensor_a_graph():
    x, w = wg.tensor([1.0, 2.0]), leaf(3.0, 4.0)

    def f():
        x.mul_(w)
        return x.sum().detach()

    for attempt in (wg.compile(f).lower, wg.compile(f)):
        with pytest.raises(CompileError, match=r"writes in place to a tensor .* from outside, which thereby becomes a result"):
            attempt()
        assert (x.requires_grad, x.is_leaf, x.tolist()) == (False, True, [1.0, 2.0])


# -- the lowered program -------------------------------------------------------------------------------------------------
def test_the_program_runs_as_the_function_does():
    """With hooks, optimizer and random numbers, and without the function."""
    results = []
    for way in ("eager", "compiled", "lowered"):
        events = []
        wg.random.seed(1)
        step, w, b, count, _ = training(events)
        x = wg.tensor(X)
        run = {"eager": step.__wrapped__, "compiled": step, "lowered": step.lower(x).compile()}[way]
        losses = [run(wg.tensor(X)).item() for _ in range(3)]
        results.append((losses, events, w.tolist(), b.tolist(), count.tolist(), w.grad.tolist()))
    assert results[0] == results[1] == results[2]
    assert len(results[0][1]) == 9
    assert (step.captures, step.hits) == (0, 0)


def test_the_program_of_a_derivative():
    w = leaf(1.0, 2.0)
    f = wg.compile(lambda x: (wg.tanh(w * x)).sum())
    lowered = f.lower(leaf(0.5, 0.5))
    assert "derivative, of the gradients of the results" in lowered.text()
    x = leaf(0.5, -0.5)
    lowered.compile()(x).backward()
    got = x.grad.tolist(), w.grad.tolist()
    x.grad = w.grad = None
    wg.tanh(w * x).sum().backward()
    assert got == (x.grad.tolist(), w.grad.tolist())


def test_the_program_after_each_pass():
    c = wg.tensor([1.0, 2.0]).array

    def f(x):
        unused = wg.exp(x)  # noqa: F841  (that is the point)
        return wg.sin(x) * wg.sin(x) * (wg.tensor(c).detach() + c).array

    lowered = wg.compile(f).lower(wg.tensor([1.0, 2.0]))
    assert lowered.passes[0] == "traced"
    texts = {name: lowered.text(after=name) for name in lowered.passes}
    assert texts["traced"].count("exp(") == 1
    assert texts["traced"].count("sin(") == 2
    assert texts["common_subexpressions"].count("sin(") == 1
    assert texts["dead_code"].count("exp(") == 0
    assert lowered.text() == texts[lowered.passes[-1]] == str(lowered)
    shown = lowered.explain(passes=True)
    assert all(f"{name}:" in shown for name in lowered.passes)
    with pytest.raises(ArgumentError, match=r"after: expected one of 'traced', .*, got 'fusion'"):
        lowered.text(after="fusion")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: f(wg.tensor([1.0, 2.0, 3.0]), 2.0), r"argument 0 is a Tensor .*\(3,\).*, expected a Tensor .*\(2,\)"),
        (lambda f: f(wg.tensor([1.0, 2.0]), 3.0), "argument 1 is the constant 3.0, expected the constant 2.0"),
        (lambda f: f(wg.tensor([1.0, 2.0], dtype="float32"), 2.0), "float32, expected"),
        (lambda f: f(leaf(1.0, 2.0), 2.0), "that requires grad, expected"),
        (lambda f: f(np.ones(2), 2.0), "is a ndarray"),
        (lambda f: f([wg.tensor([1.0, 2.0])], 2.0), r"nested as \(\[\*\], \*\), expected \(\*, \*\)"),
        (lambda f: f(wg.tensor([1.0, 2.0]), scale=2.0), r"nested as \(\*, scale=\*\), expected \(\*, \*\)"),
    ],
)
def test_arguments_of_another_kind(call, message):
    f = wg.compile(lambda x, scale: x * scale).lower(wg.tensor([1.0, 2.0]), 2.0).compile()
    assert f(wg.tensor([1.0, 2.0]), 2.0).tolist() == [2.0, 4.0]
    with pytest.raises(CompileError, match=message):
        call(f)


def test_gradients_recorded_or_not():
    w = leaf(1.0)
    f = wg.compile(lambda x: x * w).lower(wg.tensor([1.0])).compile()
    with wg.no_grad(), pytest.raises(CompileError, match="gradients are not recorded, and were when it was made"):
        f(wg.tensor([1.0]))


def test_a_tensor_from_outside_that_has_changed():
    w = leaf(1.0)

    @wg.compile
    def f(x):
        (x * w).sum().backward()

    lowered = f.lower(wg.tensor([1.0])).compile()
    lowered(wg.tensor([2.0]))
    lowered(wg.tensor([2.0]))
    assert w.grad.tolist() == [4.0]
    w.register_hook(lambda g: None)
    with pytest.raises(CompileError, match="or the gradient or the hooks of one, are not as they were"):
        lowered(wg.tensor([2.0]))


def test_inside_of_another_function():
    f = wg.compile(lambda x: x * 2.0)
    with pytest.raises(CompileError, match="inside of a function that is being traced"):
        wg.compile(lambda x: f.lower(x))(wg.tensor([1.0]))
    fixed = f.lower(wg.tensor([1.0])).compile()
    with pytest.raises(CompileError, match="compiled program alone, which cannot run inside of a function"):
        wg.compile(lambda x: fixed(x))(wg.tensor([1.0]))
    with pytest.raises(CompileError, match=r"compiled program alone; explain\(\) shows it"):
        fixed.lower(wg.tensor([1.0]))


# -- plans ---------------------------------------------------------------------------------------------------------------
def test_a_plan_of_blocks():
    n = 100_000
    f = wg.compile(lambda x: (wg.tanh(x) * 2.0 + x).sum(), backend="python")
    plan = f.lower(wg.tensor(np.ones(n))).plan
    (group,) = plan.fused
    assert group.operators == ("tanh", "multiply", "add", "sum")
    assert (plan.argument_bytes, plan.result_bytes, plan.left) == (8 * n, 8, ())
    assert plan.buffers
    assert plan.peak_bytes == 8 + sum(buffer.size for buffer in plan.buffers)
    assert "4 equations: tanh, multiply, add, sum" in f.lower(wg.tensor(np.ones(n))).explain()


def test_the_most_memory_at_once():
    """Of a chain two arrays at a time, though it has ten; views take none, results are counted to the end."""

    def chain(x):
        y = x
        for _ in range(10):
            y = wg.tanh(y)
        return y

    x = wg.tensor(np.ones(1000))
    assert wg.compile(chain).lower(x).plan.peak_bytes == 16_000
    assert wg.compile(lambda x: wg.reshape(wg.exp(x), (10, 100))).lower(x).plan.peak_bytes == 8_000
    assert wg.compile(lambda x: [wg.exp(x), wg.sin(x), wg.cos(x)]).lower(x).plan.peak_bytes == 24_000
    tracked = wg.compile(lambda x: (wg.exp(x) * wg.sin(x)).sum()).lower(x).plan
    assert tracked.peak_bytes == 24_000  # two factors and the product


@pytest.mark.compiler
def test_what_was_not_compiled_and_why():
    pytest.importorskip("numba")
    f = wg.compile(lambda x: wg.sort(wg.exp(x)) * 2.0 + 1.0, backend="numba")
    plan = f.lower(wg.tensor([2.0, 1.0])).plan
    assert [left.operator for left in plan.left] == ["sort"]
    assert plan.left[0].reason
    assert any("multiply" in group.operators for group in plan.fused)


def test_methods():
    class Model:
        def __init__(self, factor):
            self.w = wg.tensor([factor, 2.0])

        @wg.compile
        def scaled(self, x):
            return self.w * x

    one, other = Model(1.0), Model(3.0)
    lowered = other.scaled.lower(wg.tensor([1.0, 1.0]))
    assert "multiply" in lowered.text()
    assert other.scaled.captures == 0
    assert [m.scaled(wg.tensor([1.0, 1.0])).tolist() for m in (one, other)] == [[1.0, 2.0], [3.0, 2.0]]
    assert other.scaled.explain().count("captured because") == 2
    assert lowered.compile()(other, wg.tensor([2.0, 1.0])).tolist() == [6.0, 2.0]


def test_a_plan_of_nothing():
    plan = wg.compile(lambda: 3).lower().plan
    assert (plan.fused, plan.argument_bytes, plan.peak_bytes) == ((), 0, 0)
    assert plan_of([], [], []).peak_bytes == 0
    assert bytes_of(Variable((2, 3), np.dtype("float32"))) == 24


# -- explain -------------------------------------------------------------------------------------------------------------
def test_explaining_a_function():
    f = wg.compile(lambda x: wg.exp(x) * wg.exp(x))
    assert f.explain() == "nothing has been captured"
    f(wg.tensor([1.0]))
    f(wg.tensor([1.0, 2.0]))
    text = f.explain(passes=True)
    assert "captured because it is the first call" in text
    assert "captured because arguments of this kind have not been met" in text
    assert text.count("traced:") == text.count("memory: ") == 2


def test_the_lines_of_the_users_program():
    """Each step names its line: the call of the operator, or for a derivative the call that it is the derivative of."""

    def f(x):
        y = wg.tanh(x)
        return wg.grad(lambda y: (y * y).sum())(y)

    first = f.__code__.co_firstlineno
    x = wg.tensor([1.0, 2.0])
    lowered = wg.compile(f).lower(x)
    assert f"= tanh(x=v0)    # test_lower.py:{first + 1}" in lowered.text(lines=True)
    assert f"MulBackward0, test_lower.py:{first + 2}" in lowered.text("traced", lines=True)
    assert "test_lower.py" not in lowered.text()
    compiled = wg.compile(f)
    compiled(x)
    assert f"test_lower.py:{first + 1}" in compiled.explain()


def test_explaining_a_backward():
    compiler = wg.Compiler(backend="python")
    x = wg.tensor(np.ones(100_000), requires_grad=True)
    with wg.compiled_autograd(compiler=compiler):
        wg.tanh(x * 2.0).sum().backward()
    text = compiler.explain(passes=True)
    assert "no graph that begins like this has been met" in text
    assert text.index("traced:") < text.index("gathered") < text.index("backend python:") < text.index("fused:")
    assert "equations: " in text.split("fused:")[1]
    assert "MiB in use at most" in text or "KiB in use at most" in text


def test_passes_shown_are_the_passes_done():
    """What is shown after the last pass is a legal program, and the one that runs."""
    step, *_ = training([])
    lowered = step.lower(wg.tensor(X))
    program = lowered._program
    assert lowered.text(after=lowered.passes[-1]) == lowered.text()
    assert problems(program.steps, program.inputs, program.results) == []


def test_hooks_matter_to_programs_with_a_backward_alone():
    w, events = leaf(1.0, 2.0), []
    inference, training = wg.compile(lambda x: (w * x).detach()), wg.compile(lambda x: (w * x).sum().backward())
    derivative = wg.compile(lambda x: (w * x).sum())
    for _ in range(3):
        x = wg.tensor([1.0, 1.0])
        w.grad = None
        inference(x)
        derivative(x).backward()
        w.grad = None
        training(x)
        w.register_hook(lambda g: events.append(g.tolist()))
    assert (inference.captures, derivative.captures, training.captures) == (1, 1, 2)
    assert len(events) == 2 * (1 + 2)


# -- random numbers ------------------------------------------------------------------------------------------------------
def test_seeding_again_is_seen_by_a_program():
    f = wg.compile(lambda: wg.random.normal(3))
    f()
    drawn = []
    for _ in range(2):
        wg.random.seed(7)
        drawn.append(f().tolist())
    wg.random.seed(7)
    assert drawn[0] == drawn[1] == wg.random.normal(3).tolist()


def test_drawing_for_each_sample_of_a_vmap():
    def f(x):
        return wg.vmap(lambda x: x * wg.random.normal(()), randomness="different")(x)

    compiled, x, found = wg.compile(f), wg.tensor([1.0, 2.0, 3.0]), []
    for function in (f, compiled, compiled):
        wg.random.seed(0)
        found.append(function(x).tolist())
    assert found[0] == found[1] == found[2]
    assert len(set(found[0])) == 3
