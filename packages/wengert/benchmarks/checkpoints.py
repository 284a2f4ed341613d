"""Checkpoints: a deep MLP that is recomputed in segments."""

from __future__ import annotations

from .memory import peaks
from .networks import compare_training
from .table import Row
from .timing import Settings

__all__ = ["mlp"]

SHAPE = "MLP of 33 layers of 256, batch 1,797"


def mlp(settings: Settings) -> list[Row]:
    """The time of a step, and its peak memory with and without checkpoints."""
    return [
        *compare_training(settings, "checkpointed-mlp", f"checkpointed {SHAPE}, training step", 1.0),
        *peaks(settings, "checkpointed-mlp", f"peak memory, checkpointed {SHAPE}, step", 1.0),
        *peaks(settings, "deep-mlp", "peak memory, the same without checkpoints, step", 1.0),
    ]
