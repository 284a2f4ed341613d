"""``wengert.autograd.graph``: the public names around the graph, as PyTorch has them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .hooks import (
    CompiledNodeArgs,
    FunctionPostHook,
    FunctionPostHooks,
    FunctionPreHook,
    FunctionPreHooks,
    FunctionTensorPreHook,
    FunctionTensorRetainGrad,
    PostAccumulateGradHook,
    SwapSavedVariables,
    TensorPostAccGradHooks,
    live_hooks,
)
from .multi_grad import register_multi_grad_hook
from .mutation import allow_mutation_on_saved_tensors
from .node import AccumulateGrad, GradientEdge, Node, get_gradient_edge
from .queries import current_node, current_task_id, execution_order, will_execute
from .saved_disk import save_on_disk
from .saved_hooks import disable_saved_tensors_hooks, save_on_cpu, saved_tensors_hooks
from .saved_smaller import save_compressed, save_in_half

__all__ = [
    "AccumulateGrad",
    "CompiledNodeArgs",
    "FunctionPostHook",
    "FunctionPostHooks",
    "FunctionPreHook",
    "FunctionPreHooks",
    "FunctionTensorPreHook",
    "FunctionTensorRetainGrad",
    "GradientEdge",
    "Node",
    "PostAccumulateGradHook",
    "SwapSavedVariables",
    "TensorPostAccGradHooks",
    "allow_mutation_on_saved_tensors",
    "current_node",
    "current_task_id",
    "disable_saved_tensors_hooks",
    "execution_order",
    "get_gradient_edge",
    "increment_version",
    "live_hooks",
    "register_multi_grad_hook",
    "save_compressed",
    "save_in_half",
    "save_on_cpu",
    "save_on_disk",
    "saved_tensors_hooks",
    "will_execute",
]


def increment_version(tensor: Any) -> None:
    """Tell autograd that the array of `tensor` (one, or several) was written to behind its back.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0], requires_grad=True)
    >>> x.array[0] = 5.0
    >>> wg.autograd.graph.increment_version(x)
    >>> x._version
    1
    """
    for one in tensor if isinstance(tensor, Iterable) and not hasattr(tensor, "_node") else (tensor,):
        one._counter().value += 1
