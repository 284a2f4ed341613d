"""Anomaly mode (rules A1)."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import leaf


def broken(lib, kind):
    """A Function whose backward gives a NaN, an Inf, or raises."""

    class Broken(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 1.0

        @staticmethod
        def backward(ctx, g):
            if kind == "raises":
                raise KeyError("broken")
            return g * float(kind)

    return Broken


@parity
def test_warning_at_entry(lib, log):
    """A1.1: detect_anomaly warns when made, set_detect_anomaly does not."""
    with log.warnings("detect_anomaly"), lib.autograd.detect_anomaly():
        pass
    with log.warnings("set_detect_anomaly"), lib.autograd.set_detect_anomaly(True):
        pass


@parity
def test_scope(lib, log):
    """A1.1: it ends with its context; as a call it stays until it is called again."""
    mine = broken(lib, "nan")

    def go():
        return mine.apply(leaf(lib, 1.0)).backward()

    log.attempt("off", go)
    with lib.autograd.detect_anomaly():
        log.attempt("inside", go)
    log.attempt("after", go)
    lib.autograd.set_detect_anomaly(True)
    try:
        log.attempt("on", go)
        with lib.autograd.set_detect_anomaly(False):
            log.attempt("off inside", go)
        log.attempt("on again", go)
    finally:
        lib.autograd.set_detect_anomaly(False)
    log.attempt("off again", go)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("kind", ["nan", "inf", "2.0", "raises"])
@parity
def test_what_is_found(lib, log, kind, check):
    """A1.4: a NaN, if asked; an Inf is none; exceptions keep their type."""
    x = leaf(lib, 1.0, 2.0)
    with lib.autograd.detect_anomaly(check_nan=check):
        y = lib.sum(broken(lib, kind).apply(x * 2.0))
        says = "BrokenBackward" if (kind, check) == ("nan", True) else None
        log.attempt("backward", y.backward, says=says)
    log("stored", x.grad is not None)


@parity
def test_builtin_that_makes_a_nan(lib, log):
    """A1.4: the message names the node and the output."""
    x = leaf(lib, 0.0)
    with lib.autograd.detect_anomaly():
        y = lib.sqrt(x) * 0.0
        log.attempt("backward", y.backward, says="SqrtBackward0")


@parity
def test_metadata(lib, log):
    """A1.2: a node made in anomaly mode carries the traceback of its forward."""
    x = leaf(lib, 1.0)
    with lib.autograd.set_detect_anomaly(True):
        y = lib.exp(x)
    text = y.grad_fn.metadata["traceback_"]
    log("traceback", isinstance(text, list), any("test_anomaly.py" in line for line in text))
    log("without", lib.exp(x).grad_fn.metadata)


@pytest.mark.parametrize("recorded", [True, False])
@parity
def test_warning_with_the_forward_line(lib, log, recorded):
    """A1.3: at the first exception one warning, with the traceback of the forward or saying that there is none."""
    x = leaf(lib, 1.0)
    with lib.autograd.set_detect_anomaly(recorded):
        y = broken(lib, "nan").apply(x)
    with log.warnings("warnings"), lib.autograd.set_detect_anomaly(True):
        log.attempt("backward", y.backward)


@parity
def test_parents(lib, log):
    """A1.2, A1.3: a node made during a backward knows which node made it; each ancestor gives a warning."""
    x = leaf(lib, 1.0)

    class Inner(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 1.0

        @staticmethod
        def backward(ctx, g):
            return g * float("nan")

    class Outer(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 1.0

        @staticmethod
        def backward(ctx, g):
            return Inner.apply(g)

    with lib.autograd.set_detect_anomaly(True):
        seed = lib.tensor(1.0, requires_grad=True)
        (first,) = lib.grad(Outer.apply(x), [x], [seed], create_graph=True)
        with log.warnings("warnings"):
            log.attempt("backward", lambda: lib.grad(first, [seed]))


@parity
def test_hooks_run_before_the_check(lib, log):
    """A1.4: the check comes after the node's post-hooks and before the hooks of the receiving tensor."""
    x = leaf(lib, 1.0)
    y = broken(lib, "nan").apply(x)
    y.grad_fn.register_hook(log.hook("post", lambda i, o: (lib.tensor(5.0),)))
    x.register_hook(log.hook("x"))
    with lib.autograd.detect_anomaly():
        log.attempt("repaired by a hook", y.backward)
    z = broken(lib, "nan").apply(x)
    with lib.autograd.detect_anomaly():
        log.attempt("not repaired", z.backward)
    log("grad", x.grad)


@parity
def test_accumulated_nan_is_not_checked(lib, log):
    """A1.4: a leaf's accumulator has no outputs to check."""
    x = leaf(lib, 1.0)
    with lib.autograd.detect_anomaly():
        x.backward(lib.tensor(float("nan")))
    log("grad", bool(lib.array(x.grad) != lib.array(x.grad)))


@parity
def test_after_an_anomaly(lib, log):
    """A1.4, E10.2: the engine is usable."""
    x = leaf(lib, 1.0)
    with lib.autograd.detect_anomaly():
        log.attempt("broken", broken(lib, "nan").apply(x).backward)
        log.attempt("whole", (x * 2.0).backward)
    log("grad", x.grad)
