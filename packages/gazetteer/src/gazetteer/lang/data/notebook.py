"""Jupyter notebooks: how many cells of each kind, the language, headings of the text cells; nothing is run, no output is read."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from ...model import Document, Heading, Note
from ..base import MAX_DOC, Walk, one_line
from ..markdown.walker import plain_text
from .json_text import encodable

__all__ = ["walk"]

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.+?)[ \t]*#*[ \t]*$")
_FENCE = re.compile(r" {0,3}(```|~~~)")


def walk(walk: Walk) -> None:
    """Read a notebook."""
    text = walk.decoded
    try:
        notebook = json.loads(text)
        cells = [cell for cell in notebook["cells"] if isinstance(cell, dict)]
    except json.JSONDecodeError as error:
        walk.notes.append(Note("parse-error", f"no JSON: {error.msg}, column {error.colno}", error.lineno))
        return
    except (KeyError, TypeError):
        walk.notes.append(Note("parse-error", "JSON, but no notebook: it has no list of cells"))
        return
    except (RecursionError, ValueError):
        walk.notes.append(Note("too-deep", "not read as JSON: nested too deeply"))
        return
    line = _line(text, '"cells"', 0)[0]
    counts = Counter(str(cell.get("cell_type", "")) for cell in cells)
    walk.values = [("cells", str(len(cells)), line)]
    walk.values += [(f"cells.{kind}", str(number), line) for kind, number in sorted(counts.items()) if kind in ("code", "markdown", "raw")]
    language = _language(notebook)
    if language:
        walk.values.append(("language", language, _line(text, json.dumps(language), text.find('"metadata"'))[0]))
    walk.document = _document(text, cells)


def _language(notebook: Any) -> str:
    metadata = notebook.get("metadata")
    for holder, key in (("language_info", "name"), ("kernelspec", "language")):
        inner = metadata.get(holder) if isinstance(metadata, dict) else None
        if isinstance(inner, dict) and isinstance(inner.get(key), str):
            return encodable(str(inner[key]))
    return ""


def _document(text: str, cells: list[dict[str, Any]]) -> Document:
    document, headings, position = Document(), list[Heading](), 0
    for cell in cells:
        if cell.get("cell_type") != "markdown":
            continue
        source = cell.get("source", "")
        parts = [source] if isinstance(source, str) else [s for s in source if isinstance(s, str)] if isinstance(source, list) else []
        fenced, paragraph = False, list[str]()
        for words in encodable("".join(parts)).split("\n"):
            fenced ^= bool(_FENCE.match(words))
            match = None if fenced else _HEADING.match(words)
            if match is not None:
                line, position = _line(text, _encoded(match[2]), position)
                headings.append(Heading(len(match[1]), one_line(match[2]), line))
            elif not document.summary and not fenced and headings:
                if words.strip() and not words.startswith(("#", "|", "!", "<", "-", "*", "`", ">")):
                    paragraph.append(words.strip())
                elif paragraph:
                    break
        if paragraph and not document.summary:
            document.summary = one_line(plain_text(" ".join(paragraph)), MAX_DOC)
            document.summary_line = _line(text, _encoded(paragraph[0]), 0)[0]
    document.headings = tuple(headings)
    if headings:
        document.title, document.title_line = headings[0].text, headings[0].line
    return document


def _encoded(words: str) -> str:
    return json.dumps(words, ensure_ascii=False)[1:-1]


def _line(text: str, words: str, start: int) -> tuple[int, int]:
    """The line of the first such words at or after an offset, and where that is; the first line where there are none."""
    at = text.find(words, max(start, 0))
    if at < 0:
        at = max(text.find(words), 0)
    return text.count("\n", 0, at) + 1, at
