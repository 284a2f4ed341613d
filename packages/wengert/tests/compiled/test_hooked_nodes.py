"""Nodes with hooks in the program of a backward: equations, between effects that call what hangs there (C4, H)."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

import wengert as wg
from wengert.autograd import Function
from wengert.autograd.graph import get_gradient_edge, saved_tensors_hooks
from wengert.compiled import Compiler, compiled_autograd
from wengert.errors import HookError, HookTypeError, ReleasedError, SavedTensorTypeError, VersionError

from .hooked import compiler_for, events_of, leaf, said, steps_called, void


# -- every kind, in its place --------------------------------------------------------------------------------------------
def every_kind(log, i):
    x = leaf(0.5, 2.0)
    x.register_hook(lambda g: log("leaf", g))
    x.register_post_accumulate_grad_hook(lambda t: log("accumulated", t.grad))
    y = wg.exp(x) * 3.0
    z = wg.tanh(y)
    for name in ("first", "second"):
        z.register_hook(lambda g, name=name: log(name, g) or (g * 2.0 if name == "first" else None))
    z.retain_grad()
    z.grad_fn.register_prehook(lambda gs: log("pre", gs, z.grad) or (gs[0] + 1.0,))
    z.grad_fn.register_hook(lambda gi, go: log("post", gi, go) or tuple(g * 10.0 for g in gi))
    y.grad_fn.register_hook(lambda gi, go: log("post y", gi, go))
    y.retain_grad()
    (z * z).sum().backward()
    log("grads", x.grad, y.grad, z.grad)


def test_every_kind_in_the_order_of_an_eager_run():
    eager, compiled, compiler = events_of(every_kind)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    assert steps_called(compiler, "Visit") == 0
    assert steps_called(compiler, "Before", "After", "LeafVisit") == 4


def test_nodes_with_several_outputs():
    def program(log, i):
        x = leaf(1.0, 2.0, 3.0)
        a, b, c = wg.unstack(x)
        b.register_hook(lambda g: log("b", g))
        a.register_hook(lambda g: log("a", g) or g * 5.0)
        c.register_hook(lambda g: log("c", g))  # nobody uses it
        c.retain_grad()
        a.grad_fn.register_hook(lambda gi, go: log("post", gi, go))
        (a * b).backward()
        log("grads", x.grad, c.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}


def test_an_observer_of_the_post_hook_sees_what_pre_hooks_have_made():
    """H1.4, also where the objects are asked for: a post-hook gets the Tensors that the pre-hooks left."""
    same = []

    def program(i):
        x = leaf(1.0)
        y = wg.exp(x)
        seen = []
        y.grad_fn.register_prehook(lambda gs: seen.append(gs[0]))
        y.grad_fn.register_hook(lambda gi, go: void(same.append(go[0] is seen[0])))
        (y * 2.0).sum().backward()

    with compiled_autograd(compiler=Compiler()):
        for i in range(3):
            program(i)
    assert same == [True] * 3


# -- what hooks return ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "result", "error"),
    [
        ("tensor", lambda g: g[:1], HookError),
        ("tensor", lambda g: wg.astype(g, wg.float32), HookError),
        ("tensor", lambda g: 3.0, HookTypeError),
        ("pre", lambda gs: [gs[0]], HookTypeError),
        ("pre", lambda gs: (*gs, gs[0]), HookError),
        ("post", lambda gi, go: (gi[0][:1],), HookError),
        ("post", lambda gi, go: gi[0], HookTypeError),
    ],
)
def test_what_hooks_return_is_checked_as_ever(kind, result, error):
    def program(wrong):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)

        def hook(*args):
            return result(*args) if wrong else None

        if kind == "tensor":
            y.register_hook(hook)
        elif kind == "pre":
            y.grad_fn.register_prehook(hook)
        else:
            y.grad_fn.register_hook(hook)
        (y * 2.0).sum().backward()

    with pytest.raises(error) as expected:
        program(True)
    compiler = Compiler()
    with compiled_autograd(compiler=compiler):
        program(False)
        with pytest.raises(error) as caught:
            program(True)
    assert compiler.counts == {"captures": 1, "hits": 1, "left": 0}
    assert said(caught.value) == said(expected.value)
    assert "registered at" in str(caught.value)
    assert "at ExpBackward0" in str(caught.value)


@pytest.mark.parametrize("kind", ["tensor", "pre", "post"])
def test_a_gradient_becomes_none(kind):
    """The run leaves the program where it is, and the node is not run twice."""

    def program(log, i):
        x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
        y = wg.exp(x) * w
        z = wg.tanh(y)

        def hook(grads, *_):
            log(kind)
            return None if i < 2 else None if kind == "tensor" else (None,)

        if kind == "tensor":
            y.grad_fn.register_prehook(lambda gs: log("tensor") or ((None,) if i == 2 else None))
        elif kind == "pre":
            z.grad_fn.register_prehook(hook)
        else:
            z.grad_fn.register_hook(hook)
        y.register_hook(lambda g: log("y", g))
        y.grad_fn.register_hook(lambda gi, go: log("post y", gi, go))
        z.sum().backward()
        log("grads", x.grad, w.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 1}


def test_a_gradient_that_was_none_is_there():
    """One output of two gets its gradient in some runs only, by a Function; the program is not for those others."""

    class Some(Function):
        @staticmethod
        def forward(ctx, a, b, both):
            ctx.both = both
            return a + b

        @staticmethod
        def backward(ctx, g):
            return g, (g if ctx.both else None), None

    def program(log, i):
        x = leaf(1.0, 2.0)
        a, b = wg.unstack(wg.exp(x))
        a.grad_fn.register_prehook(lambda gs: log("pre", gs))
        Some.apply(a, b, i == 2).backward()
        log("grad", x.grad)

    eager, compiled, compiler = events_of(program, 4)
    assert compiled == eager
    assert compiler.counts["left"] == 1


# -- hooks that come and go while it runs --------------------------------------------------------------------------------
def in_flight(register):
    """A program in whose third run a hook on `z` calls ``register(log, x, y)``, for tensors that come after it."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        y.grad_fn.register_hook(lambda gi, go: log("post y", gi, go))
        z = wg.tanh(y)
        z.register_hook(lambda g: register(log, x, y) if i == 2 else None)
        (z * 3.0).sum().backward()
        log("grads", x.grad, y.grad)

    return program


