"""``torch.autograd.profiler``: the names around Wengert's own profiler, `wengert.observe.profiler`."""

from __future__ import annotations

from typing import Any

from ....errors import UnsupportedError
from ....observe.profiler import record_function

__all__ = ["emit_itt", "emit_nvtx", "profile", "record_function"]


class _Absent:
    """A tool of PyTorch's that watches its C++ operators."""

    def __init__(self, *args: Any, **options: Any) -> None:
        raise UnsupportedError(
            f"torch.autograd.profiler.{type(self).__name__} watches PyTorch's own kernels; use wengert.observe.profiler"
        )


class profile(_Absent):
    """Not supported: raises UnsupportedError."""


class emit_itt(_Absent):
    """Not supported: raises UnsupportedError."""


class emit_nvtx(_Absent):
    """Not supported: raises UnsupportedError."""
