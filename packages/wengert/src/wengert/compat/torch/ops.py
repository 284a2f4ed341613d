"""``torch.ops``."""

from __future__ import annotations

from typing import Any

from .aten import aten
from .autograd.profiler import record_function

__all__ = ["aten", "profiler"]


class profiler:
    """``torch.ops.profiler``: named spans of profiles, by two calls."""

    @staticmethod
    def _record_function_enter(name: str, args: str | None = None) -> Any:
        return record_function(name).__enter__()

    @staticmethod
    def _record_function_exit(handle: Any) -> None:
        handle.__exit__(None, None, None)

    _record_function_enter_new = _record_function_enter
