"""Corners of hooks: roots, siblings, replacement in recorded passes, many at once, a training step."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import leaf


@parity
def test_hooks_of_a_root(lib, log):
    """H2: the root's own hooks see, and may replace, the initial gradient."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 3.0
    y.register_hook(log.hook("y", lambda g: g * 10.0))
    y.retain_grad()
    y.grad_fn.register_prehook(log.hook("pre"))
    y.backward(lib.tensor([1.0, 2.0]))
    log("grads", y.grad, x.grad)


@parity
def test_the_same_hook_twice(lib, log):
    """H0.1: is two hooks; each handle removes one."""
    x = leaf(lib, 2.0)
    hook = log.hook("hook", lambda g: g * 2.0)
    first, _ = x.register_hook(hook), x.register_hook(hook)
    (x * 1.0).backward()
    first.remove()
    (x * 1.0).backward()
    log("grad", x.grad)


@parity
def test_bound_methods_and_objects(lib, log):
    """H0.3: whatever can be called."""

    class Keeper:
        def __init__(self):
            self.seen = []

        def method(self, g):
            self.seen.append(g)

        def __call__(self, g):
            return g * 2.0

    keeper = Keeper()
    x = leaf(lib, 2.0)
    x.register_hook(keeper.method)
    x.register_hook(keeper)
    x.register_hook(keeper.method)
    (x * 3.0).backward()
    log("seen", keeper.seen, x.grad)


@parity
def test_handle_removed_by_a_hook_of_another_kind(lib, log):
    """H5.1: kinds that come later find it gone."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    post = y.grad_fn.register_hook(log.hook("post"))
    pre = y.grad_fn.register_prehook(log.hook("pre"))
    stored = x.register_post_accumulate_grad_hook(log.hook("stored"))
    y.register_hook(lambda g: pre.remove())
    y.register_hook(lambda g: post.remove())
    x.register_hook(lambda g: stored.remove())
    y.backward()
    log("grad", x.grad)


@parity
def test_all_hooks_removed_by_the_first(lib, log):
    """H5.1: those of its own kind still run this time."""
    x = leaf(lib, 2.0)
    y = x * x
    handles = []
    y.register_hook(lambda g: [handle.remove() for handle in handles] and None)
    handles += [y.register_hook(log.hook(f"hook {i}")) for i in range(3)]
    y.backward(retain_graph=True)
    log("again")
    y.backward()


@parity
def test_removed_and_registered_again(lib, log):
    """H0.1: goes to the end."""
    x = leaf(lib, 2.0)
    first = x.register_hook(log.hook("first"))
    x.register_hook(log.hook("second"))
    first.remove()
    x.register_hook(log.hook("first"))
    (x * 1.0).backward()


@parity
def test_hooks_after_all_were_removed(lib, log):
    """H0.5: an emptied dictionary still serves."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.register_hook(log.hook("removed")).remove()
    y.grad_fn.register_hook(log.hook("removed")).remove()
    y.backward(retain_graph=True)
    y.register_hook(log.hook("y"))
    y.grad_fn.register_hook(log.hook("post"))
    y.backward()


@pytest.mark.parametrize("kind", ["tensor", "pre", "post", "stored"])
@parity
def test_many_hooks(lib, log, kind):
    """H1.4: a hundred of one kind, in order."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    method = {
        "tensor": y.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "stored": x.register_post_accumulate_grad_hook,
    }[kind]
    ran = []
    for i in range(100):
        method(lambda *arguments, i=i: ran.append(i))
    y.backward()
    log("ran", ran)


@parity
def test_replacing_by_what_requires_grad(lib, log):
    """H7.1: without create_graph a replacement from enable_grad leaves no trace in .grad."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)

    def hook(g):
        with lib.enable_grad():
            return g * w

    y = x * 5.0
    y.register_hook(hook)
    y.backward()
    log("grad", x.grad, x.grad.requires_grad, w.grad)


@parity
def test_recorded_replacement_reaches_the_hooks_leaf(lib, log):
    """H7.1: with create_graph a hook's own parameters get gradients of the gradient."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = lib.exp(x)
    y.register_hook(lambda g: g * w)
    (first,) = lib.grad(y * y, [x], create_graph=True)
    log("first", first)
    log("by the hook's leaf", lib.grad(first, [w, x]))


@parity
def test_a_hook_that_calls_grad(lib, log):
    """H7.3, E8: for a second-order quantity, within a recorded pass."""
    x = leaf(lib, 2.0)
    y = x * x * x

    def hook(g):
        with lib.enable_grad():
            (inner,) = lib.grad(lib.exp(x), [x])
        log("inner", inner)
        return g * inner

    y.register_hook(hook)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first)


@parity
def test_pre_hooks_and_none(lib, log):
    """H3.3: a pre-hook that drops a gradient stops it there."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.grad_fn.register_prehook(log.hook("pre", lambda o: (None,)))
    y.grad_fn.register_hook(log.hook("post"))
    y.retain_grad()
    (y * 2.0).backward()
    log("grads", y.grad, x.grad)


