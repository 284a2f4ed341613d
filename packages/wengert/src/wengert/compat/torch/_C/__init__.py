"""``torch._C``: the few names of PyTorch's core that programs about autograd use, over Wengert's engine."""

from __future__ import annotations

import weakref
from typing import Any, ClassVar

from ....autograd.forward_ad import set_fwd_grad_enabled
from ....autograd.graph import Node
from ....autograd.modes import current, is_grad_enabled
from ....autograd.node import AccumulateGrad
from ....autograd.queries import current_node, current_task_id, execution_order
from ....errors import UsageError
from ..autograd.flags import is_multithreading_enabled
from . import _autograd, _dynamo, _functions, _nn

__all__ = [
    "_WeakTensorRef",
    "_add_cached_tensor",
    "_autograd",
    "_current_autograd_node",
    "_current_graph_task_execution_order",
    "_current_graph_task_id",
    "_dynamo",
    "_functions",
    "_is_cached_tensor",
    "_nn",
    "_remove_cached_tensor",
    "_set_cached_tensors_enabled",
    "_set_fwd_grad_enabled",
    "_warn_on_accumulate_grad_stream_mismatch",
    "_will_engine_execute_node",
    "has_lapack",
    "is_grad_enabled",
]

_set_fwd_grad_enabled = set_fwd_grad_enabled

#: Wengert has no linear algebra beyond products yet.
has_lapack = False

_current_autograd_node = current_node
_current_graph_task_id = current_task_id


def _will_engine_execute_node(node: Any) -> bool:
    """Whether the backward that is running brings a gradient to `node`; see `wengert.autograd.graph.will_execute`."""
    if not isinstance(node, Node):
        raise UsageError(f"_will_engine_execute_node expects an grad_fn, but got {type(node).__name__}")
    task = current().task
    if task is None:
        raise UsageError("_will_engine_execute_node should only be called during the backward pass")
    if isinstance(node, AccumulateGrad) and task.captures:
        raise UsageError("a leaf was asked for, but you are currently running autograd.grad(), which accumulates into none")
    return task.will_run(node)


def _current_graph_task_execution_order() -> list[Node]:
    """The nodes of the backward that is running, in their order; see `wengert.autograd.graph.execution_order`."""
    if current().task is None:
        raise UsageError("_current_graph_task_execution_order should only be called during the backward pass")
    if is_multithreading_enabled():
        raise UsageError(
            "_current_graph_task_execution_order expects the current backward to be executed with multithreading disabled: "
            "use torch.autograd.set_multithreading_enabled(False)"
        )
    return execution_order()


class _WeakTensorRef:
    """A weak reference to a tensor."""

    def __init__(self, tensor: Any) -> None:
        self._reference = weakref.ref(tensor)

    def expired(self) -> bool:
        """Whether the tensor is gone."""
        return self._reference() is None


# -- a set of tensors that someone else keeps ----------------------------------------------------------------------------
class _Cached:
    """The tensors that programs have declared to be kept elsewhere."""

    enabled = False
    ids: ClassVar[set[int]] = set()


def _set_cached_tensors_enabled(enabled: bool) -> None:
    _Cached.enabled = enabled


def _add_cached_tensor(tensor: Any) -> None:
    if _Cached.enabled:
        _Cached.ids.add(id(tensor))
        weakref.finalize(tensor, _Cached.ids.discard, id(tensor))


def _remove_cached_tensor(tensor: Any) -> None:
    _Cached.ids.discard(id(tensor))


def _is_cached_tensor(tensor: Any) -> bool:
    return id(tensor) in _Cached.ids


def _warn_on_accumulate_grad_stream_mismatch() -> bool:
    return True
