"""Kotlin held against the parser of its compiler."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from oracles import jvm
from oracles.comparing import Oracle, Tally, corpus, hand_made, package, without_comments

_LIBRARIES = ("kotlin-compiler", "kotlin-stdlib", "kotlin-script-runtime", "kotlin-reflect", "kotlinx-coroutines-core-jvm")


def command() -> list[str]:
    """The dumper with the libraries of the compiler."""
    where = package("node_modules/kotlin-compiler/lib")
    return jvm.dumper("KotlinOracle.java", ["-cp", os.pathsep.join(f"{where / name}.jar" for name in _LIBRARIES)])


ORACLE = Oracle("Kotlin's compiler", command=command, language=lambda _: "kotlin", imports=jvm.imports, settle=without_comments)


def test_what_is_made_by_hand() -> None:
    ORACLE.compare(hand_made("kotlin", ".kt", ".kts")).must_be_exact({})


def sources(where: Path) -> Iterator[Path]:
    """The sources of the library that comes with the compiler, taken out of their archives."""
    for archive in sorted(package("node_modules/kotlin-compiler/lib").glob("kotlin-*-sources.jar")):
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(where / archive.stem)
    yield where


@pytest.mark.oracle
def test_the_library_of_kotlin(tmp_path: Path, into_the_table: Callable[[str, Tally], None]) -> None:
    tally = ORACLE.compare(corpus(".kt", ".kts", own=sources(tmp_path))[::4])
    into_the_table("Kotlin", tally)
    tally.must_reach(99.8, 99.9, 3_000)
