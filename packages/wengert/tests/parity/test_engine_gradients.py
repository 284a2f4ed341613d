"""Accumulation, undefined gradients, checks, captures and edges (rules E5 to E7)."""

from __future__ import annotations

import pytest

from .facade import dtype_name, parity
from .programs import leaf

# E5: accumulation into .grad


@parity
def test_accumulation(lib, log):
    """E5: None, then added to in place: the same object."""
    x = leaf(lib, 1.0, 2.0)
    lib.sum(x * 2.0).backward()
    first = x.grad
    lib.sum(x * 3.0).backward()
    log("grad", x.grad, x.grad is first, x.grad.requires_grad)


@parity
def test_accumulation_with_create_graph(lib, log):
    """E5: a new object, with a graph."""
    x = leaf(lib, 1.0, 2.0)
    lib.sum(x * x).backward(create_graph=True)
    first = x.grad
    log("first", first, first.requires_grad)
    lib.sum(x * x * x).backward(create_graph=True)
    log("second", x.grad, x.grad is first, x.grad.requires_grad, first)
    log("derivative", lib.grad(lib.sum(x.grad), [x]))


@parity
def test_accumulation_into_an_assigned_grad(lib, log):
    """E5.4: into the object that the user assigned."""
    x = leaf(lib, 1.0, 2.0)
    mine = lib.tensor([10.0, 20.0])
    x.grad = mine
    lib.sum(x * 2.0).backward()
    log("grad", x.grad, x.grad is mine, mine)


