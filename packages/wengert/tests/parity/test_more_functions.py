"""Corners of custom Functions (rules F)."""

from __future__ import annotations

import gc
import weakref

import pytest

from .facade import dtype_name, node_name, parity
from .programs import function, leaf

RETURNS = {
    "None": lambda a: None,
    "number": lambda a: 3.0,
    "string": lambda a: "text",
    "empty tuple": lambda a: (),
    "tuple of None": lambda a: (None,),
    "tensor and number": lambda a: (a * 2.0, 5),
    "detached": lambda a: a.detach(),
    "constant": lambda a: (a * 2.0).detach() * 0.0,
}


@pytest.mark.parametrize("what", RETURNS)
@parity
def test_what_forward_returns(lib, log, what):
    """F1.4: anything may pass through; only tensors get a node."""
    x = leaf(lib, 1.0, 2.0)
    mine = function(lib, lambda ctx, a: RETURNS[what](a), lambda ctx, *grads: None)
    out = log.attempt("apply", lambda: mine.apply(x))
    for part in out if isinstance(out, tuple) else (out,):
        if isinstance(part, lib.Tensor):
            log("tensor", part.requires_grad, node_name(part.grad_fn))


@parity
def test_inheritance(lib, log):
    """F1: a Function may derive from another, and overrides what it wants."""

    class Base(lib.Function):
        factor = 2.0

        @classmethod
        def scale(cls):
            return cls.factor

        @staticmethod
        def forward(ctx, a):
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            return g * 2.0

    class Derived(Base):
        @staticmethod
        def backward(ctx, g):
            return g * 30.0

    x = leaf(lib, 1.0)
    y = Derived.apply(Base.apply(x))
    log("nodes", y.grad_fn, node_name(y.grad_fn.next_functions[0][0]), Derived.scale())
    y.backward()
    log("grad", x.grad)


@parity
def test_apply_inside_forward(lib, log):
    """F1.1: what a forward calls is not recorded."""
    inner = function(lib, lambda ctx, a: a * 2.0, lambda ctx, g: g * 1000.0, name="Inner")

    def forward(ctx, a):
        out = inner.apply(a)
        log("inner", out.requires_grad, out.grad_fn is None)
        return out * 1.0

    x = leaf(lib, 1.0)
    y = function(lib, forward, lambda ctx, g: g * 2.0, name="Outer").apply(x)
    log("node", y.grad_fn)
    y.backward()
    log("grad", x.grad)


@parity
def test_backward_inside_backward(lib, log):
    """F1.6, E8: a backward that differentiates another graph by grad()."""
    w = leaf(lib, 3.0)

    def backward(ctx, g):
        with lib.enable_grad():
            (inner,) = lib.grad(w * w * w, [w])
        log("inner", inner)
        return g * inner

    x = leaf(lib, 1.0)
    function(lib, lambda ctx, a: a * 1.0, backward).apply(x).backward()
    log("grads", x.grad, w.grad)


@parity
def test_needs_input_grad_in_setup_context(lib, log):
    """F1.2: known there too."""

    class Mine(lib.Function):
        @staticmethod
        def forward(a, b):
            return a * b

        @staticmethod
        def setup_context(ctx, inputs, output):
            log("setup", ctx.needs_input_grad)
            a, b = inputs
            ctx.save_for_backward(a if ctx.needs_input_grad[1] else None, b)

        @staticmethod
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            log("saved", a, b)
            return g * b, None

    x, c = leaf(lib, 2.0), lib.tensor(3.0)
    Mine.apply(x, c).backward()
    log("grad", x.grad)


@parity
def test_setup_context_saves_the_output(lib, log):
    """F2.2: without a cycle, and with a second derivative."""

    class Exp(lib.Function):
        @staticmethod
        def forward(a):
            return lib.exp(a)

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(output)

        @staticmethod
        def backward(ctx, g):
            (out,) = ctx.saved_tensors
            return g * out

    x = leaf(lib, 0.5)
    y = Exp.apply(x)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("second", lib.grad(first, [x]))
    gone = weakref.ref(y)
    del y
    gc.collect()
    log("gone", gone() is None, first)


@parity
def test_setup_context_that_raises(lib, log):
    """F1.1: the exception passes, the mode is restored."""

    def setup_context(ctx, inputs, output):
        raise KeyError("setup")

    mine = function(lib, lambda a: a * 1.0, lambda ctx, g: g, setup_context=setup_context)
    log.attempt("apply", lambda: mine.apply(leaf(lib, 1.0)))
    log("mode", lib.is_grad_enabled())


@parity
def test_wrong_keyword_arguments(lib, log):
    """F1.5: a TypeError of Python."""

    class Mine(lib.Function):
        @staticmethod
        def forward(a, b=2.0):
            return a * b

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, g):
            return g * 2.0, None

    x = leaf(lib, 1.0)
    log.attempt("unknown", lambda: Mine.apply(x, c=3.0))
    log.attempt("missing", lambda: Mine.apply())
    log.attempt("too many", lambda: Mine.apply(x, 1.0, 2.0))
    log.attempt("right", lambda: Mine.apply(a=x, b=3.0))


