"""``torch._dynamo.backends``."""

from . import debugging

__all__ = ["debugging"]
