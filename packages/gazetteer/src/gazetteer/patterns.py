"""Patterns of paths, written as in `.gitignore` files, that are asked of many paths."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterable
from itertools import pairwise

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

    __slots__ = ("literal", "prefix", "search", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        #: What every path that matches contains: most others are told by that.
        self.literal = _literal(text)
        #: What every path that matches begins with.
        self.prefix = _prefix(text)
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


def _prefix(pattern: str) -> str:
    """What a pattern that begins at the top of the tree begins with: one with a slash before its end does.

    Examples
    --------
    >>> [_prefix(text) for text in ("/a/b/", "a/b*", "/a", "a/", "*.py", "**/a/b")]
    ['a/b/', 'a/b', 'a', '', '', '']
    """
    text = pattern.rstrip()
    if "/" not in text[:-1] or text.startswith("!") or "//" in text:
        return ""
    return _WILD.split(_OPEN.split(text.removeprefix("/"))[0])[0]


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
            found = GitIgnoreSpec.from_lines(lines)
        except (ValueError, re.error):
            found = GitIgnoreSpec.from_lines(line for line in lines if is_pattern(line))
        for pattern in found.patterns:
            if pattern.regex is not None and _MANY.search(pattern.regex.pattern):
                pattern.regex = re.compile(_bounded(pattern.regex.pattern))
    return found


#: What `GitIgnoreSpec` writes for ``**`` before and between folders, for ``*``, for the end of a path; a class; any other sign.
_PART = re.compile(
    r"(?P<folders>\(\?:\.\+/\)\?|\(\?:/\.\+\)\?/)|(?P<star>\[\^/\]\*)|(?P<end>\(\?:\(\?P<ps_d>/\)\|\$\)|\(\?P<ps_d>/\))"
    r"|(?P<other>\[\^/\]\+?|\\.|[^\[\\(])|(?P<class>\[\^?\]?(?:\\.|[^\]\\])*\])",
    re.DOTALL,
)
#: Of fewer there is nothing to be gained.
_MANY = re.compile(r"(?:(?:\[\^/\]\*|\.\+).*?){3}", re.DOTALL)


def _bounded(regex: str) -> str:
    r"""A regular expression of `GitIgnoreSpec` that matches the same, in a time that does not grow with each further ``*`` and ``**``.

    What stands between two stars is best looked for as early as possible, and where it was found first it need not be looked for again:
    that leaves most to what follows. The last star of a name, and the last ``**``, are left as they are: what is behind them is looked for
    at the end. A class has no ``/`` in it, as with git.

    Examples
    --------
    >>> _bounded("^(?:.+/)?[^/]*a[^/]*b(?:(?P<ps_d>/)|$)")
    '^(?:.+/)?(?>[^/]*?a)[^/]*b(?:(?P<ps_d>/)|$)'
    >>> _bounded("^(?:.+/)?a(?:/.+)?/b(?:(?P<ps_d>/)|$)")
    '^(?>(?:.+?/)??a(?=/))(?:/.+)?/b(?:(?P<ps_d>/)|$)'
    """
    parts = list(_PART.finditer(regex, 1))
    if not regex.startswith("^") or "".join(part[0] for part in parts) != regex[1:]:
        return regex
    chunks: list[tuple[str, str]] = [("", "")]
    name, end = list[re.Match[str]](), ""
    for part in parts:
        if part.lastgroup in ("folders", "end") or part[0] == "/":
            folders, chunk = chunks[-1]
            chunks[-1] = folders, chunk + _bounded_name(name) + (part[0] if part[0] == "/" else "")
            name.clear()
            if part.lastgroup == "folders":
                chunks.append((part[0], ""))
            elif part.lastgroup == "end":
                end = part[0]
        else:
            name.append(part)
    (_, lead), *others = chunks
    early = "".join(f"(?>{folders.replace('+', '+?').replace(')?', ')??')}{chunk}(?=/))" for folders, chunk in others[:-1])
    return f"^{lead}{early}{''.join(others[-1]) if others else ''}{_bounded_name(name)}{end}"


def _bounded_name(parts: list[re.Match[str]]) -> str:
    """The same of what stands for one name."""
    stars = [number for number, part in enumerate(parts) if part.lastgroup == "star"]
    texts = [f"(?!/){part[0]}" if part.lastgroup == "class" else part[0] for part in parts]
    for star, following in pairwise(stars):
        texts[star] = "(?>[^/]*?"
        texts[following - 1] += ")"
    return "".join(texts)


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
