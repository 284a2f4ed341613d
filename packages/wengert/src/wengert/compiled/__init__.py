"""The compiled backward: capture, programs, backends (design, section 6)."""

from __future__ import annotations

from .compiler import Compiler, compiled_autograd
from .function import CompiledFunction, compile
from .trace import TracedArray

__all__ = ["CompiledFunction", "Compiler", "TracedArray", "compile", "compiled_autograd"]
