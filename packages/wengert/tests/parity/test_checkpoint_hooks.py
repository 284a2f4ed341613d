"""Checkpoints and other hooks on saved tensors; groups of backward passes (S3, S7.4, S7.7)."""

from __future__ import annotations

import pytest

from .checkpoints import checkpoint, logged, tools
from .facade import parity
from .programs import leaf


def pair(lib, log, name):
    return lib.graph.saved_tensors_hooks(
        lambda t: (log(f"pack {name}", t), t)[1], lambda t: (log(f"unpack {name}", t), t)[1]
    )


@parity
def test_hooks_around_a_checkpoint(lib, log):
    """S7.4, S3.1: only the arguments go through them."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    with pair(lib, log, "outer"):
        y = checkpoint(lib, logged(log, "run", lambda x, w: lib.sin(lib.exp(x) * w)), x, w)
        z = lib.exp(y)
    z.backward(retain_graph=True)
    log("grads", x.grad, w.grad)
    z.backward()
    log("grads", x.grad, w.grad)


@parity
def test_hooks_inside_a_checkpoint(lib, log):
    """S7.4, S3.1: what they pack is not recomputed, though packed again."""
    x = leaf(lib, 0.5)

    def run(x):
        log("run")
        y = lib.exp(x)
        with pair(lib, log, "inner"):
            z = lib.sin(y)
        return lib.exp(z)

    y = checkpoint(lib, run, x)
    log("forward is over")
    y.backward()
    log("grad", x.grad)


@parity
def test_hooks_around_the_backward(lib, log):
    """S7.4: they do not see the recomputation."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, logged(log, "run", lambda x: lib.sin(lib.exp(x))), x)
    with pair(lib, log, "around"):
        y.backward()
    log("grad", x.grad)


@parity
def test_arguments_in_host_memory(lib, log):
    """S7.4, S5.2: save_on_cpu around a checkpoint."""
    x = leaf(lib, 0.5)
    with lib.graph.save_on_cpu():
        y = checkpoint(lib, lambda x: lib.sin(lib.exp(x)), lib.exp(x))
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first)
    log("second", *lib.grad(first, [x]))


@parity
def test_hooks_change_the_arguments(lib, log):
    """S7.4: the recomputation is given what they unpack."""
    x = leaf(lib, 0.5)
    with lib.graph.saved_tensors_hooks(lambda t: t * 2.0, lambda t: t):
        y = checkpoint(lib, lib.exp, x)
    y.backward()
    log("grad", x.grad)


@parity
def test_hooks_and_nested_checkpoints(lib, log):
    """S7.4: of the inner one, the arguments are recomputed by the outer."""
    x = leaf(lib, 0.5)

    def outer(x):
        log("outer")
        return lib.sin(checkpoint(lib, logged(log, "inner", lambda a: lib.exp(lib.sin(a))), lib.exp(x)))

    with pair(lib, log, "around"):
        y = checkpoint(lib, outer, x)
    y.backward()
    log("grad", x.grad)


# groups


def two(lib, log, x):
    return checkpoint(lib, logged(log, "run", lambda x: (lib.exp(lib.sin(x)), lib.sin(lib.exp(x)))), x)


@parity
def test_backward_passes_of_a_group(lib, log):
    """S7.7: share one recomputation; outside of the group each has its own."""
    x = leaf(lib, 0.5)
    a, b = two(lib, log, x)
    with tools(lib).GraphExecGroup():
        a.backward()
        log("between", x.grad)
        b.backward()
    log("grad", x.grad)
    a, b = two(lib, log, x)
    a.backward()
    b.backward()
    log("grad", x.grad)


@parity
def test_backward_passes_of_a_group_that_overlap(lib, log):
    """S7.7: are an error, also with retain_graph."""
    x = leaf(lib, 0.5)
    a, b = two(lib, log, x)
    with tools(lib).GraphExecGroup():
        a.backward(retain_graph=True)
        log.attempt("again", a.backward)
        log.attempt("the other", b.backward)
    a, b = two(lib, log, x)
    a.backward()
    log("afterwards", x.grad)


@parity
def test_group_entered_twice(lib, log):
    """S7.7: the same instance goes on with the same runs."""
    x = leaf(lib, 0.5)
    a, b = two(lib, log, x)
    group = tools(lib).GraphExecGroup()
    with group:
        a.backward()
    with group:
        b.backward()
    log("grad", x.grad)


@parity
def test_groups_inside_each_other(lib, log):
    """S7.7: an error, after which the outer is left."""
    group = tools(lib).GraphExecGroup
    x = leaf(lib, 0.5)

    def nested():
        with group(), group():
            pass

    log.attempt("nested", nested)
    a, b = two(lib, log, x)
    with group():
        a.backward()
        b.backward()
    log("grad", x.grad)


@pytest.mark.parametrize("early_stop", [False, True])
@parity
def test_group_and_nested_checkpoints(lib, log, early_stop):
    """S7.7, S7.4: one run of each frame."""
    x = leaf(lib, 0.5)

    def outer(x):
        log("outer")
        y = lib.exp(x)
        return lib.sin(y), checkpoint(lib, logged(log, "inner", lambda a: lib.exp(lib.sin(a))), y, early_stop=early_stop)

    a, b = checkpoint(lib, outer, x, early_stop=early_stop)
    with tools(lib).GraphExecGroup():
        b.backward(retain_graph=True)
        a.backward(inputs=[a])
    log("grad", x.grad)
