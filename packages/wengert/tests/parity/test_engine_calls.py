"""backward() and grad(): their arguments, and what they return (rules E1)."""

from __future__ import annotations

import pytest

from .facade import dtype_name, parity
from .programs import leaf


@parity
def test_backward_returns_none_and_accumulates(lib, log):
    """E1: backward adds to .grad and returns None; grad returns a tuple and leaves .grad alone."""
    x = leaf(lib, 1.0, 2.0)
    log("returned", lib.sum(x * x).backward(), lib.backward(lib.sum(x * 3.0)))
    log("grad", x.grad)
    log("tuple", lib.grad(lib.sum(x * x), x), lib.grad(lib.sum(x * x), [x]))
    log("still", x.grad)


@parity
def test_grad_of_a_dict(lib, log):
    """E1: a dict of inputs gives a dict of gradients."""
    x, y = leaf(lib, 2.0), leaf(lib, 3.0)
    log("dict", lib.grad(x * y, {"x": x, "y": y}))
    log("unused", lib.grad(x * 2.0, {"x": x, "y": y}, allow_unused=True))


@parity
def test_output_that_needs_no_grad(lib, log):
    """E1.1: an error, also with a gradient given."""
    x = lib.tensor(1.0)
    y = leaf(lib, 1.0) * 2.0
    log.attempt("backward", x.backward, says="0")
    log.attempt("with gradient", lambda: x.backward(lib.tensor(1.0)))
    log.attempt("second", lambda: lib.backward([y, x]), says="1")
    log.attempt("grad", lambda: lib.grad(x, [y]))


@pytest.mark.parametrize("shape", [(), (1,), (1, 1), (2,), (0,)])
@parity
def test_implicit_gradient(lib, log, shape):
    """E1.2: only for one element, of any rank."""
    x = leaf(lib, 2.0)
    y = lib.broadcast_to(x, shape) * 3.0
    log.attempt("backward", y.backward, says="implicit" if shape == (2,) else None)
    log("grad", x.grad)


@parity
def test_implicit_gradient_of_a_complex_output(lib, log):
    """E1.2: only real scalars have one."""
    x = lib.tensor(1.0 + 2.0j, requires_grad=True)
    log.attempt("backward", (x * 2.0).backward)
    log.attempt("explicit", lambda: (x * 2.0).backward(lib.tensor(1.0 + 0.0j)))
    log("grad", x.grad)


@pytest.mark.parametrize("gradient", [1.0, [1.0], [[1.0, 1.0]], [1.0, 2.0, 3.0]])
@parity
def test_shape_of_an_explicit_gradient(lib, log, gradient):
    """E1.3: must equal the output's: nothing is broadcast."""
    x = leaf(lib, 1.0, 2.0)
    log.attempt("backward", lambda: (x * 2.0).backward(lib.tensor(gradient)), says="2")
    log("grad", x.grad)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "complex128"])
@parity
def test_dtype_of_an_explicit_gradient(lib, log, dtype):
    """E1.3: cast before the first hook sees it; complex for real is an error."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    y.register_hook(lambda g: log("hook", g, dtype_name(g)))
    log.attempt("backward", lambda: y.backward(lib.tensor([1, 0], dtype=dtype)))
    log("grad", x.grad)


@parity
def test_kinds_of_gradients(lib, log):
    """E1.4: a gradient is a tensor or None; there is one for each output."""
    x = leaf(lib, 1.0, 2.0)
    y, z = x * 2.0, lib.sum(x)
    log.attempt("number", lambda: y.backward(1.0))
    log.attempt("list", lambda: lib.backward([y], [[1.0, 1.0]]))
    log.attempt("None for a scalar", lambda: lib.backward([z], [None]))
    log.attempt("None for a vector", lambda: lib.backward([y], [None]))
    log.attempt("too few", lambda: lib.backward([y, z], [lib.tensor([1.0, 1.0])]), says="2")
    log.attempt("one for each", lambda: lib.backward([y, z], [lib.tensor([1.0, 1.0]), None]))
    log("grad", x.grad)


@parity
def test_inputs_are_checked(lib, log):
    """E1.5: none at all, one that needs no gradient, one that is no tensor."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    log.attempt("empty", lambda: y.backward(inputs=[]))
    log.attempt("grad empty", lambda: lib.grad(y, []))
    log.attempt("needs none", lambda: y.backward(inputs=[lib.tensor(1.0)]))
    log.attempt("grad needs none", lambda: lib.grad(y, [lib.tensor(1.0)]))
    log.attempt("no tensor", lambda: y.backward(inputs=[1.0]))
    log("untouched", x.grad)
    log.attempt("still usable", y.backward)


