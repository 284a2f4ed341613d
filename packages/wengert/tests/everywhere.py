"""The compiler in force in every thread, for programs that start some."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wengert.autograd.modes import Modes, current
from wengert.compiled import Compiler


@contextmanager
def compiled_everywhere(compiler: Compiler) -> Iterator[Compiler]:
    """Compile the backward passes of this thread, and of those that are started meanwhile."""
    original = Modes.__init__

    def with_compiler(self: Modes) -> None:
        original(self)
        self.compiler = compiler.task

    modes = current()
    before, modes.compiler = modes.compiler, compiler.task
    Modes.__init__ = with_compiler  # type: ignore[method-assign]
    try:
        yield compiler
    finally:
        Modes.__init__ = original  # type: ignore[method-assign]
        modes.compiler = before
