"""The compiled backward: capture, programs, backends (design, section 6)."""

from __future__ import annotations

from .compiler import Compiler, compiled_autograd
from .trace import TracedArray

__all__ = ["Compiler", "TracedArray", "compiled_autograd"]
