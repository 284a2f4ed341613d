"""``torch._custom_op``."""

from . import impl

__all__ = ["impl"]
