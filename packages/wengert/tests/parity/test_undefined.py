"""Gradients that are not there, siblings, captures of both, and dtypes that meet (rules E2, E6, E7, H2)."""

from __future__ import annotations

import pytest

from .facade import dtype_name, parity
from .programs import leaf, no_gradient

OPERATORS = {
    "exp": lambda lib, x, w: lib.exp(x),
    "sin": lambda lib, x, w: lib.sin(x),
    "neg": lambda lib, x, w: -x,
    "add": lambda lib, x, w: x + w,
    "mul": lambda lib, x, w: x * w,
    "mul number": lambda lib, x, w: x * 2.0,
    "div": lambda lib, x, w: x / w,
    "sum": lambda lib, x, w: lib.sum(x),
    "sum axis": lambda lib, x, w: lib.sum(x, axis=0),
    "mean": lambda lib, x, w: lib.mean(x),
    "matmul": lambda lib, x, w: lib.matmul(x, w),
    "where": lambda lib, x, w: lib.where(lib.tensor([[True, False], [False, True]]), x, w),
    "concat": lambda lib, x, w: lib.concat([x, w]),
    "stack": lambda lib, x, w: lib.stack([x, w]),
    "reshape": lambda lib, x, w: lib.reshape(x, (4,)),
    "permute": lambda lib, x, w: lib.permute_dims(x, (1, 0)),
    "broadcast": lambda lib, x, w: lib.broadcast_to(x, (3, 2, 2)),
    "index": lambda lib, x, w: x[0],
    "unstack": lambda lib, x, w: lib.unstack(x)[1],
    "clone": lambda lib, x, w: x.clone(),
}


