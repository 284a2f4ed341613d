"""The dtype of a leaf's gradient (rule G5.8)."""

from __future__ import annotations

import copy

import pytest

from .facade import NOT_RUN, differs, dtype_name, parity
from .programs import function, leaf


def asks(lib, dtype, *values, of="float64"):
    """A leaf whose gradients are to be of another dtype ("any": of any)."""
    x = lib.tensor(list(values or (1.0, 2.0)), requires_grad=True, dtype=of)
    x.grad_dtype = None if dtype == "any" else lib.dtype(dtype)
    return x


def asked(x):
    """The name of what a leaf asks for."""
    return None if x.grad_dtype is None else str(x.grad_dtype).removeprefix("torch.")


def float32_giver(lib):
    """A Function whose backward returns float32, whatever its input."""
    return function(lib, lambda ctx, a: a * 2.0, lambda ctx, g: lib.astype(g, "float32"))


@parity
def test_default_and_setting(lib, log):
    """G5.8: the tensor's own; any dtype of gradients, or None; follows `.data` unless it was set."""
    x = leaf(lib, 1.0, 2.0)
    log("default", asked(x))
    x.data = lib.tensor([1.0, 2.0], dtype="float32")
    log("follows data", asked(x))
    for dtype in ("float32", "complex64", "complex128", None, "float64"):
        x.grad_dtype = lib.dtype(dtype)
        log("set", asked(x))
    x.data = lib.tensor([1.0, 2.0])
    log("stays", asked(x), dtype_name(x))
    c = lib.tensor([1.0])
    c.grad_dtype = lib.float32
    log("without gradient", asked(c), asked(x.detach()), asked(x.data))


@parity
def test_only_leaves_have_one(lib, log):
    """G5.8: neither read nor set on what an operator made."""
    y = leaf(lib, 1.0) * 2.0
    log.attempt("read", lambda: asked(y))
    log.attempt("set", lambda: setattr(y, "grad_dtype", lib.float32))


@parity
def test_what_is_no_dtype(lib, log):
    """G5.8: an error that names the argument."""
    x = leaf(lib, 1.0)
    for value in (3, [1.0], "nonsense"):
        log.attempt("set", lambda value=value: setattr(x, "grad_dtype", value), says="grad_dtype")
    log("still", asked(x))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128", "any"])
@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_the_engine_casts(lib, log, dtype, create_graph):
    """G5.8, E6.5d: before any hook of the leaf, and of its node, sees the gradient."""
    x = asks(lib, dtype)
    x.register_hook(lambda g: log("tensor hook", dtype_name(g), g))
    x.register_post_accumulate_grad_hook(lambda t: log("stored", dtype_name(t.grad)))
    y = x * x
    node = lib.accumulator(x)
    node.register_prehook(lambda gs: log("pre", dtype_name(gs[0])))
    node.register_hook(lambda gi, go: log("post", dtype_name(go[0])))
    y.grad_fn.register_hook(lambda gi, go: log("post of its consumer", [dtype_name(g) for g in gi], dtype_name(go[0])))
    lib.sum(y).backward(create_graph=create_graph)
    log("grad", dtype_name(x.grad), x.grad)


@pytest.mark.parametrize("dtype", ["float32", "any"])
@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_results_of_grad(lib, log, dtype, create_graph):
    """G5.8: grad() returns what the leaf asks for, and it can be differentiated."""
    x = asks(lib, dtype)
    (g,) = lib.grad(lib.sum(x * x * x), [x], create_graph=create_graph)
    log("grad", dtype_name(g), g, g.requires_grad)
    if create_graph:
        (gg,) = lib.grad(lib.sum(g), [x])
        log("second", dtype_name(gg), gg)


