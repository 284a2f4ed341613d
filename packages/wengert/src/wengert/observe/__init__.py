"""Tools that watch a backward through the engine's one seam: the hook ledger and the profiler."""

from .ledger import HookLedger, HookRecord, by_line, hooks, ledger, table
from .profiler import Average, Event, Profile, profile, record_function

__all__ = [
    "Average",
    "Event",
    "HookLedger",
    "HookRecord",
    "Profile",
    "by_line",
    "hooks",
    "ledger",
    "profile",
    "record_function",
    "table",
]
