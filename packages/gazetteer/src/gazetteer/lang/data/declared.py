"""Small files that declare something of others: owners, attributes, licences; and stages of container images."""

from __future__ import annotations

import re

from ...model import Import
from ..base import MAX_VALUE, Walk, one_line

__all__ = ["licence_of", "walk_codeowners", "walk_dockerfile", "walk_gitattributes", "walk_license"]


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


#: Words that only the text of a licence has, the more special first. SPDX identifiers.
_LICENCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AGPL-3.0", ("gnu affero general public license", "version 3")),
    ("LGPL-3.0", ("gnu lesser general public license", "version 3, 29 june 2007")),
    ("LGPL-2.1", ("gnu lesser general public license", "version 2.1")),
    ("GPL-3.0", ("gnu general public license", "version 3, 29 june 2007")),
    ("GPL-2.0", ("gnu general public license", "version 2, june 1991")),
    ("Apache-2.0", ("apache license", "version 2.0")),
    ("MPL-2.0", ("mozilla public license", "version 2.0")),
    ("BSL-1.0", ("boost software license", "version 1.0")),
    ("EPL-2.0", ("eclipse public license - v 2.0",)),
    ("Unlicense", ("this is free and unencumbered software released into the public domain",)),
    ("CC0-1.0", ("cc0 1.0 universal",)),
    ("Zlib", ("this software is provided 'as-is', without any express or implied", "altered source versions must be plainly marked")),
    ("BSD-3-Clause", ("redistribution and use in source and binary forms", "neither the name of")),
    ("BSD-2-Clause", ("redistribution and use in source and binary forms", "this list of conditions and the following disclaimer")),
    ("ISC", ("permission to use, copy, modify, and/or distribute this software for any purpose", "with or without fee")),
    ("MIT", ("permission is hereby granted, free of charge", "the above copyright notice and this permission notice")),
)


def licence_of(text: str) -> str:
    """The SPDX identifier of the one licence whose words a text has; empty where there is none, or more than one.

    Examples
    --------
    >>> licence_of("Permission is hereby granted, free of charge … The above copyright notice and this permission notice shall")
    'MIT'
    >>> licence_of("Do as you like.")
    ''
    """
    words = " ".join(text.lower().replace("’", "'").split())
    found = [name for name, parts in _LICENCES if all(part in words for part in parts)]
    groups = {"BSD-2-Clause": "BSD-3-Clause"}
    distinct = [name for name in found if groups.get(name) not in found]
    gnu = [name for name in distinct if "GPL" in name]
    if gnu:  # each names its kin
        head = words[:400]
        distinct = [n for n in gnu if all(p in head for p in dict(_LICENCES)[n][:1])][:1] or gnu[:1]
    return distinct[0] if len(distinct) == 1 else ""


def walk_license(walk: Walk) -> None:
    """Which licence a text is, by words that stand in it alone."""
    walk.license = licence_of(walk.decoded)


_FROM = re.compile(r"\s*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?\s*$", re.IGNORECASE)
_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")


def walk_dockerfile(walk: Walk) -> None:
    """Images that stages are made from, and stages with a name."""
    from ...model import Block

    ends = list[str]()
    for number, line in enumerate(walk.decoded.split("\n"), 1):
        if ends:
            if line.strip() == ends[0]:
                ends.pop(0)
            continue
        if line.lstrip().startswith("#"):
            continue
        match = _FROM.match(line)
        if match is not None:
            walk.imports.append(Import("from", match[1], number, alias=match[2] or ""))
            if match[2]:
                walk.add("target", match[2], Block(number, number), signature=one_line(line, MAX_VALUE), type="stage")
        elif re.match(r"\s*(?:RUN|COPY|ADD)\b", line, re.IGNORECASE):
            ends = _HEREDOC.findall(line)
