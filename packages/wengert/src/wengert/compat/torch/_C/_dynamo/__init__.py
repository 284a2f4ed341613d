"""``torch._C._dynamo``."""

from . import compiled_autograd

__all__ = ["compiled_autograd"]
