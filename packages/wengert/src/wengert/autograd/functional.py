"""``wengert.autograd.functional``, under the names of ``torch.autograd.functional``; see `wengert.transforms.functional`."""

from __future__ import annotations

from ..transforms.functional import hvp, jvp, vhp, vjp
from ..transforms.functional_jacobians import hessian, jacobian

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
