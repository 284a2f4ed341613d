"""Paths of files that Ruby requires, where they are put together from the folder of the file and texts."""

from __future__ import annotations

import posixpath
import re

__all__ = ["placed"]

_TEXT = re.compile(r"(['\"])([^'\"\\#]*)\1")
_WHOLE = re.compile(r"(?:File\.expand_path|File\.realpath|Pathname\.new)\s*\((.*)\)(?:\.(?:expand_path|realpath|to_s))*", re.DOTALL)
_JOINED = re.compile(r"(?:File\.join\s*\((.*)\)|(Rails\.root)\.join\s*\((.*)\)(?:\.to_s)?)", re.DOTALL)
_WITHIN = re.compile(r"\"#\{(.*)\}([^\"#\\]*)\"", re.DOTALL)
_ABOVE = re.compile(r"File\.dirname\s*\((.*)\)", re.DOTALL)


def placed(text: str, path: str) -> str | None:
    """The path, from the root of the tree, that an expression in the file `path` means; None if only a run knows.

    Examples
    --------
    >>> placed("File.dirname(__FILE__) + '/../init'", "lib/a.rb"), placed("File.expand_path('../b', __FILE__)", "lib/a.rb")
    ('init', 'lib/b')
    >>> placed('"#{__dir__}/c"', "lib/a.rb"), placed("File.join(Rails.root, 'd', 'e')", "lib/a.rb"), placed("x + '/f'", "lib/a.rb")
    ('lib/c', 'd/e', None)
    """
    text = text.strip()
    if text == "__FILE__":
        return path
    if text == "__dir__":
        return posixpath.dirname(path)
    if text == "Rails.root":
        return ""
    if (inner := _ABOVE.fullmatch(text)) is not None:
        below = placed(inner[1], path)
        return None if below is None else posixpath.dirname(below)
    if (inner := _WITHIN.fullmatch(text)) is not None:
        return _below(placed(inner[1], path), inner[2])
    if (inner := _WHOLE.fullmatch(text)) is not None:
        given = _split(inner[1], ",")
        return placed(given[0], path) if len(given) == 1 else _texts(placed(given[1], path), given[:1])
    if (inner := _JOINED.fullmatch(text)) is not None:
        given = _split(inner[1] or f"{inner[2]}, {inner[3]}", ",")
        return _texts(placed(given[0], path), given[1:])
    first, *rest = _split(text, "+")
    return _texts(placed(first, path), rest) if rest else None


def _texts(folder: str | None, given: list[str]) -> str | None:
    """A path below a folder, by texts alone."""
    for text in given:
        literal = _TEXT.fullmatch(text.strip())
        folder = _below(folder, literal[2]) if literal is not None else None
    return folder


def _below(folder: str | None, end: str) -> str | None:
    return None if folder is None else posixpath.normpath(posixpath.join(folder, end.lstrip("/")))


def _split(text: str, mark: str) -> list[str]:
    """The parts of an expression between signs that stand in no text and no parentheses."""
    parts, depth, quote = [""], 0, ""
    for letter in text:
        if not quote and not depth and letter == mark:
            parts.append("")
            continue
        parts[-1] += letter
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        else:
            depth += (letter in "([{") - (letter in ")]}")
    return parts
