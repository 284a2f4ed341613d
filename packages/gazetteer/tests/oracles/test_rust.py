"""Rust held against rustc's parser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gazetteer.model import Import
from oracles.comparing import HERE, Details, Fact, Oracle, Tally, corpus, hand_made, plain, program

#: So many files are compared: each takes a run of rustc.
MOST = 200


def command() -> list[str]:
    """The dumper, which runs rustc."""
    program("rustc", "Debian: rustc, or rustup")
    return [sys.executable, str(HERE / "rustc_oracle.py")]


def imports(statement: Import) -> Iterator[tuple[Fact, Details]]:
    """Each name that a ``use`` brings in; a crate; the file of a module."""
    kind = "use" if statement.kind == "export" else statement.kind
    if kind != "use" or not statement.names:
        yield Fact(f"import:{kind}", plain(statement.target), statement.line), {"alias": statement.alias}
    for name in statement.names:
        yield Fact("import:use", plain("::".join(filter(None, (statement.target, name.name)))), statement.line), {"alias": name.alias}


ORACLE = Oracle("rustc", command=command, language=lambda _: "rust", imports=imports)


def test_what_is_made_by_hand() -> None:
    ORACLE.compare(hand_made("rust", ".rs")).must_be_exact({})


def own() -> Iterator[Path]:
    """Where sources may be: the library of Rust, crates that Cargo or Debian keep."""
    root = subprocess.run([program("rustc", "Debian: rustc, or rustup"), "--print", "sysroot"], check=True, capture_output=True, text=True)
    yield Path(root.stdout.strip()) / "lib/rustlib/src"
    yield Path.home() / ".cargo/registry/src"
    yield Path("/usr/share/cargo/registry")


@pytest.mark.oracle
def test_crates(into_the_table: Callable[[str, Tally], None]) -> None:
    files = corpus(".rs", own=own())
    tally = ORACLE.compare(files[:: len(files) // MOST + 1])
    into_the_table("Rust", tally)
    tally.must_reach(99.95, 99.95, 500)
