"""What a module of Python gives values to, by its `ast`: variables, fields, attributes that methods set, and what is said of each.

A name is listed once in what is around it, where it is first given a value or a type; the statements of a class go before those of its
methods. ``:=`` counts in modules, where it stands in an expression that is a statement or a condition; loops and ``with`` count for
attributes alone.
"""

from __future__ import annotations

import ast
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from gazetteer.model import FileRecord, Symbol
from oracles.python_expressions import same, same_statement

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_KINDS = frozenset(("variable", "constant", "field", "enum_member", "type_alias"))


class Given(NamedTuple):
    """A name that is given something."""

    path: tuple[str, ...]
    line: int
    end: int
    statement: ast.stmt
    annotation: ast.expr | None
    #: The value, where the name is given the whole of it.
    value: ast.expr | None


def differences(tree: ast.Module, record: FileRecord) -> Iterator[str]:
    """Every difference, one line each."""
    expected = {each.path: each for each in reversed(list(_given(tree)))}
    found = {
        tuple(unicodedata.normalize("NFKC", n) for n in _path(record.symbols, i)): s
        for i, s in enumerate(record.symbols)
        if s.kind in _KINDS and "slot" not in s.modifiers
    }
    for path in sorted(expected.keys() | found.keys()):
        where = ".".join(path)
        if path not in found:
            yield f"missing name {where}, line {expected[path].line}"
        elif path not in expected:
            yield f"too much name {where}, line {found[path].line}"
        else:
            yield from _one(f"name {where} line {expected[path].line}:", expected[path], found[path])


def _one(where: str, given: Given, symbol: Symbol) -> Iterator[str]:
    if (given.line, given.end) != (symbol.line, symbol.end_line):
        yield f"{where} to {given.end}, found {symbol.line} to {symbol.end_line}"
        return
    if isinstance(given.statement, getattr(ast, "TypeAlias", ())):
        yield from same(f"{where} type", given.value, symbol.type)
    else:
        yield from same(f"{where} annotation", given.annotation, symbol.type)
        yield from same(f"{where} value", given.value, symbol.value)
    if isinstance(given.statement, (ast.Assign, ast.AnnAssign)):
        yield from same_statement(f"{where} signature", given.statement, symbol.signature)


def _given(tree: ast.Module) -> Iterator[Given]:
    scopes: list[tuple[list[ast.stmt], tuple[str, ...], str, tuple[str, ...], str]] = [(tree.body, (), "module", (), "")]
    while scopes:
        body, path, inside, owner, me = scopes.pop()
        inner = list[Any]()
        for statement in _statements(body):
            if isinstance(statement, ast.ClassDef):
                inner.append((statement.body, (*path, _named(statement)), "class", (), ""))
            elif isinstance(statement, _FUNCTIONS):
                inner.append((statement.body, (*path, _named(statement)), "function", *_receiver(statement, path, inside)))
            elif inside != "function":
                yield from _names(statement, path, inside)
            elif me:
                yield from _attributes(statement, owner, me)
        scopes += reversed(inner)


def _receiver(function: Any, path: tuple[str, ...], inside: str) -> tuple[tuple[str, ...], str]:
    decorators = [ast.unparse(d).split("(")[0].rsplit(".", 1)[-1] for d in function.decorator_list]
    arguments = [*function.args.posonlyargs, *function.args.args]
    bound = inside == "class" and function.name != "__new__" and not {"staticmethod", "classmethod"} & set(decorators)
    return (path, arguments[0].arg) if bound and arguments else ((), "")


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a body, and those in blocks of them, in the order of the text."""
    for statement in body:
        yield statement
        if isinstance(statement, (ast.ClassDef, *_FUNCTIONS)):
            continue
        for part in ("body", "handlers", "cases", "orelse", "finalbody"):
            for each in getattr(statement, part, ()):
                yield from _statements([each] if isinstance(each, ast.stmt) else each.body)


def _names(statement: ast.stmt, path: tuple[str, ...], inside: str) -> Iterator[Given]:
    if isinstance(statement, ast.Assign):
        for target in statement.targets:
            whole = statement.value if isinstance(target, ast.Name) else None
            for each in _flat(target):
                if isinstance(each, ast.Name):
                    yield _at((*path, each.id), each, statement, None, whole)
    elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        yield _at((*path, statement.target.id), statement.target, statement, statement.annotation, statement.value)
    elif isinstance(statement, getattr(ast, "TypeAlias", ())):
        yield _at((*path, statement.name.id), statement.name, statement, None, statement.value)  # type: ignore[attr-defined]
    if inside == "module" and isinstance(statement, (ast.Expr, ast.If)):
        for each in _walruses(statement.value if isinstance(statement, ast.Expr) else statement.test):
            yield _at((*path, each.target.id), each.target, each, None, each.value)


def _attributes(statement: ast.stmt, owner: tuple[str, ...], me: str) -> Iterator[Given]:
    targets: list[tuple[ast.expr, Any, ast.expr | None, ast.expr | None]] = []
    if isinstance(statement, ast.Assign):
        targets += [(t, statement, None, statement.value if isinstance(t, ast.Attribute) else None) for t in statement.targets]
    elif isinstance(statement, ast.AnnAssign):
        targets.append((statement.target, statement, statement.annotation, statement.value))
    elif isinstance(statement, (ast.For, ast.AsyncFor)):
        targets.append((statement.target, statement.target, None, None))
    elif isinstance(statement, (ast.With, ast.AsyncWith)):
        targets += [(i.optional_vars, i.optional_vars, None, None) for i in statement.items if i.optional_vars is not None]
    for target, whole, annotation, value in targets:
        for each in _flat(target):
            if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == me:
                yield _at((*owner, each.attr), each, whole, annotation, value)


def _at(path: tuple[str, ...], target: ast.expr, statement: Any, annotation: ast.expr | None, value: ast.expr | None) -> Given:
    line = target.end_lineno if isinstance(target, ast.Attribute) else target.lineno
    return Given(path, line or 0, statement.end_lineno, statement, annotation, value)


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        for each in target.elts:
            yield from _flat(each)
    elif isinstance(target, ast.Starred):
        yield from _flat(target.value)
    else:
        yield target


def _walruses(expression: ast.expr) -> Iterator[Any]:
    if isinstance(expression, ast.Lambda):
        return
    if isinstance(expression, ast.NamedExpr):
        yield expression
    for child in ast.iter_child_nodes(expression):
        if isinstance(child, (ast.expr, ast.comprehension, ast.keyword)):
            yield from _walruses(child)  # type: ignore[arg-type]


def _named(node: Any) -> str:
    """What a definition is called and where it ends: two in branches of a condition have one name."""
    return f"{node.name}~{node.end_lineno}"


def _path(symbols: list[Symbol], index: int) -> tuple[str, ...]:
    found = [symbols[index].name]
    while (index := symbols[index].parent) >= 0:
        found.append(f"{symbols[index].name}~{symbols[index].end_line}")
    return tuple(reversed(found))
