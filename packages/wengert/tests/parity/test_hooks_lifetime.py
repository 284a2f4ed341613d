"""Registering and removing while running, handles, grad mode, lifetime (rules H5 to H8)."""

from __future__ import annotations

import gc
import pickle
import weakref

import pytest

from .facade import parity
from .programs import leaf

KINDS = ["tensor", "leaf", "pre", "post", "stored"]


def register(lib, x, y, kind):
    """The registering method of one kind of hook, on y or on the leaf x below it."""
    return {
        "tensor": y.register_hook,
        "leaf": x.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "stored": x.register_post_accumulate_grad_hook,
    }[kind]


# H5: registration and removal during a task


@pytest.mark.parametrize("kind", KINDS)
@parity
def test_removed_by_an_earlier_hook(lib, log, kind):
    """H5.1: it still runs this time, and not the next."""
    x = leaf(lib, 2.0)
    y = x * x
    method = register(lib, x, y, kind)
    handles = []

    def remover(*arguments):
        log("remover")
        handles[0].remove()

    method(remover)
    handles.append(method(log.hook("removed")))
    y.backward(retain_graph=True)
    log("again")
    y.backward()


@pytest.mark.parametrize("kind", KINDS)
@parity
def test_self_removal(lib, log, kind):
    """H5.1: a hook may remove itself; the next one runs all the same."""
    x = leaf(lib, 2.0)
    y = x * x
    method = register(lib, x, y, kind)

    def once(*arguments):
        log("once", *arguments)
        handle.remove()

    handle = method(once)
    method(log.hook("next"))
    y.backward(retain_graph=True)
    y.backward()


@pytest.mark.parametrize("kind", KINDS)
@parity
def test_added_by_an_earlier_hook(lib, log, kind):
    """H5.1: it runs from the next task on."""
    x = leaf(lib, 2.0)
    y = x * x
    method = register(lib, x, y, kind)

    def adder(*arguments):
        log("adder")
        method(log.hook("added"))

    handle = method(adder)
    y.backward(retain_graph=True)
    handle.remove()
    log("again")
    y.backward()


@parity
def test_registering_on_what_comes_later(lib, log):
    """H5.2: hooks put on nodes and tensors that this task reaches later run in it."""
    x = leaf(lib, 2.0)
    a = lib.exp(x)
    b = lib.sin(a)
    accumulator = lib.accumulator(x)

    def adder(g):
        a.register_hook(log.hook("tensor a"))
        a.retain_grad()
        a.grad_fn.register_prehook(log.hook("pre a"))
        a.grad_fn.register_hook(log.hook("post a"))
        x.register_hook(log.hook("tensor x"))
        accumulator.register_prehook(log.hook("pre x"))
        accumulator.register_hook(log.hook("post x"))
        x.register_post_accumulate_grad_hook(log.hook("stored x"))

    b.register_hook(adder)
    b.backward()
    log("retained", a.grad)


@parity
def test_post_hook_registered_by_a_pre_hook(lib, log):
    """H5.3: of the same node: it runs, and sees the gradients."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.grad_fn.register_prehook(lambda o: y.grad_fn.register_hook(log.hook("post")) and None)
    (y * 2.0).backward()


@parity
def test_pre_hook_registered_by_a_tensor_hook(lib, log):
    """H5.2: kinds that come later in the same node."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.register_hook(lambda g: y.grad_fn.register_prehook(log.hook("pre")) and None)
    (y * 2.0).backward()


