"""Texts that have the shape of a secret: keys and tokens that a repository should not have, and that no answer should repeat."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

__all__ = ["secret_in"]

#: What a secret is, texts of which one is in each secret of that sort, and its shape. Most texts have none of them, and are not looked at.
_SHAPES = (
    ("a private key", ("-----BEGIN ",), re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")),
    (
        "an AWS access key", ("AKIA", "ASIA", "AGPA", "AIDA", "AROA"),
        re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}(?![A-Z0-9])"),
    ),
    (
        "a GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
        re.compile(r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})"),
    ),
    (
        "a Slack token", ("xox", "hooks.slack.com"),
        re.compile(r"(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/services/T[A-Z0-9]+/B[A-Z0-9]+/\w+"),
    ),
    ("a JSON web token", ("eyJ",), re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*")),
    ("a Google key", ("AIza",), re.compile(r"(?<![\w-])AIza[\w-]{35}")),
    (
        "an API key", tuple(f"k{mark}{word}" for mark in "-_" for word in ("live", "test", "proj", "ant")),
        re.compile(r"(?<![\w-])(?:sk|rk|pk)[-_](?:live|test|proj|ant)[-_][\w-]{16,}"),
    ),
    ("a password in an address", ("://",), re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@]+:[^\s/:@]{3,}@[\w.-]+")),
)  # fmt: skip
_ASSIGNED = re.compile(
    r"(?i)(?:secret|token|passw(?:or)?d|pwd|api[_-]?key|access[_-]?key|private[_-]?key|credential|auth)\w*[\"']?\s*(?::[^=\n]{0,40})?(?:=>|:=|=|:)"
    r"\s*[\"'`]?([A-Za-z0-9+/_=.~!@%^&*-]{12,})"
)
#: What that begins with, in lower case, and letters of which the shape takes another case for one of these.
_ASSIGNED_TO = ("secret", "token", "passw", "pwd", "api", "access", "private", "credential", "auth")
_ODD_CASE = ("\u0130", "\u0131", "\u017f", "\u212a")
#: Looks behind its quotation mark after that was found: so a search looks at quotation marks alone.
_OPAQUE = re.compile(r"[\"'](?<![\w+/=-][\"'])([A-Za-z0-9+/_-]{32,}={0,2})[\"']")


def secret_in(text: str) -> str:
    """What sort of secret a text seems to have; an empty text where it has none.

    Examples
    --------
    >>> secret_in("key = 'AKIA" + "ABCDEFGHIJKLMNOP'")
    'an AWS access key'
    >>> secret_in("token: str = 'none'")
    ''
    """
    if len(text) < 12:
        return ""
    for name, signs, shape in _SHAPES:
        for sign in signs:
            if sign in text:
                if shape.search(text):
                    return name
                break
    if any(_is_random(match[1], 3.0) for match in _assigned(text)):
        return "a secret that is assigned"
    return "a long random text" if any(_is_random(m[1], 4.2) for m in _OPAQUE.finditer(text)) else ""


def _assigned(text: str) -> Iterator[re.Match[str]]:
    """What `_ASSIGNED` finds: at the places where one of its words begins, since to look for all of them everywhere takes long."""
    if any(letter in text for letter in _ODD_CASE):
        yield from _ASSIGNED.finditer(text)
        return
    lower, end = text.lower(), 0
    for at in sorted([at for word in _ASSIGNED_TO for at in _all_of(word, lower)]):
        if at >= end and (match := _ASSIGNED.match(text, at)) is not None:
            yield match
            end = match.end()


def _all_of(word: str, text: str) -> Iterator[int]:
    """Where a word begins in a text."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def _is_random(text: str, bits: float) -> bool:
    """Whether the characters of a text tell as little of each other as those of a key do; it has digits and letters."""
    if not any(c.isdigit() for c in text) or not any(c.isalpha() for c in text):
        return False
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values()) >= bits
