"""Saved-tensor hooks in compiled functions, and derivatives of derivatives: as in an eager run, in every call."""

from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from compiled.side_by_side import BACKENDS, MORE, both, in_turn, leaf
from wengert import nn
from wengert.autograd.graph import save_on_cpu, saved_tensors_hooks


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

        in_turn(compiled(f), [w], note, scales=(1.0, 2.0, 3.0), others=(0.5,), twice=True)

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

        in_turn(compiled(f), [w], note, scales=(1.0, 2.0), others=(0.5,))

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

        in_turn(compiled(f), [w], note, scales=(1.1, 2.3, 0.7), others=(0.5, 0.1))

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

        in_turn(compiled(f), [w], note, scales=(1.0, 0.5))

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
