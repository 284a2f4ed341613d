"""A repair of Haskell: the grammar takes no carriage return within a gap of a string."""

from __future__ import annotations

import re

__all__ = ["with_gaps_of_line_feeds"]

_GAP = re.compile(rb"\\\r\n(?=[ \t\r\n]*\\)")


def with_gaps_of_line_feeds(text: bytes) -> bytes:
    r"""`text` with the line feed first where a string goes on in another line.

    Examples
    --------
    >>> with_gaps_of_line_feeds(b'a = "b\\\r\n  \\c"\r\n')
    b'a = "b\\\n   \\c"\r\n'
    """
    return _GAP.sub(b"\\\\\n ", text)
