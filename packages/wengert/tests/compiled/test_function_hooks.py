"""Hooks in compiled functions: the eager run is the oracle, for every event and number, in the first call and in later ones."""

from __future__ import annotations

import importlib.util
import weakref

import numpy as np
import pytest

import wengert as wg
from wengert import nn
from wengert.autograd.graph import register_multi_grad_hook, save_on_cpu, saved_tensors_hooks
from wengert.errors import CompileError, ReleasedError, TraceError, VersionError

BACKENDS = [
    "python",
    pytest.param("numba", marks=pytest.mark.skipif(not importlib.util.find_spec("numba"), reason="needs numba")),
]

MORE = [*BACKENDS, pytest.param("xla", marks=pytest.mark.skipif(not importlib.util.find_spec("jax"), reason="needs jax"))]


def leaf(*numbers):
    return wg.tensor(list(numbers), requires_grad=True)


def plain(tree):
    """Tensors as lists."""
    if isinstance(tree, (list, tuple)):
        return [plain(item) for item in tree]
    return tree.tolist() if isinstance(tree, wg.Tensor) else tree


def equal(found, expected, exactly):
    if isinstance(expected, list):
        assert isinstance(found, list), (found, expected)
        assert len(found) == len(expected), (found, expected)
        for a, b in zip(found, expected, strict=True):
            equal(a, b, exactly)
    elif isinstance(expected, float) and not exactly:
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    else:
        assert found == expected


def both(program, backend="python", captures=1, exactly=True):
    """Run `program` eagerly and compiled: ``program(compiled, note)`` makes its leaves, and compiles one function."""
    logs, functions = [], []
    for compiling in (False, True):
        log = []

        def wrap(function, compiling=compiling, **options):
            functions.append(wg.compile(function, backend=backend, **options) if compiling else function)
            return functions[-1]

        program(wrap, lambda *event, log=log: log.append(plain(list(event))))
        logs.append(log)
    eager, compiled = logs
    assert eager
    assert [e[0] for e in compiled] == [e[0] for e in eager]
    equal(compiled, eager, exactly and backend == "python")
    assert functions[-1].captures == captures
    return functions[-1]


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
        step = compiled(step)
        for scale in (1.0, 2.0, 3.0):
            w.grad = v.grad = None
            note("loss", step(wg.tensor([scale, 1.0])), w.grad, v.grad)

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

        f = compiled(f)
        for scale in (1.0, 2.0, 3.0):
            w.grad = None
            loss = f(wg.tensor([scale, 0.5]))
            if not inside:
                loss.backward()
            note("grad", w.grad)

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
        for scale in (1.0, 0.1, 2.0):
            w.grad = None
            f(wg.tensor([scale, 0.5])).backward()
            note("grad", w.grad)

    both(program)


# -- saved tensors -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", MORE)
@pytest.mark.parametrize("inside", [True, False])
def test_saved_tensor_hooks(backend, inside):
    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def pack(t):
            note("pack", t, t is w, t.requires_grad, t.is_leaf)
            return {"values": t.tolist()}

        def unpack(packed):
            note("unpack", packed["values"])
            return wg.tensor(packed["values"]) * 2.0

        def f(x):
            with saved_tensors_hooks(pack, unpack):
                y = wg.exp(w * x)
            z = wg.sin(y)
            note_inside(z)
            loss = (z * y).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        def note_inside(z):
            z.register_hook(lambda g: note("z", g))

        f = compiled(f)
        for scale in (1.0, 2.0, 3.0):
            w.grad = None
            loss = f(wg.tensor([scale, 0.5]))
            note("forward", loss)
            if not inside:
                loss.backward(retain_graph=True)
                loss.backward()
            note("grad", w.grad)

    both(program, backend)


@pytest.mark.parametrize("inside", [True, False])
def test_saved_tensor_hooks_around_the_call(inside):
    """They are those of each call."""

    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def f(x):
            loss = (wg.exp(w * x) * w).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        f = compiled(f)
        for scale in (1.0, 2.0, 3.0):
            for factor in (None, 1.0, 10.0):
                w.grad = None
                x = wg.tensor([scale, 0.5])
                if factor is None:
                    loss = f(x)
                else:
                    hooks = saved_tensors_hooks(
                        lambda t, f=factor: note("pack", t, f) or t.detach(), lambda t, f=factor: note("unpack", t, f) or t * f
                    )
                    with hooks:
                        loss = f(x)
                if not inside:
                    loss.backward()
                note("grad", w.grad)

    both(program, captures=2)


