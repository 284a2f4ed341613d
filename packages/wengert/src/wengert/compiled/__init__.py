"""The compiled backward: capture, programs, backends (design, section 6)."""

from __future__ import annotations

from .compiler import Compiler, compiled_autograd
from .disk_cache import cache_dir
from .function import CompiledFunction, compile
from .load import LoadedFunction, load_compiled
from .lower import Lowered
from .plan import Plan
from .trace import TracedArray

__all__ = [
    "CompiledFunction",
    "Compiler",
    "LoadedFunction",
    "Lowered",
    "Plan",
    "TracedArray",
    "cache_dir",
    "compile",
    "compiled_autograd",
    "load_compiled",
]
