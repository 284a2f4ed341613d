"""Hooks and writes in place (rules H4, W2, W4, W5): hooks stay with the value, the retained gradient goes with the tensor."""

from __future__ import annotations

import pytest

from .facade import NOT_RUN, differs, parity
from .programs import function, leaf


@parity
def test_tensor_hooks_stay(lib, log):
    """H4.1: with the node they were put on; both fire, the new one first, each with the gradient of its version."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.register_hook(log.hook("first"))
    y.mul_(10.0)
    y.register_hook(log.hook("second"))
    y.register_hook(log.hook("third", lambda g: g + 1.0))
    y.mul_(5.0)
    log("empty", len(y._backward_hooks or ()))
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_zeroed(lib, log):
    """V4.1: hooks of what was overwritten see zeros."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.register_hook(log.hook("before zero_"))
    y.zero_()
    y.register_hook(log.hook("after zero_"))
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_the_retained_gradient_moves(lib, log):
    """H4.2: only that of the last version is kept."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.retain_grad()
    y.mul_(10.0)
    log("retains", y.retains_grad)
    y.mul_(5.0)
    lib.sum(y * 3.0).backward()
    log("grads", y.grad, x.grad)


@parity
def test_node_hooks_stay(lib, log):
    """H4.3: pre- and post-hooks."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.grad_fn.register_prehook(log.hook("pre"))
    y.grad_fn.register_hook(log.hook("post"))
    y.mul_(10.0)
    y.grad_fn.register_hook(log.hook("post of the write"))
    lib.sum(y).backward()


@parity
def test_under_no_grad_nothing_moves(lib, log):
    """H4.4: of a plain tensor."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.register_hook(log.hook("hook"))
    y.retain_grad()
    node = y.grad_fn
    with lib.no_grad():
        y.mul_(10.0)
    log("same", y.grad_fn is node, len(y._backward_hooks), y.retains_grad)
    lib.sum(y).backward()
    log("grads", y.grad, x.grad)


@pytest.mark.parametrize("used", ["base", "view", "both"])
@parity
def test_writing_to_a_view(lib, log, used):
    """H4.5: hooks of the base stay on its old node, its retained gradient moves to CopySlices; the view's to its new node."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    y = x * 1.0
    v = y[:2]
    y.register_hook(log.hook("base"))
    v.register_hook(log.hook("view"))
    y.retain_grad()
    v.retain_grad()
    v.mul_(lib.tensor([10.0, 20.0]))
    log("empty", len(y._backward_hooks or ()), len(v._backward_hooks or ()), y.retains_grad, v.retains_grad)
    y.register_hook(log.hook("base, new"))
    v.register_hook(log.hook("view, new"))
    loss = {"base": lambda: y * 2.0, "view": lambda: v * 3.0, "both": lambda: lib.sum(y) + lib.sum(v * 3.0)}[used]()
    lib.sum(loss).backward()
    log("grads", y.grad, v.grad, x.grad)


@parity
def test_writing_to_the_base(lib, log):
    """H4.6: hooks of old views stay on the old nodes, whose grad_fn was read since; the retained gradient moves."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    y = x * 1.0
    v = y[:2]
    v.register_hook(log.hook("old"))
    v.retain_grad()
    old = lib.sum(v * 7.0)
    y.mul_(10.0)
    log("moved", v.grad_fn, len(v._backward_hooks or ()))
    v.register_hook(log.hook("new"))
    lib.sum(v * 2.0).backward(retain_graph=True)
    log("grads", v.grad, x.grad)
    old.backward()
    log("grads", v.grad, x.grad)


@pytest.mark.parametrize("recorded", [True, False])
@parity
def test_a_piece_that_no_write_may_reach(lib, log, recorded):
    """V3, H4.6: it takes a second hook, and a second retain_grad, for neither asks where it is now; a first one is refused."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    a, b = lib.unstack(y)
    a.register_hook(log.hook("first"))
    a.retain_grad()
    if recorded:
        y.mul_(2.0)
    else:
        with lib.no_grad():
            a.mul_(2.0)
    log.attempt("retained again", a.retain_grad)
    log.attempt("hook again", lambda: a.register_hook(log.hook("second")) and None)
    log.attempt("retained", b.retain_grad)
    log.attempt("hook", lambda: b.register_hook(log.hook("other")) and None)
    log.attempt("run", lambda: (a * 2.0).backward())
    log("kept", a.retains_grad, b.retains_grad)


