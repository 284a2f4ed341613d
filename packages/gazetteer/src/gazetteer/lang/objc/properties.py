"""Properties of Objective-C, from their text: types, and what their parentheses say."""

from __future__ import annotations

import re

from ..base import MAX_VALUE, one_line

__all__ = ["type_before", "words_of"]


def type_before(declared: bytes, begin: int, behind: int) -> str:
    """The type of a name in what is declared of it, with its ``*``.

    Examples
    --------
    >>> [type_before(b"NSString *a, *b", *at) for at in ((10, 11), (14, 15))]
    ['NSString *', 'NSString *']
    >>> type_before(b" void (^done)(int a)", 8, 12)
    'void (^)(int a)'
    """
    before, after = (one_line(part.decode("utf-8", "backslashreplace"), MAX_VALUE) for part in (declared[:begin], declared[behind:]))
    if before.endswith(("(^", "(*")):
        return f"{before}{after}"
    first, comma, own = before.rpartition(",")
    if comma and ">" not in own:  # of several: the type stands before the first
        first = re.sub(r"[\s*]*\w+\s*(?:,.*)?\Z", "", first)
        return f"{first.strip()} {own.strip()}".strip()
    return before


def words_of(attributes: bytes) -> tuple[str, ...]:
    """What the parentheses of a property say, and ``static`` for one of the class.

    Examples
    --------
    >>> words_of(b"(nonatomic, class, getter = isOn)")
    ('getter=isOn', 'nonatomic', 'static')
    """
    words = ("".join(word.split()) for word in attributes.decode("utf-8", "backslashreplace").strip("() \t\r\n").split(","))
    return tuple(sorted({"static" if word == "class" else word for word in words if word}))
