"""Modules of C++20, which the grammar does not know: ``export module a.b;``, ``import <x>;``, ``export`` before declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

from .blanking import blank, ending_after

__all__ = ["ModuleLine", "blank_modules"]

#: What may hold the same words: comments and literals.
_HIDDEN = re.compile(
    rb'//[^\n]*|/\*.*?(?:\*/|\Z)|R"([^()\\\s]{0,16})\(.*?(?:\)\1"|\Z)|"(?<!\\")(?>(?:[^"\\\n]++|\\.)*)"|\'(?<!\\\')(?>(?:[^\'\\\n]++|\\.)*)\'',
    re.DOTALL,
)
_NAME = rb"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_MODULE = re.compile(
    rb"^[ \t]*(export[ \t]+)?module(?:[ \t]+(" + _NAME + rb"))?[ \t]*(:[ \t]*" + _NAME + rb")?[ \t]*(?:\[\[[^\n;]*\]\])?[ \t]*;",
    re.MULTILINE,
)
#: A line that may be one of a module: most texts with those words have none.
_LINE = re.compile(rb"\n[ \t]*+(?:export[ \t]+)?(?:module|import)(?!\w)")
_HEADER = rb'<[^>\n]+>|"[^"\n]+"'
_IMPORT = re.compile(
    rb"^[ \t]*(export[ \t]+)?import[ \t]*(" + _HEADER + rb"|:[ \t]*" + _NAME + rb"|(?<=[ \t])" + _NAME + rb")"
    rb"[ \t]*(?:\[\[[^\n;]*\]\])?[ \t]*;",
    re.MULTILINE,
)  # fmt: skip
_EXPORT = re.compile(rb"^[ \t]*(export)(?=[ \t\n]+[A-Za-z_:\[]|[ \t\n]*(\{))", re.MULTILINE)


class ModuleLine(Struct, frozen=True):
    """A line that names a module: the one that the file is of, or one that it imports."""

    word: str
    name: str
    start: int
    exported: bool = False


def blank_modules(text: bytearray) -> list[ModuleLine]:
    """Blank what the grammar does not know of modules; the lines that name any, in the order of the text."""
    if (b"module" not in text and b"import" not in text) or _LINE.search(b"\n" + text) is None:
        return []
    source = bytes(text)
    found = [ModuleLine("module", _spelled(m[2], m[3]), m.start(), bool(m[1])) for m in _MODULE.finditer(source)]
    found += [ModuleLine("import", _spelled(m[2]), m.start(), bool(m[1])) for m in _IMPORT.finditer(source)]
    if not found:
        return []
    hidden = [m.span() for m in _HIDDEN.finditer(source)]
    found = [line for line in found if not _inside(line.start, hidden)]
    for pattern in (_MODULE, _IMPORT):
        for match in pattern.finditer(source):
            if not _inside(match.start(), hidden):
                blank(text, *match.span())
    if any(line.word == "module" for line in found):
        for match in _EXPORT.finditer(source):
            if not _inside(match.start(1), hidden):
                blank(text, *match.span(1))
                if match[2]:
                    for brace in _braces(source, match.start(2), hidden):
                        blank(text, brace, brace + 1)
    return sorted((line for line in found if line.name), key=lambda line: line.start)


def _spelled(*parts: bytes | None) -> str:
    return b"".join(b"".join(part.split()) for part in parts if part).decode("utf-8", "backslashreplace")


def _inside(offset: int, hidden: list[tuple[int, int]]) -> bool:
    """Whether an offset lies behind the beginning of a comment or a literal and before its end."""
    number = ending_after(offset, hidden)
    return number < len(hidden) and hidden[number][0] < offset


def _braces(source: bytes, opening: int, hidden: list[tuple[int, int]]) -> Iterator[int]:
    """A brace and the one that closes it."""
    depth = 0
    for match in re.compile(rb"[{}]").finditer(source, opening):
        if _inside(match.start(), hidden):
            continue
        depth += 1 if match[0] == b"{" else -1
        if not depth:
            yield from (opening, match.start())
            return
