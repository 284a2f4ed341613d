"""Pure hooks stand in the program of a backward, as long as they compute the same."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.compiled import Compiler, compiled_autograd
from wengert.compiled.segments import Segment
from wengert.errors import HookError

from .hooked import events_of, leaf, plain, program_of, steps_called


# -- pure hooks ----------------------------------------------------------------------------------------------------------
def test_pure_hooks_stand_in_the_program():
    """On interior results, on leaves, on nodes; made anew in each run, of the same code."""
    w = leaf(3.0, 4.0)
    w.register_hook(lambda g: wg.clip(g, -1.0, 1.0), pure=True)

    def program(log, i):
        x = leaf(1.0, 2.0)
        w.grad = None
        y = wg.exp(x) * w
        y.register_hook(lambda g: g * 0.5, pure=True)
        y.grad_fn.register_prehook(lambda gs: (gs[0] - 0.25,), pure=True)
        y.grad_fn.register_hook(lambda gi, go: (gi[0] + go[0], None if gi[1] is None else gi[1] * 2.0), pure=True)
        (y * y).sum().backward()
        log("grads", x.grad, w.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    assert steps_called(compiler, "Before", "After", "Visit", "LeafVisit") == 0


def test_pure_hooks_are_fused():
    pytest.importorskip("numba")

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.register_hook(lambda g: g * 0.5 + g, pure=True)
        (y * y).sum().backward()
        log("grads", x.grad)

    eager, compiled, compiler = events_of(program, backend="numba")
    np.testing.assert_allclose([e[2] for e in compiled], [e[2] for e in eager], rtol=1e-12)
    assert sum(isinstance(step, Segment) for step in program_of(compiler).steps) == 1


def test_other_pure_hooks_make_other_programs():
    """Other code, or the same with other things in it; a tensor that a hook knows is read in each run."""
    scale = wg.tensor([2.0, 2.0])

    def doubled(g):
        return g * scale

    def with_factor(factor):
        return lambda g: g * factor

    hooks = [doubled, doubled, with_factor(3.0), with_factor(3.0), with_factor(4.0), lambda g: None, doubled]

    def program(log, i):
        if i == 1:
            scale.mul_(5.0)
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.register_hook(hooks[i], pure=True)
        (y * 3.0).sum().backward()
        log("grads", x.grad)

    compiler = Compiler()
    found = []
    with compiled_autograd(compiler=compiler):
        for i in range(len(hooks)):
            program(lambda *event: found.append(plain(event[1])), i)
    base = np.exp([1.0, 2.0]) * 3.0
    np.testing.assert_allclose(found, [base * f for f in (2.0, 10.0, 3.0, 3.0, 4.0, 1.0, 10.0)])
    assert compiler.counts == {"captures": 4, "hits": 3, "left": 0}
    assert "the pure hooks before it are others" in compiler.explain()


FACTOR = 2.0
OTHER = leaf(1.0)


def by_factor(g):
    return g * FACTOR


def test_what_a_pure_hook_knows_is_looked_at_in_each_run(monkeypatch):
    """Also in the globals of its module, and while the backward runs."""
    scale = 3.0

    def scaled(g):
        return g * scale

    def program(log, i):
        nonlocal scale
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.register_hook(by_factor, pure=True)
        x.register_hook(scaled, pure=True)
        z = y * 3.0

        def hook(g):
            nonlocal scale
            scale = 5.0 if i == 3 else 3.0

        z.register_hook(hook)
        monkeypatch.setattr(f"{__name__}.FACTOR", 2.0 + (i == 1))
        z.sum().backward()
        log("grad", x.grad)

    eager, compiled, compiler = events_of(program, 4)
    assert compiled == eager
    assert len({str(e[2]) for e in eager}) == 3
    assert compiler.counts == {"captures": 2, "hits": 2, "left": 1}


def test_hooks_that_know_something_else_in_each_run():
    """After a few programs they are called, which is the same in all runs."""

    def program(log, i):
        x = leaf(1.0 + i, 2.0)
        y = wg.exp(x)
        y.register_hook(lambda g: g * y.detach(), pure=True)
        (y * 3.0).sum().backward()
        log("grad", x.grad)

    eager, compiled, compiler = events_of(program, 12)
    assert compiled == eager
    assert compiler.counts == {"captures": 6, "hits": 6, "left": 0}


@pytest.mark.parametrize("library", ["numpy", "jax.numpy"])
def test_a_tensor_that_a_hook_detaches_is_read_in_each_run(library):
    xp = pytest.importorskip(library)
    scale = wg.tensor(xp.asarray([2.0, 3.0]))

    def hook(g):
        return g * scale.detach()

    compiler = Compiler()
    with compiled_autograd(compiler=compiler):
        for factor in (1.0, 10.0, 100.0):
            x = wg.tensor(xp.asarray([1.0, 2.0]), requires_grad=True)
            y = x * 4.0
            y.register_hook(hook, pure=True)
            y.sum().backward()
            assert x.grad.tolist() == [8.0 * factor, 12.0 * factor]
            scale.mul_(10.0)
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}


@pytest.mark.parametrize(
    "hook",
    [
        lambda g: g * 2.0 if g[0] > 0.0 else g,  # looks at a value
        lambda g: g + wg.random.normal((2,)) * 0.0,  # draws
        lambda g: wg.ones(2, dtype=g.dtype),  # not made of the gradient
        lambda g: g.register_hook(lambda h: None) and None if g.requires_grad else OTHER.register_hook(lambda h: h) and None,
    ],
)
def test_what_cannot_be_traced_is_called(hook):
    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.retain_grad()
        y.register_hook(lambda g: log("called") or hook(g), pure=True)
        y.grad_fn.register_hook(lambda gi, go: log("called") or (hook(gi[0]),), pure=True)
        (y * 3.0).sum().backward()
        log("grads", x.grad, y.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled[-3:] == eager[-3:]  # in the first run they have been called for nothing
    assert steps_called(compiler, "Before", "After") == 2
    assert compiler.counts["left"] == 0


def test_an_error_in_a_pure_hook_names_it():
    def program(i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.register_hook(lambda g: g.nonsense, pure=True)
        (y * 3.0).sum().backward()

    with compiled_autograd(compiler=Compiler()), pytest.raises(AttributeError) as caught:
        program(0)
    assert any("raised in the tensor hook" in note and "at ExpBackward0" in note for note in caught.value.__notes__)
    with compiled_autograd(compiler=Compiler()), pytest.raises(HookError, match="has changed the size of value"):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.register_hook(lambda g: g[:1], pure=True)
        y.sum().backward()


@pytest.mark.parametrize("change", ["added", "removed"])
def test_pure_hooks_that_change_while_it_runs(change):
    """An opaque hook beside a pure one that comes later, or none any more: the engine goes on."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        handle = y.register_hook(lambda g: g * 2.0, pure=True)
        z = wg.tanh(y)

        def hook(g):
            if i == 2:
                handle.remove() if change == "removed" else y.register_hook(lambda g: log("beside", g))

        z.register_hook(hook)
        (z * 3.0).sum().backward()
        log("grads", x.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 1}


