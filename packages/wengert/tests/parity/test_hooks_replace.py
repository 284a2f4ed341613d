"""What a hook may return (rules H3)."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from .facade import parity
from .programs import leaf


class Single(NamedTuple):
    """A tuple of one, with a name for it."""

    only: Any


BAD = {
    "False": lambda lib: False,
    "0.0": lambda lib: 0.0,
    "number": lambda lib: 2.0,
    "string": lambda lib: "gradient",
    "tuple": lambda lib: (lib.tensor([1.0, 1.0]),),
    "list": lambda lib: [lib.tensor([1.0, 1.0])],
    "array": lambda lib: lib.array(lib.tensor([1.0, 1.0])),
}


WRONG = {
    "float32": lambda lib: lib.tensor([1.0, 1.0], dtype="float32"),
    "int64": lambda lib: lib.tensor([1, 1]),
    "complex128": lambda lib: lib.tensor([1.0, 1.0], dtype="complex128"),
    "shorter": lambda lib: lib.tensor([1.0]),
    "zero-dim": lambda lib: lib.tensor(1.0),
    "longer": lambda lib: lib.tensor([1.0, 1.0, 1.0]),
    "more dimensions": lambda lib: lib.tensor([[1.0, 1.0]]),
}


def register(lib, x, y, place, change):
    """Put ``change(gradient) -> replacement`` at one of the places where a gradient can be replaced."""
    if place == "tensor":
        y.register_hook(change)
    elif place == "leaf":
        x.register_hook(change)
    elif place == "pre":
        y.grad_fn.register_prehook(lambda outputs: (change(outputs[0]),))
    elif place == "post":
        y.grad_fn.register_hook(lambda inputs, outputs: (change(inputs[0]), *inputs[1:]))
    elif place == "leaf pre":
        node = lib.accumulator(x)
        node.register_prehook(lambda outputs: (change(outputs[0]),))
        return node
    return None


PLACES = ["tensor", "leaf", "pre", "post", "leaf pre"]


@pytest.mark.parametrize("place", PLACES)
@parity
def test_replacing(lib, log, place):
    """H3: a tensor of the same shape and dtype goes on in the place of the gradient."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    keep = register(lib, x, y, place, lambda g: g * lib.tensor([10.0, 100.0]))
    lib.sum(y * 3.0).backward()
    log("grad", x.grad, keep is not None)


@pytest.mark.parametrize("place", PLACES)
@parity
def test_returning_the_same(lib, log, place):
    """H3.1: the same object, or None of a tensor hook, changes nothing."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    keep = register(lib, x, y, place, lambda g: g)
    y.register_hook(lambda g: None)
    lib.sum(y * 3.0).backward()
    log("grad", x.grad, keep is not None)


@pytest.mark.parametrize("place", ["tensor", "leaf"])
@pytest.mark.parametrize("bad", BAD)
@parity
def test_tensor_hook_that_returns_no_tensor(lib, log, place, bad):
    """H3.1: a TypeError that names the type."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    register(lib, x, y, place, lambda g: BAD[bad](lib))
    log.attempt("backward", lambda: lib.sum(y).backward(), says=type(BAD[bad](lib)).__name__)
    log("grad", x.grad)


@pytest.mark.parametrize("place", ["pre", "post"])
@pytest.mark.parametrize("bad", [name for name in BAD if name != "tuple"])
@parity
def test_node_hook_that_returns_no_tuple(lib, log, place, bad):
    """H3.2: a TypeError that names the type."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    method = y.grad_fn.register_prehook if place == "pre" else y.grad_fn.register_hook
    method(lambda *arguments: BAD[bad](lib))
    log.attempt("backward", lambda: lib.sum(y).backward(), says=type(BAD[bad](lib)).__name__)


@pytest.mark.parametrize("place", ["pre", "post"])
@parity
def test_node_hook_that_returns_a_tensor(lib, log, place):
    """H3.2: a bare tensor is no tuple."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    method = y.grad_fn.register_prehook if place == "pre" else y.grad_fn.register_hook
    method(lambda *arguments: arguments[0][0])
    log.attempt("backward", lambda: lib.sum(y).backward())


@pytest.mark.parametrize("place", ["pre", "post"])
@parity
def test_node_hook_that_returns_a_namedtuple(lib, log, place):
    """H3.2: any tuple will do."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    method = y.grad_fn.register_prehook if place == "pre" else y.grad_fn.register_hook
    method(lambda *arguments: Single(arguments[0][0] * 5.0))
    lib.sum(y).backward()
    log("grad", x.grad)


@pytest.mark.parametrize("place", ["pre", "post"])
@pytest.mark.parametrize("count", [0, 1, 3])
@parity
def test_wrong_length(lib, log, place, count):
    """H3.2: a RuntimeError that names the hook and both counts."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * w
    method = y.grad_fn.register_prehook if place == "pre" else y.grad_fn.register_hook

    def my_named_hook(*arguments):
        return (lib.tensor([1.0, 1.0]),) * count

    method(my_named_hook)
    if place == "pre" and count == 1:
        lib.sum(y).backward()
        log("right for one output", x.grad)
        return
    log.attempt("backward", lambda: lib.sum(y).backward(), says="my_named_hook")
    log.attempt("count", lambda: lib.sum(x * w).backward())


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("wrong", WRONG)
@parity
def test_wrong_kind_of_replacement(lib, log, place, wrong):
    """H3.3: dtype and size must be those of the gradient; the error names the hook."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0

    def my_named_hook(g):
        return WRONG[wrong](lib)

    keep = register(lib, x, y, place, my_named_hook)
    says = "my_named_hook" if place in ("tensor", "leaf") else "<lambda>"
    log.attempt("backward", lambda: lib.sum(y * 3.0).backward(), says=says)
    log("grad", x.grad, keep is not None)


@pytest.mark.parametrize("place", ["pre", "post", "leaf pre"])
@parity
def test_none_for_a_gradient(lib, log, place):
    """H3.3: a node's hook may drop a gradient; what follows sees None."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    keep = register(lib, x, y, place, lambda g: None)
    x.register_hook(log.hook("x"))
    lib.accumulator(x)
    lib.sum(y).backward()
    log("grad", x.grad, keep is not None)


