"""Saved tensors and anomaly mode, rule by rule (S1 to S5, A1): what the other files leave out."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import function, leaf

# S1


@parity
def test_increment_version(lib, log):
    """S1.1: of one tensor or of several, any iterable of them."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    increment = lib.graph.increment_version
    increment(x)
    increment([x, w])
    increment(t for t in (w, w))
    log("versions", x._version, w._version, x.detach()._version, x.data._version)
    y = x * w
    increment(y)
    log("interior", y._version, y.grad_fn)


@parity
def test_what_the_error_says(lib, log):
    """S1.2: both versions."""
    x = leaf(lib, 1.0, 2.0)
    y = x * x
    lib.graph.increment_version([x, x, x])
    for word in ("inplace", "version 3", "expected version 0"):
        log.attempt("backward", lambda: lib.sum(y).backward(), says=word)


@pytest.mark.parametrize("hooked", [False, True])
@parity
def test_saved_at_a_later_version(lib, log, hooked):
    """S1.2: by what it was when it was saved."""
    x = leaf(lib, 1.0, 2.0)
    lib.graph.increment_version(x)
    if hooked:
        with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
            y = x * x
    else:
        y = x * x
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_a_second_node_that_saved_earlier(lib, log):
    """S1.3: each node has its own expectation."""
    x = leaf(lib, 1.0, 2.0)
    y = x * x
    lib.graph.increment_version(x)
    z = x * x
    lib.sum(z).backward()
    log("later", x.grad)
    log.attempt("earlier", lib.sum(y).backward)


@parity
def test_version_of_a_detached_tensor(lib, log):
    """S1.1, G6.1: shared both ways, through chains."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    d = y.detach().detach()
    lib.graph.increment_version(d)
    log("versions", y._version, d._version)
    log.attempt("saved output", lib.sum(y).backward)


# S3, S4


@parity
def test_order_of_packing(lib, log):
    """S3.1, S3.2: what pack is given, in a small network."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    with lib.graph.saved_tensors_hooks(
        lambda t: (log("pack", t, t.is_leaf, t.requires_grad), t)[1], lambda t: (log("unpack", t), t)[1]
    ):
        y = lib.exp(lib.sin(x) + w)
        z = lib.sum(lib.sin(y))
    log("forward is over")
    z.backward()
    log("grads", x.grad, w.grad)


@parity
def test_unpacking_something_that_broadcasts(lib, log):
    """S3.4: nothing is compared with what was packed."""
    x = leaf(lib, 1.0, 2.0)
    with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: lib.tensor(10.0)):
        y = x * x
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_unpack_in_a_recorded_backward(lib, log):
    """S2.2, S3.4: once for the first and once more for the second derivative."""
    x = leaf(lib, 3.0)
    with lib.graph.saved_tensors_hooks(lambda t: t * 1.0, lambda t: (log("unpack", t), t)[1]):
        y = lib.sin(lib.exp(x))
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first)
    log("second", *lib.grad(first, [x]))


@parity
def test_nested_hooks(lib, log):
    """S3.1: the innermost pair; the outer one again after it; none inside of it."""
    x = leaf(lib, 1.0)

    def pair(name):
        return lib.graph.saved_tensors_hooks(lambda t: (log("pack", name), t)[1], lambda t: (log("unpack", name), t)[1])

    with pair("outer"):
        a = lib.exp(x)
        with pair("inner"):
            b = lib.exp(x)
        c = lib.exp(x)
    d = lib.exp(x)
    (a + b + c + d).backward()
    log("grad", x.grad)


@parity
def test_hooks_object_used_twice(lib, log):
    """S3.1: one after the other."""
    x = leaf(lib, 1.0)
    hooks = lib.graph.saved_tensors_hooks(lambda t: (log("pack"), t)[1], lambda t: t)
    for _ in range(2):
        with hooks:
            lib.exp(x).backward()
    lib.exp(x).backward()


@parity
def test_raw_saved_values(lib, log):
    """S4: data, unpack and unpack_hook of a handle, with hooks and without."""
    x = leaf(lib, 1.0, 2.0)
    y = x * x
    raw = y.grad_fn._raw_saved_self
    log("plain", raw.data, raw.unpack_hook)
    raw.register_hooks(lambda t: ("packed", lib.array(t).tolist()), lambda p: lib.tensor(p[1]))
    log("hooked", raw.data, raw.unpack_hook is not None, y.grad_fn._saved_self)
    lib.sum(y).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("bad", ["pack", "unpack", "both"])
@parity
def test_raw_saved_hooks_that_cannot_be_called(lib, log, bad):
    """S4.1, S3.6."""
    y = leaf(lib, 1.0, 2.0)
    y = y * y
    pack = 3 if bad != "unpack" else lambda t: t
    unpack = 3 if bad != "pack" else lambda t: t
    log.attempt("raw", lambda: y.grad_fn._raw_saved_self.register_hooks(pack, unpack))


@parity
def test_raw_saved_hook_that_raises(lib, log):
    """S4.1, S3.3: the saved value stays as it was."""
    x = leaf(lib, 1.0, 2.0)
    y = x * x
    log.attempt("pack", lambda: y.grad_fn._raw_saved_self.register_hooks(lambda t: {}["nothing"], lambda t: t))


