"""Where Wengert differs on purpose: tasks, modes, multi-grad hooks, Functions, anomaly mode, saved tensors."""

from __future__ import annotations

import gc
import weakref

from .facade import differs
from .programs import function, leaf

# tasks


@differs(
    "W16",
    torch=[("needs", (True, True)), ("grad", (3.0,)), ("needs", (True, True)), ("grads", (3.0, 2.0))],
    wengert=[("needs", (True, False)), ("grad", (3.0,)), ("needs", (True, True)), ("grads", (3.0, 2.0))],
    reason="In backward, needs_input_grad says what this task asks for, so that a Function can skip the rest.",
)
def test_needs_input_grad_of_a_task(lib, log):
    """F1.2, E2.6: with inputs."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)

    def forward(ctx, a, b):
        ctx.save_for_backward(a, b)
        return a * b

    def backward(ctx, g):
        log("needs", tuple(bool(need) for need in ctx.needs_input_grad))
        a, b = ctx.saved_tensors
        return g * b, g * a

    y = function(lib, forward, backward).apply(x, w)
    log("grad", lib.grad(y, [x], retain_graph=True))
    log("grads", lib.grad(y, [x, w]))


@differs(
    "W17",
    torch=[("first", 3.0, True), ("second", 6.0, True)],
    wengert=[("first", 3.0, False), ("second", 3.0, False)],
    reason="backward(inputs=[y]) leaves no mark on y; PyTorch turns retain_grad on for good.",
)
def test_backward_to_an_interior_tensor_leaves_no_mark(lib, log):
    """E7.1: a later backward() does not write y.grad."""
    x = leaf(lib, 2.0)
    y = x * 2.0
    z = y * 3.0
    z.backward(inputs=[y], retain_graph=True)
    log("first", y.grad, y.retains_grad)
    z.backward(retain_graph=True)
    log("second", y.grad, y.retains_grad)


@differs(
    "W18",
    torch=[("backward", "raised", "KeyError")],
    wengert=[("always",), ("backward", "raised", "KeyError")],
    reason="A callback queued with always=True runs although a node raised; the error then goes on.",
)
def test_callbacks_after_an_error(lib, log):
    """E9.3: PyTorch drops them all."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    always = {"always": True} if lib.name == "wengert" else {}

    def bang(g):
        raise KeyError("hook")

    def hook(g):
        lib.queue_callback(lambda: log("ordinary"))
        lib.queue_callback(lambda: log("always"), **always)

    y.register_hook(hook)
    x.register_hook(bang)
    log.attempt("backward", y.backward)


# modes


@differs(
    "W19",
    torch=[("inside", True), ("after", True)],
    wengert=[("inside", False), ("after", True)],
    reason="no_grad works on async functions; in PyTorch it does nothing to them.",
)
def test_no_grad_on_an_async_function(lib, log):
    """G7.5: the coroutine is driven by hand."""

    @lib.no_grad()
    async def work():
        log("inside", lib.is_grad_enabled())

    try:
        work().send(None)
    except StopIteration:
        log("after", lib.is_grad_enabled())


@differs(
    "W19",
    torch=[("both", False), ("one", False), ("none", False)],
    wengert=[("both", False), ("one", False), ("none", True)],
    reason="One no_grad() object may be entered again while it is active; PyTorch then leaves gradients off.",
)
def test_reentering_one_no_grad(lib, log):
    """G7.9: two with statements on one object."""
    mode = lib.no_grad()
    with lib.enable_grad():
        with mode:
            with mode:
                log("both", lib.is_grad_enabled())
            log("one", lib.is_grad_enabled())
        log("none", lib.is_grad_enabled())


# multi-grad hooks


