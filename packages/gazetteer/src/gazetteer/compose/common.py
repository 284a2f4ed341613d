"""What pages share: trails, sizes, plurals, the anchors of symbols."""

from __future__ import annotations

from collections.abc import Sequence

from ..atlas import Atlas
from ..document import Bullets, Line, Link, PageRef, SourceRef
from ..lang.table import BY_NAME
from ..model import KINDS, Symbol
from ..names import printable

__all__ = ["anchor_of", "counted", "first_sentence", "language_title", "link_to", "source_link", "trail_to"]


def counted(number: int, one: str, many: str = "") -> str:
    """``1 file``, ``2,000 files``.

    Examples
    --------
    >>> counted(2000, "file"), counted(1, "class", "classes")
    ('2,000 files', '1 class')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def kinds_counted(symbols: Sequence[Symbol]) -> str:
    """How many symbols of each kind: ``1 class, 9 methods``; forward declarations apart."""
    counts: dict[str, int] = {}
    for symbol in symbols:
        key = symbol.kind if symbol.role != "forward" else f"forward {symbol.kind}"
        counts[key] = counts.get(key, 0) + 1
    order = list(KINDS)
    parts = []
    for key in sorted(counts, key=lambda k: (k.startswith("forward "), order.index(k.removeprefix("forward ")))):
        kind = key.removeprefix("forward ")
        many = KINDS[kind] if key == kind else f"forward declarations of {KINDS[kind]}"
        one = kind.replace("_", " ") if key == kind else f"forward declaration of a {kind}"
        parts.append(counted(counts[key], one, many))
    return ", ".join(parts)


def anchor_of(symbol: Symbol) -> str:
    """The anchor of a symbol on the page of its file: its line, and its name where that is a plain word."""
    return f"L{symbol.line}-{symbol.name}" if symbol.name.isascii() and symbol.name.replace("_", "a").isalnum() else f"L{symbol.line}"


def language_title(name: str) -> str:
    """How a language is called."""
    return BY_NAME[name].title if name in BY_NAME else name if name else "Text"


def first_sentence(text: str, most: int = 200) -> str:
    """The first sentence of a documentation, on one line."""
    paragraph = " ".join(text.split("\n\n", maxsplit=1)[0].split())
    end = paragraph.find(". ")
    sentence = paragraph if end < 0 else paragraph[: end + 1]
    return printable(sentence if len(sentence) <= most else sentence[: most - 1] + "…")


def trail_to(atlas: Atlas, path: str) -> tuple[tuple[str, PageRef], ...]:
    """The pages above a path, from the root."""
    found = [(atlas.name, PageRef("folder", ""))]
    parts = path.split("/")[:-1]
    for i, part in enumerate(parts):
        found.append((printable(part), PageRef("folder", "/".join(parts[: i + 1]))))
    return tuple(found) if path else ()


def link_to(path: str, anchor: str = "") -> Link:
    """A link to the page of a file."""
    return Link(printable(path), PageRef("file", path, anchor), code=True)


def source_link(path: str, line: int, end: int = 0) -> Link:
    """A link to lines of the source."""
    return Link(f"{line}" if end <= line else f"{line}–{end}", SourceRef(path, line, max(end, line)))


def bullets(lines: list[Line]) -> Bullets:
    """A list of lines."""
    return Bullets(tuple(tuple(line) for line in lines))
