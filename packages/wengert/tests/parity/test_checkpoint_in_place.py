"""Checkpoints of functions that write in place, and writes to what goes in and comes out (S7.1, S7.5, V3, V4)."""

from __future__ import annotations

import functools

import pytest

from .checkpoints import checkpoint, tools
from .facade import differs, parity
from .programs import leaf

pytest.importorskip("wengert.autograd.views", reason="in-place operators")


def product(lib, x):
    y = lib.exp(x) * 1.0
    y.mul_(2.0)
    return lib.sin(y)


def assignment(lib, x):
    y = lib.sin(x) * 1.0
    y[0] = 0.5
    return lib.exp(y)


def part(lib, x):
    y = lib.exp(x) * 1.0
    y[1:].mul_(x[:1])
    return lib.sin(y) * y


def too_late(lib, x):
    """Writes to what was saved."""
    y = lib.sin(x)
    z = y * y
    y.add_(1.0)
    return lib.exp(z)


def by_itself(lib, x):
    y = lib.exp(x)
    z = y * 1.0
    z.mul_(y)
    return z


@pytest.mark.parametrize("early_stop", [False, True])
@pytest.mark.parametrize("function", [product, assignment, part, by_itself])
@parity
def test_inside_the_function(lib, log, function, early_stop):
    """S7.1: gradients are those of the plain function."""
    for run in (lambda x: checkpoint(lib, lambda x: function(lib, x), x, early_stop=early_stop), lambda x: function(lib, x)):
        x = leaf(lib, 0.5, 1.5)
        lib.sum(run(x)).backward()
        log("grad", x.grad)


@differs(
    "W12",
    torch=[("plain", "raised", "RuntimeError"), ("checkpointed", "returned", None)],
    wengert=[("plain", "raised", "RuntimeError"), ("checkpointed", "raised", "RuntimeError")],
    reason="A function that writes to what it has saved is an error with a checkpoint too; PyTorch takes the new values.",
)
def test_writing_to_what_was_saved(lib, log):
    """S7.1, S1.2: y * y, then y.add_(1)."""
    x = leaf(lib, 0.5, 1.5)
    log.attempt("plain", lambda: lib.sum(too_late(lib, x)).backward())
    log.attempt("checkpointed", lambda: lib.sum(checkpoint(lib, lambda x: too_late(lib, x), x)).backward())


@parity
def test_to_the_result(lib, log):
    """S7.1: what was saved of it is computed anew."""
    x = leaf(lib, 0.5, 1.5)
    y = checkpoint(lib, lambda x: lib.exp(lib.sin(x)), x)
    y.mul_(3.0)
    lib.sum(y).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("inside", [False, True])
@parity
def test_to_an_argument(lib, log, inside):
    """S7.5: after the call, or by the function itself."""
    x = leaf(lib, 0.5, 1.5)
    a = x * 1.0

    def run(a):
        if inside:
            a.mul_(3.0)
        return lib.exp(lib.sin(a))

    y = checkpoint(lib, run, a)
    if not inside:
        a.mul_(3.0)
    log.attempt("backward", lib.sum(y).backward, says="modified by an inplace operation")


@parity
def test_views_go_in_and_come_out(lib, log):
    """S7.4: of an argument and of the result, which is then written to."""
    x = leaf(lib, 0.5, 1.5, 2.5)
    y = checkpoint(lib, lambda v: lib.exp(lib.sin(v))[1:], (x * 1.0)[:2])
    y.mul_(2.0)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_beside_results_that_are_kept(lib, log):
    """S7.7: in-place operators are operators like others."""
    x = leaf(lib, 0.5, 1.5)
    kept = [lib.module.ops.aten.exp.default] if lib.name == "torch" else [lib.exp]

    def run(x):
        y = lib.exp(x) * 1.0
        y.mul_(x)
        return lib.sin(y)

    contexts = functools.partial(tools(lib).create_selective_checkpoint_contexts, kept)
    lib.sum(checkpoint(lib, run, x, context_fn=contexts)).backward()
    log("grad", x.grad)