@differs(
    "W4",
    torch=[("grad", [2.0, 0.0])],
    wengert=[("hook", [2.0]), ("grad", [2.0, 0.0])],
    reason="A hook put on a view whose base was written to is called with the view's gradient; PyTorch's lands on the old node.",
)
def test_a_hook_on_a_view_that_is_behind(lib, log):
    """H4.6: grad_fn was not read before."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    v = y[:1]
    v.register_hook(lambda g: None)
    y.add_(1.0)
    v.register_hook(log.hook("hook"))
    lib.sum(v * 2.0).backward()
    log("grad", x.grad)


@parity
def test_retain_grad_on_a_view_that_is_behind(lib, log):
    """H4.6: it goes to the new node."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    v = y[:1]
    y.add_(1.0)
    v.retain_grad()
    lib.sum(v * 2.0).backward()
    log("grads", v.grad, x.grad)


@differs(
    "W2",
    torch=NOT_RUN,
    wengert=[("retains", True), ("grads", 30.0, 900.0)],
    reason="retain_grad works on every output of a node, also when that output is then written to.",
)
def test_a_second_output_that_retains(lib, log):
    """H4.7: PyTorch fails in an internal check."""
    two = function(lib, lambda ctx, a: (a * 1.0, a * 10.0), lambda ctx, g, h: g + h * 10.0)
    x = leaf(lib, 1.0)
    _, second = two.apply(x)
    second.retain_grad()
    second.mul_(3.0)
    log("retains", second.retains_grad)
    lib.sum(second * 30.0).backward()
    log("grads", second.grad, x.grad)


