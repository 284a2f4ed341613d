"""Nodes, numbers, leaves, rule by rule (G1 to G8): what the other files leave out."""

from __future__ import annotations

import pytest

from .facade import dtype_name, parity
from .programs import edges, function, leaf

# G1: nodes


@parity
def test_calling_a_node(lib, log):
    """G1: the derivative alone; the number of gradients is checked, None is a gradient."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * w
    y.grad_fn.register_hook(log.hook("post"))
    y.grad_fn.register_prehook(log.hook("pre"))
    x.register_hook(log.hook("tensor"))
    log("both", y.grad_fn(lib.tensor([1.0, 1.0])))
    log("none", y.grad_fn(None))
    log.attempt("too many", lambda: y.grad_fn(lib.tensor([1.0, 1.0]), lib.tensor([1.0, 1.0])))
    log.attempt("too few", lambda: y.grad_fn())
    log("one operand", lib.exp(x).grad_fn(lib.tensor([1.0, 1.0])))
    log("grad", x.grad)


@parity
def test_calling_an_accumulator(lib, log):
    """G1, G3: adds to .grad, without hooks."""
    x = leaf(lib, 1.0, 2.0)
    x.register_hook(log.hook("tensor"))
    node = lib.accumulator(x)
    log("returned", node(lib.tensor([1.0, 1.0])))
    log("grad", x.grad)
    node(lib.tensor([1.0, 1.0]))
    log("grad", x.grad)


@parity
def test_calling_a_node_of_several_outputs(lib, log):
    """G1: one gradient for each."""
    x = leaf(lib, 1.0, 2.0)
    a, _ = lib.unstack(x)
    log("both", a.grad_fn(lib.tensor(3.0), lib.tensor(4.0)))
    log("one", a.grad_fn(None, lib.tensor(4.0)))
    y = function(lib, lambda ctx, t: (t * 1.0, t * 2.0), lambda ctx, g, h: g + h).apply(x)[0]
    log("function", lib.grad(lib.sum(y), [x]))


@parity
def test_calling_a_node_after_release(lib, log):
    """G1, G4.5."""
    x = leaf(lib, 1.0, 2.0)
    y = x * x
    z = lib.sum(y)
    z.backward()
    log.attempt("released", lambda: y.grad_fn(lib.tensor([1.0, 1.0])))
    log("saved nothing", z.grad_fn(lib.tensor(2.0)))


@parity
def test_setting_sequence_numbers(lib, log):
    """G1, G2, E2.3: the order follows the numbers as they are."""
    x = leaf(lib, 1.0)
    a, b, c = x * 2.0, x * 3.0, x * 4.0
    for name, t in (("a", a), ("b", b), ("c", c)):
        t.register_hook(lambda g, name=name: log(name))
    a.grad_fn._set_sequence_nr(c.grad_fn._sequence_nr() + 100)
    log("number", a.grad_fn._sequence_nr() - c.grad_fn._sequence_nr())
    (a + b + c).backward()


@parity
def test_nodes_as_keys(lib, log):
    """G1.5: nodes can be compared and looked up."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    z = y + x
    table = {y.grad_fn: "y", z.grad_fn: "z", lib.accumulator(x): "x"}
    log("found", [table[n] for n, _ in z.grad_fn.next_functions], y.grad_fn == y.grad_fn, y.grad_fn == z.grad_fn)


@parity
def test_input_metadata_of_an_accumulator(lib, log):
    """G1, G3.3."""
    x = lib.tensor([[1.0, 2.0]], requires_grad=True, dtype="float32")
    node = lib.accumulator(x)
    (metadata,) = node._input_metadata
    log("one", tuple(metadata.shape), dtype_name(metadata), node.next_functions, node.requires_grad)


@parity
def test_hooks_of_a_tensor_put_on_a_node(lib, log):
    """G1: `_register_hook_dict`."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    y.register_hook(log.hook("hook"))
    y.grad_fn._register_hook_dict(y)
    lib.sum(y).backward()


@parity
def test_metadata_is_a_dictionary(lib, log):
    """G1: of the user's own; anomaly mode keeps its notes there too."""
    x = leaf(lib, 1.0)
    y = x * 2.0
    log("empty", dict(y.grad_fn.metadata), isinstance(y.grad_fn.metadata, dict))
    y.grad_fn.metadata["a"] = 1
    y.grad_fn.metadata.update(b=2)
    del y.grad_fn.metadata["a"]
    log("kept", dict(y.grad_fn.metadata))
    log.attempt("set", lambda: setattr(y.grad_fn, "metadata", {}))


# G2 to G4


