"""``torch.fx``: graphs to read. Here they are made of backward passes only, by `torch._dynamo.compiled_autograd`."""

from .graphs import Graph, GraphModule, Node

__all__ = ["Graph", "GraphModule", "Node"]
