"""The text of a file as HTML, a line with the anchor ``L12`` for each, coloured by Pygments where the file is not too large for it."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from typing import Any

from pygments.token import Comment, Keyword, Literal, Name, Number, String  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

from ..model import Scan
from .html import text

__all__ = ["lines_of", "may_be_embedded"]

#: Pygments' lexers are regular expressions of many authors: some take time that grows faster than the text, above all on long lines.
_COLOURED_BYTES, _COLOURED_LINE = 150_000, 1_000
#: The classes that the style sheet knows, for whole families of tokens; all else is plain.
_CLASSES = (
    (Comment.Preproc, "p"), (Comment.PreprocFile, "s"), (Comment, "c"), (Keyword, "k"), (String, "s"), (Number, "m"), (Literal, "m"),
    (Name.Function, "f"), (Name.Class, "f"), (Name.Decorator, "p"), (Name.Builtin, "b"), (Name.Tag, "k"), (Name.Attribute, "b"),
)  # fmt: skip
#: Our names of languages, where Pygments has others.
_ALIASES = {"objc": "objective-c", "starlark": "python", "makefile": "make"}


def may_be_embedded(scan: Scan, page_bytes: int) -> bool:
    """Whether the site can have the text of a file: a page of it, lines without colour, surely stays below the limit."""
    return scan.content == "text" and scan.counts.bytes + 40 * scan.counts.lines < page_bytes * 2 // 3


def lines_of(source: str, language: str, name: str, most: int) -> str | None:
    r"""Lines as HTML, coloured if that takes no more than `most` characters, else plain; None if that is more too.

    Examples
    --------
    >>> lines_of("x = 1\n", "python", "a.py", 1000)
    '<span id="L1" class="line"><a href="#L1">1</a>x = <b class="m">1</b></span>\n'
    """
    source = source.replace("\r\n", "\n").removesuffix("\n")
    lines = source.split("\n")
    longest = max(map(len, lines))
    lexer = _lexer(language, name) if len(source) <= _COLOURED_BYTES and longest <= _COLOURED_LINE else None
    if lexer is not None:
        coloured = list(_coloured(lexer, source))
        page = _numbered(coloured)
        # Pygments takes a carriage return for the end of a line, which would make the numbers wrong.
        if len(page) <= most and len(coloured) == len(lines):
            return page
    plain = _numbered(text(line) for line in lines)
    return plain if len(plain) <= most else None


def _numbered(lines: Iterable[str]) -> str:
    return "".join(f'<span id="L{n}" class="line"><a href="#L{n}">{n}</a>{line}</span>\n' for n, line in enumerate(lines, 1))


def _coloured(lexer: Any, source: str) -> Iterator[str]:
    line = ""
    for kind, value in lexer.get_tokens(source + "\n"):
        name = _class_of(kind) if value.strip() else ""
        first, *rest = value.split("\n")
        line += _span(name, first)
        for part in rest:
            yield line
            line = _span(name, part)
    if line:
        yield line


def _span(name: str, value: str) -> str:
    return f'<b class="{name}">{text(value)}</b>' if name and value else text(value)


@functools.cache
def _class_of(kind: Any) -> str:
    return next((name for family, name in _CLASSES if kind in family), "")


@functools.lru_cache(256)
def _lexer_class(language: str, suffix: str) -> Any:
    from pygments.lexers import find_lexer_class_by_name, find_lexer_class_for_filename  # type: ignore[import-untyped]

    for find, name in ((find_lexer_class_by_name, _ALIASES.get(language, language)), (find_lexer_class_for_filename, suffix)):
        try:
            found = find(name) if name else None
        except ClassNotFound:
            continue
        if found is not None:
            return found
    return None


def _lexer(language: str, name: str) -> Any:
    suffix = "x" + name[name.rfind(".") :] if "." in name else name
    found = _lexer_class(language, suffix)
    # What these would do to the text - stripping, a line end more - would make line numbers wrong.
    return found(stripnl=False, stripall=False, ensurenl=False) if found is not None else None
