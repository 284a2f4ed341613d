"""Paths of files that PHP includes, where they are put together: of folders, constants, variables and texts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct

__all__ = ["Written", "written"]

#: What is around a path and leaves it what it is.
_WRAPPED = re.compile(r"(?:realpath\s*)?\((.*)\)", re.DOTALL)
_TEXT = re.compile(r"(['\"])([^'\"$\\]*)\1")
#: A text with variables, and what stands in it behind the last of them.
_WITH_VARIABLES = re.compile(r"\".*(?:\$\w+|[\]}])(/[^'\"$\\{}\[\]]*)\"", re.DOTALL)
#: So many folders above that of the file is a folder that begins with: the file itself lies one below.
_FOLDERS = {"__dir__": 0, "__file__": -1}
_ABOVE = re.compile(r"dirname\s*\((.*?)(?:,\s*(\d)\s*)?\)", re.IGNORECASE | re.DOTALL)
_CONSTANT = re.compile(r"\\?[A-Z_][A-Z\d_]*")
_SEPARATORS = frozenset(("DIRECTORY_SEPARATOR", "DS"))


class Written(Struct, frozen=True):
    """A path of which the end is written out."""

    end: str
    #: How many folders above that of the file it begins; None if only a run knows where.
    above: int | None = None
    #: Whether all that is before the end is constant.
    constant: bool = True


def written(text: str) -> Written | None:
    """What an expression says of a path; None if its last part is not written out.

    Examples
    --------
    >>> written("dirname(__DIR__) . DS . 'a.php'")
    Written(end='/a.php', above=1, constant=True)
    >>> written("$config['base'] . '/lib/a.php'"), written("ABSPATH . WPINC . '/a.php'")
    (Written(end='/lib/a.php', above=None, constant=False), Written(end='/a.php', above=None, constant=True))
    >>> written('"$dir/a.php"'), written("$file . $suffix")
    (Written(end='/a.php', above=None, constant=False), None)
    """
    while wrapped := _WRAPPED.fullmatch(text.strip()):
        text = wrapped[1]
    end, above, constant = "", None, True
    for piece in reversed(list(_pieces(text))):
        if (literal := _TEXT.fullmatch(piece)) is not None:
            end = literal[2] + end
        elif piece in _SEPARATORS:
            end = "/" + end
        elif (above := _folders(piece)) is not None:
            break
        elif (mixed := _WITH_VARIABLES.fullmatch(piece)) is not None:
            end, constant = mixed[1] + end, False
            break
        elif _CONSTANT.fullmatch(piece) is None:
            constant = False
            break
        elif end:
            break
        else:
            return None
    return Written(end, above, constant) if end.strip("/") and above != _FOLDERS["__file__"] else None


def _folders(piece: str) -> int | None:
    """How many folders above that of the file a part begins; None if it is no such folder."""
    if (known := _FOLDERS.get(piece.lower())) is not None:
        return known
    if (outer := _ABOVE.fullmatch(piece)) is None or (inner := _folders(outer[1].strip())) is None:
        return None
    return inner + int(outer[2] or 1)


def _pieces(text: str) -> Iterator[str]:
    """The operands of an expression between its dots."""
    depth, quote, start = 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote and text[at - 1] != "\\" else quote
        elif letter in "'\"":
            quote = letter
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            depth -= 1
        elif letter == "." and not depth:
            yield text[start:at].strip()
            start = at + 1
    yield text[start:].strip()
