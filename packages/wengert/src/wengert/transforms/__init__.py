"""Functions of functions: gradients, products with Jacobians, Jacobians and Hessians, under the names of ``torch.func`` and JAX."""

from __future__ import annotations

from .grad import grad, value_and_grad

__all__ = ["grad", "value_and_grad"]