def test_a_hook_of_another_kind_beside_a_pure_one():
    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.register_hook(lambda g: g * 2.0, pure=True)
        if i:
            y.register_hook(lambda g: log("opaque", g))
        (y * 3.0).sum().backward()
        log("grads", x.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 2, "hits": 1, "left": 0}


def test_pure_hooks_of_nodes_in_a_compiled_function():
    @wg.compile
    def step(x):
        y = wg.exp(x)
        y.grad_fn.register_prehook(lambda gs: (gs[0] * 2.0,), pure=True)
        y.grad_fn.register_hook(lambda gi, go: (gi[0] + go[0],), pure=True)
        return wg.autograd.grad((y * 3.0).sum(), x)[0]

    for numbers in ([1.0, 2.0], [3.0, 4.0]):
        x = leaf(*numbers)
        np.testing.assert_allclose(step(x).numpy(), 6.0 * np.exp(numbers) + 6.0)
    assert (step.captures, step.hits) == (1, 1)
    assert "run_hooks" not in step.sources()[0]


def test_a_pure_hook_that_is_made_anew_is_known_by_its_code_in_a_compiled_function():
    """And by what it reads from outside, as in a compiled backward."""
    w = leaf(1.0, 2.0)

    @wg.compile
    def step():
        w.grad = None
        (w * 3.0).sum().backward()
        return w.grad.clone()

    def with_factor(factor):
        return lambda g: wg.where(g > 0, g * factor, g)

    found = []
    for factor in (2.0, 2.0, 5.0, 2.0, 5.0):
        handle = w.register_hook(with_factor(factor), pure=True)
        found.append(step().tolist()[0])
        handle.remove()
    assert found == [6.0, 6.0, 15.0, 6.0, 15.0]
    assert (step.captures, step.hits) == (2, 3)
    assert step().tolist() == [3.0, 3.0]


def test_what_a_pure_hook_reads_changes_between_calls_of_a_compiled_function(monkeypatch):
    w, factor = leaf(1.0, 2.0), 2.0

    @wg.compile
    def step():
        w.grad = None
        (w * 3.0).sum().backward()
        return w.grad.clone()

    w.register_hook(lambda g: g * factor, pure=True)
    w.register_hook(by_factor, pure=True)
    assert step().tolist() == [12.0, 12.0]
    factor = 5.0
    assert step().tolist() == [30.0, 30.0]
    monkeypatch.setattr(f"{__name__}.FACTOR", 3.0)
    assert step().tolist() == [45.0, 45.0]
    assert step.captures == 3


@pytest.mark.parametrize("register", ["tensor hook", "node pre-hook", "no pure hook"])
def test_pure_hooks_of_other_arguments(register):
    """Each call has the hooks of its own argument."""

    def hooked(factor):
        x = leaf(1.0)
        if factor is not None and register == "tensor hook":
            x.register_hook(lambda g: g * factor, pure=True)
        elif factor is not None:
            node = wg.autograd.graph.get_gradient_edge(x).node
            if register == "node pre-hook":
                node.register_prehook(lambda gs: (gs[0] * factor,), pure=True)
            else:
                x.register_hook(lambda g: g * factor)
        return x

    def function(x):
        (x * x).sum().backward()

    compiled = wg.compile(function)
    for factor in (2.0, None, 3.0, 2.0, None):
        pair = hooked(factor), hooked(factor)
        compiled(pair[0]), function(pair[1])
        assert pair[0].grad.tolist() == pair[1].grad.tolist() == [2.0 * (factor or 1.0)]
