"""What hooks may ask about the task that runs them (rule E2.7)."""

from __future__ import annotations

import types

import pytest

from .facade import differs, node_name, parity, torch
from .programs import function, leaf


def asking(lib):
    """The queries of a library under one name each; PyTorch's execution order needs its pool of threads off."""
    if lib.name == "wengert":
        return lib.graph
    return types.SimpleNamespace(
        current_task_id=torch._C._current_graph_task_id,
        current_node=torch._C._current_autograd_node,
        will_execute=torch._C._will_engine_execute_node,
        execution_order=torch._C._current_graph_task_execution_order,
    )


@pytest.fixture(autouse=True)
def _one_thread():
    with torch.autograd.set_multithreading_enabled(False):
        yield


def attempt(log, event, call):
    """As a hook: it returns None."""

    def hook(g):
        log.attempt(event, call)

    return hook


def order(lib):
    return [node_name(node) for node in asking(lib).execution_order()]


@parity
def test_outside_a_task(lib, log):
    """E2.7: no id, no node; the others are errors."""
    ask = asking(lib)
    y = leaf(lib, 1.0) * 2.0
    log("id", ask.current_task_id(), ask.current_node())
    log.attempt("will", lambda: ask.will_execute(y.grad_fn))
    log.attempt("order", ask.execution_order)
    y.backward()
    log("after", ask.current_task_id(), ask.current_node())


@parity
def test_current_node(lib, log):
    """E2.7: in hooks of each kind, in a Function's backward, in callbacks."""
    ask = asking(lib)

    def tell(event):
        return lambda *args: log(event, ask.current_node(), ask.current_task_id() >= 0)

    def backward(ctx, g):
        log("backward", ask.current_node() is ctx)
        lib.queue_callback(lambda: tell("callback")())
        return g

    x = leaf(lib, 1.0, 2.0)
    y = function(lib, lambda ctx, a: a * 1.0, backward).apply(x)
    x.register_hook(tell("tensor hook"))
    x.register_post_accumulate_grad_hook(tell("stored"))
    y.register_hook(tell("tensor hook"))
    y.grad_fn.register_prehook(tell("pre"))
    y.grad_fn.register_hook(tell("post"))
    lib.sum(y).backward()


@parity
def test_task_ids(lib, log):
    """E2.7, E8.1: another for each run, also for those that run inside others."""
    ask = asking(lib)
    ids = []
    x, w = leaf(lib, 1.0), leaf(lib, 2.0)
    w.register_hook(lambda g: ids.append(ask.current_task_id()))

    def inner(g):
        ids.append(ask.current_task_id())
        with lib.enable_grad():
            (w * w).backward()
        ids.append(ask.current_task_id())

    y = x * 3.0
    y.register_hook(inner)
    y.backward(retain_graph=True)
    log("nested", ids[0] == ids[2], ids[1] > ids[0])
    y.backward()
    log("next", ids[3] > ids[1])
    lib.grad(w * 1.0, [w])
    log("grad", ids[-1] > ids[3])


@pytest.mark.parametrize("call", ["backward", "grad z", "grad y", "backward y", "backward x"])
@parity
def test_will_execute(lib, log, call):
    """E2.7: nodes that this task brings a gradient to."""
    ask = asking(lib)
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    z = lib.exp(y)
    other = x * 3.0
    accumulator = lib.accumulator(x)
    w = lib.sum(z * 1.0)

    def tell(g):
        for name, node in (("z", z.grad_fn), ("y", y.grad_fn), ("other", other.grad_fn), ("x", accumulator)):
            log(name, ask.will_execute(node))
        log.attempt("no node", lambda: ask.will_execute(3))
        log.attempt("tensor", lambda: ask.will_execute(x))
        log.attempt("none", lambda: ask.will_execute(None))

    w.register_hook(tell)
    {
        "backward": w.backward,
        "grad z": lambda: lib.grad(w, [z]),
        "grad y": lambda: lib.grad(w, [y]),
        "backward y": lambda: w.backward(inputs=[y]),
        "backward x": lambda: w.backward(inputs=[x]),
    }[call]()