@pytest.mark.parametrize("inside", [True, False])
def test_hooks_on_one_saved_tensor(inside):
    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def f(x):
            y = w * x
            z = y * y
            saved = z.grad_fn._raw_saved_self
            saved.register_hooks(lambda t: note("pack", t) or t.detach(), lambda t: note("unpack", t) or t * 3.0)
            loss = z.sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        f = compiled(f)
        for scale in (1.0, 2.0):
            w.grad = None
            loss = f(wg.tensor([scale, 0.5]))
            if not inside:
                loss.backward()
            note("grad", w.grad)

    both(program)


@pytest.mark.parametrize("store", ["cpu", "half", "disk", "compressed"])
@pytest.mark.parametrize("inside", [True, False])
def test_packers_of_the_library(store, inside, tmp_path):
    graph = wg.autograd.graph
    if store == "compressed":
        pytest.importorskip("blosc2")
    makers = {
        "cpu": save_on_cpu,
        "half": graph.save_in_half,
        "disk": lambda: graph.save_on_disk(tmp_path),
        "compressed": lambda: graph.save_compressed(bits=20),
    }

    def program(compiled, note):
        w = leaf(1.0, 2.1, 0.3)

        def f(x):
            with makers[store]():
                loss = (wg.exp(w * x) * wg.sin(x)).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        f = compiled(f)
        for scale in (1.1, 2.3, 0.7):
            w.grad = None
            loss = f(wg.tensor([scale, 0.5, 0.1]))
            if not inside:
                loss.backward()
            note("grad", loss, w.grad)

    both(program)


def test_unpack_hooks_that_fail():
    def program(compiled, note):
        w, fail = leaf(1.0, 2.0), []

        def unpack(t):
            if fail:
                raise KeyError("unpack")
            return t

        def f(x):
            with saved_tensors_hooks(lambda t: t.detach(), unpack):
                (wg.exp(w) * x).sum().backward()

        f = compiled(f)
        f(wg.tensor([1.0, 1.0]))
        note("grad", w.grad)
        fail.append(True)
        with pytest.raises(KeyError):
            f(wg.tensor([1.0, 1.0]))
        note("grad", w.grad)

    both(program)


# -- derivatives of derivatives ------------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", BACKENDS)
def test_second_and_third_derivatives(backend):
    def program(compiled, note):
        w = leaf(0.3, 0.7)
        f = compiled(lambda x: (wg.exp(w * x) * wg.sin(x) + x**3).sum())
        for scale in (1.0, 0.5, 2.0):
            x = leaf(scale, 0.2)
            (first,) = wg.autograd.grad(f(x), x, create_graph=True)
            second, mixed = wg.autograd.grad(first.sum(), (x, w), create_graph=True)
            third = wg.autograd.grad((second * mixed).sum(), (x, w))
            note("derivatives", first, second, mixed, third)

    both(program, backend)


def test_second_derivatives_through_hooks_and_results():
    def program(compiled, note):
        w = leaf(0.3, 0.7)

        def f(x):
            y = wg.sin(w * x)
            y.register_hook(lambda g: note("y", g))
            y.register_hook(lambda g: g * 2.0)
            return (y * y * x).sum(), y

        f = compiled(f)
        for scale in (1.0, 0.5):
            x = leaf(scale, 0.2)
            loss, y = f(x)
            (first,) = wg.autograd.grad(loss, y, create_graph=True)
            note("by y", wg.autograd.grad(first.sum(), (y, w, x), retain_graph=True))
            (first,) = wg.autograd.grad(loss, x, create_graph=True)
            (first * first).sum().backward()
            note("grads", first, w.grad, x.grad)

    both(program)


def test_second_derivatives_by_a_result_without_hooks():
    def program(compiled, note):
        w = leaf(0.3, 0.7)

        def f(x):
            y = wg.sin(w * x)
            return (y * y * y * x).sum(), y

        f = compiled(f)
        for scale in (1.0, 0.5):
            x = leaf(scale, 0.2)
            loss, y = f(x)
            (first,) = wg.autograd.grad(loss, y, create_graph=True)
            note("by y", wg.autograd.grad((first * first).sum(), (y, w, x), retain_graph=True))
            w.grad = None
            (loss + first.sum()).backward()
            note("grads", first, w.grad, x.grad)

    both(program, exactly=False)  # sums are made in another order


