"""Custom Functions, rule by rule (F1 to F9): what the other files leave out."""

from __future__ import annotations

import collections
import gc
import weakref

import pytest

from .facade import parity
from .programs import edges, function, leaf

# F1: apply


@parity
def test_the_node_is_built_before_forward_runs(lib, log):
    """F1.1, G2.1: nodes that forward records are younger; nested Functions too."""
    inner = function(lib, lambda ctx, a: a * 2.0, lambda ctx, g: g * 2.0, name="Inner")

    def forward(ctx, a):
        with lib.enable_grad():
            made = inner.apply(a)
            log("older", ctx._sequence_nr() < made.grad_fn._sequence_nr())
        return a * 3.0

    x = leaf(lib, 1.0)
    y = function(lib, forward, lambda ctx, g: g * 3.0).apply(x)
    log("next", y.grad_fn._sequence_nr() < (x * 1.0).grad_fn._sequence_nr())


@parity
def test_edges_of_a_function(lib, log):
    """F1.1, G1: one for each tensor argument, of those that need no gradient too."""
    x, c = leaf(lib, 1.0), lib.tensor(2.0)
    node = function(lib, lambda ctx, *args: x * 1.0, lambda ctx, g: (g, None, None, None)).apply(x, 3.0, c, "text").grad_fn
    log("edges", edges(lib, node), len(node._input_metadata))


@parity
def test_tuple_subclasses(lib, log):
    """F1.4: a named tuple comes out as a plain one."""
    pair = collections.namedtuple("pair", "a b")  # noqa: PYI024
    x = leaf(lib, 1.0)
    out = function(lib, lambda ctx, a: pair(a * 1.0, a * 2.0), lambda ctx, g, h: g + 2.0 * h).apply(x)
    log("type", type(out), len(out))
    (out[0] + out[1]).backward()
    log("grad", x.grad)


@parity
def test_no_tensors_at_all(lib, log):
    """F1.1, F4.3: nothing to record."""
    mine = function(lib, lambda ctx, a, b: a + b, lambda ctx, g: (None, None))
    log("numbers", mine.apply(1, 2))
    log("nothing", function(lib, lambda ctx: None, lambda ctx: None).apply())
    x = leaf(lib, 1.0)
    log("no tensor comes out", function(lib, lambda ctx, a: 3, lambda ctx, g: None).apply(x))
    log("empty", function(lib, lambda ctx, a: (), lambda ctx: None).apply(x))


@parity
def test_keyword_defaults(lib, log):
    """F1.5: with setup_context its inputs hold the defaults."""

    def forward(a, scale=2.0, shift=0.0):
        return a * scale + shift

    def setup_context(ctx, inputs, output):
        log("inputs", len(inputs), inputs[1:])
        ctx.scale = inputs[1]

    mine = function(lib, forward, lambda ctx, g: (g * ctx.scale, None, None), setup_context=setup_context)
    x = leaf(lib, 1.0)
    for call in (lambda: mine.apply(x), lambda: mine.apply(x, shift=1.0), lambda: mine.apply(a=x, scale=5.0)):
        x.grad = None
        call().backward()
        log("grad", x.grad)


@parity
def test_attributes_of_the_context(lib, log):
    """G1.3: what forward puts on ctx is there for backward, and on the node, until it dies."""

    def forward(ctx, a):
        ctx.note = "kept"
        return a * 1.0

    def backward(ctx, g):
        log("note", ctx.note)
        ctx.note = "changed"
        return g

    x = leaf(lib, 1.0)
    y = function(lib, forward, backward).apply(x)
    y.grad_fn.other = 3
    y.backward()
    log("node", y.grad_fn.note, y.grad_fn.other)
    y.backward()


@parity
def test_needs_input_grad_can_be_read_anywhere(lib, log):
    """F1.2: on the node, too."""
    x, c = leaf(lib, 1.0), lib.tensor(2.0)
    y = function(lib, lambda ctx, a, b, n: a * b, lambda ctx, g: (g, None, None)).apply(x, c, 3)
    log("needs", tuple(y.grad_fn.needs_input_grad))


# F2: saving


@parity
def test_saving_in_backward(lib, log):
    """F2.1: is ignored without a word."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a

    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        ctx.save_for_backward(g, g)
        log("saved", len(ctx.saved_tensors))
        return 2.0 * a * g

    x = leaf(lib, 3.0)
    y = function(lib, forward, backward).apply(x)
    y.backward(retain_graph=True)
    y.backward()
    log("grad", x.grad)


@parity
def test_saving_is_done_at_the_end_of_apply(lib, log):
    """F2.1: inside forward nothing is there yet."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        log.attempt("in forward", lambda: len(ctx.saved_tensors))
        return a * a

    y = function(lib, forward, lambda ctx, g: g).apply(leaf(lib, 1.0))
    log("after", len(y.grad_fn.saved_tensors))


