"""``torch.testing._internal.common_methods_invocations``: PyTorch's database of operators, which is empty here."""

from __future__ import annotations

from typing import Any

from ... import creation, random

__all__ = ["S", "mask_not_all_zeros", "op_db"]

S = 5
op_db: list[Any] = []


def mask_not_all_zeros(shape: Any) -> Any:
    """A random mask in which something is true."""
    if not all(shape):
        return creation.zeros(shape).bool()
    while True:
        mask = random.randn(shape).gt(0)
        if bool(mask.any()):
            return mask
