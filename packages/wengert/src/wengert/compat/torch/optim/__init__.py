"""``torch.optim`` over `wengert.optim`."""

from ....optim import SGD, Adam, AdamW, Optimizer

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
