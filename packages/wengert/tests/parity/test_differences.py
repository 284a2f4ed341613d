"""Where Wengert differs from PyTorch on purpose (section 0 of the semantics): both logs, and why.

The page of differences in the documentation is made from these tests (``differences.py``).
"""

from __future__ import annotations

import gc
import threading
import weakref

from .facade import NOT_RUN, differs


def leaf(lib, *values):
    """A leaf that requires grad."""
    return lib.tensor(list(values) if len(values) != 1 else values[0], requires_grad=True)


def function(lib, forward, backward, name="Mine"):
    """A Function class of these two."""
    return type(name, (lib.Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


# captures


@differs(
    "W1",
    torch=[("y alone", (10.0,)), ("y and x", (1.0, 30.0)), ("x and y", (30.0, 1.0))],
    wengert=[("y alone", (10.0,)), ("y and x", (10.0, 30.0)), ("x and y", (30.0, 10.0))],
    reason="What grad() gives for an input is what its tensor hooks made of it, whatever else is asked for.",
)
def test_captured_gradient_is_after_tensor_hooks(lib, log):
    """E7.5, H2.1: PyTorch captures before the hooks when another input lies below."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    y.register_hook(lambda g: g * 10.0)
    z = y + 1.0
    log("y alone", lib.grad(z, [y], retain_graph=True))
    log("y and x", lib.grad(z, [y, x], retain_graph=True))
    log("x and y", lib.grad(z, [x, y], retain_graph=True))


# arguments


@differs(
    "W7",
    torch=NOT_RUN,
    wengert=[("input", "raised", "IndexError", True)],
    reason="An output number that the node does not have is an error; PyTorch reads out of bounds and crashes.",
)
def test_bad_output_number_of_an_edge(lib, log):
    """E7.4: as an input."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    log.attempt("input", lambda: lib.grad(y * 2.0, [lib.graph.GradientEdge(y.grad_fn, 3)]), says="3")


@differs(
    "W22",
    torch=[("extra", "returned", None), ("grad", 2.0)],
    wengert=[("extra", "raised", "RuntimeError"), ("grad", None)],
    reason="More gradients than outputs are an error, not ignored.",
)
def test_extra_gradients(lib, log):
    """E1.4: grad_tensors longer than tensors."""
    x = leaf(lib, 2.0)
    log.attempt("extra", lambda: lib.backward([x * 2.0], [lib.tensor(1.0), lib.tensor(5.0)]))
    log("grad", x.grad)


@differs(
    "W21",
    torch=[("backward", "raised", "RuntimeError", False), ("grad", None)],
    wengert=[("backward", "raised", "RuntimeError", True), ("grad", None)],
    reason="A complex gradient for a real input is reported with the node that returned it.",
)
def test_complex_gradient_for_a_real_input(lib, log):
    """E6.5c: PyTorch fails in an internal check that names nothing."""
    x = leaf(lib, 1.0, 2.0)
    mine = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: lib.tensor([1.0 + 1.0j, 2.0]))
    y = lib.sum(mine.apply(x))
    log.attempt("backward", y.backward, says="MineBackward")
    log("grad", x.grad)


@differs(
    "W21",
    torch=[("backward", "raised", "RuntimeError", True)],
    wengert=[("backward", "raised", "RuntimeError", False)],
    reason="backward(inputs=...) with a tensor that needs no gradient says so and does not speak of retain_grad.",
)
def test_input_that_needs_no_gradient(lib, log):
    """E1.5: the text."""
    x = leaf(lib, 2.0)
    log.attempt("backward", lambda: (x * 2.0).backward(inputs=[lib.tensor(1.0)]), says="retain")


# what .grad and the results of grad() share


@differs(
    "W8",
    torch=[("same object", True), ("the first gradient", 7.0), ("requires grad", True)],
    wengert=[("same object", False), ("the first gradient", 4.0), ("requires grad", False)],
    reason="A .grad that carries a graph is replaced by the sum; PyTorch adds into it: value and graph then disagree.",
)
def test_accumulating_into_a_grad_with_a_graph(lib, log):
    """E5: backward() after backward(create_graph=True)."""
    x = leaf(lib, 2.0)
    (x * x).backward(create_graph=True)
    first = x.grad
    (x * 3.0).backward()
    log("same object", x.grad is first)
    log("the first gradient", first)
    log("requires grad", x.grad.requires_grad)


@differs(
    "W9",
    torch=[("same object", True), ("the other after a write", [7.0, 7.0])],
    wengert=[("same object", False), ("the other after a write", [1.0, 1.0])],
    reason="Two gradients that grad() returns share no memory, so a write to one leaves the other alone.",
)
def test_gradients_of_two_inputs(lib, log):
    """E1.8: of x + w."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    left, right = lib.grad(x + w, [x, w], [lib.tensor([1.0, 1.0])])
    log("same object", left is right)
    lib.array(left)[...] = 7.0
    log("the other after a write", right)


@differs(
    "W9",
    torch=[("grad after a write", [7.0], [7.0])],
    wengert=[("grad after a write", [1.0], [2.0])],
    reason="A leaf's .grad shares no memory with the gradient that the caller passed.",
)
def test_grad_and_the_callers_gradient(lib, log):
    """E5.1: through the slices that concat's rule takes."""
    x, w = lib.tensor([1.0], requires_grad=True), lib.tensor([2.0], requires_grad=True)
    mine = lib.tensor([1.0, 2.0])
    lib.concat([x, w]).backward(mine)
    lib.array(mine)[...] = 7.0
    log("grad after a write", x.grad, w.grad)


@differs(
    "W10",
    torch=[("post", (), ([7.0, 7.0],))],
    wengert=[("post", (), ([2.0, 2.0],))],
    reason="What a leaf's node post-hook sees is the gradient that arrived, not what was made of .grad since.",
)
def test_post_hook_of_a_leaf_after_a_write_to_grad(lib, log):
    """E5.5: a post-accumulate hook writes into .grad."""
    x = leaf(lib, 1.0, 2.0)

    def overwrite(t):
        lib.array(t.grad)[...] = 7.0

    x.register_post_accumulate_grad_hook(overwrite)
    node = lib.accumulator(x)
    node.register_hook(log.hook("post"))
    lib.sum(x * 2.0).backward()


# order


@differs(
    "W11",
    torch=[(f"leaf {i}",) for i in (0, 2, 6, 5, 7, 4, 1, 3)],
    wengert=[(f"leaf {i}",) for i in range(8)],
    reason="Leaves that are ready together accumulate in the order in which their gradients arrived, not the heap's.",
)
def test_order_of_ready_leaves(lib, log):
    """E2.4: of a concatenation of eight leaves."""
    leaves = [lib.tensor([float(i)], requires_grad=True) for i in range(8)]
    for i, x in enumerate(leaves):
        x.register_hook(lambda g, i=i: log(f"leaf {i}"))
    lib.sum(lib.concat(leaves)).backward()


@differs(
    "W30",
    torch=[("b1",), ("b2",), ("a1",)],
    wengert=[("a1",), ("b1",), ("b2",)],
    reason="Tensor hooks of one node run by output, then by registration; PyTorch takes the first hooked output first.",
)
def test_order_of_hooks_of_two_outputs(lib, log):
    """H1.3: hooks on two outputs of one node, registered in turns."""
    x = leaf(lib, 1.0, 2.0)
    a, b = lib.unstack(x)
    b.register_hook(lambda g: log("b1"))
    a.register_hook(lambda g: log("a1"))
    b.register_hook(lambda g: log("b2"))
    (a * b).backward()


@differs(
    "W23",
    torch=[("retained", 10.0), ("grad", 3000.0)],
    wengert=[("retained", 10.0), ("grad", 3000.0)],
    reason="Both retain the gradient before node pre-hooks. PyTorch's notes say after; Wengert's say what happens.",
)
def test_retained_gradient_comes_before_pre_hooks(lib, log):
    """H1.2: the same behaviour, documented otherwise."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    y.register_hook(lambda g: g * 10.0)
    y.grad_fn.register_prehook(lambda grads: (grads[0] * 100.0,))
    y.retain_grad()
    (y + 1.0).backward()
    log("retained", y.grad)
    log("grad", x.grad)


@differs(
    "G2.2",
    torch=[("younger than what it came after", False), ("old",), ("made later",), ("grad", 8.0)],
    wengert=[("younger than what it came after", True), ("made later",), ("old",), ("grad", 8.0)],
    reason="Nodes are numbered by one counter for all threads, so that the youngest runs first, whichever thread made it.",
)
def test_nodes_of_two_threads(lib, log):
    """G2.1, G2.2: PyTorch counts in each thread from 0, so that a node of a busy thread goes before a younger one."""
    x = leaf(lib, 2.0)
    for _ in range(20):
        x * 2.0
    old = x * 3.0
    made = []
    thread = threading.Thread(target=lambda: made.append(x * 5.0))
    thread.start()
    thread.join()
    log("younger than what it came after", made[0].grad_fn._sequence_nr() > old.grad_fn._sequence_nr())
    old.register_hook(lambda g: log("old"))
    made[0].register_hook(lambda g: log("made later"))
    (old + made[0]).backward()
    log("grad", x.grad)


# lifetime


@differs(
    "H8.2",
    torch=[("gone", False)],
    wengert=[("gone", True)],
    reason="A tensor with a hook that refers to the tensor is collected; PyTorch cannot see this cycle.",
)
def test_tensor_hook_that_closes_over_its_tensor(lib, log):
    """H8.2: a leak of the tensor and of the graph below it."""
    x = leaf(lib, 2.0)

    def program():
        y = x * 2.0
        y.register_hook(lambda g: log("never", y.shape))
        return weakref.ref(y)

    gone = program()
    gc.collect()
    log("gone", gone() is None)


@differs(
    "W13",
    torch=[("grad", 3.0)],
    wengert=[("pre", (3.0,)), ("post", (), (3.0,)), ("grad", 3.0)],
    reason="Hooks on a leaf's AccumulateGrad live as long as the leaf; in PyTorch they vanish with the last graph.",
)
def test_hooks_of_an_accumulator_outlive_the_graph(lib, log):
    """G3.2: registered, then every graph and node is dropped."""
    x = leaf(lib, 2.0)
    node = lib.accumulator(x)
    node.register_prehook(log.hook("pre"))
    node.register_hook(log.hook("post"))
    del node
    gc.collect()
    (x * 3.0).backward()
    log("grad", x.grad)


@differs(
    "W14",
    torch=[("tensor hook", 3.0), ("stored", None), ("grad", None)],
    wengert=[("tensor hook", 3.0), ("grad", None)],
    reason="When nothing is stored, no post-accumulate hook runs.",
)
def test_no_gradient_no_post_accumulate_hook(lib, log):
    """G3.4: requires_grad was switched off after the graph was built."""
    x = leaf(lib, 2.0)
    x.register_hook(log.hook("tensor hook"))
    x.register_post_accumulate_grad_hook(lambda t: log("stored", t.grad))
    y = x * 3.0
    x.requires_grad = False
    y.backward()
    log("grad", x.grad)


@differs(
    "W14",
    torch=[("tensor hook", None), ("stored", None)],
    wengert=[("tensor hook", None)],
    reason="When the gradient is undefined, no post-accumulate hook runs.",
)
def test_undefined_gradient_no_post_accumulate_hook(lib, log):
    """E5.3: a Function returned None."""
    x = leaf(lib, 2.0)
    x.register_hook(log.hook("tensor hook"))
    x.register_post_accumulate_grad_hook(lambda t: log("stored", t.grad))
    function(lib, lambda ctx, a: a * 2.0, lambda ctx, g: None).apply(x).backward()


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
