"""``wengert.transforms``: functions that make other functions differentiable in another way, or cheaper in memory."""

from .checkpointing import checkpoint, checkpoint_sequential

__all__ = ["checkpoint", "checkpoint_sequential"]
