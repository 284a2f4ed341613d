"""Which tests mention the names that a changed file defines, and which names a changed test mentions: brought up to date."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from ..atlas import TestSearch
from ..gather import SourceFile
from ..model import FileRecord
from ..resolve.mentions import COMMON, SHORTEST, TELLING_WORDS, is_meant, is_searched, telling_names
from .view import View

__all__ = ["Mentions"]


class Mentions:
    """Of each name the few files that define it, and of each of these the tests that mention it.

    Parameters
    ----------
    view : View
        The kept tree.
    scans : dict of bytes to bytes
        By hash, those of files that were changed: the store does not have them yet.
    put : callable
        Called with a path and what was found for it, where that is another than before.
    """

    def __init__(self, view: View, scans: dict[bytes, bytes], put: Callable[[str, TestSearch], None]) -> None:
        self._view, self._scans, self._put = view, scans, put

    def change(self, old: SourceFile, new: SourceFile) -> None:
        """Bring up to date what a change of one file makes different; the atlas may have it as it was, or as it is."""
        before, after = _defined(old), _defined(new)
        for name in sorted(before ^ after):
            self._defined_anew(name, new.path, name in before, name in after)
        if is_searched(new):
            was, now = (set(file.identifiers.split(" ")) for file in (old, new))
            for word in sorted(was ^ now):
                owners = self._owners(word, new.path) if len(word) >= SHORTEST else []
                if len(owners) <= COMMON:
                    self._note(owners, word, [new.path], word in now)

    def _defined_anew(self, name: str, path: str, was: bool, now: bool) -> None:
        """Bring up to date who has the mentions of a name that a file defines, or did."""
        others = self._owners(name, path)
        before, after = ([*others, path] if is_here else others for is_here in (was, now))
        had = set(before) if len(before) <= COMMON else set[str]()
        have = set(after) if len(after) <= COMMON else set[str]()
        if had != have:
            tests = self._mentioning(name)
            self._note(sorted(have - had), name, tests, True)
            self._note(sorted(had - have), name, tests, False)

    def _owners(self, name: str, besides: str) -> list[str]:
        """The other files that define a name that tells something, and that are no tests."""
        files = self._view.book.atlas.files
        found = {p.path for p in self._view.places(name) if p.name == name and p.path != besides and p.kind in TELLING_WORDS}
        return sorted(path for path in found if "test" not in files[path].labels)

    def _note(self, paths: list[str], name: str, tests: list[str], is_so: bool) -> None:
        """Note that tests mention a name of files, or do not any more."""
        files = self._view.book.atlas.files
        for path in paths if tests else ():
            search = self._view.facts[path].tests
            if search is None:
                continue
            found = {test: set(names) for test, names in search.found}
            for test in tests:
                if is_so and is_meant(name, files[path].language, files[test].language):
                    found.setdefault(test, set()).add(name)
                elif not is_so:
                    found.get(test, set()).discard(name)
            ordered = [(test, tuple(sorted(names))) for test, names in found.items() if names]
            ordered.sort(key=lambda item: (-len(item[1]), item[0]))
            if tuple(ordered) != search.found:
                self._put(path, TestSearch(tuple(ordered), search.searched, search.where))

    def _mentioning(self, name: str) -> list[str]:
        """The tests that mention a name."""
        word = name.encode()
        return [file.path for file, scan in self._tests if word in scan and name in file.identifiers.split(" ")]

    @cached_property
    def _tests(self) -> list[tuple[SourceFile, bytes]]:
        """The tests in which names are looked for, with their scans, as the store has them."""
        tests = list(self._searched())
        scans = dict(self._view.store.values("scans", sorted({file.hash for file in tests})))
        scans.update(self._scans)
        return [(file, scans.get(file.hash, b"")) for file in tests]

    def _searched(self) -> Iterator[SourceFile]:
        for file, brief in self._view.book.in_short():
            if brief.searched:
                yield file


def _defined(file: SourceFile) -> set[str]:
    """The names that a file defines and that tests are searched for."""
    record: FileRecord | None = file.record
    return telling_names(record.symbols) if record is not None and "test" not in file.labels else set()
