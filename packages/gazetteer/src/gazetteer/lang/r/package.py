"""What packages of R say of themselves: fields of ``DESCRIPTION``, titles and descriptions of pages of help."""

from __future__ import annotations

import re

from ...model import Document
from ..base import MAX_DOC, MAX_VALUE, Walk, one_line

__all__ = ["walk_description", "walk_help"]

_FIELD = re.compile(r"^([A-Z][\w@/.-]*):[ \t]*([^\n]*(?:\n[ \t]+[^\n]*)*)", re.MULTILINE)
#: Those that are shown.
_SHOWN = frozenset((
    "Package", "Name", "Type", "Title", "Version", "License", "URL", "BugReports", "Depends", "Imports", "LinkingTo", "Suggests",
    "Enhances", "SystemRequirements", "Maintainer",
))  # fmt: skip
_BRACES = r"(?>(?:[^{}\\]|\\.|\{(?>(?:[^{}\\]|\\.|\{[^{}]*\})*)\})*)"
_PART = re.compile(rf"^\\(title|description)\{{({_BRACES})\}}", re.MULTILINE)
_MACRO = re.compile(r"\\\w+(?:\[[^\[\]\n]*\])?\{([^{}]*)\}")
_COMMENT = re.compile(r"(?m)^%.*\n?")
_DEEPEST = 5


def walk_description(walk: Walk) -> None:
    """Read the fields of a package."""
    text = walk.decoded
    found = {match[1]: match for match in reversed(list(_FIELD.finditer(text)))}
    if "Package" not in found and "Name" not in found:
        return
    line_of = {name: walk.line_at(match.start()) for name, match in found.items()}
    walk.values = sorted(
        [(name, one_line(match[2], MAX_VALUE), line_of[name]) for name, match in found.items() if name in _SHOWN],
        key=lambda value: value[2],
    )
    document = Document()
    if "Title" in found:
        document.title, document.title_line = one_line(found["Title"][2], MAX_VALUE), line_of["Title"]
    if "Description" in found:
        document.summary, document.summary_line = one_line(found["Description"][2], MAX_DOC), line_of["Description"]
    walk.document = document


def walk_help(walk: Walk) -> None:
    """Read a page of help."""
    text, document = walk.decoded, Document()
    for match in _PART.finditer(text):
        said, line = _words(match[2]), walk.line_at(match.start())
        if match[1] == "title" and not document.title:
            document.title, document.title_line = one_line(said, MAX_VALUE), line
        elif match[1] == "description" and not document.summary:
            document.summary, document.summary_line = one_line(re.split(r"\n\s*\n", said.strip())[0], MAX_DOC), line
    walk.document = document


def _words(text: str) -> str:
    """A text without the macros of help."""
    text = _COMMENT.sub("", text)
    for _ in range(_DEEPEST):
        text = _MACRO.sub(r"\1", text)
    return re.sub(r"\\([%{}\\])", r"\1", text)
