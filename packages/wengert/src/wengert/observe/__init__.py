"""Tools that watch a backward through the engine's one seam: the hook ledger."""

from .ledger import HookLedger, HookRecord, hooks, ledger

__all__ = ["HookLedger", "HookRecord", "hooks", "ledger"]
