"""Custom Functions (rules F1 to F7)."""

from __future__ import annotations

import gc

import pytest

from .facade import dtype_name, node_name, parity


def leaf(lib, *values):
    """A leaf that requires grad."""
    return lib.tensor(list(values) if len(values) != 1 else values[0], requires_grad=True)


def function(lib, forward, backward, name="Mine", **more):
    """A Function class of these two."""
    return type(name, (lib.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward), **more})


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


# F4: non-differentiable outputs and materialisation


@parity
def test_mark_non_differentiable(lib, log):
    """F4.1: no gradient; backward gets zeros in its place."""

    def forward(ctx, a):
        even, odd = a * 2.0, a * 3.0
        ctx.mark_non_differentiable(odd)
        return even, odd

    def backward(ctx, g, h):
        log("backward", g, h)
        return g * 2.0

    x = leaf(lib, 1.0, 2.0)
    even, odd = function(lib, forward, backward).apply(x)
    log("flags", even.requires_grad, odd.requires_grad, odd.is_leaf, odd.grad_fn is None)
    lib.sum(even * odd).backward()
    log("grad", x.grad)


@parity
def test_integer_outputs(lib, log):
    """F4.1: marked ones get zeros of their dtype."""

    def forward(ctx, a):
        index = lib.argmax(a)
        ctx.mark_non_differentiable(index)
        return lib.max(a), index

    def backward(ctx, g, h):
        log("backward", g, h, dtype_name(h))
        return lib.tensor([0.0, 1.0]) * g

    x = leaf(lib, 1.0, 2.0)
    value, index = function(lib, forward, backward).apply(x)
    log("outputs", value, index, value.requires_grad, index.requires_grad)
    value.backward()
    log("grad", x.grad)


@parity
def test_integer_outputs_without_a_mark(lib, log):
    """F4.1, G5.2: an integer cannot require grad, marked or not."""
    x = leaf(lib, 1.0, 2.0)
    y, n = function(lib, lambda ctx, a: (a * 2.0, lib.astype(a, "int64")), lambda ctx, g, h: g * 2.0).apply(x)
    log("flags", y.requires_grad, n.requires_grad)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_marking_something_else(lib, log):
    """F4.1: only tensors can be marked."""

    def forward(ctx, a):
        ctx.mark_non_differentiable(3.0)
        return a * 2.0

    log.attempt("apply", lambda: function(lib, forward, lambda ctx, g: g).apply(leaf(lib, 1.0)))


@pytest.mark.parametrize("materialize", [None, True, False])
@parity
def test_materialize(lib, log, materialize):
    """F4.2: undefined gradients arrive as zeros of the output's shape, or as None."""

    def forward(ctx, a):
        if materialize is not None:
            ctx.set_materialize_grads(materialize)
        return a * 2.0, lib.sum(a), a * 3.0

    def backward(ctx, *grads):
        log("backward", *grads)
        return grads[0] * 2.0

    x = leaf(lib, 1.0, 2.0)
    a, *_ = function(lib, forward, backward).apply(x)
    lib.sum(a).backward()
    log("grad", x.grad)


@parity
def test_all_outputs_non_differentiable(lib, log):
    """F4.3: no node is left."""

    def forward(ctx, a):
        out = a * 2.0
        ctx.mark_non_differentiable(out)
        return out

    y = function(lib, forward, lambda ctx, g: g).apply(leaf(lib, 1.0))
    log("result", y, y.requires_grad, y.grad_fn is None, y.is_leaf)


# F5: what backward returns


GIVEN = {
    "right": lambda lib, g: (g, None, g),
    "too few": lambda lib, g: (g, None),
    "one": lambda lib, g: g,
    "none": lambda lib, g: None,
    "trailing None": lambda lib, g: (g, None, g, None, None),
    "too many": lambda lib, g: (g, None, g, g),
    "list": lambda lib, g: [g, None, g],
    "for a number": lambda lib, g: (g, g, g),
    "number": lambda lib, g: (2.0, None, g),
    "nested": lambda lib, g: ([g], None, g),
    "without need": lambda lib, g: (g, None, g * 100.0),
    "all None": lambda lib, g: (None, None, None),
}


@pytest.mark.parametrize("given", GIVEN)
@parity
def test_gradients_returned(lib, log, given):
    """F5.1, F5.2: one for each argument of forward; trailing None are dropped; wrong ones name the Function."""
    mine = function(lib, lambda ctx, a, n, b: a * b * n, lambda ctx, g: GIVEN[given](lib, g))
    x, w = leaf(lib, 2.0), lib.tensor(3.0, requires_grad=given != "without need")
    named = given not in ("number", "nested")  # PyTorch's message leaves the Function out for these
    log.attempt("backward", mine.apply(x, 4.0, w).backward, says="MineBackward" if named else None)
    log("grads", x.grad, w.grad)


