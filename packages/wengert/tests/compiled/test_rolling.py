"""Steps that repeat become loops, which are what they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from compiled.random_steps import assert_same_bits
from wengert.arrays.numpy import adapter
from wengert.compiled.calling import called, one_by_one, put_results
from wengert.compiled.check import check, problems
from wengert.compiled.ir import Equation
from wengert.compiled.looping import Carried, Loop, unrolled
from wengert.compiled.passes.rolling import rolled
from wengert.compiled.passes.sparing import spared


def traced(fn, *arguments):
    """The program that a function of tensors becomes, and what it is for these."""
    program = wg.compile(fn, backend="python").lower(*arguments)._program
    assert all(isinstance(step, Equation) for step in program.steps)
    arrays = [arguments[program.outside[i][0]].detach().numpy() for i in program.needed]
    return program.inputs, list(program.steps), program.results, arrays


def run_loops(inputs, steps, arrays, wanted, sparing):
    """What a program computes, bodies repeated with what loops say that they read, and nothing else."""
    known = dict(zip(inputs, arrays, strict=True))
    made = {}  # by loop, what each repetition has made
    with np.errstate(all="ignore"):
        for step in steps:
            if isinstance(step, Equation):
                put_results(step, called(step, known.__getitem__), known)
                continue
            made[step] = []
            families, first = spared(step) if sparing else (step.families, [])
            for k in range(step.count):
                own = {v: known[v] for v in (*step.constants(), *(v for f in step.families for v in f.loop.constants()))}
                own |= {c.parameter: made[step][-1][c.source] if k else known[c.first] for c in step.carried}
                own |= {f.parameter: made[f.loop][f.start + f.step * k][f.source] for f in families}
                one_by_one([*first, *step.body], own)
                made[step].append(own)
                known |= {step.variable(source, k): own[source] for source in step.sources()}
    return [known[v] for v in wanted]


def run_unrolled(inputs, steps, arrays, wanted):
    known = dict(zip(inputs, arrays, strict=True))
    with np.errstate(all="ignore"):
        one_by_one(steps, known)
    return [known[v] for v in wanted]


def loops_of(fn, *arguments):
    """The loops in the program of a function, after it was found to be legal and to compute the same to the last bit."""
    inputs, steps, wanted, arrays = traced(fn, *arguments)
    after = rolled(steps)
    assert unrolled(after) == steps
    check(after, inputs, wanted, before=steps, library=adapter)
    expected = run_unrolled(inputs, steps, arrays, wanted)
    assert_same_bits(run_loops(inputs, after, arrays, wanted, False), expected)
    assert_same_bits(run_loops(inputs, after, arrays, wanted, True), expected)
    return [step for step in after if isinstance(step, Loop)]


def tensor(*shape, seed=0, grad=True):
    return wg.tensor(np.random.default_rng(seed).uniform(0.2, 0.9, shape), requires_grad=grad)


def with_gradient(fn):
    def both(*arguments):
        value = fn(*arguments)
        wanted = [a for a in arguments if a.requires_grad]
        return value.detach(), *wg.autograd.grad(value, wanted, materialize_grads=True)

    return both


# -- random bodies -------------------------------------------------------------------------------------------------------
UNARY = (wg.sin, wg.tanh, lambda x: wg.sum(x, axis=0) + x, lambda x: x[::-1], lambda x: x * x)
BINARY = (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - 0.5 * b, lambda a, b: a / (b * b + 1.0))


@st.composite
def bodies(draw):
    """What a repetition does to a state of several arrays, with arrays that are the same in all."""
    states, fixed = draw(st.integers(1, 3)), draw(st.integers(0, 2))
    lines, known = [], states + fixed
    for _ in range(draw(st.integers(2, 7))):
        if draw(st.booleans()):
            lines.append((draw(st.sampled_from(UNARY)), draw(st.integers(0, known - 1)), None))
        else:
            first, second = draw(st.integers(0, known - 1)), draw(st.integers(0, known - 1))
            lines.append((draw(st.sampled_from(BINARY)), first, second))
        known += 1
    chosen = [draw(st.integers(0, known - 1)) for _ in range(states - 1)]
    return states, fixed, lines, [known - 1, *chosen]


def repeated(body, count):
    states, _, lines, chosen = body

    def fn(*arguments):
        state, fixed = list(arguments[:states]), arguments[states:]
        for _ in range(count):
            values = [*state, *fixed]
            for op, first, second in lines:
                values.append(op(values[first]) if second is None else op(values[first], values[second]))
            state = [values[i] for i in chosen]
            state = [wg.tanh(s) for s in state]
        return sum((wg.sum(s * s) for s in state[1:]), wg.sum(state[0] * 0.3))

    return fn


@settings(max_examples=30, deadline=None)
@given(bodies(), st.integers(4, 14), st.booleans())
def test_loops_are_what_they_were_made_of(body, count, gradient):
    arguments = [tensor(3, seed=i) for i in range(body[0] + body[1])]
    fn = repeated(body, count)
    loops = loops_of(with_gradient(fn) if gradient else lambda *a: fn(*a).detach(), *arguments)
    assert all(loop.count >= 4 for loop in loops)


@settings(max_examples=15, deadline=None)
@given(bodies(), st.integers(12, 20))
def test_as_many_equations_are_left_however_often_it_repeats(body, count):
    def left(count):
        inputs, steps, wanted, _ = traced(with_gradient(repeated(body, count)), *arguments)
        after = rolled(steps)
        check(after, inputs, wanted, before=steps)
        return sum(len(step.body) if isinstance(step, Loop) else 1 for step in after)

    arguments = [tensor(3, seed=i) for i in range(body[0] + body[1])]
    assert left(count) == left(count + 7)


# -- by hand -------------------------------------------------------------------------------------------------------------
def test_forward_and_backward():
    def fn(x, w):
        for _ in range(20):
            x = wg.tanh(x * w)
        return wg.sum(x)

    forward, backward = loops_of(with_gradient(fn), tensor(4), tensor(4, seed=1))
    assert [e.op.name for e in forward.body] == ["multiply", "tanh"]
    assert [len(forward.carried), len(forward.families), forward.constants()] == [1, 0, [forward.body[0].arguments["x2"]]]
    assert {family.loop for family in backward.families} == {forward}
    assert {family.step for family in backward.families} == {-1}
    assert len(backward.carried) == 2  # the gradient of x, and what adds up to that of w
    assert "repetition 18 - k" in str(backward)


def test_what_is_cheap_is_computed_again():
    def fn(x, m):
        for _ in range(10):
            d = x[None, :] - x[:, None]
            x = x + wg.sum(wg.tanh(d * d) * m, axis=0)
        return wg.sum(x)

    _, backward = loops_of(with_gradient(fn), tensor(5), tensor(5, seed=1, grad=False))
    families, first = spared(backward)
    assert [e.op.name for e in first] == ["getitem", "getitem", "subtract"]
    assert [f.source.shape for f in families if f.source in [c.parameter for c in f.loop.carried]] == [(5,)]
    assert len(families) == len(backward.families)  # x in the place of the differences


def test_the_first_repetition_may_read_something_else():
    def fn(x, y):
        a = wg.exp(y)
        for _ in range(10):
            x, a = wg.sin(x) + a, wg.cos(x)
        return wg.sum(x + a).detach()

    (loop,) = loops_of(fn, tensor(4), tensor(4, seed=1))
    assert loop.count == 10


def test_what_reads_further_back():
    def fn(x, y, z):
        for _ in range(21):
            x, y, z = wg.sin(z) * 0.5, x, y
        return wg.sum(x + y + z).detach()

    (loop,) = loops_of(fn, tensor(4), tensor(4, seed=1), tensor(4, seed=2))
    assert (loop.count, len(loop.body)) == (10, 4)  # two steps are one repetition


def test_what_is_carried_over_two_steps():
    def fn(x, y):
        for _ in range(20):
            x, y = wg.sin(y) * 0.5, x
        return wg.sum(x + y).detach()

    (loop,) = loops_of(fn, tensor(4), tensor(4, seed=1))
    assert loop.count == 19


def test_what_reads_all_of_another_loop_forward():
    def fn(x):
        made = []
        for _ in range(12):
            x = wg.tanh(x) * 1.5
            made.append(x)
        y = wg.cos(x)
        for one in made:
            y = wg.sin(y) - one
        return wg.sum(y).detach()

    first, second = loops_of(fn, tensor(4))
    assert [(f.start, f.step) for f in second.families] in ([(0, 1)], [(1, 1)])
    assert second.families[0].loop is first


def test_what_is_no_loop():
    def fn(x, *others):
        for factor, other in enumerate(others):
            x = wg.sin(x) * (factor + 0.5) + other
        return wg.sum(x).detach()

    inputs, steps, _, _ = traced(fn, *[tensor(4, seed=i) for i in range(8)])
    assert rolled(steps) == steps  # other numbers, and arrays that are in no loop
    assert len(inputs) == 8
    assert rolled([]) == []
    assert rolled(steps[:3]) == steps[:3]


def test_zeros_and_nans_are_numbers_like_any():
    def fn(x):
        for number in (0.0, -0.0) * 6:
            x = wg.maximum(x, number) * 0.5
        return wg.sum(x).detach()

    loops = loops_of(fn, tensor(4))
    assert [loop.count for loop in loops] in ([6], [5])


def test_a_loop_that_is_not_what_its_body_says_is_not_legal():
    def fn(x):
        for _ in range(10):
            x = wg.tanh(x) * 1.5
        return wg.sum(x).detach()

    inputs, steps, wanted, _ = traced(fn, tensor(4))
    after = rolled(steps)
    place = next(i for i, step in enumerate(after) if isinstance(step, Loop))
    loop = after[place]
    wrong = Carried(loop.carried[0].parameter, loop.carried[0].first, loop.body[0].outputs[0])
    after[place] = Loop(loop.body, loop.equations, [wrong], [])
    found = problems(after, inputs, wanted, before=steps)
    assert len(found) == loop.count - 1
    assert "repetition 1 of a loop is" in found[0]


# -- the numba backend ---------------------------------------------------------------------------------------------------
def in_machine_code(fn, *arguments):
    pytest.importorskip("numba", reason="the numba backend needs Numba")
    compiled = wg.compile(fn, backend="numba")
    expected = fn(*arguments)
    for _ in range(3):
        for got, want in zip(compiled(*arguments), expected, strict=True):
            assert got.requires_grad == want.requires_grad
            np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-12, atol=1e-14)
    return compiled


@pytest.mark.compiler
def test_loops_in_machine_code():
    def fn(x, w, scale):
        trajectory = []
        for _ in range(60):
            x = wg.tanh(x @ w) * scale + wg.sum(x)
            trajectory.append(x)
        return wg.sum(x) + trajectory[10][0, 0] + wg.sum(trajectory[58])

    compiled = in_machine_code(with_gradient(fn), tensor(2, 3), tensor(3, 3, seed=1), tensor(1, 1, seed=2))
    text = compiled.explain()
    assert "loops:\n  " in text
    assert text.count("repetitions, in each") >= 2
    assert len(text.splitlines()) < 150  # the loop stands in the place of its equations
    assert "called one by one" not in text


@pytest.mark.compiler
def test_what_is_computed_again_in_machine_code(monkeypatch):
    pytest.importorskip("numba", reason="the numba backend needs Numba")
    monkeypatch.setattr("wengert.compiled.backends.numba.CACHED", 0)

    def fn(x, m):
        for _ in range(40):
            d = x[None, :] - x[:, None]
            x = x + wg.sum(wg.tanh(d * d) * m, axis=0)
        return wg.sum(x)

    assert "loops:\n  " in in_machine_code(with_gradient(fn), tensor(5), tensor(5, seed=1, grad=False)).explain()


@pytest.mark.compiler
def test_scalars_and_integers_in_machine_code():
    def fn(x, n):
        total, count = x * 0.0, n
        for _ in range(80):
            x = wg.sin(x) + 0.1
            total = total + x * x
            count = count * 3 + 1
        return x, total, count

    in_machine_code(fn, wg.tensor(0.3), wg.tensor(np.int64(1)))
    in_machine_code(fn, wg.tensor([[0.3]]), wg.tensor(np.arange(3)))


@pytest.mark.compiler
def test_an_operator_without_loops_leaves_the_equations_as_they_are():
    def fn(x):
        for _ in range(60):
            x = wg.cumulative_sum(wg.sin(x)) * 0.1 + x * 0.5
        return (x,)

    compiled = in_machine_code(fn, tensor(4, grad=False))
    assert "loops:" not in compiled.explain()
    assert "not compiled: cumulative_sum" in compiled.explain()


@pytest.mark.compiler
@pytest.mark.slow
@settings(max_examples=4, deadline=None)
@given(bodies(), st.integers(40, 60))
def test_random_loops_in_machine_code(body, count):
    arguments = [tensor(3, seed=i) for i in range(body[0] + body[1])]
    in_machine_code(with_gradient(repeated(body, count)), *arguments)
