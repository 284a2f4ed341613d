"""Rows, their verdicts, and how they are printed."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from typing import Any

from .peers import TITLES
from .timing import Timing

__all__ = ["Row", "as_json", "print_rows"]

_UNITS = {"ns": 1e9, "µs": 1e6, "ms": 1e3, "s": 1.0, "MB": 1e-6, "times": 1.0}


@dataclass
class Row:
    """One line of the table.

    Attributes
    ----------
    title : str
        What was measured.
    unit : str
        ``"ns"``, ``"µs"``, ``"ms"``, ``"s"`` or ``"MB"``.
    cells : dict
        A `Timing` for each library that took part, in seconds or bytes.
    goal : float or None
        The largest ratio Wengert ÷ `against` that is good enough.
    against : str
        The column that Wengert is divided by.
    limit : float or None
        The largest value that is good enough, in `unit`, where the goal is not a ratio.
    spent : str
        On what the time goes: measured, for rows that miss their goal.
    """

    title: str
    unit: str
    cells: dict[str, Timing] = field(default_factory=dict)
    goal: float | None = None
    against: str = "torch"
    limit: float | None = None
    spent: str = ""

    def ratio(self, what: str = "best") -> float | None:
        """Wengert's time divided by the other's."""
        if "wengert" not in self.cells or self.against not in self.cells:
            return None
        return getattr(self.cells["wengert"], what) / getattr(self.cells[self.against], what)

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one, or when there was nothing to compare with."""
        if self.limit is not None:
            return self.cells["wengert"].best * _UNITS[self.unit] <= self.limit
        ratio = self.ratio()
        return None if self.goal is None or ratio is None else round(ratio, 2) <= self.goal  # as it is printed

    def texts(self) -> list[str]:
        """The cells as text, in the order of `_HEADINGS`."""
        values = [self._value(name) for name in TITLES]
        goal = "" if self.goal is None else f"≤ {self.goal:g}"
        if self.limit is not None:
            goal = f"≤ {self.limit:g} {self.unit}"
        verdict = {True: "yes", False: "NO", None: ""}[self.met]
        return [f"{self.title} [{self.unit}]", *values, _ratio(self.ratio()), _ratio(self.ratio("median")), goal, verdict]

    def _value(self, name: str) -> str:
        if name not in self.cells:
            return ""
        value = self.cells[name].best * _UNITS[self.unit]
        return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


_HEADINGS = ["", *TITLES.values(), "÷ best", "÷ median", "goal", "met"]


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def as_json(rows: list[Row]) -> list[dict[str, Any]]:
    """The rows for a program to read: best and median in the row's unit."""
    return [
        {
            "title": row.title,
            "unit": row.unit,
            "libraries": {
                name: {"best": t.best * _UNITS[row.unit], "median": t.median * _UNITS[row.unit], "samples": len(t.samples)}
                for name, t in row.cells.items()
            },
            "against": row.against,
            "ratio_best": row.ratio(),
            "ratio_median": row.ratio("median"),
            "goal": row.goal,
            "limit": row.limit,
            "met": row.met,
            "spent": row.spent,
        }
        for row in rows
    ]


def print_rows(rows: list[Row]) -> None:
    """Print the table, and under it where the time of each missed row goes."""
    body = [row.texts() for row in rows]
    if importlib.util.find_spec("rich") is not None:
        _print_rich(body)
    else:
        _print_plain(body)
    missed = [row for row in rows if row.spent]
    if missed:
        print("\nWhere the time goes, in rows that miss their goal (measured, shares of Wengert's time):")
    for row in missed:
        print(f"- {row.title}: {row.spent}")
    judged = [row.met for row in rows if row.met is not None]
    print(f"\n{sum(judged)} of {len(judged)} goals met.")


def _print_rich(body: list[list[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(_HEADINGS):
        table.add_column(heading, justify="left" if number == 0 else "right", no_wrap=number > 0)
    for texts in body:
        style = {"NO": "red", "yes": "green"}.get(texts[-1], "")
        table.add_row(*map(escape, texts[:-1]), f"[{style}]{texts[-1]}[/{style}]" if style else "")
    # Into a pipe, which Rich takes to be 80 columns wide, the table goes whole.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


def _print_plain(body: list[list[str]]) -> None:
    lines = [_HEADINGS, *body]
    widths = [max(len(line[i]) for line in lines) for i in range(len(_HEADINGS))]
    for line in lines:
        print("  ".join(text.ljust(w) if i == 0 else text.rjust(w) for i, (text, w) in enumerate(zip(line, widths, strict=True))))
