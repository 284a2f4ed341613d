"""The rows of ``data/*.jsonl`` that a small change makes new: those of its files, and those that say where something of them stands."""

from __future__ import annotations

import functools
import mmap
import os
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import msgspec
from msgspec import structs

from .amend import Amended
from .atlas import Atlas
from .facts import Facts, TestsFact
from .output import Writer
from .splicing import Piece, Rows, mapped

__all__ = ["DataFiles"]

_ENCODE, _ENCODE_LINES = msgspec.json.encode, msgspec.json.Encoder().encode_lines
_tests_of = msgspec.json.Decoder(TestsFact).decode


class DataFiles:
    """The files of rows, before and after a change; they begin to be written at once.

    Parameters
    ----------
    found : Amended
        What the change reaches.
    root : Path
        The tree.
    writer : Writer
        Of the output.
    """

    def __init__(self, found: Amended, root: Path, writer: Writer) -> None:
        self._facts, self._atlas = _FewFacts(found.view.book.atlas, root), found.view.book.atlas
        self._writer, self._changed = writer, found.files
        self._mentioned = found.facts  # what tests are known of it may be others
        shown = {path for kind, path in found.pages if kind == "file"} | found.facts
        self._paths = set[str]()
        counted = found.files | found.facts | _ranked_anew(found)
        self._compare("files", {path: [self._facts.file(path)] for path in counted})
        self._compare("symbols", {path: self._facts.symbols_in(path) for path in found.files})
        self._compare("edges", {path: map(self._facts.edge, self._atlas.edges_from.get(path, ())) for path in shown})
        self._compare("missing", {p: map(self._facts.missing_fact, self._atlas.missing.get(p, ())) for p in found.files})
        self._compare_tests()

    def before(self, _paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that are not as they were."""
        return self._paths

    def write(self, _writer: Writer) -> None:
        """All is done when the writer has finished."""

    def _compare(self, name: str, made: Mapping[str, Iterable[msgspec.Struct]]) -> None:
        """See which rows are different."""
        path = f"data/{name}.jsonl"
        with self._writer.old(path) as file, mapped(file) as content:
            self._note(path, content, {p: _ENCODE_LINES(records) for p, records in made.items()})

    def _note(self, name: str, content: bytes | mmap.mmap, new: dict[str, bytes]) -> None:
        rows, pieces, at = Rows(content), list[Piece](), 0
        for path in sorted(new, key=os.fsencode):
            start, end = rows.of(path)
            if content[start:end] != new[path]:
                pieces += [(at, start), new[path]]
                at = end
        if pieces:
            self._paths.add(name)
            self._writer.splice(name, [*pieces, (at, len(content))])

    def _compare_tests(self) -> None:
        """The same of mentions in tests: of the files themselves, and of those whose names stand in a test that is one of them."""
        path, facts = "data/tests.jsonl", self._facts
        changed = {p for p in self._changed if "test" in self._atlas.files[p].labels}
        with self._writer.old(path) as file, mapped(file) as content:
            rows = Rows(content)
            others = {p for test in changed for p in rows.naming(b'{"path":%b,' % _ENCODE(test))}
            own, old = self._changed | self._mentioned, {}
            for one in others | own:
                start, end = rows.of(one)
                if start < end:
                    old[one] = _tests_of(content[start:end])
            for row in old.values():
                for mention in row.tests:
                    if mention.path in changed:  # what all rows ask of a test is found in one pass
                        facts.asked.setdefault(mention.path, set()).update(mention.names)
            new = {one: _ENCODE_LINES([self._anew(old[one], changed)]) for one in others - own if one in old}
            for one in own:
                new[one] = _ENCODE_LINES([self._own(one, old.get(one), changed)] if one in self._atlas.tests else [])
            self._note(path, content, new)

    def _anew(self, row: TestsFact, changed: set[str]) -> TestsFact:
        """A row with the lines on which names stand now in tests that were changed."""
        return structs.replace(row, tests=tuple(self._facts.mention(m.path, m.names) if m.path in changed else m for m in row.tests))

    def _own(self, path: str, row: TestsFact | None, changed: set[str]) -> TestsFact:
        """The row of a file that was changed itself; tests that were not are not read again."""
        if row is None:
            return self._facts.tests_of(path)
        search, lines = self._atlas.tests[path], self._atlas.files[path].scan.counts.lines
        known = {(m.path, m.names): m for m in row.tests if m.path not in changed}
        tests = tuple(known.get(found) or self._facts.mention(*found) for found in search.found)
        return structs.replace(row, line=min(1, lines), end_line=lines, tests=tests)


def _ranked_anew(found: Amended) -> set[str]:
    """The files whose rank is another, as far as it is said."""
    if found.reranked is None:
        return set()
    before, now = found.reranked.before, found.view.book.atlas.rank
    return {path for path, rank in now.items() if round(1_000_000 * rank) != round(1_000_000 * before[path])}


class _FewFacts(Facts):
    """Facts that are asked for of few files: what tests are asked for is told in `asked`."""

    def __init__(self, atlas: Atlas, root: Path) -> None:
        super().__init__(atlas, root)
        self.asked: dict[str, set[str]] = {}

    @functools.cached_property
    def _wanted(self) -> Mapping[str, AbstractSet[str]]:
        return self.asked
