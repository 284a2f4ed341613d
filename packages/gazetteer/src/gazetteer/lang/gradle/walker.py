"""Scripts of Gradle, in Groovy and in Kotlin: projects, scripts and plugins that they take, what is needed, tasks, functions, variables.

What a script gives to Gradle is looked for by words; its own code is no more read than that.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Block, Document, Import
from ..base import MAX_DOC, MAX_VALUE, Walk, one_line
from ..commented import clean_comment

__all__ = ["walk"]

#: Comments and texts; a mark of a comment within a text is none.
_APART = re.compile(
    r"(//[^\n]*|/\*.*?(?:\*/|\Z))|'''.*?(?:'''|\Z)|\"\"\".*?(?:\"\"\"|\Z)|'(?>(?:[^'\\\n]|\\.)*)'?|\"(?>(?:[^\"\\\n]|\\.)*)\"?", re.DOTALL
)
_TEXT = r"[\"']([^\"'\n]+)[\"']"
#: Where a statement begins on its line, a call may take an object first: ``proj.apply from: "a"``.
_BEGIN = r"^([ \t]*)"
_APPLIED = re.compile(rf"\bapply\s*+(?:\(\s*+)?from\s*+[:=]\s*+(?:(?:rootProject|project)\.)?(?:file\s*+\(\s*+)?{_TEXT}")
_INCLUDED = re.compile(rf"(?m){_BEGIN}(include|includeBuild)\b\s*+(?:\(\s*+)?({_TEXT}(?:\s*+,\s*+{_TEXT})*)")
_PROJECT = re.compile(r"\bproject\s*+\(\s*+(?:path\s*+[:=]\s*+)?[\"'](:[\w.:-]*)[\"']")
_ACCESSOR = re.compile(r"\bprojects((?:\.[A-Za-z]\w*)+)")
_PLUGIN = re.compile(
    rf"\b(?:id\s*+(?:\(\s*+)?{_TEXT}\s*+\)?(?:\s*+version\s*+(?:\(\s*+)?{_TEXT})?|apply\s*+(?:\(\s*+)?plugin\s*+[:=]\s*+{_TEXT}|kotlin\s*+\(\s*+{_TEXT}\s*+\))"
)
#: Configurations that a need is one of, of whatever part of the sources.
_CONFIGURATION = (
    r"\w*(?:[aA]pi|[iI]mplementation|[cC]ompile|[cC]ompileOnly|[rR]untime|[rR]untimeOnly|[cC]lasspath|[kK]apt|[kK]sp|[pP]rocessor|[pP]rovided|[eE]rrorprone"
    r"|[dD]esugaring)"
)
_NEEDED = re.compile(
    rf"(?m){_BEGIN}({_CONFIGURATION})\s*+(?:\(\s*+)?(?:(?:platform|enforcedPlatform)\s*+\(\s*+)?[\"']([\w.-]+:[\w.-]+(?::[^\"'\n]*)?)[\"']"
)
_TASK = re.compile(
    rf"(?m){_BEGIN}(?:task\s+([A-Za-z_]\w*)|tasks\.(?:register|create)(?:<[^>\n]*>)?\s*\(\s*{_TEXT}|val\s+([A-Za-z_]\w*)\s+by\s+tasks\b)"
)
_FUNCTION = re.compile(r"(?m)^(?:(?:private|internal|static)\s+)*(?:fun|def)\s+(?:<[^>\n]*>\s*)?(?:[A-Z]\w*\.)?([A-Za-z_]\w*)\s*\([^\n]*")
_VARIABLE = re.compile(
    r"(?m)^(?:(?:private|internal|final)\s+)*(?:val|var|def)\s+([A-Za-z_]\w*)(?:\s*+:\s*+[^=\n]++)?\s*+=(?!=)\s*+([^\n]*)"
)
_DESCRIPTION = re.compile(rf"(?m)^(?:project\.)?description\s*+(?:=\s*+)?{_TEXT}")
_SAID = re.compile(rf"(?m)^(?:rootProject\.)?(group|version|name)\s*+(?:=\s*+)?{_TEXT}")
_WORD = re.compile(_TEXT)


def walk(walk: Walk) -> None:
    """Read a script."""
    _Reader(walk).read()


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.source = walk, walk.decoded
        self.comments = [match for match in _APART.finditer(self.source) if match[1]]
        self.text = _APART.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if m[1] else m[0], self.source)
        self.ends = {self.line(match.end() - 1): match for match in self.comments}

    def line(self, offset: int) -> int:
        """The line on which an offset is."""
        return self.walk.line_at(offset)

    def read(self) -> None:
        """Read everything."""
        self.walk.imports = sorted(self.named(), key=lambda statement: statement.line)
        self.walk.values = sorted(self.needs(), key=lambda value: value[2])
        found = [*self.tasks(), *self.declared()]
        for start, kind, name, line, signature in sorted(found):
            self.walk.add(kind, name, Block(line, line), signature=one_line(signature), **self.doc(start))
        if match := _DESCRIPTION.search(self.text):
            self.walk.document = Document(summary=one_line(match[1], MAX_DOC), summary_line=self.line(match.start(1)))

    def named(self) -> Iterator[Import]:
        """Other scripts and projects."""
        for match in _APPLIED.finditer(self.text):
            yield Import("listed", match[1], self.line(match.start(1)), alias="apply")
        for match in _INCLUDED.finditer(self.text):
            for word in _WORD.finditer(match[3]):
                yield Import("listed", word[1], self.line(match.start(3) + word.start(1)), alias=match[2])
        for match in _PROJECT.finditer(self.text):
            yield Import("listed", match[1], self.line(match.start(1)), alias="project")
        for match in _ACCESSOR.finditer(self.text):
            path = re.sub(r"(?<=[a-z0-9])([A-Z])", lambda m: f"-{m[1].lower()}", match[1]).replace(".", ":")
            yield Import("listed", path, self.line(match.start(1)), alias=match[0])

    def needs(self) -> Iterator[tuple[str, str, int]]:
        """Plugins, libraries, and what a script says of its project."""
        for match in _PLUGIN.finditer(self.text):
            name = match[1] or match[3] or f"org.jetbrains.kotlin.{match[4]}"
            yield "plugin", one_line(f"{name} {match[2] or ''}", MAX_VALUE), self.line(match.start())
        for match in _NEEDED.finditer(self.text):
            yield match[2], one_line(match[3], MAX_VALUE), self.line(match.start(3))
        for match in _SAID.finditer(self.text):
            yield match[1], one_line(match[2], MAX_VALUE), self.line(match.start(1))

    def tasks(self) -> Iterator[tuple[int, str, str, int, str]]:
        """Tasks, wherever they are made."""
        for match in _TASK.finditer(self.text):
            name = match[2] or match[3] or match[4]
            yield match.end(1), "target", name, self.line(match.end() - 1), self.row(match.end(1))

    def declared(self) -> Iterator[tuple[int, str, str, int, str]]:
        """Functions and variables of the script itself."""
        for match in _FUNCTION.finditer(self.text):
            yield match.start(), "function", match[1], self.line(match.start(1)), match[0].partition("{")[0].rstrip(" =")
        for match in _VARIABLE.finditer(self.text):
            yield match.start(), "variable", match[1], self.line(match.start(1)), match[0].rstrip(" {[(")

    def row(self, start: int) -> str:
        """The rest of a line, up to a brace."""
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].partition("{")[0].strip()

    def doc(self, start: int) -> dict[str, Any]:
        """The comment that ends on the line above."""
        last = self.ends.get(self.line(start) - 1)
        if last is None or self.source[self.source.rfind("\n", 0, last.start()) + 1 : last.start()].strip():
            return {}
        text = clean_comment(last[0])
        return {"doc": text, "doc_line": self.line(last.start()), "doc_end": self.line(last.end() - 1)} if text else {}
