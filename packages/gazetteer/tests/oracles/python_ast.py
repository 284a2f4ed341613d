"""Python's own parser as an oracle: every difference between what it says of a file and what Gazetteer says.

Run as a script over folders: ``python tests/oracles/python_ast.py [FOLDER …]`` (the standard library and its tests by default).

What is not compared, and why:

- files that `ast` cannot parse, or that hold NUL: there is nothing to compare with;
- columns: Gazetteer speaks of lines;
- docstrings after 8,000 characters and heads after 600: there Gazetteer cuts, and ends what is left with ``…``;
- breaks of lines in strings of decorators and bases: a decorator is shown on one line (such differences are listed);
- lone carriage returns and form feeds as ends of lines: Python ends a line at a lone ``\\r``, editors and GitHub do not.
"""

from __future__ import annotations

import ast
import copy
import re
import sys
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gazetteer.extract import extract, scan
from gazetteer.lang.base import MAX_DOC
from gazetteer.model import FileRecord, Symbol
from oracles import python_names
from oracles.python_expressions import same, same_all, same_statement

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_KINDS = {"class", "enum", "protocol", "function", "method", "constructor", "property"}


def differences(content: bytes) -> list[str] | None:
    """What is different, one line each; None where there is nothing to compare with."""
    if b"\0" in content or re.search(rb"\r(?!\n)", content):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    record = extract(content, "python", scan(content, 100_000_000).counts)
    errors = [f"a syntax error in lines {e.line} to {e.end_line}" for e in record.quality.errors]
    return [*_definitions(tree, record), *_imports(tree, record), *_module(tree, record), *python_names.differences(tree, record), *errors]


def _definitions(tree: ast.Module, record: FileRecord) -> Iterator[str]:
    expected = list(_expected(tree, ()))
    got = [(s, _path(record.symbols, i)) for i, s in enumerate(record.symbols) if s.kind in _KINDS]
    expected.sort(key=lambda e: (e[1].lineno, e[1].col_offset))
    wanted = sorted(("class" if isinstance(n, ast.ClassDef) else "function", p, n.lineno, _first(n), n.end_lineno) for p, n in expected)
    found = sorted(
        ("class" if s.kind in ("class", "enum", "protocol") else "function", p, _def_line(s), s.start_line, s.end_line) for s, p in got
    )
    for each in wanted:
        if each not in found:
            yield f"missing {each}"
    for each in found:
        if each not in wanted:
            yield f"too much {each}"
    by_place = {(p, _def_line(s)): s for s, p in got}
    for path, node in expected:
        symbol = by_place.get((path, node.lineno))
        if symbol is not None:
            yield from _one(path, node, symbol)


def _one(path: tuple[str, ...], node: Any, symbol: Symbol) -> Iterator[str]:
    where = f"{'.'.join(path)} line {node.lineno}"
    doc = ast.get_docstring(node)
    if (doc is None) != (not symbol.doc_line):
        yield f"{where}: docstring {doc is not None}, found {symbol.doc_line > 0}"
    elif doc is not None and not _same_text(doc, symbol.doc):
        yield f"{where}: docstring {doc[:60]!r}…, found {symbol.doc[:60]!r}…"
    yield from same_all(f"{where}: decorator", node.decorator_list, symbol.decorators)
    bare = copy.copy(node)
    bare.body, bare.decorator_list = [ast.Pass()], []
    yield from same_statement(f"{where}: signature", bare, symbol.signature, ": pass")
    if isinstance(node, ast.ClassDef):
        positional = [b.name for b in symbol.bases if not b.how]
        yield from same_all(f"{where}: base", node.bases, positional)
        named = [(k.arg or "**", k.value) for k in node.keywords]
        found = [(b.how, b.name) for b in symbol.bases if b.how]
        if [n for n, _ in named] != [n for n, _ in found]:
            yield f"{where}: keywords {[n for n, _ in named]}, found {[n for n, _ in found]}"
        else:
            yield from same_all(f"{where}: keyword", [v for _, v in named], [v for _, v in found])
        return
    if ("async" in symbol.modifiers) != isinstance(node, ast.AsyncFunctionDef):
        yield f"{where}: async"
    a = node.args
    names = [*a.posonlyargs, *a.args, *([a.vararg] if a.vararg else []), *a.kwonlyargs, *([a.kwarg] if a.kwarg else [])]
    sorts = ["positional"] * len(a.posonlyargs) + [""] * len(a.args) + ["args"] * bool(a.vararg) + ["keyword"] * len(a.kwonlyargs)
    wanted = list(zip([n.arg for n in names], [*sorts, "kwargs"], strict=False))
    found = [(p.name, p.kind) for p in symbol.parameters]
    if wanted != found:
        yield f"{where}: parameters {wanted}, found {found}"
    else:
        plain = len(a.posonlyargs) + len(a.args)
        defaults = [None] * (plain - len(a.defaults)) + [*a.defaults] + [None] * bool(a.vararg) + [*a.kw_defaults] + [None] * bool(a.kwarg)
        for name, default, p in zip(names, defaults, symbol.parameters, strict=True):
            yield from same(f"{where}: annotation of {p.name}", name.annotation, p.type)
            yield from same(f"{where}: default of {p.name}", default, p.default)
    if node.returns is not None or symbol.type:
        yield from same_all(f"{where}: returns", [node.returns] if node.returns else [], [symbol.type] if symbol.type else [])


