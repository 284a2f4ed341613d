"""What nodes save and release, leaves, lifetime (rules G4 to G6, G9)."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest

from .facade import dtype_name, parity
from .programs import edges

# G4: saved values


@parity
def test_saved_input_is_the_tensor(lib, log):
    """G4.2: a saved input is the same object; a saved output is a fresh tensor with its grad_fn and number."""
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    log("input", y.grad_fn._saved_self is x, y.grad_fn._saved_other is x)
    z = lib.exp(x)
    saved = z.grad_fn._saved_result
    log("output", saved is z, saved.grad_fn is z.grad_fn, saved.output_nr, saved)


@parity
def test_saved_only_when_needed(lib, log):
    """G4.1: what no gradient needs is not saved."""
    x = lib.tensor(2.0, requires_grad=True)
    c = lib.tensor(3.0)
    y = x * c
    log("saved", y.grad_fn._saved_self, y.grad_fn._saved_other)


@parity
def test_second_backward(lib, log):
    """G4.3, G4.5: a second backward, and reading a saved value after the first, is an error; edges stay."""
    x = lib.tensor(2.0, requires_grad=True)
    y = x * x
    y.grad_fn.metadata["note"] = 1
    number = y.grad_fn._sequence_nr()
    y.backward()
    log.attempt("again", y.backward, says="a second time")
    log.attempt("saved", lambda: y.grad_fn._saved_self, says="a second time")
    log("left", edges(lib, y.grad_fn), y.grad_fn._sequence_nr() == number, dict(y.grad_fn.metadata))
    log("grad", x.grad)


@pytest.mark.parametrize("op", ["mul_number", "add", "sum", "neg"])
@parity
def test_nodes_that_saved_nothing_run_again(lib, log, op):
    """G4.5: without anything saved a graph may run any number of times."""
    x = lib.tensor(2.0, requires_grad=True)
    y = {"mul_number": lambda: x * 3.0, "add": lambda: x + x, "sum": lambda: lib.sum(x), "neg": lambda: -x}[op]()
    for _ in range(3):
        log.attempt("backward", y.backward)
    log("grad", x.grad)


@parity
def test_retain_graph(lib, log):
    """G4.3: with retain_graph the graph can be used until it is released."""
    x = lib.tensor(2.0, requires_grad=True)
    y = lib.exp(x) * x
    y.backward(retain_graph=True)
    y.backward()
    log("grad", x.grad)
    log.attempt("third", y.backward)


@parity
def test_only_executed_nodes_are_released(lib, log):
    """G4.4: grad(z, y) leaves everything below y usable."""
    x = lib.tensor(2.0, requires_grad=True)
    y = lib.exp(x)
    z = lib.sin(y)
    log("z", *lib.grad(z, [y]))
    log("y", *lib.grad(y, [x]))
    log.attempt("z again", lambda: lib.grad(z, [y]))


@parity
def test_raw_saved_after_release(lib, log):
    """G4.6: the handle is still given after release; using it fails."""
    x = lib.tensor(2.0, requires_grad=True)
    y = x * x
    y.backward()
    handle = y.grad_fn._raw_saved_self
    log.attempt("hooks", lambda: handle.register_hooks(lambda t: t, lambda t: t))


@parity
def test_create_graph_without_retain(lib, log):
    """G4.7: the graph is released, the gradients carry one of their own."""
    x = lib.tensor(2.0, requires_grad=True)
    y = x * x * x
    (first,) = lib.grad(y, [x], create_graph=True, retain_graph=False)
    log("first", first, first.requires_grad)
    log.attempt("again", lambda: lib.grad(y, [x]))


# G5: leaves


@parity
def test_is_leaf(lib, log):
    """G5.1: a leaf has no grad_fn; so has a tensor that needs no gradient."""
    x = lib.tensor(1.0, requires_grad=True)
    c = lib.tensor(1.0)
    for t in (x, c, c * 2.0, x * 2.0, x.detach(), (x * 2.0).detach()):
        log("tensor", t.is_leaf, t.grad_fn is None, t.requires_grad, t.output_nr)


@pytest.mark.parametrize("op", ["less", "equal", "argmax", "integer"])
@parity
def test_outputs_that_cannot_require_grad(lib, log, op):
    """G5.2: comparisons, positions and integers carry no gradient."""
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    y = {
        "less": lambda: x < 1.5,
        "equal": lambda: x == 1.0,
        "argmax": lambda: lib.argmax(x),
        "integer": lambda: lib.astype(x, "int64"),
    }[op]()
    log("output", y, y.requires_grad, y.is_leaf, dtype_name(y))


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128", "int32", "int64", "bool"])
@parity
def test_dtypes_that_can_require_grad(lib, log, dtype):
    """G5.3: floating and complex ones; others raise, in the factory, the method and the setter."""
    log.attempt("factory", lambda: lib.tensor([1, 0], dtype=dtype, requires_grad=True).requires_grad)
    t = lib.tensor([1, 0], dtype=dtype)
    log.attempt("method", lambda: t.requires_grad_().requires_grad)
    t = lib.tensor([1, 0], dtype=dtype)
    log.attempt("setter", lambda: setattr(t, "requires_grad", True))
    log("flag", t.requires_grad)


@parity
def test_requires_grad_of_a_non_leaf(lib, log):
    """G5.4: True is a no-op by the method and an error by the attribute; False is an error in both."""
    y = lib.tensor(1.0, requires_grad=True) * 2.0
    log.attempt("method True", lambda: y.requires_grad_() is y)
    log.attempt("attribute True", lambda: setattr(y, "requires_grad", True))
    log.attempt("method False", lambda: y.requires_grad_(False), says="detach()")
    log.attempt("attribute False", lambda: setattr(y, "requires_grad", False), says="detach()")
    log("still", y.requires_grad)


@parity
def test_setting_grad(lib, log):
    """G5.6: a tensor of the same shape and dtype or None, on any tensor; deleting sets None."""
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    g = lib.tensor([3.0, 4.0])
    x.grad = g
    log("same", x.grad is g)
    log.attempt("shape", lambda: setattr(x, "grad", lib.tensor([1.0])))
    log.attempt("dtype", lambda: setattr(x, "grad", lib.tensor([1.0, 2.0], dtype="float32")))
    log.attempt("number", lambda: setattr(x, "grad", 3.0))
    log.attempt("itself", lambda: setattr(x, "grad", x))
    log("still", x.grad)
    x.grad = None
    log("none", x.grad)
    x.grad = g
    del x.grad
    log("deleted", x.grad)
    y = x * 2.0
    y.grad = g
    log("non-leaf", y.grad)


@parity
def test_reading_grad_of_a_non_leaf_warns(lib, log):
    """G5.7: unless it retains its gradient."""
    x = lib.tensor(1.0, requires_grad=True)
    y = x * 2.0
    with log.warnings("plain"):
        log("value", y.grad)
    y.retain_grad()
    with log.warnings("retained"):
        log("value", y.grad)
    with log.warnings("leaf"):
        log("value", x.grad)


@pytest.mark.parametrize("leaf", [True, False])
@parity
def test_deepcopy(lib, log, leaf):
    """G6.4: only of leaves; the gradient is copied, hooks are not."""
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(log.hook("original's hook"))
    x.grad = lib.tensor([3.0, 4.0])
    made = log.attempt("copy", lambda: copy.deepcopy(x if leaf else x * 2.0))
    if made is not None:
        log("copy", made.requires_grad, made.is_leaf, made.grad, made.grad is x.grad)
        lib.sum(made).backward()
        log("grads", made.grad, x.grad)


@parity
def test_detach(lib, log):
    """G6.1: a leaf without gradient over the same values."""
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    d = (x * 3.0).detach()
    log("detached", d, d.requires_grad, d.is_leaf, d.grad)
    y = x * d
    lib.sum(y).backward()
    log("grad", x.grad)


@parity
def test_clone_is_recorded(lib, log):
    """G1: clone is an operator: its result is interior, its gradient passes through."""
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    y = x.clone()
    log("clone", y, y.grad_fn, y.is_leaf)
    lib.sum(y * y).backward()
    log("grad", x.grad)


# G9: lifetime


@parity
def test_a_node_does_not_own_its_output(lib, log):
    """G9.1: the graph keeps leaves, not the tensors between."""
    x = lib.tensor(1.0, requires_grad=True)
    y = lib.exp(x)
    gone = weakref.ref(y)
    z = y * 2.0
    node = z.grad_fn.next_functions[0][0]
    del y
    log("gone", gone() is None, node)
    z.backward()
    log("grad", x.grad)


@parity
def test_saving_an_output_makes_no_cycle(lib, log):
    """G9.1, G9.3: reference counting alone frees a tensor whose node saved it."""
    x = lib.tensor(1.0, requires_grad=True)

    class Exp(lib.Function):
        @staticmethod
        def forward(ctx, a):
            out = lib.exp(a)
            ctx.save_for_backward(out)
            return out

        @staticmethod
        def backward(ctx, g):
            return g * ctx.saved_tensors[0]

    gc.disable()
    try:
        for make in (lib.exp, Exp.apply):
            y = make(x)
            gone = weakref.ref(y)
            del y
            log("gone", gone() is None)
    finally:
        gc.enable()


@pytest.mark.parametrize("length", [1_500])
@parity
def test_deep_graph(lib, log, length):
    """G9.2: building, running and freeing a long chain recurses nowhere."""
    x = lib.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(length):
        y = y + 1.0
    y.backward()
    log("grad", x.grad, y)
    del y
    log("freed")


@parity
def test_create_graph_warns_of_the_cycle(lib, log):
    """G9.4: backward(create_graph=True) warns that .grad and leaf now own each other; grad() does not."""
    x = lib.tensor(2.0, requires_grad=True)
    with log.warnings("backward"):
        (x * x).backward(create_graph=True)
    x.grad = None
    with log.warnings("grad"):
        lib.grad(x * x, [x], create_graph=True)
