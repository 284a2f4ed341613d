"""``torch.compiler``: what programs may say to a compiler of functions, which is not here."""

from __future__ import annotations

from ._dynamo import allow_in_graph, disable, is_compiling, list_backends, reset

__all__ = ["allow_in_graph", "disable", "is_compiling", "is_dynamo_compiling", "list_backends", "reset"]

is_dynamo_compiling = is_compiling
