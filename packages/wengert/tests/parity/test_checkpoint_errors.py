"""Checkpoints that go wrong: other values at the second time, writes in between, exceptions, options (S7.1, S7.3, S7.5)."""

from __future__ import annotations

import contextlib

import pytest

from .checkpoints import checkpoint, logged, noted, tools
from .facade import differs, parity
from .programs import function, leaf

# determinism


def changing(first, then, times=1):
    """A function that computes `first` of its argument in its first call (or the first `times` of them), `then` afterwards."""
    calls = []

    def run(x):
        calls.append(None)
        return first(x) if len(calls) <= times else then(x)

    return run


@pytest.mark.parametrize("early_stop", [False, True])
@pytest.mark.parametrize("check", ["default", "none"])
@parity
def test_fewer_tensors_saved(lib, log, check, early_stop):
    """S7.3: the count is always compared."""
    x = leaf(lib, 0.5)
    run = changing(lambda x: lib.sin(lib.exp(x)), lib.exp)
    y = checkpoint(lib, run, x, determinism_check=check, early_stop=early_stop)
    log.attempt("backward", y.backward)
    log("grad", x.grad, lib.is_grad_enabled())


@pytest.mark.parametrize("early_stop", [False, True])
@parity
def test_more_tensors_saved(lib, log, early_stop):
    """S7.3: unseen when the recomputation stops early."""
    x = leaf(lib, 0.5)
    run = changing(lib.exp, lambda x: lib.sin(lib.exp(x)))
    y = checkpoint(lib, run, x, early_stop=early_stop)
    log.attempt("backward", y.backward)
    log("grad", x.grad)


@pytest.mark.parametrize("check", ["default", "none"])
@pytest.mark.parametrize("what", ["shape", "dtype"])
@parity
def test_other_metadata(lib, log, check, what):
    """S7.3: shape and dtype are compared, unless that is switched off."""
    x = leaf(lib, 0.5, 0.25)
    then = {"shape": lambda x: lib.exp(x[:1]), "dtype": lambda x: lib.exp(lib.astype(x, "float32"))}[what]
    y = checkpoint(lib, changing(lambda x: lib.exp(x * 1.0), then), x, determinism_check=check)
    log.attempt("backward", lib.sum(y).backward)


@parity
def test_metadata_of_released_nodes(lib, log):
    """S7.3: only what is still wanted is compared."""
    x = leaf(lib, 0.5, 0.25)
    inside = []

    def first(x):
        inside.append(lib.exp(x))
        return lib.sin(inside[0] + 0.0)

    def then(x):
        return lib.sin(lib.exp(x[:1]) + lib.tensor([0.0, 0.0]))

    y = checkpoint(lib, changing(first, then, times=2), x)
    log.attempt("not released", lambda: checkpoint(lib, changing(first, then), x).sum().backward())
    lib.sum(inside[0]).backward()
    log("grad", x.grad)
    log.attempt("backward", lambda: lib.grad(lib.sum(y), inside[0]))


@parity
def test_other_values_are_not_noticed(lib, log):
    """S7.3: only their number and their metadata are looked at."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, changing(lib.exp, lambda x: lib.exp(x * 0.0)), x)
    y.backward()
    log("grad", x.grad)


# unpacked twice


@parity
def test_saved_tensors_read_twice(lib, log):
    """S7.1: in one backward each value is there for one unpacking."""

    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        log("once", a)
        log.attempt("twice", lambda: ctx.saved_tensors)
        return g

    x = leaf(lib, 0.5)
    y = checkpoint(lib, lambda x: function(lib, lambda ctx, a: ctx.save_for_backward(a) or a * 1.0, backward).apply(x), x)
    y.backward(retain_graph=True)
    y.backward()
    log("grad", x.grad)


@parity
def test_saved_value_read_in_a_hook(lib, log):
    """S7.1: by a hook of the node, before the node itself."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, lib.exp, x)
    node = y.grad_fn
    node.register_prehook(lambda grads: log("pre", node._saved_result))
    log.attempt("backward", y.backward)


# writes in between


@pytest.mark.parametrize("keyword", [False, True])
@parity
def test_argument_modified(lib, log, keyword):
    """S7.5: what was passed is version-checked."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    if keyword:  # PyTorch checks positional arguments only: see below
        y = checkpoint(lib, lambda w, x: lib.exp(x * w), w, x=x)
    else:
        y = checkpoint(lib, lambda w, x: lib.exp(x * w), w, x)
    lib.graph.increment_version(w)
    log.attempt("backward", y.backward, says="modified by an inplace operation")
    log("grads", x.grad, w.grad)


@parity
def test_result_modified(lib, log):
    """S7.1: a saved output that was written to is computed anew all the same."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, lambda x: lib.exp(lib.sin(x)), x)
    lib.graph.increment_version(y)
    log.attempt("backward", y.backward)
    log("grad", x.grad)


