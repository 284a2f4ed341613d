"""Optimizers: `SGD`, `Adam`, `AdamW`, and `in_backward`, which runs any of them inside the backward."""

from __future__ import annotations

from .adam import Adam, AdamW
from .in_backward import OptimizerInBackward, in_backward
from .optimizer import Optimizer
from .sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "OptimizerInBackward", "in_backward"]
