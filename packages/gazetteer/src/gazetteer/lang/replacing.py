"""What repairs write for what a grammar does not know, of equal length: for all that a pattern finds, or for its second group alone.

The second group stands behind the first at the end of what is found; the first, which is what must come before it, stays.
"""

from __future__ import annotations

import re

from .base import blanked

__all__ = ["capital", "capital_behind", "name", "name_behind", "spaces", "spaces_behind", "without_comments_before"]

Match = re.Match[bytes]
#: Comments that begin a line before what stands on it; one with another in it may go on behind the end of that.
_COMMENTS = re.compile(rb"^([ \t]*)((?>(?:/\*(?>(?:[^*/\n]|\*(?!/)|/(?!\*))*)\*/[ \t]*)+))(?=[^\s/])", re.MULTILINE)


def spaces(match: Match) -> bytes:
    r"""Spaces, on as many lines.

    Examples
    --------
    >>> re.sub(rb"@\w+", spaces, b"@A class B")
    b'   class B'
    """
    return blanked(match[0])


def spaces_behind(match: Match) -> bytes:
    r"""Spaces for the second group.

    Examples
    --------
    >>> re.sub(rb"(\bref )(partial)", spaces_behind, b"ref partial struct")
    b'ref         struct'
    """
    return match[1] + blanked(match[2])


def without_comments_before(text: bytes) -> bytes:
    r"""A text without comments that stand before something on its line: for grammars that do not see the end of the line above such.

    Examples
    --------
    >>> without_comments_before(b"val a = b\n/** Of c. */ val c = d // no\n/* e */\n")
    b'val a = b\n             val c = d // no\n/* e */\n'
    """
    return _COMMENTS.sub(spaces_behind, text)


def capital(match: Match) -> bytes:
    r"""The same word with a capital, which is a name where the word is none.

    Examples
    --------
    >>> re.sub(rb"\bdata\b", capital, b"a(data)")
    b'a(Data)'
    """
    return match[0].capitalize()


def capital_behind(match: Match) -> bytes:
    r"""The same of the second group.

    Examples
    --------
    >>> re.sub(rb"(\[)(string)(?=:)", capital_behind, b"[string: A]")
    b'[String: A]'
    """
    return match[1] + match[2].capitalize()


def name(match: Match) -> bytes:
    r"""A name.

    Examples
    --------
    >>> re.sub(rb"\$(?=/)", name, b"s/:$//")
    b's/:a//'
    """
    return b"a" * len(match[0])


def name_behind(match: Match) -> bytes:
    r"""A name for the second group.

    Examples
    --------
    >>> re.sub(rb"(\bdef )(super)", name_behind, b"def super(a)")
    b'def aaaaa(a)'
    """
    return match[1] + b"a" * len(match[2])
