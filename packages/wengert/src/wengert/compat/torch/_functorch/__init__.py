"""``torch._functorch``: what of it programs about compiled backward passes name."""

from . import aot_autograd

__all__ = ["aot_autograd"]
