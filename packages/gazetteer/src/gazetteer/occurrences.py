"""Where names stand as whole words in the text of a file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

__all__ = ["mention_lines", "place_of_word"]

#: So many times is a name looked for and found inside of longer words before a pattern looks for it, which takes as long to make.
_TRIES = 40
#: What words are made of, of any language that is written in ASCII.
_WORD = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$"
_IN_WORDS = frozenset(_WORD)
#: Spaces for all other bytes.
_APART = bytes(byte if byte in _IN_WORDS else 0x20 for byte in range(256))
#: To go over all words of a text takes as long as to look for so many names.
_MANY = 60


def mention_lines(content: bytes, names: Iterable[str]) -> dict[str, int]:
    r"""The first line on which each name stands as a whole word, of those that do.

    Examples
    --------
    >>> mention_lines(b"nodes\nnode = 1\noperator+ node", {"node", "operator+", "edge"}) == {"node": 2, "operator+": 3}
    True
    """
    wanted = {name.encode("utf-8", "surrogatepass"): name for name in names}
    places = _places_of_many(content, wanted) if len(wanted) > _MANY else _places(content, wanted)
    found, line, before = dict[str, int](), 1, 0
    for word in sorted(places, key=places.__getitem__):  # so that ends of lines are counted once for all
        line += content.count(b"\n", before, places[word])
        found[wanted[word]], before = line, places[word]
    return found


def _places(content: bytes, words: Iterable[bytes]) -> dict[bytes, int]:
    """Where each word stands first, of those that do."""
    return {word: at for word in words if (at := place_of_word(content, word)) >= 0}


def _places_of_many(content: bytes, words: Mapping[bytes, object]) -> dict[bytes, int]:
    """The same of many words: in the order in which they first stand there, so that each is looked for behind the one before it."""
    found = _places(content, [word for word in words if word.translate(None, _WORD)])
    spaced, at = b" %b " % content.translate(_APART), 0
    for word in dict.fromkeys(spaced.split()):
        if word in words:
            at = found[word] = spaced.index(b" %b " % word, at)  # the space before it is where it stands in the text itself
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
        if at < 0 or ((not at or content[at - 1] not in _IN_WORDS) and (at + size >= end or content[at + size] not in _IN_WORDS)):
            return at
        at = content.find(word, at + 1)
    found = re.compile(rb"(?<![\w$])" + re.escape(word) + rb"(?![\w$])").search(content, max(at, 0)) if at >= 0 else None
    return found.start() if found else -1
