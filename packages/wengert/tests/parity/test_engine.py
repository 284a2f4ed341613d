"""backward() and grad(): arguments, order, sums, accumulation, errors, threads (rules E1 to E7, E10, E11)."""

from __future__ import annotations

import contextvars
import threading

import pytest

from .facade import dtype_name, parity

# E1: entry points and their checks


def leaf(lib, *values):
    """A float64 leaf that requires grad."""
    return lib.tensor(list(values) if len(values) != 1 else values[0], requires_grad=True)


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


# E2: planning and order


@parity
def test_later_nodes_run_first(lib, log):
    """E2.3: of what is ready the node made last runs first."""
    x = leaf(lib, 1.0)
    a, b, c = x * 2.0, x * 3.0, x * 4.0
    for name, t in (("a", a), ("b", b), ("c", c)):
        t.register_hook(log.hook(name))
    (a + c + b).backward()
    log("grad", x.grad)


@parity
def test_accumulators_run_as_soon_as_they_are_ready(lib, log):
    """E2.3: a leaf accumulates before older interior nodes run."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    a = lib.exp(x)
    b = a * w
    a.register_hook(log.hook("a"))
    w.register_hook(log.hook("w"))
    w.register_post_accumulate_grad_hook(log.hook("w stored"))
    x.register_hook(log.hook("x"))
    x.register_post_accumulate_grad_hook(log.hook("x stored"))
    b.backward()


@parity
def test_a_node_waits_for_all_its_consumers(lib, log):
    """E2.1: it runs once, with the sum."""
    x = leaf(lib, 2.0)
    shared = x * 3.0
    shared.register_hook(log.hook("shared"))
    left, right = lib.exp(shared), shared * shared
    left.register_hook(log.hook("left"))
    right.register_hook(log.hook("right"))
    (left * right).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("swap", [False, True])
@parity
def test_several_roots(lib, log, swap):
    """E2.2: nodes of several roots run by their number, whatever the order of the roots."""
    x = leaf(lib, 2.0)
    a, b = lib.exp(x), lib.sin(x)
    a.register_hook(log.hook("a"))
    b.register_hook(log.hook("b"))
    lib.backward([b, a] if swap else [a, b])
    log("grad", x.grad)


@parity
def test_a_root_below_another(lib, log):
    """E2.1, E2.2: a root that is also reached from another waits and gets the sum."""
    x = leaf(lib, 2.0)
    a = x * 3.0
    b = a * a
    a.register_hook(log.hook("a"))
    b.register_hook(log.hook("b"))
    lib.backward([a, b], [lib.tensor(100.0), None])
    log("grad", x.grad)


@parity
def test_only_what_is_needed_runs(lib, log):
    """E2.5: with inputs a branch that leads to none of them is not visited."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    a, b = lib.exp(x), lib.exp(w)
    for name, t in (("a", a), ("b", b), ("x", x), ("w", w)):
        t.register_hook(log.hook(name))
    z = a * b
    z.grad_fn.register_hook(log.hook("node of z"))
    a.grad_fn.register_hook(log.hook("node of a"))
    b.grad_fn.register_hook(log.hook("node of b"))
    log("grad", lib.grad(z, [x], retain_graph=True))
    z.backward(inputs=[w])
    log("grads", x.grad, w.grad)


@parity
def test_edges_not_needed_get_no_gradient(lib, log):
    """E2.6: hooks of a node see None for an input that this task does not ask for."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    z = (x * 1.0) * (w * 1.0)
    z.grad_fn.register_hook(log.hook("post"))
    lib.grad(z, [x], retain_graph=True)
    lib.grad(z, [w], retain_graph=True)
    lib.grad(z, [x, w])


# E3, E4: execution and the sum of gradients


@parity
def test_hooks_see_the_total_once(lib, log):
    """E4.3: the sum comes before any hook of the receiving node."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    y.register_hook(log.hook("hook"))
    y.grad_fn.register_prehook(log.hook("pre"))
    lib.sum(y * 3.0 + y * 4.0 + y).backward()
    log("grad", x.grad)


@parity
def test_a_kept_gradient_is_not_written_to(lib, log):
    """E4.2: what a hook keeps stays what it was while the sum goes on."""
    x = leaf(lib, 1.0, 2.0)
    a, b = x * 2.0, x * 3.0
    kept = []
    b.grad_fn.register_hook(lambda grad_inputs, grad_outputs: kept.append(grad_inputs[0]))
    lib.sum(a + b).backward()
    log("kept", *kept)
    log("grad", x.grad)