@pytest.mark.parametrize("count", [1, 2, 3])
@parity
def test_keyword_arguments_without_setup_context(lib, log, count):
    """F1.5, F5.1: they take their places among the positional ones, and each that was given owes a gradient."""

    def forward(ctx, a, factor=1.0, shift=0.0):
        ctx.factor = factor
        log("needs", ctx.needs_input_grad)
        return a * factor + shift

    def backward(ctx, g):
        return (g * ctx.factor, g * 100.0, g * 1000.0)[:count]

    mine = function(lib, forward, backward)
    x, w = leaf(lib, 1.0), leaf(lib, 5.0)
    y = mine.apply(x, factor=w)
    log("result", y, len(y.grad_fn.next_functions))
    log.attempt("backward", y.backward)
    log("grads", x.grad, w.grad)
    log.attempt("unknown", lambda: mine.apply(x, other=1.0))
    log.attempt("all by name", lambda: mine.apply(shift=2.0, a=x, factor=w))


@pytest.mark.parametrize("given", ["float32", "float64"])
@parity
def test_gradient_of_a_multi_output_input(lib, log, given):
    """E6.5: the check is against the output that the edge goes to."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    _, b = lib.unstack(x)
    mine = function(lib, lambda ctx, a: lib.sum(a), lambda ctx, g: lib.tensor([1.0, 5.0], dtype=given) * 1.0)
    mine.apply(b).backward()
    log("grad", x.grad, dtype_name(x.grad))
    bad = function(lib, lambda ctx, a: lib.sum(a), lambda ctx, g: lib.tensor([1.0, 2.0, 3.0]))
    log.attempt("shape", lambda: bad.apply(lib.unstack(x)[0]).backward())


@parity
def test_gradient_for_an_input_without_need(lib, log):
    """F5.2: whatever its shape, it is ignored."""
    x, c = leaf(lib, 1.0), lib.tensor([1.0, 2.0])
    mine = function(lib, lambda ctx, a, b: a * 1.0, lambda ctx, g: (g, lib.tensor([1.0, 2.0, 3.0])))
    log.attempt("backward", mine.apply(x, c).backward)
    log("grads", x.grad, c.grad)


@parity
def test_integer_inputs(lib, log):
    """F1.1, F5: an integer tensor is an argument without gradient."""
    x, n = leaf(lib, 1.0, 2.0), lib.tensor([2, 3])

    def forward(ctx, a, k):
        ctx.save_for_backward(k)
        log("needs", ctx.needs_input_grad)
        return a * k

    y = function(lib, forward, lambda ctx, g: (g * ctx.saved_tensors[0], None)).apply(x, n)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_the_same_input_twice(lib, log):
    """F5: one gradient for each place, and their sum."""

    def backward(ctx, g):
        return g * 10.0, g * 100.0

    x = leaf(lib, 3.0)
    y = function(lib, lambda ctx, a, b: a + b, backward).apply(x, x)
    log("edges", [node_name(node) for node, _ in y.grad_fn.next_functions])
    y.backward()
    log("grad", x.grad)


@parity
def test_intermediate_outputs_and_hooks(lib, log):
    """F1.4, H: hooks on each of several outputs."""

    def forward(ctx, a):
        return a * 2.0, a * 3.0

    def backward(ctx, g, h):
        log("backward", g, h)
        return g * 2.0 + h * 3.0

    x = leaf(lib, 1.0)
    a, b = function(lib, forward, backward).apply(x)
    a.register_hook(log.hook("a", lambda g: g * 10.0))
    b.register_hook(log.hook("b"))
    b.retain_grad()
    a.grad_fn.register_prehook(log.hook("pre"))
    (a * 5.0).backward(retain_graph=True)
    log("grads", x.grad, b.grad)
    (a + b).backward()
    log("grads", x.grad, b.grad)


@pytest.mark.parametrize("clear", [False, True])
@parity
def test_clear_saved_tensors_on_access(lib, log, clear):
    """F2.3: then a second access is an error."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a

    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        log.attempt("again", lambda: len(ctx.saved_tensors))
        return g * a * 2.0

    x = leaf(lib, 3.0)
    function(lib, forward, backward, clear_saved_tensors_on_access=clear).apply(x).backward()
    log("grad", x.grad)


@parity
def test_boxed_gradients(lib, log):
    """F9: backward gets one list, which it may empty."""

    def backward(ctx, grads):
        log("backward", isinstance(grads, list), grads)
        g, h = grads
        grads.clear()
        return g * 2.0 + h * 3.0

    x = leaf(lib, 1.0)
    mine = function(lib, lambda ctx, a: (a * 2.0, a * 3.0), backward, boxed_grads_call=True)
    a, b = mine.apply(x)
    (a + b).backward()
    log("grad", x.grad)


