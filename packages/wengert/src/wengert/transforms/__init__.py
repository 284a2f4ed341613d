"""Functions of functions, under the names of ``torch.func`` and JAX."""

from __future__ import annotations

from .vmap import vmap

__all__ = ["vmap"]
