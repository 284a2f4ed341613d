"""``torch._higher_order_ops.wrap``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["dynamo_bypassing_wrapper", "wrap"]


def wrap(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``func(*args, **kwargs)``."""
    return func(*args, **kwargs)


def dynamo_bypassing_wrapper(wrapper_fn: Any, inner_fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``wrapper_fn(inner_fn)(*args, **kwargs)``."""
    return wrapper_fn(inner_fn)(*args, **kwargs)
