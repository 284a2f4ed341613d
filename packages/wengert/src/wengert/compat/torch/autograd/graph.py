"""``torch.autograd.graph``: nodes, edges, and hooks on saved tensors."""

from __future__ import annotations

from typing import Any

from ....autograd.graph import (
    GradientEdge,
    allow_mutation_on_saved_tensors,
    disable_saved_tensors_hooks,
    get_gradient_edge,
    increment_version,
    register_multi_grad_hook,
    save_on_cpu,
    save_on_disk,
    saved_tensors_hooks,
)
from ....autograd.graph import Node as Base

__all__ = [
    "GradientEdge",
    "Node",
    "allow_mutation_on_saved_tensors",
    "disable_saved_tensors_hooks",
    "get_gradient_edge",
    "increment_version",
    "register_multi_grad_hook",
    "save_on_cpu",
    "save_on_disk",
    "saved_tensors_hooks",
    "set_warn_on_accumulate_grad_stream_mismatch",
]


class _NodeMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Base)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return subclass is cls or issubclass(subclass, Base)


class Node(metaclass=_NodeMeta):
    """What every node of a graph is an instance of, though no class of nodes derives from it.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> isinstance(torch.ones(1, requires_grad=True).exp().grad_fn, torch.autograd.graph.Node)
    True
    """

    name = Base.name
    next_functions = Base.next_functions
    metadata = Base.metadata
    register_hook = Base.register_hook
    register_prehook = Base.register_prehook


def set_warn_on_accumulate_grad_stream_mismatch(enabled: Any) -> None:
    """Does nothing: there are no streams here to differ."""
