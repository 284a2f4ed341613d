"""Under which conditions of a preprocessor lines stand, in languages whose grammars read the text without it."""

from __future__ import annotations

import re
from bisect import bisect_right

from msgspec import Struct

from .base import MAX_CONDITIONS, Walk

__all__ = ["Conditions"]

_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif)\b((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//.*")
#: What follows the name that a guard against being included twice asks for: that is no condition worth a word.
_GUARDED = re.compile(r"\s*#[ \t]*define[ \t]+(\w+)")


class _Branch(Struct, frozen=True):
    """What a branch asks for, the one before it, and the one around both."""

    test: str
    before: _Branch | None
    around: _Branch | None


class Conditions:
    """Conditions by line.

    Parameters
    ----------
    walk : Walk
        The file.
    """

    def __init__(self, walk: Walk) -> None:
        #: Lines from which on the conditions are others, and the innermost of these.
        self._lines, self._branches = list[int](), list[_Branch | None]()
        if b"#" in walk.original:
            self._read(walk.decoded)

    def _read(self, text: str) -> None:
        branch: _Branch | None = None
        line, at = 1, 0
        for match in _DIRECTIVE.finditer(text):
            line, at = line + text.count("\n", at, match.start()), match.start()
            word, test = match[1], " ".join(_COMMENT.sub(" ", match[2].replace("\\\n", " ")).split())
            if word == "ifndef" and (guarded := _GUARDED.match(text, match.end())) is not None and guarded[1] == test:
                branch = _Branch("", None, branch)
            elif word in ("if", "ifdef", "ifndef"):
                branch = _Branch(f"defined({test})" if word == "ifdef" else f"!defined({test})" if word == "ifndef" else test, None, branch)
            elif branch is not None and word == "endif":
                branch = branch.around
            elif branch is not None:
                branch = _Branch(test, branch, branch.around)
            self._lines.append(line)
            self._branches.append(branch)

    def at(self, line: int) -> str:
        """The conditions around a line; empty without any."""
        place = bisect_right(self._lines, line) - 1
        branch = self._branches[place] if place >= 0 else None
        asked, denied = list[str](), list[str]()
        while branch is not None and len(asked) < MAX_CONDITIONS:
            asked.append(branch.test)
            before = branch.before
            while before is not None and len(denied) < MAX_CONDITIONS:
                denied.append(f"!({before.test})" if before.test else "")
                before = before.before
            branch = branch.around
        return " && ".join(filter(None, [*reversed(denied), *reversed(asked)]))
