"""Which hooks there are, in which order they run and which of them fire (rules H0 to H2)."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import leaf, watch

# H0: registration


@parity
def test_what_registration_returns(lib, log):
    """H0.1: a handle for each kind; None for retain_grad."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    handles = [
        y.register_hook(lambda g: None),
        y.grad_fn.register_hook(lambda i, o: None),
        y.grad_fn.register_prehook(lambda o: None),
        x.register_post_accumulate_grad_hook(lambda t: None),
        lib.graph.register_multi_grad_hook([x, y], lambda gs: None),
    ]
    log("handles", [hasattr(handle, "remove") for handle in handles])
    log("retain_grad", y.retain_grad(), y.retains_grad, x.retains_grad)


@parity
def test_ids_come_from_one_counter(lib, log):
    """H0.1: handles of all kinds are numbered together."""
    x, y = leaf(lib, 1.0), leaf(lib, 2.0)
    z = x * y
    handles = [
        x.register_hook(lambda g: None),
        z.grad_fn.register_hook(lambda i, o: None),
        y.register_hook(lambda g: None),
        z.grad_fn.register_prehook(lambda o: None),
        x.register_post_accumulate_grad_hook(lambda t: None),
    ]
    log("ids", [handle.id - handles[0].id for handle in handles])


@pytest.mark.parametrize("kind", ["tensor", "pre", "post", "stored"])
@parity
def test_no_prepend(lib, log, kind):
    """H0.2: the order is the order of registration, and nothing else is offered."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    method = {
        "tensor": y.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "stored": x.register_post_accumulate_grad_hook,
    }[kind]
    log.attempt("prepend", lambda: method(lambda *arguments: None, prepend=True))


@parity
def test_errors_of_registration(lib, log):
    """H0.3: on tensors that need no gradient; post-accumulate on interior ones."""
    c = lib.tensor(1.0)
    y = leaf(lib, 1.0) * 2.0
    log.attempt("tensor hook", lambda: c.register_hook(lambda g: None))
    log.attempt("retain_grad", c.retain_grad)
    log.attempt("stored", lambda: c.register_post_accumulate_grad_hook(lambda t: None))
    log.attempt("stored interior", lambda: y.register_post_accumulate_grad_hook(lambda t: None))


@pytest.mark.parametrize("kind", ["tensor", "pre", "post", "stored"])
@parity
def test_callability_shows_at_backward(lib, log, kind):
    """H0.3: not checked when registering; a TypeError when it should run."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    method = {
        "tensor": y.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "stored": x.register_post_accumulate_grad_hook,
    }[kind]
    log.attempt("register", lambda: method(3) and None)
    log.attempt("backward", y.backward)


@parity
def test_retain_grad_on_a_leaf_and_twice(lib, log):
    """H0.4: both do nothing."""
    x = leaf(lib, 2.0)
    x.retain_grad()
    y = x * 3.0
    y.retain_grad()
    y.retain_grad()
    (y * 2.0).backward()
    log("grads", x.grad, y.grad, x.retains_grad, y.retains_grad)


@parity
def test_registering_after_the_graph(lib, log):
    """H0.5: hooks of all kinds take effect until backward."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    z = lib.exp(y)
    for name, t in (("x", x), ("y", y), ("z", z)):
        watch(lib, log, name, t)
    y.retain_grad()
    z.backward()
    log("retained", y.grad)


# H1: the order


@parity
def test_order_within_a_node(lib, log):
    """H1.1: tensor hooks, retained gradient, pre, rule, post; a leaf stores and runs post-accumulate hooks."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    y.retain_grad()
    nodes = [watch(lib, log, "y", y), watch(lib, log, "x", x)]
    lib.graph.register_multi_grad_hook([x, y], log.hook("all"))
    lib.graph.register_multi_grad_hook([x, y], log.hook("any"), mode="any")
    lib.sum(y).backward()
    log("grads", y.grad, x.grad, len(nodes))


