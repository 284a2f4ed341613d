"""Hooks, rule by rule (H0 to H9): what the other files leave out."""

from __future__ import annotations

import functools

import pytest

from .facade import dtype_name, parity
from .programs import function, leaf, watch

# H0: registration


@pytest.mark.parametrize("kind", ["tensor", "pre", "post", "post-accumulate"])
@parity
def test_the_dictionary_of_hooks(lib, log, kind):
    """H0.1, H6.1: in order of registration, by the id of the handle, until it is removed."""
    x = leaf(lib, 1.0)
    node = lib.accumulator(x)
    register = {
        "tensor": x.register_hook,
        "pre": node.register_prehook,
        "post": node.register_hook,
        "post-accumulate": x.register_post_accumulate_grad_hook,
    }[kind]
    handles = [register(lambda *args: None) for _ in range(3)]
    hooks = handles[0].hooks_dict_ref()
    log("ids", list(hooks) == [h.id for h in handles], len({id(h.hooks_dict_ref()) for h in handles}))
    handles[1].remove()
    log("removed", list(hooks) == [handles[0].id, handles[2].id])
    log("increasing", handles[0].id < handles[1].id < handles[2].id)


@parity
def test_attributes_of_dictionaries(lib, log):
    """H0.1: `_backward_hooks` and `_post_accumulate_grad_hooks` of a tensor."""
    x = leaf(lib, 1.0)
    log("none", x._backward_hooks, x._post_accumulate_grad_hooks)
    x.register_hook(lambda g: None)
    x.register_post_accumulate_grad_hook(lambda t: None)
    log("one", len(x._backward_hooks), len(x._post_accumulate_grad_hooks))
    y = x * 2.0
    log("of an interior tensor", y._backward_hooks)
    y.register_hook(lambda g: None)
    log("one", len(y._backward_hooks))


@parity
def test_what_can_be_a_hook(lib, log):
    """H0.3: partial functions, built-ins, classes, lambdas with defaults."""
    x = leaf(lib, 1.0, 2.0)
    seen = []
    x.register_hook(functools.partial(lambda factor, g: g * factor, 3.0))
    x.register_hook(seen.append)
    x.register_hook(lambda g, factor=2.0: g * factor)

    class Count:
        def __init__(self, g):
            log("made", g)

        def __new__(cls, g):
            log("called", g)

    x.register_hook(Count)
    lib.sum(x).backward()
    log("seen", seen, x.grad)


@parity
def test_hooks_on_a_tensor_without_gradient(lib, log):
    """H0.3: of every kind; and on its node, which there is none of."""
    c = lib.tensor([1.0])
    for register in (c.register_hook, c.register_post_accumulate_grad_hook):
        log.attempt("register", lambda register=register: register(lambda t: None))
    log.attempt("retain", c.retain_grad)
    log.attempt("edge", lambda: lib.graph.get_gradient_edge(c))
    y = leaf(lib, 1.0) * 2.0
    log.attempt("interior", lambda: y.register_post_accumulate_grad_hook(lambda t: None))


@parity
def test_hooks_of_leaves_that_are_switched_off(lib, log):
    """H4.10: keep their hooks, and cannot get more."""
    x = leaf(lib, 1.0)
    x.register_hook(log.hook("hook"))
    x.requires_grad_(False)
    log.attempt("register", lambda: x.register_hook(lambda g: None))
    x.requires_grad_(True)
    (x * 2.0).backward()


# H1 to H3


@parity
def test_a_network_with_everything(lib, log):
    """H1.1, H1.5: every kind on every tensor of a small network, twice."""
    x, w, b = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0), leaf(lib, 0.5)
    h = x * w
    s = lib.sin(h)
    parts = lib.unstack(s + b)
    z = parts[0] * parts[1]
    nodes = [watch(lib, log, name, t) for name, t in zip("xwbhsz", (x, w, b, h, s, z), strict=True)]
    parts[1].register_hook(log.hook("tensor part 1"))
    for t in (h, s, parts[0], z):
        t.retain_grad()
    z.backward(retain_graph=True)
    log("retained", h.grad, s.grad, parts[0].grad, z.grad)
    log("grads", lib.grad(z, [h, b], retain_graph=True), len(nodes))
    z.backward(inputs=[w])


