"""``torch._higher_order_ops``: operators that take functions. Nothing makes graphs of these here: they are called."""

from . import cond, hints_wrap, map, wrap

__all__ = ["cond", "hints_wrap", "map", "wrap"]