@pytest.mark.parametrize("allow", [None, False, True])
@pytest.mark.parametrize("materialize", [False, True])
@parity
def test_unreachable_inputs(lib, log, allow, materialize):
    """E1.6: an error, None or zeros."""
    x, y = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    call = lambda: lib.grad(lib.sum(x * x), [x, y], allow_unused=allow, materialize_grads=materialize)
    result = log.attempt("grad", call)
    if result is not None and result[1] is not None:
        log("zeros", result[1].requires_grad)


@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_materialized_zeros(lib, log, create_graph):
    """E1.6: the zeros require grad as create_graph says."""
    x, y = leaf(lib, 1.0, 2.0), leaf(lib, 3.0)
    out = lib.grad(lib.sum(x * x), [x, y], create_graph=create_graph, materialize_grads=True)
    log("zeros", out, out[0].requires_grad, out[1].requires_grad)


@parity
def test_materialize_cannot_help_an_edge(lib, log):
    """E1.6: an unreachable GradientEdge has no shape to make zeros of."""
    x, y = leaf(lib, 1.0), leaf(lib, 2.0)
    edge = lib.graph.get_gradient_edge(y * 2.0)
    log.attempt("grad", lambda: lib.grad(x * x, [x, edge], materialize_grads=True))
    log("allowed", lib.grad(x * x, [x, edge], allow_unused=True))


@parity
def test_backward_with_an_unreachable_input(lib, log):
    """E1.6: backward says nothing and does nothing for it."""
    x, y = leaf(lib, 1.0), leaf(lib, 2.0)
    (x * 2.0).backward(inputs=[y])
    log("grads", x.grad, y.grad)
    (x * 2.0).backward(inputs=[y, x])
    log("grads", x.grad, y.grad)


@parity
def test_listed_twice(lib, log):
    """E1.7: an input twice gives its gradient twice; backward accumulates once; a root twice adds."""
    x = leaf(lib, 3.0)
    log("inputs", lib.grad(x * x, [x, x]))
    (x * x).backward(inputs=[x, x])
    log("grad", x.grad)
    y = x * x
    log("roots", lib.grad([y, y], [x]))
    log("with gradients", lib.grad([x * x, x * 2.0], [x], [lib.tensor(10.0), lib.tensor(100.0)]))


@pytest.mark.parametrize("mode", ["no_grad", "enable_grad"])
@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_grad_mode_of_a_task(lib, log, mode, create_graph):
    """E1.10: create_graph decides, not the caller's mode."""
    x = leaf(lib, 3.0)
    y = x * x * x
    y.register_hook(lambda g: log("inside", lib.is_grad_enabled(), g.requires_grad))
    with getattr(lib, mode)():
        (g,) = lib.grad(y, [x], create_graph=create_graph)
        log("after", lib.is_grad_enabled())
    log("gradient", g, g.requires_grad)


@parity
def test_retain_graph_defaults_to_create_graph(lib, log):
    """E1: so a graph that was recorded again may be used again."""
    x = leaf(lib, 2.0)
    y = x * x
    (first,) = lib.grad(y, [x], create_graph=True)
    log("again", lib.grad(y, [x]))
    log("second", lib.grad(first, [x]))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@parity
def test_derivatives_of_any_order(lib, log, order):
    """E1.10: gradients of gradients."""
    x = leaf(lib, 0.5)
    y = lib.sin(x) * lib.exp(x) + x * x * x / 2.0
    for _ in range(order):
        (y,) = lib.grad(y, [x], create_graph=True)
    log("derivative", y)


@parity
def test_backward_through_a_gradient(lib, log):
    """E1: a gradient is a tensor like others; a penalty on it trains the leaf."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    (g,) = lib.grad(lib.sum(x * x * w), [x], create_graph=True)
    lib.sum(g * g).backward()
    log("grads", x.grad, w.grad)
