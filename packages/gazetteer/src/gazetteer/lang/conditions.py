"""Under which conditions of a preprocessor lines stand, in languages whose grammars read the text without it."""

from __future__ import annotations

import re
from bisect import bisect_right

from .base import Walk

__all__ = ["Conditions"]

_DIRECTIVE = re.compile(r"^[ \t]*#[ \t]*(ifdef|ifndef|if|elif|else|endif)\b((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//.*")


class Conditions:
    """Conditions by line.

    Parameters
    ----------
    walk : Walk
        The file.
    """

    def __init__(self, walk: Walk) -> None:
        #: Lines from which on the conditions are others, and these.
        self._lines, self._said = list[int](), list[str]()
        if b"#" in walk.original:
            self._read(walk.decoded)

    def _read(self, text: str) -> None:
        stack = list[list[str]]()
        line, at = 1, 0
        for match in _DIRECTIVE.finditer(text):
            line, at = line + text.count("\n", at, match.start()), match.start()
            word, test = match[1], " ".join(_COMMENT.sub(" ", match[2].replace("\\\n", " ")).split())
            if word in ("if", "ifdef", "ifndef"):
                stack.append([f"defined({test})" if word == "ifdef" else f"!defined({test})" if word == "ifndef" else test])
            elif stack and word == "endif":
                stack.pop()
            elif stack:
                stack[-1].append(test)
            said = [f"!({before})" for branches in stack for before in branches[:-1]]
            self._lines.append(line)
            self._said.append(" && ".join([*said, *(branches[-1] for branches in stack if branches[-1])]))

    def at(self, line: int) -> str:
        """The conditions around a line; empty without any."""
        place = bisect_right(self._lines, line) - 1
        return self._said[place] if place >= 0 else ""