@parity
def test_accumulators_come_and_go(lib, log):
    """G3.2: a node for each time that something holds one; tensor hooks stay."""
    x = leaf(lib, 1.0)
    x.register_hook(log.hook("hook"))
    for _ in range(3):
        (x * 2.0).backward()
        node = lib.accumulator(x)
        log("same while held", lib.accumulator(x) is node, (x * 3.0).grad_fn.next_functions[0][0] is node)
        del node
    log("grad", x.grad)


@parity
def test_edges_of_a_switched_off_leaf(lib, log):
    """G3.4: its old graph still leads to it, a new one does not."""
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    old = x * w
    x.requires_grad_(False)
    new = x * w
    log("edges", edges(lib, old.grad_fn), edges(lib, new.grad_fn))
    old.backward()
    new.backward()
    log("grads", x.grad, w.grad)
    log.attempt("grad", lambda: lib.grad(x * w, [x]))


@parity
def test_released_and_reachable(lib, log):
    """G4.3: what was released can still be walked."""
    x = leaf(lib, 1.0)
    y = lib.exp(x)
    z = lib.sin(y)
    z.backward()
    names, node = [], z.grad_fn
    while node is not None and node.next_functions:
        names.append(node.name())
        node = node.next_functions[0][0]
    log("names", names, node)


@pytest.mark.parametrize("retain", [None, False, True])
@pytest.mark.parametrize("create", [False, True])
@parity
def test_which_graphs_stay(lib, log, retain, create):
    """G4.3, G4.7: after the first run, and after a run of the gradient's own graph."""
    x = leaf(lib, 2.0)
    y = x * x * x
    (g,) = lib.grad(y, [x], retain_graph=retain, create_graph=create)
    log.attempt("again", lambda: lib.grad(y, [x], retain_graph=True))
    if create:
        log.attempt("second", lambda: lib.grad(g, [x]))
        log.attempt("second again", lambda: lib.grad(g, [x]))


# G5: leaves


@parity
def test_switching_requires_grad(lib, log):
    """G5.1, G5.4: by method and attribute; other truth values."""
    x = lib.tensor([1.0])
    log("method", x.requires_grad_() is x, x.requires_grad, x.is_leaf)
    x.requires_grad = False
    log("attribute", x.requires_grad)
    log("argument", x.requires_grad_(True).requires_grad, x.requires_grad_(requires_grad=False).requires_grad)


@parity
def test_grad_of_what_needs_none(lib, log):
    """G5.6: can be assigned, and stays where it is."""
    c = lib.tensor([1.0, 2.0])
    c.grad = lib.tensor([3.0, 4.0])
    log("grad", c.grad)
    c.requires_grad_()
    lib.sum(c).backward()
    log("added", c.grad)
    c.requires_grad_(False)
    log("kept", c.grad)


@parity
def test_numbers_of_outputs(lib, log):
    """G5.1, G1.2: output_nr and is_leaf."""
    x = leaf(lib, 1.0, 2.0, 3.0)
    parts = lib.unstack(x)
    log("parts", [p.output_nr for p in parts], [p.is_leaf for p in parts], parts[0].grad_fn is parts[2].grad_fn)
    log("derived", (parts[2] * 1.0).output_nr, parts[2].detach().output_nr)


@parity
def test_integer_operands(lib, log):
    """G5.2: beside floating ones they are constants."""
    x = leaf(lib, 1.0, 2.0)
    n = lib.tensor([2, 3])
    y = x * n
    log("edges", edges(lib, y.grad_fn), dtype_name(y))
    lib.sum(y).backward()
    log("grad", x.grad, n.requires_grad)


@pytest.mark.parametrize("mode", ["no_grad", "inference_mode"])
@parity
def test_detaching_in_modes(lib, log, mode):
    """G6.1, G8: what comes out of detach(), clone() and data."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    with getattr(lib, mode)():
        for t in (x, y):
            log("detach", t.detach().requires_grad, t.data.requires_grad, t.clone().requires_grad)
        z = x * 3.0
        log("leaf", z.is_leaf, z.requires_grad)
    log("outside", y.requires_grad, z.detach().requires_grad)


@parity
def test_inference_tensors_as_constants(lib, log):
    """G8.3: an operator that saves nothing of them takes them."""
    with lib.inference_mode():
        c = lib.tensor([1.0, 2.0]) * 2.0
    x = leaf(lib, 1.0, 2.0)
    log.attempt("add", lambda: (x + c).requires_grad)
    log.attempt("mul", lambda: (x * c).requires_grad)
    log.attempt("clone", lambda: (x * c.clone()).requires_grad)
    log.attempt("no gradient", lambda: (c * 2.0).is_inference())
    log.attempt("version", lambda: c._version)
    log.attempt("requires_grad_", lambda: c.requires_grad_().requires_grad)
    with lib.inference_mode():
        log.attempt("inside", lambda: c.requires_grad_().requires_grad)
