"""Tools that watch a backward through the engine's one seam: the hook ledger, the profiler, the stepper."""

from .holdings import SavedValue
from .ledger import HookLedger, HookRecord, by_line, hooks, ledger, table
from .plan import Plan, PlannedHook, PlannedNode, explain
from .profiler import Average, Event, Profile, profile, record_function
from .stepper import Stepper, step
from .steps import Step

__all__ = [
    "Average",
    "Event",
    "HookLedger",
    "HookRecord",
    "Plan",
    "PlannedHook",
    "PlannedNode",
    "Profile",
    "SavedValue",
    "Step",
    "Stepper",
    "by_line",
    "explain",
    "hooks",
    "ledger",
    "profile",
    "record_function",
    "step",
    "table",
]
