"""The pass that gives a place to every block that a group computes: buffers, used again as soon as nothing reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...ir import Variable, variables_in
from .groups import Group, Reduction
from .kernels import Call

__all__ = ["Buffers", "plan_buffers", "reads_of"]


class Buffers(NamedTuple):
    """Where blocks lie.

    Attributes
    ----------
    place : dict
        From a variable to the number of its buffer. Outputs have none, nor have new arrays.
    itemsizes : list of int
        For each buffer the bytes of an element.
    """

    place: dict[Variable, int]
    itemsizes: list[int]


def reads_of(item: Call | Reduction) -> Iterator[Variable]:
    """The variables that a call or a reduction reads."""
    if isinstance(item, Reduction):
        yield item.operand
    else:
        yield from variables_in([getattr(a, "variable", a) for a in item.arguments])


def plan_buffers(group: Group, columns: Sequence[Variable]) -> Buffers:
    """A buffer for each block that is neither output nor new array nor a slice of an operand.

    `columns` are operands that are repeated into blocks when they are first read. A call writes over an operand that it is the
    last to read, if that is of the same dtype: its elements are read before they are written.
    """
    last = {v: index for index, item in enumerate(group.work) for v in reads_of(item)}
    written = set(group.outputs)
    place: dict[Variable, int] = {}
    itemsizes: list[int] = []
    free: dict[int, list[int]] = {}

    def take(v: Variable) -> None:
        found = free.get(v.dtype.itemsize)
        if found:
            place[v] = found.pop()
        else:
            place[v] = len(itemsizes)
            itemsizes.append(v.dtype.itemsize)

    for index, item in enumerate(group.work):
        read = list(dict.fromkeys(reads_of(item)))
        for v in read:
            if v in columns and v not in place:
                take(v)
        dying = [v for v in read if v in place and last[v] == index]
        if isinstance(item, Call) and item.way != "new" and item.out not in written:
            heir = next((v for v in dying if v.dtype == item.out.dtype and item.way == "out"), None)
            if heir is not None:
                place[item.out] = place[heir]
                dying.remove(heir)
            else:
                take(item.out)
        for v in dying:
            free.setdefault(v.dtype.itemsize, []).append(place[v])
        if isinstance(item, Call) and item.out in place and item.out not in last:
            free.setdefault(item.out.dtype.itemsize, []).append(place[item.out])
    return Buffers(place, itemsizes)
