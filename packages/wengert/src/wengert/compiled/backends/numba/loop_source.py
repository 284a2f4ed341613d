"""The source of a plan (`wengert.compiled.backends.numba.loops`): a function of flat memory and scalars.

It reads as Python, and is what `wengert.compiled.backends.numba.lowering` compiles: loops over a known range, arithmetic,
elements of memory. ``flat(a, n)`` are the elements of an argument, ``at(address, dtype)`` what lies there, ``empty(n, dtype)``
new memory, ``part(b, start)`` the rest of some, and ``first(a)`` the element of an argument that has one.
``fill(b, start, stop, value)`` and ``put(r, value)`` write, and ``dot(out, x, y, m, k, n, x lies transposed, y lies transposed)``
is a product by BLAS.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .loops import Group, Plan, Root, Shape, Statement, Term, View

__all__ = ["LoopWriter", "converted"]

#: More elements than this are summed in double precision, where they are single: one partial sum would lose digits.
LONG = 4096

#: The parts of a piece of memory begin where a processor loads at once.
ALIGNED = 64

#: By reduction: what it begins with, and the source of one step, of what there is so far and one more element.
STEPS = {
    "sum": ("0", "add_any_order({0}, {1})"),
    "prod": ("1", "{0} * {1}"),
    "max": ("lowest", "larger({0}, {1})"),
    "min": ("highest", "smaller({0}, {1})"),
    "any": ("False", "{0} or {1}"),
    "all": ("True", "{0} and {1}"),
}


def converted(code: str, old: Any, new: Any) -> str:
    """The source of `code`, of dtype `old`, as one of dtype `new`."""
    if old == new:
        return code
    return f"({code} != 0)" if new.kind == "b" else f"{new.name}({code})"


def _start(kind: str, dtype: Any) -> str:
    """The source of what a reduction begins with."""
    start = STEPS[kind][0]
    if start in ("lowest", "highest"):
        if dtype.kind == "f":
            return f"{dtype.name}({'-' if start == 'lowest' else ''}inf)"
        if dtype.kind == "b":
            return repr(start == "highest")
        info = np.iinfo(dtype)
        return f"{dtype.name}({info.min if start == 'lowest' else info.max})"
    return start if dtype.kind == "b" else f"{dtype.name}({start})"


class LoopWriter:
    """Writes one plan.

    Attributes
    ----------
    lines : list of str
    constants : list
        The arrays at whose addresses it reads, which must live as long.
    addresses : list of int
        Where they lie, if `portable`: the last argument is an array of these. Else they stand in the source.
    """

    def __init__(self, plan: Plan, *, portable: bool = False) -> None:
        self.plan, self.lines, self.portable = plan, list[str](), portable
        self.constants: list[Any] = []
        self.addresses: list[int] = []
        self.declared: set[Root] = set()

    def source(self, name: str, inputs: Sequence[View], outputs: Sequence[View]) -> str:
        """The function of the arrays of `inputs` that writes to those of `outputs`, which are whole roots.

        The caller makes these: an array that Numba makes takes it longer to hand out than NumPy takes for a new one.
        """
        names = [*(f"a{v.root.number}" for v in inputs), *(f"r{v.root.number}" for v in outputs)]
        self.lines = [""]
        written = [view.root for view in outputs]
        made: list[Root] = []
        for root in self.plan.roots:
            if root.source is not None:
                self._given(root)
            elif root in written and not root.scalar:
                root.stored = True
                self._memory(root, f"flat(r{root.number}, {root.size})")
            elif not root.scalar and root.stored:
                made.append(root)
        self._block(made)
        for group in self.plan.groups:
            self._group(group)
        for root in written:
            if root.scalar:
                self.lines.append(f"    put(r{root.number}, s{root.number})")
        self.lines[0] = f"def {name}({', '.join([*names, *(['addresses'] if self.addresses else [])])}):"
        return "\n".join(self.lines)

    # -- memory
    def _given(self, root: Root) -> None:
        """An input, or a constant where it lies, so that what is written to that later is seen."""
        number = root.number
        if isinstance(root.source, int):
            value = f"first(a{number})" if root.scalar else f"flat(a{number}, {root.size})"
        else:
            constant, address = root.source
            self.constants.append(constant)
            place = f"addresses[{len(self.addresses)}]" if self.portable else str(address)
            self.addresses += [address] if self.portable else []
            value = f"at({place}, {root.dtype.name}){'[0]' if root.scalar else ''}"
        self.lines.append(f"    {'s' if root.scalar else 'b'}{number} = {value}")

    def _block(self, roots: Sequence[Root]) -> None:
        """The memory of arrays that are nobody else's: of each dtype one piece, for pieces take time."""
        for dtype in dict.fromkeys(root.dtype for root in roots):
            own = [root for root in roots if root.dtype == dtype]
            if len(own) == 1:
                self._memory(own[0], f"empty({own[0].size}, {dtype.name})")
                continue
            start, each = 0, ALIGNED // dtype.itemsize
            total = sum(root.size + -root.size % each for root in own)
            self.lines.append(f"    m_{dtype.name} = empty({total}, {dtype.name})")
            for root in own:
                self._memory(root, f"part(m_{dtype.name}, {start})")
                start += root.size + -root.size % each

    def _memory(self, root: Root, value: str) -> None:
        """A flat array of its own."""
        self.lines.append(f"    b{root.number} = {value}")
        zero = "False" if root.dtype.kind == "b" else f"{root.dtype.name}(0)"
        for count, step, start, stop in root.filled or ():
            if start < stop and count == 1:
                self.lines.append(f"    fill(b{root.number}, {start}, {stop}, {zero})")
            elif start < stop:
                self.lines.append(f"    for i0 in range({count}):")
                self.lines.append(f"        for i1 in range({start}, {stop}):")
                self.lines.append(f"            b{root.number}[i0 * {step} + i1] = {zero}")

    # -- groups
    def _group(self, group: Group) -> None:
        if group.lines is None:
            _Nest(self, group).write()
            return
        for root in group.roots:
            if root.scalar:
                self._memory(root, f"empty({root.size}, {root.dtype.name})")
        names = [f"b{root.number}" for root in group.roots]
        for view in group.views:
            name, root = f"b{view.root.number}", view.root
            if root.scalar:
                self.lines += [f"    {name} = empty(1, {root.dtype.name})", f"    {name}[0] = s{root.number}"]
            if not view.whole:
                self.lines.append(f"    {name}_{view.offset} = part({name}, {view.offset})")
                name = f"{name}_{view.offset}"
            names.append(name)
        self.lines += [f"    {line}" for line in group.lines(*names)]
        self.lines += [f"    s{root.number} = b{root.number}[0]" for root in group.roots if root.scalar]


