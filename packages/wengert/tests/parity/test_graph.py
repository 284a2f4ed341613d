"""The graph that an operation leaves behind: nodes, edges, what they save, leaves (rules G1 to G5 and G9)."""

from __future__ import annotations

import copy
import gc
import weakref

import pytest

from .facade import dtype_name, node_name, parity

UNARY = {
    "neg": ("NegBackward0", -0.5),
    "exp": ("ExpBackward0", 0.5),
    "log": ("LogBackward0", 0.5),
    "sin": ("SinBackward0", 0.5),
    "cos": ("CosBackward0", 0.5),
    "tanh": ("TanhBackward0", 0.5),
    "sqrt": ("SqrtBackward0", 0.5),
    "abs": ("AbsBackward0", -0.5),
}
BINARY = ["add", "sub", "mul", "div"]


def edges(lib, node):
    """The edges of a node as (name or None, input_nr)."""
    return [(None if target is None else node_name(target), nr) for target, nr in node.next_functions]


# G1: the node object


@pytest.mark.parametrize("op", UNARY)
@parity
def test_unary_node(lib, log, op):
    """G1, G1.2: name and edges of an elementwise node, and its gradient."""
    x = lib.tensor([UNARY[op][1], abs(UNARY[op][1])], requires_grad=True)
    y = getattr(lib, op)(x)
    log("node", y.grad_fn, edges(lib, y.grad_fn))
    log("gradient", *lib.grad(lib.sum(y), [x]))


@pytest.mark.parametrize("op", BINARY)
@pytest.mark.parametrize("which", ["both", "first", "second", "number", "same"])
@parity
def test_binary_node(lib, log, op, which):
    """G1, G1.2: one entry a differentiable argument, (None, 0) for one that needs no gradient or is a number."""
    x = lib.tensor([2.0, 3.0], requires_grad=which != "second")
    y = {
        "number": 4.0,
        "same": x,
    }.get(which, lib.tensor([5.0, 6.0], requires_grad=which in ("both", "second")))
    z = getattr(lib, op)(x, y)
    log("node", z.grad_fn, edges(lib, z.grad_fn))
    wanted = [t for t in (x, y) if isinstance(t, lib.Tensor) and t.requires_grad]
    log("gradient", *lib.grad(lib.sum(z), wanted))


@pytest.mark.parametrize("make", ["sum", "mean", "reshape", "permute_dims", "matmul", "concat", "stack", "where", "broadcast_to"])
@parity
def test_other_nodes(lib, log, make):
    """G1: names and edges of nodes that are not elementwise."""
    x = lib.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    w = lib.tensor([[1.0, -2.0], [0.5, 4.0]], requires_grad=True)
    y = {
        "sum": lambda: lib.sum(x, axis=0),
        "mean": lambda: lib.mean(x),
        "permute_dims": lambda: lib.permute_dims(x, (1, 0)),
        "reshape": lambda: lib.reshape(x, (4,)),
        "matmul": lambda: lib.matmul(x, w),
        "concat": lambda: lib.concat([x, w]),
        "stack": lambda: lib.stack([x, w]),
        "where": lambda: lib.where(lib.tensor([[True, False], [False, True]]), x, w),
        "broadcast_to": lambda: lib.broadcast_to(x, (3, 2, 2)),
    }[make]()
    if make not in ("reshape", "matmul", "sum"):  # PyTorch names these after its own views, kernels and overloads
        log("node", y.grad_fn)
    log("edges", edges(lib, y.grad_fn))
    log("gradients", *lib.grad(lib.sum(y * y), [x, w], allow_unused=True))


@parity
def test_unstack_outputs(lib, log):
    """G1.2: outputs of one node differ by output_nr, which is the edge's input_nr."""
    x = lib.tensor([1.0, 2.0, 3.0], requires_grad=True)
    a, b, c = lib.unstack(x)
    log("node", a.grad_fn, a.grad_fn is b.grad_fn, [t.output_nr for t in (a, b, c)])
    log("edges", edges(lib, (c * a).grad_fn))
    log("gradient", *lib.grad(c * a, [x]))


@parity
def test_edges_to_one_input_are_summed(lib, log):
    """G1.2: several edges to the same (node, input_nr) are summed."""
    x = lib.tensor(3.0, requires_grad=True)
    y = x * 2.0
    z = y * y
    log("edges", edges(lib, z.grad_fn), z.grad_fn.next_functions[0][0] is z.grad_fn.next_functions[1][0])
    y.register_hook(log.hook("y"))
    z.backward()
    log("grad", x.grad)


@parity
def test_builtin_nodes_refuse_attributes(lib, log):
    """G1.3: a built-in node has no room for attributes of the user; a custom Function's node does."""
    x = lib.tensor(1.0, requires_grad=True)
    log.attempt("mul", lambda: setattr(lib.mul(x, x).grad_fn, "note", 1))

    class Custom(lib.Function):
        @staticmethod
        def forward(ctx, a):
            ctx.inside = "kept"
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            return g * 2.0

    y = Custom.apply(x)
    y.grad_fn.note = 1
    log("custom", y.grad_fn.note, y.grad_fn.inside)


