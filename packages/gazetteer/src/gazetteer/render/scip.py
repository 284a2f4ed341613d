"""The facts as an index of SCIP: definitions, documentation, bases as relationships, and references by imports, includes and bases.

A file is a symbol too - its path as a namespace - so that what imports it can refer to it.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from .. import __version__
from ..atlas import Edge
from ..compiler.messages import KIND_NUMBERS, messages
from ..compiler.scip import name_in_symbol
from ..errors import UsageError
from ..facts import Facts
from ..model import TYPE_KINDS, Symbol
from ..occurrences import place_of_word
from ..reading import read_file

__all__ = ["descriptor", "scip_index"]

#: Roles and encodings of the protocol.
_DEFINITION, _IMPORT, _GENERATED, _TEST, _FORWARD = 1, 2, 16, 32, 64
_UTF8, _UTF8_UNITS = 1, 1
#: What `place_of_word` calls a word, and the length of a line on which words are not looked for one by one.
_WHOLE = re.compile(rb"[A-Za-z0-9_$]+")
_LONG = 4_000
_INCLUDED = re.compile(r"#\s*include\s*[<\"]([^>\"]+)")
_TYPES = TYPE_KINDS | {"impl", "extension", "delegate"}
_CALLED = frozenset(("function", "method", "constructor", "destructor", "operator"))
#: How the protocol calls languages, where it is not our name with a capital.
_LANGUAGES = {
    "cpp": "CPP", "c": "C", "cuda": "CUDA", "csharp": "CSharp", "javascript": "JavaScript", "typescript": "TypeScript",
    "tsx": "TypeScriptReact",
    "php": "PHP", "bash": "ShellScript", "starlark": "Skylark", "json": "JSON", "yaml": "YAML", "toml": "TOML", "rst": "ReST",
    "objc": "Objective_C",
    "objcpp": "Objective_CPP", "html": "HTML", "css": "CSS", "scss": "SCSS", "xml": "XML", "sql": "SQL",
    "batch": "Bat", "powershell": "PowerShell", "ocaml": "OCaml", "ocaml_interface": "OCaml", "fsharp": "FSharp", "tex": "TeX",
    "visual-basic": "VisualBasic", "vhdl": "VHDL", "systemverilog": "Verilog", "common-lisp": "CommonLisp", "graphql": "GraphQL",
    "asciidoc": "AsciiDoc", "bibtex": "BibTeX", "mathematica": "Wolfram",
}  # fmt: skip


def scip_index(facts: Facts) -> Iterator[bytes]:
    """The bytes of ``index.scip`` in pieces: what it says of itself, then each document, for their bytes one after another are the whole.

    Raises
    ------
    UsageError
        If protobuf is not installed (extra ``scip``).
    """
    try:
        classes = messages()
    except ModuleNotFoundError as error:
        raise UsageError("SCIP needs protobuf, which is not installed; expected: pip install 'gazetteer[scip]'") from error
    return _Writer(facts, classes).pieces()


def descriptor(symbol: Symbol, number: int = 0) -> str:
    """The descriptor of a symbol; `number` tells symbols apart that would have the same.

    Examples
    --------
    >>> descriptor(Symbol("class", "Node", 1, 1)), descriptor(Symbol("method", "run", 1, 1), 1), descriptor(Symbol("field", "a b", 1, 1))
    ('Node#', 'run(+1).', '`a b`.')
    """
    name = name_in_symbol(f"{symbol.scope}::{symbol.name}" if symbol.scope else symbol.name or f"anonymous-{symbol.line}")
    if symbol.kind in _CALLED:
        return f"{name}({f'+{number}' if number else ''})."
    mark = (
        "#"
        if symbol.kind in _TYPES
        else "/"
        if symbol.kind in ("namespace", "module", "package")
        else "!"
        if symbol.kind == "macro"
        else "."
    )
    return f"{name}{mark}" if not number else f"{name_in_symbol(f'{symbol.name}+{number}')}{mark}"


class _Writer:
    def __init__(self, facts: Facts, classes: dict[str, Any]) -> None:
        self.facts, self.classes = facts, classes
        self._names: dict[str, list[str]] = {}
        self._prefix = f"gazetteer . {facts.atlas.name.replace(' ', '  ') or '.'} . "

    def pieces(self) -> Iterator[bytes]:
        """All documents; the root stays open, since an output has no absolute path."""
        index = self.classes["Index"]()
        index.metadata.tool_info.name, index.metadata.tool_info.version = "gazetteer", __version__
        index.metadata.text_document_encoding = _UTF8
        yield index.SerializeToString(deterministic=True)
        for path, file in self.facts.atlas.files.items():
            if file.record is not None and _is_utf8(path) and file.scan.encoding == "utf-8":
                index = self.classes["Index"]()
                self._document(index.documents.add(), path)
                yield index.SerializeToString(deterministic=True)

    def _file(self, path: str) -> str:
        return self._prefix + name_in_symbol(path) + "/"

    def _symbols(self, path: str) -> list[str]:
        """The symbol of each declaration of a file: its path, and descriptors from the outermost in; no two are equal."""
        if path not in self._names:
            names, seen, file = list[str](), set[str](), self._file(path)
            numbers: dict[str, int] = defaultdict(int)  # the last that a name was given: overloads may be as many as a file has lines
            for symbol in self.facts.symbols_of(path):
                above = names[symbol.parent] if symbol.parent >= 0 else file
                name = plain = above + descriptor(symbol)
                while name in seen:
                    numbers[plain] += 1
                    name = above + descriptor(symbol, numbers[plain])
                seen.add(name)
                names.append(name)
            self._names[path] = names
        return self._names[path]

    def _document(self, document: Any, path: str) -> None:
        file = self.facts.atlas.files[path]
        assert file.record is not None
        document.relative_path, document.language = path, _LANGUAGES.get(file.language, file.language.capitalize())
        document.position_encoding = _UTF8_UNITS
        lines = _Lines(self._content(path))
        role = (_GENERATED if "generated" in file.labels else 0) | (_TEST if "test" in file.labels else 0)
        whole = document.symbols.add(symbol=self._file(path), kind=16, display_name=path.rpartition("/")[2])
        if file.record.doc:
            whole.documentation.append(file.record.doc)
        document.occurrences.add(range=[0, 0, 0], symbol=self._file(path), symbol_roles=_DEFINITION | role)
        own: dict[int, list[Edge]] = defaultdict(list)
        for edge in self.facts.atlas.edges_from.get(path, ()):
            own[edge.source_symbol].append(edge)
        names = self._symbols(path)
        for index, symbol in enumerate(file.record.symbols):
            said = document.symbols.add(symbol=names[index], kind=KIND_NUMBERS.get(symbol.kind, 0), display_name=symbol.name)
            if symbol.doc:
                said.documentation.append(symbol.doc)
            if symbol.signature:
                said.signature_documentation.text, said.signature_documentation.language = symbol.signature, document.language
            said.relationships.extend(self._relationships(own.get(index, ())))
            roles = role | (_DEFINITION if symbol.role == "definition" else _FORWARD)
            found = document.occurrences.add(range=lines.place(symbol.line, symbol.name), symbol=names[index], symbol_roles=roles)
            first = min(symbol.start_line, symbol.doc_line or symbol.start_line)  # with what documents it, as the protocol asks
            found.enclosing_range.extend([first - 1, 0, symbol.end_line - 1, len(lines.text(symbol.end_line))])
        for edge in self.facts.atlas.edges_from.get(path, ()):
            target = self._target(edge)
            if target:
                roles = role | (_IMPORT if edge.kind in ("import", "include") else 0)
                document.occurrences.add(range=lines.place(edge.line, _written(edge)), symbol=target, symbol_roles=roles)

    def _relationships(self, edges: Any) -> Iterator[Any]:
        for edge in edges:
            target = self._target(edge)
            if target and edge.kind in ("base", "override", "definition"):
                yield self.classes["Relationship"](
                    symbol=target, is_implementation=edge.kind != "definition", is_reference=edge.kind != "base",
                    is_definition=edge.kind == "definition",
                )  # fmt: skip

    def _target(self, edge: Edge) -> str:
        if not _is_utf8(edge.target) or self.facts.atlas.files[edge.target].record is None:
            return ""
        return self._symbols(edge.target)[edge.target_symbol] if edge.target_symbol >= 0 else self._file(edge.target)

    def _content(self, path: str) -> bytes:
        if self.facts.root is None:
            return b""
        try:
            return read_file(self.facts.root, path)
        except OSError:
            return b""


class _Lines:
    """The lines of a file, and where names stand on them."""

    def __init__(self, content: bytes) -> None:
        self._lines = content.split(b"\n")
        self._words: dict[int, dict[bytes, int]] = {}

    def text(self, line: int) -> bytes:
        """A line by its number; empty behind the last."""
        return self._lines[line - 1] if 0 < line <= len(self._lines) else b""

    def place(self, line: int, name: str) -> list[int]:
        """Where a name stands on a line, in bytes; the whole line where it is written in another way."""
        text, word = self.text(line), name.encode("utf-8", "surrogatepass")
        at = self._place(line, text, word) if word else -1
        return [line - 1, at, at + len(word)] if at >= 0 else [line - 1, 0, len(text.rstrip(b"\r"))]

    def _place(self, line: int, text: bytes, word: bytes) -> int:
        if len(text) > _LONG and _WHOLE.fullmatch(word):  # it may declare as many names as it has words, so that is read but once
            if line not in self._words:
                self._words[line] = {match[0]: match.start() for match in reversed(list(_WHOLE.finditer(text)))}
            at = self._words[line].get(word, -1)
        else:
            at = place_of_word(text, word)
        return at if at >= 0 else text.find(word)


def _written(edge: Edge) -> str:
    """What an edge's line calls its target: of ``#include "a.h"`` that between the marks."""
    match = _INCLUDED.search(edge.text)
    return match[1] if match else edge.text


def _is_utf8(path: str) -> bool:
    try:
        os.fsencode(path).decode()
    except UnicodeDecodeError:
        return False
    return True
