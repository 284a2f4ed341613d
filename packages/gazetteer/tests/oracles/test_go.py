"""Go held against go/parser."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gazetteer.model import Import
from oracles.comparing import HERE, Details, Fact, Oracle, Tally, corpus, hand_made, program


def imports(statement: Import) -> Iterator[tuple[Fact, Details]]:
    """An import; ``import . "path"`` takes all names."""
    yield (
        Fact("import:import", statement.target, statement.line),
        {"alias": statement.alias or ("." if any(n.name == "*" for n in statement.names) else "")},
    )


ORACLE = Oracle(
    "go/parser",
    command=lambda: [program("go", "Debian: golang-go"), "run", str(HERE / "go_oracle.go")],
    language=lambda _: "go",
    imports=imports,
)


def test_what_is_made_by_hand() -> None:
    ORACLE.compare(hand_made("go", ".go")).must_be_exact({})


@pytest.mark.oracle
def test_the_library_of_go(into_the_table: Callable[[str, Tally], None]) -> None:
    def own() -> Iterator[Path]:
        root = subprocess.run([program("go", "Debian: golang-go"), "env", "GOROOT"], check=True, capture_output=True, text=True).stdout
        yield Path(root.strip()) / "src"

    tally = ORACLE.compare(corpus(".go", own=own())[::8])
    into_the_table("Go", tally)
    tally.must_reach(99.99, 99.99, 10_000)