@parity
def test_hooks_on_the_node_of_a_function(lib, log):
    """H1.1, F5: hooks see the gradients of tensor arguments and None for others."""
    mine = function(lib, lambda ctx, a, n, b: a * b * n, lambda ctx, g: (g * 2.0, None, g * 3.0))
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = mine.apply(x, 4.0, w)
    y.register_hook(log.hook("tensor", lambda g: g * 10.0))
    y.grad_fn.register_prehook(log.hook("pre"))
    y.grad_fn.register_hook(log.hook("post"))
    y.retain_grad()
    y.backward()
    log("grads", x.grad, w.grad, y.grad)


# F6: once_differentiable


@parity
def test_once_differentiable(lib, log):
    """F6.1: backward runs without grad mode; a second backward through it is an error."""

    def backward(ctx, g):
        log("backward", lib.is_grad_enabled())
        return g * 2.0

    mine = function(lib, lambda ctx, a: a * 2.0, lib.once_differentiable(backward))
    x = leaf(lib, 2.0)
    mine.apply(x).backward()
    log("grad", x.grad)
    y = mine.apply(x)
    (first,) = lib.grad(y * y, [x], create_graph=True)
    log("first", first, first.requires_grad)
    log.attempt("second", first.backward)


# F7: special outputs


@pytest.mark.parametrize("use_setup", [False, True])
@parity
def test_returning_an_input(lib, log, use_setup):
    """F7.1: another tensor of the same values, with this node."""

    def backward(ctx, g):
        log("backward", g)
        return g * 5.0

    if use_setup:
        members = {"forward": staticmethod(lambda a: a), "setup_context": staticmethod(lambda *arguments: None)}
    else:
        members = {"forward": staticmethod(lambda ctx, a: a)}
    mine = type("Mine", (lib.Function,), {**members, "backward": staticmethod(backward)})
    x = leaf(lib, 1.0, 2.0)
    y = mine.apply(x)
    log("result", y is x, y, y.grad_fn, x.is_leaf)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_returning_an_input_twice(lib, log):
    """F7.2: gives two tensors, and the right gradient."""

    def backward(ctx, g, h):
        log("backward", g, h)
        return g + h

    x = leaf(lib, 1.0)
    a, b = function(lib, lambda ctx, a: (a, a), backward).apply(x)
    log("same", a is b, a.output_nr, b.output_nr)
    (a * 10.0 + b).backward()
    log("grad", x.grad)


@parity
def test_graph_built_in_forward(lib, log):
    """F7.4: under enable_grad a graph may be built in forward; the result has this node all the same."""

    def forward(ctx, a):
        with lib.enable_grad():
            inner = lib.exp(a)
            log("inner", inner.requires_grad, inner.grad_fn)
        return inner

    x = leaf(lib, 1.0)
    y = function(lib, forward, lambda ctx, g: g * 7.0).apply(x)
    log("node", y.grad_fn)
    y.backward()
    log("grad", x.grad)


@parity
def test_returning_an_input_that_needs_no_grad(lib, log):
    """F7.1: of two inputs, the one without gradient."""

    def backward(ctx, g):
        log("backward", g)
        return g * 3.0, None

    x, c = leaf(lib, 1.0), lib.tensor(2.0)
    y = function(lib, lambda ctx, a, b: b, backward).apply(x, c)
    log("result", y is c, y, y.requires_grad, c.requires_grad)
    y.backward()
    log("grad", x.grad)


# everyday Functions


@parity
def test_straight_through(lib, log):
    """F1, F5: a rounding that passes gradients."""
    ste = function(lib, lambda ctx, a: lib.round(a), lambda ctx, g: g, name="StraightThrough")
    x = leaf(lib, 0.2, 1.7, -0.6)
    lib.sum(ste.apply(x * 2.0) * lib.tensor([1.0, 2.0, 3.0])).backward()
    log("grad", x.grad)


@parity
def test_gradient_reversal(lib, log):
    """F1, H: with a coefficient that is no tensor, and a hook behind it."""

    class Reverse(lib.Function):
        @staticmethod
        def forward(ctx, a, strength):
            ctx.strength = strength
            return a * 1.0

        @staticmethod
        def backward(ctx, g):
            return g * -ctx.strength, None

    x = leaf(lib, 1.0, 2.0)
    y = Reverse.apply(x * x, 0.5)
    y.register_hook(log.hook("after"))
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_double_backward_by_functions(lib, log):
    """F1.6: a backward written with operators can be differentiated."""

    class Cube(lib.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            return a * a * a

        @staticmethod
        def backward(ctx, g):
            (a,) = ctx.saved_tensors
            return g * 3.0 * a * a

    x = leaf(lib, 2.0)
    y = Cube.apply(x)
    for _ in range(3):
        (y,) = lib.grad(y, [x], create_graph=True)
        log("derivative", y)
    gc.collect()