@differs(
    "W12",
    torch=[("keyword", "returned", None), ("inside a list", "returned", None)],
    wengert=[("keyword", "raised", "RuntimeError"), ("inside a list", "raised", "RuntimeError")],
    reason="All arguments of a checkpointed call are version-checked, not only tensors passed by position.",
)
def test_argument_modified_that_stands_elsewhere(lib, log):
    """S7.5: a keyword argument, and one inside a list."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    y = checkpoint(lib, lambda x, w: lib.exp(x * w), x, w=w)
    z = checkpoint(lib, lambda x, ws: lib.exp(x * ws[0]), x, [w])
    lib.graph.increment_version(w)
    log.attempt("keyword", y.backward)
    log.attempt("inside a list", z.backward)


@differs(
    "W12",
    torch=[("backward", "returned", None)],
    wengert=[("backward", "raised", "RuntimeError")],
    reason="A tensor from outside that a checkpointed function saves is version-checked; PyTorch takes its new values.",
)
def test_closed_over_tensor_modified(lib, log):
    """S7.5: the function saves it itself, so the gradient would be wrong."""
    x, w = leaf(lib, 0.5), leaf(lib, 2.0)
    y = checkpoint(lib, lambda x: lib.exp(x * w), x)
    lib.graph.increment_version(w)
    log.attempt("backward", y.backward)


@differs(
    "W12",
    torch=[("backward", "returned", None)],
    wengert=[("backward", "raised", "RuntimeError")],
    reason="What a checkpointed function writes to after it was saved is noticed, as it is without the checkpoint.",
)
def test_modified_inside_the_function(lib, log):
    """S7.1, S1.2: in the forward and again in the recomputation."""
    x = leaf(lib, 0.5)

    def run(x):
        y = lib.sin(x)
        z = lib.exp(y) * y
        lib.graph.increment_version(y)
        return lib.exp(z)

    y = checkpoint(lib, run, x)
    log.attempt("backward", y.backward)


# exceptions


@parity
def test_function_that_raises(lib, log):
    """S7.4: in the forward; the hooks are gone, the contexts left."""
    x = leaf(lib, 0.5)

    def run(x):
        raise KeyError(lib.exp(x).item())

    log.attempt("forward", lambda: checkpoint(lib, run, x, context_fn=lambda: (noted(log, "forward"), noted(log, "again"))))
    y = lib.exp(x)
    log("afterwards", y.grad_fn._saved_result)
    y.backward()
    log("grad", x.grad)


@parity
def test_recomputation_that_raises(lib, log):
    """S7.1, E10: like any exception in unpack; nothing of it stays, and a later backward tries again."""
    x = leaf(lib, 0.5)
    calls = []

    def run(x):
        calls.append(None)
        y = lib.exp(x)
        if len(calls) == 2:
            raise KeyError("second")
        return lib.sin(y)

    y = checkpoint(lib, run, x)
    log.attempt("backward", lambda: y.backward(retain_graph=True))
    log("state", lib.is_grad_enabled(), x.grad, len(calls))
    log("no hooks", lib.exp(x).grad_fn._saved_result)
    log.attempt("again", y.backward)
    log("state", x.grad, len(calls))


@parity
def test_forward_context_that_suppresses(lib, log):
    """S7.4: there is nothing to return then."""
    x = leaf(lib, 0.5)

    def run(x):
        raise KeyError("lost")

    contexts = lambda: (contextlib.suppress(KeyError), contextlib.nullcontext())
    log.attempt("forward", lambda: checkpoint(lib, run, x, context_fn=contexts))
    log("afterwards", lib.exp(x).grad_fn._saved_result)


@parity
def test_recomputation_context_that_suppresses(lib, log):
    """S7.2: the signal that ends the recomputation may be caught."""
    x = leaf(lib, 0.5)
    contexts = lambda: (contextlib.nullcontext(), contextlib.suppress(Exception))
    checkpoint(lib, lambda x: lib.sin(lib.exp(x)), x, context_fn=contexts).backward()
    log("grad", x.grad)


@parity
def test_errors_can_be_told_apart(lib, log):
    """S7.3: by their class."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, changing(lambda x: lib.sin(lib.exp(x)), lib.exp), x)
    try:
        y.backward()
    except tools(lib).CheckpointError as error:
        log("caught", isinstance(error, RuntimeError))


# options


@pytest.mark.parametrize("enabled", [None, False, True])
@parity
def test_options_that_exclude_each_other(lib, log, enabled):
    """S7.3, S8.1."""
    x = leaf(lib, 0.5)
    contexts = lambda: (contextlib.nullcontext(), contextlib.nullcontext())
    with tools(lib).set_checkpoint_debug_enabled(enabled):
        log.attempt("check", lambda: checkpoint(lib, lib.exp, x, determinism_check="sometimes"))
        log.attempt("debug", lambda: checkpoint(lib, lib.exp, x, debug=True, context_fn=contexts))
        log.attempt("context", lambda: checkpoint(lib, lib.exp, x, use_reentrant=True, context_fn=contexts))
        log.attempt("debug", lambda: checkpoint(lib, lib.exp, x, use_reentrant=True, debug=True))
        log.attempt("keyword", lambda: checkpoint(lib, lambda x, w: x, x, use_reentrant=True, w=2.0))


@parity
def test_disabled_saved_tensor_hooks(lib, log):
    """S5.1: a checkpoint is such hooks, in the forward and in the recomputation."""
    x = leaf(lib, 0.5)
    y = checkpoint(lib, logged(log, "run", lambda x: lib.sin(lib.exp(x))), x)
    with lib.graph.disable_saved_tensors_hooks("not in here"):
        log.attempt("forward", lambda: checkpoint(lib, lib.exp, x), says="not in here")
        log.attempt("backward", lambda: y.backward(retain_graph=True), says="not in here")
    log.attempt("again", y.backward)
    log("grad", x.grad)
