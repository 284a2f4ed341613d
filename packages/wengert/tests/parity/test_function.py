"""Custom Functions: the life of apply(), and what is saved (rules F1, F2)."""

from __future__ import annotations

import pytest

from .facade import node_name, parity
from .programs import function, leaf


def double(lib, **more):
    """A Function that doubles."""
    return function(lib, lambda ctx, a: a * 2.0, lambda ctx, g: g * 2.0, name="Double", **more)


# F1: life of apply()


@parity
def test_forward(lib, log):
    """F1.1: runs without grad mode on the tensors themselves; the result belongs to this node."""
    x = leaf(lib, 2.0)

    def forward(ctx, a, b):
        log("forward", lib.is_grad_enabled(), a is x, a.requires_grad, b, (a * 2.0).requires_grad)
        return a * b

    y = function(lib, forward, lambda ctx, g: (g * 5.0, None)).apply(x, 3.0)
    log("result", y, y.requires_grad, y.is_leaf, y.grad_fn, node_name(y.grad_fn.next_functions[0][0]))
    log("edges", len(y.grad_fn.next_functions))
    y.backward()
    log("grad", x.grad)


@parity
def test_setup_context(lib, log):
    """F1.1: forward without ctx, and a second function that fills it."""

    class Split(lib.Function):
        @staticmethod
        def forward(a, b):
            log("forward", lib.is_grad_enabled())
            return a * b

        @staticmethod
        def setup_context(ctx, inputs, output):
            log("setup", inputs, output, isinstance(inputs, tuple), lib.is_grad_enabled())
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, g):
            a, b = ctx.saved_tensors
            return g * b, g * a

    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    Split.apply(x, w).backward()
    log("grads", x.grad, w.grad)


@pytest.mark.parametrize("how", ["no_grad", "no input", "list", "dict", "closure"])
@parity
def test_not_recorded(lib, log, how):
    """F1.1: only top-level tensor arguments count, and only in grad mode."""
    x = leaf(lib, 2.0)

    def forward(ctx, a):
        a = a[0] if isinstance(a, list) else a["a"] if isinstance(a, dict) else a
        return (x if how == "closure" else a) * 2.0

    mine = function(lib, forward, lambda ctx, g: g * 2.0)
    argument = {"list": [x], "dict": {"a": x}, "no_grad": x}.get(how, lib.tensor(2.0))
    if how == "no_grad":
        with lib.no_grad():
            y = mine.apply(argument)
    else:
        y = mine.apply(argument)
    log("result", y, y.requires_grad, y.grad_fn is None)


@parity
def test_needs_input_grad(lib, log):
    """F1.2: one for each argument, also in forward and under no_grad."""
    x, c = leaf(lib, 2.0), lib.tensor(3.0)

    def forward(ctx, a, b, n, s):
        log("forward", ctx.needs_input_grad)
        return a * b

    def backward(ctx, g):
        log("backward", ctx.needs_input_grad)
        return g * 3.0, None, None, None

    mine = function(lib, forward, backward)
    mine.apply(x, c, 4.0, "text").backward()
    mine.apply(c, c, 4.0, "text")
    with lib.no_grad():
        mine.apply(x, x, 4.0, "text")


@parity
def test_node_of_a_function(lib, log):
    """F1.3: its name is the class's with Backward; ctx is the node."""
    seen = []

    def forward(ctx, a):
        seen.append(ctx)
        ctx.note = "from forward"
        return a * 2.0

    def backward(ctx, g):
        log("same", ctx is seen[0], ctx.note, ctx.other)
        return g * 2.0

    y = function(lib, forward, backward, name="CamelCase").apply(leaf(lib, 1.0))
    y.grad_fn.other = "from outside"
    log("node", y.grad_fn, y.grad_fn is seen[0], isinstance(y.grad_fn, lib.graph.Node))
    y.backward()


@parity
def test_several_outputs(lib, log):
    """F1.4: a tuple; non-tensors pass through, with None for their gradient."""

    def forward(ctx, a):
        return a * 2.0, "text", a * 3.0, None

    def backward(ctx, *grads):
        log("backward", *grads)
        return grads[0] * 2.0 + grads[2] * 3.0

    x = leaf(lib, 1.0)
    out = function(lib, forward, backward).apply(x)
    log("outputs", out, type(out) is tuple, [t.output_nr for t in (out[0], out[2])], out[0].grad_fn is out[2].grad_fn)
    (out[0] * 10.0 + out[2] * 100.0).backward(retain_graph=True)
    log("grad", x.grad)
    out[2].backward()
    log("grad", x.grad)


@parity
def test_output_of_one(lib, log):
    """F1.4: a tuple of one stays a tuple."""
    y = function(lib, lambda ctx, a: (a * 2.0,), lambda ctx, g: g * 2.0).apply(leaf(lib, 1.0))
    log("output", type(y) is tuple, len(y))


@parity
def test_keyword_arguments(lib, log):
    """F1.5: with setup_context they are bound to forward's signature; otherwise they follow the positionals."""

    class Scaled(lib.Function):
        @staticmethod
        def forward(a, factor=10.0, shift=0.0):
            return a * factor + shift

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.factor = inputs[1]
            log("inputs", inputs)

        @staticmethod
        def backward(ctx, g):
            return g * ctx.factor, None, None

    x = leaf(lib, 2.0)
    log("default", Scaled.apply(x))
    log("keyword", Scaled.apply(x, shift=1.0))
    Scaled.apply(x, factor=3.0).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_grad_mode_of_backward(lib, log, create_graph):
    """F1.6: create_graph."""
    x = leaf(lib, 2.0)

    def backward(ctx, g):
        log("backward", g, lib.is_grad_enabled())
        return g * x * 3.0

    y = function(lib, lambda ctx, a: a * 2.0, backward).apply(x)
    (first,) = lib.grad(y, [x], create_graph=create_graph)
    log("first", first, first.requires_grad)
    if create_graph:
        log("second", lib.grad(first, [x]))


