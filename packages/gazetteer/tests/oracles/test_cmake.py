"""cmake-parser over files of CMake."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gazetteer.model import Import
from oracles.comparing import HERE, Details, Fact, Oracle, Tally, corpus, hand_made, package, whole_imports


def _command() -> list[str]:
    return [sys.executable, str(HERE / "cmake_oracle.py"), str(package("python/cmake_parser").parent)]


def _imports(statement: Import) -> Iterator[tuple[Fact, Details]]:
    """All but the files of targets, which are arguments like others to a parser."""
    if statement.kind != "sources":
        yield from whole_imports(statement)


CMAKE_PARSER = Oracle("cmake-parser", _command, lambda path: "cmake", imports=_imports)


def test_samples_and_tricky_files_are_read_exactly() -> None:  # check 7
    CMAKE_PARSER.compare(hand_made("cmake", "CMakeLists.txt")).must_be_exact({})


@pytest.mark.oracle
def test_over_a_real_corpus(into_the_table: Callable[[str, Tally], None]) -> None:
    tally = CMAKE_PARSER.compare(corpus("CMakeLists.txt", ".cmake", own=[*Path("/usr/share").glob("cmake*"), Path("/usr/lib/cmake")]))
    into_the_table("CMake", tally)
    tally.must_reach(recall=99.9, precision=99.9, facts=1000)
