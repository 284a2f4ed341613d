"""Hooks in compiled functions: on several tensors, on results, on what hooks hold; in the first call and in later ones."""

from __future__ import annotations

import weakref

import pytest

import wengert as wg
from compiled.side_by_side import BACKENDS, MORE, both, in_turn, leaf
from wengert.autograd.graph import register_multi_grad_hook
from wengert.errors import ReleasedError, TraceError


# -- hooks on several tensors --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("mode", ["all", "any"])
@pytest.mark.parametrize("place", ["inside", "outside"])
def test_multi_grad_hooks_of_a_backward_inside(backend, mode, place):
    def program(compiled, note):
        w, v, unused = leaf(1.0, 2.0), leaf(0.5, -1.0), leaf(3.0)

        def step(x):
            y = wg.tanh(w * x)
            z = wg.exp(y * v)
            z.register_hook(lambda g: note("z", g))
            if place == "inside":
                register_multi_grad_hook((y, z, v) if mode == "any" else (z, y), lambda g: note("multi", g), mode=mode)
            loss = z.sum()
            loss.backward()
            return loss.detach()

        if place == "outside":
            register_multi_grad_hook((w, unused, v), lambda g: note("multi", g), mode=mode)
        w.register_hook(lambda g: note("w", g))
        in_turn(compiled(step), [w, v], note, scales=(1.0, 2.0, 3.0), others=(1.0,))

    both(program, backend)


def test_multi_grad_hooks_over_leaves_and_intermediates():
    """Registered and removed inside of the function: once in each run."""

    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def step(x):
            y = w * x
            with register_multi_grad_hook((y, w), lambda g: note("multi", g)):
                (y * y).sum().backward()

        step = compiled(step)
        for scale in (1.0, 2.0, 3.0):
            w.grad = None
            step(wg.tensor([scale, 1.0]))
            note("grad", w.grad, len(w._backward_hooks))

    both(program)


def test_multi_grad_hooks_on_arguments():
    def program(compiled, note):
        step = compiled(lambda x, y: (x * y).sum().backward())
        for scale in (1.0, 2.0, 3.0):
            x, y = leaf(scale), leaf(2.0)
            register_multi_grad_hook((y, x), lambda g, scale=scale: note("multi", scale, g))
            step(x, y)
            note("grads", x.grad, y.grad)

    both(program)


@pytest.mark.parametrize("mode", ["all", "any"])
def test_multi_grad_hooks_of_a_backward_outside(mode):
    """Two calls in one backward have a hook each."""

    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def f(x):
            y = wg.sin(w * x)
            z = wg.cos(x) * y
            register_multi_grad_hook((z, y), lambda g: note("multi", g), mode=mode)
            return z.sum()

        f = compiled(f)
        for scale in (1.0, 2.0):
            w.grad = None
            (f(wg.tensor([scale, 1.0])) * 3.0 + f(wg.tensor([scale, 2.0]))).backward()
            note("grad", w.grad)

    both(program)


# -- hooks inside of a function whose result requires grad ---------------------------------------------------------------
@pytest.mark.parametrize("backend", MORE)
def test_hooks_of_every_kind_and_a_backward_from_outside(backend):
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), leaf(0.5, -1.0)
        w.register_hook(lambda g: note("w", g))
        v.register_post_accumulate_grad_hook(lambda t: note("v", t.grad))

        def f(x):
            h = wg.tanh(w * x)
            h.register_hook(lambda g: note("h 1", g))
            h.register_hook(lambda g: g * 2.0)
            h.register_hook(lambda g: note("h 3", g))
            k = h * v
            k.grad_fn.register_prehook(lambda gs: note("pre", gs))
            k.grad_fn.register_prehook(lambda gs: (gs[0] * 0.5,))
            k.grad_fn.register_hook(lambda gi, go: note("post", gi, go))
            k.grad_fn.register_hook(lambda gi, go: (gi[0] + 1.0, gi[1]))
            return wg.exp(k).sum()

        f = compiled(f)
        for scale in (1.0, 2.0, 3.0):
            w.grad = v.grad = None
            x = leaf(scale, 1.0)
            loss = f(x)
            note("forward", loss)
            loss.backward()
            note("grads", w.grad, v.grad, x.grad)

    both(program, backend)


def test_a_graph_that_is_kept():
    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def f(x):
            y = w * x
            y.register_hook(lambda g: note("y", g))
            return (y * y).sum()

        f = compiled(f)
        for _ in range(2):
            loss = f(wg.tensor([1.0, 3.0]))
            loss.backward(retain_graph=True)
            loss.backward()
            note("grad", w.grad)
            with pytest.raises(ReleasedError):
                loss.backward()

    both(program)


def test_only_some_of_the_results():
    """What a backward does not come to, it neither visits nor gives zeros to."""

    def program(compiled, note):
        w, v, u = leaf(1.0, 2.0), leaf(0.5, -1.0), leaf(3.0, 4.0)
        for name, t in (("w", w), ("v", v), ("u", u)):
            t.register_hook(lambda g, name=name: note(name, g))

        def f(x):
            shared = wg.exp(u * x)
            a, b = w * shared, v * shared
            for name, t in (("shared", shared), ("a", a), ("b", b)):
                t.register_hook(lambda g, name=name: note(name, g))
            return a.sum(), b.sum()

        f = compiled(f)
        for which in (0, 1, 0, 2):
            w.grad = v.grad = u.grad = None
            results = f(wg.tensor([1.0, 0.5]))
            (results[0] + results[1] if which == 2 else results[which]).backward()
            note("grads", which, w.grad, v.grad, u.grad)

    both(program)


