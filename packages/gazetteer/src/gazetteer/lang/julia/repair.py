"""What the grammar of Julia does not know: words before names that say nothing of what is declared, ``begin`` as an index."""

from __future__ import annotations

import re

__all__ = ["with_known_syntax"]

#: ``const`` before a field without a value, ``global`` behind it, ``begin`` where a value is asked for, a comma before ``=``.
_UNKNOWN = re.compile(
    rb"^([ \t]*)const(?=[ \t]+\w+[ \t]*(?:::[^\n=#]*)?(?:#[^\n]*)?$)|(?<=\bconst )global\b"
    rb"|([\[(,:][ \t]*)begin(?=[ \t]*[-+*:)\],])|,(?=[ \t]*=[^=])",
    re.MULTILINE,
)


def with_known_syntax(text: bytes) -> bytes:
    r"""The text with what the grammar does not know blanked, or written as a name.

    Examples
    --------
    >>> with_known_syntax(b"struct A\n const b::Int\nend\nconst global c, = d[begin + 1]")
    b'struct A\n       b::Int\nend\nconst        c  = d[begi_ + 1]'
    """
    return _UNKNOWN.sub(_known, text)


def _known(match: re.Match[bytes]) -> bytes:
    return match[2] + b"begi_" if match[2] is not None else (match[1] or b"").ljust(len(match[0]))
