"""PHP-Parser over PHP."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gazetteer.model import Import
from oracles.comparing import HERE, Answer, Details, Fact, Oracle, Tally, corpus, hand_made, package, whole_imports

_RESOURCES = "python/php_parser_py/_resources"
#: What is included may be a long expression, which Gazetteer cuts.
_SHOWN = 120


def _command() -> list[str]:
    php, parser = package(f"{_RESOURCES}/php"), package(f"{_RESOURCES}/php-parser.phar")
    return [str(php), str(HERE / "php_oracle.php"), str(parser)]


def _settle(theirs: Answer, ours: Answer) -> None:
    for answer in (theirs, ours):
        answer.found = [
            (fact._replace(name=fact.name[:_SHOWN]) if fact.kind.startswith("import:") else fact, details) for fact, details in answer.found
        ]
    for _, details in ours.found:
        if "parameters" in details:
            details["parameters"] = [name.lstrip("&.") for name in details["parameters"]]
            # Who may set a property is one for Gazetteer; `var` is how one says `public`.
            details["modifiers"] = [word for word in details["modifiers"] if not word.endswith("(set)") and word != "var"]


def _imports(statement: Import) -> Iterator[tuple[Fact, Details]]:
    """All but templates and settings, which are texts like others to a parser."""
    if statement.kind != "listed":
        yield from whole_imports(statement)


PHP_PARSER = Oracle("PHP-Parser", _command, lambda path: "php", settle=_settle, imports=_imports)


def test_samples_and_tricky_files_are_read_exactly() -> None:  # check 7
    PHP_PARSER.compare(hand_made("php", ".php")).must_be_exact({})


@pytest.mark.oracle
def test_over_a_real_corpus(tmp_path: Path, into_the_table: Callable[[str, Tally], None]) -> None:
    php, _, parser = _command()  # the parser's own sources, unless others are named
    subprocess.run([php, "-r", "(new Phar($argv[1]))->extractTo($argv[2]);", parser, str(tmp_path)], check=True)
    tally = PHP_PARSER.compare(corpus(".php", own=[tmp_path]))
    into_the_table("PHP", tally)
    tally.must_reach(recall=99.9, precision=99.8, facts=1000)
