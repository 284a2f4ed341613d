"""Patterns of paths, written as in `.gitignore` files, that are asked of many paths."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable

from pathspec import GitIgnoreSpec

__all__ = ["PathPattern", "PathPatterns", "is_pattern", "specified"]

_OPEN = re.compile(r"[\[\\]")
_WILD = re.compile(r"[*?]")


class PathPattern:
    r"""One pattern.

    Parameters
    ----------
    text : str
        As it is written. One that begins with ``!``, and one that is no pattern, matches nothing.

    Examples
    --------
    >>> pattern = PathPattern("**/test_*.*")
    >>> pattern.matches("a/test_b.py"), pattern.matches("a/b.py"), pattern.literal
    (True, False, 'test_')
    """

    __slots__ = ("literal", "search", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        #: What every path that matches contains: most others are told by that.
        self.literal = _literal(text)
        #: Whether a path that contains it matches.
        self.search = _search(text)

    def matches(self, path: str) -> bool:
        """Whether a path, or a folder around it, is what the pattern means."""
        return self.literal in path and self.search(path) is not None


def _search(text: str) -> Callable[[str], object]:
    for pattern in specified([text]).patterns:
        if pattern.include and pattern.regex is not None:
            return pattern.regex.search
    return lambda _path: None


def _literal(pattern: str) -> str:
    """The longest text in a pattern that stands for itself."""
    if pattern.startswith("!"):
        return ""
    return max((run for part in pattern.rstrip().split("/") for run in _WILD.split(_OPEN.split(part)[0])), key=len)


class PathPatterns:
    """Several patterns, of which later ones may take back what earlier ones say.

    Parameters
    ----------
    texts : iterable of str
        The patterns, in order.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        written = list(texts)
        self._each = [(p.literal, p.search, p.text) for p in map(PathPattern, written)]
        self._whole = specified(written) if any(text.startswith("!") for text in written) else None

    def which(self, path: str) -> str | None:
        """The first pattern that matches a path, if all together do."""
        for literal, search, text in self._each:
            if literal in path and search(path) is not None:
                return text if self._whole is None or self._whole.match_file(path) else None
        return None


def specified(lines: Iterable[str]) -> GitIgnoreSpec:
    """All patterns of a file; lines that are none match nothing, as with git."""
    lines = list(lines)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of `re`, about ``[[``
        try:
            return GitIgnoreSpec.from_lines(lines)
        except (ValueError, re.error):
            return GitIgnoreSpec.from_lines(line for line in lines if is_pattern(line))


def is_pattern(line: str) -> bool:
    r"""Whether a line can be read as a pattern.

    Examples
    --------
    >>> is_pattern("*.py"), is_pattern("[z-a]"), is_pattern("a\\")
    (True, False, False)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        try:
            GitIgnoreSpec.from_lines([line])
        except (ValueError, re.error):
            return False
    return True
