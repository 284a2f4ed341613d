"""What a file of Lua declares and requires: functions, and local variables of the file.

It reads the text line by line, which is enough for an example. A walker of a language with a grammar
(``grammar="tree_sitter_lua:language"``) has the parse tree in `Walk.tree`.
"""

from __future__ import annotations

import re

from gazetteer.lang.base import Walk, clean_comment
from gazetteer.model import Block, Import

__all__ = ["walk"]

_FUNCTION = re.compile(r"(?:local\s+)?function\s+([\w.:]+)\s*(\([^)]*\))")
_VARIABLE = re.compile(r"local\s+(\w+)\s*=\s*(.+)")
_REQUIRE = re.compile(r"""\brequire\s*\(?\s*["']([\w./-]+)["']""")


def walk(walk: Walk) -> None:
    """Note what a file of Lua declares and requires: functions up to the `end` below their first column, variables on one line."""
    lines = walk.decoded.split("\n")
    comment: list[str] = []
    for number, line in enumerate(lines, 1):
        if line.startswith("--"):
            comment.append(line)
            continue
        facts = {"doc": clean_comment("\n".join(comment)), "doc_line": number - len(comment), "doc_end": number - 1} if comment else {}
        comment = []
        for found in _REQUIRE.finditer(line):
            walk.imports.append(Import("require", found[1], number, number))
        if function := _FUNCTION.match(line):
            end = next((n for n in range(number, len(lines)) if lines[n].startswith("end")), number - 1) + 1
            name = function[1].replace(":", ".").rpartition(".")
            walk.add("method" if name[0] else "function", name[2], Block(number, end), scope=name[0], signature=function[0], **facts)
        elif variable := _VARIABLE.match(line):
            walk.add("variable", variable[1], Block(number, number), value=variable[2], **facts)