@pytest.mark.parametrize(
    "register",
    [
        lambda log, x, y: void(y.register_hook(lambda g: log("tensor hook", g) or g * 2.0)),
        lambda log, x, y: void(y.grad_fn.register_prehook(lambda gs: log("pre-hook", gs))),
        lambda log, x, y: y.retain_grad(),
        lambda log, x, y: void(x.register_hook(lambda g: log("hook of the leaf", g) or g * 2.0)),
        lambda log, x, y: void(x.register_post_accumulate_grad_hook(lambda t: log("accumulated", t.grad))),
        lambda log, x, y: void(get_gradient_edge(x).node.register_prehook(lambda gs: log("pre-hook of the leaf", gs))),
    ],
)
@pytest.mark.parametrize("backend", ["python", "segments"])
@pytest.mark.filterwarnings("ignore:The .grad")
def test_hooks_registered_on_what_comes_later(register, backend):
    """H5.2: also where there are hooks of another kind already."""
    eager, compiled, compiler = events_of(in_flight(register), backend=backend)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 1}


def test_hooks_registered_on_the_node_that_runs():
    """H5.3, H5.4: a post-hook from a pre-hook runs, and so does retain_grad from a tensor hook."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        node = y.grad_fn

        def hook(g):
            if i == 2:
                y.retain_grad()
                node.register_prehook(lambda gs: log("pre", gs) or (gs[0] * 2.0,))
                node.register_hook(lambda gi, go: log("post", gi, go))

        y.register_hook(hook)
        (y * 3.0).sum().backward()
        log("grads", x.grad, y.grad if y.retains_grad else None)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 1}


def test_a_node_whose_hooks_are_gone():
    """The program of hooks that were removed, or never there, is that of those that were."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        handles = [y.register_hook(lambda g: log("T", g)), y.grad_fn.register_hook(lambda gi, go: log("N", gi))]
        if i == 1:
            for handle in handles:
                handle.remove()
        (y * 3.0).sum().backward()
        log("grad", x.grad)

    def bare(log, i):
        x = leaf(1.0, 2.0)
        (wg.exp(x) * 3.0).sum().backward()
        log("grad", x.grad)

    def both(log, i):
        (bare if i == 2 else program)(log, i)

    eager, compiled, compiler = events_of(both, 4)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 3, "left": 0}