class _Nest:
    """The loops of one group, one in the other."""

    def __init__(self, writer: LoopWriter, group: Group) -> None:
        self.writer, self.group = writer, group
        self.number = writer.plan.groups.index(group)
        self.space, self.axes = self._merged()
        depth = len(self.space)
        self.before: list[list[str]] = [[] for _ in range(depth + 1)]  # what comes before the loop of that depth begins
        self.after: list[list[str]] = [[] for _ in range(depth + 1)]
        self.loaded: dict[Any, str] = {}
        self.here: set[Root] = set()  # what is a local variable at this point

    def _merged(self) -> tuple[Shape, list[int]]:
        """The space with those axes made one that are one in all memory that is read or written; the last axis of each."""
        space = self.group.space
        assert space is not None
        strides = [s.strides for s in self.group.statements]
        strides += [t.strides for s in self.group.statements for t in s.terms if t.view is not None]
        lengths, axes = list[int](), list[int]()
        for axis in reversed(range(len(space))):
            if axes and all(s[axis] == s[axes[-1]] * lengths[-1] for s in strides):
                lengths[-1] *= space[axis]
            else:
                lengths.append(space[axis])
                axes.append(axis)
        return tuple(lengths[::-1]), axes[::-1]

    def place(self, strides: Shape, offset: int) -> str:
        """The source of the index of this point."""
        parts = [f"i{d}" if strides[a] == 1 else f"i{d} * {strides[a]}" for d, a in enumerate(self.axes) if strides[a]]
        return " + ".join([*([str(offset)] if offset or not parts else []), *parts])

    def depth_of(self, strides: Shape) -> int:
        """The number of loops on whose variables an index depends."""
        return max((d + 1 for d, a in enumerate(self.axes) if strides[a]), default=0)

    def term(self, term: Term) -> str:
        """The source of an operand."""
        if term.view is None:
            return term.code
        root = term.view.root
        if root in self.here:
            return converted(f"x{root.number}", root.dtype, term.dtype)
        if root.scalar:
            return converted(f"s{root.number}", root.dtype, term.dtype)
        key = root, term.view.offset, term.strides
        name = self.loaded.get(key)
        if name is None:
            name = self.loaded[key] = f"y{self.number}_{len(self.loaded)}"
            line = f"{name} = b{root.number}[{self.place(term.strides, term.view.offset)}]"
            self.before[self.depth_of(term.strides)].append(line)
        return converted(name, root.dtype, term.dtype)

    def write(self) -> None:
        for statement in self.group.statements:
            code = statement.code.format(*map(self.term, statement.terms))
            if statement.kind == "set":
                self._set(statement, code)
            else:
                self._reduce(statement, code)
        lines = self.writer.lines
        for depth, length in enumerate(self.space):
            lines += ["    " * (depth + 1) + line for line in self.before[depth]]
            lines.append("    " * (depth + 1) + f"for i{depth} in range({length}):")
        depth = len(self.space)
        body = self.before[depth]
        lines += ["    " * (depth + 1) + line for line in body or ["pass"]]
        for depth in reversed(range(len(self.space) + 1)):
            lines += ["    " * (depth + 1) + line for line in self.after[depth]]

    def _set(self, statement: Statement, code: str) -> None:
        root, body = statement.root, self.before[len(self.space)]
        if root.scalar:
            body.append(f"s{root.number} = {code}")
            return
        if not root.pointwise:
            body.append(f"b{root.number}[{self.place(statement.strides, statement.offset)}] = {code}")
            return
        body.append(f"x{root.number} = {code}")
        self.here.add(root)
        if root.stored:
            body.append(f"b{root.number}[{self.place(statement.strides, 0)}] = x{root.number}")

    def _reduce(self, statement: Statement, code: str) -> None:
        root, depth = statement.root, self.depth_of(statement.strides)
        kept = [statement.strides[a] != 0 for a in self.axes]
        start, step = _start(statement.kind, root.dtype), STEPS[statement.kind][1]
        body, place = self.before[len(self.space)], self.place(statement.strides, 0)
        if all(kept[:depth]):  # the reduced axes are the last ones
            count, dtype = math.prod(self.space[depth:]), root.dtype
            if statement.kind == "sum" and dtype == np.float32 and count > LONG:
                dtype = np.dtype(np.float64)
                start, code = "0.0", f"float64({code})"
            name = f"c{root.number}"
            self.before[depth].append(f"{name} = {start}")
            body.append(f"{name} = {self._narrow(step.format(name, code), dtype)}")
            target = f"s{root.number}" if root.scalar else f"b{root.number}[{place}]"
            self.after[depth].append(f"{target} = {converted(name, dtype, root.dtype)}")
            return
        root.stored = True
        self.writer.lines.append(f"    fill(b{root.number}, 0, {root.size}, {start})")
        body.append(f"b{root.number}[{place}] = {self._narrow(step.format(f'b{root.number}[{place}]', code), root.dtype)}")

    @staticmethod
    def _narrow(code: str, dtype: Any) -> str:
        """Numba computes with at least 64 bits where it is about integers."""
        return f"{dtype.name}({code})" if dtype.kind in "iu" else code
