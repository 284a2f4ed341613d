"""Functions that modify an input in place (rules F3, H4.1, H4.2, H4.11, G3.5): plain tensors."""

from __future__ import annotations

import pytest

from .facade import NOT_RUN, differs, parity
from .programs import function, leaf


def doubling(lib, **more):
    """A Function that doubles its first argument in place."""

    def forward(ctx, a, *others):
        lib.array(a)[...] *= 2.0
        ctx.mark_dirty(a)
        return a

    return function(lib, forward, lambda ctx, g: g * 2.0, name="Double", **more)


@parity
def test_returned_object(lib, log):
    """F3.1: the input itself, with its history rebased onto the node; one version more."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    before = y.grad_fn
    z = doubling(lib).apply(y)
    log("same", z is y, y, y.grad_fn, y.output_nr, y._version, y.is_leaf)
    log("edges", y.grad_fn.next_functions[0][0] is before)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_version_check(lib, log):
    """F3.1, S1.2: who had saved the input finds it modified."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    w = lib.sum(y * y)
    doubling(lib).apply(y)
    log.attempt("backward", w.backward)
    log("version", y._version)


@parity
def test_leaf(lib, log):
    """F3.1: a leaf that requires grad may not be modified; nothing is recorded."""
    x = leaf(lib, 1.0, 2.0)
    log.attempt("apply", lambda: doubling(lib).apply(x))
    log("leaf", x.is_leaf, x.grad_fn)
    with lib.no_grad():
        log.attempt("no_grad", lambda: doubling(lib).apply(x) is x)
    log("version", x._version, x.is_leaf, x.requires_grad)


@parity
def test_not_returned(lib, log):
    """F3.1: an error."""
    mine = function(lib, lambda ctx, a: (ctx.mark_dirty(a), a * 1.0)[1], lambda ctx, g: g)
    log.attempt("apply", lambda: mine.apply(leaf(lib, 1.0) * 1.0))
    with lib.no_grad():
        log.attempt("no_grad", lambda: mine.apply(leaf(lib, 1.0) * 1.0))


@parity
def test_no_input(lib, log):
    """F3.1: only a warning, if it is returned."""
    other = lib.tensor([5.0, 5.0])

    def forward(ctx, a):
        ctx.mark_dirty(other)
        return a * 1.0, other

    x = leaf(lib, 1.0, 2.0)
    with log.warnings("apply"):
        y, same = function(lib, forward, lambda ctx, g, h: g + h).apply(x)
    log("version", other._version, y.requires_grad, same is other, other.grad_fn)


@parity
def test_what_is_no_tensor(lib, log):
    """F3.1."""
    for bad in (3.0, None, "a"):
        mine = function(lib, lambda ctx, a, bad=bad: (ctx.mark_dirty(bad), a * 1.0)[1], lambda ctx, g: g)
        log.attempt("apply", lambda mine=mine: mine.apply(leaf(lib, 1.0)).requires_grad)


@parity
def test_tensor_hooks(lib, log):
    """H4.1, H4.11: each stays with the history that it was put on; both fire, the new one first."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.register_hook(log.hook("old"))
    node = y.grad_fn
    doubling(lib).apply(y)
    log("empty", len(y._backward_hooks or ()))
    y.register_hook(log.hook("new"))
    lib.sum(y * 3.0).backward(retain_graph=True)
    log("old node", node)
    log("grad", x.grad)
    log("captured", *lib.grad(lib.sum(y * 1.0), [y]))


@parity
def test_handles_of_old_hooks(lib, log):
    """H4.1, H6.1: still remove them."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    handle = y.register_hook(log.hook("old"))
    doubling(lib).apply(y)
    handle.remove()
    lib.sum(y).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("when", ["before", "after", "both"])
