"""The reentrant checkpoint, and checkpoints of functions in a row (S8, E8)."""

from __future__ import annotations

import pytest

from .checkpoints import checkpoint, logged, tools
from .facade import parity
from .programs import leaf, watch


def reentrant(lib, function, *args, **options):
    return checkpoint(lib, function, *args, use_reentrant=True, **options)


@parity
def test_one_node_that_runs_a_backward(lib, log):
    """S8.1: the forward records nothing, the backward runs the function again and its backward."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def run(x, scale):
        log("run", lib.is_grad_enabled(), x.requires_grad, x.is_leaf, scale)
        return lib.exp(lib.sin(x) * w * scale)

    y = reentrant(lib, run, x, 3.0)
    log("forward", y, y.grad_fn, y.requires_grad)
    nodes = [watch(lib, log, name, tensor) for name, tensor in {"x": x, "w": w, "y": y}.items()]  # kept alive (W13)
    (y * 2.0).backward(retain_graph=True)
    log("grads", x.grad, w.grad)
    (y * 1.0).backward()
    log.attempt("released", (y * 1.0).backward)
    log("grads", x.grad, w.grad, len(nodes))


@parity
def test_several_results(lib, log):
    """S8.1: only those with a gradient take part."""
    x = leaf(lib, 0.5)

    def run(x):
        return lib.exp(x), lib.tensor(3.0), lib.sin(x), 4

    a, b, c, d = reentrant(lib, run, x)
    log("forward", a, b, c, d, b.requires_grad)
    (a * c).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("which", ["grad", "inputs", "create_graph"])
@parity
def test_kinds_of_backward(lib, log, which):
    """S8.1: neither grad() nor inputs=; with create_graph its gradient has no graph of its own."""
    x = leaf(lib, 0.5)
    y = reentrant(lib, lambda x: lib.exp(lib.sin(x)), x)
    if which == "grad":
        log.attempt("backward", lambda: lib.grad(y, [x]), says="use_reentrant")
    elif which == "inputs":
        log.attempt("backward", lambda: y.backward(inputs=[x]), says="use_reentrant")
    else:
        y.backward(create_graph=True)
        log("requires grad", x.grad.requires_grad)
    log("grad", x.grad)


@parity
def test_no_argument_requires_grad(lib, log):
    """S8.1: a warning, and no gradient, whatever the function uses from outside."""
    w = leaf(lib, 2.0)
    with log.warnings("warnings"):
        y = reentrant(lib, lambda x: lib.exp(x * w), lib.tensor(0.5))
    log("result", y.requires_grad)


@parity
def test_no_result_requires_grad(lib, log):
    """S8.1: an error in the backward."""
    x = leaf(lib, 0.5)
    y = reentrant(lib, lambda x: lib.exp(x.detach()), x)
    log("result", y.requires_grad)
    log.attempt("backward", y.backward)


@parity
def test_the_default(lib, log):
    """S8.1: warns, and is reentrant."""
    x = leaf(lib, 0.5)
    with log.warnings("warnings"):
        y = tools(lib).checkpoint(lib.exp, x)
    log("node", y.grad_fn)


@parity
def test_inside_each_other(lib, log):
    """S8.1, E8: a backward in a backward in a backward."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)

    def nest(depth, x):
        log(f"depth {depth}")
        y = lib.sin(x) * w
        return lib.exp(reentrant(lib, lambda a: nest(depth - 1, a), y) if depth else y)

    z = reentrant(lib, lambda a: nest(2, a), x)
    z.backward()
    log("grads", x.grad, w.grad)


@parity
def test_many_inside_each_other(lib, log):
    """E8.2: deeper than a stack."""
    x = leaf(lib, 0.5)

    def nest(depth, x):
        return reentrant(lib, lambda a: nest(depth - 1, a), lib.sin(x)) if depth else lib.exp(x)

    nest(60, x).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("outer", [False, True])
@parity
def test_one_kind_inside_the_other(lib, log, outer):
    """S7.4, S8.1: either way."""
    x = leaf(lib, 0.5)

    def run(x):
        log("outer")
        inner = logged(log, "inner", lambda a: lib.exp(lib.sin(a)))
        return lib.sin(checkpoint(lib, inner, lib.exp(x), use_reentrant=not outer))

    checkpoint(lib, run, x, use_reentrant=outer).backward()
    log("grad", x.grad)


@parity
def test_argument_modified(lib, log):
    """S8.1, S1.2: arguments are saved like those of any Function."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    y = reentrant(lib, lambda x, w: lib.exp(x * w), x, w)
    lib.graph.increment_version(w)
    log.attempt("backward", y.backward, says="modified by an inplace operation")


@parity
def test_exceptions(lib, log):
    """S8.1: in the forward and in the recomputation."""
    x = leaf(lib, 0.5)
    calls = []

    def run(x):
        calls.append(None)
        if len(calls) in {1, 3}:
            raise KeyError("run")
        return lib.exp(x)

    log.attempt("forward", lambda: reentrant(lib, run, x))
    y = reentrant(lib, run, x)
    log.attempt("backward", lambda: y.backward(retain_graph=True))
    log("state", lib.is_grad_enabled(), x.grad)
    y.backward()
    log("grad", x.grad)


# in a row


@pytest.mark.parametrize("segments", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("use_reentrant", [False, True])
@parity
def test_segments(lib, log, segments, use_reentrant):
    """Which functions are recomputed: all but those of the last segment, which takes what is left over."""
    x = leaf(lib, 0.5)
    row = [logged(log, str(i), lib.sin if i % 2 else lib.exp) for i in range(7)]
    y = tools(lib).checkpoint_sequential(row, segments, x, use_reentrant=use_reentrant)
    log("forward", y)
    y.backward()
    log("grad", x.grad)


@parity
def test_a_sequential_module(lib, log):
    """Its modules are the functions."""
    model = lib.nn.Sequential(lib.nn.Tanh(), lib.nn.Sigmoid(), lib.nn.ReLU(), lib.nn.Tanh())
    x = leaf(lib, 0.5, -0.5)
    lib.sum(tools(lib).checkpoint_sequential(model, 2, x, use_reentrant=False)).backward()
    log("grad", x.grad)


@parity
def test_the_default_of_segments(lib, log):
    """S8.1: warns once; the calls are told."""
    x = leaf(lib, 0.5)
    with log.warnings("warnings"):
        y = tools(lib).checkpoint_sequential([lib.exp, lib.sin], 2, x)
    log("node", y.grad_fn.next_functions[0][0])


@parity
def test_more_segments_than_functions(lib, log):
    """A ValueError."""
    x = leaf(lib, 0.5)
    log.attempt("forward", lambda: tools(lib).checkpoint_sequential([lib.exp, lib.sin], 3, x, use_reentrant=False))
