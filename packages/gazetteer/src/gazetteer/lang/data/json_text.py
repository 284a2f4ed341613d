"""JSON with the lines of its keys and values, and JSON with comments and trailing commas, as configuration files have them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

__all__ = ["Place", "keys_and_values", "load"]

_TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?(?:\*/|\Z)|,(?=(?:\s|//[^\n]*\n|/\*.*?\*/)*[}\]])', re.DOTALL)
_SCAN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:\n]|[^\s{}\[\],:"]+')


class Place(Struct, frozen=True):
    """A scalar: where it stands in the whole, and on which line its key does; of an item of a list, the line of the item."""

    path: tuple[str, ...]
    value: str
    line: int


def load(text: str) -> Any:
    r"""The value of a JSON text, also of one with comments and trailing commas.

    Raises
    ------
    json.JSONDecodeError
        If it is neither; it tells of the text as strict JSON.

    Examples
    --------
    >>> load('{"a": [1, 2,], // no "b"\n}')
    {'a': [1, 2]}
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        relaxed = _TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else re.sub(r"[^\n]", " ", m[0]), text)
        if relaxed == text:
            raise
        try:
            return json.loads(relaxed)
        except json.JSONDecodeError:
            raise error from None


def keys_and_values(text: str) -> Iterator[Place]:
    """Every key (with an empty value where it has an object or a list) and every scalar of a text that `load` takes."""
    text = _TOKEN.sub(lambda m: m[0] if m[0].startswith('"') else re.sub(r"[^\n]", " ", m[0]), text)
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
            key, key_line = json.loads(mark, strict=False), line
        else:
            value = json.loads(mark, strict=False) if mark.startswith('"') else mark
            yield Place((*path, key), value, key_line if key else line)
