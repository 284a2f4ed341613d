"""Backward inside backward, and callbacks at the end of a task (rules E8 and E9)."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import leaf

# E8: backward inside a backward


@parity
def test_backward_in_a_hook(lib, log):
    """E8.1: the inner task is complete before the outer goes on."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = lib.exp(w)
    y.register_hook(log.hook("inner y"))
    w.register_post_accumulate_grad_hook(log.hook("w stored"))

    def inner(g):
        log("inner starts", g)
        y.backward()
        log("inner ends", w.grad)

    a = x * 2.0
    b = a * x
    b.register_hook(inner)
    a.register_hook(log.hook("a"))
    x.register_post_accumulate_grad_hook(log.hook("x stored"))
    b.backward()


@parity
def test_inner_task_runs_before_siblings(lib, log):
    """E8.1: deeper nodes come first, however old they are."""
    w = leaf(lib, 3.0)
    old = lib.exp(w)
    old.register_hook(log.hook("old node, inner task"))
    x = leaf(lib, 2.0)
    a, b = x * 2.0, x * 3.0
    a.register_hook(log.hook("a"))
    b.register_hook(lambda g: log("b", lib.grad(old, [w])))
    (a + b).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("where", ["tensor", "pre", "post", "stored", "backward"])
@parity
def test_backward_in_each_place(lib, log, where):
    """E8.1: in hooks of each kind and in a Function's backward."""
    w, x = leaf(lib, 3.0), leaf(lib, 2.0)

    def inner(*arguments):
        with lib.enable_grad():
            (w * w).backward()
        log("inner", w.grad)

    class Mine(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            if where == "backward":
                inner()
            return g * 2.0

    y = Mine.apply(x)
    register = {
        "tensor": y.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "stored": x.register_post_accumulate_grad_hook,
    }
    if where in register:
        register[where](inner)
    x.register_hook(log.hook("x"))
    (y * 1.0).backward()
    log("grads", x.grad, w.grad)


@parity
def test_backward_on_the_same_leaf(lib, log):
    """E8.1: the inner task accumulates into the leaf of the outer one."""
    x = leaf(lib, 2.0)
    y = x * 3.0

    def inner(g):
        with lib.enable_grad():
            (x * 5.0).backward()
        log("inner", x.grad)

    y.register_hook(inner)
    y.backward()
    log("grad", x.grad)


@pytest.mark.parametrize("depth", [3, 30, 90, 150])
@parity
def test_nesting(lib, log, depth):
    """E8.2: a hook may start a backward whose hook starts one, and so on."""
    x = leaf(lib, 1.0)
    levels = []

    def inner(level):
        def hook(g):
            levels.append(level)
            if level < depth:
                with lib.enable_grad():
                    y = x * 2.0
                y.register_hook(inner(level + 1))
                y.backward()

        return hook

    y = x * 2.0
    y.register_hook(inner(1))
    y.backward()
    log("levels", levels, x.grad)


@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_grad_mode_of_the_inner_task(lib, log, create_graph):
    """E8.3: the inner call's create_graph; afterwards the outer task's again."""
    x = leaf(lib, 2.0)
    inner = lib.exp(x)
    inner.register_hook(lambda g: log("in the inner", lib.is_grad_enabled()))
    y = x * 3.0

    def hook(g):
        log("before", lib.is_grad_enabled())
        lib.grad(inner, [x], create_graph=not create_graph)
        log("after", lib.is_grad_enabled())

    y.register_hook(hook)
    lib.grad(y, [x], create_graph=create_graph)
    log("outside", lib.is_grad_enabled())


@parity
def test_inner_exception_caught(lib, log):
    """E8.4: the outer task goes on."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    inner = lib.exp(w)

    def bang(g):
        raise KeyError("inner")

    inner.register_hook(bang)
    y = x * 3.0
    y.register_hook(lambda g: log.attempt("inner", inner.backward))
    y.backward()
    log("grads", x.grad, w.grad)


@parity
def test_inner_exception_not_caught(lib, log):
    """E8.4: it passes through the outer task with its type."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    inner = lib.exp(w)

    def bang(g):
        raise KeyError("inner")

    inner.register_hook(bang)
    y = x * 3.0
    y.register_hook(lambda g: inner.backward())
    log.attempt("outer", y.backward)
    log("grads", x.grad, w.grad)
    log.attempt("usable", (x * 2.0).backward)
    log("grads", x.grad, w.grad)


@parity
def test_the_same_graph_from_its_own_hook(lib, log):
    """E8.1, G4.5: an inner backward over nodes of the outer one; without retain_graph the outer finds them released."""
    x = leaf(lib, 2.0)
    a = lib.exp(x)
    b = a * 3.0
    b.register_hook(lambda g: log("inner", lib.grad(a, [x], retain_graph=True)))
    b.backward()
    log("grad", x.grad)
    c = lib.sin(x)
    d = c * 3.0
    d.register_hook(lambda g: log("inner", lib.grad(c, [x])))
    log.attempt("outer", d.backward)


@parity
def test_checkpoint_by_hand(lib, log):
    """E8.1: a Function that recomputes its forward inside its backward, and runs a backward over it."""
    x = leaf(lib, 0.5)

    class Checkpoint(lib.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return lib.sin(lib.exp(a))

        @staticmethod
        def backward(ctx, g):
            (a,) = ctx.saved_tensors
            a = a.detach().requires_grad_()
            with lib.enable_grad():
                out = lib.sin(lib.exp(a))
            out.backward(g)
            return a.grad

    (Checkpoint.apply(Checkpoint.apply(x)) * x).backward()
    log("grad", x.grad)


# E9: queue_callback


@parity
def test_callback_outside_a_task(lib, log):
    """E9.1: an error."""
    log.attempt("outside", lambda: lib.queue_callback(log.hook("never")))


@parity
def test_callbacks_run_at_the_end(lib, log):
    """E9.1, E9.2: after all nodes, in order, with .grad complete and without grad mode."""
    x = leaf(lib, 2.0)
    y = x * 3.0

    def hook(g):
        lib.queue_callback(lambda: log("first", x.grad, lib.is_grad_enabled()))
        lib.queue_callback(lambda: log("second"))
        log("queued", x.grad)

    y.register_hook(hook)
    x.register_post_accumulate_grad_hook(log.hook("stored"))
    y.backward()
    log("after")


@parity
def test_callbacks_queue_more(lib, log):
    """E9.1: they run after those already there."""
    x = leaf(lib, 2.0)
    y = x * 3.0

    def first():
        log("first")
        lib.queue_callback(log.hook("third"))

    def hook(g):
        lib.queue_callback(first)
        lib.queue_callback(log.hook("second"))

    y.register_hook(hook)
    y.backward()


@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_grad_mode_of_callbacks(lib, log, create_graph):
    """E9.2: as in the task."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    y.register_hook(lambda g: lib.queue_callback(lambda: log("callback", lib.is_grad_enabled())))
    lib.grad(y, [x], create_graph=create_graph)


@parity
def test_callback_starts_a_backward(lib, log):
    """E9.2: it may, and builds its graph under enable_grad."""
    x = leaf(lib, 2.0)
    y = x * 3.0

    def callback():
        with lib.enable_grad():
            (x * x).backward()
        log("callback", x.grad)

    y.register_hook(lambda g: lib.queue_callback(callback))
    y.backward()
    log("grad", x.grad)


@parity
def test_callbacks_of_an_inner_task(lib, log):
    """E9.1: they run when the inner task ends."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    inner = lib.exp(w)
    inner.register_hook(lambda g: lib.queue_callback(log.hook("inner callback")))
    y = x * 3.0

    def hook(g):
        lib.queue_callback(log.hook("outer callback"))
        inner.backward()
        log("inner is over")

    y.register_hook(hook)
    x.register_hook(log.hook("x"))
    y.backward()


@parity
def test_raising_callback(lib, log):
    """E9.3: the exception reaches the caller, gradients stay, later callbacks are dropped."""
    x = leaf(lib, 2.0)
    y = x * 3.0

    def bang():
        raise KeyError("callback")

    def hook(g):
        lib.queue_callback(log.hook("first"))
        lib.queue_callback(bang)
        lib.queue_callback(log.hook("third"))

    handle = y.register_hook(hook)
    log.attempt("backward", y.backward)
    log("grad", x.grad)
    handle.remove()
    log.attempt("again", y.backward)
    log("grad", x.grad)


@parity
def test_no_callback_after_an_error(lib, log):
    """E9.3: if a node raised, ordinary callbacks do not run."""
    x = leaf(lib, 2.0)
    y = x * 3.0

    def bang(g):
        raise KeyError("hook")

    y.register_hook(lambda g: lib.queue_callback(log.hook("never")))
    x.register_hook(bang)
    log.attempt("backward", y.backward)
    (x.detach().requires_grad_() * 2.0).backward()
    log("a later task does not run it either")


@parity
def test_callback_of_grad(lib, log):
    """E9.1: grad() is a task like backward()."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    y.register_hook(lambda g: lib.queue_callback(log.hook("callback")))
    log("grad", lib.grad(y, [x]))
