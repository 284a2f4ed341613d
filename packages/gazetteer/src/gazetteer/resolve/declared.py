"""What files of the tree declare of others: owners by patterns, the licence of a folder."""

from __future__ import annotations

from collections.abc import Mapping

from ..atlas import Declared
from ..model import FileRecord

__all__ = ["licences", "owners"]

#: Where GitHub and GitLab look for owners, in their order; the first is the one that counts.
_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def owners(records: Mapping[str, FileRecord]) -> dict[str, Declared]:
    """The owners of each file that has some: those of the last pattern that matches it, which may be none."""
    where = next((path for path in _CODEOWNERS if path in records), None)
    if where is None:
        return {}
    from ..patterns import PathPattern

    rules = [(PathPattern(pattern), names, line) for pattern, names, line in reversed(records[where].values)]
    found = {}
    for path in records:
        for pattern, names, line in rules:
            if pattern.literal in path and pattern.search(path) is not None:
                if names:
                    found[path] = Declared(names, where, line)
                break
    return found


def licences(records: Mapping[str, FileRecord]) -> dict[str, Declared]:
    """The licence of each folder with a licence file that is known by its words; of the first by name where there are several."""
    found = dict[str, Declared]()
    for path, record in sorted(records.items()):
        if record.language == "license" and record.license:
            found.setdefault(path.rpartition("/")[0], Declared(record.license, path, 1))
    return found
