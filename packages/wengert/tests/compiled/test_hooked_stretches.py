"""Between two effects a program is one run of equations, whatever is stored on the way."""

from __future__ import annotations

import gc

import numpy as np
import pytest

import wengert as wg
from wengert.compiled.segments import Segment

from .hooked import events_of, leaf, program_of


# -- stretches -----------------------------------------------------------------------------------------------------------
def network(parameters, x, hooked, log):
    """Layers with leaves on the way, and hooks on some results."""
    for number, (w, b) in enumerate(parameters):
        x = wg.tanh(x @ w + b)
        if number in hooked:
            x.register_hook(lambda g, number=number: log("hook", number, g.sum()))
    return (x * x).sum()


@pytest.mark.parametrize(
    ("backend", "hooked"),
    [*(("segments", hooked) for hooked in [(), (1,), (0, 2), (0, 1, 2, 3)]), ("numba", (1,)), ("xla", (0, 2)), ("python", (1,))],
)
def test_a_program_is_split_at_opaque_hooks_and_only_there(backend, hooked):
    """Leaves without hooks, retained gradients and results that are asked for do not split it."""
    pytest.importorskip({"xla": "jax", "numba": "numba"}.get(backend, "numpy"))
    random = np.random.default_rng(0)
    size = 300 if backend == "python" else 4
    arrays = [(random.standard_normal((size, size)) / size, random.standard_normal(size)) for _ in range(4)]
    x = wg.tensor(random.standard_normal((size, size)))

    def program(log, i):
        parameters = [(wg.tensor(w, requires_grad=True), wg.tensor(b, requires_grad=True)) for w, b in arrays]
        inner = x @ parameters[0][0]
        inner.retain_grad()
        network(parameters, inner, hooked, lambda *event: log(*map(rough, event))).backward()
        for w, b in parameters:
            log("grads", rough(w.grad), rough(b.grad))
        log("retained", rough(inner.grad))

    eager, compiled, compiler = events_of(program, backend=backend)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    segments = sum(isinstance(step, Segment) for step in program_of(compiler).steps)
    if backend == "python":  # which leaves to the array library what takes longer in blocks
        assert 1 <= segments <= len(hooked) + 1
    else:
        assert segments == len(hooked) + 1


def rough(value):
    """A tensor as the sum of its elements and of its squares, to few digits: what is fused rounds otherwise."""
    if not isinstance(value, wg.Tensor):
        return value
    array = value.detach().numpy()
    return float(f"{np.sum(array):.4e}"), float(f"{np.sum(array * array):.4e}")


def test_results_that_are_asked_for_do_not_split():
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)

    def program(log, i):
        y = wg.exp(x)
        z = y * w
        log(*wg.autograd.grad(wg.tanh(z).sum(), [z, y, w, x, z]))
        y = wg.exp(x)
        wg.tanh(y * w).sum().backward(inputs=[y, x])
        log(y.grad, x.grad)
        x.grad = None

    eager, compiled, compiler = events_of(program, backend="segments")
    assert compiled == eager
    assert compiler.counts == {"captures": 2, "hits": 4, "left": 0}
    programs = [e.program for e in next(iter(compiler.entries.values()))]
    assert all(sum(isinstance(step, Segment) for step in program.steps) == 1 for program in programs)


def test_results_have_memory_of_their_own():
    """W9, also where a gradient is handed on as it is."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = x + 1.0
        first, second, third = wg.autograd.grad((y * 2.0).sum(), [y, x, y])
        first.mul_(0.0)
        log(first, second, third)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts["captures"] == 1


# -- retained gradients --------------------------------------------------------------------------------------------------
def test_retained_gradients_come_and_go():
    """Where one was retained, its tensor may be gone, or not ask for it, without a new program; a first one makes one."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        z = y * 2.0
        if i != 1:
            z.retain_grad()
        w = wg.tanh(z)
        if i == 2:
            del z
            gc.collect()
        w.sum().backward(retain_graph=True)
        w.sum().backward()
        log("grads", x.grad, z.grad if i in (0, 3) else None)

    eager, compiled, compiler = events_of(program, 4)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 7, "left": 0}
    assert "retain the gradient of output 0 of n3" in compiler.explain()

    _, _, other = events_of(lambda log, i: program(log, 1 if i == 0 else 0), 2)
    assert other.counts["captures"] == 2
    assert "its gradient is retained, and was not" in other.explain()


def test_retained_gradients_are_there_for_the_next_hook():
    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.register_hook(lambda g: log("y", g, z.grad))
        z = y * 2.0
        z.retain_grad()
        wg.tanh(z).sum().backward()

    for backend in ("python", "segments"):
        eager, compiled, _ = events_of(program, backend=backend)
        assert compiled == eager
