"""Tools that watch a backward through the engine's one seam: the hook ledger."""

from .ledger import HookLedger, HookRecord, by_line, hooks, ledger, table

__all__ = ["HookLedger", "HookRecord", "by_line", "hooks", "ledger", "table"]
