"""CSS, SCSS and Less: variables, mixins, functions, placeholders, animations and custom properties; the files that a sheet loads.

Sheets are statements that end with ``;`` or have a block. Rules are none of what a sheet declares: a class stands wherever it is styled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...model import Block, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, one_line
from ..tokens import Token, TokenReader

__all__ = ["walk"]

_URL = r"url\(\s*(?:\"[^\"\n]*\"|'[^'\n]*'|[^\s\"'()]*)\s*\)"
_REST = rf"|(?P<text>\"(?>(?:[^\"\\\n]|\\.)*)\"?|'(?>(?:[^'\\\n]|\\.)*)'?|(?i:{_URL})|[#@]\{{[^{{}}\n]*\}})|(?P<sign>[{{}};()])"
#: A comment of one line is one in languages that CSS is made from, and not in CSS.
_MARKS = {
    "css": re.compile(r"(?P<comment>/\*(?s:.*?)(?:\*/|\Z))" + _REST),
    "": re.compile(r"(?P<comment>/\*(?s:.*?)(?:\*/|\Z)|//[^\n]*)" + _REST),
}
_RULE = re.compile(r"@([A-Za-z-]+)\b\s*")
_CALLED = re.compile(r"([A-Za-z_-][\w-]*)\s*(?:\((.*)\))?", re.DOTALL)
_VARIABLE = re.compile(r"(\$[\w-]+)\s*:\s*(.*)", re.DOTALL)
_OF_LESS = re.compile(r"(@[\w-]+)\s*:\s*(.*)", re.DOTALL)
_MIXIN_OF_LESS = re.compile(r"([.#][A-Za-z_-][\w-]*)\s*\((.*?)\)(?:\s*when\b.*)?\Z", re.DOTALL)
_PLACEHOLDER = re.compile(r"%[A-Za-z_-][\w-]*\Z")
_CUSTOM = re.compile(r"(--[\w-]+)\s*:\s*(.*)", re.DOTALL)
#: What all of a page inherits from.
_ROOT = re.compile(r":root\b|:host\b|\A(?:html|@theme)\b")
_QUOTED = re.compile(r"(?i:url\(\s*(?:\"([^\"\n]*)\"|'([^'\n]*)'|([^\s\"'()]*))\s*\))|\"([^\"\n]*)\"|'([^'\n]*)'")
_OF_URL = re.compile(r"(?i:url)\(\s*[\"']?([^\"'()\s]*)")
_COMPOSES = re.compile(r"composes\s*:[^\"']*\bfrom\s+[\"']([^\"'\n]+)[\"']")
_AS, _SHOWN = re.compile(r"[\"']\s*as\s+([\w*-]+)"), re.compile(r"\bshow\s+(.*)", re.DOTALL)
_WITHIN = re.compile(r"(\()\s+|,?\s+(\))")
_FLAGS = re.compile(r"\s*!(default|global)\b")
_ELSEWHERE = re.compile(r"[A-Za-z][\w+.-]*:|//|#|\Z")
#: What is put in when a sheet is made.
_FILLED = re.compile(r"[$@#]\{|\$\w|[{}*]|\A@\w+\Z")
#: Statements that load another file, and those that do where it is told by a path alone.
_LOADS, _BY_PATH = frozenset(("import", "use", "forward")), frozenset(("plugin", "config", "reference"))
#: Names of animations and counters, and of properties.
_NAMED = frozenset(("keyframes", "counter-style", "property"))
#: What is said to the tools that make documents of sheets, or check them.
_FOR_TOOLS = re.compile(r"(?m)^\s*(?:scss-docs-(?:start|end)|stylelint-(?:dis|en)able|prettier-ignore|sass-lint:|csslint\b).*\n?")


def walk(walk: Walk) -> None:
    """Read a sheet."""
    _Reader(walk).read()


class _Reader(TokenReader):
    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: Signs outside of texts, and of the braces that open, where they close.
        self.signs = list[tuple[int, str]]()
        self.closing = dict[int, int]()
        #: Of each block around a statement, whether all of a page inherits what is set in it.
        self.around = list[bool]()
        #: Names that are set anywhere; the first time counts.
        self.known = set[str]()
        self.urls = dict[str, int]()
        self.plain = ""

    def read(self) -> None:
        """Read everything."""
        self.marks()
        for start, end, opens in self.statements():
            self.statement(start, end, opens)
        for target, line in self.urls.items():
            self.walk.imports.append(Import("listed", target, line, alias="url"))
        self.walk.imports.sort(key=lambda statement: statement.line)
        self.file_comment({symbol.doc_line for symbol in self.walk.symbols})

    def marks(self) -> None:
        """Note comments and signs; what stands in comments is no part of a statement."""
        pieces, at, opened = list[str](), 0, list[int]()
        for match in _MARKS.get(self.walk.language, _MARKS[""]).finditer(self.source):
            if match.lastgroup == "comment":
                self.comment(match)
                pieces += [self.source[at : match.start()], re.sub(r"[^\n]", " ", match[0])]
                at = match.end()
            elif match.lastgroup == "sign":
                self.signs.append((match.start(), match[0]))
                if match[0] == "{":
                    opened.append(match.start())
                elif match[0] == "}" and opened:
                    self.closing[opened.pop()] = match.start()
            elif match[0][:1] in "uU":
                self.url(match)
        self.plain = "".join([*pieces, self.source[at:]])

    def url(self, match: re.Match[str]) -> None:
        """Note a file that a sheet has shown."""
        found = _OF_URL.match(match[0])
        target = re.split(r"[?#]", found[1], maxsplit=1)[0] if found is not None else ""
        before = self.source[max(match.start() - 30, 0) : match.start()].rsplit(";", 1)[-1]
        if target and not _ELSEWHERE.match(target) and not _FILLED.search(target) and "@import" not in before:
            self.urls.setdefault(target, self.line(match.start()))

    def statements(self) -> Iterator[tuple[int, int, int]]:
        """Where statements begin and end, and where the block of each opens, or -1."""
        start, depth = 0, 0
        for at, sign in self.signs:
            if sign in "()":
                depth = max(depth + (1 if sign == "(" else -1), 0)
            elif sign != ";" or not depth:
                yield start, at, at if sign == "{" else -1
                if sign == "}" and self.around:
                    self.around.pop()
                start, depth = at + 1, 0
        yield start, len(self.source), -1

    def statement(self, start: int, end: int, opens: int) -> None:
        """Read a statement."""
        text = self.plain[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        if text.startswith("@") and (rule := _RULE.match(text)) is not None and not text.startswith(":", rule.end()):
            self.rule(rule[1].lower(), text, rule.end(), start, opens)
        elif text:
            self.declared(text, start, opens)
        if opens >= 0:
            inherits = text.startswith("@") and bool(self.around) and self.around[-1]
            self.around.append(inherits or (_ROOT.search(text) is not None and "//" not in text))

    def rule(self, word: str, text: str, at: int, start: int, opens: int) -> None:
        """Read a statement that begins with ``@`` and a word."""
        rest = text[at:]
        if word in _LOADS or word in _BY_PATH:
            self.loads(word, rest, start + at)
        elif opens >= 0 and word in ("mixin", "function") and (called := _CALLED.match(rest)) is not None:
            kind = "macro" if word == "mixin" else "function"
            self.add(kind, called[1], start, opens, text, parameters=_parameters(called[2] or ""))
        elif opens >= 0 and word in _NAMED and (called := _CALLED.match(rest.strip("\"' "))) and called[1] not in self.known:
            self.known.add(called[1])
            self.add("property" if word == "property" else "object", called[1], start, opens, text, type=f"@{word}")

    def declared(self, text: str, start: int, opens: int) -> None:
        """Read a variable, a mixin of Less, a placeholder or a custom property."""
        is_less = self.walk.language == "less"
        if text.startswith("$") and not self.around:
            self.variable(_VARIABLE.match(text), start, opens)
        elif text.startswith("@") and not self.around and is_less:
            self.variable(_OF_LESS.match(text), start, opens)
        elif text.startswith("--") and self.around and self.around[-1]:
            self.variable(_CUSTOM.match(text), start, opens)
        elif opens >= 0 and text.startswith("%") and _PLACEHOLDER.match(text):
            self.add("macro", text, start, opens, text)
        elif opens >= 0 and is_less and (called := _MIXIN_OF_LESS.match(text)) is not None:
            self.add("macro", called[1], start, opens, text, parameters=_parameters(called[2]))
        elif text.startswith("composes") and (found := _COMPOSES.match(text)) is not None:
            self.walk.imports.append(Import("composes", found[1], self.line(start)))

    def variable(self, match: re.Match[str] | None, start: int, opens: int) -> None:
        """Note a variable where it is first set."""
        if match is not None and match[1] not in self.known:
            self.known.add(match[1])
            flags, value = tuple(sorted(set(_FLAGS.findall(match[2])))), one_line(_FLAGS.sub("", match[2]), MAX_VALUE)
            self.add("variable", match[1], start, opens, match[0], value=value, modifiers=flags)

    def loads(self, word: str, rest: str, start: int) -> None:
        """Note the files that a statement loads, of which `rest` stands behind its word."""
        alias, shown = _AS.search(rest), _SHOWN.search(rest)
        names = tuple([ImportedName(name) for part in shown[1].split(",") if (name := part.strip())]) if shown is not None else ()
        for match in _QUOTED.finditer(rest):
            target = next((group for group in match.groups() if group), "").strip()
            is_path = word in _LOADS or target.startswith(".")
            if target and is_path and not _FILLED.search(target):
                kind = "import_url" if match[0][:1] in "uU" else word
                self.walk.imports.append(
                    Import(kind, target, self.line(start + match.start()), names=names, alias=alias[1] if alias is not None else "")
                )
            if word != "import":
                return

    def add(self, kind: str, name: str, start: int, opens: int, head: str, **facts: Any) -> None:
        """Note something that a statement declares."""
        line = self.line(start)
        end = self.closing.get(opens, len(self.source)) if opens >= 0 else start + len(head)
        last = self.line(max(min(end, len(self.source.rstrip())) - (opens < 0), start))
        facts |= self.doc(Token(name, start, start + len(head), True))
        self.walk.add(kind, name, Block(line, max(last, line)), signature=one_line(_WITHIN.sub(r"\1\2", head)), **facts)

    def said(self, run: list[re.Match[str]]) -> dict[str, Any]:
        """Comments in the order of the text, as facts for `Walk.add`; what is said to tools is none."""
        facts = super().said(run)
        text = _FOR_TOOLS.sub("", facts.get("doc", "")).strip()
        return facts | {"doc": text} if text else {}


def _parameters(text: str) -> tuple[Parameter, ...]:
    """What a mixin or a function is given."""
    found, depth, begin = list[str](), 0, 0
    separator = ";" if ";" in text else ","
    for at, sign in enumerate(text):
        depth += (sign in "([{") - (sign in ")]}")
        if sign == separator and depth <= 0:
            found.append(text[begin:at])
            begin = at + 1
    found.append(text[begin:])
    parameters = list[Parameter]()
    for one in filter(None, (" ".join(part.split()) for part in found)):
        name, _, default = one.partition(":")
        is_rest = one.endswith("...")
        parameters.append(
            Parameter(name.strip().removesuffix("..."), default=default.strip()[:MAX_VALUE], kind="variadic" if is_rest else "")
        )
    return tuple(parameters)