@parity
def test_the_callers_gradient_is_not_written_to(lib, log):
    """E4.2, E5: neither the sum nor the leaf touches what the caller passed."""
    x = leaf(lib, 1.0, 2.0)
    g = lib.tensor([1.0, 1.0])
    (x + x).backward(g)
    (x + x).backward(g)
    log("gradient", g, x.grad)


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


# E10: exceptions


class BangError(Exception):
    """An exception of the user's own type."""


def bang(*arguments):
    """A hook that raises."""
    raise BangError("bang")


@parity
def test_exception_keeps_its_type_and_state(lib, log):
    """E10.1, E10.2: it reaches the caller as it is; what was accumulated stays; the engine is usable."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    a = lib.exp(x)
    z = a * w
    handle = a.register_hook(bang)
    w.register_post_accumulate_grad_hook(log.hook("w stored"))
    try:
        z.backward()
    except BangError as error:
        log("caught", str(error), lib.is_grad_enabled())
    log("grads", x.grad, w.grad)
    handle.remove()
    log.attempt("released", z.backward)
    log.attempt("intact", a.backward)
    log("grads", x.grad, w.grad)


@pytest.mark.parametrize("where", ["tensor", "pre", "post", "leaf", "leaf pre", "leaf post", "stored", "backward"])
@parity
def test_exception_in_each_kind_of_hook(lib, log, where):
    """E10.1, E10.3: later hooks of the same kind do not run; what follows is not run."""

    class Mine(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            log("backward of Mine")
            return bang() if where == "backward" else g * 2.0

    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = Mine.apply(x)
    accumulator = lib.accumulator(x)
    register = {
        "tensor": y.register_hook,
        "pre": y.grad_fn.register_prehook,
        "post": y.grad_fn.register_hook,
        "leaf": x.register_hook,
        "leaf pre": accumulator.register_prehook,
        "leaf post": accumulator.register_hook,
        "stored": x.register_post_accumulate_grad_hook,
    }
    for name, method in register.items():
        method(log.hook(f"{name} before"))
        if name == where:
            method(bang)
        method(log.hook(f"{name} after"))
    log.attempt("backward", (y * 3.0).backward)
    log("grad", x.grad)
    log.attempt("engine", lambda: lib.grad(w * w, [w]))


@parity
def test_remaining_nodes_do_not_run(lib, log):
    """E10.1: nodes that wait in the queue are dropped."""
    x = leaf(lib, 2.0)
    a, b, c = x * 2.0, x * 3.0, x * 4.0
    a.register_hook(log.hook("a"))
    b.register_hook(bang)
    c.register_hook(log.hook("c"))
    log.attempt("backward", (a + b + c).backward)
    log("grad", x.grad)


# E11: threads


@parity
def test_hooks_run_on_the_calling_thread(lib, log):
    """E11.1, E11.3: the thread that called backward runs the hooks and shows them its context variables."""
    x = leaf(lib, 2.0)
    variable = contextvars.ContextVar("variable", default="default")
    variable.set("caller's")
    y = x * 2.0
    here = threading.get_ident()
    y.register_hook(lambda g: log("hook", threading.get_ident() == here, variable.get()))
    y.backward()
    log("grad", x.grad)


@parity
def test_backward_in_another_thread(lib, log):
    """E11.1, G7.1: a graph may be run by another thread than the one that built it."""
    x = leaf(lib, 2.0)
    y = lib.exp(x * 2.0)
    thread = threading.Thread(target=y.backward)
    with lib.no_grad():
        thread.start()
        thread.join()
    log("grad", x.grad)


@parity
def test_concurrent_backward_into_one_leaf(lib, log):
    """E11.2: accumulation into one leaf loses nothing."""
    x = leaf(lib, 1.0, 2.0)

    def work():
        for _ in range(50):
            lib.sum(x * 2.0).backward()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log("grad", x.grad)


@parity
def test_graph_without_leaf_gradient(lib, log):
    """E2: diamonds, constants and unused branches in one graph."""
    x, w = leaf(lib, 0.5, 1.5), leaf(lib, 2.0, 3.0)
    h = lib.tanh(x * w) + 1.0
    unused = lib.exp(h)
    top = lib.sum(lib.where(h > 1.5, h * x, h / w)) + lib.mean(h)
    log("grads", lib.grad(top, [x, w, h], retain_graph=True))
    top.backward()
    log("accumulated", x.grad, w.grad, unused.requires_grad)
