"""``torch.ops``."""

from .aten import aten

__all__ = ["aten"]
