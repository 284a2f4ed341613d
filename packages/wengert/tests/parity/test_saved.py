"""Saved tensors: versions, what is stored, pack and unpack hooks (rules S1 to S3)."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import leaf

# S1: versions


@parity
def test_versions(lib, log):
    """S1.1: shared with what is detached; increment_version counts writes from outside."""
    x = leaf(lib, 1.0, 2.0)
    d = x.detach()
    log("fresh", x._version, d._version)
    lib.graph.increment_version(x)
    log("incremented", x._version, d._version)
    lib.graph.increment_version([d, lib.tensor(1.0)])
    log("several", x._version, d._version)
    log("grad", (x * 2.0)._version)


@pytest.mark.parametrize("which", ["first", "second", "detached", "output"])
@parity
def test_modified_after_being_saved(lib, log, which):
    """S1.2, S1.3: an error at backward, and when the saved value is read."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    y = lib.exp(x * w) if which == "output" else x * w
    lib.graph.increment_version({"first": x, "second": w, "detached": x.detach(), "output": y}[which])
    if which == "output":
        log.attempt("read", lambda: y.grad_fn._saved_result)
    else:
        log.attempt("first", lambda: y.grad_fn._saved_self, says="modified by an inplace operation")
        log.attempt("second", lambda: y.grad_fn._saved_other, says="modified by an inplace operation")
    log.attempt("backward", y.backward, says="modified by an inplace operation")
    log("grads", x.grad, w.grad)


@parity
def test_modified_but_not_saved(lib, log):
    """S1.2: only what was saved is checked."""
    x = leaf(lib, 2.0)
    y = x + 1.0
    z = lib.exp(y)
    lib.graph.increment_version([x, y])
    log.attempt("backward", z.backward)
    log("grad", x.grad)


