"""Python: what `ast` says of a file, without running or importing it, also where its syntax is broken."""

from __future__ import annotations

import ast
import inspect
import warnings
from typing import TYPE_CHECKING, Any

from ...model import Base, Import, ImportedName, Parameter
from ..base import MAX_DOC, MAX_VALUE, Walk, in_order_of_text, one_line

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: Statements that hold others; what is defined in them is defined in what is around them.
_BLOCKS = frozenset((
    "block", "if_statement", "elif_clause", "else_clause", "for_statement", "while_statement", "try_statement", "except_clause",
    "except_group_clause", "finally_clause", "with_statement", "match_statement", "case_clause", "module", "ERROR",
))  # fmt: skip

_ENUMS = frozenset(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"))


class _Scope:
    """Where a statement stands: the symbol around it, and what that is."""

    __slots__ = ("enum", "inside", "local", "parent", "type_only")

    def __init__(self, parent: int, inside: str, *, enum: bool = False, local: bool = False, type_only: bool = False) -> None:
        self.parent, self.inside, self.enum, self.local, self.type_only = parent, inside, enum, local, type_only


def walk(walk: Walk) -> None:
    """Read a module: classes, functions, assignments, imports and docstrings at any depth of statements."""
    assert walk.tree is not None
    root = walk.tree.root_node
    facts = _docstring(walk, root)
    if facts:
        walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
    # A stack and no recursion: statements may nest deeper than Python's own.
    stack: list[tuple[Node, _Scope]] = [(root, _Scope(-1, "module"))]
    while stack:
        node, scope = stack.pop()
        inner: list[tuple[Node, _Scope]] = []
        for child in node.named_children:
            _statement(walk, child, scope, inner)
        stack += reversed(inner)
    in_order_of_text(walk)


def _statement(walk: Walk, node: Node, scope: _Scope, inner: list[tuple[Node, _Scope]], decorators: list[Node] | None = None) -> None:
    kind = node.type
    if kind == "function_definition":
        _function(walk, node, scope, inner, decorators or [])
    elif kind == "class_definition":
        _class(walk, node, scope, inner, decorators or [])
    elif kind == "decorated_definition":
        definition = node.child_by_field_name("definition")
        if definition is not None:
            _statement(walk, definition, scope, inner, [c for c in node.named_children if c.type == "decorator"])
    elif kind in ("import_statement", "import_from_statement", "future_import_statement"):
        _import(walk, node, scope)
    elif kind == "expression_statement" and scope.inside != "function":
        for child in node.named_children:
            if child.type == "assignment":
                _assignment(walk, child, scope)
    elif kind == "type_alias_statement":
        _type_alias(walk, node, scope)
    elif kind in _BLOCKS:
        if kind == "if_statement" and _tests_type_checking(walk, node):
            scope = _Scope(scope.parent, scope.inside, enum=scope.enum, local=scope.local, type_only=True)
        inner.append((node, scope))


def _function(walk: Walk, node: Node, scope: _Scope, inner: list[tuple[Node, _Scope]], decorators: list[Node]) -> None:
    name, body = walk.text(node.child_by_field_name("name")), node.child_by_field_name("body")
    written = tuple(one_line(walk.text(d)[1:]) for d in decorators)
    modifiers = {"async"} if node.children and node.children[0].type == "async" else set()
    kind = "function"
    if scope.inside == "class":
        kind = "constructor" if name == "__init__" else "method"
        for decorator in written:
            last = decorator.split("(")[0].rsplit(".", 1)[-1]
            if last in ("property", "cached_property") or decorator.endswith((".setter", ".getter", ".deleter")):
                kind = "property"
            elif last in ("staticmethod", "classmethod", "abstractmethod", "final", "override", "overload"):
                modifiers.add({"staticmethod": "static", "classmethod": "class", "abstractmethod": "abstract"}.get(last, last))
    returns = node.child_by_field_name("return_type")
    index = walk.add(
        kind, name, node, scope.parent,
        signature=one_line(walk.slice(node.start_byte, body.start_byte if body else node.end_byte).rstrip().rstrip(":")),
        visibility=_visibility(name), modifiers=tuple(sorted(modifiers)), type=one_line(walk.text(returns)),
        parameters=_parameters(walk, node.child_by_field_name("parameters")), decorators=written,
        first_line=decorators[0].start_point.row + 1 if decorators else 0,
        type_parameters=one_line(walk.text(node.child_by_field_name("type_parameters"))), **_docstring(walk, body),
    )  # fmt: skip
    if body is not None:
        inner.append((body, _Scope(index, "function", local=True, type_only=scope.type_only)))


def _class(walk: Walk, node: Node, scope: _Scope, inner: list[tuple[Node, _Scope]], decorators: list[Node]) -> None:
    name, body = walk.text(node.child_by_field_name("name")), node.child_by_field_name("body")
    arguments, bases = node.child_by_field_name("superclasses"), list[Base]()
    for argument in arguments.named_children if arguments is not None else ():
        if argument.type == "keyword_argument":
            bases.append(Base(one_line(walk.text(argument.child_by_field_name("value"))), walk.text(argument.child_by_field_name("name"))))
        elif argument.type != "comment":
            bases.append(Base(one_line(walk.text(argument))))
    last = {b.name.split("[")[0].rsplit(".", 1)[-1] for b in bases if not b.how}
    enum = bool(last & _ENUMS)
    index = walk.add(
        "enum" if enum else "protocol" if "Protocol" in last else "class", name, node, scope.parent,
        signature=one_line(walk.slice(node.start_byte, body.start_byte if body else node.end_byte).rstrip().rstrip(":")),
        visibility=_visibility(name), bases=tuple(bases), decorators=tuple(one_line(walk.text(d)[1:]) for d in decorators),
        first_line=decorators[0].start_point.row + 1 if decorators else 0,
        type_parameters=one_line(walk.text(node.child_by_field_name("type_parameters"))), **_docstring(walk, body),
    )  # fmt: skip
    if body is not None:
        inner.append((body, _Scope(index, "class", enum=enum, local=scope.local, type_only=scope.type_only)))


def _parameters(walk: Walk, node: Node | None) -> tuple[Parameter, ...]:
    found = list[Parameter]()
    sort = ""
    for child in node.named_children if node is not None else ():
        kind, text = child.type, walk.text
        if kind == "keyword_separator":
            sort = "keyword"
        elif kind == "positional_separator":
            found = [Parameter(p.name, p.type, p.default, "positional") for p in found]
        elif kind == "identifier":
            found.append(Parameter(text(child), kind=sort))
        elif kind in ("default_parameter", "typed_default_parameter"):
            value, of = one_line(text(child.child_by_field_name("value")), MAX_VALUE), child.child_by_field_name("type")
            found.append(Parameter(text(child.child_by_field_name("name")), one_line(text(of)), value, sort))
        elif kind in ("typed_parameter", "list_splat_pattern", "dictionary_splat_pattern"):
            inner = child.named_children[0] if kind == "typed_parameter" else child
            name, of = text(inner), one_line(text(child.child_by_field_name("type"))) if kind == "typed_parameter" else ""
            if inner.type == "list_splat_pattern":
                found.append(Parameter(name.lstrip("* "), of, kind="args"))
                sort = "keyword"
            elif inner.type == "dictionary_splat_pattern":
                found.append(Parameter(name.lstrip("* "), of, kind="kwargs"))
            else:
                found.append(Parameter(name, of, kind=sort))
    return tuple(found)


def _assignment(walk: Walk, node: Node, scope: _Scope) -> None:
    """A field of a class, a member of an enum, or a constant or variable of the module."""
    left, of = node.child_by_field_name("left"), node.child_by_field_name("type")
    right = node.child_by_field_name("right")
    if right is not None and right.type == "assignment":  # a = b = 1
        _assignment(walk, right, scope)
        while right is not None and right.type == "assignment":
            right = right.child_by_field_name("right")
    value = one_line(walk.text(right), MAX_VALUE)
    targets = [left] if left is not None else []
    if left is not None and left.type in ("pattern_list", "tuple_pattern", "list_pattern"):
        targets, value = left.named_children, ""
    for target in targets:
        if target.type != "identifier":
            continue
        name = walk.text(target)
        known = any(s.name == name and s.parent == scope.parent for s in walk.symbols[-200:])
        if known and scope.inside == "module":
            continue
        if scope.inside == "class":
            kind = "enum_member" if scope.enum and right is not None and not name.startswith("_") else "field"
        else:
            annotated = one_line(walk.text(of))
            kind = "type_alias" if annotated.endswith("TypeAlias") else "constant" if name.isupper() or "Final" in annotated else "variable"
        walk.add(
            kind, name, node, scope.parent, signature=one_line(walk.text(node), MAX_VALUE), visibility=_visibility(name),
            type=one_line(walk.text(of)), value=value, **walk.doc_before(node.parent or node, ("#:",)),
        )  # fmt: skip


def _type_alias(walk: Walk, node: Node, scope: _Scope) -> None:
    left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
    name = walk.text(left).split("[")[0]
    walk.add("type_alias", name, node, scope.parent, signature=one_line(walk.text(node)), type=one_line(walk.text(right)))


def _import(walk: Walk, node: Node, scope: _Scope) -> None:
    line, end = node.start_point.row + 1, node.end_point.row + 1
    facts: dict[str, Any] = {"end_line": end, "local": scope.local, "type_only": scope.type_only}
    if node.type == "import_statement":
        for name in node.children_by_field_name("name"):
            target, alias = _aliased(walk, name)
            walk.imports.append(Import("import", target, line, alias=alias, **facts))
        return
    module = node.child_by_field_name("module_name")
    target = "__future__" if node.type == "future_import_statement" else "".join(walk.text(module).split())
    level = len(target) - len(target.lstrip("."))
    names = tuple(ImportedName(*_aliased(walk, name)) for name in node.children_by_field_name("name"))
    if any(child.type == "wildcard_import" for child in node.named_children):
        names = (ImportedName("*"),)
    walk.imports.append(Import("from", target[level:], line, names=names, level=level, **facts))


def _aliased(walk: Walk, node: Node) -> tuple[str, str]:
    if node.type == "aliased_import":
        name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
        return "".join(walk.text(name).split()), walk.text(alias)
    return "".join(walk.text(node).split()), ""


def _docstring(walk: Walk, body: Node | None) -> dict[str, Any]:
    """The docstring of a body, cleaned as `inspect.cleandoc` does, as facts for `Walk.add`."""
    first = next((c for c in body.named_children if c.type != "comment"), None) if body is not None else None
    if first is None or first.type != "expression_statement" or len(first.named_children) != 1:
        return {}
    string = first.named_children[0]
    if string.type not in ("string", "concatenated_string", "parenthesized_expression"):
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes that Python does not know
            value = ast.literal_eval(f"({walk.text(string)}\n)")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {}
    if not isinstance(value, str):
        return {}
    text = inspect.cleandoc(value.encode("utf-8", "backslashreplace").decode())[:MAX_DOC]
    return {"doc": text, "doc_line": string.start_point.row + 1, "doc_end": string.end_point.row + 1}


def _tests_type_checking(walk: Walk, node: Node) -> bool:
    return walk.text(node.child_by_field_name("condition")).rsplit(".", 1)[-1] == "TYPE_CHECKING"


def _visibility(name: str) -> str:
    special = name.startswith("__") and name.endswith("__")
    return "private" if name.startswith("_") and not special else "public"