@parity
def test_a_tensor_for_none(lib, log):
    """H3.3, H3.6: nothing may stand in for a gradient that is undefined."""
    x, c = leaf(lib, 1.0, 2.0), lib.tensor([3.0, 4.0])
    y = x * c
    y.grad_fn.register_hook(log.hook("post", lambda i, o: (i[0], lib.tensor([1.0, 1.0]))))
    log.attempt("post", lambda: lib.sum(y).backward())
    a, _ = lib.unstack(x)
    a.grad_fn.register_prehook(log.hook("pre", lambda o: (o[0], lib.tensor(1.0))))
    log.attempt("pre", (a * 2.0).backward)
    a, _ = lib.unstack(x)
    a.grad_fn.register_prehook(log.hook("pre", lambda o: o))
    log.attempt("pre, unchanged", (a * 2.0).backward)
    log("grad", x.grad)


@parity
def test_hook_without_a_name(lib, log):
    """H3.3: a callable object has no __name__; the error says so."""
    x = leaf(lib, 1.0, 2.0)

    class Hook:
        def __call__(self, g):
            return lib.tensor(1.0)

    y = x * 2.0
    y.register_hook(Hook())
    log.attempt("backward", lambda: lib.sum(y).backward(), says="<unknown")


@parity
def test_what_a_post_accumulate_hook_returns(lib, log):
    """H3.4: None or its argument; another tensor or value is an error, and the gradient is stored."""
    for name, value in {
        "None": lambda t: None,
        "itself": lambda t: t,
        "another": lambda t: lib.tensor([1.0, 2.0]),
        "number": lambda t: 3.0,
        "False": lambda t: False,
    }.items():
        x = leaf(lib, 1.0, 2.0)
        x.register_post_accumulate_grad_hook(value)
        log.attempt(name, lambda x=x: lib.sum(x * 2.0).backward())
        log("grad", x.grad)


@pytest.mark.parametrize("returned", ["None", "()", "one"])
@parity
def test_post_hook_of_an_accumulator(lib, log, returned):
    """H3.5: it gets no grad_inputs, and may return none."""
    x = leaf(lib, 1.0, 2.0)
    value = {"None": None, "()": (), "one": (lib.tensor([1.0, 1.0]),)}[returned]
    node = lib.accumulator(x)
    node.register_hook(log.hook("post", lambda i, o: value))
    log.attempt("backward", lambda: lib.sum(x * 2.0).backward())
    log("grad", x.grad, node)


@parity
def test_retained_gradient_is_a_copy(lib, log):
    """H3.7: a new object at each task, added to the one before."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 3.0
    y.retain_grad()
    given = []
    y.register_hook(lambda g: given.append(g))
    z = lib.sum(y * 2.0)
    z.backward(retain_graph=True)
    first = y.grad
    log("first", first, first is given[0])
    z.backward()
    log("second", y.grad, y.grad is first, first)


@parity
def test_retaining_none(lib, log):
    """H3.7: for an undefined gradient nothing is stored."""
    x = leaf(lib, 1.0, 2.0)
    a, b = lib.unstack(x)
    b.retain_grad()
    (a * 2.0).backward()
    log("grads", x.grad, b.grad)


@parity
def test_retained_gradient_with_create_graph(lib, log):
    """H3.7, H7.1: it is differentiable."""
    x = leaf(lib, 2.0)
    y = x * x
    y.retain_grad()
    lib.grad(y * y * y, [x], create_graph=True)
    log("retained", y.grad, y.grad.requires_grad)
    log("derivative", lib.grad(y.grad, [x]))


@parity
def test_strides_are_free(lib, log):
    """H3.3: a transposed replacement is as good as any."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 2.0
    y.register_hook(lambda g: lib.permute_dims(g * lib.tensor([[1.0, 2.0], [3.0, 4.0]]), (1, 0)))
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_replacement_that_needs_a_cast_downstream(lib, log):
    """H3.3, E6.7: the size of a replacement is checked by the hook, not summed to the input's."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.broadcast_to(x, (3, 2)) * 1.0
    y.register_hook(lambda g: lib.broadcast_to(lib.tensor([1.0, 2.0]), (3, 2)))
    lib.sum(y).backward()
    log("grad", x.grad)
    y = lib.broadcast_to(x, (3, 2)) * 1.0
    y.register_hook(lambda g: lib.tensor([1.0, 2.0]))
    log.attempt("not broadcast", lambda: lib.sum(y).backward())


@parity
def test_clipping_a_gradient(lib, log):
    """H3: an everyday replacement: clip by value, then by norm."""
    x = leaf(lib, 3.0, -4.0, 0.5)
    x.register_hook(lambda g: lib.where(abs(g) > 2.0, g / abs(g) * 2.0, g))
    x.register_hook(lambda g: g / lib.sqrt(lib.sum(g * g)))
    lib.sum(x * x).backward()
    log("grad", x.grad)
