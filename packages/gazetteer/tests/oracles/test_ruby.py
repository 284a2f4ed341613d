"""Prism, Ruby's own parser, over Ruby."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from oracles.comparing import HERE, Oracle, Tally, corpus, hand_made, package, program


def _command() -> list[str]:
    node = program("node", "nodejs of a package manager, or nodejs.org")
    return [node, "--no-warnings", str(HERE / "prism_oracle.mjs"), str(package("node_modules/@ruby/prism"))]


PRISM = Oracle("Prism", _command, lambda path: "ruby")


def test_samples_and_tricky_files_are_read_exactly() -> None:  # check 7
    PRISM.compare(hand_made("ruby", ".rb")).must_be_exact({})


def _library() -> list[Path]:
    ruby = shutil.which("ruby")
    said = (
        subprocess.run([ruby, "-e", 'print RbConfig::CONFIG["rubylibdir"]'], capture_output=True, text=True, check=True) if ruby else None
    )
    return [Path(said.stdout)] if said is not None else []


@pytest.mark.oracle
def test_over_a_real_corpus(into_the_table: Callable[[str, Tally], None]) -> None:
    tally = PRISM.compare(corpus(".rb", own=_library()))
    into_the_table("Ruby", tally)
    tally.must_reach(recall=99.9, precision=99.9, facts=1000)
