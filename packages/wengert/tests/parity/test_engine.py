"""Which nodes run, in which order, with which sums; errors; threads (rules E2 to E4, E10, E11)."""

from __future__ import annotations

import contextvars
import threading

import pytest

from .facade import parity
from .programs import leaf

# E2: planning and order


@parity
def test_later_nodes_run_first(lib, log):
    """E2.3: of what is ready the node made last runs first."""
    x = leaf(lib, 1.0)
    a, b, c = x * 2.0, x * 3.0, x * 4.0
    for name, t in (("a", a), ("b", b), ("c", c)):
        t.register_hook(log.hook(name))
    (a + c + b).backward()
    log("grad", x.grad)


@parity
def test_accumulators_run_as_soon_as_they_are_ready(lib, log):
    """E2.3: a leaf accumulates before older interior nodes run."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    a = lib.exp(x)
    b = a * w
    a.register_hook(log.hook("a"))
    w.register_hook(log.hook("w"))
    w.register_post_accumulate_grad_hook(log.hook("w stored"))
    x.register_hook(log.hook("x"))
    x.register_post_accumulate_grad_hook(log.hook("x stored"))
    b.backward()


@parity
def test_a_node_waits_for_all_its_consumers(lib, log):
    """E2.1: it runs once, with the sum."""
    x = leaf(lib, 2.0)
    shared = x * 3.0
    shared.register_hook(log.hook("shared"))
    left, right = lib.exp(shared), shared * shared
    left.register_hook(log.hook("left"))
    right.register_hook(log.hook("right"))
    (left * right).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("swap", [False, True])
@parity
def test_several_roots(lib, log, swap):
    """E2.2: nodes of several roots run by their number, whatever the order of the roots."""
    x = leaf(lib, 2.0)
    a, b = lib.exp(x), lib.sin(x)
    a.register_hook(log.hook("a"))
    b.register_hook(log.hook("b"))
    lib.backward([b, a] if swap else [a, b])
    log("grad", x.grad)


@parity
def test_a_root_below_another(lib, log):
    """E2.1, E2.2: a root that is also reached from another waits and gets the sum."""
    x = leaf(lib, 2.0)
    a = x * 3.0
    b = a * a
    a.register_hook(log.hook("a"))
    b.register_hook(log.hook("b"))
    lib.backward([a, b], [lib.tensor(100.0), None])
    log("grad", x.grad)


@parity
def test_only_what_is_needed_runs(lib, log):
    """E2.5: with inputs a branch that leads to none of them is not visited."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    a, b = lib.exp(x), lib.exp(w)
    for name, t in (("a", a), ("b", b), ("x", x), ("w", w)):
        t.register_hook(log.hook(name))
    z = a * b
    z.grad_fn.register_hook(log.hook("node of z"))
    a.grad_fn.register_hook(log.hook("node of a"))
    b.grad_fn.register_hook(log.hook("node of b"))
    log("grad", lib.grad(z, [x], retain_graph=True))
    z.backward(inputs=[w])
    log("grads", x.grad, w.grad)


@parity
def test_edges_not_needed_get_no_gradient(lib, log):
    """E2.6: hooks of a node see None for an input that this task does not ask for."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    z = (x * 1.0) * (w * 1.0)
    z.grad_fn.register_hook(log.hook("post"))
    lib.grad(z, [x], retain_graph=True)
    lib.grad(z, [w], retain_graph=True)
    lib.grad(z, [x, w])


# E3, E4: execution and the sum of gradients


@parity
def test_hooks_see_the_total_once(lib, log):
    """E4.3: the sum comes before any hook of the receiving node."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    y.register_hook(log.hook("hook"))
    y.grad_fn.register_prehook(log.hook("pre"))
    lib.sum(y * 3.0 + y * 4.0 + y).backward()
    log("grad", x.grad)


@parity
def test_a_kept_gradient_is_not_written_to(lib, log):
    """E4.2: what a hook keeps stays what it was while the sum goes on."""
    x = leaf(lib, 1.0, 2.0)
    a, b = x * 2.0, x * 3.0
    kept = []
    b.grad_fn.register_hook(lambda grad_inputs, grad_outputs: kept.append(grad_inputs[0]))
    lib.sum(a + b).backward()
    log("kept", *kept)
    log("grad", x.grad)


