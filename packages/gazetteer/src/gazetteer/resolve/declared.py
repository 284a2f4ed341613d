"""What files of the tree declare of others: owners by patterns, the licence of a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..atlas import Declared
from ..gather import SourceFile

if TYPE_CHECKING:
    from ..patterns import PathPattern

__all__ = ["licences", "owners"]

#: Where GitHub and GitLab look for owners, in their order; the first is the one that counts.
_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


#: A pattern, the owners of what it matches, and its line.
_Rule = tuple["PathPattern", str, int]


def owners(files: Mapping[str, SourceFile]) -> dict[str, Declared]:
    """The owners of each file that has some: those of the last pattern that matches it, which may be none."""
    where = next((path for path in _CODEOWNERS if path in files and files[path].has_record), None)
    record = files[where].record if where is not None else None
    if where is None or record is None:
        return {}
    from ..patterns import PathPattern

    rules = _Rules((PathPattern(pattern), names, line) for pattern, names, line in reversed(record.values))
    found = {}
    for path, file in files.items():
        for pattern, names, line in rules.of(path.rpartition("/")[0]) if file.has_record else ():
            if pattern.literal in path and pattern.search(path) is not None:
                if names:
                    found[path] = Declared(names, where, line)
                break
    return found


class _Rules:
    """Who owns what: patterns with owners and lines, the one that counts most first.

    A large tree has thousands of them, most for a folder each: a file is asked of those alone that can match anything in its folder.
    """

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._rules = list(rules)
        #: Of each folder, the numbers of rules that can match a file right in it, and of those for a folder in it, by its name.
        self._known: dict[str, tuple[list[int], dict[str, list[int]]]] = {}

    def of(self, folder: str) -> Iterator[_Rule]:
        """Those that can match a file right in a folder."""
        return map(self._rules.__getitem__, self._sorted_out(folder)[0])

    def _sorted_out(self, folder: str) -> tuple[list[int], dict[str, list[int]]]:
        known = self._known.get(folder)
        if known is None:
            here, below = list[int](), dict[str, list[int]]()
            start = len(folder) + 1 if folder else 0
            for number in self._around(folder):
                prefix = self._rules[number][0].prefix
                end = prefix.find("/", start)
                if end < 0:
                    here.append(number)
                else:
                    below.setdefault(prefix[start:end], []).append(number)
            known = self._known[folder] = here, below
        return known

    def _around(self, folder: str) -> Iterable[int]:
        """The numbers of those that can match anything in a folder or below it."""
        if not folder:
            return range(len(self._rules))
        above, _, name = folder.rpartition("/")
        here, below = self._sorted_out(above)
        return sorted(here + below[name]) if name in below else here


#: The file that says it for a folder; others beside it have a part of what it says (`LICENSE.APACHE`), or speak of a part of the folder.
_MAIN_LICENCE = re.compile(r"(?:LICEN[CS]E|COPYING|UNLICENSE)(?:\.(?:txt|md|rst))?", re.IGNORECASE)


def licences(files: Mapping[str, SourceFile]) -> dict[str, Declared]:
    """The licence of each folder whose licence file is known by its words; none where there are several that are not one licence."""
    texts: dict[str, list[str]] = {}
    for path in sorted(path for path, file in files.items() if file.language == "license"):
        texts.setdefault(path.rpartition("/")[0], []).append(path)
    found = dict[str, Declared]()
    for folder, paths in texts.items():
        main = [path for path in paths if _MAIN_LICENCE.fullmatch(path.rpartition("/")[2])] or paths
        records = [record for path in main if (record := files[path].record) is not None]
        if len({record.license for record in records}) == 1 and records[0].license:
            found[folder] = Declared(records[0].license, main[0], records[0].license_line)
    return found