@differs(
    "W24",
    torch=[("grad", "raised", "RuntimeError")],
    wengert=[("all", [3.0, 2.0]), ("grad", "returned", (3.0, 2.0))],
    reason="A multi-grad hook may have leaves among its tensors and still works under grad().",
)
def test_multi_grad_hook_on_leaves_under_grad(lib, log):
    """H9.5: PyTorch's grad() raises."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    lib.graph.register_multi_grad_hook([x, w], log.hook("all"))
    z = x * w
    log.attempt("grad", lambda: lib.grad(z, [x, w]))


@differs(
    "W24",
    torch=[("all", [1.0, None]), ("outer is over",)],
    wengert=[("all", [1.0, None]), ("all", [20.0, 1.0]), ("outer is over",)],
    reason="Multi-grad hooks count for each task, so a nested backward does not lose the call of the outer one.",
)
def test_multi_grad_hook_and_a_nested_backward(lib, log):
    """H9.6: the inner task reaches one of the two tensors."""
    x = leaf(lib, 2.0)
    a = x * 1.0
    b = x * 5.0
    lib.graph.register_multi_grad_hook([a, b], log.hook("all"))
    inner = a + 1.0
    middle = b + 0.0
    a.register_hook(lambda g: None)
    middle.register_hook(lambda g: None)
    nested = []

    def once(g):
        if not nested:
            nested.append(True)
            inner.backward(retain_graph=True)

    b.register_hook(once)
    (a * 20.0 + middle).backward(retain_graph=True)
    log("outer is over")


@differs(
    "W24",
    torch=[("all", [None, 1.0]), ("all", [3.0, None]), ("later root",)],
    wengert=[("all", [3.0, 1.0]), ("later root",), ("all", [None, 1.0])],
    reason="The tensor on which backward() was called counts like the others; PyTorch forgets it in its count.",
)
def test_multi_grad_hook_on_a_root(lib, log):
    """H9.1: a root that no edge leads to."""
    x = leaf(lib, 2.0)
    y = x * 1.0
    z = y * 3.0
    lib.graph.register_multi_grad_hook([y, z], log.hook("all"))
    z.backward(retain_graph=True)
    log("later root")
    other = leaf(lib, 1.0)
    w = other * 1.0
    lib.graph.register_multi_grad_hook([y, w], log.hook("all"))
    w.backward()


# Functions


@differs(
    "W25",
    torch=[("list", "returned", False), ("dict", "returned", False)],
    wengert=[("list", "raised", "TypeError"), ("dict", "raised", "TypeError")],
    reason="A Function that returns a list or dict is an error; PyTorch passes it through without gradients.",
)
def test_function_that_returns_a_list_or_dict(lib, log):
    """F1.4: the gradient would be lost silently."""
    x = leaf(lib, 2.0)
    listed = function(lib, lambda ctx, a: [a * 2.0], lambda ctx, g: g * 2.0)
    named = function(lib, lambda ctx, a: {"out": a * 2.0}, lambda ctx, g: g * 2.0)
    log.attempt("list", lambda: listed.apply(x)[0].requires_grad)
    log.attempt("dict", lambda: named.apply(x)["out"].requires_grad)


@differs(
    "W25",
    torch=[("gradients", 0.0, 11.0), ("grad", 11.0)],
    wengert=[("gradients", 1.0, 10.0), ("grad", 11.0)],
    reason="A Function may return one new tensor twice: each place gets its own gradient.",
)
def test_function_that_returns_one_tensor_twice(lib, log):
    """F7.2: in PyTorch the first place always gets zeros."""

    def forward(ctx, a):
        out = a * 1.0
        return out, out

    def backward(ctx, g, h):
        log("gradients", g, h)
        return g + h

    x = leaf(lib, 2.0)
    a, b = function(lib, forward, backward).apply(x)
    (a + b * 10.0).backward()
    log("grad", x.grad)


@differs(
    "W25",
    torch=[("apply", "returned", 5.0), ("the leaf is a leaf", False)],
    wengert=[("apply", "raised", "RuntimeError"), ("the leaf is a leaf", True)],
    reason="A Function that returns a leaf which it was not given is an error; PyTorch rewrites that leaf's history.",
)
def test_function_that_returns_a_foreign_leaf(lib, log):
    """F7.3: a tensor from outside."""
    x, other = leaf(lib, 2.0), leaf(lib, 5.0)
    mine = function(lib, lambda ctx, a: other, lambda ctx, g: g)
    log.attempt("apply", lambda: mine.apply(x))
    log("the leaf is a leaf", other.is_leaf)


@differs(
    "W26",
    torch=[("second", "returned", (None,))],
    wengert=[("second", "raised", "RuntimeError")],
    reason="A second derivative through a once-differentiable Function is an error, also by grad() with allow_unused.",
)
def test_once_differentiable_by_grad(lib, log):
    """F6.1: PyTorch's error is not on the path."""
    x = leaf(lib, 2.0)
    y = function(lib, lambda ctx, a: a * 2.0, lib.once_differentiable(lambda ctx, g: g * 2.0)).apply(x)
    seed = lib.tensor(1.0, requires_grad=True)
    (first,) = lib.grad(y, [x], [seed], create_graph=True)
    log.attempt("second", lambda: lib.grad(first, [x], allow_unused=True))


