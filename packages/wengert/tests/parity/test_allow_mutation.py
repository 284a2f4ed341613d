"""``allow_mutation_on_saved_tensors`` (rule S6)."""

from __future__ import annotations

import pytest

from .facade import differs, parity
from .programs import leaf


def allowing(lib):
    return lib.graph.allow_mutation_on_saved_tensors()


WRITES = {
    "mul_": lambda lib, t: t.mul_(3.0),
    "zero_": lambda lib, t: t.zero_(),
    "copy_": lambda lib, t: t.copy_(t.detach() * 5.0),
    "setitem": lambda lib, t: t.__setitem__(0, 5.0),
    "whole view": lambda lib, t: t[...].mul_(3.0),
    "twice": lambda lib, t: t.mul_(2.0).add_(1.0),
    "through detach": lambda lib, t: t.detach().mul_(3.0),
    "data": lambda lib, t: t.data.mul_(3.0),
}


@pytest.mark.parametrize("recorded", [True, False])
@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("saved", ["input", "output", "leaf"])
@parity
def test_what_was_saved_is_copied_first(lib, log, saved, write, recorded):
    """S6.1, S6.2: the backward sees the values of the forward."""
    x = leaf(lib, 0.5, 1.0)
    with allowing(lib):
        if saved == "leaf":
            z, t = lib.sum(x * x), x
        else:
            t = x * 1.0 if saved == "input" else lib.exp(x)
            z = lib.sum(t * t) if saved == "input" else t * 1.0
        if recorded and saved != "leaf":
            WRITES[write](lib, t)
        else:
            with lib.no_grad():
                WRITES[write](lib, t)
        lib.sum(z).backward()
    log("grad", x.grad, t)


@parity
def test_outside(lib, log):
    """S6.1: what was recorded inside cannot be run outside, written to or not."""
    x = leaf(lib, 1.0, 2.0)
    with allowing(lib):
        y, z = lib.exp(x), lib.exp(x)
        y.mul_(2.0)
    log.attempt("written", lambda: lib.sum(y).backward())
    log.attempt("not written", lambda: lib.sum(z).backward())
    with allowing(lib):
        log.attempt("in another one", lambda: lib.sum(z).backward())
    u = x * x
    with allowing(lib):
        log.attempt("recorded outside", lambda: lib.sum(u).backward())
    log("grad", x.grad)


@parity
def test_saved_before(lib, log):
    """S6.1: what was saved outside is watched as ever."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    with allowing(lib):
        y.mul_(2.0)
        log.attempt("backward", lambda: lib.sum(y).backward())


@parity
def test_again_and_higher(lib, log):
    """S6.1: retained graphs, and second derivatives."""
    x = leaf(lib, 0.5, 1.0)
    with allowing(lib):
        y = lib.exp(x)
        y.mul_(3.0)
        lib.sum(y).backward(retain_graph=True)
        lib.sum(y).backward()
        log("grad", x.grad)
        z = lib.sin(x)
        w = z * z
        z.mul_(2.0)
        (g,) = lib.grad(lib.sum(w), x, create_graph=True)
        log("first", g)
        log("second", lib.grad(lib.sum(g), x))


@parity
def test_contexts(lib, log):
    """S6.1: it cannot be nested, and works once more when it has ended; hooks may be forbidden."""
    x = leaf(lib, 1.0, 2.0)
    with allowing(lib):
        log.attempt("nested", lambda: allowing(lib).__enter__())
    with allowing(lib):
        y = lib.exp(x)
        y.mul_(2.0)
        lib.sum(y).backward()
    log("grad", x.grad)
    with lib.graph.disable_saved_tensors_hooks("not here"):
        log.attempt("disabled", lambda: allowing(lib).__enter__())


@differs(
    "W12",
    torch=[("nested", "raised", "RuntimeError"), ("backward", "raised", "AssertionError"), ("grad", None)],
    wengert=[("nested", "raised", "RuntimeError"), ("backward", "returned", None), ("grad", [2.0, 4.0])],
    reason="A failed attempt to nest allow_mutation_on_saved_tensors leaves the outer context as it was.",
)
def test_after_a_failed_nesting(lib, log):
    """S6.3."""
    x = leaf(lib, 1.0, 2.0)
    with allowing(lib):
        log.attempt("nested", lambda: allowing(lib).__enter__())
        t = x * 1.0
        z = lib.sum(t * t)
        t.zero_()
        log.attempt("backward", z.backward)
    log("grad", x.grad)


@differs(
    "W12",
    torch=[("written at an offset", [1.0, 3.0]), ("saved at an offset", [0.0, 0.0])],
    wengert=[("written at an offset", [1.0, 1.0]), ("saved at an offset", [0.0, 2.0])],
    reason="What was saved is found by its memory, wherever in it the views that are saved or written begin; PyTorch "
    "looks for the first element, and gives a wrong gradient.",
)
def test_views_at_an_offset(lib, log):
    """S6.2."""
    x = leaf(lib, 0.0, 0.0)
    with allowing(lib):
        y = lib.exp(x)
        z = lib.sum(y * 1.0)
        with lib.no_grad():
            y[1:].mul_(3.0)
        z.backward()
    log("written at an offset", x.grad)
    x = leaf(lib, 1.0, 1.0)
    with allowing(lib):
        t = x * 1.0
        v = t[1:]
        z = lib.sum(v * v)
        with lib.no_grad():
            t.zero_()
        z.backward()
    log("saved at an offset", x.grad)


@differs(
    "W12",
    torch=[("backward", "returned", None), ("grad", [4.0, 8.0])],
    wengert=[("backward", "raised", "RuntimeError"), ("grad", None)],
    reason="Hooks of one's own inside the context take over; a write to what they packed is an error, not a wrong gradient.",
)
def test_hooks_inside(lib, log):
    """S3.1: the innermost pair packs."""
    x = leaf(lib, 1.0, 2.0)
    with allowing(lib), lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        t = x * 1.0
        z = lib.sum(t * t)
        t.mul_(2.0)
        log.attempt("backward", z.backward)
    log("grad", x.grad)
