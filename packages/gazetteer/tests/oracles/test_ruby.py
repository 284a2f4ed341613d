"""Prism, Ruby's own parser, over Ruby."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from oracles.comparing import HERE, Answer, Oracle, Tally, corpus, hand_made, package, program


def _command() -> list[str]:
    node = program("node", "nodejs of a package manager, or nodejs.org")
    return [node, "--no-warnings", str(HERE / "prism_oracle.mjs"), str(package("node_modules/@ruby/prism"))]


def _settle(theirs: Answer, ours: Answer) -> None:
    ours.found[:] = [found for found in ours.found if found[0].kind != "target"]  # calls of Rake, which are none of the language
    ours.found[:] = [found for found in ours.found if found[0].kind != "import:listed"]  # calls of Rails
    for _fact, details in theirs.found:
        if re.search(r"#(?!\{)", details.get("value", "")):  # a comment, it may be, of which Gazetteer shows none
            del details["value"]


PRISM = Oracle("Prism", _command, lambda path: "ruby", settle=_settle)
#: The grammar takes a pattern behind a value for a part of that.
KNOWN = {"newer.rb": ["value of constant Config::STATES, line 47 to 47: 'Set[1, 2].freeze', found 'Set[1, 2].freeze => frozen'"]}


def test_samples_and_tricky_files_are_read_exactly() -> None:  # check 7
    PRISM.compare(hand_made("ruby", ".rb")).must_be_exact(KNOWN)


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
