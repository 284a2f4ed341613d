"""Indexes of SCIP, read: documents one after the other, the names that symbols have, and the text that a range means.

An index is bytes that nobody vouches for. Documents are cut out here and decoded one at a time, so that no index takes more room than its
largest document.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, BinaryIO

from msgspec import Struct

from ..errors import SourceError
from .messages import messages

__all__ = ["DEFINITION", "FORWARD", "Named", "Text", "messages_in", "named", "place_of"]

#: Roles of occurrences: a definition, and a declaration that goes before one.
DEFINITION, FORWARD = 1, 64
#: Units of offsets: bytes of UTF-8, units of UTF-16, characters. Some indexers do not say which: 0.
_UTF8, _UTF16, _UTF32 = 1, 2, 3
#: Fields of an index, by their numbers.
_FIELDS = {1: "Metadata", 2: "Document"}
#: Types of fields.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def messages_in(stream: BinaryIO, name: str) -> Iterator[tuple[str, Any]]:
    """What an index says of itself, and its documents, each with the name of its message.

    Parameters
    ----------
    stream : file
        Its bytes.
    name : str
        What errors call it.

    Raises
    ------
    SourceError
        If these are no bytes of SCIP.
    """
    from google.protobuf.message import DecodeError

    classes, is_any = messages(), False
    end = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    while True:
        start = stream.tell()
        try:
            tag = _varint(stream)
            if tag is None:
                break
            kind = _FIELDS.get(tag >> 3) if tag & 7 == _BYTES else None
            content = _field(stream, tag, kind is not None, end)
            if kind is not None:
                yield kind, classes[kind].FromString(content)
                is_any = True
        except (DecodeError, ValueError) as error:
            raise SourceError(f"the index {name} is no SCIP, or damaged: {error} (the message at byte {start:,})") from error
    if not is_any:
        raise SourceError(f"the index {name} is no SCIP: it has no documents, and says nothing of itself")


def _varint(stream: BinaryIO) -> int | None:
    """The next number; None at the end."""
    value = 0
    for shift in range(0, 70, 7):
        byte = stream.read(1)
        if not byte:
            if shift:
                raise ValueError("it ends within a number")
            return None
        value |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return value
    raise ValueError("a number that is too long")


def _field(stream: BinaryIO, tag: int, is_wanted: bool, end: int) -> bytes:
    """The bytes of a field behind its tag, of a stream that ends somewhere; none where they are not wanted."""
    wire = tag & 7
    if not tag >> 3 or wire not in (_VARINT, _FIXED64, _BYTES, _FIXED32):
        raise ValueError(f"a field {tag >> 3} of type {wire}")
    size = {_FIXED64: 8, _FIXED32: 4}.get(wire)
    if size is None:
        number = _varint(stream)
        if number is None:
            raise ValueError("it ends behind the number of a field")
        size = number if wire == _BYTES else 0
    if size > end - stream.tell():  # before room is made for what it claims to have
        raise ValueError("it ends within a field")
    if is_wanted:
        return stream.read(size)
    stream.seek(size, os.SEEK_CUR)
    return b""


class Named(Struct, frozen=True):
    """What names a symbol of an index by the last part of it: ``#`` for types, ``()`` for what is called, ``.`` and so on."""

    mark: str
    #: What may stand in a text for it, the name itself first.
    names: tuple[str, ...]


#: A name that needs no quotes.
_SIMPLE = re.compile(r"[A-Za-z0-9_+$-]+")
_NAME = r"(?:[\w+$-]+|`(?:[^`]|``)*`)"
#: A part of a symbol: its name, and the mark behind it, or brackets around it.
_DESCRIPTOR = re.compile(rf"(?:(?P<name>{_NAME})(?P<mark>\([\w+$-]*\)\.|[/#.:!])|\[(?P<of>{_NAME})\]|\((?P<parameter>{_NAME})\))")
#: Scheme, manager, package and version, before the first part; a space in one is written twice.
_PACKAGE = re.compile(r"(?:(?:[^ ]|  )* ){4}")
#: What indexers call what makes a value of a type: texts have its type instead.
_MAKERS = frozenset(("<init>", "<constructor>", "__init__", "constructor"))


