"""The ``python`` backend: NumPy alone, large arrays in blocks that stay in the cache, on all cores.

An elementwise function of NumPy on a large array waits for memory. So elementwise equations over one shape, and the sums, means
and extremes of what they compute, become one group, which computes a block of each array before it turns to the next block. What
is not needed outside of the group exists only as a block, in a buffer that is used again. Threads share the blocks, since NumPy
releases the interpreter while it computes. The rest of a program is called function by function. What is large and no longer
needed is written over, and what is large and nobody's but the program's has its place in memory that is kept from run to run.

The passes, in their order: `grouped` puts groups into the program, `plan_buffers` gives their blocks a place, `Memory` gives one
to whole arrays, and the source of it all is generated. For arrays of other libraries, and where nothing is large, there is no
function: the program calls the library's functions one by one, see `wengert.compiled.source`.

Rounding
--------
Elementwise results are those of the same functions over whole arrays, bit by bit as far as NumPy computes an element the same
wherever it lies. Sums over everything or over the last axes add up each block as ``numpy.add.reduce`` does, pairwise, and then
the sums of the blocks in the same way. The error is at most about (c + log2 n) ε Σ|x| for n elements, where c < 25 comes from
NumPy's innermost loop and ε is the rounding unit: that of ``numpy.sum`` but for another c. Sums over the first axes add up the
rows of a block one after the other, and then the sums of the blocks: at most (rows of a block + blocks) ε Σ|x|, where
``numpy.sum`` has the number of all rows in the parenthesis. None of it depends on the number of threads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ....arrays.adapter import Adapter
from ...ir import Equation, Variable
from ...passes.lives import bytes_of
from ...segments import Function
from .groups import LEAST, Group, grouped
from .memory import LEAST_PLANNED, Memory
from .source import make_segment

__all__ = ["PythonBackend", "backend"]


class PythonBackend:
    """The backend; see `wengert.compiled.segments.Backend`."""

    name = "python"
    donates = True

    def compile(
        self,
        equations: Sequence[Equation],
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        library: Adapter,
        donated: frozenset[Variable] = frozenset(),
    ) -> Function | None:
        """The function; None for arrays of other libraries, and where nothing is large."""
        if library.name != "numpy" or not outputs or not _any_large(equations):
            return None
        steps = grouped(equations, outputs)
        memory = Memory(steps, outputs, donated)
        if not memory.blocks and not memory.heirs and not any(isinstance(step, Group) for step in steps):
            return None
        return make_segment(steps, inputs, outputs, donated, memory)


def _any_large(equations: Sequence[Equation]) -> bool:
    made = [v for equation in equations for v in (*equation.makes(), *equation.reads())]
    return any(math.prod(v.shape) >= LEAST or bytes_of(v) >= LEAST_PLANNED for v in made)


backend: Any = PythonBackend()
