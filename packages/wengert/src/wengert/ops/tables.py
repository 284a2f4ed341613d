"""Kernels of our own where the array library's function of an operator's name is missing or slow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..op import FunctionTable


class _KernelTable(FunctionTable):
    """One kernel for the arrays of every library, in the place of the library's function."""

    def __init__(self, name: str, kernel: Callable[..., Any]) -> None:
        super().__init__(name)
        self.kernel = kernel

    def __missing__(self, kind: type) -> Callable[..., Any]:
        self[kind] = self.kernel
        return self.kernel


def use_kernel(function: Any, kernel: Callable[..., Any]) -> None:
    """Let the elementwise operator `function`, not called yet, compute by ``kernel(*raw arrays or numbers)``."""
    op = function.operator
    assert op.node_class is None, f"{op.name} was called before it got its kernel"
    op.table = _KernelTable(op.name, kernel)