@lru_cache(65_536)
def named(symbol: str) -> Named | None:
    """How a symbol is named; None of what is known in one file alone, of what is in parentheses or brackets, and of what is not understood.

    Examples
    --------
    >>> named("scip-python python shop 1 `shop.cart`/Cart#add()."), named("local 4")
    (Named(mark='()', names=('add',)), None)
    >>> named("semanticdb maven . . com/Cart#`<init>`().").names, named("cxx . . $ a/`operator+`(9b2).").names
    (('<init>', 'Cart', 'constructor'), ('operator+', '+'))
    """
    package = _PACKAGE.match(symbol)
    if package is None or symbol.startswith("local "):
        return None
    at, around, last = package.end(), "", None
    while at < len(symbol):
        found = _DESCRIPTOR.match(symbol, at)
        if found is None:
            return None
        around, last, at = _plain(last["name"] or "") if last is not None else "", found, found.end()
    if last is None or last["name"] is None:
        return None
    name, mark = _plain(last["name"]), last["mark"]
    names = [name]
    if name in _MAKERS:
        names += [around, "constructor"]
    elif name.startswith(("operator", "<get>", "<set>")):
        names.append(re.sub("^(operator|<[gs]et>)", "", name).strip())
    return Named("()" if mark.startswith("(") else mark, tuple(dict.fromkeys(filter(None, names))))


def name_in_symbol(text: str) -> str:
    """A name as the symbols of an index have it.

    Examples
    --------
    >>> name_in_symbol("Cart"), name_in_symbol("a`b")
    ('Cart', '`a``b`')
    """
    if _SIMPLE.fullmatch(text):
        return text
    return "`" + text.replace("`", "``").encode("utf-8", "backslashreplace").decode() + "`"


def _plain(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def place_of(occurrence: Any) -> list[int]:
    """Where an occurrence is, in three or four numbers, whichever of the protocol's two ways it is written in; none where it says nothing.

    Examples
    --------
    >>> Occurrence = messages()["Occurrence"]
    >>> place_of(Occurrence(range=[4, 0, 3])), place_of(Occurrence(single_line_range={"line": 4, "end_character": 3}))
    ([4, 0, 3], [4, 0, 3])
    """
    if occurrence.HasField("single_line_range"):
        one = occurrence.single_line_range
        return [one.line, one.start_character, one.end_character]
    if occurrence.HasField("multi_line_range"):
        many = occurrence.multi_line_range
        return [many.start_line, many.start_character, many.end_line, many.end_character]
    return list(occurrence.range)


class Text:
    r"""The lines of a text, and what stands at a range of it.

    Parameters
    ----------
    text : str
        All of it.
    units : int
        Those of offsets, as a document says: 1, 2, 3, or 0 where it does not say.

    Examples
    --------
    >>> list(Text("a = 'é'; b", 1).at([0, 10, 11])), list(Text("a = 'é'; b", 2).at([0, 9, 10])), list(Text("a\nb", 3).at([0, 0, 1, 1]))
    (['b'], ['b'], ['a\nb'])
    """

    def __init__(self, text: str, units: int) -> None:
        self._lines = text.split("\n")
        self._units = (units,) if units in (_UTF8, _UTF16, _UTF32) else (_UTF32, _UTF16, _UTF8)

    def at(self, place: Sequence[int]) -> Iterator[str]:
        """What a range of three or four numbers may mean: nothing outside of the text, several where units are not known."""
        if len(place) not in (3, 4):
            return
        first, start, last, end = (*place[:2], *place[-2:]) if len(place) == 4 else (*place[:2], place[0], place[2])
        lines = self._lines
        if not 0 <= first <= last < len(lines):
            return
        head, tail = lines[first], lines[last]
        if first == last and head.isascii():
            if 0 <= start <= end <= len(head):
                yield head[start:end]
            return
        for units in self._units:
            here, there = _characters(head, start, units), _characters(tail, end, units)
            if first != last and here >= 0 and there >= 0:
                yield "\n".join((head[here:], *lines[first + 1 : last], tail[:there]))
            elif 0 <= here <= there:
                yield head[here:there]


def _characters(line: str, offset: int, units: int) -> int:
    """How many characters of a line an offset has before it; -1 where it is outside of it, or within one."""
    if offset < 0:
        return -1
    if units == _UTF32 or line.isascii():
        return offset if offset <= len(line) else -1
    wide = units == _UTF16
    content = line.encode("utf-16-le" if wide else "utf-8", "surrogatepass")
    size = 2 * offset if wide else offset
    if size > len(content):
        return -1
    try:
        return len(content[:size].decode("utf-16-le" if wide else "utf-8", "surrogatepass" if not wide else "strict"))
    except UnicodeDecodeError:
        return -1