@pytest.mark.parametrize("dtype", ["float32", "float64", "any"])
@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_what_a_function_returns(lib, log, dtype, create_graph):
    """G5.8, E6.5d: cast to what the leaf asks for; None keeps what arrives."""
    x = asks(lib, dtype)
    y = float32_giver(lib).apply(x)
    y.grad_fn.register_hook(lambda gi, go: log("post", dtype_name(gi[0]), dtype_name(go[0])))
    lib.sum(y).backward(create_graph=create_graph)
    log("grad", dtype_name(x.grad), x.grad)
    (x * 1.0).sum().backward(create_graph=create_graph)
    log("twice", dtype_name(x.grad), x.grad)


@parity
def test_sums_of_different_dtypes(lib, log):
    """G5.8, E4: two contributions of one task, two tasks one after the other."""
    x = asks(lib, "any")
    mine = float32_giver(lib)
    (lib.sum(mine.apply(x)) + lib.sum(x * x)).backward()
    log("one task", dtype_name(x.grad), x.grad)
    x.grad = None
    lib.sum(mine.apply(x)).backward()
    lib.sum(x * x).backward()
    log("float64 into float32", dtype_name(x.grad), x.grad)


@pytest.mark.parametrize("dtype", ["float32", "any"])
@parity
def test_leaf_as_root(lib, log, dtype):
    """G5.8, E6.6: the initial gradient passes the same way."""
    x = asks(lib, dtype)
    x.backward(lib.tensor([1.0, 2.0], dtype="float32"))
    log("float32 given", dtype_name(x.grad), x.grad)
    x.grad = None
    x.backward(lib.tensor([1.0, 2.0]))
    log("float64 given", dtype_name(x.grad), x.grad)
    edge = lib.graph.get_gradient_edge(x)
    x.grad = None
    lib.backward([edge], [lib.tensor([1.0, 2.0], dtype="float32")])
    log("by its edge", dtype_name(x.grad))
    log.attempt("complex", lambda: x.backward(lib.tensor([1.0 + 1.0j, 2.0])))


@parity
def test_set_between_forward_and_backward(lib, log):
    """G5.8: what counts is what the leaf asks for at the backward."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(x * x)
    x.grad_dtype = lib.float32
    y.backward(retain_graph=True)
    log("set", dtype_name(x.grad))
    x.grad = None
    x.grad_dtype = None
    y.backward(retain_graph=True)
    log("none", dtype_name(x.grad))
    x = asks(lib, "float32")
    y = lib.sum(x * x)
    x.grad_dtype = lib.float64
    y.backward()
    log("back", dtype_name(x.grad))


@parity
def test_with_a_gradient_there(lib, log):
    """G5.8: another dtype than the gradient's is an error; None is not."""
    x = leaf(lib, 1.0, 2.0)
    lib.sum(x * x).backward()
    log.attempt("other", lambda: setattr(x, "grad_dtype", lib.float32), says="grad_dtype")
    log.attempt("same", lambda: setattr(x, "grad_dtype", lib.float64))
    log.attempt("none", lambda: setattr(x, "grad_dtype", None))
    x.grad = lib.astype(x.grad, "float32")
    log.attempt("default again", lambda: setattr(x, "grad_dtype", lib.float64))
    log.attempt("that of the gradient", lambda: setattr(x, "grad_dtype", lib.float32))
    log("now", asked(x), dtype_name(x.grad))


@parity
def test_assigning_grad(lib, log):
    """G5.6, G5.8: of the dtype that is asked for; of any with None."""
    x = asks(lib, "float32")
    log.attempt("tensor's", lambda: setattr(x, "grad", lib.tensor([1.0, 1.0])))
    log.attempt("asked", lambda: setattr(x, "grad", lib.tensor([1.0, 1.0], dtype="float32")))
    lib.sum(x * x).backward()
    log("added", dtype_name(x.grad), x.grad)
    x.grad_dtype = None
    log.attempt("any", lambda: setattr(x, "grad", lib.tensor([1.0, 1.0])))
    c = lib.tensor([1.0])
    c.grad_dtype = lib.float32
    log.attempt("without requires_grad", lambda: setattr(c, "grad", lib.tensor([1.0], dtype="float32")))


