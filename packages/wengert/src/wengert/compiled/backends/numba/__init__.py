"""The ``numba`` backend: what is known of a segment becomes one function of machine code, of which a call costs a microsecond.

It is made for small work, where calls of NumPy cost more than what they compute. Loops give what NumPy gives, to rounding: no
fast arithmetic, except that sums are taken in whatever order is fast, as NumPy and BLAS themselves do. Of warnings about
overflow and division by zero there are none. Equations that no loop is known for are calls of their operator's forward, between
two functions. Compilation takes place in the first call with arrays of one layout, and takes tenths of a second.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np

from ....arrays.adapter import Adapter
from ....errors import CompileError
from ....op_source import execute
from ...decomposing import decomposed
from ...disk_cache import cache_dir
from ...ir import Equation, Step, Variable
from ...looping import Loop
from ...native import Given, Made
from ...passes.lives import bytes_of
from ...passes.rolling import rolled
from ...passes.sparing import spared
from ...segments import SegmentPlan
from ...source import Writer
from .loop_calls import Body, LoopCall
from .loop_source import LoopWriter
from .machine_code import machine_function
from .native_entry import native_entry
from .rules import RULES
from .translate import Translator, Unknown

__all__ = ["backend"]

#: The most equations in one function of machine code: the time that Numba takes grows faster than their number.
LONGEST = 400

#: Segments of more equations are left to calls of the library: they would take minutes to compile. Those of loops count once.
MOST = 4000

#: Where loops save fewer bytes for each other they are still in a cache when they are read: nothing is gained by computing again.
CACHED = 2**23

#: Segments of more equations become loops where they repeat; in shorter ones more is gained by computing things at a time.
UNROLLED = 200

#: Equations that loops are known for, others that come after them; or a loop of the program.
_Part = tuple[list[Equation], list[Equation]] | Loop

_names = itertools.count().__next__


# -- the backend ---------------------------------------------------------------------------------------------------------
class NumbaBackend:
    """Makes functions of segments; see the module."""

    name = "numba"

    def compile(
        self, equations: Sequence[Equation], inputs: Sequence[Variable], outputs: Sequence[Variable], library: Adapter
    ) -> Callable[..., tuple[Any, ...]] | None:
        """The function of the arrays of `inputs`; None where no loop is known for any equation, or there are too many.

        Raises
        ------
        CompileError
            If `library` is not NumPy.
        """
        if library.name != "numpy":
            raise CompileError(
                f"backend 'numba': expected NumPy arrays, got arrays of {library.name}; convert them, or take another backend"
            )
        steps: list[Step] = list(equations) if len(equations) <= UNROLLED else rolled(equations)
        if sum(len(step.body) if isinstance(step, Loop) else 1 for step in steps) > MOST:
            return None
        reasons: dict[Equation, str] = {}
        parts, plain = list[_Part](), list[Equation]()
        bodies: dict[Loop, Body] = {}
        for step in steps:
            body = _body(step, library, bodies) if isinstance(step, Loop) else None
            if body is None:
                plain += step.equations if isinstance(step, Loop) else [step]  # type: ignore[list-item]
                continue
            assert isinstance(step, Loop)
            bodies[step] = body
            parts += [*_staged(plain, library, reasons), step]
            plain = []
        parts += _staged(plain, library, reasons)
        if not any(isinstance(part, Loop) or part[0] for part in parts):
            return None
        function: Any = _Function(parts, bodies, inputs, outputs).made()
        function.reasons = reasons  # for `explain()`
        return function


backend = NumbaBackend()


def _reason(equation: Equation) -> str | None:
    """Why no loop is known for an equation; None if one is."""
    try:
        Translator(RULES, list(dict.fromkeys(equation.reads()))).translate(equation)
    except Unknown as error:
        return str(error)
    return None


def _staged(equations: Sequence[Equation], library: Adapter, reasons: dict[Equation, str]) -> list[_Part]:
    """The parts of equations without loops; those that no loop is known for get their reasons."""
    reasons.update({e: reason for e in equations if (reason := _reason(e)) is not None})
    return [*_stages(list(itertools.chain.from_iterable(_taken_apart(e, library, reasons) for e in equations)), reasons)]


def _body(loop: Loop, library: Adapter, bodies: Container[Loop]) -> Body | None:
    """The body of a loop, taken apart; None where it cannot be a loop: loops are not known for all of it, or for another's."""
    if len(loop.body) > LONGEST or any(family.loop not in bodies for family in loop.families):
        return None
    families, first = list(loop.families), list[Equation]()
    if sum(f.loop.count * bytes_of(f.source) for f in families) > CACHED:
        families, first = spared(loop)
    reasons = {e: reason for e in (*first, *loop.body) if (reason := _reason(e)) is not None}
    body = list(itertools.chain.from_iterable(_taken_apart(e, library, reasons) for e in (*first, *loop.body)))
    return None if reasons else Body(loop, body, families)