@parity
def test_the_callers_gradient_is_not_written_to(lib, log):
    """E4.2, E5: neither the sum nor the leaf touches what the caller passed."""
    x = leaf(lib, 1.0, 2.0)
    g = lib.tensor([1.0, 1.0])
    (x + x).backward(g)
    (x + x).backward(g)
    log("gradient", g, x.grad)


# E10: exceptions


class BangError(Exception):
    """An exception of the user's own type."""


def bang(*arguments):
    """A hook that raises."""
    raise BangError("bang")


@parity
def test_exception_keeps_its_type_and_state(lib, log):
    """E10.1, E10.2: it reaches the caller as it is; what was accumulated stays; the engine is usable."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    a = lib.exp(x)
    z = a * w
    handle = a.register_hook(bang)
    w.register_post_accumulate_grad_hook(log.hook("w stored"))
    try:
        z.backward()
    except BangError as error:
        log("caught", str(error), lib.is_grad_enabled())
    log("grads", x.grad, w.grad)
    handle.remove()
    log.attempt("released", z.backward)
    log.attempt("intact", a.backward)
    log("grads", x.grad, w.grad)


@pytest.mark.parametrize("where", ["tensor", "pre", "post", "leaf", "leaf pre", "leaf post", "stored", "backward"])
@parity
def test_exception_in_each_kind_of_hook(lib, log, where):
    """E10.1, E10.3: later hooks of the same kind do not run; what follows is not run."""

    class Mine(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            log("backward of Mine")
            return bang() if where == "backward" else g * 2.0

    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = Mine.apply(x)
    accumulator = lib.accumulator(x)
    register = {
        "tensor": y.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "leaf": x.register_hook,
        "leaf pre": accumulator.register_prehook,
        "leaf post": accumulator.register_hook,
        "stored": x.register_post_accumulate_grad_hook,
    }
    for name, method in register.items():
        method(log.hook(f"{name} before"))
        if name == where:
            method(bang)
        method(log.hook(f"{name} after"))
    log.attempt("backward", (y * 3.0).backward)
    log("grad", x.grad)
    log.attempt("engine", lambda: lib.grad(w * w, [w]))


@parity
def test_remaining_nodes_do_not_run(lib, log):
    """E10.1: nodes that wait in the queue are dropped."""
    x = leaf(lib, 2.0)
    a, b, c = x * 2.0, x * 3.0, x * 4.0
    a.register_hook(log.hook("a"))
    b.register_hook(bang)
    c.register_hook(log.hook("c"))
    log.attempt("backward", (a + b + c).backward)
    log("grad", x.grad)


# E11: threads


@parity
def test_hooks_run_on_the_calling_thread(lib, log):
    """E11.1, E11.3: the thread that called backward runs the hooks and shows them its context variables."""
    x = leaf(lib, 2.0)
    variable = contextvars.ContextVar("variable", default="default")
    variable.set("caller's")
    y = x * 2.0
    here = threading.get_ident()
    y.register_hook(lambda g: log("hook", threading.get_ident() == here, variable.get()))
    y.backward()
    log("grad", x.grad)


@parity
def test_backward_in_another_thread(lib, log):
    """E11.1, G7.1: a graph may be run by another thread than the one that built it."""
    x = leaf(lib, 2.0)
    y = lib.exp(x * 2.0)
    thread = threading.Thread(target=y.backward)
    with lib.no_grad():
        thread.start()
        thread.join()
    log("grad", x.grad)


@parity
def test_concurrent_backward_into_one_leaf(lib, log):
    """E11.2: accumulation into one leaf loses nothing."""
    x = leaf(lib, 1.0, 2.0)

    def work():
        for _ in range(50):
            lib.sum(x * 2.0).backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log("grad", x.grad)


@parity
def test_graph_without_leaf_gradient(lib, log):
    """E2: diamonds, constants and unused branches in one graph."""
    x, w = leaf(lib, 0.5, 1.5), leaf(lib, 2.0, 3.0)
    h = lib.tanh(x * w) + 1.0
    unused = lib.exp(h)
    top = lib.sum(lib.where(h > 1.5, h * x, h / w)) + lib.mean(h)
    log("grads", lib.grad(top, [x, w, h], retain_graph=True))
    top.backward()
    log("accumulated", x.grad, w.grad, unused.requires_grad)