@pytest.mark.parametrize("op", OPERATORS)
@parity
def test_undefined_through_an_operator(lib, log, op):
    """E6.1: an operator whose gradient is undefined gives undefined ones, and its hooks run."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = lib.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    y = OPERATORS[op](lib, x, w)
    y.register_hook(log.hook("y"))
    y.grad_fn.register_hook(lambda i, o: log("post", all(g is None for g in i), all(g is None for g in o)))
    x.register_hook(log.hook("x"))
    lib.sum(no_gradient(lib).apply(y)).backward()
    log("grads", x.grad, w.grad)


@pytest.mark.parametrize("op", OPERATORS)
@parity
def test_undefined_through_an_operator_without_hooks(lib, log, op):
    """E6.1: the same where nobody watches, and below another operator."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = lib.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    y = OPERATORS[op](lib, lib.sin(x), w)
    lib.sum(no_gradient(lib).apply(y)).backward()
    log("grads", x.grad, w.grad)
    log("grad", lib.grad(lib.sum(no_gradient(lib).apply(OPERATORS[op](lib, x, w))), [x], allow_unused=True))


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("which", ["x", "w", "xw"])
@parity
def test_only_some_inputs(lib, log, op, which):
    """E2.6: gradients for some of the operands only, by requires_grad and by the task."""
    values = [[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]
    x = lib.tensor(values[0], requires_grad="x" in which)
    w = lib.tensor(values[1], requires_grad="w" in which)
    y = OPERATORS[op](lib, x, w)
    log("requires grad", y.requires_grad)
    if y.requires_grad:
        lib.sum(y * y).backward(retain_graph=True)
    log("grads", x.grad, w.grad)
    for name, t in (("x", x), ("w", w)):
        if t.requires_grad and y.requires_grad:
            log(name, lib.grad(lib.sum(y * y), [t], allow_unused=True, retain_graph=True))


@pytest.mark.parametrize("op", OPERATORS)
@parity
def test_second_derivatives(lib, log, op):
    """E1.10: by a recorded backward, also in the directions that the first one left out."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = lib.tensor([[5.0, 6.0], [7.0, 8.0]], requires_grad=True)
    y = lib.sum(OPERATORS[op](lib, lib.sin(x), lib.cos(w)))
    (first,) = lib.grad(y * y, [x], create_graph=True)
    log("first", first)
    log("second", lib.grad(lib.sum(first * first), [x, w], allow_unused=True))


@parity
def test_undefined_meets_defined(lib, log):
    """E4.1: an undefined contribution is skipped in the sum."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    y.register_hook(log.hook("y"))
    for order in ("first", "last"):
        a, b = (no_gradient(lib).apply(y), y * 3.0) if order == "first" else (y * 3.0, no_gradient(lib).apply(y))
        lib.sum(a + b).backward(retain_graph=True)
        log(order, x.grad)


@parity
def test_undefined_from_both_sides(lib, log):
    """E4.1: nothing plus nothing is nothing."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    y.register_hook(log.hook("y"))
    lib.sum(no_gradient(lib).apply(y) + no_gradient(lib).apply(y)).backward()
    log("grad", x.grad)


# siblings and captures


@parity
def test_capturing_siblings(lib, log):
    """E7, E6.4: outputs of one node as inputs of grad(), one of them unused."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    a, b, c = lib.unstack(x)
    z = a * b
    log("both", lib.grad(z, [a, b], retain_graph=True))
    log("reversed", lib.grad(z, [b, a], retain_graph=True))
    log.attempt("unused", lambda: lib.grad(z, [a, c], retain_graph=True))
    log("allowed", lib.grad(z, [a, c], retain_graph=True, allow_unused=True))
    log("with the leaf", lib.grad(z, [a, x], retain_graph=True))
    log("twice", lib.grad(z, [a, a, x], retain_graph=True))


@parity
def test_hooks_of_captured_siblings(lib, log):
    """H2, E6.4: tensor hooks of every output run when one is captured."""
    x = leaf(lib, 1.0, 2.0)
    a, b = lib.unstack(x)
    a.register_hook(log.hook("a"))
    b.register_hook(log.hook("b"))
    a.retain_grad()
    b.retain_grad()
    log("grad", lib.grad(a * 2.0, [a]))
    log("retained", a.grad, b.grad)


@parity
def test_backward_to_a_sibling(lib, log):
    """E7.1: stored for the one that was asked for."""
    x = leaf(lib, 1.0, 2.0)
    a, b = lib.unstack(x)
    (a * b).backward(inputs=[b])
    log("grads", b.grad, x.grad)


@parity
def test_backward_to_interior_and_leaf(lib, log):
    """E7.1, H2: both get their gradients; everything between them runs."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.register_hook(log.hook("y", lambda g: g * 10.0))
    x.register_hook(log.hook("x"))
    (y * 3.0).backward(inputs=[y, x])
    log("grads", y.grad, x.grad)


@parity
def test_backward_to_a_root(lib, log):
    """E7.1: a root may be an input too."""
    x = leaf(lib, 2.0)
    y = lib.exp(x)
    y.backward(inputs=[y])
    log("grads", y.grad, x.grad)
    x.backward(inputs=[x])
    log("leaf", x.grad)


@parity
def test_edges_of_siblings(lib, log):
    """E7.3: an edge names one output."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    a, b, c = lib.unstack(x)
    edges = [lib.graph.get_gradient_edge(t) for t in (a, b, c)]
    log("numbers", [edge.output_nr for edge in edges], edges[0].node is edges[2].node)
    log("inputs", lib.grad(a * c, [edges[2], edges[0]], retain_graph=True))
    log("outputs", lib.grad([edges[1], edges[2]], [x], [lib.tensor(10.0), lib.tensor(100.0)]))


@parity
def test_roots_that_are_siblings(lib, log):
    """E2.2: several outputs of one node as roots."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    a, _, c = lib.unstack(x * x)
    a.register_hook(log.hook("a"))
    c.register_hook(log.hook("c"))
    lib.backward([a, c], [None, lib.tensor(5.0)])
    log("grad", x.grad)


@parity
def test_leaves_as_roots(lib, log):
    """E2.2: gradients go straight to the leaf, and add."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    x.register_hook(log.hook("x"))
    lib.backward([x, x, w], [lib.tensor([1.0, 1.0]), lib.tensor([10.0, 10.0]), lib.tensor([5.0, 5.0])])
    log("grads", x.grad, w.grad)
    log("grad", lib.grad([x, x * x], [x], [lib.tensor([1.0, 1.0]), lib.tensor([1.0, 1.0])]))


@parity
def test_a_leaf_above_nothing(lib, log):
    """E1.6: of inputs that the root does not depend on, one is the root's own leaf."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    log("grad", lib.grad(x, [x, w], allow_unused=True))
    log.attempt("refused", lambda: lib.grad(x, [w]))


# dtypes and shapes that meet


@pytest.mark.parametrize("right", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("left", ["float32", "float64", "complex128"])
@pytest.mark.parametrize("op", ["add", "mul", "div"])
@parity
def test_promotion(lib, log, op, left, right):
    """E6.5d: each operand's gradient has its own dtype."""
    x = lib.tensor([1.0, 2.0], dtype=left, requires_grad=True)
    w = lib.tensor([3.0, 5.0], dtype=right, requires_grad=True)
    y = getattr(lib, op)(x, w)
    log("result", y, dtype_name(y))
    y.backward(lib.tensor([1.0, 1.0], dtype=dtype_name(y)))
    log("grads", [(t.grad, dtype_name(t.grad)) for t in (x, w)])


@pytest.mark.parametrize("number", [2, 2.5, -3])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@parity
def test_python_numbers(lib, log, dtype, number):
    """G4.1: take the dtype of the tensor that they meet."""
    x = lib.tensor([1.0, 2.0], dtype=dtype, requires_grad=True)
    for name, y in (("right", x * number), ("left", number * x), ("sub", number - x), ("div", number / x)):
        log(name, y, dtype_name(y))
        (g,) = lib.grad(y, [x], [lib.tensor([1.0, 1.0], dtype=dtype)])
        log("grad", g, dtype_name(g))


@pytest.mark.parametrize("shapes", [((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2, 2)), ((1,), ()), ((4, 1, 2), (3, 1))])
@pytest.mark.parametrize("op", ["add", "mul", "div", "sub"])
@parity
def test_broadcasting(lib, log, op, shapes):
    """E6.5b: gradients have the shapes of the operands."""
    size = [1, 1]
    for i, shape in enumerate(shapes):
        for length in shape:
            size[i] *= length
    x, w = (
        lib.reshape(lib.tensor([float(k + 1 + i) for k in range(size[i])]), shape).requires_grad_()
        for i, shape in enumerate(shapes)
    )
    y = getattr(lib, op)(x, w)
    log("shape", tuple(y.shape))
    lib.sum(y * y).backward()
    log("grads", x.grad, w.grad)


@pytest.mark.parametrize("values", [[1.0, -2.0, 0.0], [1.0 + 2.0j, -1.0j, 3.0 + 0.0j]])
@pytest.mark.parametrize("op", ["exp", "sin", "square", "abs", "mul", "conj", "real"])
@parity
def test_complex_conventions(lib, log, op, values):
    """A4.4: the gradient of a real function is dL/dRe + i dL/dIm."""
    x = lib.tensor(values, requires_grad=True)
    y = {"square": lambda: x * x, "mul": lambda: x * (1.0 + 2.0j)}.get(op, lambda: getattr(lib, op)(x))()
    loss = lib.sum(lib.abs(y) * lib.abs(y))
    loss.backward()
    log("grad", loss, x.grad, dtype_name(x.grad))