@pytest.mark.parametrize("before", [False, True])
@parity
def test_undefined_gradient_for_a_leaf(lib, log, before):
    """E5.3: .grad stays as it was."""
    x = leaf(lib, 1.0)

    class NoGradient(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            return None

    if before:
        x.grad = lib.tensor(7.0)
    NoGradient.apply(x).backward()
    log("grad", x.grad)


@parity
def test_expanded_gradients_become_dense(lib, log):
    """E5.2: .grad has room for each element, so that later gradients can be added in place."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    lib.sum(x).backward()
    first = x.grad
    lib.sum(x[0] * 4.0).backward()
    log("grad", x.grad, x.grad is first)


# E6: undefined gradients and checks of what a node returns


@parity
def test_undefined_gradients_of_a_multi_output_node(lib, log):
    """E6.1, E6.4: zeros stand in for the missing; the hook of an unused sibling sees None."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    a, b, c = lib.unstack(x)
    for name, t in (("a", a), ("b", b), ("c", c)):
        t.register_hook(log.hook(name))
    b.grad_fn.register_prehook(log.hook("pre"))
    b.grad_fn.register_hook(log.hook("post"))
    (b * 5.0).backward()
    log("grad", x.grad)


@parity
def test_all_undefined(lib, log):
    """E6.1: a node runs although all its gradients are undefined, and gives undefined ones."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)

    class NoGradient(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            return None

    x.register_hook(log.hook("x"))
    y.register_hook(log.hook("y"))
    y.grad_fn.register_prehook(log.hook("pre"))
    y.grad_fn.register_hook(log.hook("post"))
    lib.sum(NoGradient.apply(y)).backward()
    log("grad", x.grad)


@parity
def test_hooks_and_none(lib, log):
    """E6.3: a hook may replace a gradient by None through a node's tuple; None only by None."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    y.grad_fn.register_hook(lambda grad_inputs, grad_outputs: (None,))
    x.register_hook(log.hook("x"))
    lib.sum(y).backward()
    log("grad", x.grad)
    a, b = lib.unstack(x)
    b.register_hook(lambda g: lib.tensor(1.0))
    log.attempt("for None", (a * 2.0).backward)


RETURNED = {
    "same": [2.0, 3.0],
    "extra leading": [[2.0, 3.0], [4.0, 5.0]],
    "zero-dim": 2.0,
    "one": [2.0],
    "longer": [2.0, 3.0, 4.0],
}


@pytest.mark.parametrize("given", RETURNED)
@pytest.mark.parametrize("shape", [(), (1,), (2,)])
@parity
def test_shape_of_what_a_function_returns(lib, log, given, shape):
    """E6.5b: equal, or summable to the input's shape; anything else is an error."""
    x = lib.tensor([1.0, 2.0][: shape[0]] if shape else 1.0, requires_grad=True)

    class Returns(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 1.0

        @staticmethod
        def backward(ctx, g):
            return lib.tensor(RETURNED[given])

    log.attempt("backward", lambda: lib.sum(Returns.apply(x)).backward())
    log("grad", x.grad)


@pytest.mark.parametrize("target", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("given", ["float32", "float64", "int64", "bool", "complex64"])
@parity
def test_dtype_of_what_a_function_returns(lib, log, target, given):
    """E6.5c, d: cast to the input's dtype; complex for real, and integer for complex, is an error."""
    x = lib.tensor([1.0, 2.0], dtype=target, requires_grad=True)

    class Returns(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 1.0

        @staticmethod
        def backward(ctx, g):
            return lib.tensor([1, 0], dtype=given)

    y = Returns.apply(x)
    log.attempt("backward", lambda: y.backward(lib.tensor([1.0, 1.0], dtype=target)))
    log("grad", x.grad, None if x.grad is None else dtype_name(x.grad))


@parity
def test_gradients_between_dtypes(lib, log):
    """E6.5d: through a cast the gradient has the dtype of each side."""
    x = lib.tensor([1.0, 2.0], dtype="float32", requires_grad=True)
    y = lib.astype(x, "float64") * 2.0
    y.register_hook(lambda g: log("y", dtype_name(g)))
    lib.sum(y).backward()
    log("grad", x.grad, dtype_name(x.grad))


# E7: inputs, captures, GradientEdge


@parity
def test_backward_to_an_interior_tensor(lib, log):
    """E7.1: its gradient arrives in its .grad; nothing below gets one."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    (y * 3.0).backward(inputs=[y])
    log("grads", y.grad, x.grad)


@parity
def test_edge_as_output_and_input(lib, log):
    """E7.3: an edge stands for its tensor on both sides."""
    x = leaf(lib, 2.0)
    y = x * x
    z = lib.exp(y)
    edge, end = lib.graph.get_gradient_edge(y), lib.graph.get_gradient_edge(z)
    log("edge", edge.node is y.grad_fn, edge.output_nr)
    log("as input", lib.grad(z, [edge], retain_graph=True))
    log("as output", lib.grad(end, [x], retain_graph=True))
    log("both", lib.grad(end, [edge], retain_graph=True))
    log("explicit", lib.grad(end, [x], [lib.tensor(2.0)], retain_graph=True))
    log("leaf", lib.grad(z, [lib.graph.get_gradient_edge(x)], retain_graph=True))
    lib.backward(end, inputs=[lib.graph.get_gradient_edge(x)])
    log("grad", x.grad)


@parity
def test_edge_outlives_its_tensor(lib, log):
    """E7.3: an edge keeps the graph, not the tensor."""
    x = leaf(lib, 2.0)
    edge = lib.graph.get_gradient_edge(x * x)
    lib.backward(edge)
    log("grad", x.grad)


@parity
def test_bad_edges(lib, log):
    """E7.3, E7.4: of a tensor without gradient; not of a node; a number out of range as an output."""
    x = leaf(lib, 2.0)
    y = x * 2.0
    log.attempt("no grad", lambda: lib.graph.get_gradient_edge(lib.tensor(1.0)))
    log.attempt("not a node", lambda: lib.grad(y, [lib.graph.GradientEdge("y", 0)]))
    log.attempt("output", lambda: lib.grad(lib.graph.GradientEdge(y.grad_fn, 3), [x]))


@parity
def test_edge_of_a_vector_needs_a_gradient(lib, log):
    """E7.3: implicit only if its metadata says one element."""
    x = leaf(lib, 1.0, 2.0)
    edge = lib.graph.get_gradient_edge(x * 3.0)
    log.attempt("implicit", lambda: lib.backward(edge))
    log.attempt("explicit", lambda: lib.backward(edge, lib.tensor([1.0, 10.0])))
    log("grad", x.grad)


@parity
def test_grad_of_a_tensor_for_itself(lib, log):
    """E7.5, H2: its tensor hooks fire, and the result is after them."""
    x = leaf(lib, 2.0)
    y = x * 3.0
    y.register_hook(log.hook("y", lambda g: g * 10.0))
    x.register_hook(log.hook("x", lambda g: g * 100.0))
    log("y", lib.grad(y, [y], retain_graph=True))
    log("x", lib.grad(x, [x]))