@parity
def test_replacing_by_none_everywhere(lib, log):
    """H3.3, E6: what nothing does to those that come after."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    z = y * 3.0
    z.grad_fn.register_prehook(lambda gs: (None,))
    z.grad_fn.register_hook(log.hook("post z"))
    y.register_hook(log.hook("tensor y"))
    y.retain_grad()
    y.grad_fn.register_prehook(log.hook("pre y"))
    x.register_hook(log.hook("tensor x"))
    lib.sum(z).backward()
    log("grads", x.grad, y.grad)


@parity
def test_a_hook_returns_another_tensor_of_the_graph(lib, log):
    """H3.1: a parameter, a constant, the tensor itself: whatever fits."""
    x, p = leaf(lib, 1.0, 2.0), leaf(lib, 7.0, 8.0)
    y = x * 2.0
    y.register_hook(lambda g: p)
    lib.sum(y).backward()
    log("grad", x.grad, p.grad, x.grad is p)
    x.grad = None
    w = x * 3.0
    w.register_hook(lambda g: w)
    lib.sum(w).backward()
    log("itself", x.grad, x.grad.requires_grad)


@parity
def test_numpy_is_no_replacement(lib, log):
    """H3.1, H3.2: an array is not a tensor, in a tuple neither."""
    y = leaf(lib, 1.0, 2.0) * 2.0
    handle = y.register_hook(lambda g: lib.array(g) * 2.0)
    log.attempt("tensor", lambda: lib.sum(y).backward(retain_graph=True))
    handle.remove()
    y.grad_fn.register_prehook(lambda gs: (lib.array(gs[0]),))
    log.attempt("node", lambda: lib.sum(y).backward(retain_graph=True))


@parity
def test_pre_hooks_of_a_node_with_several_outputs(lib, log):
    """H3.2, H3.3: a tuple as long as there are outputs; None stays None."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    a, _, c = lib.unstack(x)
    a.grad_fn.register_prehook(lambda gs: tuple(None if g is None else g * 10.0 for g in gs))
    a.grad_fn.register_hook(log.hook("post"))
    (a + c * 2.0).backward(retain_graph=True)
    log("grad", x.grad)
    a.grad_fn.register_prehook(lambda gs: gs[:1])
    log.attempt("shorter", lambda: (a * 1.0).backward())


@pytest.mark.parametrize("dtype", ["float32", "complex128"])
@parity
def test_hooks_of_other_dtypes(lib, log, dtype):
    """H3.3: a replacement is of the gradient's own dtype."""
    x = lib.tensor([1.0, 2.0], requires_grad=True, dtype=dtype)
    y = x * 2.0
    y.register_hook(lambda g: g * 2.0)
    y.register_hook(lambda g: log("dtype", dtype_name(g)))
    lib.sum(y * y).backward(lib.tensor(1.0, dtype=dtype))
    log("grad", x.grad, dtype_name(x.grad))


@parity
def test_writing_into_the_gradient(lib, log):
    """H3.8: by a leaf's last hook, of a gradient that nobody else has: is what is stored."""
    x = leaf(lib, 1.0, 2.0)

    def double(g):
        lib.array(g)[...] *= 2.0

    x.register_hook(double)
    lib.sum(x * lib.tensor([3.0, 4.0])).backward()
    log("grad", x.grad)


# H5 to H7


@parity
def test_hooks_that_register_themselves_again(lib, log):
    """H5.1: once a task."""
    x = leaf(lib, 1.0)

    def again(g):
        log("called", len(x._backward_hooks))
        x.register_hook(again)

    x.register_hook(again)
    for _ in range(3):
        (x * 1.0).backward()