@parity
def test_saved_values_by_name(lib, log):
    """G1, G4: of operators with other arguments than tensors."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = lib.tensor([[1.0, 0.0], [0.0, 1.0]], requires_grad=True)
    y = lib.matmul(x, w)
    log("matmul", y.grad_fn._saved_self is x)
    log.attempt("unknown", lambda: y.grad_fn._saved_nothing)
    log.attempt("unknown raw", lambda: y.grad_fn._raw_saved_nothing)
    log("result", lib.exp(x).grad_fn._saved_result)


@parity
def test_raw_saved_tensors_of_a_function(lib, log):
    """S4: hooks on what a Function has saved, inputs and outputs."""

    def forward(ctx, a):
        out = lib.exp(a)
        ctx.save_for_backward(a, None, out)
        return out

    def backward(ctx, g):
        a, _, out = ctx.saved_tensors
        log("saved", a, out, out.grad_fn is ctx)
        return g * out

    x = leaf(lib, 1.0, 2.0)
    y = function(lib, forward, backward).apply(x)
    raw = y.grad_fn._raw_saved_tensors
    log("handles", len(raw))
    for handle in (raw[0], raw[2]):
        handle.register_hooks(lambda t: (log("pack", t, t.requires_grad), t * 2.0)[1], lambda t: (log("unpack", t), t * 0.5)[1])
    log.attempt("nothing saved", lambda: raw[1].register_hooks(lambda t: t, lambda t: t))
    log.attempt("twice", lambda: raw[0].register_hooks(lambda t: t, lambda t: t))
    (first,) = lib.grad(lib.sum(y), [x], create_graph=True)
    log("second", first, *lib.grad(lib.sum(first), [x]))
    log.attempt("released", lambda: y.grad_fn._raw_saved_tensors)


@parity
def test_names_of_saved_values(lib, log):
    """G1: are among the attributes that dir() lists."""
    x = leaf(lib, 1.0)
    names = dir((x * x).grad_fn)
    log("names", [name in names for name in ("_saved_self", "_saved_other", "_raw_saved_self", "next_functions", "metadata")])


@parity
def test_disabling_is_per_thread_and_nests(lib, log):
    """S5.1: with contexts inside each other."""
    disable = lib.graph.disable_saved_tensors_hooks
    hooks = lib.graph.saved_tensors_hooks
    with disable("outer"), disable("inner"):
        log.attempt("inside", lambda: hooks(lambda t: t, lambda t: t).__enter__(), says="inner")
    with hooks(lambda t: t, lambda t: t):
        log.attempt("while active", lambda: disable("late").__enter__(), says="late")
    with hooks(lambda t: t, lambda t: t):
        log("after")


@parity
def test_save_on_cpu_and_double_backward(lib, log):
    """S5.2, S2.2."""
    x = leaf(lib, 3.0)
    with lib.graph.save_on_cpu():
        y = x * x * x
    (first,) = lib.grad(y, [x], create_graph=True)
    log("second", first, *lib.grad(first, [x]))


# A1


@parity
def test_keys_of_metadata(lib, log):
    """A1.2: a traceback where anomaly mode was on, a parent where the node was made by another's derivative."""
    x = leaf(lib, 2.0)
    plain = x * x
    with lib.autograd.set_detect_anomaly(True):
        y = x * x
        (first,) = lib.grad(y, [x], create_graph=True)
    log("plain", "traceback_" in plain.grad_fn.metadata, "parent_" in plain.grad_fn.metadata)
    metadata = y.grad_fn.metadata
    log("forward", type(metadata["traceback_"]), all(isinstance(line, str) for line in metadata["traceback_"]))
    log("this file", any("test_keys_of_metadata" in line for line in metadata["traceback_"]), "parent_" in metadata)
    derived = first.grad_fn.next_functions[0][0] if "parent_" not in first.grad_fn.metadata else first.grad_fn
    log("derived", derived.metadata["parent_"] is y.grad_fn)


@parity
def test_anomaly_mode_and_functions(lib, log):
    """A1.2, A1.4: their nodes too."""
    x = leaf(lib, 1.0)
    with lib.autograd.set_detect_anomaly(True):
        y = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: g * float("nan")).apply(x)
        log("traceback", "traceback_" in y.grad_fn.metadata)
        with log.warnings("warnings"):
            log.attempt("backward", y.backward, says="MineBackward")


@parity
def test_anomaly_mode_switched_while_it_runs(lib, log):
    """A1.1: on and off by functions, contexts inside each other."""
    anomaly = lib.autograd.set_detect_anomaly

    def state():
        return lib.is_anomaly_enabled(), lib.is_anomaly_check_nan_enabled()

    log("before", state())
    with anomaly(True):
        log("on", state())
        with anomaly(True, check_nan=False):
            log("without nan", state())
        log("on", state())
        with anomaly(False):
            log("off", state())
        log("on", state())
    log("after", state()[0])
    anomaly(True)
    log("by a call", state())
    anomaly(False)
    log("off", state()[0])


@parity
def test_anomaly_without_nan_check(lib, log):
    """A1.1, A1.3: the traceback is still shown for exceptions."""
    x = leaf(lib, 1.0)
    with lib.autograd.set_detect_anomaly(True, check_nan=False):
        y = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: g * float("nan")).apply(x)
        y.backward()
        log("grad", str(x.grad.item()))
        z = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: {}["nothing"]).apply(x)
        with log.warnings("warnings"):
            log.attempt("backward", z.backward)
