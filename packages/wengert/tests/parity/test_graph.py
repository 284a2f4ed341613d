"""The graph that an operation leaves behind: nodes, edges, accumulators (rules G1 to G3)."""

from __future__ import annotations

import gc

import pytest

from .facade import differs, parity
from .programs import edges, leaf

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


@differs(
    "W31",
    torch=[("edges", 2, 1, 1), ("post hook", ([0.0, 0.0],), ([1.0, 1.0],))],
    wengert=[("edges", 2, 2, 2), ("post hook", ([0.0, 0.0], None), ([1.0, 1.0],))],
    reason="A number has an edge that leads nowhere, under each operator; in PyTorch it has one under some.",
)
def test_edges_of_numbers(lib, log):
    """G1.2: so hooks on a node get a gradient for each operand."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 1.0
    y.fill_(3.0)
    log("edges", *(len(t.grad_fn.next_functions) for t in (x * 2.0, x**2.0, y)))
    y.grad_fn.register_hook(log.hook("post hook"))
    lib.sum(y).backward()


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
