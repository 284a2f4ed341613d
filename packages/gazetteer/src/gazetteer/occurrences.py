"""Where names stand as whole words in the text of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["mention_lines", "place_of_word"]

#: So many times is a name looked for and found inside of longer words before a pattern looks for it, which takes as long to make.
_TRIES = 40
#: What words are made of, of any language that is written in ASCII.
_WORD = frozenset(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$")


def mention_lines(content: bytes, names: Iterable[str]) -> dict[str, int]:
    r"""The first line on which each name stands as a whole word, of those that do.

    Examples
    --------
    >>> mention_lines(b"nodes\nnode = 1\noperator+ node", {"node", "operator+", "edge"}) == {"node": 2, "operator+": 3}
    True
    """
    places = {name: at for name in names if (at := place_of_word(content, name.encode("utf-8", "surrogatepass"))) >= 0}
    found, line, before = dict[str, int](), 1, 0
    for name in sorted(places, key=places.__getitem__):  # so that ends of lines are counted once for all
        line += content.count(b"\n", before, places[name])
        found[name], before = line, places[name]
    return found


def place_of_word(content: bytes, word: bytes) -> int:
    r"""Where a word stands for the first time that is no part of a longer one; -1 where it does not.

    Examples
    --------
    >>> place_of_word(b"nodes $node node", b"node"), place_of_word(b"nodes", b"node")
    (12, -1)
    """
    at, size, end = content.find(word), len(word), len(content)
    for _ in range(_TRIES):
        if at < 0 or ((not at or content[at - 1] not in _WORD) and (at + size >= end or content[at + size] not in _WORD)):
            return at
        at = content.find(word, at + 1)
    found = re.compile(rb"(?<![\w$])" + re.escape(word) + rb"(?![\w$])").search(content, max(at, 0)) if at >= 0 else None
    return found.start() if found else -1
