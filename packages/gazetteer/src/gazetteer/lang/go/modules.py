"""``go.mod`` and ``go.work``: the module, what it requires, replaces and uses."""

from __future__ import annotations

import re

from ...model import Block, Import
from ..base import Walk, one_line

__all__ = ["walk"]

_OPEN = re.compile(r"\s*(require|replace|exclude|retract|use|tool)\s*\(")
_LINE = re.compile(r"\s*(module|go|toolchain|require|replace|use|tool)\s+(.*)")


def walk(walk: Walk) -> None:
    """Read a list of modules: the module itself is a symbol, those that it needs are imports."""
    word = ""
    for number, line in enumerate(walk.decoded.split("\n"), 1):
        code = line.partition("//")[0].strip()
        if word and code == ")":
            word = ""
        elif opened := _OPEN.fullmatch(code):
            word = opened[1]
        elif code:
            found = _LINE.match(code)
            verb, rest = (word, code) if word else (found[1], found[2]) if found else ("", "")
            _entry(walk, verb, rest.split(), Block(number, number), code)


def _entry(walk: Walk, verb: str, words: list[str], where: Block, code: str) -> None:
    words = [w.strip('"`') for w in words]
    if not words:
        return
    if verb == "module":
        walk.add("module", words[0], where, signature=one_line(code))
    elif verb in ("require", "use", "tool"):
        walk.imports.append(Import(verb, words[0], where.line, where.line, alias=words[1] if verb == "require" and len(words) > 1 else ""))
    elif verb == "replace" and "=>" in words:
        arrow = words.index("=>")
        walk.imports.append(Import("replace", " ".join(words[arrow + 1 :]), where.line, where.line, alias=words[0]))