@pytest.mark.parametrize("retain", [True, False])
@parity
def test_clear_saved_tensors_on_access(lib, log, retain):
    """F2.3: a second reading is an error, also in a second backward."""

    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a * a

    def backward(ctx, g):
        (a,) = ctx.saved_tensors
        return 2.0 * a * g

    mine = function(lib, forward, backward, clear_saved_tensors_on_access=True)
    x = leaf(lib, 3.0)
    y = mine.apply(x)
    y.backward(retain_graph=retain)
    log("grad", x.grad)
    log.attempt("again", y.backward)
    z = mine.apply(x)
    log("outside", len(z.grad_fn.saved_tensors))
    log.attempt("then", z.backward)


@parity
def test_cleared_saved_tensors_are_free(lib, log):
    """F2.3: what was read is held by the reader alone."""
    held = []

    def forward(ctx, a):
        made = lib.tensor([1.0, 2.0])
        held.append(weakref.ref(made))
        ctx.save_for_backward(made)
        return a * 1.0

    def backward(ctx, g):
        (made,) = ctx.saved_tensors
        log("there", held[-1]() is made)
        del made
        log("free", held[-1]() is None)
        return g

    x = leaf(lib, 3.0, 4.0)
    for clear in (True, False):
        lib.sum(function(lib, forward, backward, clear_saved_tensors_on_access=clear).apply(x)).backward()


@parity
def test_the_same_tensor_saved_twice(lib, log):
    """F2.1: comes back as one."""

    def forward(ctx, a):
        ctx.save_for_backward(a, None, a)
        return a * 1.0

    x = leaf(lib, 3.0)
    saved = function(lib, forward, lambda ctx, g: g).apply(x).grad_fn.saved_tensors
    log("saved", len(saved), saved[0] is x, saved[2] is x, saved[1])


@parity
def test_attribute_with_the_output_is_a_cycle(lib, log):
    """F2.4, G9.3: that only the collector frees."""

    def forward(ctx, a):
        ctx.out = a * 1.0
        return ctx.out

    x = leaf(lib, 3.0)
    gc.collect()
    gc.disable()
    try:
        y = function(lib, forward, lambda ctx, g: g).apply(x)
        gone = weakref.ref(y)
        del y
        log("alive", gone() is not None)
        gc.collect()
        log("collected", gone() is None)
    finally:
        gc.enable()


# F4: outputs without gradients


@pytest.mark.parametrize("flag", [True, False, None])
@parity
def test_materialising_for_constant_outputs(lib, log, flag):
    """F4.1: zeros, or None where ctx._materialize_non_diff_grads is False."""

    def forward(ctx, a):
        out, constant = a * 1.0, a * 2.0
        ctx.mark_non_differentiable(constant)
        if flag is not None:
            ctx._materialize_non_diff_grads = flag
        return out, constant

    def backward(ctx, g, h):
        log("got", g, h)
        return g

    x = leaf(lib, 1.0, 2.0)
    y, constant = function(lib, forward, backward).apply(x)
    log("constant", constant.requires_grad, constant.grad_fn, constant.output_nr)
    lib.sum(y).backward()


@parity
def test_marking_what_is_no_output(lib, log):
    """F4.1: is of no consequence."""

    def forward(ctx, a):
        ctx.mark_non_differentiable(lib.tensor(1.0))
        return a * 1.0

    x = leaf(lib, 1.0)
    y = function(lib, forward, lambda ctx, g: g).apply(x)
    log("output", y.requires_grad)


@parity
def test_an_input_marked_as_not_differentiable(lib, log):
    """F4.1, F7.1: is returned without its history, which it keeps itself."""

    def forward(ctx, a):
        ctx.mark_non_differentiable(a)
        return a, a * 1.0

    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    same, new = function(lib, forward, lambda ctx, g, h: h).apply(y)
    log("outputs", same is y, same.requires_grad, new.requires_grad, y.requires_grad, y.grad_fn)
    lib.sum(new).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("materialize", [True, False])
@parity
def test_none_reaches_a_double_backward(lib, log, materialize):
    """F4.2: under create_graph as well."""

    def forward(ctx, a):
        ctx.set_materialize_grads(materialize)
        ctx.save_for_backward(a)
        return a * a, a * 3.0

    def backward(ctx, g, h):
        log("got", g, h)
        (a,) = ctx.saved_tensors
        return 2.0 * a * g if h is None else 2.0 * a * g + 3.0 * h

    x = leaf(lib, 2.0)
    y, _ = function(lib, forward, backward).apply(x)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("second", *lib.grad(first, [x]))


# F7: special outputs


