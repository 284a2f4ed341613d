"""``wengert.autograd.forward_ad``: forward mode, under the names of ``torch.autograd.forward_ad``."""

from __future__ import annotations

from typing import Any

from .forward import (
    UnpackedDualTensor,
    current_level,
    dual_level,
    enter_dual_level,
    exit_dual_level,
    make_dual,
    set_fwd_grad_enabled,
    unpack_dual,
)
from .modes import current

__all__ = [
    "UnpackedDualTensor",
    "dual_level",
    "enter_dual_level",
    "exit_dual_level",
    "make_dual",
    "set_fwd_grad_enabled",
    "unpack_dual",
]

_set_fwd_grad_enabled = set_fwd_grad_enabled


def _is_fwd_grad_enabled() -> bool:
    """Whether tangents follow operators on this thread, inside a level."""
    modes = current()
    return modes.forward and not modes.inference


def __getattr__(name: str) -> Any:
    if name == "_current_level":
        return current_level()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
