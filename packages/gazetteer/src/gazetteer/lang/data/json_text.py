"""JSON with the lines of its keys and values, and JSON with comments and trailing commas, as configuration files have them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from msgspec import Struct

__all__ = ["Place", "encodable", "keys_and_values", "strict", "top_level"]

#: What is not closed goes on to the end, and what was read as a comment is not read otherwise: few signs could take hours.
_TOKEN = re.compile(r'"(?>(?:[^"\\\n]++|\\.)*)"?|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=(?>(?>\s++|//[^\n]*\n|/\*.*?\*/)*)[}\]])', re.DOTALL)
_SCAN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+')


class Place(Struct, frozen=True):
    """A scalar: where it stands in the whole, and on which line its key does; of an item of a list, the line of the item."""

    path: tuple[str, ...]
    value: str
    line: int


_SPACE = re.compile(r"\s*")


def strict(text: str) -> str:
    r"""`text` with spaces for comments and trailing commas; every line stays where it is.

    Examples
    --------
    >>> strict('{"a": [1, 2,], // no "b"\n}')
    '{"a": [1, 2 ]           \n}'
    """
    return _TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else re.sub(r"[^\n]", " ", m[0]), text)


def top_level(text: str) -> list[tuple[str, int]] | None:
    r"""The keys of a JSON text that is an object, with their lines; None of one that is something else.

    Raises
    ------
    json.JSONDecodeError
        If it is no JSON.

    Examples
    --------
    >>> top_level('{"a": 1,\n"b": {"c": 2}}'), top_level("[1]")
    ([('a', 1), ('b', 2)], None)
    """
    if not _space(text, 0)[1].startswith("{"):
        json.loads(text)
        return None
    decoder, found, line = json.JSONDecoder(), list[tuple[str, int]](), 1
    at, seen = _space(text, 0)[0] + 1, 0
    if _space(text, at)[1].startswith("}"):
        json.loads(text)
        return []
    while True:
        at = _space(text, at)[0]
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        line += text.count("\n", seen, at)
        seen = at
        key, at = decoder.raw_decode(text, at)
        found.append((encodable(key), line))
        at = _space(text, at)[0]
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
        _value, at = decoder.raw_decode(text, _space(text, at + 1)[0])
        at = _space(text, at)[0]
        if text[at : at + 1] != ",":
            break
        at += 1
    if text[at : at + 1] != "}":
        raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
    at = _space(text, at + 1)[0]
    if at != len(text):
        raise json.JSONDecodeError("Extra data", text, at)
    return found


def encodable(text: str) -> str:
    r"""A text in which halves of pairs of UTF-16, which JSON may have alone, and no encoding, are escapes again.

    Examples
    --------
    >>> encodable(json.loads('"\\ud83d\\ude00 \\ud83d"'))
    '😀 \\ud83d'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _space(text: str, at: int) -> tuple[int, str]:
    match = _SPACE.match(text, at)
    end = match.end() if match is not None else at
    return end, text[end : end + 1]


def keys_and_values(text: str) -> Iterator[Place]:
    """Every key (with an empty value where it has an object or a list) and every scalar of a JSON text."""
    line, path, objects = 1, list[str](), list[bool]()
    key, key_line, expects_key = "", 0, False
    for match in _SCAN.finditer(text):
        mark = match[0]
        if mark == "\n":
            line += 1
        elif mark in ("{", "["):
            if key:
                yield Place((*path, key), "", key_line)
            path.append(key)
            objects.append(mark == "{")
            key, expects_key = "", mark == "{"
        elif mark in ("}", "]"):
            if path:
                path.pop()
                objects.pop()
            key, expects_key = "", False
        elif mark == ",":
            key, expects_key = "", bool(objects) and objects[-1]
        elif mark == ":":
            expects_key = False
        elif expects_key:
            key, key_line = encodable(json.loads(mark, strict=False)), line
        else:
            value = encodable(json.loads(mark, strict=False)) if mark.startswith('"') else mark
            yield Place((*path, key), value, key_line if key else line)
