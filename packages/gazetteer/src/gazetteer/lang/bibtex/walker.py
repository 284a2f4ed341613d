"""BibTeX: the entries of a bibliography by their keys, with their titles."""

from __future__ import annotations

import re
from typing import Any

from ...model import Block
from ..base import Walk
from ..tex.walker import plain

__all__ = ["walk"]

_ENTRY = re.compile(r"(?m)^[ \t]*@(\w+)\s*[{(]\s*([^\s,{}()\"]+)\s*,")
_FIELD = re.compile(r"(?im)^[ \t]*title\s*=\s*[{\"](.{1,500}?)[}\"]\s*,?[ \t\r]*$")
_NO_ENTRY = frozenset(("comment", "string", "preamble"))


def walk(walk: Walk) -> None:
    """Read the entries of a bibliography: each goes on to the next."""
    text = walk.decoded
    found = [match for match in _ENTRY.finditer(text) if match[1].lower() not in _NO_ENTRY]
    for number, match in enumerate(found):
        stop = found[number + 1].start() if number + 1 < len(found) else len(text)
        body = text[match.end() : min(stop, match.end() + 5_000)]
        line = walk.line_at(match.start(2))
        last = walk.line_at(match.start() + len(text[match.start() : stop].rstrip()) - 1)
        title = _FIELD.search(body)
        facts: dict[str, Any] = {}
        if title is not None and (said := plain(title[1])):
            at = walk.line_at(match.end() + title.start(1))
            facts = {"doc": said, "doc_line": at, "doc_end": at}
        walk.add("object", match[2], Block(line, max(last, line)), type=match[1].lower(), signature=f"@{match[1]}{{{match[2]}}}", **facts)