def test_transforms_of_compiled_functions():
    f = wg.compile(lambda x: (x**3).sum())
    x = wg.tensor([1.0, 2.0])
    for _ in range(2):
        assert wg.hessian(f)(x).tolist() == [[6.0, 0.0], [0.0, 12.0]]
        assert wg.grad(wg.grad(lambda v: f(v * 2.0)))(wg.tensor(1.0)).item() == 48.0


def test_batched_gradients():
    w = leaf(1.0, 2.0)
    f = wg.compile(lambda x: wg.exp(w * x))
    for _ in range(2):
        y = f(wg.tensor([0.5, 0.25]))
        basis = wg.tensor([[1.0, 0.0], [0.0, 1.0]])
        (found,) = wg.autograd.grad(y, w, basis, is_grads_batched=True)
        expected = np.diag(np.exp([0.5, 0.5]) * np.array([0.5, 0.25]))
        np.testing.assert_allclose(found.numpy(), expected, rtol=1e-14)


def test_a_derivative_inside_and_one_outside():
    def program(compiled, note):
        w = leaf(0.3, 0.7)

        def f(x):
            y = wg.exp(w * x).sum()
            (g,) = wg.autograd.grad(y, w, create_graph=True)
            return (g * g).sum() + y

        f = compiled(f)
        for scale in (1.0, 0.5):
            w.grad = None
            f(wg.tensor([scale, 0.2])).backward()
            note("grad", w.grad)

    both(program)


def test_random_numbers_are_the_same_in_the_derivative():
    def program(compiled, note):
        w = leaf(0.3, 0.7, 0.1)
        f = compiled(lambda x: (nn.functional.dropout(wg.exp(w * x), 0.5, training=True) ** 2).sum())
        wg.random.seed(7)
        for scale in (1.0, 0.5, 2.0):
            (first,) = wg.autograd.grad(f(wg.tensor([scale, 0.2, 1.0])), w, create_graph=True)
            note("first", first)
            note("second", wg.autograd.grad(first.sum(), w))

    both(program)


# -- writes --------------------------------------------------------------------------------------------------------------
def test_writes_to_what_a_derivative_needs():
    """A result that is needed, a view of a tensor from outside, a tensor from outside: written to, they are an error."""
    w = leaf(1.0, 2.0)
    returned = wg.compile(lambda x: wg.exp(w * x))
    viewed = wg.compile(lambda x: (x.reshape((2, 1)) * w.reshape((2, 1))).sum())
    for _ in range(2):
        y = returned(wg.tensor([0.5, 0.5]))
        with wg.no_grad():
            y.mul_(2.0)
        with pytest.raises(VersionError):
            y.sum().backward()
        x = wg.tensor([1.0, 3.0])
        loss = viewed(x)
        x.add_(1.0)
        with pytest.raises(VersionError):
            loss.backward()


def test_hooks_that_write_to_tensors_from_outside():
    """What they leave there the function sees, in the order of an eager run."""

    def program(compiled, note):
        w, v, count = leaf(1.0, 2.0), leaf(0.5, 0.5), wg.tensor([0.0])

        def update(t):
            with wg.no_grad():
                t.sub_(0.1 * t.grad)
                count.add_(1.0)
            t.grad = None

        w.register_post_accumulate_grad_hook(update)

        def step(x):
            (wg.exp(w * x) * v).sum().backward()
            return (w * count).detach(), v.grad * 1.0

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2):
            v.grad = None
            note("results", *step(wg.tensor([scale, 0.2])))
            note("left", w, w.grad, v.grad, count)

    both(program)


def test_hooks_that_change_gradients():
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), leaf(0.5, 0.5)
        w.register_post_accumulate_grad_hook(lambda t: [t.grad.mul_(0.5)].clear())

        def step(x):
            (w * x).sum().backward()
            (w * w * x * v).sum().backward()
            return w.grad + v.grad

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2):
            note("result", step(wg.tensor([scale, 0.2])))
            note("grads", w.grad, v.grad)

    both(program)


# -- gradients that are there or not -------------------------------------------------------------------------------------
def test_gradients_that_are_there_make_no_program():
    def program(compiled, note):
        ws = [leaf(0.1 * i + 0.3, 0.7) for i in range(3)]

        def step(x):
            for w in ws:
                x = wg.tanh(x * w)
            x.sum().backward()

        step = compiled(step)
        for run in range(6):
            for i, w in enumerate(ws):
                if (run >> i) & 1:
                    w.grad = None
                elif w.grad is not None and run == 4:
                    w.grad.zero_()
            kept = [w.grad for w in ws]
            step(wg.tensor([1.0, 0.1 * run]))
            note("grads", [w.grad for w in ws])
            note("same", [k is None or k is w.grad for k, w in zip(kept, ws, strict=True)])

    both(program)