@pytest.mark.parametrize("asked_for", ["complex128", "float64"])
@parity
def test_between_real_and_complex(lib, log, asked_for):
    """G5.8: a real leaf may ask for complex gradients, a complex one for the real part."""
    x = asks(lib, asked_for, 1.0 + 2.0j, 2.0, of="complex128")
    lib.sum(x * x.conj()).real.backward()
    log("complex leaf", dtype_name(x.grad), x.grad)
    x = asks(lib, asked_for)
    lib.sum(x * x).backward()
    log("real leaf", dtype_name(x.grad), x.grad)


@parity
def test_complex_gradient_from_a_function(lib, log):
    """G5.8, E6.5c: asking for complex gradients does not make a real input take them."""
    mine = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: lib.astype(g, "complex128"))
    for dtype in ("complex128", "any"):
        x = asks(lib, dtype)
        log.attempt("backward", lambda x=x: lib.sum(mine.apply(x)).backward())


@parity
def test_hooks_may_not_change_it(lib, log):
    """G5.8, H3.3: a replacement has the dtype of the gradient, as always."""
    for dtype, change in (("float32", "float64"), ("any", "float32")):
        x = asks(lib, dtype)
        x.register_hook(lambda g, change=change: lib.astype(g, change))
        log.attempt("backward", lambda x=x: lib.sum(x * x).backward())


@parity
def test_inputs_and_requires_grad(lib, log):
    """G5.8: backward(inputs=[leaf]); set before requires_grad."""
    x = asks(lib, "float32")
    lib.sum(x * x).backward(inputs=[x])
    log("inputs", dtype_name(x.grad))
    c = lib.tensor([1.0])
    c.grad_dtype = lib.float32
    c.requires_grad_()
    lib.sum(c * c).backward()
    log("later", dtype_name(c.grad))
    log("zeros", dtype_name(lib.grad(lib.sum(c * c), [x], materialize_grads=True)[0]))


@parity
def test_multi_grad_hooks_see_it(lib, log):
    """G5.8, H9.1."""
    x, w = asks(lib, "float32"), leaf(lib, 1.0, 1.0)
    lib.graph.register_multi_grad_hook([x, w], lambda gs: log("all", [dtype_name(g) for g in gs]))
    lib.sum(x * w).backward()


@differs(
    "G5.8",
    torch=NOT_RUN,
    wengert=[("int64", "raised", "RuntimeError", True), ("bool", "raised", "RuntimeError", True)],
    reason="A grad_dtype that no gradient can have is refused when it is set; PyTorch accepts it, and the backward then fails in "
    "an internal assertion.",
)
def test_integer_gradients(lib, log):
    """G5.8: dtypes that are neither floating nor complex."""
    x = leaf(lib, 1.0)
    log.attempt("int64", lambda: setattr(x, "grad_dtype", lib.int64), says="grad_dtype")
    log.attempt("bool", lambda: setattr(x, "grad_dtype", lib.bool), says="grad_dtype")


@differs(
    "G5.8",
    torch=[("copy", "float64"), ("with a gradient", "raised", "RuntimeError")],
    wengert=[("copy", "float32"), ("with a gradient", "returned", ("float32", [2.0, 4.0]))],
    reason="A deep copy asks for gradients of the same dtype as its original; PyTorch's forgets it, and cannot be made when "
    "there is a gradient of that dtype.",
)
def test_deep_copies_ask_for_the_same(lib, log):
    """G5.8, G6.4."""
    x = asks(lib, "float32")
    log("copy", asked(copy.deepcopy(x)))
    lib.sum(x * x).backward()
    log.attempt("with a gradient", lambda: (asked(copy.deepcopy(x)), copy.deepcopy(x).grad))
