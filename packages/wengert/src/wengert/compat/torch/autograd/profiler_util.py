"""``torch.autograd.profiler_util``: names that programs import; PyTorch's event lists are not supported."""

from __future__ import annotations

from .profiler import _Absent

__all__ = ["EventList", "FunctionEvent", "FunctionEventAvg", "_format_time"]


class EventList(_Absent):
    """Not supported: raises UnsupportedError."""


class FunctionEvent(_Absent):
    """Not supported: raises UnsupportedError."""


class FunctionEventAvg(_Absent):
    """Not supported: raises UnsupportedError."""


def _format_time(time_us: float) -> str:
    """Microseconds in the unit that suits them."""
    for factor, unit in ((1e6, "s"), (1e3, "ms")):
        if time_us >= factor:
            return f"{time_us / factor:.3f}{unit}"
    return f"{time_us:.3f}us"