@pytest.mark.parametrize("first", ["tensor", "pre", "post", "retain"])
@parity
def test_order_of_kinds_is_not_order_of_registration(lib, log, first):
    """H1.1: whichever kind is registered first."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    register = {
        "post": lambda: y.grad_fn.register_hook(log.hook("post", lambda i, o: (i[0] * 2.0, *i[1:]))),
        "pre": lambda: y.grad_fn.register_prehook(log.hook("pre", lambda o: (o[0] * 100.0,))),
        "retain": y.retain_grad,
        "tensor": lambda: y.register_hook(log.hook("tensor", lambda g: g * 10.0)),
    }
    register.pop(first)()
    for method in register.values():
        method()
    if first == "retain":
        y.retain_grad()
    (y * 1.0).backward()
    log("grads", y.grad, x.grad)


@parity
def test_retained_gradient_and_pre_hooks(lib, log):
    """H1.2: what a node pre-hook does is not in the retained gradient."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    y.register_hook(lambda g: g * 10.0)
    y.grad_fn.register_prehook(lambda o: (o[0] * 100.0,))
    y.retain_grad()
    (y * 1.0).backward()
    log("grads", y.grad, x.grad)


@parity
def test_hooks_of_one_kind_chain(lib, log):
    """H1.4: registration order; each sees what the one before made."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    for factor in (2.0, 3.0, 5.0):
        y.register_hook(log.hook("tensor", lambda g, factor=factor: g * factor))
        y.grad_fn.register_prehook(log.hook("pre", lambda o, factor=factor: (o[0] + factor,)))
        y.grad_fn.register_hook(log.hook("post", lambda i, o, factor=factor: (i[0] - factor, *i[1:])))
    (y * 1.0).backward()
    log("grad", x.grad)


@parity
def test_post_hooks_see_the_changed_outputs(lib, log):
    """H1.4: grad_outputs are those after tensor and pre-hooks."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    y.register_hook(lambda g: g * 10.0)
    y.grad_fn.register_prehook(lambda o: (o[0] + 1.0,))
    y.grad_fn.register_hook(log.hook("post"))
    (y * 1.0).backward()


@parity
def test_tensor_hooks_of_several_outputs(lib, log):
    """H1.3: hooks of one output together, in their order."""
    x = leaf(lib, 1.0, 2.0)
    a, b = lib.unstack(x)
    a.register_hook(log.hook("a1", lambda g: g * 2.0))
    a.register_hook(log.hook("a2"))
    b.register_hook(log.hook("b1", lambda g: g * 3.0))
    b.register_hook(log.hook("b2"))
    a.grad_fn.register_prehook(log.hook("pre"))
    (a * b).backward()
    log("grad", x.grad)


@parity
def test_retained_gradients_of_several_outputs(lib, log):
    """H1.3, H0: each output keeps its own."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    a, b, c = lib.unstack(x)
    for t in (a, b, c):
        t.retain_grad()
    (a * b).backward()
    log("grads", a.grad, b.grad, c.grad)


@parity
def test_order_across_nodes(lib, log):
    """H1.5, E2.3: a small network with hooks of every kind everywhere."""
    x, w, v = leaf(lib, 1.0, 2.0), leaf(lib, 0.5, 0.25), leaf(lib, 2.0, 1.0)
    h = x * w
    a = lib.tanh(h)
    o = lib.sum(a * v)
    for name, t in (("x", x), ("w", w), ("v", v), ("h", h), ("a", a), ("o", o)):
        watch(lib, log, name, t)
    o.backward()


@parity
def test_order_in_a_diamond(lib, log):
    """H1.5: both branches before what they share."""
    x = leaf(lib, 0.5)
    a = lib.exp(x)
    b, c = lib.sin(a), lib.cos(a)
    d = b * c
    for name, t in (("x", x), ("a", a), ("b", b), ("c", c), ("d", d)):
        watch(lib, log, name, t)
    d.backward()


@parity
def test_hooks_run_once_more_for_each_task(lib, log):
    """H8.1: hooks survive backward."""
    x = leaf(lib, 2.0)
    y = x * x
    watch(lib, log, "y", y)
    watch(lib, log, "x", x)
    y.backward(retain_graph=True)
    y.backward()
    log("grad", x.grad)


# H2: which fire


def chain(lib, log):
    """x -> y -> z with hooks of every kind, and a branch that leads to w."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = lib.exp(x)
    z = y * w
    names = {"x": x, "w": w, "y": y, "z": z}
    nodes = [watch(lib, log, name, t) for name, t in names.items()]
    y.retain_grad()
    return names, nodes


