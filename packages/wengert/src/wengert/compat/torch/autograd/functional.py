"""``torch.autograd.functional``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....autograd.functional import hessian, hvp, jacobian, jvp, vhp, vjp
from ....transforms.jacobians import units

__all__ = ["_construct_standard_basis_for", "hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _construct_standard_basis_for(tensors: Sequence[Any], tensor_numels: Sequence[int]) -> tuple[Any, ...]:
    """For each of `tensors` its part of all unit vectors, as rows."""
    return tuple(part.reshape(part._shape[0], n) for part, n in zip(units(tensors), tensor_numels, strict=True))