@parity
def test_retained_gradient(lib, log, when):
    """H4.2: moves to the new history: the last version's gradient is kept."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    if when != "after":
        y.retain_grad()
    doubling(lib).apply(y)
    log("retains", y.retains_grad)
    if when != "before":
        y.retain_grad()
    lib.sum(y * 3.0).backward()
    log("grads", y.grad, x.grad)


@parity
def test_retained_gradient_twice(lib, log):
    """H4.2: through several modifications."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.retain_grad()
    mine = doubling(lib)
    for _ in range(3):
        mine.apply(y)
    lib.sum(y * 3.0).backward()
    log("grads", y.grad, x.grad, y._version)


@parity
def test_node_hooks(lib, log):
    """H4.3: stay on their node."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.grad_fn.register_prehook(log.hook("old pre"))
    y.grad_fn.register_hook(log.hook("old post"))
    doubling(lib).apply(y)
    y.grad_fn.register_prehook(log.hook("new pre"))
    y.grad_fn.register_hook(log.hook("new post"))
    lib.sum(y).backward()


@parity
def test_under_no_grad(lib, log):
    """H4.4: history and hooks are unchanged; the version is not."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.register_hook(log.hook("hook"))
    y.retain_grad()
    node = y.grad_fn
    with lib.no_grad():
        z = doubling(lib).apply(y)
    log("same", z is y, y.grad_fn is node, y._version, len(y._backward_hooks), y.retains_grad)
    lib.sum(y).backward()
    log("grad", x.grad, y.grad)


@parity
def test_constant_that_gets_a_history(lib, log):
    """F3.1, H4.11: a leaf without gradient, modified together with an input that has one, becomes interior."""

    def forward(ctx, a, b):
        lib.array(a)[...] += lib.array(b)
        ctx.mark_dirty(a)
        return a

    x, c = leaf(lib, 1.0, 2.0), lib.tensor([10.0, 20.0])
    out = function(lib, forward, lambda ctx, g: (None, g)).apply(c, x)
    log("same", out is c, c.requires_grad, c.is_leaf, c.grad_fn, c)
    lib.sum(c * 2.0).backward()
    log("grad", x.grad)


@parity
def test_constant_with_hooks_and_gradient(lib, log):
    """H4.10, H4.11: of a former leaf `.grad` and hooks are gone."""

    def forward(ctx, a, b):
        ctx.mark_dirty(a)
        return a

    x, c = leaf(lib, 1.0, 2.0), leaf(lib, 10.0, 20.0)
    c.register_hook(log.hook("hook of the leaf"))
    lib.sum(c * 3.0).backward()
    c.requires_grad_(False)
    log("before", c.grad, len(c._backward_hooks))
    function(lib, forward, lambda ctx, g: (g, g)).apply(c, x)
    log("hooks", len(c._backward_hooks or ()))
    log("grad", c.grad)
    lib.sum(c).backward()
    log("grad", x.grad)


@differs(
    "G3.5",
    torch=NOT_RUN,
    wengert=[("backward", "raised", "RuntimeError"), ("interior", False)],
    reason="A leaf that a Function has moved into the interior of a graph is an error in older graphs. So it is in PyTorch after "
    "an operation in place; after a Function that marks it dirty the process ends with a segmentation fault.",
)
def test_leaf_moved_into_the_interior(lib, log):
    """G3.5: a graph that leads to a leaf which has got a history meanwhile."""

    def forward(ctx, a, b):
        ctx.mark_dirty(a)
        return a

    x, c = leaf(lib, 1.0, 2.0), leaf(lib, 10.0, 20.0)
    old = lib.sum(c * 3.0)
    c.requires_grad_(False)
    function(lib, forward, lambda ctx, g: (g, g)).apply(c, x)
    log.attempt("backward", old.backward)
    log("interior", c.is_leaf)


@parity
def test_one_of_two_outputs(lib, log):
    """F3.1: a modified input beside a new tensor."""

    def forward(ctx, a, b):
        lib.array(a)[...] *= 2.0
        ctx.mark_dirty(a)
        return a * b, a

    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * 1.0
    new, same = function(lib, forward, lambda ctx, g, h: (g * 1.0 + h * 2.0, g * 5.0)).apply(y, w)
    log("outputs", same is y, new.output_nr, y.output_nr)
    (lib.sum(new) + lib.sum(y) * 10.0).backward()
    log("grads", x.grad, w.grad)


