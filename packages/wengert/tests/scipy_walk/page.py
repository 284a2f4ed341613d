"""The page about SciPy: what the walk finds, written into it and read from it again."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from importlib.metadata import version
from pathlib import Path

from .rows import OPERANDS, Row, rows
from .walk import NEEDS, STATES, TABLES, Found

PAGE = Path(__file__).parent.parent.parent / "docs" / "scipy.md"
MARK = "<!-- walk -->"
LIBRARIES = ("scipy", "scikit-learn", "xarray", "einops", "opt_einsum")
LINE = re.compile(r"^\| `(?P<call>.*)` \| (?P<state>[a-zA-Z, ]*) \| (?P<reason>.*) \|$", re.MULTILINE)

LETTERS = """\
The letters in the calls are Tensors. Those of floating-point numbers require grad; `xp` is `wengert`, `rng` a random generator of
NumPy, and `grid(X)` an `xarray.DataArray` over `X` with coordinates."""


def all_rows() -> dict[str, list[Row]]:
    """Every call of every table."""
    return {table: rows(importlib.import_module(f"scipy_walk.{table}").CALLS) for table in TABLES}


def walked_calls(calls: list[str]) -> dict[str, Found]:
    """What becomes of these calls, in an interpreter of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "scipy_walk.walk"],
        input=json.dumps(calls),
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
        cwd=Path(__file__).parent.parent,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return {call: Found(*found) for call, found in json.loads(done.stdout).items()}


@cache
def walked(table: str) -> dict[str, Found]:
    """What becomes of the calls of a table."""
    return walked_calls([row.text for row in all_rows()[table]])


@cache
def on_page() -> dict[str, Found]:
    """What the page says of each call."""
    found = {}
    for line in LINE.finditer(PAGE.read_text(encoding="utf-8")):
        found[line["call"].replace("\\|", "|")] = Found(line["state"], line["reason"])
    return found


def versions() -> str:
    """The libraries that are installed, as the page names them."""
    return ", ".join(f"{name} {version(name)}" for name in LIBRARIES)


@cache
def same_release(table: str) -> bool:
    """Whether the page was made with these versions of what the table calls, up to releases that only mend."""
    said = PAGE.read_text(encoding="utf-8")
    return all(f"{name} {'.'.join(version(name).split('.')[:2])}." in said for name in ("scipy", *NEEDS.get(table, {}).values()))


def render() -> str:
    """The part of the page that the walk writes."""
    found = {table: walked(table) for table in TABLES}
    counts = {table: Counter(each.state for each in states.values()) for table, states in found.items()}
    total = Counter(each.state for states in found.values() for each in states.values())
    header = ["| | calls | " + " | ".join(STATES) + " |", "|---|" + "---:|" * (len(STATES) + 1)]
    lines = [
        f"| [{title}](#{anchor(t)}) | {len(found[t])} | {' | '.join(str(counts[t][s] or '') for s in STATES)} |"
        for t, title in TABLES.items()
    ]
    last = f"| **all** | **{total.total()}** | {' | '.join(f'**{total[s]}**' for s in STATES)} |"
    states = "\n".join(f"* **{state}**: {text}." for state, text in STATES.items())
    letters = "\n".join(f"* {', '.join(f'`{n}`' for n in names)}: {text}." for text, names in by_text().items())
    parts = [
        f"Walked through with {versions()}:",
        "\n".join([*header, *lines, last]),
        states,
        LETTERS,
        letters,
        *(section(table, states) for table, states in found.items()),
    ]
    return "\n\n".join(parts) + "\n"


def by_text() -> dict[str, list[str]]:
    """From what is said of operands to their letters."""
    found: dict[str, list[str]] = {}
    for letter, (text, _) in OPERANDS.items():
        found.setdefault(text, []).append(letter)
    return found


def section(table: str, states: dict[str, Found]) -> str:
    """The table of one part of the library."""
    lines = [f"| `{escaped(call)}` | {each.state} | {escaped(each.reason)} |" for call, each in states.items()]
    return "\n".join([f"### {TABLES[table]}", "", "| call | | |", "|---|---|---|", *lines])


def anchor(table: str) -> str:
    return re.sub(r"[^\w -]", "", TABLES[table]).lower().replace(" ", "-")


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def with_walk(text: str) -> str:
    """The page, with what the walk finds."""
    return f"{text[: text.index(MARK)]}{MARK}\n\n{render()}"
