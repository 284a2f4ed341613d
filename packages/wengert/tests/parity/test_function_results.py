"""Custom Functions: outputs, gradients, once_differentiable (rules F4 to F7)."""

from __future__ import annotations

import gc

import pytest

from .facade import dtype_name, parity
from .programs import function, leaf

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
