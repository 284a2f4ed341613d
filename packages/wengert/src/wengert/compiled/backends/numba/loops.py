"""Loops: what equations compute, element by element, in as few loops over arrays as their dependences allow.

A `Plan` takes statements one by one. A statement computes each element of an array from elements of others (`Plan.compute`),
reduces axes (`Plan.reduce`), or is a block of lines of its own (`Plan.block`). It joins the first loop over the same space that
comes late enough; what only statements of the same loop read is a local variable of it, and never an array. Arrays of one element
are scalars. Nothing is copied for a view: an operand is memory with an offset and strides, see `View`.

`wengert.compiled.backends.numba.loop_source` writes a plan down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["Group", "Plan", "Root", "Statement", "Term", "View", "c_strides"]

Shape = tuple[int, ...]


def c_strides(shape: Shape) -> Shape:
    """The strides, in elements, of an array in row-major order."""
    strides = [1] * len(shape)
    for axis in range(len(shape) - 1, 0, -1):
        strides[axis - 1] = strides[axis] * max(shape[axis], 1)
    return tuple(strides)


class Root:
    """An array of a plan that has memory of its own; one of a single element is a scalar, and may have none.

    Attributes
    ----------
    shape, dtype
    size : int
        How many elements it has: more than `shape` says, for a constant that lies scattered.
    group : int
        In which group its last element is computed; -1 for inputs and constants.
    pointwise : bool
        Whether the loop that computes it defines the element of each point of its space at that point.
    stored : bool
        Whether it has to be in memory.
    filled : list of (int, int, int, int), or None
        Of memory that is zero but for what is written to it, what is filled with zeros first: how many stretches, how far apart,
        and from where to where the first of them. None for memory of which everything is written.
    source : int or object
        Which input it is; or the array, for a constant; else None.
    """

    __slots__ = ("dtype", "filled", "group", "number", "pointwise", "shape", "size", "source", "stored")

    def __init__(self, number: int, shape: Shape, dtype: Any, source: Any = None, size: int | None = None) -> None:
        self.number, self.shape, self.dtype, self.source = number, shape, dtype, source
        self.size = math.prod(shape) if size is None else size
        self.group, self.pointwise = -1, False
        self.filled: list[tuple[int, int, int, int]] | None = None
        self.stored = source is not None

    @property
    def scalar(self) -> bool:
        """Whether it is held in a scalar."""
        return self.size == 1


class View:
    """An array of `shape` in the memory of a `Root`, `strides` apart in elements, from `offset` on."""

    __slots__ = ("offset", "root", "shape", "strides")

    def __init__(self, root: Root, shape: Shape, strides: Shape, offset: int = 0) -> None:
        self.root, self.shape, self.strides, self.offset = root, tuple(shape), tuple(strides), offset

    @property
    def dtype(self) -> Any:
        return self.root.dtype

    @property
    def contiguous(self) -> bool:
        """Whether its elements lie one after the other in row-major order."""
        steps = zip(self.shape, self.strides, c_strides(self.shape), strict=True)
        return 0 in self.shape or all(n == 1 or s == c for n, s, c in steps)

    @property
    def whole(self) -> bool:
        """Whether it is all of its root, in that order."""
        return self.offset == 0 and math.prod(self.shape) == self.root.size and self.contiguous

    def along(self, shape: Shape) -> Shape:
        """The strides with which it is read when it is broadcast to `shape`."""
        front = len(shape) - len(self.shape)
        own = [s if n == m else 0 for n, m, s in zip(self.shape, shape[front:], self.strides, strict=True)]
        return (0,) * front + tuple(own)

    # -- other views of the same memory
    def permuted(self, axes: Sequence[int]) -> View:
        return View(self.root, tuple(self.shape[a] for a in axes), tuple(self.strides[a] for a in axes), self.offset)

    def broadcast(self, shape: Shape) -> View:
        return View(self.root, shape, self.along(shape), self.offset)

    def reshaped(self, shape: Shape) -> View | None:
        """In another shape, where strides can say that; else None."""
        if self.contiguous:
            return View(self.root, shape, c_strides(shape), self.offset)
        old = [(n, s) for n, s in zip(self.shape, self.strides, strict=True) if n != 1]
        if tuple(n for n, _ in old) == tuple(n for n in shape if n != 1):  # only axes of length 1 come and go
            rest = iter(old)
            return View(self.root, shape, tuple(0 if n == 1 else next(rest)[1] for n in shape), self.offset)
        return None

    def sliced(self, key: Sequence[int | slice | None]) -> View:
        """``self[key]`` for a key without Ellipsis."""
        shape, strides, offset, axis = [], [], self.offset, 0
        for part in key:
            if part is None:
                shape.append(1)
                strides.append(0)
                continue
            n, s = self.shape[axis], self.strides[axis]
            axis += 1
            if isinstance(part, slice):
                places = range(*part.indices(n))
                shape.append(len(places))
                strides.append(s * places.step)
                offset += s * places.start if places else 0
            else:
                offset += s * (part + n if part < 0 else part)
        return View(self.root, (*shape, *self.shape[axis:]), (*strides, *self.strides[axis:]), offset)


class Term:
    """An operand of a statement: a view, or the source of a number; converted to `dtype`."""

    __slots__ = ("code", "dtype", "strides", "view")

    def __init__(self, view: View | None, dtype: Any, code: str = "") -> None:
        self.view, self.dtype, self.code = view, dtype, code
        self.strides: Shape = ()  # in the space of the loop, once it is known


class Statement:
    """One line in a loop: `code`, a format of the sources of its `terms`, is the element of `root` at this point.

    Attributes
    ----------
    offset, strides
        Where in the memory of `root` the element of each point lies; strides of 0 mean that it is reduced.
    kind : str
        ``"set"``, or the name of a reduction.
    """

    __slots__ = ("code", "kind", "offset", "root", "strides", "terms")

    def __init__(self, root: Root, code: str, terms: Sequence[Term], strides: Shape, offset: int = 0, kind: str = "set") -> None:
        self.root, self.code, self.terms, self.strides, self.offset, self.kind = root, code, terms, strides, offset, kind


class Group:
    """Statements over one space, or a block of lines: `lines` is called with the names of what it reads and writes."""

    __slots__ = ("lines", "roots", "space", "statements", "views")

    def __init__(self, space: Shape | None) -> None:
        self.space, self.statements = space, list[Statement]()
        self.lines: Callable[..., list[str]] | None = None
        self.views: tuple[View, ...] = ()
        self.roots: tuple[Root, ...] = ()


class Plan:
    """What a function computes, as a list of groups in order."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self.roots: list[Root] = []

    def root(self, shape: Shape, dtype: Any, source: Any = None, size: int | None = None) -> Root:
        self.roots.append(Root(len(self.roots), tuple(shape), np.dtype(dtype), source, size))
        return self.roots[-1]

    def input(self, number: int, shape: Shape, dtype: Any) -> View:
        """The input of that number."""
        return View(self.root(shape, dtype, number), shape, c_strides(shape))

    # -- statements
    def compute(self, shape: Shape, dtype: Any, code: str, terms: Sequence[Term]) -> View:
        """The array of `shape` whose elements are `code` of those of `terms`, broadcast."""
        root = self.root(shape, dtype)
        self.assign(View(root, shape, c_strides(shape)), code, terms)
        root.pointwise = True
        return View(root, shape, c_strides(shape))

    def memory(self, shape: Shape, dtype: Any) -> View:
        """Memory that `assign` writes to, everywhere in the end."""
        root = self.root(shape, dtype)
        root.stored = True
        return View(root, shape, c_strides(shape))

    def zeros(self, shape: Shape, dtype: Any, key: Sequence[int | slice | None]) -> tuple[View, View]:
        """Memory that is zero but for its part at `key`, which `assign` writes to; and that part."""
        whole = self.memory(shape, dtype)
        part, size = whole.sliced(key), whole.root.size
        whole.root.filled = _around(whole, part) or [(1, size, 0, size)]
        return whole, part

    def assign(self, target: View, code: str, terms: Sequence[Term]) -> None:
        """Let the elements of `target` be `code` of those of `terms`; everything that is written is written once."""
        space, kept = _space(target.shape)
        for term in terms:
            if term.view is not None:
                along = term.view.along(target.shape)
                term.strides = tuple(along[a] for a in kept)
        strides = tuple(target.strides[a] for a in kept)
        self._place(Statement(target.root, code, terms, strides, target.offset), space)

    def reduce(self, view: View, axes: Sequence[int], kind: str, dtype: Any, code: str = "{0}", terms: Any = None) -> View:
        """A reduction, over `axes` which stay with length 1, of `code` of `terms`, broadcast to the shape of `view`."""
        shape = tuple(1 if a in axes else n for a, n in enumerate(view.shape))
        terms = [Term(view, dtype)] if terms is None else terms
        space, kept = _space(view.shape)
        for term in terms:
            if term.view is not None:
                along = term.view.along(view.shape)
                term.strides = tuple(along[a] for a in kept)
        root = self.root(shape, dtype)
        out = c_strides(shape)
        strides = tuple(0 if a in axes else out[a] for a in kept)
        self._place(Statement(root, code, terms, strides, kind=kind), space)
        return View(root, shape, out)

    def block(self, outs: Sequence[tuple[Shape, Any]], views: Sequence[View], lines: Callable[..., list[str]]) -> list[View]:
        """Arrays that ``lines(*names of outs, *names of views)`` compute; the views are whole or parts of contiguous memory."""
        group = Group(None)
        group.lines, group.views = lines, tuple(views)
        group.roots = tuple(self.root(shape, dtype) for shape, dtype in outs)
        self.groups.append(group)
        for root in group.roots:
            root.group, root.stored = len(self.groups) - 1, True
        for view in views:
            view.root.stored = True
        return [View(root, root.shape, c_strides(root.shape)) for root in group.roots]

    def copied(self, view: View) -> View:
        """The same in memory of its own."""
        return self.compute(view.shape, view.dtype, "{0}", [Term(view, view.dtype)])

    def packed(self, view: View) -> View:
        """`view`, or a copy of it, with its elements one after the other."""
        return view if view.contiguous else self.copied(view)

    # -- loops
    def _place(self, statement: Statement, space: Shape) -> None:
        first = 0
        for term in statement.terms:
            if term.view is not None:
                first = max(first, self._earliest(term, space))
        number = next((i for i in range(first, len(self.groups)) if self.groups[i].space == space), len(self.groups))
        if number == len(self.groups):
            self.groups.append(Group(space))
        self.groups[number].statements.append(statement)
        statement.root.group = max(statement.root.group, number)
        for term in statement.terms:
            if term.view is not None and not (term.view.root.group == number and term.view.root.pointwise):
                term.view.root.stored = True

    def _earliest(self, term: Term, space: Shape) -> int:
        """The first group in which a statement over `space` may read `term`."""
        assert term.view is not None
        root = term.view.root
        if root.group < 0:
            return 0
        same = root.pointwise and self.groups[root.group].space == space and _space(root.shape)[0] == space
        here = same and term.view.offset == 0 and term.strides == c_strides(space)
        return root.group if here else root.group + 1


def _space(shape: Shape) -> tuple[Shape, list[int]]:
    """`shape` without axes of length 1, and the others."""
    kept = [axis for axis, n in enumerate(shape) if n != 1]
    return tuple(shape[a] for a in kept), kept


def _around(whole: View, part: View) -> list[tuple[int, int, int, int]] | None:
    """What of `whole` is not of `part`, as `Root.filled` has it; None where that is not a few stretches."""
    count, size = math.prod(part.shape), whole.root.size
    if part.contiguous and count:
        return [(1, size, 0, part.offset), (1, size, part.offset + count, size)]
    if not count or len(part.shape) != len(whole.shape) or part.strides != whole.strides:
        return None
    shorter = [axis for axis, (n, m) in enumerate(zip(part.shape, whole.shape, strict=True)) if n != m]
    if len(shorter) != 1:
        return None
    (axis,) = shorter
    step, length = whole.strides[axis] * whole.shape[axis], whole.strides[axis] * part.shape[axis]
    return [(size // step, step, 0, part.offset), (size // step, step, part.offset + length, step)]
