"""Functions of functions: gradients, products with Jacobians, Jacobians, Hessians; named as in ``torch.func`` and JAX."""

from __future__ import annotations

from .checkpointing import checkpoint, checkpoint_sequential
from .grad import grad, value_and_grad
from .hessians import hessian, hvp
from .jacobians import jacfwd, jacobian, jacrev
from .jvp import jvp, linearize
from .vjp import vjp
from .vmap import vmap

__all__ = [
    "checkpoint",
    "checkpoint_sequential",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "value_and_grad",
    "vjp",
    "vmap",
]
