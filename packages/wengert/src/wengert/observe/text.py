"""Tables as plain text."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["columns"]


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