@pytest.mark.parametrize("kind", ["tensor", "pre", "post"])
@parity
def test_retain_grad_during_the_task(lib, log, kind):
    """H5.4: from a tensor hook in time, from a node's hook too late."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    register(lib, x, y, kind)(lambda *arguments: y.retain_grad())
    (y * 2.0).backward()
    log("retained", y.grad, y.retains_grad)


# H6: handles


@pytest.mark.parametrize("kind", KINDS)
@parity
def test_remove(lib, log, kind):
    """H6.1: a removed hook does not run; removing again does nothing."""
    x = leaf(lib, 2.0)
    y = x * x
    method = register(lib, x, y, kind)
    first = method(log.hook("first"))
    second = method(log.hook("second"))
    first.remove()
    first.remove()
    y.backward(retain_graph=True)
    second.remove()
    y.backward()
    log("grad", x.grad)


@pytest.mark.parametrize("kind", KINDS)
@parity
def test_handle_as_context_manager(lib, log, kind):
    """H6.1: removed on exit, also when the block raises."""
    x = leaf(lib, 2.0)
    y = x * x
    method = register(lib, x, y, kind)
    with method(log.hook("inside")) as handle:
        y.backward(retain_graph=True)
    log("handle", handle is not None)
    with pytest.raises(KeyError), method(log.hook("inside the second")):
        raise KeyError("leave")
    y.backward()


@parity
def test_dropping_the_handle(lib, log):
    """H6.1: keeps the hook."""
    x = leaf(lib, 2.0)
    x.register_hook(log.hook("x"))
    gc.collect()
    (x * 2.0).backward()


@parity
def test_removing_after_the_target_died(lib, log):
    """H6.1: does nothing."""
    x = leaf(lib, 2.0)
    y = x * 2.0
    handles = [y.register_hook(log.hook("y")), y.grad_fn.register_hook(log.hook("post"))]
    del y
    gc.collect()
    for handle in handles:
        log.attempt("remove", handle.remove)


@parity
def test_pickled_handle(lib, log):
    """H6.2: a handle can be pickled; its copy is a dead reference that may be removed."""
    x = leaf(lib, 2.0)
    handle = x.register_hook(print_nothing)
    copy = pickle.loads(pickle.dumps(handle))
    log("copy", copy.id == handle.id)
    log.attempt("remove", copy.remove)
    x.register_hook(log.hook("x"))
    (x * 2.0).backward()


def print_nothing(g):
    """A hook that pickles by its name."""


@parity
def test_handles_reach_their_dict_weakly(lib, log):
    """H6.1: a handle keeps neither tensor nor hook alive."""
    x = leaf(lib, 2.0)

    class Hook:
        def __call__(self, g):
            return None

    hook = Hook()
    gone = weakref.ref(hook)
    y = x * 2.0
    handle = y.register_hook(hook)
    del hook
    log("alive", gone() is not None)
    del y
    gc.collect()
    log("gone", gone() is None, handle.id >= 0)


@parity
def test_clearing_the_dict(lib, log):
    """H6.3: hooks already on the node stay there."""
    x = leaf(lib, 2.0)
    y = x * 2.0
    y.register_hook(log.hook("y"))
    log("hooks", len(y._backward_hooks))
    y._backward_hooks = None
    y.backward()


# H7: grad mode in hooks


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("kind", KINDS)
@parity
def test_grad_mode_in_hooks(lib, log, kind, create_graph):
    """H7.1: create_graph; then what a hook is given may require grad."""
    x = leaf(lib, 2.0)
    y = x * x * x

    def hook(*arguments):
        first = arguments[0][0] if isinstance(arguments[0], tuple) else arguments[0]
        log("hook", lib.is_grad_enabled(), first.requires_grad)

    register(lib, x, y, kind)(hook)
    (y * x).backward(create_graph=create_graph)
    log("grad", x.grad, x.grad.requires_grad)


@pytest.mark.parametrize("kind", ["tensor", "leaf", "pre", "post"])
@parity
def test_hooks_are_differentiable(lib, log, kind):
    """H7.1: with create_graph what a hook computes is part of the gradient's graph."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    change = {
        "pre": lambda o: (o[0] * x,),
        "post": lambda i, o: (i[0] * x,),
    }.get(kind, lambda g: g * x)
    register(lib, x, y, kind)(change)
    (first,) = lib.grad(y * y, [x], create_graph=True)
    log("first", first)
    log("second", lib.grad(first, [x]))


@parity
def test_registering_under_no_grad(lib, log):
    """H7.2: is like registering outside."""
    x = leaf(lib, 2.0)
    y = x * x
    with lib.no_grad():
        y.register_hook(log.hook("y"))
        y.retain_grad()
        x.register_post_accumulate_grad_hook(lambda t: log("stored", t.grad))
    (y * 2.0).backward()
    log("retained", y.grad)


@parity
def test_hooks_on_a_gradient(lib, log):
    """H7.1: a gradient with a graph takes hooks like any tensor."""
    x = leaf(lib, 2.0)
    (first,) = lib.grad(x * x * x, [x], create_graph=True)
    first.register_hook(log.hook("first", lambda g: g * 10.0))
    first.backward()
    log("grad", x.grad)


@parity
def test_hooks_in_double_backward(lib, log):
    """H7.1: hooks of the first graph run again in a backward through its gradient."""
    x = leaf(lib, 2.0)
    y = x * x
    y.register_hook(log.hook("y"))
    x.register_hook(log.hook("x"))
    z = y * y
    (first,) = lib.grad(z, [x], create_graph=True)
    log("first", first)
    first.backward()
    log("grad", x.grad)


# H8: lifetime


@parity
def test_tensor_dies_and_its_hooks_fire(lib, log):
    """H8.1: the node owns them; a retained gradient has nobody to go to."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.register_hook(log.hook("y"))
    y.retain_grad()
    gone = weakref.ref(y)
    z = y * 2.0
    del y
    log("gone", gone() is None)
    z.backward()
    log("grad", x.grad)


@parity
def test_hooks_die_with_the_node(lib, log):
    """H8.1: nothing else holds them."""
    x = leaf(lib, 2.0)

    def hook(g):
        return None

    gone = weakref.ref(hook)
    y = x * 2.0
    y.register_hook(hook)
    del hook
    y.backward()
    log("after backward", gone() is not None)
    del y
    gc.collect()
    log("gone", gone() is None)


@parity
def test_hook_that_closes_over_its_node(lib, log):
    """H8.2: the cycle is collected when nothing else owns the node."""
    x = leaf(lib, 2.0)

    class Token:
        pass

    def program():
        token, node = Token(), (x * 2.0).grad_fn
        node.register_hook(lambda i, o: log("never", node, token))
        return weakref.ref(token)

    gone = program()
    log("alive", gone() is not None)
    gc.collect()
    log("gone", gone() is None)


@parity
def test_leaf_hooks_stay_with_the_leaf(lib, log):
    """H4.10, H8.1: through graphs that come and go, and while requires_grad is off."""
    x = leaf(lib, 2.0)
    x.register_hook(log.hook("x"))
    x.register_post_accumulate_grad_hook(lambda t: log("stored", t.grad))
    (x * 2.0).backward()
    gc.collect()
    (x * 3.0).backward()
    x.requires_grad = False
    x.requires_grad = True
    (x * 4.0).backward()


@parity
def test_hooks_of_a_detached_tensor(lib, log):
    """G6.1: a detached tensor has none of them."""
    x = leaf(lib, 2.0)
    y = x * 2.0
    y.register_hook(log.hook("y"))
    d = y.detach().requires_grad_()
    (d * 3.0).backward()
    log("grad", d.grad)