@differs(
    "W2",
    torch=[("apply", "raised", "RuntimeError")],
    wengert=[("apply", "returned", True), ("retains", True, 1), ("grads", [20.0, 20.0], [10.0, 10.0])],
    reason="retain_grad moves with a tensor that a Function modifies in place, whichever output of it that is. In PyTorch an "
    "internal assertion fails unless it is the first.",
)
def test_retained_gradient_of_a_later_output(lib, log):
    """H4.2, H4.7."""

    def forward(ctx, a, b):
        lib.array(a)[...] *= 2.0
        ctx.mark_dirty(a)
        return a * b, a

    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * 1.0
    y.retain_grad()
    mine = function(lib, forward, lambda ctx, g, h: (g + h * 2.0, g * 5.0))
    if log.attempt("apply", lambda: mine.apply(y, w)[1] is y):
        log("retains", y.retains_grad, y.output_nr)
        lib.sum(y * 10.0).backward()
        log("grads", x.grad, y.grad)


@parity
def test_retained_on_a_later_output(lib, log):
    """H0, H1.3: retain_grad and tensor hooks on outputs beyond the first."""
    x = leaf(lib, 1.0, 2.0)
    a, b, c = function(lib, lambda ctx, t: (t * 1.0, t * 2.0, t * 3.0), lambda ctx, g, h, k: g + 2.0 * h + 3.0 * k).apply(x)
    c.retain_grad()
    b.retain_grad()
    b.register_hook(lambda g: g * 10.0)
    log("retains", a.retains_grad, b.retains_grad, c.retains_grad)
    (lib.sum(b * 1.0) + lib.sum(c * 1.0)).backward()
    log("grads", b.grad, c.grad, x.grad)


@parity
def test_saved_after_the_modification(lib, log):
    """F2.2, F3.1: what is saved when apply() ends is the modified output; a second derivative goes through it."""

    def forward(ctx, a):
        lib.array(a)[...] = lib.array(a) ** 2
        ctx.mark_dirty(a)
        ctx.save_for_backward(a)
        return a

    def backward(ctx, g):
        (out,) = ctx.saved_tensors
        log("saved", out, out.grad_fn is ctx)
        return g * out

    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    function(lib, forward, backward).apply(y)
    (first,) = lib.grad(lib.sum(y), [x], create_graph=True)
    log("first", first)
    log("second", *lib.grad(lib.sum(first), [x]))


@parity
def test_setup_context(lib, log):
    """F3.1: marked there."""

    def forward(a):
        lib.array(a)[...] *= 2.0
        return a

    def setup_context(ctx, inputs, output):
        ctx.mark_dirty(inputs[0])

    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    z = function(lib, forward, lambda ctx, g: g * 2.0, setup_context=setup_context).apply(y)
    log("same", z is y, y._version)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_multi_grad_hooks_and_modification(lib, log):
    """H4.1, H9.1: they are tensor hooks of the old history."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 1.0, 1.0)
    y = x * w
    lib.graph.register_multi_grad_hook([y, w], lambda gs: log("all", *gs))
    doubling(lib).apply(y)
    lib.sum(y * 3.0).backward()


@parity
def test_dirty_and_not_differentiable(lib, log):
    """F3.1, F4.1: an input modified by a Function that has no derivative for it."""

    def forward(ctx, a):
        lib.array(a)[...] *= 2.0
        ctx.mark_dirty(a)
        ctx.mark_non_differentiable(a)
        return a

    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    z = log.attempt("apply", lambda: function(lib, forward, lambda ctx, g: g).apply(y))
    if z is not None:
        log("result", z is y, z.requires_grad, z.is_leaf)


@parity
def test_modified_and_unmarked(lib, log):
    """F3.2: nobody notices: returned it is another tensor."""

    def forward(ctx, a):
        lib.array(a)[...] *= 2.0
        return a

    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    z = function(lib, forward, lambda ctx, g: g * 2.0).apply(y)
    log("another", z is y, z, y, y._version)
    lib.sum(z).backward()
    log("grad", x.grad)
