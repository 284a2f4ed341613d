"""``torch.overrides``: asking about ``__torch_function__``."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["enable_reentrant_dispatch", "has_torch_function", "overridable"]


def _get_current_function_mode_stack() -> list[Any]:
    return []


def has_torch_function(args: Any) -> bool:
    """Whether some argument takes over functions of tensors."""
    return any(hasattr(type(a), "__torch_function__") for a in args)


@contextlib.contextmanager
def enable_reentrant_dispatch() -> Iterator[None]:
    """Changes nothing here."""
    yield


def overridable(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, unless the class of one of its arguments, or of one in a sequence, takes it over."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        for given in (*args, *kwargs.values()):
            for one in given if isinstance(given, (tuple, list)) else (given,):
                override = getattr(type(one), "__torch_function__", None)
                if override is not None:
                    return override(call, (type(one),), args, kwargs)
        return function(*args, **kwargs)

    return call
