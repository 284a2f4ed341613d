"""CMake: the project, targets with their sources, options, variables, functions and macros, and what is brought in."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from ...model import Block, Import, ImportedName, Note, Parameter
from ..base import MAX_CONDITIONS, MAX_DOC, MAX_VALUE, Walk, one_line
from ..commented import clean_comment, indented
from ..heads import told
from .scan import Argument, Command, Comment, commands

__all__ = ["walk"]

_TARGETS = {
    "add_library": "library", "add_executable": "executable", "add_custom_target": "custom target", "qt_add_library": "library",
    "qt_add_executable": "executable", "qt6_add_library": "library", "qt6_add_executable": "executable",
}  # fmt: skip
#: Commands of Qt and KDE that give a target more sources.
_MORE_SOURCES = re.compile(
    r"(?:qt[56]?|ecm|ki18n|kconfig)_(?:add_qml_module|target_qml_sources|add_resources|wrap_ui|wrap_cpp|add_kcfg_files)"
)
_MODIFIERS = frozenset((
    "STATIC", "SHARED", "MODULE", "OBJECT", "INTERFACE", "UNKNOWN", "IMPORTED", "GLOBAL", "ALIAS", "EXCLUDE_FROM_ALL", "WIN32",
    "MACOSX_BUNDLE", "ALL",
))  # fmt: skip
_SECTIONS = frozenset(("PUBLIC", "PRIVATE", "INTERFACE", "FILE_SET", "BASE_DIRS", "TYPE", "FILES"))
_ENDS = {"endif": "if", "endfunction": "function", "endmacro": "macro", "endforeach": "foreach", "endwhile": "while", "endblock": "block"}
#: A path that is written out and names a file of code.
_SOURCE = re.compile(
    r"(?:\$\{(?:CMAKE_CURRENT_SOURCE_DIR|CMAKE_CURRENT_LIST_DIR|PROJECT_SOURCE_DIR|CMAKE_SOURCE_DIR)\}/)?[\w./+@-]+"
    r"\.(?:c|cc|cpp|cxx|cu|cuh|h|hh|hpp|hxx|inl|inc|m|mm|s|S|asm|f|F|f90|py|pyx|proto|rs|swift|java|qrc|ui|qml|kcfgc?|in)"
)


class _Around(Struct):
    """A block that is open."""

    word: str
    #: Conditions of the branches of an ``if`` so far, and the symbol of a function.
    conditions: list[str] = []
    own: str = ""
    symbol: int = -1


def walk(walk: Walk) -> None:
    """Read a list file or a module of CMake."""
    _Reader(walk).read()


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.around: list[_Around] = []
        self.comments: list[Comment] = []
        self.known: set[str] = set()
        self.first = True

    def read(self) -> None:
        """Read everything."""
        for part in commands(self.walk.decoded):
            if isinstance(part, Comment):
                self.comment(part)
                continue
            if not part.closed:
                text = f"the parenthesis of {one_line(part.name, 80)!r} is not closed: what follows was not read"
                self.walk.notes.append(Note("parse-error", text, part.line))
                return
            facts = self.doc(part)
            self.command(part, part.name.lower(), facts)
            self.comments, self.first = [], False
        self.doc(None)

    def comment(self, comment: Comment) -> None:
        if not comment.alone or (comment.line == 1 and comment.text.startswith("!")):  # what runs the file
            return
        if self.comments and self.comments[-1].end_line + 1 < comment.line:
            if self.first and not self.walk.doc:
                self.file_doc()
            self.comments = []
        self.comments.append(comment)

    def doc(self, command: Command | None) -> dict[str, Any]:
        """The comment that ends on the line before a command; the first of a file that stands alone is the file's."""
        if not self.comments:
            return {}
        apart = command is None or self.comments[-1].end_line + 1 < command.line
        documents = command is not None and command.name.lower() in ("function", "macro", "option", "set", *_TARGETS)
        if self.first and not self.walk.doc and (apart or not documents):
            self.file_doc()
        if apart:
            return {}
        return self.words()

    def file_doc(self) -> None:
        words = told(self.words())
        if words:
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = words["doc"], words["doc_line"], words["doc_end"]

    def words(self) -> dict[str, Any]:
        said = [clean_comment("#" + c.text) if c.line == c.end_line else c.text.strip() for c in self.comments]
        text = "\n".join(indented(said, [c.text if c.line == c.end_line else "" for c in self.comments]) if len(said) > 1 else said)
        text = re.sub(r"\A\.rst:\s*", "", text).strip()[:MAX_DOC]
        return {"doc": text, "doc_line": self.comments[0].line, "doc_end": self.comments[-1].end_line} if text else {}

    def command(self, command: Command, word: str, facts: dict[str, Any]) -> None:
        if word in ("if", "elseif", "else", "foreach", "while", "block", "function", "macro") or word in _ENDS:
            self.block(command, word, facts)
        elif word in ("include", "find_package", "add_subdirectory"):
            self.brought_in(command, word)
        elif command.arguments and not any(a.word in ("function", "macro") for a in self.around):
            if word in _TARGETS:
                self.target(command, word, facts)
            elif word in ("target_sources", "set", "list", "option", "cmake_dependent_option", "project"):
                getattr(self, f"on_{word}")(command, facts)
            elif _MORE_SOURCES.fullmatch(word):
                self.sources(command.arguments[1:])

    def block(self, command: Command, word: str, facts: dict[str, Any]) -> None:
        """Open, go on with or close a block."""
        written = one_line(" ".join(f'"{a.text}"' if a.quoted else a.text for a in command.arguments), MAX_VALUE)
        if word in ("elseif", "else"):
            if self.around and self.around[-1].word == "if":
                top = self.around[-1]
                condition = [written] if word == "elseif" else []
                top.own = " AND ".join([f"NOT ({c})" for c in top.conditions[-MAX_CONDITIONS:]] + condition)
                top.conditions += condition
        elif word in _ENDS:
            while self.around:
                closed = self.around.pop()
                if closed.symbol >= 0:
                    self.walk.symbols[closed.symbol].end_line = command.end_line
                if closed.word == _ENDS[word]:
                    break
        else:
            symbol = -1
            if word in ("function", "macro") and command.arguments:
                name, *parameters = command.arguments
                symbol = self.add(
                    word, name, command, signature=f"{word}({written})", parameters=tuple(Parameter(p.text) for p in parameters), **facts
                )
            self.around.append(_Around(word, [written], written if word == "if" else "", symbol))

    @property
    def condition(self) -> str:
        """The conditions around what is being read."""
        return " AND ".join([a.own for a in self.around[-MAX_CONDITIONS:] if a.own])

    def add(self, kind: str, name: Argument, command: Command, **facts: Any) -> int:
        """Note a symbol that a command names."""
        index = next((a.symbol for a in reversed(self.around) if a.symbol >= 0), -1)
        first = command.line if command.line < name.line else 0
        return self.walk.add(
            kind, name.text, Block(name.line, max(command.end_line, name.line)), index, first_line=first, condition=self.condition, **facts
        )

    def brought_in(self, command: Command, word: str) -> None:
        if not command.arguments:
            return
        first, *rest = command.arguments
        texts = [a.text for a in rest]
        names: tuple[ImportedName, ...] = ()
        if word == "find_package":
            parts = [t for t in texts if t not in ("REQUIRED", "QUIET", "CONFIG", "MODULE", "EXACT", "NO_MODULE", "OPTIONAL_COMPONENTS")]
            at = parts.index("COMPONENTS") + 1 if "COMPONENTS" in parts else len(parts)
            names = tuple(ImportedName(t) for t in parts[at:])
        kind = {"add_subdirectory": "subdirectory"}.get(word, word)
        local = any(a.word in ("function", "macro") for a in self.around)
        self.walk.imports.append(Import(kind, first.text, first.line, command.end_line, names=names, local=local, condition=self.condition))

    def sources(self, arguments: list[Argument]) -> None:
        """Note files of a list that are written out."""
        for argument in arguments:
            if _SOURCE.fullmatch(argument.text):
                self.walk.imports.append(Import("sources", argument.text, argument.line, condition=self.condition))

    def target(self, command: Command, word: str, facts: dict[str, Any]) -> None:
        name, *rest = command.arguments
        modifiers = {a.text for a in rest[:3] if a.text in _MODIFIERS and not a.quoted}
        words = " ".join(a.text for a in command.arguments[:6]) + (" …" if len(command.arguments) > 6 else "")
        value = rest[1].text if rest and rest[0].text == "ALIAS" and len(rest) > 1 else ""
        self.add(
            "target", name, command, signature=one_line(f"{command.name}({words})"), type=_TARGETS[word],
            modifiers=tuple(sorted(m.lower() for m in modifiers)), value=value, **facts,
        )  # fmt: skip
        if word != "add_custom_target":
            self.sources([a for a in rest if a.text not in _MODIFIERS])

    def on_target_sources(self, command: Command, _facts: dict[str, Any]) -> None:
        """``target_sources(name PRIVATE …)``."""
        self.sources([a for a in command.arguments[1:] if a.text not in _SECTIONS])

    def on_list(self, command: Command, _facts: dict[str, Any]) -> None:
        """``list(APPEND name …)``."""
        if command.arguments[0].text in ("APPEND", "PREPEND"):
            self.sources(command.arguments[2:])

    def on_set(self, command: Command, facts: dict[str, Any]) -> None:
        """``set(name value…)``, and options in the cache."""
        name, *values = command.arguments
        texts = [a.text for a in values]
        cache = texts.index("CACHE") if "CACHE" in texts else -1
        self.sources(values[:cache] if cache >= 0 else values)
        if "$" in name.text or name.text.startswith("ENV{") or name.text in self.known or "PARENT_SCOPE" in texts:
            return
        self.known.add(name.text)
        shown = texts[:cache] if cache >= 0 else texts
        value = one_line(" ".join(shown), MAX_VALUE)
        if cache >= 0 and len(texts) > cache + 2 and not facts:
            at = values[cache + 2]
            facts = {"doc": at.text, "doc_line": at.line, "doc_end": at.line + at.text.count("\n")} if at.text else {}
        self.add(
            "option" if cache >= 0 else "variable", name, command, signature=one_line(f"set({name.text} {' '.join(texts)})", MAX_VALUE),
            value=value, type=texts[cache + 1] if 0 <= cache < len(texts) - 1 else "", **facts,
        )  # fmt: skip

    def on_option(self, command: Command, facts: dict[str, Any]) -> None:
        """``option(name "what it does" ON)``."""
        name, *rest = command.arguments
        value = rest[1].text if len(rest) > 1 else "OFF"
        if rest and rest[0].text:
            facts = {"doc": rest[0].text, "doc_line": rest[0].line, "doc_end": rest[0].line + rest[0].text.count("\n")}
        self.add("option", name, command, signature=f"option({name.text} {value})", value=value, type="BOOL", **facts)

    on_cmake_dependent_option = on_option

    def on_project(self, command: Command, facts: dict[str, Any]) -> None:
        """``project(name VERSION 1.0 LANGUAGES CXX)``."""
        texts = [a.text for a in command.arguments]
        version = texts[texts.index("VERSION") + 1] if "VERSION" in texts[:-1] else ""
        self.add("package", command.arguments[0], command, signature=one_line(f"project({' '.join(texts)})"), value=version, **facts)