@differs(
    "W5",
    torch=NOT_RUN,
    wengert=[("detached", False), ("written", True, False), ("grad", [1.0, 2.0])],
    reason="detach_() ends retain_grad, so a later write has nothing to move.",
)
def test_retain_detach_write(lib, log):
    """H4.8: PyTorch fails in an internal check."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.retain_grad()
    y.detach_()
    log("detached", y.retains_grad)
    y.mul_(x)
    log("written", y.requires_grad, y.retains_grad)
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_leaf_hooks_and_writes(lib, log):
    """H4.10: they survive writes under no_grad, and are lost when the tensor becomes interior."""
    x = leaf(lib, 1.0, 2.0)
    x.register_hook(log.hook("leaf"))
    with lib.no_grad():
        x.mul_(3.0)
    lib.sum(x * 2.0).backward()
    w = leaf(lib, 5.0, 6.0)
    x.requires_grad_(False)
    x.mul_(w)
    log("interior", x.grad_fn, len(x._backward_hooks or ()))
    lib.sum(x).backward()
    log("grads", w.grad)


@parity
def test_hooks_see_a_view_through_a_function(lib, log):
    """H4.11, F3.1, F7.1: a Function that writes to a view goes through CopySlices."""

    def forward(ctx, a):
        a.mul_(2.0)
        ctx.mark_dirty(a)
        return a

    double = function(lib, forward, lambda ctx, g: g * 2.0, name="Double")
    x = leaf(lib, 1.0, 2.0, 3.0)
    y = x * 1.0
    v = y[1:]
    v.register_hook(log.hook("old"))
    w = double.apply(v)
    log("same", w is v, v.grad_fn, y.grad_fn, y._version, v._backward_hooks is None or len(v._backward_hooks))
    v.register_hook(log.hook("new"))
    (lib.sum(y * 3.0) + lib.sum(v)).backward()
    log("grad", x.grad)
    log.attempt("a view of a leaf", lambda: double.apply(x[1:]))


@parity
def test_a_function_that_writes_to_a_view_has_one_output(lib, log):
    """V4.4."""

    def forward(ctx, a):
        a.mul_(2.0)
        ctx.mark_dirty(a)
        return a, a.sum() * 1.0

    two = function(lib, forward, lambda ctx, g, h: g * 2.0)
    x = leaf(lib, 1.0, 2.0)
    log.attempt("apply", lambda: two.apply((x * 1.0)[:1]))
    log("plain", two.apply(x * 1.0)[0])


@parity
def test_what_a_function_hands_through(lib, log):
    """F7.1, V3: an input returned as it is, and a view made inside, must not be written to."""
    x = leaf(lib, 1.0, 2.0)
    same = function(lib, lambda ctx, a: a, lambda ctx, g: g * 10.0)
    part = function(lib, lambda ctx, a: a[:1], lambda ctx, g: lib.stack([g[0], g[0] * 0.0]))
    for mine in (same, part):
        y = x * 1.0
        v = mine.apply(y)
        log("view", v is y, v._is_view(), v._base is y, v.grad_fn is not y.grad_fn, v._version)
        log.attempt("write", lambda v=v: v.add_(1.0))
        lib.sum(v).backward(retain_graph=True)
        log("grad", x.grad)
        with lib.no_grad():
            y.add_(1.0)
        log.attempt("grad_fn", lambda v=v: v.grad_fn)
        x.grad = None


@parity
def test_several_outputs_that_are_views(lib, log):
    """V3: as those of every function with several outputs."""
    x = leaf(lib, 1.0, 2.0)
    halves = function(lib, lambda ctx, a: (a[:1], a[1:]), lambda ctx, g, h: lib.concat([g, h]))
    a, b = halves.apply(x * 1.0)
    log("views", a._is_view(), b._is_view(), b.output_nr)
    log.attempt("write", lambda: b.add_(1.0))


@parity
def test_a_function_saves_what_it_wrote(lib, log):
    """F2.2, S2.1: an output that is a view written to is saved without a cycle, in its new place."""

    def forward(ctx, a):
        a.exp_()
        ctx.mark_dirty(a)
        ctx.save_for_backward(a)
        return a

    exp = function(lib, forward, lambda ctx, g: g * ctx.saved_tensors[0])
    x = leaf(lib, 0.5, 1.0)
    y = x * 1.0
    v = exp.apply(y[:1])
    (g,) = lib.grad(lib.sum(y * y), x, create_graph=True)
    log("first", g, v)
    log("second", lib.grad(lib.sum(g), x))


@parity
def test_the_dirty_input_need_not_come_first(lib, log):
    """F3.1: of a plain tensor."""

    def forward(ctx, a, b):
        b.mul_(a)
        ctx.mark_dirty(b)
        ctx.save_for_backward(a)
        return b

    mine = function(lib, forward, lambda ctx, g: (g * 5.0, g * ctx.saved_tensors[0]))
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = w * 1.0
    mine.apply(x, y)
    lib.sum(y).backward()
    log("grads", x.grad, w.grad)


@differs(
    "W25",
    torch=NOT_RUN,
    wengert=[("grads", [5.0], [3.0, 1.0])],
    reason="A Function may write to a view that is not its first argument: the gradients go where they belong.",
)
def test_a_dirty_view_that_does_not_come_first(lib, log):
    """F3.1: PyTorch takes the first gradient for that of the view."""

    def forward(ctx, a, b):
        b.mul_(a)
        ctx.mark_dirty(b)
        ctx.save_for_backward(a)
        return b

    mine = function(lib, forward, lambda ctx, g: (g * 5.0, g * ctx.saved_tensors[0]))
    x, w = lib.tensor([3.0], requires_grad=True), leaf(lib, 3.0, 4.0)
    y = w * 1.0
    mine.apply(x, y[:1])
    lib.sum(y).backward()
    log("grads", x.grad, w.grad)