@parity
def test_vjp_for_backward(lib, log):
    """F1.6: one of the two names; neither, or both, is an error at backward."""
    x = leaf(lib, 2.0)
    forward = staticmethod(lambda ctx, a: a * 2.0)
    rule = staticmethod(lambda ctx, g: g * 2.0)
    for name, members in {
        "vjp": {"vjp": rule},
        "neither": {},
        "both": {"vjp": rule, "backward": rule},
    }.items():
        y = type("Mine", (lib.Function,), {"forward": forward, **members}).apply(x)
        log.attempt(name, y.backward)
    log("grad", x.grad)


@parity
def test_instances(lib, log):
    """F1.7: making one warns, calling it is an error."""
    mine = double(lib)
    with log.warnings("making"):
        instance = mine()
    log.attempt("calling", lambda: instance(leaf(lib, 1.0)))


@parity
def test_no_forward(lib, log):
    """F1: a Function without forward."""
    log.attempt("apply", lambda: type("Mine", (lib.Function,), {}).apply(leaf(lib, 1.0)))


@parity
def test_forward_that_raises(lib, log):
    """F1.1: the exception passes, the mode is restored."""

    def forward(ctx, a):
        raise KeyError("forward")

    log.attempt("apply", lambda: function(lib, forward, lambda ctx, g: g).apply(leaf(lib, 1.0)))
    log("mode", lib.is_grad_enabled())


@parity
def test_function_of_functions(lib, log):
    """F1: chained, and inside each other's backward."""
    d = double(lib)

    def backward(ctx, g):
        return d.apply(g)

    outer = function(lib, lambda ctx, a: a * 2.0, backward, name="Outer")
    x = leaf(lib, 3.0)
    outer.apply(d.apply(x)).backward()
    log("grad", x.grad)


# F2: saving


@parity
def test_save_for_backward(lib, log):
    """F2.1: tensors and None; the last call wins; there after forward."""

    def forward(ctx, a, b):
        ctx.save_for_backward(a)
        ctx.save_for_backward(a, None, b)
        log("in forward", len(ctx.saved_tensors))
        return a * b

    def backward(ctx, g):
        a, nothing, b = ctx.saved_tensors
        log("in backward", a, nothing, b, a is x, isinstance(ctx.saved_tensors, tuple))
        return g * b, g * a

    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = function(lib, forward, backward).apply(x, w)
    y.backward(retain_graph=True)
    y.backward()
    log("grads", x.grad, w.grad)
    log.attempt("third", y.backward)


@pytest.mark.parametrize("value", ["number", "list", "string"])
@pytest.mark.parametrize("recorded", [True, False])
@parity
def test_saving_something_else(lib, log, value, recorded):
    """F2.1: a TypeError, but only when the node is recorded."""

    def forward(ctx, a):
        ctx.save_for_backward({"number": 3.0, "list": [a], "string": "a"}[value])
        return a * 2.0

    x = lib.tensor(2.0, requires_grad=recorded)
    log.attempt("apply", lambda: function(lib, forward, lambda ctx, g: g).apply(x))


@parity
def test_reading_saved_tensors_after_release(lib, log):
    """F2.3, G4.5: the error of a second backward, also if nothing was saved."""
    for save in (True, False):

        def forward(ctx, a, save=save):
            if save:
                ctx.save_for_backward(a)
            return a * 2.0

        y = function(lib, forward, lambda ctx, g: g * 2.0).apply(leaf(lib, 2.0))
        log("before", len(y.grad_fn.saved_tensors))
        y.backward()
        log.attempt("after", lambda y=y: y.grad_fn.saved_tensors, says="a second time")
        log.attempt("again", y.backward)


@parity
def test_saving_an_output(lib, log):
    """F2.2: double backward works through it."""

    def forward(ctx, a):
        out = lib.exp(a)
        ctx.save_for_backward(out)
        return out

    def backward(ctx, g):
        (out,) = ctx.saved_tensors
        log("output", out, out.requires_grad, node_name(out.grad_fn))
        return g * out

    x = leaf(lib, 0.5)
    y = function(lib, forward, backward).apply(x)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("second", lib.grad(first, [x]))


@parity
def test_saving_an_intermediate(lib, log):
    """F2.2: is allowed; a second derivative through it is missing, without a word."""

    def forward(ctx, a):
        inner = lib.exp(a)
        ctx.save_for_backward(inner)
        return inner * 1.0

    x = leaf(lib, 0.5)
    y = function(lib, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first, first.requires_grad)
    log.attempt("second", lambda: lib.grad(first, [x], allow_unused=True))


@parity
def test_attributes(lib, log):
    """F2.4: whatever is put on ctx stays there, after release too."""

    def forward(ctx, a, n):
        ctx.n = n
        ctx.a = a
        return a * n

    y = function(lib, forward, lambda ctx, g: (g * ctx.n, None)).apply(leaf(lib, 2.0), 3.0)
    y.backward()
    log("after", y.grad_fn.n, y.grad_fn.a)
    log.attempt("unknown", lambda: y.grad_fn.unknown)


@parity
def test_save_for_forward(lib, log):
    """F2.5: tensors and None only."""
    for value in (None, 3.0, "tensor"):

        def forward(ctx, a, value=value):
            ctx.save_for_forward(a if value == "tensor" else value)
            return a * 2.0

        log.attempt(f"{value}", lambda forward=forward: function(lib, forward, lambda ctx, g: g).apply(leaf(lib, 1.0)))
