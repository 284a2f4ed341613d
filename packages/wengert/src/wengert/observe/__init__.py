"""Tools that watch a backward through the engine's one seam (ledger, profiler, stepper), foretell it, and draw its graph."""

from .drawing import Drawing, draw
from .holdings import PlannedHook, SavedValue
from .ledger import HookLedger, HookRecord, by_line, hooks, ledger, table
from .plan import Plan, PlannedNode, explain
from .profiler import Average, Event, Profile, profile, record_function
from .stepper import Stepper, step
from .steps import Step

__all__ = [
    "Average",
    "Drawing",
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
    "draw",
    "explain",
    "hooks",
    "ledger",
    "profile",
    "record_function",
    "step",
    "table",
]