@parity
def test_materialize_and_non_differentiable(lib, log):
    """F4: an undefined gradient is None without materialisation, also in the slot of what was marked."""

    def forward(ctx, a):
        marked = a * 2.0
        ctx.mark_non_differentiable(marked)
        ctx.set_materialize_grads(False)
        return a * 3.0, marked, a * 4.0

    def backward(ctx, *grads):
        log("backward", *grads)
        return grads[0]

    x = leaf(lib, 1.0)
    a, *_ = function(lib, forward, backward).apply(x)
    a.backward()
    log("grad", x.grad)


@parity
def test_saving_under_no_grad(lib, log):
    """F1.1, F2.1: forward runs, nothing is recorded, what was saved is of no consequence."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        ctx.note = "kept"
        return a * 2.0

    x = leaf(lib, 1.0)
    with lib.no_grad():
        y = function(lib, forward, lambda ctx, g: g).apply(x)
    log("result", y, y.requires_grad, y.is_leaf)


@parity
def test_functions_in_inference_mode(lib, log):
    """G8.1: the result is an inference tensor."""
    x = leaf(lib, 1.0)
    with lib.inference_mode():
        y = function(lib, lambda ctx, a: a * 2.0, lambda ctx, g: g).apply(x)
    log("result", y, y.requires_grad, y.is_inference())


@parity
def test_once_differentiable_in_parts(lib, log):
    """F6.1: with several gradients, some of them None."""

    def backward(ctx, g):
        log("backward", lib.is_grad_enabled(), g.requires_grad)
        return g * 2.0, None

    mine = function(lib, lambda ctx, a, n: a * n, lib.once_differentiable(backward))
    x = leaf(lib, 3.0)
    y = mine.apply(x, 2.0)
    (first,) = lib.grad(y * y, [x], create_graph=True)
    log("first", first)
    log.attempt("second", lambda: lib.backward(first))
    log("grad", x.grad)


@parity
def test_post_hook_registered_by_backward(lib, log):
    """H5.3: from inside the rule: it runs, without grad_outputs."""

    def backward(ctx, g):
        ctx.register_hook(log.hook("post"))
        return g * 2.0

    x = leaf(lib, 3.0)
    function(lib, lambda ctx, a: a * 2.0, backward).apply(x).backward()
    log("grad", x.grad)


@parity
def test_saved_with_none_and_hooks(lib, log):
    """F2.1, S3.2: None is not packed."""

    def forward(ctx, a, b):
        ctx.save_for_backward(None, a, None, b)
        return a * b

    def backward(ctx, g):
        _, a, _, b = ctx.saved_tensors
        return g * b, g * a

    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    with lib.graph.saved_tensors_hooks(log.hook("pack", lambda t: t * 1.0), log.hook("unpack", lambda t: t)):
        y = function(lib, forward, backward).apply(x, w)
    y.backward()
    log("grads", x.grad, w.grad)


@parity
def test_version_of_a_saved_output(lib, log):
    """S1.2, F2: an output saved by a Function is checked."""

    def forward(ctx, a):
        out = lib.exp(a)
        ctx.save_for_backward(out)
        return out

    x = leaf(lib, 0.5)
    y = function(lib, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    lib.graph.increment_version(y)
    log.attempt("backward", y.backward)


@parity
def test_exception_of_backward(lib, log):
    """E10.1: reaches the caller; the node may be run again when it has released nothing."""
    calls = []

    def backward(ctx, g):
        calls.append(g)
        if len(calls) == 1:
            raise KeyError("first time")
        return g * 2.0

    x = leaf(lib, 3.0)
    y = function(lib, lambda ctx, a: a * 2.0, backward).apply(x)
    log.attempt("first", y.backward)
    log.attempt("second", y.backward)
    log("grad", x.grad)


@parity
def test_many_outputs(lib, log):
    """F1.4: a hundred of them, every third used."""
    count = 100

    def backward(ctx, *grads):
        total = grads[0]
        for g in grads[1:]:
            total = total + g
        return total

    x = leaf(lib, 1.0)
    outs = function(lib, lambda ctx, a: tuple(a * float(i) for i in range(count)), backward).apply(x)
    total = outs[0]
    for out in outs[3::3]:
        total = total + out
    total.backward()
    log("grad", x.grad, total)


@parity
def test_more_derivatives_than_a_power_has(lib, log):
    """E1.10: of x³ and of x², one after the other, until they are zero; each has a graph."""
    for exponent in (3, 2):
        x = lib.tensor([2.0, -1.0], requires_grad=True)
        y = x**exponent
        for _ in range(exponent + 1):
            (y,) = lib.grad(lib.sum(y), [x], create_graph=True)
            log("derivative", y, y.requires_grad)
    x = lib.tensor([2.0, -1.0], requires_grad=True)
    y = lib.square(x)
    for _ in range(3):
        (y,) = lib.grad(lib.sum(y), [x], create_graph=True)
        log("of a square", y, y.requires_grad)
