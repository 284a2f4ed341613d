"""Multi-grad hooks (rules H9)."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import leaf

# H9: multi-grad hooks


@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_multi_grad_hook(lib, log, mode):
    """H9.1, H9.4: once all gradients are there; at the first of them."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    a, b = lib.exp(x), lib.exp(w)
    lib.graph.register_multi_grad_hook([a, b], log.hook(mode), mode=mode)
    a.register_hook(log.hook("a"))
    b.register_hook(log.hook("b"))
    z = a * b
    z.backward(retain_graph=True)
    log("second task")
    z.backward()


@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_multi_grad_hook_on_leaves(lib, log, mode):
    """H9.1: with backward() leaves are tensors like others."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    lib.graph.register_multi_grad_hook((x, w), log.hook(mode), mode=mode)
    (x * w).backward()
    log("second task")
    (x * 2.0).backward()


@parity
def test_multi_grad_hook_and_tensors_not_reached(lib, log):
    """H9.2: outside the graph None; an unused sibling None."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0)
    a, b = lib.unstack(x)
    other = lib.exp(w)
    lib.graph.register_multi_grad_hook([a, b, other], log.hook("all"))
    (a * 2.0).backward()


@parity
def test_multi_grad_hook_with_duplicates(lib, log):
    """H9.1: a tensor twice counts twice."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    lib.graph.register_multi_grad_hook([y, y], log.hook("all"))
    (y * 2.0).backward()


@parity
def test_multi_grad_hook_result_is_ignored(lib, log):
    """H9.1: it cannot replace a gradient."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    lib.graph.register_multi_grad_hook([y], log.hook("all", lambda gs: gs[0] * 100.0))
    lib.graph.register_multi_grad_hook([y], log.hook("any", lambda g: g * 100.0), mode="any")
    (y * 2.0).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_multi_grad_hook_of_captured_tensors(lib, log, mode):
    """H9.7: it fires for interior tensors that grad() captures."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    a, b = lib.exp(x), lib.exp(w)
    lib.graph.register_multi_grad_hook([a, b], log.hook(mode), mode=mode)
    log("grad", lib.grad(a * b, [a, b]))


@parity
def test_multi_grad_hook_removed(lib, log):
    """H9.1, H6.1: its handle removes it from every tensor."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    handle = lib.graph.register_multi_grad_hook([x, w], log.hook("all"))
    z = x * w
    z.backward(retain_graph=True)
    handle.remove()
    z.backward(retain_graph=True)
    with lib.graph.register_multi_grad_hook([x, w], log.hook("context")):
        z.backward(retain_graph=True)
    z.backward()


@parity
def test_multi_grad_hook_arguments(lib, log):
    """H9.3: a mode that does not exist; no tensors at all."""
    x = leaf(lib, 2.0)
    log.attempt("mode", lambda: lib.graph.register_multi_grad_hook([x], log.hook("never"), mode="some"))
    log.attempt("empty", lambda: lib.graph.register_multi_grad_hook([], log.hook("never")) and None)
    (x * 2.0).backward()


@parity
def test_multi_grad_hook_sees_replacements(lib, log):
    """H1.4, H9.1: it is a tensor hook among the others of its tensor."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.register_hook(lambda g: g * 10.0)
    lib.graph.register_multi_grad_hook([y], log.hook("all"))
    y.register_hook(lambda g: g * 100.0)
    (y * 2.0).backward()
    log("grad", x.grad)


@parity
def test_multi_grad_hook_that_raises(lib, log):
    """H9.1, E10: like any hook."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)

    def bang(gs):
        raise KeyError("multi")

    handle = lib.graph.register_multi_grad_hook([y], bang)
    log.attempt("backward", (y * 2.0).backward)
    handle.remove()
    log.attempt("afterwards", (lib.exp(x) * 2.0).backward)
    log("grad", x.grad)


@parity
def test_multi_grad_hook_that_starts_a_backward(lib, log):
    """H9.1, E8: from within, over another graph."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    inner = lib.exp(w)
    a, b = lib.exp(x), lib.sin(x)
    lib.graph.register_multi_grad_hook([a, b], lambda gs: log("all", gs, inner.backward()))
    (a * b).backward()
    log("grads", x.grad, w.grad)


# multi-grad hooks under every call


CALLS = {
    "backward": lambda lib, t: (-t["z"]).backward(),
    "backward to a leaf": lambda lib, t: (-t["z"]).backward(inputs=[t["x"]]),
    "backward to both": lambda lib, t: (-t["z"]).backward(inputs=[t["x"], t["w"]]),
    "backward to interior": lambda lib, t: (-t["z"]).backward(inputs=[t["a"]]),
    "grad of interior": lambda lib, t: lib.grad(-t["z"], [t["a"]]),
    "grad of all interior": lambda lib, t: lib.grad(-t["z"], [t["a"], t["b"]]),
    "from below": lambda lib, t: (-t["a"]).backward(),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("names", ["ab", "abz", "zz", "aab"])
@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_multi_grad_on_interior_tensors(lib, log, mode, names, call):
    """H9.1, H9.4, H9.7: which of them this call reaches."""
    t = {"x": leaf(lib, 2.0), "w": leaf(lib, 3.0)}
    t["a"], t["b"] = lib.exp(t["x"]), lib.sin(t["w"])
    t["z"] = t["a"] * t["b"]
    for name in "abz":
        t[name].register_hook(log.hook(name))
    lib.graph.register_multi_grad_hook([t[name] for name in names], log.hook(mode), mode=mode)
    CALLS[call](lib, t)
    log("grads", t["x"].grad, t["w"].grad)


@pytest.mark.parametrize("call", ["backward", "backward to a leaf", "backward to both", "from below"])
@pytest.mark.parametrize("names", ["xw", "xa", "xwz", "x"])
@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_multi_grad_with_leaves(lib, log, mode, names, call):
    """H9.1: leaves among them, under backward()."""
    t = {"x": leaf(lib, 2.0), "w": leaf(lib, 3.0)}
    t["a"], t["b"] = lib.exp(t["x"]), lib.sin(t["w"])
    t["z"] = t["a"] * t["b"]
    lib.graph.register_multi_grad_hook([t[name] for name in names], log.hook(mode), mode=mode)
    CALLS[call](lib, t)
    log("grads", t["x"].grad, t["w"].grad)


@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_multi_grad_on_siblings(lib, log, mode):
    """H9.2: an unused sibling counts, with None."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    a, b, c = lib.unstack(x)
    lib.graph.register_multi_grad_hook([c, b, a], log.hook(mode), mode=mode)
    (b * 2.0).backward()


@pytest.mark.parametrize("mode", ["all", "any"])
@parity
def test_several_multi_grad_hooks(lib, log, mode):
    """H9.1: overlapping sets, each called for itself."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    a, b = lib.exp(x), lib.sin(w)
    lib.graph.register_multi_grad_hook([a, b], log.hook("ab"), mode=mode)
    lib.graph.register_multi_grad_hook([b, a], log.hook("ba"), mode=mode)
    lib.graph.register_multi_grad_hook([a], log.hook("a"), mode=mode)
    z = a * b
    z.backward(retain_graph=True)
    log("again")
    z.backward(inputs=[w])


@parity
def test_multi_grad_removed_by_itself(lib, log):
    """H9.1, H5.1: from within."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    handles = []

    def once(grads):
        log("once", grads)
        handles[0].remove()

    handles.append(lib.graph.register_multi_grad_hook([x, w], once))
    z = x * w
    z.backward(retain_graph=True)
    z.backward()
    log("grads", x.grad, w.grad)
