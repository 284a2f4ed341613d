"""The rows of ``data/*.jsonl`` that a change makes new: those of its files, and those that say where something of them stands."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

import msgspec
from msgspec import structs

from ..atlas import Atlas
from ..facts import Facts, TestsFact
from ..output import Content, Writer
from ..outputs import Output, Task
from ..render.json import RECORDS, json_outputs
from ..splicing import Piece, Rows, mapped
from .changes import Changes

__all__ = ["DataFiles"]

_ENCODE, _ENCODE_LINES = msgspec.json.encode, msgspec.json.Encoder().encode_lines
_tests_of = msgspec.json.Decoder(TestsFact).decode
#: A file is made as a whole where the rows of more than such a part of all paths may be different, if these are many.
_MOST, _FEW = 4, 200


class DataFiles:
    """The files of rows, before and after a change.

    Parameters
    ----------
    found : Changes
        What may be different.
    root : Path
        The tree.
    writer : Writer
        Of the output.
    """

    def __init__(self, found: Changes, root: Path, writer: Writer) -> None:
        self._found, self._atlas, self._writer, self._root = found, found.book.atlas, writer, root
        self._facts = _FewFacts(self._atlas, root, found.book.anchors)

    def before(self, _paths: Iterable[str]) -> set[str]:
        """All that there were: what becomes of each is known when they are made."""
        return {_path_of(name) for name in RECORDS}

    def outputs(self) -> Iterator[Output]:
        """The files as they are."""
        found, atlas, facts = self._found, self._atlas, self._facts
        files, known = found.files, found.files | found.facts
        linked = {edge.source for path in files for edge in atlas.edges_to.get(path, ()) if edge.target_symbol >= 0}
        yield from self._rows("symbols", files, facts.symbols_in)
        yield from self._rows("edges", known | linked, facts.edges_in)
        yield from self._rows("files", known | found.handed | found.ranked(), lambda path: [facts.file(path)])
        yield from self._rows("missing", known, lambda path: map(facts.missing_fact, atlas.missing.get(path, ())))
        if self._is_few(known):
            yield Task((_path_of("tests"),), self._tests)
        else:
            yield self._whole("tests")

    def _is_few(self, paths: AbstractSet[str]) -> bool:
        return len(paths) <= max(len(self._atlas.files) // _MOST, _FEW)

    def _whole(self, name: str) -> Task:
        path, files = _path_of(name), len(self._atlas.files)
        make = dict(json_outputs(Facts(self._atlas, self._root, self._found.book.anchors)))[path]
        return Task((path,), lambda: iter([(path, make())]), worth=files // 8)

    def _rows(self, name: str, paths: set[str], rows_of: Callable[[str], Iterable[msgspec.Struct]]) -> Iterator[Task]:
        """A file, of which the rows of some paths may be different."""
        if not self._is_few(paths):
            yield self._whole(name)
            return
        there = self._atlas.files
        yield Task((_path_of(name),), lambda: self._made(name, {p: _ENCODE_LINES(rows_of(p)) if p in there else b"" for p in paths}))

    def _made(self, name: str, new: Mapping[str, bytes]) -> Iterator[tuple[str, Content | None]]:
        with self._writer.old(_path_of(name)) as file, mapped(file) as content:
            yield _path_of(name), spliced(Rows(content), new)

    def _tests(self) -> Iterator[tuple[str, Content | None]]:
        """Mentions in tests: of the files themselves, and of those whose names stand in a test that is one of them."""
        changed = {path for path in self._found.files if self._was_test(path)}
        with self._writer.old(_path_of("tests")) as file, mapped(file) as content:
            rows, old = Rows(content), dict[str, TestsFact]()
            paths = self._found.files | self._found.facts
            paths |= {path for test in changed for path in rows.naming(b'{"path":%b,' % _ENCODE(test))}
            for path in paths:
                start, end = rows.of(path)
                if start < end:
                    old[path] = _tests_of(content[start:end])
            tests = {path: self._atlas.tests[path] for path in paths if path in self._atlas.tests}
            asked = self._facts.asked
            for search in tests.values():
                for test, names in search.found:
                    if test in changed:  # what all rows ask of a test is found in one pass
                        asked.setdefault(test, set()).update(names)
            new = {path: self._test_row(path, old.get(path), changed) if path in tests else b"" for path in paths}
            yield _path_of("tests"), spliced(rows, new)

    def _was_test(self, path: str) -> bool:
        """Whether a file was a test, or is one."""
        old, now = self._found.old.get(path), self._atlas.files.get(path)
        return (old is not None and "test" in old.labels) or (now is not None and "test" in now.labels)

    def _test_row(self, path: str, row: TestsFact | None, changed: set[str]) -> bytes:
        """The row of a file; tests that were not changed are not read again."""
        if row is None:
            return _ENCODE_LINES([self._facts.tests_of(path)])
        search, lines = self._atlas.tests[path], self._atlas.files[path].scan.counts.lines
        known = {(m.path, m.names): m for m in row.tests if m.path not in changed}
        tests = tuple(known.get(found) or self._facts.mention(*found) for found in search.found)
        row = structs.replace(row, line=min(1, lines), end_line=lines, tests=tests, searched=search.searched, where=search.where)
        return _ENCODE_LINES([row])


def spliced(rows: Rows, new: Mapping[str, bytes]) -> list[Piece] | None:
    """What a file of rows is to have, where some paths have other rows; None where it is as it was."""
    content, pieces, at = rows.content, list[Piece](), 0
    for path in sorted(new, key=os.fsencode):
        start, end = rows.of(path)
        if content[start:end] != new[path]:
            pieces += [(at, start), new[path]]
            at = end
    return [*pieces, (at, len(content))] if pieces else None


def _path_of(name: str) -> str:
    return f"data/{name}.jsonl"


class _FewFacts(Facts):
    """Facts that are asked for of few files: what tests are asked for is told in `asked`."""

    def __init__(self, atlas: Atlas, root: Path, anchors: Callable[[str], list[str]]) -> None:
        super().__init__(atlas, root, anchors)
        self.asked: dict[str, set[str]] = {}

    @functools.cached_property
    def _wanted(self) -> Mapping[str, AbstractSet[str]]:
        return self.asked
