"""Functions of functions, under the names of ``torch.func`` and JAX."""

from __future__ import annotations

from .checkpointing import checkpoint, checkpoint_sequential
from .vmap import vmap

__all__ = ["checkpoint", "checkpoint_sequential", "vmap"]