@parity
def test_modified_value_of_a_function(lib, log):
    """S1.2: save_for_backward is checked like built-in saves, ctx attributes are not."""

    class Square(lib.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.save_for_backward(a)
            ctx.attribute = a
            return a * a

        @staticmethod
        def backward(ctx, g):
            log.attempt("saved", lambda: ctx.saved_tensors)
            return 2.0 * g * ctx.attribute

    x = leaf(lib, 3.0)
    y = Square.apply(x)
    lib.graph.increment_version(x)
    log.attempt("backward", y.backward)
    log("grad", x.grad)


@parity
def test_modified_before_being_saved(lib, log):
    """S1.2: what counts is the version at the time of saving."""
    x = leaf(lib, 3.0)
    lib.graph.increment_version(x)
    y = x * x
    y.backward()
    log("grad", x.grad, x._version)


# S2: what is stored


@parity
def test_double_backward_through_a_saved_output(lib, log):
    """S2.2: the unpacked output has the original's place in the graph."""
    x = leaf(lib, 0.5)
    y = lib.exp(x)
    saved = y.grad_fn._saved_result
    log("saved", saved.grad_fn is y.grad_fn, saved.requires_grad, saved.output_nr)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("second", lib.grad(first, [x]))


@parity
def test_saved_leaf_under_hooks(lib, log):
    """S2.2: an unpacked leaf is a new tensor with the leaf's accumulator."""
    x = leaf(lib, 0.5)
    with lib.graph.saved_tensors_hooks(lambda t: lib.array(t), lambda a: lib.tensor(a)):
        y = x * x
    saved = y.grad_fn._saved_self
    log("saved", saved is x, saved.requires_grad, saved.grad_fn is None, saved)
    (first,) = lib.grad(y, [x], create_graph=True)
    log("first", first)
    log("second", lib.grad(first, [x]))


@parity
def test_saved_interior_under_hooks(lib, log):
    """S2.2: an unpacked interior tensor has the original's grad_fn."""
    x = leaf(lib, 0.5)
    with lib.graph.saved_tensors_hooks(lambda t: lib.array(t), lambda a: lib.tensor(a)):
        y = lib.sin(x)
        z = y * y
    saved = z.grad_fn._saved_self
    log("saved", saved is y, saved.grad_fn is y.grad_fn, saved.requires_grad)
    (first,) = lib.grad(z, [x], create_graph=True)
    log("second", first, lib.grad(first, [x]))


# S3: pack and unpack hooks


@parity
def test_pack_and_unpack(lib, log):
    """S3.1, S3.2, S3.4: pack once a save, in order; unpack at each access."""
    x = leaf(lib, 2.0)

    def pack(t):
        log("pack", t, t.requires_grad, t is x, lib.is_grad_enabled())
        return t

    def unpack(t):
        log("unpack", t, lib.is_grad_enabled())
        return t

    with lib.graph.saved_tensors_hooks(pack, unpack):
        y = lib.sin(lib.exp(lib.cos(x)))
    log("built")
    y.backward(retain_graph=True)
    log("again")
    y.backward()
    log("grad", x.grad)


@parity
def test_packing_two_values_of_one_node(lib, log):
    """S3.1: each saved value is packed and unpacked for itself; their order within a node is the operator's affair."""
    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    packed, unpacked = [], []

    def pack(t):
        packed.append((float(lib.array(t)), t is x, t is w))
        return t

    def unpack(t):
        unpacked.append(float(lib.array(t)))
        return t

    with lib.graph.saved_tensors_hooks(pack, unpack):
        y = x * w
    y.backward()
    log("packed", sorted(packed))
    log("unpacked", sorted(unpacked))
    log("grads", x.grad, w.grad)


@parity
def test_unpack_at_each_access(lib, log):
    """S3.4: each reading of a saved value is one."""
    x = leaf(lib, 2.0)
    with lib.graph.saved_tensors_hooks(lambda t: t * 1.0, log.hook("unpack", lambda t: t)):
        y = x * x
    log("self", y.grad_fn._saved_self)
    log("other", y.grad_fn._saved_other)
    log("again", y.grad_fn._saved_self)


@pytest.mark.parametrize("create_graph", [False, True])
@parity
def test_grad_mode_of_unpack(lib, log, create_graph):
    """S3.2, S3.4: pack runs without grad mode, unpack in the task's."""
    x = leaf(lib, 2.0)

    def pack(t):
        log("pack", lib.is_grad_enabled())
        return t

    def unpack(t):
        log("unpack", lib.is_grad_enabled())
        return t

    with lib.graph.saved_tensors_hooks(pack, unpack):
        y = x * x
    log("outside", lib.is_grad_enabled())
    lib.grad(y, [x], create_graph=create_graph)


@parity
def test_only_the_innermost_pair(lib, log):
    """S3.1: applies to a save; the pair belongs to the saved value for good."""
    x = leaf(lib, 2.0)

    def hooks(name):
        return lib.graph.saved_tensors_hooks(log.hook(f"pack {name}", lambda t: t), log.hook(f"unpack {name}", lambda t: t))

    with hooks("outer"):
        a = lib.sin(x)
        with hooks("inner"):
            b = lib.sin(a)
        c = lib.sin(b)
    d = lib.sin(c)
    log("built")
    d.backward()
    log("grad", x.grad)


@parity
def test_pack_may_return_anything(lib, log):
    """S3.3: a number, a name; unpack makes a tensor of it."""
    x = leaf(lib, 2.0)
    store = {}

    def pack(t):
        store[len(store)] = lib.array(t)
        return len(store) - 1

    with lib.graph.saved_tensors_hooks(pack, lambda key: lib.tensor(store[key] * 10.0)):
        y = lib.sin(x) * x
    y.backward()
    log("grad", x.grad, sorted(store))


@pytest.mark.parametrize("value", ["None", "number", "list"])
@parity
def test_unpack_must_return_a_tensor(lib, log, value):
    """S3.4: a TypeError otherwise."""
    x = leaf(lib, 2.0)
    with lib.graph.saved_tensors_hooks(lambda t: t, lambda t: {"None": None, "number": 2.0, "list": [2.0]}[value]):
        y = x * x
    log.attempt("read", lambda: y.grad_fn._saved_self)
    log.attempt("backward", y.backward)


@parity
def test_what_is_not_packed(lib, log):
    """S3.2: operations that are not recorded; saves made inside pack."""
    x, c = leaf(lib, 2.0), lib.tensor(3.0)

    def pack(t):
        log("pack", t)
        return lib.exp(t)

    with lib.graph.saved_tensors_hooks(pack, lambda t: t):
        log("constants", c * c)
        with lib.no_grad():
            log("no_grad", x * x)
        log("numbers")
        y = x * c
        log("recorded", y)


@parity
def test_pack_that_raises(lib, log):
    """S3.3: the error reaches the caller of the operator; the stack of hooks is as before."""
    x = leaf(lib, 2.0)

    def bang(t):
        raise KeyError("pack")

    def program():
        with lib.graph.saved_tensors_hooks(bang, lambda t: t):
            return lib.mul(x, x)

    log.attempt("forward", program)
    log.attempt("afterwards", lambda: lib.mul(x, x))
    log("grad mode", lib.is_grad_enabled())


@parity
def test_unpack_that_raises(lib, log):
    """S3.4, E10: like any exception of a task."""
    x = leaf(lib, 2.0)

    def bang(t):
        raise KeyError("unpack")

    with lib.graph.saved_tensors_hooks(lambda t: t, bang):
        y = lib.sin(x)
    log.attempt("read", lambda: y.grad_fn._saved_self)
    log.attempt("backward", y.backward)
    log("grad", x.grad)


@parity
def test_pack_that_modifies(lib, log):
    """S3.3: changing the version of the tensor inside pack is an error."""
    x = leaf(lib, 2.0)

    def pack(t):
        lib.graph.increment_version(t)
        return t

    def program():
        with lib.graph.saved_tensors_hooks(pack, lambda t: t):
            return lib.sin(x)

    log.attempt("forward", program)


@pytest.mark.parametrize("which", [0, 1, 2])
@parity
def test_hooks_must_be_callable(lib, log, which):
    """S3.6: a TypeError at entry."""
    x = leaf(lib, 2.0)
    pair = [(3, lambda t: t), (lambda t: t, 3), (None, None)][which]

    def program():
        with lib.graph.saved_tensors_hooks(*pair):
            return lib.sin(x)

    log.attempt("forward", program)
    log.attempt("afterwards", lambda: lib.sin(x))


@parity
def test_hooks_and_functions(lib, log):
    """S3.1: save_for_backward goes through them when apply() ends."""

    class Product(lib.Function):
        @staticmethod
        def forward(ctx, a, b):
            ctx.save_for_backward(a, b)
            log("end of forward")
            return a * b

        @staticmethod
        def backward(ctx, g):
            log("start of backward")
            a, b = ctx.saved_tensors
            log("unpacked")
            return g * b, g * a

    x, w = leaf(lib, 2.0), leaf(lib, 3.0)
    with lib.graph.saved_tensors_hooks(log.hook("pack", lambda t: t), log.hook("unpack", lambda t: t)):
        y = Product.apply(x, w)
    y.backward()
    log("grads", x.grad, w.grad)


@parity
def test_backward_inside_the_context(lib, log):
    """S3.1: what a recorded backward saves goes through the hooks too; an ordinary one saves nothing."""
    x = leaf(lib, 2.0)
    y = x * x * x
    for create_graph in (False, True):
        packed = []
        with lib.graph.saved_tensors_hooks(lambda t, packed=packed: packed.append(t) or t, lambda t: t):
            (first,) = lib.grad(y, [x], create_graph=create_graph, retain_graph=True)
        log("gradient", first, len(packed) > 0)
