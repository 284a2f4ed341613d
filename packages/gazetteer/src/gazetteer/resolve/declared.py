"""What files of the tree declare of others: owners by patterns, the licence of a folder."""

from __future__ import annotations

import re
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
