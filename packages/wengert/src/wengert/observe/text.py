"""Tables as plain text, and what a line of one calls a tensor, a place or a number of bytes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..autograd.node import Node
from ..autograd.origins import Origin
from ..autograd.tensor import Tensor

__all__ = ["clipped", "columns", "counted", "describe", "kind_and_shape", "line_of", "size_of"]


def columns(rows: Sequence[Sequence[str]]) -> str:
    """One line for each row, its cells as wide as the widest of their column.

    Examples
    --------
    >>> print(columns([("name", "count"), ("a longer one", "2")]))
    name          count
    a longer one  2
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in rows)


def describe(target: Any) -> str:
    """What a hook is on: a tensor by its name or its place in the graph, a node by its name."""
    if isinstance(target, Tensor):
        where = "leaf" if target.is_leaf else f"output {target.output_nr} of {target.grad_fn.name()}"  # type: ignore[union-attr]
        name = target._extra.name if target._extra is not None else None
        return f"{name or where} {list(target.shape)}"
    if isinstance(target, Node):
        return target.name()
    return "(gone)" if target is None else type(target).__name__


def line_of(origin: Origin | None) -> str:
    """A line of the user's program, its file without the folder."""
    return "" if origin is None else f"{Path(origin.filename).name}:{origin.line}"


def kind_and_shape(tensor: Any) -> str:
    """The dtype and shape of an array or a tensor; ``None`` of None.

    Examples
    --------
    >>> import wengert as wg
    >>> kind_and_shape(wg.zeros((2, 3)))
    'float64 [2, 3]'
    """
    return "None" if tensor is None else f"{tensor.dtype} {list(tensor.shape)}"


def clipped(value: Any, width: int = 60) -> str:
    """The ``repr`` of a value on one line, not longer than `width`."""
    text = " ".join(repr(value).split())
    return text if len(text) <= width else text[: width - 3] + "..."


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number of things.

    Examples
    --------
    >>> counted(1, "leaf", "leaves"), counted(2, "array")
    ('1 leaf', '2 arrays')
    """
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def size_of(count: int) -> str:
    """A number of bytes for people.

    Examples
    --------
    >>> size_of(16), size_of(2_500_000)
    ('16 B', '2.5 MB')
    """
    step = 0 if count < 1000 else min(int(math.log10(count)) // 3, 4)
    return f"{count} B" if not step else f"{count / 1000**step:.1f} {('kB', 'MB', 'GB', 'TB')[step - 1]}"
