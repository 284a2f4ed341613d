"""TypeScript's own parser over JavaScript and TypeScript."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from oracles.comparing import HERE, INSTALLED, Answer, Oracle, Tally, corpus, hand_made, package, program

_SCRIPTS = (".js", ".mjs", ".cjs", ".jsx")
_TYPED = (".ts", ".mts", ".cts", ".tsx")
#: The modifiers that both call the same; Gazetteer's further ones say what is exported, what is a generator, and the like.
_MODIFIERS = {"static", "async", "abstract", "readonly", "override", "declare", "accessor"}


def _command() -> list[str]:
    node = program("node", "nodejs of a package manager, or nodejs.org")
    return [node, str(HERE / "typescript_oracle.cjs"), str(package("node_modules/typescript"))]


def _language(path: Path) -> str:
    return "tsx" if path.suffix == ".tsx" else "typescript" if path.suffix in _TYPED else "javascript"


def _settle(theirs: Answer, ours: Answer) -> None:
    for _, details in ours.found:
        if "modifiers" in details:
            details["modifiers"] = [word for word in details["modifiers"] if word in _MODIFIERS]


TYPESCRIPT = Oracle("TypeScript", _command, _language, settle=_settle)


#: What the grammar reads otherwise, all of it words on a line of their own: modifiers are taken for fields, the name of an optional method
#: for a field before it, `let` for a name; and where a line end does end a statement, the grammar goes on. Decorators of JavaScript that
#: stand in parentheses are errors to it.
KNOWN = {
    "decorated.js": ["decorators of field A.#p, line 1 to 1: ['(foo.bar)'], found ['(foo.bar']"],
    "newer.mjs": ["decorators of field Modern.field, line 24 to 24: ['(a.b?.c)'], found ['(a.b']"],
    "laid_out.mjs": [
        "extra field Ünï.static, line 5 to 5",
        "first of field Ünï.multi, line 6 to 7: 5, found 6",
        "modifiers of field Ünï.multi, line 6 to 7: ['static'], found []",
    ],
    "laid_out.ts": [
        "missed field Ä.abstract, line 6 to 6",
        "extra method Ä.m, line 7 to 14",
        "missed method Ä.m, line 7 to 15",
        "extra field Ä.eight, line 21 to 21",
        "missed method Ä.eight, line 21 to 23",
        "missed variable l1, line 55 to 55",
        "missed variable l2, line 55 to 56",
        "first of class NotAbstract, line 58 to 58: 58, found 57",
        "modifiers of class NotAbstract, line 58 to 58: [], found ['abstract']",
        "first of constant edc, line 62 to 62: 61, found 62",
    ],
}


def _known(files: Sequence[Path]) -> dict[str, list[str]]:
    return {path.name: KNOWN[path.name] for path in files if path.name in KNOWN}


def test_samples_and_tricky_files_of_javascript_are_read_exactly() -> None:  # check 7
    files = hand_made("javascript", *_SCRIPTS)
    TYPESCRIPT.compare(files).must_be_exact(_known(files))


def test_samples_and_tricky_files_of_typescript_are_read_exactly() -> None:  # check 7
    files = hand_made("typescript", *_TYPED)
    TYPESCRIPT.compare(files).must_be_exact(_known(files))


#: npm with its packages stands beside node, and TypeScript's own files in what `make oracles` has installed.
_HERE = [Path("/usr/lib/node_modules"), Path("/usr/local/lib/node_modules"), INSTALLED / "node_modules"]


@pytest.mark.oracle
def test_javascript_over_a_real_corpus(into_the_table: Callable[[str, Tally], None]) -> None:
    tally = TYPESCRIPT.compare(corpus(*_SCRIPTS, own=_HERE)[::3])
    into_the_table("JavaScript", tally)
    tally.must_reach(recall=99.9, precision=99.9, facts=1000)


@pytest.mark.oracle
def test_typescript_over_a_real_corpus(into_the_table: Callable[[str, Tally], None]) -> None:
    tally = TYPESCRIPT.compare(corpus(*_TYPED, own=_HERE)[::2])
    into_the_table("TypeScript", tally)
    tally.must_reach(recall=99.9, precision=99.9, facts=1000)
