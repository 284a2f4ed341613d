"""``autograd.misc``: flattening of nested arguments, and a few optimizers."""

from . import fixed_points, optimizers
from .flatten import flatten, flatten_func

__all__ = ["fixed_points", "flatten", "flatten_func", "optimizers"]