def test_hooks_that_come_and_go_make_one_program():
    """Added, removed, replaced, where one of the kind was."""

    def program(compiled, note):
        w = leaf(1.0, 2.0)
        step = compiled(lambda x: (wg.exp(w) * x).sum().backward())
        handles = []
        for run in range(6):
            w.grad = None
            if run in (0, 2, 3):
                handles.append(w.register_hook(lambda g, run=run: note("hook", run, g)))
            if run in (1, 4, 5):
                handles.pop().remove()
            step(wg.tensor([1.0, 0.1 * run]))
            note("grad", w.grad)

    both(program)


def test_a_first_node_hook_of_a_leaf_makes_a_program():
    def program(compiled, note):
        w = leaf(1.0, 2.0)
        step = compiled(lambda x: (wg.exp(w) * x).sum().backward())
        node = wg.autograd.graph.get_gradient_edge(w).node
        for run in range(4):
            w.grad = None
            if run == 1:
                node.register_prehook(lambda gs: note("pre", gs))
            if run == 2:
                node.register_hook(lambda gi, go: note("post", gi, go))
            step(wg.tensor([1.0, 0.1 * run]))
            note("grad", w.grad)

    both(program, captures=3)


def test_hooks_of_arguments_are_those_of_each_call():
    def program(compiled, note):
        step = compiled(lambda x: (x * x).sum().backward())
        for run in range(3):
            x = leaf(1.0 + run)
            x.register_hook(lambda g, run=run: note("hook", run, g))
            x.register_post_accumulate_grad_hook(lambda t, run=run: note("acc", run, t.grad))
            step(x)

    both(program)


def test_hooks_registered_inside_on_what_is_outside():
    """Registered, and removed, in each run."""

    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def removed(x):
            y = wg.exp(w * x)
            handles = [
                w.register_hook(lambda g: note("w", g, y)),
                w.register_post_accumulate_grad_hook(lambda t: note("acc", t.grad)),
                y.register_hook(lambda g: note("y", g)),
            ]
            y.sum().backward()
            for handle in handles:
                handle.remove()

        def left(x):
            w.register_hook(lambda g: note("left", g, x))
            return (w * x).sum()

        removed = compiled(removed)
        for run in range(3):
            w.grad = None
            removed(wg.tensor([1.0, 0.1 * run]))
        left = compiled(left)
        for run in range(4):
            w.grad = None
            left(wg.tensor([1.0, 0.1 * run])).backward()
            note("grad", w.grad)

    both(program)


def test_a_hook_that_replaces_in_a_recorded_backward():
    def f(x):
        y = x * x
        y.register_hook(lambda g: g * 2.0)
        (first,) = wg.autograd.grad((y * x).sum(), x, create_graph=True)
        return wg.autograd.grad(first.sum(), x)[0]

    with pytest.raises(CompileError, match="register it with pure=True"):
        wg.compile(f)(leaf(1.0))


# -- callbacks, checkpoints, modules -------------------------------------------------------------------------------------
def test_queued_callbacks():
    def program(compiled, note):
        w, v = leaf(1.0, 2.0), leaf(0.5, 0.5)
        runs = []

        def hook(g):
            runs.append(1)
            note("hook", wg.autograd.graph.current_task_id() >= 0)
            if len(runs) % 2:
                wg.autograd.queue_callback(lambda: note("first", w.grad, v.grad))
                wg.autograd.queue_callback(lambda: wg.autograd.queue_callback(lambda: note("nested", len(runs))))

        v.register_hook(hook)

        def step(x):
            (wg.exp(w * x) * v).sum().backward()
            return w.grad + v.grad

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2, 0.1):
            note("result", step(wg.tensor([scale, 0.2])))

    both(program)


def test_callbacks_queued_by_the_function_itself():
    class Queues(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x, note):
            ctx.note = note
            return x * 1.0

        @staticmethod
        def backward(ctx, g):
            note = ctx.note
            wg.autograd.queue_callback(lambda: note("callback"))
            return g, None

    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def step(x):
            Queues.apply(w * x, note).sum().backward()

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2):
            step(wg.tensor([scale, 0.2]))
            note("grad", w.grad)

    both(program)


