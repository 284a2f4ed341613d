"""LaTeX: title and sections, files that are put in, packages, commands and environments that are defined, labels and what refers to them.

What stands in comments, and where texts are shown as they are written, is none of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...model import Block, Document, Heading, Import
from ..base import MAX_DOC, MAX_VALUE, Walk, one_line

__all__ = ["plain", "walk"]

#: Comments, and what is shown as it is written: what does not end goes on to the end.
_APART = re.compile(
    r"(?P<escaped>\\[%\\])|%[^\n]*|(?P<begin>\\begin\s*\{(?P<shown>verbatim\*?|lstlisting|minted|comment|filecontents\*?|Verbatim|alltt)\})"
    r"(?:.*?(?=\\end\s*\{(?P=shown)\})|.*\Z)|\\verb\*?(?P<mark>[^\sA-Za-z*])[^\n]*?(?P=mark)",
    re.DOTALL,
)
_LEVELS = {"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5, "subparagraph": 6}
#: The argument of a command: braces within it are closed.
_GIVEN = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\}){0,2000})\}"
_OPTION = r"(?:\s*\[[^\]]{0,500}\])"
_HEADING = re.compile(rf"\\({'|'.join(_LEVELS)})\*?{_OPTION}?\s*{_GIVEN}")
_TITLE = re.compile(rf"\\title{_OPTION}?\s*{_GIVEN}")
_ABSTRACT = re.compile(r"\\begin\s*\{abstract\}(.{1,4000}?)(?:\n[ \t\r]*\n|\\end\s*\{abstract\}|\\par\b)", re.DOTALL)
_FILE = re.compile(
    rf"\\(input|include|subfile|subfileinclude|bibliography|addbibresource|includegraphics\*?|includepdf|lstinputlisting|verbatiminput|usepackage"
    rf"|RequirePackage|documentclass|LoadClass|includestandalone|inputminted){_OPTION}*\s*\{{([^{{}}\\#\n]{{1,500}})\}}(?:\{{([^{{}}\\#\n]{{1,500}})\}})?"
)
_IMPORT = re.compile(r"\\(?:sub)?(?:import|includefrom|inputfrom)\s*\{([^{}\\#\n]{1,500})\}\s*\{([^{}\\#\n]{1,500})\}")
_BARE = re.compile(r"\\input\s+([^\s{}\\%#]{1,500})")
_SAID = frozenset(("usepackage", "RequirePackage", "documentclass", "LoadClass"))
_COMMAND = re.compile(
    r"\\(?:(?:(?:re)?newcommand|providecommand|DeclareRobustCommand|DeclareMathOperator|(?:New|Renew|Provide|Declare)DocumentCommand)\*?\s*\{?\s*"
    r"\\([A-Za-z@]+)|(?:[egx]?def|let)\s*\\([A-Za-z@]+)"
    r"|((?:re)?newenvironment|newtheorem|(?:New|Renew)DocumentEnvironment|newcounter|newlength)\*?\s*\{\s*\\?([A-Za-z@*]+)\s*\})"
)
_COUNTED = frozenset(("newcounter", "newlength"))
_LABEL = re.compile(r"\\label\s*\{([^{}\\#\n]{1,200})\}")
_REFERS = re.compile(
    r"\\((?:auto|page|eq|name|[cCvf]|labelc)?[rR]ef\*?|hyperref|(?:[pt]|paren|text|foot|auto|full|no)?[cC]ite(?:p|t|author|year|alp|alt)?\*?)"
    r"(?:\s*\[[^\]]{0,300}\]){0,2}\s*\{([^{}\\#\n]{1,1000})\}"
)
#: Commands, but for a byte that is shown as an escape.
_PLAIN = re.compile(r"\\(?!x[89a-f][0-9a-f])[A-Za-z@]+\*?(?:\s*\[[^\]]*\])?|[{}]|\\(?=\W)|~")
_CITES = re.compile(r"[cC]ite")
#: So much of a line is looked at around a name.
_AROUND = 200
#: So many references of a file are followed, each once.
_MOST_REFERENCES = 1_000


def walk(walk: Walk) -> None:
    """Read a document, a part of one, or a package."""
    reader = _Reader(walk)
    reader.files()
    reader.declared()
    reader.references()
    reader.document()
    walk.imports.sort(key=lambda statement: (statement.line, statement.kind, statement.target))


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.text = _APART.sub(_blank, walk.decoded)

    def line(self, offset: int) -> int:
        return self.walk.line_at(offset)

    def files(self) -> None:
        """Note what is put in, and which packages are used."""
        for match in _FILE.finditer(self.text):
            word, line = match[1].rstrip("*"), self.line(match.start(2))
            if word == "inputminted" and match[3]:
                self.named(word, match[3], self.line(match.start(3)))
                continue
            for target in match[2].split(",") if word in _SAID or word == "bibliography" else [match[2]]:
                if word in _SAID and target.strip():
                    self.walk.values.append((word, one_line(target, MAX_VALUE), line))
                self.named(word, target, line)
        for match in _IMPORT.finditer(self.text):
            self.named("import", f"{match[1].strip().rstrip('/')}/{match[2].strip()}", self.line(match.start(1)))
        for match in _BARE.finditer(self.text):
            self.named("input", match[1], self.line(match.start(1)))

    def named(self, word: str, target: str, line: int) -> None:
        target = target.strip().strip('"')
        if target:
            is_listed = word in _SAID or word == "includegraphics"
            self.walk.imports.append(Import("listed" if is_listed else word, target, line, alias=word if is_listed else ""))

    def declared(self) -> None:
        """Note commands, environments and labels."""
        found = list[tuple[int, str, str]]()
        for match in _COMMAND.finditer(self.text):
            group = next(n for n in (1, 2, 4) if match[n])
            found.append((match.start(group), "variable" if match[3] in _COUNTED else "macro", match[group]))
        found += [(match.start(1), "target", match[1].strip()) for match in _LABEL.finditer(self.text) if match[1].strip()]
        for offset, kind, name in sorted(found):
            line = self.line(offset)
            self.walk.add(kind, name, Block(line, line), signature=f"\\label{{{name}}}" if kind == "target" else self.written(offset))

    def written(self, offset: int) -> str:
        """What stands around an offset on its line."""
        first = max(offset - _AROUND, 0)
        start, stop = self.text.rfind("\n", first, offset) + 1 or first, self.text.find("\n", offset, offset + 2 * _AROUND)
        return one_line(self.text[start : stop if stop >= 0 else offset + 2 * _AROUND], MAX_VALUE)

    def references(self) -> None:
        """Note labels and entries that are referred to, each once."""
        known = {symbol.name for symbol in self.walk.symbols if symbol.kind == "target"}
        for match in _REFERS.finditer(self.text):
            for target in match[2].split(","):
                name = target.strip()
                if name and name not in known and len(known) < _MOST_REFERENCES + len(self.walk.symbols):
                    known.add(name)
                    word = "cite" if _CITES.search(match[1]) else "ref"
                    self.walk.imports.append(Import("listed", name, self.line(match.start(2)), alias=word))

    def document(self) -> None:
        """The title, the beginning of the abstract, and the sections."""
        document = Document()
        headings = [Heading(_LEVELS[match[1]], text, line) for match, text, line in self.headings()]
        title = _TITLE.search(self.text)
        if title is not None and (text := plain(title[1])):
            document.title, document.title_line = text, self.line(title.start(1))
        elif headings:
            document.title, document.title_line = headings[0].text, headings[0].line
        abstract = _ABSTRACT.search(self.text)
        if abstract is not None and (text := plain(abstract[1])):
            begin = abstract.start(1) + len(abstract[1]) - len(abstract[1].lstrip())
            document.summary, document.summary_line = text, self.line(begin)
        document.headings = tuple(headings)
        if document.title or document.summary:
            self.walk.document = document

    def headings(self) -> Iterator[tuple[re.Match[str], str, int]]:
        for match in _HEADING.finditer(self.text):
            if text := plain(match[2]):
                yield match, text, self.line(match.start())


def plain(text: str) -> str:
    r"""What is read of a text: nothing of its commands.

    Examples
    --------
    >>> plain(r"The \emph{old}~mill \& its \TeX")
    'The old mill & its'
    """
    return one_line(_PLAIN.sub(lambda match: " " if match[0] == "~" else "", text), MAX_DOC)


def _blank(match: re.Match[str]) -> str:
    if match["escaped"]:
        return match[0]
    kept = match["begin"] or ""
    return kept + re.sub(r"[^\n\r]", " ", match[0][len(kept) :])
