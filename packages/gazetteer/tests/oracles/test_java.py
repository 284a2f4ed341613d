"""Java held against javac."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oracles import jvm
from oracles.comparing import Oracle, Tally, corpus, hand_made, without_comments

_EXPORTS = [f"--add-exports=jdk.compiler/com.sun.tools.javac.{package}=ALL-UNNAMED" for package in ("code", "tree", "util")]

ORACLE = Oracle(
    "javac",
    command=lambda: jvm.dumper("JavaOracle.java", _EXPORTS),
    language=lambda _: "java",
    imports=jvm.imports,
    settle=without_comments,
)


def test_what_is_made_by_hand() -> None:
    ORACLE.compare(hand_made("java", ".java")).must_be_exact({})


def sources(where: Path) -> Iterator[Path]:
    """The sources that come with the JDK, taken out of their archive."""
    with zipfile.ZipFile(jvm.newest() / "lib/src.zip") as archive:
        archive.extractall(where, [name for name in archive.namelist()[::40] if name.endswith(".java")])
    yield where


@pytest.mark.oracle
def test_the_sources_of_the_jdk(tmp_path: Path, into_the_table: Callable[[str, Tally], None]) -> None:
    tally = ORACLE.compare(corpus(".java", own=sources(tmp_path)))
    into_the_table("Java", tally)
    tally.must_reach(99.98, 99.98, 5_000)
