"""``wengert.utils``: what PyTorch has under ``torch.utils``."""

from __future__ import annotations

import importlib
from typing import Any

from . import hooks

__all__ = ["checkpoint", "hooks"]


def __getattr__(name: str) -> Any:
    # The upper floors are imported when first asked for.
    if name != "checkpoint":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(".checkpoint", __name__)
