"""Loops of a program (`wengert.compiled.looping`) as machine code: the body is a function, which another one calls in a loop.

What the body hands on to the next repetition lies in two places in turn; what a later loop reads of all repetitions is one array
with a row for each. Compilation takes as long as that of the body, however often it is repeated.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Container, Sequence
from typing import Any

import numba
import numpy as np

from ....op_source import execute
from ...disk_cache import cache_dir
from ...ir import Equation, Variable
from ...looping import Family, Loop
from ...source import Writer
from .loop_source import LoopWriter
from .machine_code import machine_function
from .rules import RULES
from .translate import DTYPES, Translator

__all__ = ["Body", "LoopCall"]


class Body:
    """What is compiled of a loop.

    Attributes
    ----------
    loop : Loop
    equations : sequence of Equation
        What computes again what is not read of other loops, and its body, taken apart as far as has to be.
    families : sequence of Family
        What is read of other loops.
    constants : list of Variable
        What is the same in all repetitions.
    """

    __slots__ = ("constants", "equations", "families", "loop")

    def __init__(self, loop: Loop, equations: Sequence[Equation], families: Sequence[Family]) -> None:
        self.loop, self.equations, self.families = loop, equations, families
        own = {v for e in equations for v in e.makes()}
        own.update((c.parameter for c in loop.carried), (f.parameter for f in families))
        self.constants = list(dict.fromkeys(v for e in equations for v in e.reads() if v not in own))


class LoopCall:
    """The call of a loop in the function of a segment.

    Parameters
    ----------
    body : Body
    saved : sequence of Variable
        The results of the body, and what it reads of the repetition before, of which all repetitions are needed.
    needed : sequence of Variable
        What others read of what the loop makes.
    results : container of Variable
        Those of them that are results of the segment, which must be nobody else's memory.
    rows : dict
        From what loops save, by loop and result of the body, to the variable with all repetitions; what this one saves is added.
    """

    def __init__(
        self,
        body: Body,
        saved: Sequence[Variable],
        needed: Sequence[Variable],
        results: Container[Variable],
        rows: dict[tuple[Loop, Variable], Variable],
    ) -> None:
        self._loop = loop = body.loop
        self._body, self._saved, self._constants = body, list(saved), body.constants
        for source in self._saved:
            rows[loop, source] = Variable((loop.count, *source.shape), source.dtype)
        self._families = [rows[f.loop, f.source] for f in body.families]
        self._rows = [rows[loop, source] for source in self._saved]
        self._last: list[Variable] = []  # results of the body whose last repetition is needed, and no other
        self._taken: list[tuple[Variable, Variable, int]] = []  # what is a row of what is saved
        self._copied = [v for v in needed if v in results]
        self._sort(set(needed))
        self._function, self._addresses = self._compiled()

    def _sort(self, needed: set[Variable]) -> None:
        """Find out where what others read is to be found."""
        loop, last = self._loop, self._loop.count - 1
        for source in loop.sources():
            made = [(k, v) for k in range(loop.count) if (v := loop.variable(source, k)) in needed]
            if source in self._saved:
                row = self._rows[self._saved.index(source)]
                self._taken += [(v, row, k) for k, v in made]
            elif made:
                assert made == [(last, made[0][1])]
                self._last.append(source)

    # -- the line in the function of the segment
    def write(self, writer: Writer) -> None:
        """Write the lines that call it into a function."""
        loop = self._loop
        empty = writer.function("empty", np.empty)
        ends = [loop.variable(source, loop.count - 1) for source in self._last]
        for out in (*self._rows, *ends):
            dtype = "" if out.dtype == np.float64 else f", {writer.constant(out.dtype)}"
            writer.line(f"    {writer.variable(out)} = {empty}({tuple(out.shape)!r}{dtype})")
        names = [_given(writer, v) for v in (*self._constants, *(c.first for c in loop.carried))]
        names += map(writer.variable, (*self._families, *self._rows, *ends))
        if self._addresses:
            names.append(writer.constant(np.array(self._addresses, np.uintp), "addresses"))
        writer.line(f"    {writer.constant(self._function, 'loops')}({', '.join(names)})", loop.place)
        for v, row, k in self._taken:
            copy = ".copy()" if v in self._copied else ""
            writer.line(f"    {writer.variable(v)} = {writer.variable(row)}[{k}, ...]{copy}")

    # -- machine code
    def _compiled(self) -> tuple[Any, list[int]]:
        """The function, and the addresses that it wants, if any."""
        loop = self._loop
        inputs = [*self._constants, *(c.parameter for c in loop.carried), *(f.parameter for f in self._body.families)]
        translator = Translator(RULES, inputs)
        for equation in self._body.equations:
            translator.translate(equation)
        plan, env = translator.plan, translator.env
        carried = [c.source for c in loop.carried]
        others = frozenset(self._last).difference(carried)
        results = translator.whole([*carried, *self._saved, *(v for v in self._last if v in others)])
        writer = LoopWriter(plan, portable=cache_dir() is not None)
        body = machine_function(writer.source("body", [env[v].view for v in inputs], results), "body", called=True)  # type: ignore[misc]
        source, name = self._driver(bool(writer.addresses)), f"<wengert loop {_names()}>"
        function = numba.njit(execute(source, name, {**_GLOBALS, "body": body})["loop"], error_model="numpy")
        function.constants = writer.constants
        return function, writer.addresses

    def _driver(self, addresses: bool) -> str:
        """The source of the function that calls the body in a loop; all arrays are flat there."""
        loop, last = self._loop, self._last
        groups = (self._constants, loop.carried, self._body.families, self._saved, last)
        names = [f"{group}{i}" for group, members in zip(_GROUPS, groups, strict=True) for i in range(len(members))]
        before, given, made = list[str](), list[str](), list[str]()
        for i, v in enumerate(self._constants):
            before.append(f"    flat{i} = {_flat(f'constant{i}', v)}")
            given.append(f"flat{i}")
        for i, one in enumerate(loop.carried):
            size = math.prod(one.source.shape)
            before.append(f"    turns{i} = empty({2 * size}, {np.dtype(one.source.dtype).name})")
            before += _copying(f"turns{i}", _flat(f"first{i}", one.first), size)
            given.append(_row(f"turns{i}", "now", size, number=True))
            made.append(_row(f"turns{i}", "then", size))
        for i, (family, rows) in enumerate(zip(self._body.families, self._families, strict=True)):
            before.append(f"    given{i} = family{i}.reshape({math.prod(rows.shape)})")
            place = f"({family.start} + {family.step} * k)"
            given.append(_row(f"given{i}", place, math.prod(family.source.shape), number=True))
        for i, (source, rows) in enumerate(zip(self._saved, self._rows, strict=True)):
            before.append(f"    kept{i} = saved{i}.reshape({math.prod(rows.shape)})")
            made.append(_row(f"kept{i}", "k", math.prod(source.shape)))
        after = list[str]()
        carried = [one.source for one in loop.carried]
        for i, source in enumerate(last):
            size = math.prod(source.shape)
            before.append(f"    end{i} = last{i}.reshape({size})")
            if source in carried:
                after += _copying(f"end{i}", _row(f"turns{carried.index(source)}", str(loop.count % 2), size, number=True), size)
            else:
                made.append(f"end{i}")
        more = ["addresses"] if addresses else []
        head = f"def loop({', '.join([*names, *more])}):"
        turn = [f"    for k in range({loop.count}):", "        now = k % 2", "        then = 1 - now"]
        return "\n".join([head, *before, *turn, f"        body({', '.join([*given, *made, *more])})", *after])


_names = itertools.count().__next__

#: What the functions of loops refer to.
_GLOBALS: dict[str, Any] = {
    **{dtype.name: getattr(np, dtype.name) for dtype in DTYPES if dtype.kind != "b"},
    "ascontiguousarray": np.ascontiguousarray,
    "bool": np.bool_,
    "empty": np.empty,
}

#: What the arguments of the function of a loop are called, before their numbers.
_GROUPS = ("constant", "first", "family", "saved", "last")


def _given(writer: Writer, v: Variable) -> str:
    """The source of an argument: a number of NumPy's as an array."""
    name = writer.variable(v)
    return name if v.shape or isinstance(v.dtype, type) else f"{writer.function('asarray', np.asarray)}({name})"


def _flat(name: str, v: Variable) -> str:
    """The source of an argument as a flat array; one of a single element, or a number, as a number."""
    if isinstance(v.dtype, type):
        return name
    if not v.shape:
        return f"{name}[()]"
    size = math.prod(v.shape)
    return f"{name}[{', '.join('0' * len(v.shape))}]" if size == 1 else f"ascontiguousarray({name}).reshape({size})"


def _copying(target: str, source: str, size: int) -> list[str]:
    """The lines that copy elements; a slice that is written to takes Numba seconds to compile."""
    if size == 1:
        return [f"    {target}[0] = {source}"]
    return [f"    from_{target} = {source}", f"    for i in range({size}):", f"        {target}[i] = from_{target}[i]"]


def _row(name: str, place: str, size: int, *, number: bool = False) -> str:
    """The source of a row of `size` elements; as a number, if it has one and a `number` is wanted."""
    if size == 1 and number:
        return f"{name}[{place}]"
    return f"{name}[{place} * {size}:{place} * {size} + {size}]"