def test_emptied_hooks_are_no_hooks():
    """Neither on nodes nor on leaves, and whatever is registered again is called."""
    x = leaf(1.0, 2.0)

    def program(log, i):
        x.grad = None
        handle = x.register_hook(lambda g: log("leaf", g))
        y = wg.exp(x)
        other = y.register_hook(lambda g: log("y", g))
        if i != 3:
            handle.remove()
            other.remove()
        (y * 3.0).sum().backward()
        handle.remove()
        log("grad", x.grad)

    eager, compiled, compiler = events_of(program, 4)
    assert compiled == eager
    assert compiler.counts == {"captures": 2, "hits": 2, "left": 0}
    assert "hooks are called before it, and were not" in compiler.explain()


# -- what hooks have packed ----------------------------------------------------------------------------------------------
def packed(log, unpack=lambda a: wg.tensor(a)):
    return saved_tensors_hooks(lambda t: t.detach().numpy(), lambda a: log("unpack", a.shape) or unpack(a))


def test_unpacking_is_an_effect_and_the_rest_equations():
    def program(log, i):
        x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
        with packed(log):
            y = wg.exp(x) * w
        y.register_hook(lambda g: log("hook", g))
        y.grad_fn.register_hook(lambda gi, go: log("post", gi, go))
        (y * 2.0).sum().backward()
        log("grads", x.grad, w.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    assert steps_called(compiler, "Unpack") == 2
    assert steps_called(compiler, "Visit") == 0


def test_other_arrays_are_unpacked():
    """S3.4: what broadcasts is used as it is. The engine finishes the node with what has been unpacked, once."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        with packed(log, lambda a: wg.tensor(2.0) if i == 2 else wg.tensor(a)):
            y = wg.exp(x)
        y.register_hook(lambda g: log("hook", g))
        y.grad_fn.register_hook(lambda gi, go: log("post", gi, go))
        y.sum().backward()
        log("grads", x.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 1}


def test_what_unpacks_to_no_tensor():
    def program(wrong):
        x = leaf(1.0, 2.0)
        with saved_tensors_hooks(lambda t: t, lambda t: 3.0 if wrong else t):
            y = wg.exp(x)
        (y * 2.0).sum().backward()

    with compiled_autograd(compiler=(compiler := Compiler())):
        program(False)
        with pytest.raises(SavedTensorTypeError, match="for a value saved by ExpBackward0") as caught:
            program(True)
    assert "raised in the backward, at ExpBackward0" in said(caught.value)
    assert compiler.counts["hits"] == 1


def test_a_hook_registered_while_it_unpacks():
    """H5.3: a post-hook runs; a pre-hook comes too late."""

    def program(log, i):
        x = leaf(1.0, 2.0)

        def unpack(a):
            if i == 2:
                y.grad_fn.register_hook(lambda gi, go: log("post", gi, go))
                y.grad_fn.register_prehook(lambda gs: log("pre", gs))
            return wg.tensor(a)

        with packed(log, unpack):
            y = wg.exp(x)
        (y * 2.0).sum().backward()
        log("grads", x.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts["left"] == 1


def test_a_derivative_that_cannot_be_traced_unpacks_once():
    def program(log, i):
        x = wg.tensor(np.array([[2.0, 1.0j], [-1.0j, 3.0]]), requires_grad=True)
        with packed(log):
            vectors = wg.linalg.eigh(x).eigenvectors
        vectors.register_hook(lambda g: log("hook"))
        vectors.grad_fn.register_hook(lambda gi, go: log("post"))
        wg.abs(vectors).sum().backward()
        log("grads", x.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert "its derivative looks at values" in compiler.explain()


# -- memory --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", ["python", "segments"])
def test_gradients_that_hooks_have_seen_are_let_go(backend):
    """No run holds a gradient longer than an eager one does, where it is large."""

    def program(log, i):
        seen = []
        x = wg.tensor(np.linspace(0.0, 1.0, 2000), requires_grad=True)
        y = wg.exp(x) * 2.0
        z = wg.tanh(wg.sin(y))
        z.grad_fn.register_prehook(lambda gs: void(seen.extend(weakref.ref(g.array) for g in gs)))
        z.grad_fn.register_hook(lambda gi, go: tuple(g * 2.0 for g in gi))
        y.register_hook(lambda g: log("alive", [ref() is not None for ref in seen]))
        (z * z).sum().backward()

    eager, compiled, compiler = events_of(program, backend=backend)
    assert eager[0][2] == [False]
    assert compiled == eager
    assert compiler.counts["hits"] == 2


# -- leaves --------------------------------------------------------------------------------------------------------------
def test_the_first_hook_on_a_leaf_makes_a_program():
    x = leaf(1.0, 2.0)

    def program(log, i):
        x.grad = None
        if i == 2:
            x.register_hook(lambda g: log("hook", g) or g * 2.0)
        wg.exp(x).sum().backward()
        log("grad", x.grad)

    compiler, found = Compiler(), []
    with compiled_autograd(compiler=compiler):
        for i in range(5):
            program(lambda *event: found.append(event[0]), i)
    assert found == ["grad", "grad", "hook", "grad", "hook", "grad", "hook", "grad"]
    assert compiler.counts == {"captures": 2, "hits": 3, "left": 0}


@pytest.mark.parametrize("backend", ["python", "segments"])
@pytest.mark.parametrize("alias", [False, True])
def test_a_gradient_that_the_graph_has_saved(backend, alias):
    """S1.2: who needs it after it was added to says so, also where the program adds to it later."""

    def program(clash):
        x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
        w.grad = wg.tensor([1.0, 1.0])
        saved = w.grad if clash else wg.tensor([1.0, 1.0])
        y = wg.exp(x) * (saved.detach() if alias else saved)  # runs after the leaf
        (y + w).sum().backward()
        return w.grad

    compiler = compiler_for(backend)
    with compiled_autograd(compiler=compiler):
        program(False)
        program(False)
        with pytest.raises(VersionError, match=r"MulBackward0.*is at version 1, expected version 0"):
            program(True)
    with pytest.raises(VersionError, match=r"MulBackward0.*is at version 1, expected version 0"):
        program(True)
    assert compiler.counts["hits"] == 2
    assert compiler.counts["left"] == (1 if backend == "segments" else 0)


def test_gradients_that_somebody_holds():
    """They are added to in place, and nothing else happens."""
    x, w = leaf(1.0, 2.0), leaf(3.0, 4.0)
    held = []

    def program(log, i):
        (wg.exp(x) * w).sum().backward()
        held[:] = [x.grad, w.grad, x.grad.detach()]
        log(*held)

    compiler = compiler_for("segments")
    with compiled_autograd(compiler=compiler):
        for i in range(3):
            program(void, i)
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
    np.testing.assert_allclose(held[1].numpy(), 3 * np.exp([1.0, 2.0]))
    np.testing.assert_allclose(held[2].numpy(), 3 * np.exp([1.0, 2.0]) * [3.0, 4.0])


# -- leaving -------------------------------------------------------------------------------------------------------------
def test_a_node_at_which_the_run_left_its_program_is_released():
    class Twice(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2.0

        @staticmethod
        def backward(ctx, g):
            return None if Twice.none else g * 2.0

    compiler = Compiler()
    with compiled_autograd(compiler=compiler):
        for Twice.none in (False, True):
            out = Twice.apply(wg.exp(leaf(1.0, 2.0))).sum()
            out.backward()
            with pytest.raises(ReleasedError):
                out.backward()
    assert compiler.counts["left"] == 1


def test_constants_that_hooks_write_to():
    """A derivative of zeros is the same in every run; a hook that writes to it writes to a copy."""

    def program(log, i):
        x = leaf(1.0, 2.0)
        y = wg.exp(x)
        z = wg.sign(y)
        y.register_hook(lambda g: void(log("g", g), g.add_(1.0)))
        z.grad_fn.register_hook(lambda gi, go: void(log("gi", gi), gi[0].add_(1.0)))
        z.sum().backward()
        log("grad", x.grad)

    eager, compiled, compiler = events_of(program)
    assert compiled == eager
    assert compiler.counts == {"captures": 1, "hits": 2, "left": 0}