def _taken_apart(equation: Equation, library: Adapter, reasons: dict[Equation, str]) -> list[Equation]:
    """`equation` itself, or what it is made of, if loops are known for that: then it is no more one of those with `reasons`."""
    if equation not in reasons:
        return [equation]
    parts = decomposed(equation, library)
    if parts is None or any(_reason(part) is not None for part in parts):
        return [equation]
    del reasons[equation]
    return parts


def _stages(equations: Sequence[Equation], unknown: Container[Equation]) -> list[tuple[list[Equation], list[Equation]]]:
    """The equations in an order in which those that loops are known for are many at a time: these, then others, and again."""
    stages: list[tuple[list[Equation], list[Equation]]] = []
    ready: dict[Variable, int] = {}  # the first stage whose loops may read it
    for equation in equations:
        stage = max((ready.get(v, 0) for v in equation.reads()), default=0)
        known = equation not in unknown
        while True:
            if stage == len(stages):
                stages.append(([], []))
            if not known or len(stages[stage][0]) < LONGEST:
                break
            stage += 1
        stages[stage][0 if known else 1].append(equation)
        ready.update(dict.fromkeys(equation.makes(), stage if known else stage + 1))
    return stages


class _Function:
    """Writes the function that calls the parts of a segment one after the other."""

    def __init__(
        self,
        parts: Sequence[_Part],
        bodies: Mapping[Loop, Body],
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
    ) -> None:
        self.parts, self.bodies, self.inputs, self.outputs = parts, bodies, inputs, outputs
        self.writer = Writer((), np.ndarray)
        self.name = str(_names())
        self.calls: list[Callable[[Writer], None]] = []  # what writes the calls of loops
        self.straight: list[tuple[Any, list[int], list[Variable], list[Variable]]] = []  # of those that no loop of the program is
        self.rows: dict[tuple[Loop, Variable], Variable] = {}  # what loops save of all repetitions

    def made(self) -> Any:
        writer = self.writer
        writer.line(f"def segment({', '.join(map(writer.variable, self.inputs))}):")
        for part, later in zip(self.parts, self._read_later(), strict=True):
            if isinstance(part, Loop):
                self._write(self._loop(part, later))
                continue
            known, others = part
            if known:
                self._call(known, later.union(v for e in others for v in e.reads()))
            for equation in others:
                writer.equation(equation)
        writer.line(f"    return ({', '.join(map(writer.variable, self.outputs))},)")
        segment = execute("\n".join(writer.lines), f"<wengert segment {self.name}>", writer.constants)["segment"]
        segment.fresh = not any(part[1] for part in self.parts if not isinstance(part, Loop))  # results share memory with nothing
        if segment.fresh:
            segment.write_into, segment.native = self.write_into, self.native
        groups = [tuple(part[0]) for part in self.parts if not isinstance(part, Loop) and part[0]]
        segment.plan = SegmentPlan(tuple(groups), (), tuple([part for part in self.parts if isinstance(part, Loop)]))
        return segment

    def write_into(self, writer: Writer) -> None:
        """Write the lines of the function, which calls nothing but loops, into another one."""
        for call in self.calls:
            call(writer)

    def _write(self, call: Callable[[Writer], None]) -> None:
        self.calls.append(call)
        call(self.writer)

    def _read_later(self) -> list[set[Variable]]:
        """For each part what later ones read; what loops save for others does not count."""
        needed = set(self.outputs)
        found: list[set[Variable]] = []
        for part in reversed(self.parts):
            found.append(set(needed))
            if isinstance(part, Loop):
                needed.update(self.bodies[part].constants, (c.first for c in part.carried))
            else:
                needed.update(v for equations in part for e in equations for v in e.reads())
        return found[::-1]

    def _loop(self, loop: Loop, later: set[Variable]) -> Callable[[Writer], None]:
        """What writes the call of a loop of the program."""
        last = loop.count - 1
        needed = [v for v in loop.makes() if v in later]
        ends = {loop.variable(source, last) for source in loop.sources()}
        saved = {f.source for other in self.bodies.values() for f in other.families if f.loop is loop}
        missing = set(needed) - ends
        if missing:
            saved |= {s for s in loop.sources() if any(loop.variable(s, k) in missing for k in range(loop.count))}
        rows = [s for s in (*loop.sources(), *(c.parameter for c in loop.carried)) if s in saved]
        return LoopCall(self.bodies[loop], rows, needed, self.outputs, self.rows).write

    def _call(self, known: list[Equation], wanted: Container[Variable]) -> None:
        """The lines that call the loops of some equations."""
        own = dict.fromkeys(v for e in known for v in e.makes())
        inputs = list(dict.fromkeys(v for e in known for v in e.reads() if v not in own))
        outputs = [v for v in own if v in wanted]
        if outputs:
            loops, addresses = self._loops(known, inputs, outputs)
            self.straight.append((loops, addresses, inputs, outputs))
            self._write(lambda writer: self._written(writer, loops, addresses, inputs, outputs))

    def native(self, given: Sequence[Given], numbers: Mapping[Variable, int], made: Mapping[Variable, Made], **how: Any) -> Any:
        """A C function that does all that the lines of `write_into` do; None where there is none.

        Parameters
        ----------
        given : sequence of Given
            The arguments of the C function.
        numbers : mapping
            From an input to the number of the argument whose array it is.
        made : mapping
            From a result to what it is to be, in their order.
        how
            See `native_entry`.
        """
        if len(self.calls) != 1 or len(self.straight) != 1:
            return None
        loops, addresses, inputs, outputs = self.straight[0]
        if made.keys() != set(outputs) or any(v not in numbers for v in inputs):
            return None
        reads = {numbers[v]: i for i, v in enumerate(inputs)}
        if len(reads) != len(inputs):
            return None
        arguments = [one._replace(reads=reads.get(i, -1)) for i, one in enumerate(given)]
        results = [one._replace(writes=outputs.index(v)) for v, one in made.items()]
        where = np.array(addresses, np.uintp) if addresses else None
        return native_entry(loops, arguments, results, where, **how)

    @staticmethod
    def _written(
        writer: Writer, loops: Any, addresses: list[int], inputs: Sequence[Variable], outputs: Sequence[Variable]
    ) -> None:
        empty = writer.function("empty", np.empty)
        for out in outputs:
            dtype = "" if out.dtype == np.float64 else f", {writer.constant(out.dtype)}"
            writer.line(f"    {writer.variable(out)} = {empty}({tuple(out.shape)!r}{dtype})")
        names = [*map(writer.variable, (*inputs, *outputs))]
        if addresses:
            names.append(writer.constant(np.array(addresses, np.uintp), "addresses"))
        writer.line(f"    {writer.constant(loops, 'loops')}({', '.join(names)})")

    def _loops(self, known: list[Equation], inputs: Sequence[Variable], outputs: Sequence[Variable]) -> tuple[Any, list[int]]:
        """The function of machine code, and the addresses that it wants, if any."""
        translator = Translator(RULES, inputs)
        for equation in known:
            translator.translate(equation)
        plan, env = translator.plan, translator.env
        given = [env[v].view for v in inputs]
        results = translator.whole(outputs)
        loops = LoopWriter(plan, portable=cache_dir() is not None)
        source = loops.source("loops", given, results)  # type: ignore[arg-type]
        compiled = machine_function(source, "loops")
        compiled.constants = loops.constants
        return compiled, loops.addresses
