"""What a hook may ask about the backward that is running on its thread (rule E2.7)."""

from __future__ import annotations

import itertools
from heapq import heappop, heappush
from typing import TYPE_CHECKING, Any

from ..errors import ModeError, PlaceTypeError
from .modes import current, current_node
from .node import AccumulateGrad, Node
from .origins import type_name

if TYPE_CHECKING:
    from .engine import GraphTask

__all__ = ["current_node", "current_task_id", "execution_order", "planned_order", "will_execute"]


def current_task_id() -> int:
    """A number that tells this backward from all others; -1 outside of one.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.autograd.graph.current_task_id()
    -1
    >>> x = wg.tensor(1.0, requires_grad=True)
    >>> handle = x.register_hook(lambda g: print(wg.autograd.graph.current_task_id() >= 0))
    >>> (x * 2).backward()
    True
    """
    task = current().task
    return -1 if task is None else task.id


def will_execute(node: Node) -> bool:
    """Whether the backward that is running has brought, or will bring, a gradient to `node`.

    It is also true of nodes at which a gradient is only captured, for ``grad()``, leaves among them.

    Parameters
    ----------
    node : Node
        A ``grad_fn``, or the accumulator of a leaf.

    Raises
    ------
    ModeError
        Outside a backward.
    PlaceTypeError
        If `node` is no node.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor(1.0, requires_grad=True)
    >>> y, z = x * 2, x * 3
    >>> handle = x.register_hook(lambda g: print([wg.autograd.graph.will_execute(t.grad_fn) for t in (y, z)]))
    >>> y.backward()
    [True, False]
    """
    if not isinstance(node, Node):
        raise PlaceTypeError(f"will_execute: node must be a Node, such as a grad_fn, got {type_name(node)}")
    return _running("will_execute").will_run(node)


def execution_order() -> list[Node]:
    """The nodes of the backward that is running, in the order in which they run; those that have run included.

    Raises
    ------
    ModeError
        Outside a backward.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = wg.exp(x * 2).sum()
    >>> handle = x.register_hook(lambda g: print(*[node.name() for node in wg.autograd.graph.execution_order()][:3]))
    >>> y.backward()
    SumBackward0 ExpBackward0 MulBackward0
    """
    return planned_order(_running("execution_order"))


def _running(asked: str) -> GraphTask:
    task = current().task
    if task is None:
        raise ModeError(f"{asked}: can only be asked while a backward is running on this thread: from a hook, say")
    return task


def planned_order(task: GraphTask) -> list[Node]:
    """The nodes of a run in their order, whether it is running or only planned.

    What `GraphTask._execute` does, with nodes alone: the youngest that has been reached by all its edges goes next.
    """
    waits: dict[Node, int] = {}
    for node in (task.root, *task.reached):
        for below in node._edges:
            if below is not None:
                waits[below] = waits.get(below, 0) + 1
    order: list[Node] = []
    ready: list[tuple[int, int, Any]] = [(0, 0, task.root)]
    tickets = itertools.count(1)
    while ready:
        node = heappop(ready)[2]
        order.append(node)
        if task.needed is not None and node not in task.needed and node is not task.root:
            continue  # its gradient is captured, and nothing runs
        for below in node._edges:
            if below is None or not task.will_run(below):
                continue
            waits[below] -= 1
            if waits[below]:
                continue
            if isinstance(below, AccumulateGrad):
                order.append(below)
            else:
                heappush(ready, (-below._sequence, next(tickets), below))
    return order[1:]  # without the root of the task, which is no node of the user's
