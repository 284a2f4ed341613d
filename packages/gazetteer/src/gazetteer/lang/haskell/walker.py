"""Haskell: modules, types with constructors and fields, classes and instances with methods, functions with their signatures, imports."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Block, Import, ImportedName, Symbol
from ...parses import parse, quality_of
from ..base import MAX_VALUE, Walk, blanked
from ..conditions import Conditions
from ..heads import below, first_child, head, last_file_line, of_type
from ..reader import Reader, Scope
from ..siblings import nodes_before

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_MARK = re.compile(r"[|^]\s*")
_WORDS = re.compile(rb"\bwhere\b|\blet\b")
#: What a signature says of a function.
_ARROW = re.compile(r"->|\u2192")
#: Directives, with the lines on which they go on; where one has another branch, the grammar takes that for a part of it.
_DIRECTIVE = re.compile(rb"^#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
_BRANCH = re.compile(rb"^#\s*(?:else|elif)\b", re.MULTILINE)
#: A second parse may take as long as the first.
_SECONDS = 5.0
#: What tells the value of a name from one that is worked out each time.
_RUNS = frozenset(("do", "lambda", "lambda_case"))


def walk(walk: Walk) -> None:
    """Read a file of Haskell."""
    if _BRANCH.search(walk.read):
        _read_all_branches(walk)
    _Haskell(walk).read()


def _read_all_branches(walk: Walk) -> None:
    """Parse the file again without directives, so that all their branches are read, unless that makes more errors."""
    assert walk.tree is not None
    text = _DIRECTIVE.sub(lambda match: blanked(match[0]), walk.read)
    tree = parse(text, "haskell", _SECONDS)
    if tree is not None and quality_of(tree, "haskell").error_bytes <= quality_of(walk.tree, "haskell").error_bytes:
        walk.tree, walk.read = tree, text


class _Haskell(Reader):
    read_by: ClassVar[Mapping[str, str]] = {
        "header": "module", "import": "imported", "data_type": "data", "newtype": "data", "type_synonym": "alias", "type_family": "alias",
        "data_family": "alias", "class": "type_class", "instance": "instance", "deriving_instance": "instance", "signature": "signature",
        "function": "equation", "bind": "equation", "foreign_import": "foreign", "pattern_synonym": "pattern",
    }  # fmt: skip
    entered = Reader.entered | {"imports", "declarations", "data_instance"}
    comments = Walk.comments | {"haddock"}
    before_comment = ("pragma", "cpp")

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: What the module exports; None where it is all.
        self.exported: dict[str, set[str]] | None = None
        self.module_index = -1
        #: Functions by scope and name: an equation adds to what a signature or another equation has begun.
        self.begun: dict[tuple[int, str], Symbol] = {}
        self.conditions = Conditions(walk)

    def read(self) -> None:
        super().read()
        for symbol in self.walk.symbols:
            symbol.condition = self.conditions.at(symbol.line)
        for statement in self.walk.imports:
            statement.condition = self.conditions.at(statement.line)

    def block(self, node: Node, scope: Scope) -> None:
        for child in node.children:
            self.node(child, Scope(self.module_index, scope.inside) if scope.parent < 0 else scope)

    # -- modules -----------------------------------------------------------------------------------------------------------------------

    def module(self, node: Node, _scope: Scope) -> None:
        name = node.child_by_field_name("module")
        if name is None:
            return
        if (exports := node.child_by_field_name("exports")) is not None:
            self.exported = {}
            for export in of_type(exports, "export"):
                self.export(export)
        lines = Block(name.start_point.row + 1, last_file_line(self.walk))
        text = self.text(name)
        self.module_index = self.walk.add("module", text, lines, at=name, signature=f"module {text}")

    def export(self, node: Node) -> None:
        assert self.exported is not None
        children = node.child_by_field_name("children")
        name = next(
            (node.child_by_field_name(field) for field in ("variable", "type", "operator") if node.child_by_field_name(field)), None
        )
        if name is None:
            return
        with_it = self.exported.setdefault(self.name(name).rpartition(".")[2] or self.name(name), set())
        for child in children.named_children if children is not None else ():
            with_it.add("*" if child.type == "all_names" else self.name(child))

    def shown(self, name: str, of: str = "") -> str:
        """Whether others can use a name: one of the module, or what is of a type that it has."""
        exported = self.exported
        if exported is None or name in exported or (of in exported and {"*", name} & exported[of]):
            return "exported"
        return "private"

    def imported(self, node: Node, _scope: Scope) -> None:
        module, names = node.child_by_field_name("module"), node.child_by_field_name("names")
        if module is None:
            return
        is_hiding = first_child(node, "hiding") is not None
        found = [self.text(n) for n in of_type(names, "import_name")] if names is not None and not is_hiding else []
        self.walk.imports.append(
            Import(
                "import",
                self.text(module),
                module.start_point.row + 1,
                node.end_point.row + 1,
                names=tuple(ImportedName(n.partition("(")[0].strip() or n.strip("() ")) for n in found),
                alias=self.text(node.child_by_field_name("alias")),
            )
        )

    # -- types -------------------------------------------------------------------------------------------------------------------------

    def data(self, node: Node, scope: Scope) -> None:
        name = _named(node)
        if name is None or name.is_missing:
            return
        several = node.child_by_field_name("constructors")
        made = of_type(several, "data_constructor", "gadt_constructor") + of_type(node, "newtype_constructor")
        is_instance = first_child(node, "instance") is not None
        body = first_child(node, "=", "where")
        index = self.walk.add(
            "enum" if len(made) > 1 else "struct", self.name(name), node, scope.parent, name, signature=head(self.walk, node, body),
            modifiers=("instance",) if is_instance else (), bases=tuple(self.derived(node)), visibility=self.shown(self.name(name)),
            **self.doc(node),
        )  # fmt: skip
        for constructor in made:
            self.constructor(constructor, index, self.name(name))

    def derived(self, node: Node) -> Iterable[Base]:
        for clause in of_type(node, "deriving"):
            classes = clause.child_by_field_name("classes")
            if classes is not None:
                for one in classes.named_children if classes.type in ("tuple", "parens") else [classes]:
                    yield Base(self.code(one), "derives")

    def constructor(self, node: Node, parent: int, of: str) -> None:
        inner = node.child_by_field_name("constructor") or node
        several = first_child(inner, "binding_list")
        single = inner.child_by_field_name("name") or inner.child_by_field_name("operator")
        names = list(several.named_children) if several is not None else [single]
        for name in names:
            if name is None or name.is_missing:
                continue
            index = self.walk.add(
                "constructor", self.name(name), node, parent, name, signature=self.code(node), visibility=self.shown(self.name(name), of),
                **self.doc(node),
            )  # fmt: skip
            record = first_child(node, "record") or inner  # where a GADT and a newtype have it, and where others do
            for field in of_type(first_child(record, "fields") or record, "field"):
                self.fields(field, index, of)

    def fields(self, node: Node, parent: int, of: str) -> None:
        for name in node.children_by_field_name("name"):
            self.walk.add(
                "field", self.name(name), node, parent, name, signature=self.code(node), type=self.code(node.child_by_field_name("type")),
                visibility=self.shown(self.name(name), of), **self.doc(node),
            )  # fmt: skip

    def alias(self, node: Node, scope: Scope) -> None:
        name = _named(node)
        if name is None or name.is_missing:
            return
        words = tuple(word for word in ("data", "family") if first_child(node, word) is not None)
        self.walk.add(
            "type_alias", self.name(name), node, scope.parent, name, signature=head(self.walk, node, first_child(node, "where")),
            type=self.code(node.child_by_field_name("type")), modifiers=words, visibility=self.shown(self.name(name)), **self.doc(node),
        )  # fmt: skip

    def type_class(self, node: Node, scope: Scope) -> None:
        name, context = _named(node), node.child_by_field_name("context")
        if name is None or name.is_missing:
            return
        index = self.walk.add(
            "class", self.name(name), node, scope.parent, name, signature=head(self.walk, node, first_child(node, "where")),
            bases=tuple(self.required(context)), visibility=self.shown(self.name(name)), **self.doc(node),
        )  # fmt: skip
        if (body := node.child_by_field_name("declarations")) is not None:
            self.block(body, Scope(index, "class"))

    def required(self, context: Node | None) -> Iterable[Base]:
        inner = context.child_by_field_name("context") if context is not None else None
        if inner is not None:
            for one in inner.named_children if inner.type in ("tuple", "parens") else [inner]:
                yield Base(self.code(one))

    def instance(self, node: Node, scope: Scope) -> None:
        """Note an instance by all that tells it from others: its class and what it is of."""
        name, patterns = node.child_by_field_name("name"), node.child_by_field_name("patterns")
        if name is None or name.is_missing:
            return
        end = (
            patterns.end_byte if patterns is not None and patterns.start_point.row == patterns.end_point.row == name.start_point.row else 0
        )
        text = self.walk.slice(name.start_byte, end) if end else self.name(name)
        index = self.walk.add(
            "impl", text, node, scope.parent, name, signature=head(self.walk, node, first_child(node, "where")),
            bases=(Base(self.code(name)),), modifiers=("deriving",) if node.type == "deriving_instance" else (), **self.doc(node),
        )  # fmt: skip
        if (body := node.child_by_field_name("declarations")) is not None:
            self.block(body, Scope(index, "impl"))

    # -- functions ---------------------------------------------------------------------------------------------------------------------

    def signature(self, node: Node, scope: Scope) -> None:
        """Note each of the names that a signature is of, which equations may follow."""
        names, of = node.child_by_field_name("names"), self.code(node.child_by_field_name("type"))
        for name in names.named_children if names is not None else [node.child_by_field_name("name")]:
            if name is not None and not name.is_missing:
                kind = "function" if _ARROW.search(of) or self.name(name) == "main" else "constant"
                self.begin(node, name, kind, scope, type=of, signature=self.code(node))

    def begin(self, node: Node, name: Node, kind: str, scope: Scope, **facts: Any) -> Symbol:
        text, is_top = self.name(name), scope.parent == self.module_index
        around = self.walk.symbols[scope.parent].name if scope.inside == "class" else ""
        facts.setdefault("visibility", self.shown(text, around) if is_top or around else "")
        index = self.walk.add("method" if scope.inside else kind, text, node, scope.parent, name, **facts, **self.doc(node))
        self.begun[scope.parent, text] = self.walk.symbols[index]
        return self.walk.symbols[index]

    def equation(self, node: Node, scope: Scope) -> None:
        """Note a function at the first of its equations, if no signature has; the others end where it does."""
        name = _named(first_child(node, "function_head_parens") or node)
        if name is None:
            if node.child_by_field_name("pattern") is not None and not scope.inside and scope.parent == self.module_index:
                self.bound(node, scope)
            return
        symbol = self.begun.get((scope.parent, self.name(name)))
        if symbol is not None and not self.conditions.at(name.start_point.row + 1).startswith(self.conditions.at(symbol.line)):
            symbol = None  # another branch has its own
        match = node.child_by_field_name("match")
        value = match.child_by_field_name("expression") if match is not None else None
        is_function = node.type == "function" or (value is not None and value.type in _RUNS) or self.name(name) == "main"
        if symbol is None:
            symbol = self.begin(node, name, "function" if is_function else "constant", scope, signature=head(self.walk, node, match))
        elif is_function and symbol.kind == "constant":
            symbol.kind = "function"
        if symbol.kind == "constant" and not symbol.value:
            symbol.value = self.code(value, most=MAX_VALUE)
        last = self.walk.line_of(node.end_byte - 1)
        symbol.end_line = max(symbol.end_line, last)
        index = next(i for i in range(len(self.walk.symbols) - 1, -1, -1) if self.walk.symbols[i] is symbol)
        for holder in below(node, self.walk, _WORDS, ("local_binds",)):
            for child in holder.named_children:
                of = self.code(child.child_by_field_name("type")) if child.type == "signature" else ""
                if child.type == "function" or _ARROW.search(of):
                    self.node(child, Scope(index))

    def bound(self, node: Node, scope: Scope) -> None:
        """Note what a pattern of the module names."""
        stack = [node.child_by_field_name("pattern")]
        while stack:
            inner = stack.pop()
            if inner is not None and inner.type == "variable":
                self.begin(node, inner, "constant", scope, signature=head(self.walk, node, None, (), MAX_VALUE))
            elif inner is not None:
                stack += reversed(inner.named_children)

    def foreign(self, node: Node, scope: Scope) -> None:
        signature = node.child_by_field_name("signature")
        name = signature.child_by_field_name("name") if signature is not None else None
        if signature is not None and name is not None:
            of = self.code(signature.child_by_field_name("type"))
            self.begin(node, name, "function", scope, type=of, signature=self.code(node), modifiers=("foreign",), role="declaration")

    def pattern(self, node: Node, scope: Scope) -> None:
        """Note a pattern synonym, which is used as a constructor is."""
        inner = first_child(node, "signature", "equation")
        of = inner.child_by_field_name("synonym") if inner is not None else None
        while of is not None and of.type != "constructor":
            of = of.child_by_field_name("function") or of.child_by_field_name("constructor") or of.child_by_field_name("name")
        if inner is None or of is None:
            return
        symbol = self.begun.get((scope.parent, self.name(of)))
        if symbol is None:
            self.begin(node, of, "constructor", scope, modifiers=("pattern",), signature=self.code(node))
        else:
            symbol.end_line = max(symbol.end_line, self.walk.line_of(node.end_byte - 1))

    # -- what all have -----------------------------------------------------------------------------------------------------------------

    def name(self, node: Node) -> str:
        """A name, of an operator without the parentheses around it, of a name that is one without its marks."""
        text = self.text(node)
        return text.strip("()` ") or text

    def doc(self, node: Node) -> dict[str, Any]:
        """The comment before a declaration, or the one that says ``^`` behind it, without the mark that it begins with."""
        facts = self.walk.doc_of(self.walk.adjacent(self.before(node), node)) if self.walk.may_follow_comment(node.start_byte) else {}
        after = node.next_sibling
        while after is not None and not after.is_named:
            after = after.next_sibling
        if (not facts or facts["doc"].startswith("^")) and after is not None and after.type == "haddock":
            behind = self.walk.doc_of([after])
            facts = behind if behind.get("doc", "").startswith("^") else facts
        elif facts and facts["doc"].startswith("^"):
            return {}
        return facts | {"doc": _MARK.sub("", facts["doc"], count=1)} if _MARK.match(facts.get("doc", "")) else facts

    def before(self, node: Node) -> list[Node]:
        """The comments before a declaration; those of the first one stand before the list that it begins, or end the imports."""
        found, around, at = list[Any](), node.parent, node.prev_sibling
        if at is None and around is not None and around.type in ("declarations", "data_constructors"):
            at = around.prev_sibling
            if at is not None and at.type == "imports" and at.children:
                at = at.children[-1]
        if at is not None:
            found = list(takewhile(lambda c: c.type in self.comments, chain([at], nodes_before(at))))
        return found[::-1]


def _named(node: Node) -> Node | None:
    """The name in the head of a declaration, which may stand between what it takes."""
    name, infix = node.child_by_field_name("name"), first_child(node, "infix")
    return infix.child_by_field_name("operator") if name is None and infix is not None else name