@pytest.mark.parametrize("call", ["backward", "grad z", "grad y", "grad x", "grad both", "backward y", "backward x"])
@parity
def test_execution_order_of_a_chain(lib, log, call):
    """E2.7: up to what was asked for."""
    x = leaf(lib, 1.0, 2.0)
    y = x * 2.0
    z = lib.exp(y)
    w = lib.sum(z)
    w.register_hook(lambda g: log("order", order(lib)))
    {
        "backward": w.backward,
        "grad z": lambda: lib.grad(w, [z]),
        "grad y": lambda: lib.grad(w, [y]),
        "grad x": lambda: lib.grad(w, [x]),
        "grad both": lambda: lib.grad(w, [y, x]),
        "backward y": lambda: w.backward(inputs=[y]),
        "backward x": lambda: w.backward(inputs=[x]),
    }[call]()


def tangle(lib):
    """Diamonds, several leaves, a node of two outputs, an unused branch."""
    x, w = leaf(lib, 1.0, 2.0), leaf(lib, 3.0, 4.0)
    y = x * 2.0
    a, b = lib.exp(y), lib.sin(y) * w
    _ = lib.cos(y)
    c, d = lib.unstack(lib.stack([a * b, y + w]))
    return x, w, y, lib.sum(c * d + c) + lib.sum(a)


@parity
def test_execution_order_of_a_tangle(lib, log):
    """E2.3, E2.7: it is the order in which nodes then run."""
    x, w, y, z = tangle(lib)
    z.register_hook(lambda g: log("order", order(lib)))
    z.backward(retain_graph=True)
    lib.grad(z, [y], retain_graph=True)
    lib.grad(z, [w, x], retain_graph=True)
    z.backward(inputs=[y], retain_graph=True)


@parity
def test_what_was_announced_is_what_runs(lib, log):
    """E2.7: compared with hooks on every node."""
    z = tangle(lib)[-1]
    announced, ran, nodes, stack = [], [], [], [z.grad_fn]
    while stack:
        node = stack.pop()
        nodes.append(node)
        stack += [n for n, _ in node.next_functions if n is not None and n not in nodes and n not in stack]
    for node in nodes:
        node.register_prehook(lambda g, node=node: ran.append(node))
    z.register_hook(lambda g: announced.extend(asking(lib).execution_order()))
    z.backward(retain_graph=True)
    log("all", len(ran) == len(nodes), len(announced) == len(ran), all(a is b for a, b in zip(announced, ran, strict=True)))


@differs(
    "W29",
    torch=[("first", "returned", ["SumBackward0", "ExpBackward0", "AccumulateGrad"]), ("later", "raised", "RuntimeError")],
    wengert=[
        ("first", "returned", ["SumBackward0", "ExpBackward0", "AccumulateGrad"]),
        ("later", "returned", ["SumBackward0", "ExpBackward0", "AccumulateGrad"]),
        ("later", "returned", ["SumBackward0", "ExpBackward0", "AccumulateGrad"]),
    ],
    reason="The order of execution can be asked for at any point of a run, and is the whole one; in PyTorch an internal "
    "assertion fails unless the first node is running.",
)
def test_execution_order_in_the_middle(lib, log):
    """E2.7."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.exp(x)
    z = lib.sum(y)
    z.register_hook(attempt(log, "first", lambda: order(lib)))
    y.register_hook(attempt(log, "later", lambda: order(lib)))
    if lib.name == "wengert":  # at its accumulator PyTorch gives the one node that is left
        x.register_hook(attempt(log, "later", lambda: order(lib)))
    z.backward()


@parity
def test_execution_order_of_several_roots(lib, log):
    """E2.2, E2.7."""
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(x * 2.0)
    z = lib.sum(lib.exp(x))
    z.register_hook(lambda g: log("order", order(lib)))
    lib.backward([y, z])


@differs(
    "W24",
    torch=[("root", False), ("leaf", "raised", "RuntimeError")],
    wengert=[("root", True), ("leaf", "returned", True)],
    reason="The query for nodes that will execute answers for the root, and for leaves whose gradient grad() captures.",
)
def test_will_execute_of_a_root_and_of_captured_leaves(lib, log):
    """E2.7, H9.5: what keeps PyTorch's multi-grad hooks from working with these."""
    ask = asking(lib)
    x = leaf(lib, 1.0, 2.0)
    y = lib.sum(x * x)
    accumulator = lib.accumulator(x)
    handle = y.register_hook(lambda g: log("root", ask.will_execute(y.grad_fn)))
    y.backward(retain_graph=True)
    handle.remove()
    y.register_hook(attempt(log, "leaf", lambda: ask.will_execute(accumulator)))
    lib.grad(y, [x])
