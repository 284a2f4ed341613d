"""Long and wide graphs (rules G9.2, E2): nothing recurses, whatever the nodes are and whoever watches."""

from __future__ import annotations

import pytest

from .facade import parity
from .programs import function, leaf

#: More than Python lets anything recurse. What a recursion in C would need many more for, `test_rules_long` has.
LENGTH = 1_500


def chain(lib, x, how, length=LENGTH):
    """A line of nodes."""
    mine = function(lib, lambda ctx, a: a * 1.0, lambda ctx, g: g)
    step = {
        "built-in": lambda y: y + 1.0,
        "function": mine.apply,
        "diamonds": lambda y: (y + y) * 0.5,
        "leaf at each": lambda y: y * 1.0 + x,
    }[how]
    y = x * 1.0
    for _ in range(length):
        y = step(y)
    return y


@pytest.mark.parametrize("how", ["built-in", "function", "diamonds", "leaf at each"])
@parity
def test_long(lib, log, how):
    """G9.2: built, run and freed."""
    x = leaf(lib, 1.0)
    y = chain(lib, x, how)
    y.backward()
    log("grad", x.grad)
    del y
    log("freed")


@pytest.mark.parametrize("how", ["built-in", "function", "diamonds"])
@parity
def test_long_with_inputs(lib, log, how):
    """E2.5: planning does not recurse either."""
    x = leaf(lib, 1.0)
    start = x * 2.0
    y = chain(lib, start, how)
    log("grad", lib.grad(y, [start, x]))


@parity
def test_long_and_hooked(lib, log):
    """G9.2, H1: a hook on every node."""
    x = leaf(lib, 1.0)
    y, calls = x, []
    for i in range(1_200):
        y = y * 1.0
        y.register_hook(lambda g, i=i: calls.append(i))
    y.backward()
    log("calls", calls == list(range(1_199, -1, -1)), x.grad)


@parity
def test_long_and_recorded(lib, log):
    """G9.2, E1.10: the graph of the gradient is as long, and is run in turn."""
    x = leaf(lib, 1.0)
    y = x
    for _ in range(400):
        y = y * 1.001 + 0.001 * x * x
    (first,) = lib.grad(y, [x], create_graph=True)
    (second,) = lib.grad(first, [x])
    log("derivatives", first / 1000.0, second / 1000.0)


@pytest.mark.parametrize("width", [2, 300])
@parity
def test_wide(lib, log, width):
    """E2.3: many nodes ready at once run from the youngest to the oldest."""
    x = leaf(lib, 1.0)
    parts, order = [], []
    for i in range(width):
        parts.append(x * float(i))
        parts[-1].register_hook(lambda g, i=i: order.append(i))
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    total.backward()
    log("order", order, x.grad)


@parity
def test_wide_node(lib, log):
    """E4.3: one node with many outputs, used in every order."""
    x = lib.tensor([float(i) for i in range(300)], requires_grad=True)
    parts = lib.unstack(x)
    total = parts[7]
    for i in range(0, 300, 7):
        total = total + parts[i] * parts[299 - i]
    total.backward()
    log("grad", x.grad)


@parity
def test_one_leaf_used_by_many(lib, log):
    """E4.3, E5: hundreds of contributions, one accumulation."""
    x = leaf(lib, 1.0, 2.0)
    x.register_post_accumulate_grad_hook(lambda t: log("stored", t.grad))
    x.register_hook(log.hook("x"))
    total = lib.sum(x)
    for i in range(300):
        total = total + lib.sum(x * float(i))
    total.backward()
