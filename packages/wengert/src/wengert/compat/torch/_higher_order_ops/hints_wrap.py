"""``torch._higher_order_ops.hints_wrap``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["hints_wrapper"]


def hints_wrapper(body_fn: Callable[..., Any], args: Any, kwargs: Any, hints: Any = None) -> Any:
    """``body_fn(*args, **kwargs)``; `hints` are for a compiler."""
    return body_fn(*args, **kwargs)
