"""What files of the tree declare of others: owners by patterns, the licence of a folder."""

from __future__ import annotations

from collections.abc import Mapping

from ..atlas import Declared
from ..gather import SourceFile

__all__ = ["licences", "owners"]

#: Where GitHub and GitLab look for owners, in their order; the first is the one that counts.
_CODEOWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")


def owners(files: Mapping[str, SourceFile]) -> dict[str, Declared]:
    """The owners of each file that has some: those of the last pattern that matches it, which may be none."""
    where = next((path for path in _CODEOWNERS if path in files and files[path].has_record), None)
    record = files[where].record if where is not None else None
    if where is None or record is None:
        return {}
    from ..patterns import PathPattern

    rules = [(PathPattern(pattern), names, line) for pattern, names, line in reversed(record.values)]
    found = {}
    for path, file in files.items():
        for pattern, names, line in rules if file.has_record else ():
            if pattern.literal in path and pattern.search(path) is not None:
                if names:
                    found[path] = Declared(names, where, line)
                break
    return found


def licences(files: Mapping[str, SourceFile]) -> dict[str, Declared]:
    """The licence of each folder with a licence file that is known by its words; of the first by name where there are several."""
    found = dict[str, Declared]()
    for path in sorted(path for path, file in files.items() if file.language == "license"):
        record = files[path].record
        if record is not None and record.license:
            found.setdefault(path.rpartition("/")[0], Declared(record.license, path, 1))
    return found
