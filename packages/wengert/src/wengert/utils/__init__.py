"""``wengert.utils``: what PyTorch has under ``torch.utils``."""

from . import hooks

__all__ = ["hooks"]
