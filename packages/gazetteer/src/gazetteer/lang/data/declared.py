"""Small files that declare something of others: owners, attributes, licences."""

from __future__ import annotations

import re
from typing import NamedTuple

from ...model import Import
from ..base import MAX_VALUE, Walk, one_line

__all__ = ["licence_of", "walk_codeowners", "walk_gitattributes", "walk_license", "walk_solution"]


def walk_codeowners(walk: Walk) -> None:
    """Patterns with their owners, in the order of the file: the last that matches counts."""
    for number, line in enumerate(walk.decoded.split("\n"), 1):
        words = re.sub(r"(?:^|(?<=\s))#.*", "", line).split()
        if words and not (words[0].startswith(("[", "^[")) and words[0].endswith("]")):
            walk.values.append((words[0], " ".join(words[1:]), number))


def walk_gitattributes(walk: Walk) -> None:
    """Patterns with their attributes."""
    for number, line in enumerate(walk.decoded.split("\n"), 1):
        words = line.split()
        if words and not words[0].startswith("#"):
            walk.values.append((words[0], " ".join(words[1:]), number))


class _Licence(NamedTuple):
    """How the text of a licence is known: the words that it begins with, others that it has, how many words it has after the first ones."""

    name: str
    begins: str
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    words: int = 0


_BSD = "redistribution and use in source and binary forms"
_ENDORSE = "endorse or promote products"
_ADVERTISE = "all advertising materials mentioning features"
_ISC = "permission to use, copy, modify, and"
_NOTICE = "provided that the above copyright notice"
#: SPDX identifiers.
_LICENCES = (
    _Licence("AGPL-3.0", "gnu affero general public license", ("version 3",), words=5_600),
    _Licence("LGPL-3.0", "gnu lesser general public license", ("version 3, 29 june 2007",), words=1_200),
    _Licence("LGPL-2.1", "gnu lesser general public license", ("version 2.1",), words=4_400),
    _Licence("GPL-3.0", "gnu general public license", ("version 3, 29 june 2007",), words=5_700),
    _Licence("GPL-2.0", "gnu general public license", ("version 2, june 1991",), words=3_000),
    _Licence("Apache-2.0", "apache license", ("version 2.0",), ("llvm exception",), 1_600),
    _Licence("MPL-2.0", "mozilla public license", ("version 2.0",), words=2_700),
    _Licence("BSL-1.0", "boost software license", ("version 1.0",), words=220),
    _Licence("EPL-2.0", "eclipse public license - v 2.0", words=2_400),
    _Licence("Unlicense", "this is free and unencumbered software released into the public domain", words=210),
    _Licence("CC0-1.0", "cc0 1.0 universal", words=1_200),
    _Licence("Zlib", "this software is provided 'as-is', without any express", ("altered source versions must be",), words=130),
    _Licence("BSD-3-Clause", _BSD, (_ENDORSE,), (_ADVERTISE,), 210),
    _Licence("BSD-2-Clause", _BSD, ("this list of conditions and the following disclaimer",), (_ENDORSE, _ADVERTISE), 180),
    _Licence("ISC", _ISC, ("for any purpose with or without fee is hereby granted", _NOTICE), words=110),
    _Licence("0BSD", _ISC, ("for any purpose with or without fee is hereby granted",), (_NOTICE,), 90),
    _Licence("MIT", "permission is hereby granted, free of charge", ("the above copyright notice and this permission notice",),
             ("except as contained in this notice",), 160),
)  # fmt: skip
#: How many words may stand before a licence (who holds the copyright), and how many more may follow than it has.
_MOST_BEFORE, _MOST_AFTER = 300, 60


def licence_of(text: str) -> tuple[str, int]:
    r"""The SPDX identifier of the licence that a text is, and the line where its words begin.

    A text that has more than one licence, or one among much else, is none of them.

    Examples
    --------
    >>> licence_of("(c) A\n\nPermission is hereby granted, free of charge … The above copyright notice and this permission notice shall")
    ('MIT', 3)
    >>> licence_of("Do as you like.")
    ('', 0)
    """
    words = " ".join(text.lower().replace("’", "'").split())
    found = [licence for licence in _LICENCES if _is_of(words, licence)]
    if any("PL-" in licence.name for licence in found):  # each names its kin: the first that is named is it
        found = sorted(found, key=lambda licence: words.find(licence.begins))[:1]
    if len(found) != 1:
        return "", 0
    begins = found[0].begins
    before, _, rest = words.partition(begins)
    if len(before.split()) > _MOST_BEFORE or len(f"{begins}{rest}".split()) > found[0].words * 1.2 + _MOST_AFTER:
        return "", 0
    at = re.search(r"\s+".join(map(re.escape, begins.split())), text.replace("’", "'"), re.IGNORECASE)
    return found[0].name, text.count("\n", 0, at.start()) + 1 if at is not None else 1


def _is_of(words: str, licence: _Licence) -> bool:
    return all(part in words for part in (licence.begins, *licence.has)) and not any(part in words for part in licence.lacks)


def walk_license(walk: Walk) -> None:
    """Which licence a text is, by words that stand in it alone."""
    walk.license, walk.license_line = licence_of(walk.decoded)


_PROJECT = re.compile(r"\s*Project\(\"[^\"]*\"\)\s*=\s*\"([^\"]*)\"\s*,\s*\"([^\"]*)\"")


def walk_solution(walk: Walk) -> None:
    """The projects of a solution of Visual Studio; folders of it, which have their own name for a path, are none."""
    for number, line in enumerate(walk.decoded.split("\n"), 1):
        match = _PROJECT.match(line)
        if match is not None and match[1] != match[2]:
            walk.values.append((one_line(match[1], MAX_VALUE), one_line(match[2], MAX_VALUE), number))
            walk.imports.append(Import("listed", match[2].replace("\\", "/"), number, alias="project"))
