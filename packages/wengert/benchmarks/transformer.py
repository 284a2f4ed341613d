"""W4: a transformer block."""

from __future__ import annotations

from .networks import compare_training
from .table import Row
from .timing import Settings

__all__ = ["block"]


def block(settings: Settings) -> list[Row]:
    """Width 256, 4 heads, 128 tokens, batch 4: forward and backward."""
    title = "W4 transformer block d = 256, 128 tokens, batch 4, forward + backward"
    return compare_training(settings, "transformer", title, 0.9, optimizer=False)
