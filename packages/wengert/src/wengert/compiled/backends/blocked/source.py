"""The source of a segment: a function for each group of equations, and one that calls these and everything else in order."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ....op_source import execute
from ...ir import Equation, Step, Variable
from ...segments import Buffer, SegmentPlan
from ...source import Writer
from .buffers import plan_buffers
from .groups import Group, Operand, Reduction
from .kernels import Bits, Call, is_number, weight
from .layout import Blocks, blocks_of
from .memory import ALIGNED, Memory, Pieces
from .threads import POOL, scratch

__all__ = ["CACHE", "make_segment"]

#: The bytes that the buffers of one thread should not exceed, and how many elements a block has at least and at most.
CACHE = 2**20
SHORTEST, LONGEST = 2**14, 2**17

#: Of less work, in elements times additions, other threads would see nothing before it is done.
MUCH = 2**20

_numbers = itertools.count().__next__


# -- what generated code calls -------------------------------------------------------------------------------------------
def flat(array: Any) -> Any:
    """The elements in row-major order; a copy if they do not lie so."""
    return np.ascontiguousarray(array).reshape(-1)


def tiled(array: Any, length: int) -> Any:
    """`array`, again and again."""
    row = flat(array)
    tile = np.empty((length // len(row), len(row)), row.dtype)
    tile[...] = row
    return tile.reshape(-1)


def spread_out(array: Any, shape: tuple[int, ...]) -> Any:
    """The elements of `array`, broadcast to `shape`."""
    return np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(-1)


def matmul_into(x1: Any, x2: Any, out: Any) -> Any:
    """The product, written to `out`; of a stack of matrices with one matrix as one product, as the operator has it."""
    if x1.ndim > 2 and x2.ndim == 2:
        np.matmul(x1.reshape(-1, x1.shape[-1]), x2, out.reshape(-1, out.shape[-1]))
        return out
    return np.matmul(x1, x2, out)


def linear_into(x: Any, weight: Any, bias: Any, out: Any) -> Any:
    """The layer's product, written to `out`, and its bias."""
    matmul_into(x, weight.T, out)
    return out if bias is None else np.add(out, bias, out)


def scalar(array: Any) -> Any:
    """An array of one element without axes."""
    return np.asarray(array).reshape(())


