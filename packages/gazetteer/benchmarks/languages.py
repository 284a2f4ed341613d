"""What each language costs files that are not of it: ``python -m benchmarks.languages``.

The same files are told their language and read, once with the language in the table and once without it, in turns in one process, and
the least times are compared. A file of the language itself counts in neither.
"""

from __future__ import annotations

import gc
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from gazetteer.classify import language_of
from gazetteer.extract import extract, scan
from gazetteer.lang.table import BY_FILE_NAME, BY_NAME, BY_SHEBANG, BY_SUFFIX
from gazetteer.model import Scan

#: The goal: a language that is added costs other files no more than this.
GOAL = 0.05


@contextmanager
def without(name: str) -> Iterator[None]:
    """The table without a language."""
    tables = [BY_NAME, BY_SUFFIX, BY_FILE_NAME, BY_SHEBANG]
    kept = [dict(table) for table in tables]
    for table in tables:
        for key in [key for key, language in table.items() if language.name == name]:
            del table[key]
    try:
        yield
    finally:
        for table, before in zip(tables, kept, strict=True):
            table.clear()
            table.update(before)


def told(path: str, scanned: Scan) -> str:
    """The language of a file; headers are taken for C++."""
    language = language_of(path, scanned)
    return "cpp" if language == "c-or-cpp" else language


def read_all(files: list[tuple[str, bytes]]) -> float:
    """Scan, classify and extract; the processor's time."""
    gc.collect()
    begun = time.process_time()
    for path, content in files:
        scanned = scan(content)
        if scanned.content == "text":
            extract(content, told(path, scanned), scanned.counts)
    return time.process_time() - begun


def cost(name: str, files: list[tuple[str, bytes]], rounds: int) -> tuple[float, float]:
    """The least times with a language and without it, over the files that are not of it."""
    others = [(path, content) for path, content in files if told(path, scan(content)) != name]
    there, gone = list[float](), list[float]()
    for _ in range(rounds):
        there.append(read_all(others))
        with without(name):
            gone.append(read_all(others))
    return min(there), min(gone)


@click.command()
@click.option(
    "--tree",
    type=click.Path(path_type=Path, exists=True),
    default=None,
    help="Read from; the standard library and Python's headers by default.",
)
@click.option("--files", "count", default=120, show_default=True, help="So many files, spread over the tree.")
@click.option("--rounds", default=5, show_default=True)
@click.option("--language", "names", multiple=True, help="Only these; by default each that has a walker.")
def main(tree: Path | None, count: int, rounds: int, names: tuple[str, ...]) -> None:
    """Measure what languages cost files of others."""
    paths = sysconfig.get_paths()
    roots = [tree] if tree is not None else [Path(paths["stdlib"]), Path(paths["include"])]
    found = sorted(
        p for root in roots for p in root.rglob("*") if p.is_file() and p.suffix in (".py", ".h", ".hpp", ".cpp", ".cc", ".c", ".cu")
    )
    chosen = found[:: max(len(found) // count, 1)][:count]
    files = [(path.name, path.read_bytes()) for path in chosen]
    read_all(files)  # imports and patterns are made once
    table = Table("Language", "With it (s)", "Without it (s)", "Cost")
    most = 0.0
    for name in names or sorted(name for name, language in BY_NAME.items() if language.walker):
        there, gone = cost(name, files, rounds)
        most = max(most, there / gone - 1)
        table.add_row(name, f"{there:.3f}", f"{gone:.3f}", f"{there / gone - 1:+.1%}")
    Console().print(table)
    Console().print(f"{len(files)} files, {sum(len(c) for _, c in files):,} bytes; the most that one costs: {most:+.1%} (goal {GOAL:+.0%})")


if __name__ == "__main__":
    main()