@parity
def test_hooks_on_hooks_gradients(lib, log):
    """H7.1: with create_graph, hooks on a gradient fire when it is differentiated."""
    x = leaf(lib, 2.0)
    y = x * x * x

    def hook(g):
        if g.requires_grad:
            g.register_hook(log.hook("hook of the gradient"))
        return g * 2.0

    x.register_hook(hook)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first)
    log("second", *lib.grad(first, [x]))


@parity
def test_removing_what_comes_later(lib, log):
    """H5.1, H5.2: hooks of nodes further down, and of the leaf, taken away meanwhile."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    z = y * 3.0
    handles = [
        y.register_hook(log.hook("tensor y")),
        y.grad_fn.register_prehook(log.hook("pre y")),
        y.grad_fn.register_hook(log.hook("post y")),
        x.register_hook(log.hook("tensor x")),
        x.register_post_accumulate_grad_hook(log.hook("stored x")),
    ]

    def remove(g):
        for handle in handles[::2]:
            handle.remove()

    z.register_hook(remove)
    z.backward()
    log("grad", x.grad)


@parity
def test_retain_grad_in_a_hook_further_up(lib, log):
    """H5.2: on a tensor that this task reaches later."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    z = y * 3.0
    z.register_hook(lambda g: y.retain_grad())
    z.backward()
    log("grad", y.grad)


@parity
def test_switching_requires_grad_in_a_hook(lib, log):
    """G3.4, H5.2: of a leaf that this task reaches later: nothing is stored."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    y = x * w
    y.register_hook(lambda g: (w.requires_grad_(False), None)[1])
    w.register_hook(log.hook("w"))
    y.backward()
    log("grads", x.grad, w.grad)


@parity
def test_grad_mode_switched_in_a_hook(lib, log):
    """H7.1: within it, for what it computes."""
    x = leaf(lib, 1.0)
    y = x * 2.0

    def hook(g):
        log("mode", lib.is_grad_enabled(), g.requires_grad, (x * 2.0).requires_grad)
        with lib.enable_grad():
            log("enabled", (x * 2.0).requires_grad, (g * 2.0).requires_grad)
        with lib.no_grad():
            log("disabled", (x * 2.0).requires_grad)

    y.register_hook(hook)
    y.backward(retain_graph=True)
    y.backward(create_graph=True)


@parity
def test_hooks_of_a_function_node(lib, log):
    """H: ctx is a node like others, in forward too."""

    def forward(ctx, a):
        ctx.register_hook(log.hook("post"))
        ctx.register_prehook(log.hook("pre"))
        return a * 2.0

    x = leaf(lib, 1.0)
    y = function(lib, forward, lambda ctx, g: g * 2.0).apply(x)
    y.register_hook(log.hook("tensor"))
    y.backward()
    log("grad", x.grad)


# H9


@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_multi_grad_hooks_over_several_runs(lib, log, mode):
    """H9.1, H9.4: counted anew each time, also when a run reaches only some of the tensors."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    a, b = x * 2.0, w * 3.0
    lib.graph.register_multi_grad_hook([a, b], lambda g: log("hook", g), mode=mode)
    z = a * b
    z.backward(retain_graph=True)
    (a * 1.0).backward(retain_graph=True)
    z.backward(retain_graph=True)
    lib.grad(z, [x])


@parity
def test_multi_grad_hook_as_a_context(lib, log):
    """H6.1, H9.1: its handle is one."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    with lib.graph.register_multi_grad_hook((x, w), lambda gs: log("hook", gs)):
        (x * w).backward()
    (x * w).backward()
    log("empty", len(x._backward_hooks), len(w._backward_hooks))


@parity
def test_multi_grad_hook_after_a_failure(lib, log):
    """H9.8, E10: the next run counts from the beginning."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    a, b = x * 2.0, w * 3.0
    lib.graph.register_multi_grad_hook([a, b], lambda gs: log("hook", gs))
    fail = b.register_hook(lambda g: {}["nothing"])
    z = a * b
    log.attempt("failing", lambda: z.backward(retain_graph=True))
    fail.remove()
    z.backward()