@pytest.mark.parametrize("backend", BACKENDS)
def test_only_some_of_the_results_without_hooks_inside(backend):
    def program(compiled, note):
        w, v, u = leaf(1.0, 2.0), leaf(0.5, -1.0), leaf(3.0, 4.0)
        for name, t in (("w", w), ("v", v), ("u", u)):
            t.register_hook(lambda g, name=name: note(name, g))

        def f(x):
            shared = wg.exp(u * x)
            return (w * shared).sum(), (v * shared).sum() * 2.0

        f = compiled(f)
        for which in (0, 1, 2, 0, 1, 2):
            w.grad = v.grad = u.grad = None
            results = f(wg.tensor([1.0, 0.5]))
            (results[0] + results[1] if which == 2 else results[which]).backward()
            note("grads", which, w.grad, v.grad, u.grad)

    both(program, backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_result_on_the_way_to_another(backend):
    """Hooks on it, its retained gradient, a gradient with respect to it: it has its place in the graph."""

    def program(compiled, note):
        w, b = leaf(1.0, 2.0), leaf(0.5, 0.5)

        def f(x):
            logits = wg.tanh(w * x) + b
            return (logits * logits).sum(), logits

        f = compiled(f)
        for scale in (1.0, 2.0, 3.0):
            w.grad = b.grad = None
            loss, logits = f(wg.tensor([scale, 1.0]))
            logits.register_hook(lambda g: note("logits", g))
            logits.retain_grad()
            note("to logits", wg.autograd.grad(loss, logits, retain_graph=True))
            (loss + logits.sum()).backward(retain_graph=True)
            note("grads", w.grad, b.grad, logits.grad)
            logits.sum().backward()
            note("grads", w.grad, b.grad, logits.grad)

    both(program, backend)


def test_retained_gradients_of_results_and_hooks_on_them():
    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def f(x):
            y = w * x
            y.retain_grad()
            y.register_hook(lambda g: note("inside", g))
            return y, wg.exp(y).sum()

        f = compiled(f)
        for scale in (1.0, 2.0):
            y, loss = f(wg.tensor([scale, 1.0]))
            y.register_hook(lambda g: note("outside", g))
            note("before", y.grad, y.retains_grad)
            loss.backward()
            note("after", y.grad, y.grad_fn.name(), loss.grad_fn.name())

    both(program)


def test_inputs_and_captured_gradients():
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), leaf(0.5, -1.0)

        def f(x):
            a = wg.exp(w * x)
            b = wg.sin(v * x)
            a.register_hook(lambda g: note("a", g))
            b.register_hook(lambda g: note("b", g))
            return (a * b).sum()

        f = compiled(f)
        for _ in range(2):
            x = leaf(1.0, 3.0)
            f(x).backward(inputs=[w])
            note("w", w.grad, v.grad, x.grad)
            note("v", wg.autograd.grad(f(x), [v]))
            note("x", wg.autograd.grad(f(x), [x, w]))

    both(program)


def test_inputs_without_hooks_inside():
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), leaf(0.5, -1.0)
        f = compiled(lambda x: (wg.exp(w * x) * wg.sin(v * x)).sum())
        for _ in range(2):
            x = leaf(1.0, 3.0)
            f(x).backward(inputs=[w])
            note("w", w.grad, v.grad, x.grad)
            note("v", wg.autograd.grad(f(x), [v]))
            note("x", wg.autograd.grad(f(x), [x, w]))

    both(program)


def test_the_order_of_leaves_among_hooks():
    """Leaves are served as soon as their last gradient is there, and see it; gradients are added in the order of an eager run."""

    def program(compiled, note):
        ws = [leaf(0.1 * i + 0.3, 0.7) for i in range(4)]
        for i, w in enumerate(ws):
            w.register_hook(lambda g, i=i: note(f"w{i}", g))
            w.register_post_accumulate_grad_hook(lambda t, i=i: note(f"acc{i}", t.grad))

        def f(x):
            for w in ws:
                x = wg.tanh(x * w) + ws[0]
            return (x * ws[2]).sum()

        def g(x):
            y = f(x)
            y.grad_fn.register_hook(lambda gi, go: note("post", gi, go))
            return y * 2.0

        for function in (f, g):
            function = compiled(function)
            for scale in (1.0, 2.0):
                function(wg.tensor([scale, 0.1])).backward()
                (ws[1].sum() + function(wg.tensor([scale, 0.1])) * ws[0].sum()).backward()

    both(program)


def test_hooks_that_hold_tensors_of_the_function():
    """What a hook finds in variables around it are the tensors of its own run."""

    def program(compiled, note, inside):
        w = leaf(1.0, 2.0)

        def f(x):
            y = wg.exp(w * x)
            y.register_hook(lambda g: note("held", y, x, g))
            y.register_hook(lambda g: g * y.detach() * x)
            loss = (y * y).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        in_turn(compiled(f), [w], note, scales=(1.0, 2.0, 3.0), others=(0.5,))

    for inside in (False, True):
        both(lambda compiled, note, inside=inside: program(compiled, note, inside))


def test_a_hook_that_cannot_know_a_tensor():
    def f(x):
        y = x * 2.0
        known = weakref.ref(y)
        y.register_hook(lambda g: g * known())
        y.sum().backward()

    with pytest.raises(TraceError, match="it is not known what the tensor is in this run"):
        wg.compile(f)(leaf(1.0))


def test_a_derivative_that_looks_at_values():
    """Its node is run as it is, with real arrays."""

    class Clipped(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2.0 * x if float(g.sum()) > 1.0 else g * 0.0

    def program(compiled, note):
        w = leaf(1.0, 2.0)
        f = compiled(lambda x: (Clipped.apply(w * x) * x).sum())
        in_turn(f, [w], note, scales=(1.0, 0.1, 2.0), others=(0.5,))

    both(program)
