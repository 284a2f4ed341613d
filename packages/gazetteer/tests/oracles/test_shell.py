"""mvdan-sh, the parser of shfmt, over shell scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from oracles.comparing import HERE, Answer, Oracle, Tally, corpus, hand_made, package, program


def _command() -> list[str]:
    node = program("node", "nodejs of a package manager, or nodejs.org")
    return [node, str(HERE / "shell_oracle.cjs"), str(package("node_modules/mvdan-sh"))]


def _settle(theirs: Answer, ours: Answer) -> None:
    """What is sourced counts by its line alone where its name is to be expanded: it is written as in the script, and theirs as ``?``."""
    for answer in (theirs, ours):
        answer.found = [
            (fact._replace(name="?") if fact.kind == "import:source" and set(fact.name) & set("$`(\"'\\*?") else fact, details)
            for fact, details in answer.found
        ]


MVDAN_SH = Oracle("mvdan-sh", _command, lambda path: "bash", settle=_settle)


#: What the grammar does not know: `coproc` and `time` before what is no command, two texts that begin in one line, of which it takes the
#: second for code.
KNOWN = {
    "everything.sh": [
        "missed variable in_coproc, line 61 to 61",
        "missed variable timed, line 62 to 62",
    ],
    "plain.sh": ["extra variable Q, line 44 to 44"],
}


def test_samples_and_tricky_files_are_read_exactly() -> None:  # check 7
    MVDAN_SH.compare(hand_made("bash", ".sh")).must_be_exact(KNOWN)


@pytest.mark.oracle
def test_over_a_real_corpus(into_the_table: Callable[[str, Tally], None]) -> None:
    tally = MVDAN_SH.compare(corpus(".sh", ".bash", own=[Path("/usr/share"), Path("/usr/lib"), Path("/etc")]))
    into_the_table("shell", tally)
    tally.must_reach(recall=99.5, precision=99.5, facts=200)
