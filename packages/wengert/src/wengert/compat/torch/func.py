"""``torch.func``: transforms of functions."""

from ...transforms import grad, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap

__all__ = ["grad", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp", "vmap"]
