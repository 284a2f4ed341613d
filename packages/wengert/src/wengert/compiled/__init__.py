"""The compiled backward: capture, programs, backends (design, section 6)."""

from __future__ import annotations

from .compiler import Compiler, compiled_autograd
from .disk_cache import cache_dir
from .function import CompiledFunction, compile
from .trace import TracedArray

__all__ = ["CompiledFunction", "Compiler", "TracedArray", "cache_dir", "compile", "compiled_autograd"]