@pytest.mark.parametrize("inputs", ["", "x", "w", "xw"])
@parity
def test_which_fire_in_backward(lib, log, inputs):
    """H2: backward(), with and without inputs that are leaves."""
    t, nodes = chain(lib, log)
    t["z"].backward(inputs=[t[name] for name in inputs] or None)
    log("grads", t["x"].grad, t["w"].grad, t["y"].grad, len(nodes))


@pytest.mark.parametrize("inputs", ["y", "x", "w", "xw", "z"])
@parity
def test_which_fire_in_grad(lib, log, inputs):
    """H2: grad() runs the tensor hooks of its inputs, not their nodes; a retained gradient is written."""
    t, nodes = chain(lib, log)
    log("grad", lib.grad(t["z"], [t[name] for name in inputs]))
    log("grads", t["x"].grad, t["w"].grad, t["y"].grad, len(nodes))


@parity
def test_interior_and_below(lib, log):
    """H2: asked for y and for x below it, y's node runs, and its tensor hooks run once."""
    t, nodes = chain(lib, log)
    log("grad", lib.grad(t["z"], [t["y"], t["x"]]))
    log("grads", t["x"].grad, t["w"].grad, t["y"].grad, len(nodes))


@parity
def test_captured_value_and_pre_hooks(lib, log):
    """H2.1: a captured gradient never shows what pre-hooks do."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    y.grad_fn.register_prehook(lambda o: (o[0] * 100.0,))
    z = y * 1.0
    log("y", lib.grad(z, [y], retain_graph=True))
    log("both", lib.grad(z, [y, x]))


@parity
def test_hooks_of_roots(lib, log):
    """H2: tensor hooks of a root fire, of a leaf that is a root too."""
    x = leaf(lib, 2.0)
    watch_x = watch(lib, log, "x", x)
    log("grad", lib.grad(x, [x]))
    x.backward()
    log("grad", x.grad, watch_x)
    y = x * 3.0
    y.register_hook(log.hook("y"))
    y.backward()


@parity
def test_branches_not_reached(lib, log):
    """H2: hooks of what the roots do not reach stay silent."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = x * 2.0
    other = lib.exp(w)
    keep = [watch(lib, log, name, t) for name, t in (("x", x), ("y", y), ("w", w), ("other", other))]
    y.backward()
    log("grads", x.grad, w.grad, len(keep))


@parity
def test_all_kinds_together_with_replacement(lib, log):
    """H1, H3: every kind replaces, every other sees it."""
    x = leaf(lib, 1.0, -1.0)
    y = lib.sin(x)
    y.register_hook(log.hook("tensor y", lambda g: g + 1.0))
    y.grad_fn.register_prehook(log.hook("pre y", lambda o: (o[0] * 2.0,)))
    y.grad_fn.register_hook(log.hook("post y", lambda i, o: (i[0] - 5.0,)))
    x.register_hook(log.hook("tensor x", lambda g: g * 3.0))
    node = lib.accumulator(x)
    node.register_prehook(log.hook("pre x", lambda o: (o[0] / 2.0,)))
    node.register_hook(log.hook("post x"))
    x.register_post_accumulate_grad_hook(lambda t: log("stored", t.grad))
    lib.sum(y * 2.0).backward()
    log("grad", x.grad)
