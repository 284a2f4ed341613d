"""Wrapper subclasses, overrides, scripts, and what contexts of saved tensors show of themselves, beside PyTorch."""

from __future__ import annotations

import functools
import gc
import warnings
import weakref

import pytest
import torch

import wengert.compat.torch as spelled
from wengert.errors import UnsupportedError

from .both import check


# -- classes with __torch_dispatch__ and __torch_function__ --------------------------------------------------------------
def wrapper(lib, seen):
    """A class whose tensors hold another, and which notes what is computed with it."""

    class Holding(lib.Tensor):
        @staticmethod
        def __new__(cls, inner, requires_grad=True):
            return lib.Tensor._make_wrapper_subclass(cls, inner.size(), dtype=inner.dtype, requires_grad=requires_grad)

        def __init__(self, inner, requires_grad=True):
            self.inner = inner

        @classmethod
        def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
            seen.append(str(func))
            inside = [a.inner if isinstance(a, cls) else a for a in args]
            return cls(func(*inside, **(kwargs or {})), requires_grad=False)

    return Holding


@pytest.mark.parametrize("program", [lambda x: x.exp(), lambda x: x * x.sin(), lambda x: (x * 3).exp() + x])
def test_a_wrapper_computes_by_its_class(program):
    def run(lib):
        seen = []
        inner = lib.tensor([0.5, 1.5])
        x = wrapper(lib, seen)(inner)
        y = program(x)
        plain = inner.clone().requires_grad_()
        y.backward(lib.ones(2))
        program(plain).backward(lib.ones(2))
        grad = x.grad
        forward = [s for s in seen if s.split(".")[1] in ("exp", "sin", "mul", "add")]
        return y.requires_grad, y.grad_fn is not None, bool(forward), lib.allclose(inner_of(lib, grad), plain.grad)

    def inner_of(lib, tensor):
        return tensor.inner if lib is torch else tensor.array.attributes["inner"]

    check(run)


def test_a_wrapper_has_no_values_here():
    x = wrapper(spelled, [])(spelled.ones(2))
    with pytest.raises(UnsupportedError, match="no values of its own"):
        x.tolist()
    with pytest.raises(RuntimeError, match="must define a __torch_dispatch__"):
        spelled.Tensor._make_wrapper_subclass(spelled.Tensor, (2,))


def test_backward_and_grad_ask_the_class():
    def run(lib):
        calls = []

        class Asked(lib.Tensor):
            @classmethod
            def __torch_function__(cls, func, types, args=(), kwargs=None):
                if func in (lib.autograd.backward, lib.autograd.grad):
                    calls.append(func.__name__)
                    return None
                return super().__torch_function__(func, types, args, kwargs or {})

        x = lib.ones(2, requires_grad=True).as_subclass(Asked)
        lib.autograd.backward((x,), lib.ones(2))
        lib.autograd.grad(x, lib.ones(2, requires_grad=True))
        return calls

    check(run)


# -- scripts -------------------------------------------------------------------------------------------------------------
def test_scripts_run_and_fork():
    @spelled.jit.script
    def slope(x):
        return spelled.autograd.grad((x * x).sum(), x)[0]

    x = spelled.tensor([3.0], requires_grad=True)
    forked = [spelled.jit.fork(slope, x) for _ in range(2)]
    assert [spelled.jit.wait(f).tolist() for f in forked] == [[6.0], [6.0]]

    def fail():
        raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        spelled.jit.wait(spelled.jit.fork(fail))


# -- what PyTorch's tests are given --------------------------------------------------------------------------------------
def test_operators_for_tests():
    def run(lib):
        x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
        found = []
        for f in (
            lib._test_autograd_multiple_dispatch,
            lambda x: lib._test_autograd_multiple_dispatch(x, True),
            lib._test_autograd_multiple_dispatch_view,
            lib._test_autograd_multiple_dispatch_view_copy,
        ):
            out = f(x)
            found.append((out, lib.autograd.grad(out, x, lib.ones_like(out)), out._is_view()))
        with warnings.catch_warnings(record=True) as given:
            warnings.simplefilter("always")
            lib._C._nn._test_warn_in_autograd(x.sum()).backward()
        return found, ["Warn from backward" in str(w.message) for w in given]

    check(run)


# -- saved tensors -------------------------------------------------------------------------------------------------------
def test_what_is_saved_and_copied_can_be_counted():
    def run(lib):
        counts = []
        with lib.autograd.graph.allow_mutation_on_saved_tensors() as context:

            def count():
                counts.append((len(list(context.tid_to_weakhandle.items())), len(list(context.cloned.items()))))

            a = lib.tensor([1.0, 2.0], requires_grad=True).clone()
            b, c = a**2, a**2
            count()
            a.sin_()
            counts.append(len(list(context.cloned.items())))
            d = a**2
            a.sin_()
            counts.append(len(list(context.cloned.items())))
            del b, c
            counts.append(len(list(context.cloned.items())))
            del d
            counts.append(len(list(context.cloned.items())))
        return counts

    check(run)


def test_a_selective_checkpoint_shows_what_it_keeps():
    def run(lib):
        module = lib.utils.checkpoint
        modes, values = [], []

        def f(x):
            mode = lib.utils._python_dispatch._get_current_dispatch_mode()
            modes.append(type(mode).__name__)
            out = x.cos().exp()
            if isinstance(mode, module._CachingTorchDispatchMode):
                values.append(weakref.ref(mode.storage[lib.ops.aten.exp.default][0].val))
            return out.sin()

        keep = functools.partial(
            module.create_selective_checkpoint_contexts, lambda *a, **k: module.CheckpointPolicy.MUST_SAVE
        )
        gc.disable()
        try:
            y = lib.utils.checkpoint.checkpoint(f, lib.ones(2, requires_grad=True), use_reentrant=False, context_fn=keep)
            alive = values[0]() is not None
            y.sum().backward(retain_graph=True)
            return modes, alive, values[0]() is None
        finally:
            gc.enable()

    check(run)


def test_pieces_that_are_no_views():
    def run(lib):
        found = []
        for f in (lambda t: t.unsafe_split(1), lambda t: t.unsafe_chunk(2), lambda t: t.unsafe_split_with_sizes((1, 1))):
            x = lib.ones(2, 2, requires_grad=True)
            a, b = f(x * 2)
            a.mul_(b)
            a.sum().backward()
            found.append((a._is_view(), x.grad))
        return found

    check(run)


def test_what_counts_as_resizing():
    def run(lib):
        x, versions = lib.ones(1), []
        for change in (lambda: x.resize_((1, 2)), lambda: x.resize_as_(lib.ones(3)), lambda: x.resize_((3,))):
            change()
            versions.append(x._version)
        with lib.inference_mode():
            return versions, lib.ones(2, 3, requires_grad=True).resize_(1, 2).shape

    check(run)


def test_reshape_tells_the_shape_that_it_saved():
    check(lambda lib: tuple(lib.ones(2, 3, requires_grad=True).view(6).grad_fn._saved_self_sym_sizes))