@pytest.mark.parametrize("reentrant", [False, True])
@pytest.mark.parametrize("inside", [True, False])
def test_checkpoints(inside, reentrant):
    def program(compiled, note):
        w = leaf(1.0, 2.0)

        def f(x):
            y = wg.checkpoint(lambda v: wg.exp(wg.sin(v) * v), w * x, use_reentrant=reentrant)
            y.register_hook(lambda g: note("y", g))
            loss = (y * y).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        f = compiled(f)
        for scale in (1.0, 0.5, 0.2):
            w.grad = None
            loss = f(wg.tensor([scale, 0.2]))
            if not inside:
                loss.backward()
            note("grad", w.grad)

    both(program)


def test_a_checkpoint_without_hooks_and_second_derivatives():
    def program(compiled, note):
        w = leaf(1.0, 2.0)
        f = compiled(lambda x: wg.checkpoint(lambda v: wg.exp(wg.sin(v) * v), w * x, use_reentrant=False).sum())
        for scale in (1.0, 0.5, 0.2):
            (first,) = wg.autograd.grad(f(wg.tensor([scale, 0.2])), w, create_graph=True)
            note("first", first)
            note("second", wg.autograd.grad(first.sum(), w))

    both(program)


@pytest.mark.parametrize("inside", [True, False])
def test_backward_hooks_of_modules(inside):
    def program(compiled, note):
        model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        rng = np.random.default_rng(0)
        with wg.no_grad():
            for p in model.parameters():
                p.copy_(wg.tensor(rng.normal(size=p.shape), dtype=p.dtype))
        model[0].register_full_backward_pre_hook(lambda m, go: note("pre", type(m).__name__, go))
        model[1].register_full_backward_hook(lambda m, gi, go: note("tanh", gi, go))
        model[2].register_full_backward_hook(lambda m, gi, go: (gi[0] * 2.0,))

        def step(x):
            loss = (model(x) ** 2).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        step = compiled(step)
        for scale in (1.0, 0.5, 0.2):
            model.zero_grad()
            loss = step(wg.tensor([[scale, 0.2], [0.1, 1.0]], dtype=wg.float32))
            if not inside:
                loss.backward()
            note("grads", [p.grad for p in model.parameters()])

    both(program)


@pytest.mark.parametrize("inside", [True, False])
def test_forward_hooks_of_modules(inside):
    """They see real arrays in each run, come and go, and their replacements are differentiated."""

    def program(compiled, note):
        model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
        rng = np.random.default_rng(0)
        with wg.no_grad():
            for p in model.parameters():
                p.copy_(wg.tensor(rng.normal(size=p.shape), dtype=p.dtype))
        model[0].register_forward_pre_hook(lambda m, args: note("pre", args[0]))
        handle = model[1].register_forward_hook(lambda m, args, out: note("tanh", args[0], out, out.requires_grad))
        model[1].register_forward_hook(lambda m, args, out: note("again", out))
        model[2].register_forward_pre_hook(lambda m, args: (args[0] * wg.exp(args[0]),))
        model[2].register_forward_hook(lambda m, args, kwargs, out: out * 2.0 + args[0].sum(), with_kwargs=True)

        def step(x):
            loss = (model(x) ** 2).sum()
            if inside:
                loss.backward()
                return loss.detach()
            return loss

        step = compiled(step)
        for run, scale in enumerate((1.0, 0.5, 0.2, 0.1)):
            model.zero_grad()
            if run == 2:
                handle.remove()
                model[1].register_forward_hook(lambda m, args, out: note("new", out))
            loss = step(wg.tensor([[scale, 0.2], [0.1, 1.0]], dtype=wg.float32))
            if not inside:
                loss.backward()
            note("grads", loss, [p.grad for p in model.parameters()])

    both(program)


def test_a_first_hook_of_a_module_makes_a_program():
    def program(compiled, note):
        layer = nn.Tanh()
        step = compiled(lambda x: layer(x).sum())
        for run in range(5):
            if run == 2:
                handle = layer.register_forward_hook(lambda m, args, out: note("hook", out))
            if run == 4:
                handle.remove()
            note("result", step(wg.tensor([0.1 * run, 0.5])))

    both(program, captures=2)


def test_module_hooks_registered_inside():
    layer = nn.Tanh()

    def f(x):
        with layer.register_forward_hook(lambda m, args, out: None):
            return layer(x)

    with pytest.raises(CompileError, match="a module forward hook is registered inside of the compiled function"):
        wg.compile(f)(wg.tensor([1.0]))