@differs(
    "W26",
    torch=[("requires grad", False)],
    wengert=[("requires grad", True)],
    reason="What a once-differentiable Function gives depends on its inputs, and says so, whatever gradient came in.",
)
def test_once_differentiable_with_a_constant_gradient(lib, log):
    """F6.1: with create_graph and an incoming gradient that needs none."""
    x = leaf(lib, 2.0)
    y = function(lib, lambda ctx, a: a * 2.0, lib.once_differentiable(lambda ctx, g: g * 2.0)).apply(x)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("requires grad", first.requires_grad)


# anomaly mode


@differs(
    "W27",
    torch=[("backward", "raised", "RuntimeError", True)],
    wengert=[("backward", "raised", "RuntimeError", False)],
    reason="A NaN that a hook made is blamed on the hook, not on the operator that passes it on.",
)
def test_nan_made_by_a_hook(lib, log):
    """A1.4: PyTorch names the node of exp."""
    x = leaf(lib, 1.0)
    with lib.autograd.set_detect_anomaly(True):
        y = lib.exp(x)

        def spoil(g):
            return g * float("nan")

        y.register_hook(spoil)
        log.attempt("backward", y.backward, says="Function 'ExpBackward0' returned nan")


@differs(
    "W27",
    torch=[("backward", "returned", None)],
    wengert=[("backward", "raised", "RuntimeError")],
    reason="Anomaly mode looks for infinities too, when asked.",
)
def test_infinities_in_anomaly_mode(lib, log):
    """A1.4: check_inf=True."""
    options = {"check_inf": True} if lib.name == "wengert" else {}
    x = leaf(lib, 0.0)
    with lib.autograd.detect_anomaly(**options):
        log.attempt("backward", lib.sqrt(x).backward)


# saved tensors


@differs(
    "W12",
    torch=[("backward", "returned", None)],
    wengert=[("backward", "raised", "RuntimeError")],
    reason="What was saved through hooks is version-checked like everything else.",
)
def test_version_check_under_hooks(lib, log):
    """S3.5: PyTorch checks nothing there."""
    x = leaf(lib, 2.0)
    with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        y = lib.sin(x)
    lib.graph.increment_version(x)
    log.attempt("backward", y.backward)


@differs(
    "W12",
    torch=[("forward", "raised", "TypeError", False)],
    wengert=[("forward", "raised", "TypeError", True)],
    reason="An exception in pack reaches the caller as it is; Python swallows PyTorch's TypeError under an operator.",
)
def test_type_error_in_pack(lib, log):
    """S3.3: under x * x."""
    x = leaf(lib, 2.0)

    def pack(t):
        raise TypeError("my own text")

    def program():
        with lib.graph.saved_tensors_hooks(pack, lambda t: t):
            return x * x

    log.attempt("forward", program, says="my own text")


@differs(
    "W12",
    torch=[("gone", False)],
    wengert=[("gone", True)],
    reason="A pack hook that returns its argument for a saved output leaks nothing.",
)
def test_identity_pack_of_an_output(lib, log):
    """G9.3: in PyTorch the cycle cannot be collected."""
    x = leaf(lib, 2.0)
    with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: t):
        y = lib.exp(x)
    gone = weakref.ref(y)
    del y
    gc.collect()
    log("gone", gone() is None)
