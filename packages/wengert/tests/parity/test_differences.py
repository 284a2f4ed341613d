"""Where Wengert differs from PyTorch on purpose (section 0 of the semantics): both logs, and why.

This file: arguments, captured gradients, memory, order, lifetime. The page of differences in the documentation is made from
the marked tests of all files (``differences.py``).
"""

from __future__ import annotations

import gc
import threading
import weakref

from .facade import NOT_RUN, differs
from .programs import function, leaf

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