@parity
def test_tensor_hooks_before_retained_on_siblings(lib, log):
    """H1.1, H1.3: all tensor hooks of the node, then the retained gradients."""
    x = leaf(lib, 1.0, 2.0)
    a, b = lib.unstack(x)
    a.retain_grad()
    b.retain_grad()
    a.register_hook(lambda g: log("a", a.grad, b.grad))
    b.register_hook(lambda g: log("b", a.grad, b.grad))
    a.grad_fn.register_prehook(lambda o: log("pre", a.grad, b.grad))
    (a * b).backward()


@parity
def test_post_accumulate_hook_frees_the_gradient(lib, log):
    """H0: the optimizer-in-backward idiom: step, then drop .grad."""
    xs = [leaf(lib, float(i + 1)) for i in range(2)]

    def step(t):
        log("step", t, t.grad)
        t.grad = None

    for x in xs:
        x.register_post_accumulate_grad_hook(step)
    for _ in range(2):
        (xs[0] * xs[1]).backward()
    log("grads", [x.grad for x in xs])


@parity
def test_post_accumulate_hook_of_a_leaf_used_often(lib, log):
    """E4.3: runs once a task, with the total."""
    x = leaf(lib, 2.0)
    x.register_post_accumulate_grad_hook(lambda t: log("stored", t.grad))
    (x * x + lib.exp(x) + x * 3.0).backward()
    lib.grad(x * x, [x])
    (x * 1.0).backward()


@parity
def test_hooks_on_accumulators_under_grad(lib, log):
    """H2: grad() runs a leaf's tensor hooks, not those of its node."""
    x = leaf(lib, 2.0)
    node = lib.accumulator(x)
    node.register_prehook(log.hook("pre"))
    node.register_hook(log.hook("post"))
    x.register_hook(log.hook("tensor", lambda g: g * 10.0))
    x.register_post_accumulate_grad_hook(log.hook("stored"))
    log("grad", lib.grad(x * 3.0, [x]), x.grad)
    (x * 3.0).backward(inputs=[x])
    log("stored", x.grad, node)


@parity
def test_retain_grad_under_grad_and_backward(lib, log):
    """H2, H3.7: grad() writes it too; both add."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.retain_grad()
    z = y * 3.0
    lib.grad(z, [x], retain_graph=True)
    log("after grad", y.grad)
    lib.grad(z, [y], retain_graph=True)
    log("after the second", y.grad)
    z.backward()
    log("after backward", y.grad, x.grad)


@parity
def test_retained_gradient_set_by_hand(lib, log):
    """G5.6, H3.7: an assigned .grad of an interior tensor is added to."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.retain_grad()
    y.grad = lib.tensor(100.0)
    (y * 3.0).backward()
    log("grad", y.grad)


# a training step


@parity
def test_training_steps(lib, log):
    """H, E: three steps of a small network with hooks of every kind at work."""
    w1 = lib.tensor([[0.1, -0.2, 0.3], [0.4, 0.5, -0.6]], requires_grad=True)
    w2 = lib.tensor([[0.7], [-0.8], [0.9]], requires_grad=True)
    data = lib.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]])
    target = lib.tensor([[1.0], [0.0], [0.5]])
    updates = {}

    def step(name):
        def hook(t):
            updates[name] = lib.array(t) - 0.1 * lib.array(t.grad)
            log(f"step {name}", t.grad)
            t.grad = None

        return hook

    for _ in range(3):
        w1.register_post_accumulate_grad_hook(step("w1"))
        w2.register_post_accumulate_grad_hook(step("w2"))
        hidden = lib.tanh(lib.matmul(data, w1))
        hidden.register_hook(log.hook("hidden", lambda g: lib.where(abs(g) > 0.1, g * 0.5, g)))
        hidden.grad_fn.register_hook(log.hook("node"))
        error = lib.matmul(hidden, w2) - target
        error.retain_grad()
        loss = lib.mean(error * error)
        loss.backward()
        log("loss", loss, error.grad)
        w1, w2 = (lib.tensor(updates[name], requires_grad=True) for name in ("w1", "w2"))
