"""Planned memory of the python backend: one piece for what nobody sees, at no time given to two."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings

import wengert as wg
from choices import many
from compiled.random_steps import assert_same_bits
from compiled.test_blocked import blocks, programs, run, segments
from compiled.test_passes import Program
from wengert.arrays.numpy import adapter
from wengert.compiled.backends import backend_called
from wengert.compiled.backends.blocked import memory
from wengert.compiled.backends.blocked.memory import LEAST_PLANNED, Memory
from wengert.compiled.passes.lives import bytes_of


@pytest.fixture
def _everything_is_planned(monkeypatch):
    monkeypatch.setattr(memory, "LEAST_PLANNED", 1)
    monkeypatch.setattr(memory, "SMALL", 1)


def overlapping(first, second):
    """Whether two blocks share bytes."""
    return first.start < second.start + bytes_of(second.variable) and second.start < first.start + bytes_of(first.variable)


def softmax(x, w):
    x.grad = None
    h = wg.tanh(x @ w)
    e = wg.exp(h - wg.max(h, axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    (p * h).sum().backward()
    return p.detach(), x.grad


def operands(rows=700, columns=256):
    random = np.random.default_rng(0)
    x = wg.tensor(random.standard_normal((rows, columns)), requires_grad=True)
    return x, wg.tensor(random.standard_normal((columns, columns)) / 16)


def compiled_softmax():
    x, w = operands()
    want = [np.array(t.numpy()) for t in softmax(x, w)]
    step = wg.compile(softmax)
    step(x, w)
    return step, x, w, want


def memory_of(step):
    (segment,) = segments(step)
    return segment.function.memory


def test_arrays_that_nobody_sees_share_one_piece():
    step, x, w, want = compiled_softmax()
    for _ in range(3):
        for got, expected in zip(step(x, w), want, strict=True):
            np.testing.assert_allclose(got.numpy(), expected, rtol=1e-10, atol=1e-13)
    plan = memory_of(step)
    assert len(plan.blocks) >= 2
    assert all(bytes_of(v) >= LEAST_PLANNED for v in plan.blocks)
    assert plan.size == sum(map(bytes_of, plan.blocks))  # all of them are needed at a time
    for one in plan.blocks.values():
        assert one.start % memory.ALIGNED == 0
        for other in plan.blocks.values():
            at_once = one.life[0] <= other.life[1] and other.life[0] <= one.life[1]
            assert one is other or not (at_once and overlapping(one, other))


def test_what_is_not_needed_at_a_time_lies_at_one_place():
    random = np.random.default_rng(0)
    x, a, b = (random.standard_normal(shape) for shape in ((700, 256), (256, 300), (300, 256)))
    step = wg.compile(lambda x, a, b: (((wg.sin(x) @ a) @ b) @ a) @ b)
    for _ in range(3):
        got = step(*map(wg.tensor, (x, a, b))).numpy()
    np.testing.assert_allclose(got, np.sin(x) @ a @ b @ a @ b, rtol=1e-9, atol=1e-9)
    plan = memory_of(step)
    assert len(plan.blocks) == 4
    assert plan.size == 700 * (256 + 300) * 8  # two at a time
    for one in plan.blocks.values():
        for other in plan.blocks.values():
            at_once = one.life[0] <= other.life[1] and other.life[0] <= one.life[1]
            assert one is other or not (at_once and overlapping(one, other))


def test_results_are_new_in_every_call():
    step, x, w, _ = compiled_softmax()
    first = step(x, w)
    kept = [np.array(t.numpy()) for t in first]
    second = step(x, w)
    for a in first:
        for b in second:
            assert not np.shares_memory(a.numpy(), b.numpy())
    (segment,) = segments(step)
    (piece,) = segment.function.__globals__["take"].__self__._free
    for t in (*first, *second):
        assert not any(np.shares_memory(t.numpy(), block) for block in piece)
    for a, b in zip(first, kept, strict=True):
        np.testing.assert_array_equal(a.numpy(), b)


def test_hooks_keep_what_they_have_seen():
    seen = []

    def program(x, w):
        x.grad = None
        h = wg.tanh(x @ w)
        h.register_hook(lambda g: seen.append((g, np.array(g.numpy()))))
        (wg.exp(h @ w) * 2.0 @ w).sum().backward()
        return x.grad

    step = wg.compile(program)
    x, w = operands()
    for _ in range(4):
        step(x, w)
    assert len(seen) == 4
    assert any(segment.function.memory.blocks for segment in segments(step))
    for gradient, values in seen:
        np.testing.assert_array_equal(gradient.numpy(), values)


def test_a_run_that_fails_leaves_nothing_behind():
    step = wg.compile(lambda x, w: wg.log(wg.sqrt(x @ w) @ w) + 1.0)
    x, w = wg.tensor(np.ones((600, 600))), wg.tensor(np.ones((600, 600)))
    step(x, w)
    want = np.array(step(x, w).numpy())
    bad = wg.tensor(-np.ones((600, 600)))
    with np.errstate(invalid="raise"), pytest.raises(FloatingPointError):
        step(bad, w)
    np.testing.assert_array_equal(step(x, w).numpy(), want)


def test_threads_have_their_own():
    step, _, w, _ = compiled_softmax()
    failures, barrier = [], threading.Barrier(4)

    def work(seed):
        random = np.random.default_rng(seed)
        x = wg.tensor(random.standard_normal((700, 256)), requires_grad=True)
        with np.errstate(all="ignore"):
            want = [np.array(t.numpy()) for t in softmax(x, w)]
            barrier.wait()
            for _ in range(5):
                for got, expected in zip(step(x, w), want, strict=True):
                    if not np.allclose(got.numpy(), expected, rtol=1e-9, atol=1e-12):
                        failures.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    (segment,) = segments(step)
    assert len(segment.function.__globals__["take"].__self__._free) <= 1


def test_stacks_of_matrices_are_one_product():
    random = np.random.default_rng(0)
    x, w = wg.tensor(random.standard_normal((8, 150, 128))), wg.tensor(random.standard_normal((128, 128)))
    step = wg.compile(lambda x, w: wg.tanh(x @ w) @ w @ w)
    want = (np.tanh(x.numpy().reshape(-1, 128) @ w.numpy()) @ w.numpy() @ w.numpy()).reshape(x.shape)
    for _ in range(3):
        np.testing.assert_allclose(step(x, w).numpy(), want, rtol=1e-10, atol=1e-10)
    assert memory_of(step).blocks


@pytest.mark.parametrize("shape", [(600, 256), (4, 150, 256)])
@pytest.mark.parametrize("bias", [True, False])
def test_layers_write_to_planned_memory(shape, bias):
    random = np.random.default_rng(0)
    x, w, b = (wg.tensor(random.standard_normal(s).astype(np.float32)) for s in (shape, (1024, 256), (1024,)))

    def program(x, w, b):
        return wg.exp(wg.nn.functional.linear(x, w, b if bias else None)).sum(axis=-1)

    step = wg.compile(program)
    step(x, w, b)
    assert "linear_into(" in segments(step)[0].function.source
    assert memory_of(step).size >= 600 * 1024 * 4
    want = np.exp(wg.nn.functional.linear(x, w, b if bias else None).numpy()).sum(axis=-1)
    for _ in range(2):
        np.testing.assert_allclose(step(x, w, b).numpy(), want, rtol=1e-5)


def test_a_layer_of_mixed_dtypes_makes_its_own_array():
    random = np.random.default_rng(0)
    x, w, b = (wg.tensor(random.standard_normal(s).astype(t)) for s, t in (((600, 256), "f"), ((1024, 256), "f"), ((1024,), "d")))
    step = wg.compile(lambda x, w, b: wg.exp(wg.nn.functional.linear(x, w, b)).sum(axis=-1))
    step(x, w, b)
    got, want = step(x, w, b), wg.exp(wg.nn.functional.linear(x, w, b)).sum(axis=-1)
    assert got.dtype == want.dtype
    np.testing.assert_allclose(got.numpy(), want.numpy(), rtol=1e-12)
    assert "linear_into(" not in segments(step)[0].function.source


def test_nothing_is_planned_for_small_arrays():
    step = wg.compile(lambda x: wg.exp(wg.sin(x @ x)) @ x)
    step(wg.tensor(np.ones((50, 50))))
    assert not segments(step)


@settings(max_examples=many(150), deadline=None)
@given(programs(exact=True))
@pytest.mark.usefixtures("_everything_is_planned")
def test_random_programs(program):
    inputs, equations, outputs, _ = program
    with blocks(1), pytest.MonkeyPatch.context() as patch:
        backend = backend_called("python")
        variables, wanted = [v for v, _ in inputs], [v for v, _ in outputs]
        patch.setattr(memory, "LEAST_PLANNED", 2**60)
        plain = backend.compile(equations, variables, wanted, adapter)
        patch.setattr(memory, "LEAST_PLANNED", 1)
        function = backend.compile(equations, variables, wanted, adapter)
        if plain is None:
            return
        want = [np.array(a) for a in run(plain, inputs)]
        first = run(function, inputs)
        kept = [np.array(a) for a in first]
        again = run(function, inputs)
    for got in (first, kept, again):
        assert_same_bits([np.asarray(a) for a in got], want)
    for a in first:
        assert not any(np.shares_memory(a, b) and np.size(b) for b in again if a.base is None)


def test_a_view_that_is_returned_keeps_its_array_out_of_it():
    x = np.random.default_rng(0).standard_normal((400, 400))
    step = wg.compile(lambda x: wg.matrix_transpose(wg.exp(x) @ x)[1:])
    for _ in range(2):
        first = step(wg.tensor(x))
    second = step(wg.tensor(x * 2.0))
    np.testing.assert_allclose(first.numpy(), (np.exp(x) @ x).T[1:], rtol=1e-10)
    np.testing.assert_allclose(second.numpy(), (np.exp(2 * x) @ (2 * x)).T[1:], rtol=1e-10)


def test_a_view_in_between_keeps_memory_from_being_written_over():
    program = Program(400, 400)
    made = program.do("sin", program.x)
    view = program.do("matrix_transpose", made)
    other = program.do("cos", made)
    out = program.do("matmul", other, view)
    plan = Memory(program.steps, [out])
    assert other not in plan.heirs
    assert set(plan.blocks) == {made, other}
    one, two = plan.blocks[made], plan.blocks[other]
    assert not overlapping(one, two)