def _imports(tree: ast.Module, record: FileRecord) -> Iterator[str]:
    expected = list[Any]()
    for node, local, type_only in _places(tree):
        if isinstance(node, ast.Import):
            expected += [("import", a.name, a.asname or "", 0, (), node.lineno, node.end_lineno, local, type_only) for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = tuple((a.name, a.asname or "") for a in node.names)
            expected.append(("from", node.module or "", "", node.level, names, node.lineno, node.end_lineno, local, type_only))
    found = [
        (i.kind, i.target, i.alias, i.level, tuple((n.name, n.alias) for n in i.names), i.line, i.end_line, i.local, i.type_only)
        for i in record.imports
    ]
    for each in sorted(set(expected) - set(found)):
        yield f"missing import {each}"
    for each in sorted(set(found) - set(expected)):
        yield f"too much import {each}"
    if len(expected) != len(found):
        yield f"{len(expected)} imports, found {len(found)}"


def _places(tree: ast.Module) -> Iterator[tuple[ast.AST, bool, bool]]:
    """Every statement, whether it is run only sometimes, and whether it is for those alone who check types."""
    stack: list[tuple[ast.AST, bool, bool]] = [(tree, False, False)]
    while stack:
        node, local, types = stack.pop()
        if not isinstance(node, (ast.stmt, ast.Module, ast.ExceptHandler, ast.match_case)):
            continue
        yield node, local, types
        conditional = isinstance(node, (*_FUNCTIONS, ast.If, ast.While, ast.ExceptHandler, ast.match_case))
        checked = isinstance(node, ast.If) and re.fullmatch(r"(\w+\.)?TYPE_CHECKING", ast.unparse(node.test)) is not None
        for part in ("body", "handlers", "cases", "orelse", "finalbody"):
            stack += [
                (each, local or conditional or part == "orelse", types or (checked and part == "body")) for each in getattr(node, part, ())
            ]


def _module(tree: ast.Module, record: FileRecord) -> Iterator[str]:
    doc = ast.get_docstring(tree)
    if (doc is None) != (not record.doc_line):
        yield f"module docstring {doc is not None}, found {record.doc_line > 0}"
    elif doc is not None and not _same_text(doc, record.doc):
        yield f"module docstring {doc[:60]!r}…, found {record.doc[:60]!r}…"


def _expected(node: ast.AST, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    stack: list[tuple[ast.AST, tuple[str, ...]]] = [(node, path)]
    while stack:
        each, above = stack.pop()
        for child in ast.iter_child_nodes(each):
            below = above
            if isinstance(child, (ast.ClassDef, *_FUNCTIONS)):
                below = (*above, child.name)
                yield below, child
            stack.append((child, below))


def _first(node: Any) -> int:
    return min([node.lineno, *(d.lineno for d in node.decorator_list)])


def _def_line(symbol: Symbol) -> int:
    """The line of ``def`` or ``class``; `Symbol.line` is that of the name, which may stand on the next."""
    return symbol.line if symbol.decorators else symbol.start_line


def _path(symbols: list[Symbol], index: int) -> tuple[str, ...]:
    found = list[str]()
    while index >= 0:
        found.append(symbols[index].name)
        index = symbols[index].parent
    return tuple(reversed(found))


def _same_text(doc: str, found: str) -> bool:
    doc = doc.encode("utf-8", "backslashreplace").decode()
    return found == doc if len(doc) <= MAX_DOC else found == doc[: MAX_DOC - 1] + "…"


def main(folders: list[str]) -> int:
    """Compare all files; the number of those with differences."""
    roots = [Path(f) for f in folders] or [Path(sysconfig.get_paths()["stdlib"])]
    compared = skipped = wrong = 0
    for root in roots:
        for path in sorted(root.rglob("*.py")):
            if not folders and "site-packages" in path.parts:
                continue
            found = differences(path.read_bytes())
            if found is None:
                skipped += 1
                continue
            compared += 1
            if found:
                wrong += 1
                sys.stdout.write(f"{path.relative_to(root)}\n")
                for line in found[:10]:
                    sys.stdout.write(f"    {line}\n")
    sys.stdout.write(f"{compared:,} files compared, {skipped:,} that ast cannot parse, {wrong:,} with differences\n")
    return wrong


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