class _GroupWriter(Writer):
    """Writes the function of one group. The names of its constants end with the number of the group."""

    def __init__(self, group: Group, number: int, constants: dict[str, Any], memory: Memory) -> None:
        super().__init__([], np.ndarray)
        self.group, self.constants, self.number, self.memory = group, constants, number, memory
        self.placed = [v for v in group.outputs if v in memory.blocks]
        self.reductions = [item for item in group.work if isinstance(item, Reduction)]
        spans = [o.span for o in group.operands.values()] + [r.span for r in self.reductions]
        self.size = math.prod(group.shape)
        periods = {s.period for s in spans if 1 < s.period < self.size}
        self.blocks = self._blocks(periods)
        self.columns = [v for v, o in group.operands.items() if o.span.kind == "column" and o.span.period <= self.blocks.length]
        self.buffers = plan_buffers(group, self.columns)
        self.parts: dict[Variable, str] = {}  # what stands for a block
        self.dtypes: dict[tuple[int, Any], str] = {}

    def _blocks(self, periods: set[int]) -> Blocks:
        widths = plan_buffers(self.group, ()).itemsizes
        full = [o.source for o in self.group.operands.values() if o.span.kind == "full"]
        width = sum(widths) + sum(v.dtype.itemsize for v in (*full, *self.group.outputs))
        length = min(max(CACHE // max(width, 1), SHORTEST), LONGEST)
        return blocks_of(self.size, periods, length)

    # -- lines
    def write(self) -> list[str]:
        """All the lines of the function."""
        group = self.group
        sources = group.sources()
        places = [f"o{self.variable(v)}" for v in self.placed]
        self.line(f"def group{self.number}({', '.join([*map(self.variable, sources), *places])}):")
        for v, operand in group.operands.items():
            self.operand(v, operand)
        arrays = [v for v in group.outputs if v not in {r.out for r in self.reductions}]
        for v in arrays:
            heir = self.memory.heirs.get(v)
            if v not in self.placed:
                fresh = f"empty({v.shape!r}, {self.constant(v.dtype)})"
                if heir is not None:  # it may lie as an argument of the segment did
                    fresh = f"{self.variable(heir)} if {self.variable(heir)}.flags.carray else {fresh}"
                self.line(f"    o{self.variable(v)} = {fresh}")
            self.line(f"    f{self.variable(v)} = o{self.variable(v)}.reshape(-1)")
        for reduction in self.reductions:
            self.partials(reduction)
        self.line("    def work(take):")
        for text in self.loop(arrays):
            self.line(f"        {text}")
        count = len(self.blocks.borders)
        much = self.size * sum(weight(item) if isinstance(item, Call) else 1 for item in group.work) >= MUCH
        self.line(f"    POOL.run(work, {count}, {much})")
        for reduction in self.reductions:
            self.finish(reduction)
        results = [f"o{self.variable(v)}" for v in group.outputs]
        self.line(f"    return {', '.join(results)},")
        return self.lines

    def operand(self, v: Variable, operand: Operand) -> None:
        """Prepare one operand for blocks, as ``x...``."""
        source = operand.source
        name, given = f"x{self.variable(v)}", self.variable(source) if isinstance(source, Variable) else self.constant(source)
        match operand.span.kind:
            case "scalar":
                number = isinstance(source, Variable) and is_number(source)
                self.line(f"    {name} = {given}" if number else f"    {name} = scalar({given})")
                self.parts[v] = name
            case "row" if operand.span.period <= self.blocks.length:
                self.line(f"    {name} = tiled({given}, {self.blocks.length})")
            case "other":
                self.line(f"    {name} = spread_out({given}, {self.group.shape!r})")
            case _:
                self.line(f"    {name} = flat({given})")

    def partials(self, reduction: Reduction) -> None:
        """The array that the blocks of a reduction are written to."""
        name, dtype = f"p{self.variable(reduction.out)}", self.constant(reduction.out.dtype)
        kind, period = reduction.span
        if kind == "row":
            self.line(f"    {name} = empty(({len(self.blocks.borders)}, {period}), {dtype})")
        elif period > self.blocks.length:
            self.line(f"    {name} = empty({len(self.blocks.borders)}, {dtype})")
        else:
            self.line(f"    {name} = empty({self.size // period}, {dtype})")

    def finish(self, reduction: Reduction) -> None:
        """Add up what the blocks have left, in their order."""
        out = self.variable(reduction.out)
        kind, period = reduction.span
        reduce, value = self.constant(reduction.ufunc.reduce), f"p{out}"
        dtype = self.constant(reduction.out.dtype)
        if kind == "row":
            value = f"{reduce}({value}, 0, {dtype})"
        elif period > self.blocks.length:
            inside = self.blocks.inside(period)
            value = f"{reduce}({value}.reshape(-1, {inside}), 1, {dtype})"
        value = f"{value}.reshape({reduction.out.shape!r})"
        if reduction.divisor is not None:
            value += f" / {reduction.divisor}"
        self.line(f"    o{out} = {value}")

    # -- the loop over blocks
    def loop(self, arrays: Sequence[Variable]) -> list[str]:
        """What one thread does: take blocks until there are none."""
        length, borders = self.blocks
        body = self.body(arrays)
        short = any(stop - start != length for start, stop in borders)
        lines, offset, offsets = [], 0, []
        for itemsize in self.buffers.itemsizes:
            offsets.append(offset)
            offset += -(-itemsize * length // ALIGNED) * ALIGNED
        if offset:
            lines.append(f"memory = scratch({offset})")
        for (number, dtype), name in self.dtypes.items():
            start, kind = offsets[number], np.dtype(dtype)
            view = f"memory[{start}:{start + kind.itemsize * length}].view({self.constant(kind)})"
            lines.append(f"{name} = whole_{name} = {view}")
        borders_name = self.constant(borders, "BORDERS")
        lines += [f"n = {length}", "while True:", "    try:", "        k = take()", "    except IndexError:", "        return"]
        lines.append(f"    i, j = {borders_name}[k]")
        if short:
            lines.append("    if j - i != n:")
            lines.append("        n = j - i")
            lines += [f"        {name} = whole_{name}[:n]" for name in self.dtypes.values()]
        return [*lines, *(f"    {text}" for text in body)]

    def body(self, arrays: Sequence[Variable]) -> list[str]:
        """What is done with one block."""
        lines: list[str] = []
        for v, operand in self.group.operands.items():
            name, (kind, period) = f"x{self.variable(v)}", operand.span
            part = f"y{self.variable(v)}"
            if kind in ("full", "other"):
                lines.append(f"{part} = {name}[i:j]")
            elif kind == "row":
                inside = period <= self.blocks.length
                lines.append(f"{part} = {name}[: j - i]" if inside else f"{part} = {name}[i % {period} : i % {period} + j - i]")
            elif kind == "column" and v not in self.columns:
                lines.append(f"{part} = {name}[i // {period} : i // {period} + 1]")
            else:
                continue
            self.parts[v] = part
        for v in arrays:
            self.parts[v] = f"y{self.variable(v)}"
            lines.append(f"{self.parts[v]} = f{self.variable(v)}[i:j]")
        for item in self.group.work:
            if isinstance(item, Reduction):
                lines.append(self.reduce(item, lines))
            else:
                lines += self.computed(item, lines)
        return lines

    def part(self, v: Variable, lines: list[str]) -> str:
        """The source of the block of `v`; a column is written to its buffer when it is first asked for."""
        if v not in self.parts:
            name = self.buffer(v)
            period = self.group.operands[v].span.period
            source = f"x{self.variable(v)}[i // {period} : j // {period}, None]"
            lines.append(f"copyto({name}.reshape(-1, {period}), {source})")
            self.parts[v] = name
        return self.parts[v]

    def buffer(self, v: Variable) -> str:
        key = (self.buffers.place[v], v.dtype)
        return self.dtypes.setdefault(key, f"b{key[0]}_{v.dtype.char if v.dtype.char != '?' else 'bool'}")

    def value(self, argument: Any, lines: list[str]) -> str:
        """The source of an argument of a call."""
        if isinstance(argument, Bits):
            return f"{self.part(argument.variable, lines)}.view({self.constant(np.dtype(argument.dtype))})"
        return self.part(argument, lines) if isinstance(argument, Variable) else self.expression(argument)

    def computed(self, call: Call, lines: list[str]) -> list[str]:
        arguments = [self.value(a, lines) for a in call.arguments]
        arguments += [f"{name}={self.expression(value)}" for name, value in call.keywords.items()]
        name = "" if call.function is None else self.function(getattr(call.function, "__name__", "call"), call.function)
        if call.way == "new":
            value = f"{name}({', '.join(arguments)})"
            if call.out in self.parts:
                return [f"copyto({self.parts[call.out]}, {value})"]
            self.parts[call.out] = f"z{self.variable(call.out)}"
            return [f"{self.parts[call.out]} = {value}"]
        out = self.parts.get(call.out)
        if out is None:
            out = self.parts[call.out] = self.buffer(call.out)
        if call.way == "copy":
            source = arguments[0] if call.function is None else f"{name}({arguments[0]})"
            return [f'copyto({out}, {source}, "unsafe")']
        if call.bits is not None:
            out = f"{out}.view({self.constant(np.dtype(call.bits))})"
        return [f"{name}({', '.join(arguments)}, out={out})"]

    def reduce(self, reduction: Reduction, lines: list[str]) -> str:
        part, out = self.part(reduction.operand, lines), f"p{self.variable(reduction.out)}"
        kind, period = reduction.span
        reduce, dtype = self.constant(reduction.ufunc.reduce), self.constant(reduction.out.dtype)
        if kind == "row":
            return f"{reduce}({part}.reshape(-1, {period}), 0, {dtype}, {out}[k])"
        if period > self.blocks.length:
            return f"{out}[k] = {reduce}({part}, 0, {dtype})"
        return f"{reduce}({part}.reshape(-1, {period}), 1, {dtype}, {out}[i // {period} : j // {period}])"


class _SegmentWriter(Writer):
    """Writes the function of a segment."""

    def __init__(self, steps: Sequence[Step], outputs: Sequence[Variable], memory: Memory, donated: frozenset[Variable]) -> None:
        super().__init__(steps, np.ndarray, outputs)
        self.outputs, self.memory, self.donated = outputs, memory, donated
        self.planned: list[Buffer] = []
        if memory.size:
            self.planned.append(Buffer(memory.size, f"{len(memory.blocks)} arrays", frozenset(memory.blocks)))
        self.rooms = {v: f"m{number}" for number, v in enumerate(memory.blocks)}
        self.pieces = Pieces(list(memory.blocks.values()), memory.size)
        self.constants.update(
            POOL=POOL,
            copyto=np.copyto,
            empty=np.empty,
            flat=flat,
            give=self.pieces.give,
            linear_into=linear_into,
            matmul_into=matmul_into,
            scalar=scalar,
            scratch=scratch,
            spread_out=spread_out,
            take=self.pieces.take,
            tiled=tiled,
        )

    def write(self, inputs: Sequence[Variable]) -> str:
        body: list[str] = []
        if self.rooms:
            self.line(f"    {', '.join(self.rooms.values())}, = memory = take()")
        for index, step in enumerate(self.steps):
            if isinstance(step, Group):
                self.group(step, body)
            elif isinstance(step, Equation):
                self.one(step)
            self.let_go(index, step)
        if self.rooms:
            self.line("    give(memory)")
        lines = [*body, f"def segment({', '.join(map(self.variable, inputs))}):", *self.lines]
        return "\n".join([*lines, f"    return {', '.join(map(self.variable, self.outputs))},"])

    def group(self, group: Group, body: list[str]) -> None:
        number = len(self.constants)
        self.constants[f"G{number}"] = None  # so that the next one has another number
        writer = _GroupWriter(group, number, self.constants, self.memory)
        body += writer.write()
        size = writer.blocks.length * sum(writer.buffers.itemsizes)
        if size:
            self.planned.append(Buffer(size, f"blocks of {len(group.equations)} equations, for each thread"))
        outs = ", ".join(map(self.variable, group.outputs))
        given = [*map(self.variable, group.sources()), *(self.rooms[v] for v in writer.placed)]
        self.line(f"    {outs}, = group{number}({', '.join(given)})")

    def one(self, equation: Equation) -> None:
        """An equation outside of groups, written over an operand that is not needed any more, or to planned memory."""
        out = equation.outputs[0] if equation.single else None
        heir = self.memory.heirs.get(out) if out is not None else None
        place = self.rooms.get(out) if out is not None else None
        if out is None or (heir is None and place is None):
            self.equation(equation)
            return
        arguments = ", ".join(map(self.expression, equation.arguments.values()))
        if heir is not None:
            place = self.variable(heir)
            if self.memory.first(heir) in self.donated:  # it may be somebody's after all
                place += f" if {place}.flags.carray else None"
        table = equation.op.table
        if equation.op.name == "linear":
            function = "linear_into"
            arguments = ", ".join(f"{name}={self.expression(value)}" for name, value in equation.arguments.items())
        else:
            function = "matmul_into" if table is None else self.function(equation.op.name, table[np.ndarray])
        self.line(f"    {self.variable(out)} = {function}({arguments}, out={place})", equation.place)


def make_segment(
    steps: Sequence[Step],
    inputs: Sequence[Variable],
    outputs: Sequence[Variable],
    donated: frozenset[Variable] = frozenset(),
    memory: Memory | None = None,
) -> Callable[..., tuple[Any, ...]]:
    """The function of the arrays of `inputs` that gives those of `outputs`.

    It may write over what is `donated`, where that is in row-major order, aligned and not read-only.
    """
    memory = Memory(steps, outputs, donated) if memory is None else memory
    writer = _SegmentWriter(steps, outputs, memory, donated)
    source = writer.write(inputs)
    found = execute(source, f"<wengert python {_numbers()}>", writer.constants)
    writer.constants.update(found)  # where the one finds the functions of the groups
    function: Any = found["segment"]
    function.source, function.memory = source, memory
    function.consumes = not donated.isdisjoint(memory.heirs.values())
    groups = [tuple(step.equations) for step in steps if isinstance(step, Group)]
    function.plan = SegmentPlan(tuple(groups), tuple(writer.planned))
    return function
