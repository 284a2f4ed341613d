"""Checkpoints among modes, leaves that change, and hooks of other kinds (S7.4)."""

from __future__ import annotations

import pytest

from .checkpoints import checkpoint, logged
from .facade import differs, parity
from .programs import leaf


def block(lib, log):
    return logged(log, "run", lambda x: lib.sin(lib.exp(x)))


# modes


@differs(
    "G8.4",
    torch=[("backward", "raised", "RuntimeError"), ("grad", None)],
    wengert=[("backward", "returned", None), ("grad", -0.128347)],
    reason="A backward inside inference mode works with a checkpoint as it does without; PyTorch records nothing there again.",
)
def test_backward_inside_inference_mode(lib, log):
    """S7.1: the recomputation leaves the mode."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, lambda x: lib.sin(lib.exp(x)), x)

    def backward():
        with lib.inference_mode():
            y.backward()

    log.attempt("backward", backward)
    log("grad", x.grad)


@parity
def test_inference_mode(lib, log):
    """S7.6, G8.3: a plain call; its results cannot be saved, not even as arguments."""
    x = leaf(lib, 0.5)
    with lib.inference_mode():
        y = checkpoint(lib, block(lib, log), x)
        c = lib.exp(lib.tensor(0.5))
    log("result", y.requires_grad)
    log.attempt("argument", lambda: checkpoint(lib, lambda c: c + x, c))
    log.attempt("from outside, saved", lambda: checkpoint(lib, lambda x: c * x, x))
    log.attempt("from outside, not saved", lambda: checkpoint(lib, lambda x: c + x, x))


@parity
def test_anomaly_mode(lib, log):
    """A1: finds what it finds without a checkpoint."""
    x = leaf(lib, 0.0)
    with lib.autograd.set_detect_anomaly(True):
        run = logged(log, "run", lambda x: lib.sqrt(lib.sin(x)) * lib.tensor(0.0))
        y = checkpoint(lib, run, x)
        log.attempt("backward", y.backward)


@parity
def test_queue_callback(lib, log):
    """E9: from a hook, at the end of the backward that recomputes."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, block(lib, log), x)
    y.register_hook(lambda g: lib.queue_callback(lambda: log("over", x.grad)))
    y.backward()


# arguments that change


@parity
def test_argument_detached_in_place(lib, log):
    """S1.4: it has lost its place."""
    x = leaf(lib, 0.5)
    a = lib.exp(x)
    y = checkpoint(lib, lib.sin, a)
    a.detach_()
    log.attempt("backward", y.backward)


@parity
def test_argument_that_no_longer_requires_grad(lib, log):
    """S7.3: fewer tensors are saved then."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    y = checkpoint(lib, lambda x, w: lib.sin(x * w), x, w)
    w.requires_grad_(False)
    log.attempt("backward", y.backward)
    log("grads", x.grad, w.grad)


@parity
def test_data_replaced(lib, log):
    """S1.5: is not noticed, and used."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    y = checkpoint(lib, lambda x, w: lib.sin(x * w), x, w)
    w.data = lib.tensor(3.0)
    y.backward()
    log("grads", x.grad, w.grad)


# other hooks, other backward passes


@parity
def test_multi_grad_hook_inside(lib, log):
    """H7: on the tensors of the forward."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def run(x, w):
        a, b = lib.sin(x), lib.exp(w)
        lib.graph.register_multi_grad_hook([a, b], log.hook("multi"))
        return a * b

    checkpoint(lib, run, x, w).backward()


@parity
def test_retained_gradients(lib, log):
    """H2: of the forward's tensors; those of the recomputation get none."""
    x = leaf(lib, 0.5)
    inside = []

    def run(x):
        inside.append(lib.exp(x))
        inside[-1].retain_grad()
        return lib.sin(inside[-1])

    checkpoint(lib, run, x).backward()
    log("gradients", *(a.grad for a in inside))


@parity
def test_several_results_of_one_operator(lib, log):
    """S7.4: used by one backward after the other."""
    x = leaf(lib, 0.5, 1.5)

    def run(x):
        log("run")
        a, b = lib.unstack(lib.exp(x))
        return lib.sin(a) * b, lib.cos(b)

    a, b = checkpoint(lib, run, x)
    a.backward(retain_graph=True)
    log("grad", x.grad)
    b.backward()
    log("grad", x.grad)


@pytest.mark.parametrize("nested", [False, True])
@parity
def test_backward_of_the_same_graph_in_a_hook(lib, log, nested):
    """S7.1, E8: a backward inside a backward has a recomputation of its own."""
    x = leaf(lib, 0.5)
    run = block(lib, log)
    y = checkpoint(lib, lambda x: checkpoint(lib, run, x) if nested else run(x), x)
    seen = []

    def hook(grads):
        if not seen:
            seen.append(None)
            log("inner", *lib.grad(y, [x], retain_graph=True))

    y.grad_fn.next_functions[0][0].register_prehook(hook)
    y.backward(retain_graph=True)
    log("grad", x.grad)
