"""``torch._functorch``: what of it programs about compiled backward passes name."""

from . import aot_autograd, config

__all__ = ["aot_autograd", "config"]