@parity
def test_everything_is_a_node(lib, log):
    """G1.4: built-in nodes, accumulators and custom nodes are Nodes."""
    x = lib.tensor(1.0, requires_grad=True)

    class Custom(lib.Function):
        @staticmethod
        def forward(ctx, a):
            return a * 2.0

        @staticmethod
        def backward(ctx, g):
            return g * 2.0

    nodes = [(x * x).grad_fn, lib.accumulator(x), Custom.apply(x).grad_fn, lib.sum(x).grad_fn]
    log("nodes", [isinstance(node, lib.graph.Node) for node in nodes], nodes)
    log("others", isinstance(x, lib.graph.Node), isinstance(None, lib.graph.Node))


@parity
def test_identity_of_grad_fn(lib, log):
    """G1.5: the same object on each access, reached from the tensor or by an edge."""
    x = lib.tensor(1.0, requires_grad=True)
    y = x * 2.0
    z = lib.exp(y)
    log("same", y.grad_fn is y.grad_fn, z.grad_fn.next_functions[0][0] is y.grad_fn)
    kept = y.grad_fn
    del y
    log("kept", z.grad_fn.next_functions[0][0] is kept)


@parity
def test_metadata_survives(lib, log):
    """G1: metadata is one dict a node, there after the wrapper is gone and after backward."""
    x = lib.tensor(1.0, requires_grad=True)
    y = lib.exp(x * 2.0)
    inner = y.grad_fn.next_functions[0][0]
    inner.metadata["note"] = "mine"
    log("same", inner.metadata is inner.metadata)
    del inner
    gc.collect()
    y.backward()
    log("after backward", dict(y.grad_fn.next_functions[0][0].metadata), dict(y.grad_fn.metadata))


@parity
def test_input_metadata(lib, log):
    """G1: shapes and dtypes of the outputs, one entry each."""
    x = lib.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    for y in (x * 2.0, lib.sum(x), lib.unstack(x, axis=1)[0]):
        log("metadata", [tuple(entry.shape) for entry in y.grad_fn._input_metadata])


@parity
def test_node_says_requires_grad(lib, log):
    """G1: requires_grad of a node is constantly True."""
    x = lib.tensor(1.0, requires_grad=True)
    log("requires_grad", (x * 2.0).grad_fn.requires_grad, lib.accumulator(x).requires_grad)


@pytest.mark.parametrize("op", ["exp", "mul", "sum", "unstack"])
@parity
def test_calling_a_node(lib, log, op):
    """G1: calling a node runs the derivative alone, without its hooks."""
    x = lib.tensor([1.0, 2.0], requires_grad=True)
    y = lib.mul(x, x) if op == "mul" else getattr(lib, op)(x)
    node = y[0].grad_fn if op == "unstack" else y.grad_fn
    node.register_hook(log.hook("post"))
    node.register_prehook(log.hook("pre"))
    shape = [10.0, 20.0] if op in ("exp", "mul") else 10.0
    grads = (lib.tensor(10.0), lib.tensor(20.0)) if op == "unstack" else (lib.tensor(shape),)
    log("called", node(*grads))


# G2: numbers


@parity
def test_sequence_numbers_grow(lib, log):
    """G2.1: a node made later has a larger number; a leaf's accumulator has the largest there is."""
    x = lib.tensor(1.0, requires_grad=True)
    a = x * 2.0
    b = lib.exp(a)
    c = a + b
    numbers = [t.grad_fn._sequence_nr() for t in (a, b, c)]
    log("numbers", [number - numbers[0] for number in numbers])
    log("accumulator", lib.accumulator(x)._sequence_nr() == 2**64 - 1)


# G3: AccumulateGrad


@parity
def test_one_accumulator_a_leaf(lib, log):
    """G3.1, G3.2: all uses of a leaf share one accumulator as long as something keeps it."""
    x = lib.tensor(1.0, requires_grad=True)
    a, b = x * 2.0, lib.exp(x)
    left, right = a.grad_fn.next_functions[0][0], b.grad_fn.next_functions[0][0]
    log("same", left is right, left is lib.accumulator(x), left)


@parity
def test_accumulator_attributes(lib, log):
    """G3.3: variable is the leaf; no outgoing edges."""
    x = lib.tensor(1.0, requires_grad=True)
    node = lib.accumulator(x)
    log("variable", node.variable is x, node.next_functions, node.name().endswith("AccumulateGrad"))


@parity
def test_graph_keeps_its_leaves(lib, log):
    """G3.1: a leaf that only the graph knows still accumulates, and can be got back from it."""
    x = lib.tensor(2.0, requires_grad=True)
    y = x * x
    del x
    gc.collect()
    leaf = y.grad_fn.next_functions[0][0].variable
    y.backward()
    log("grad", leaf.grad)


@parity
def test_requires_grad_switched_off_after_the_graph(lib, log):
    """G3.4: nothing is stored in .grad, tensor and node hooks of the leaf run."""
    x = lib.tensor(2.0, requires_grad=True)
    x.register_hook(log.hook("tensor hook"))
    y = x * 3.0
    node = lib.accumulator(x)
    node.register_prehook(log.hook("pre"))
    node.register_hook(log.hook("post"))
    x.requires_grad = False
    y.backward()
    log("grad", x.grad)


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


@pytest.mark.parametrize("length", [20_000])
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