@parity
def test_an_input_returned_and_saved_by_setup_context(lib, log):
    """F7.1: an error; saved by forward it is none."""
    x = leaf(lib, 1.0, 2.0)
    separate = function(
        lib, lambda a: a, lambda ctx, g: g, setup_context=lambda ctx, inputs, output: ctx.save_for_backward(inputs[0])
    )
    log.attempt("separate", lambda: separate.apply(x).requires_grad)

    def forward(ctx, a):
        ctx.save_for_backward(a)
        return a

    y = log.attempt("together", lambda: function(lib, forward, lambda ctx, g: g * ctx.saved_tensors[0]).apply(x))
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_one_input_returned_twice(lib, log):
    """F7.2: two tensors, each with its gradient."""
    x = leaf(lib, 1.0, 2.0)
    a, b = function(lib, lambda ctx, t: (t, t), lambda ctx, g, h: g + 10.0 * h).apply(x)
    log("outputs", a is b, a.output_nr, b.output_nr)
    (lib.sum(a) * 2.0 + lib.sum(b) * 3.0).backward()
    log("grad", x.grad)


@parity
def test_inputs_swapped(lib, log):
    """F7.1: each its own place."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    a, b = function(lib, lambda ctx, s, t: (t, s), lambda ctx, g, h: (h * 2.0, g * 3.0)).apply(x, w)
    (a * 10.0 + b).backward()
    log("grads", a, b, x.grad, w.grad)


@parity
def test_a_leaf_made_inside(lib, log):
    """F7.4: a fresh leaf without gradient becomes the interior result of the node."""
    x = leaf(lib, 1.0, 2.0)
    y = function(lib, lambda ctx, a: lib.tensor([5.0, 6.0]), lambda ctx, g: g * 2.0).apply(x)
    log("interior", y, y.grad_fn, y.is_leaf)
    lib.sum(y).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("what", ["input", "constant", "graph of its own"])
@parity
def test_outputs_under_no_grad(lib, log, what):
    """F1.1, F7: none of them requires grad, and the arguments keep what they have."""
    x, c = leaf(lib, 1.0, 2.0), lib.tensor([3.0, 4.0])
    y = x * 2.0

    def forward(ctx, a):
        if what == "input":
            return a
        if what == "constant":
            return c
        with lib.enable_grad():
            return a * 3.0

    with lib.no_grad():
        out = function(lib, forward, lambda ctx, g: g).apply(y)
    log("output", out, out is y, out.requires_grad, out.grad_fn, out.is_leaf)
    log("argument", y.requires_grad, y.grad_fn)


@parity
def test_constant_inputs_returned_as_they_are(lib, log):
    """F7.1: another tensor, also where nothing is recorded."""
    c = lib.tensor([1.0, 2.0])
    out = function(lib, lambda ctx, a: a, lambda ctx, g: g).apply(c)
    log("output", out is c, out.requires_grad, out)


@parity
def test_an_output_that_another_graph_made(lib, log):
    """F7.4: what forward recorded is discarded, and not run."""
    x = leaf(lib, 2.0)

    def forward(ctx, a):
        with lib.enable_grad():
            inner = a * 3.0
            inner.register_hook(log.hook("inner"))
            return inner * 1.0

    y = function(lib, forward, lambda ctx, g: g * 7.0).apply(x)
    y.backward()
    log("grad", x.grad)


# F9: boxed gradients


@pytest.mark.parametrize("create_graph", [True, False])
@parity
def test_boxed_gradients(lib, log, create_graph):
    """F9: one list, whose gradients backward may let go one by one."""

    def forward(ctx, a):
        return a * 1.0, a * 2.0, 5

    def backward(ctx, grads):
        log("box", type(grads), len(grads))
        first = grads.pop(0)
        second = grads.pop(0)
        log("rest", grads)
        return first + 2.0 * second

    x = leaf(lib, 3.0)
    a, b, _ = function(lib, forward, backward, boxed_grads_call=True).apply(x)
    (a + b).backward(create_graph=create_graph)
    log("grad", x.grad)


@parity
def test_boxed_gradients_and_hooks(lib, log):
    """F9, H1.4: emptying the box takes nothing from the hooks."""

    def backward(ctx, grads):
        grads.clear()
        return lib.tensor(1.0)

    x = leaf(lib, 3.0)
    y = function(lib, lambda ctx, a: a * 1.0, backward, boxed_grads_call=True).apply(x)
    y.grad_fn.register_prehook(log.hook("pre"))
    y.grad_fn.register_hook(log.hook("post"))
    y.backward()
    log("grad", x.grad)


@parity
def test_boxed_undefined_gradients(lib, log):
    """F9, F4.2: zeros or None in the box."""
    for flag in (True, False):

        def forward(ctx, a, flag=flag):
            ctx.set_materialize_grads(flag)
            return a * 1.0, a * 2.0

        def backward(ctx, grads):
            log("box", grads)
            return grads[0]

        x = leaf(lib, 3.0)
        function(lib, forward, backward, boxed_grads_call=True).apply(x)[0].backward()
