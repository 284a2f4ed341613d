"""Fortran: modules, programs, procedures and their interfaces, types with components and bindings, constants and variables of modules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Block, Import, ImportedName, Parameter
from ..base import MAX_SIGNATURE, MAX_VALUE, Walk, one_line
from ..conditions import Conditions
from ..heads import first_child, of_type
from ..reader import Reader, Scope
from .repair import PRIVATE_BINDINGS

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_MARKS = re.compile(r"^\s*(?:[Cc*](?![^\W\d])|!)[!<>*]*[ \t]?")
_RULED = re.compile(r"[-*=!_#+~ \t]*")
#: The end of a line that goes on in the next one, with comments between.
_GOES_ON = re.compile(r"[ \t]*&[ \t\r]*(?:![^\n]*)?\n(?:[^\S\n]*(?:![^\n]*)?\n)*[ \t]*&?")
_ACCESS = frozenset(("public", "private", "protected"))
_INCLUDE = re.compile(r"[\"'<]([^\"'>]+)[\"'>]")
#: First statements of units, and what these are.
_LOST = {"module_statement": "module", "program_statement": "module", "subroutine_statement": "function", "function_statement": "function"}
#: What `Scope.inside` is of, where variables are no one else's.
_LOCAL = frozenset(("procedure", "program"))


def walk(walk: Walk) -> None:
    """Read a file of Fortran."""
    _Fortran(walk).read()


def _clean(text: str) -> str:
    """The words of comments, which begin with ``!``, or in fixed form with a letter or ``*``.

    Examples
    --------
    >>> _clean("!> Sells."), _clean("C     Adds."), _clean("*> Twice."), _clean("!======")
    ('Sells.', '    Adds.', 'Twice.', '')
    """
    line = _MARKS.sub("", text, count=1).rstrip()
    return "" if _RULED.fullmatch(line) else line


class _Fortran(Reader):
    read_by: ClassVar[Mapping[str, str]] = {
        "module": "unit", "submodule": "unit", "program": "unit", "block_data": "unit", "function": "procedure", "subroutine": "procedure",
        "module_procedure": "procedure", "entry_statement": "entry", "derived_type_definition": "type", "interface": "interface",
        "variable_declaration": "variables", "parameter_statement": "parameter", "enum": "enumeration", "procedure_statement": "bindings",
        "generic_statement": "bindings", "use_statement": "used", "include_statement": "included", "preproc_include": "included",
    }  # fmt: skip
    entered = Reader.entered | {
        "internal_procedures", "derived_type_procedures", "preproc_if", "preproc_ifdef", "preproc_else", "preproc_elif", "preproc_elifdef",
    }  # fmt: skip
    commented = ("module", "function", "subroutine", "program", "derived_type_definition")

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        walk.comment_marks, walk.clean = (b"!", b"C", b"c", b"*"), _clean
        self.conditions = Conditions(walk)
        #: By the units around what is read: how visible a name is that says nothing of it, and what is said elsewhere.
        self.access: list[tuple[str, dict[str, str]]] = []

    def block(self, node: Node, scope: Scope) -> None:
        for child in node.children:
            if node.type == "ERROR" and child.type in _LOST:
                scope = self.lost(child, node, scope)
            else:
                self.node(child, scope)

    def lost(self, statement: Node, around: Node, scope: Scope) -> Scope:
        """Note a unit of which the parser has the first statement alone: what follows in the same error is taken to be in it."""
        name = statement.child_by_field_name("name") or first_child(statement, "name")
        if name is None:
            return scope
        kind = _LOST[statement.type]
        lines = Block(name.start_point.row + 1, max(self.walk.line_of(around.end_byte - 1), name.start_point.row + 1))
        index = self.walk.add(kind, self.text(name), lines, scope.parent, name, signature=self.written(statement))
        return Scope(index, "module" if kind == "module" else "procedure")

    def add(self, kind: str, node: Node, at: Node, scope: Scope, name: str = "", **facts: Any) -> int:
        """Note a declaration, with its comment and the conditions around it."""
        facts = {**self.doc(node), "condition": self.conditions.at(at.start_point.row + 1), **facts}
        facts.setdefault("visibility", self.seen(self.text(at)))
        return self.walk.add(kind, name or self.text(at), node, scope.parent, at, **facts)

    def doc(self, node: Node) -> dict[str, Any]:
        """The comments before a declaration, or the one behind it that says that it is of it."""
        facts = self.walk.doc_before(node)
        if facts and self.begins(facts["doc_line"]) == b"!<":
            facts = {}  # of what is before it
        after = node.next_sibling
        if facts or after is None or after.type not in self.comments or not self.text(after).startswith(("!<", "!!")):
            return facts
        return self.walk.doc_of([after]) if after.start_point.row in (node.end_point.row, node.start_point.row) else {}

    def begins(self, line: int) -> bytes:
        """What the first two signs of a line are."""
        start = self.walk.lines()[line - 2] if line > 1 else 0
        return self.walk.original[start : start + 200].lstrip(b" \t")[:2]

    def seen(self, name: str) -> str:
        if not self.access:
            return ""
        default, others = self.access[-1]
        return others.get(name.lower(), default)

    def written(self, node: Node | None, most: int = MAX_SIGNATURE) -> str:
        """A node on one line, without the signs that lines go on."""
        if node is None:
            return ""
        text = self.walk.read[node.start_byte : node.end_byte].decode("utf-8", "backslashreplace")
        return one_line(_GOES_ON.sub(" ", text), most)

    # -- units -------------------------------------------------------------------------------------------------------------------------

    def unit(self, node: Node, scope: Scope) -> None:
        """Note a module, a submodule, a program or the like, and read what it holds."""
        statement = next((c for c in node.children if c.type.endswith("_statement")), None)
        name = first_child(statement, "name")
        if statement is None or name is None:
            self.block(node, Scope(scope.parent, "program"))
            return
        ancestor = statement.child_by_field_name("ancestor")
        bases = (Base(self.written(ancestor), "of"),) if ancestor is not None else ()
        self.access.append(self.accessed(node))
        index = self.add("module", node, name, scope, signature=self.written(statement), bases=bases, visibility="")
        self.block(node, Scope(index, "program" if node.type == "program" else "module"))
        self.access.pop()

    def accessed(self, node: Node) -> tuple[str, dict[str, str]]:
        """How visible what a module declares is, and what says otherwise of some names."""
        default, others = "public", dict[str, str]()
        for child in node.children:
            if child.type in ("private_statement", "public_statement"):
                word, names = child.type.partition("_")[0], [c for c in child.named_children if c.type not in self.comments]
                if names:
                    others.update((self.text(name).lower(), word) for name in names)
                else:
                    default = word
        return default, others

    def procedure(self, node: Node, scope: Scope) -> None:
        statement = next((c for c in node.children if c.type.endswith("_statement")), None)
        name = statement.child_by_field_name("name") if statement is not None else None
        if statement is None or name is None:
            return
        words = {self.text(q).lower() for q in of_type(statement, "procedure_qualifier")}
        kind = "declaration" if scope.inside == "interface" else "definition"
        if "module" in words and scope.inside != "interface":
            words.discard("module")
        index = self.add(
            "function", node, name, scope, signature=self.written(statement).rstrip("; "), role=kind, modifiers=tuple(sorted(words)),
            parameters=self.taken(statement, node),
            type=self.written(statement.child_by_field_name("type")) or self.result(statement, node),
            **({"visibility": ""} if scope.inside in _LOCAL else {}),
        )  # fmt: skip
        self.block(node, Scope(index, "procedure"))

    def entry(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is not None:
            self.add("function", node, name, scope, signature=self.written(node), parameters=self.taken(node, node), modifiers=("entry",))

    def taken(self, statement: Node, node: Node) -> tuple[Parameter, ...]:
        """The parameters of a procedure, with the types that its declarations give them."""
        names = first_child(statement, "parameters")
        types = self.types(node)
        found = [self.text(name) for name in (names.named_children if names is not None else ()) if name.type not in self.comments]
        return tuple(Parameter(name, types.get(name.lower(), "")) for name in found)

    def types(self, node: Node) -> dict[str, str]:
        """The types of names that the declarations of a procedure give."""
        found: dict[str, str] = {}
        for declaration in of_type(node, "variable_declaration"):
            of = self.type_of(declaration)
            for declarator in declaration.children_by_field_name("declarator"):
                name = _name(declarator)
                if name is not None:
                    found[self.text(name).lower()] = of
        return found

    def result(self, statement: Node, node: Node) -> str:
        """The type of what a function gives, where a declaration says it."""
        if node.type != "function":
            return ""
        result = first_child(first_child(statement, "function_result"), "identifier") or statement.child_by_field_name("name")
        return self.types(node).get(self.text(result).lower(), "")

    def interface(self, node: Node, scope: Scope) -> None:
        """Note a name for several procedures; procedures of an interface without one are declared around it."""
        statement = first_child(node, "interface_statement")
        name = first_child(statement, "name", "operator", "assignment")
        if statement is None or name is None:
            self.block(node, Scope(scope.parent, "interface"))
            return
        index = self.add("interface", node, name, scope, self.written(name), signature=self.written(statement))
        self.block(node, Scope(index, "interface"))

    # -- types -------------------------------------------------------------------------------------------------------------------------

    def type(self, node: Node, scope: Scope) -> None:
        statement = first_child(node, "derived_type_statement")
        name = first_child(statement, "type_name")
        if statement is None or name is None:
            return
        base, access = first_child(statement, "base_type_specifier"), first_child(statement, "access_specifier")
        facts: dict[str, Any] = {"visibility": self.text(access).lower()} if access is not None else {}
        words = tuple(self.text(word).lower() for word in of_type(statement, "abstract_specifier"))
        index = self.add(
            "struct", node, name, scope, signature=self.written(statement), modifiers=words,
            bases=(Base(self.written(first_child(base, "identifier")), "extends"),) if base is not None else (), **facts,
        )  # fmt: skip
        default = "private" if of_type(node, "private_statement") else "public"
        self.access.append((default, {}))
        for child in node.children:
            if child.type == "derived_type_procedures":
                self.access.append(("private" if PRIVATE_BINDINGS.match(self.walk.original, child.start_byte) else "public", {}))
                self.block(child, Scope(index, "type"))
                self.access.pop()
            else:
                self.node(child, Scope(index, "type"))
        self.access.pop()

    def bindings(self, node: Node, scope: Scope) -> None:
        """Note the procedures of a type, which are called by these names; in interfaces, they only name what is declared elsewhere."""
        if scope.inside != "type":
            return
        words = {
            self.text(c).lower() for c in node.named_children if c.type in ("procedure_attribute", "access_specifier", "type_qualifier")
        }
        shown = words & _ACCESS
        facts: dict[str, Any] = {"visibility": shown.pop()} if shown else {}
        for declarator in node.children_by_field_name("declarator"):
            name = first_child(declarator, "binding_name") or declarator
            name = name.named_children[0] if name.type == "binding_name" and name.named_children else name
            role = "declaration" if "deferred" in words else "definition"
            self.add(
                "method", node, name, scope, self.written(name), signature=self.written(node), role=role,
                modifiers=tuple(sorted(words - _ACCESS)), value=", ".join(self.written(m) for m in of_type(declarator, "method_name")),
                **facts,
            )  # fmt: skip

    def enumeration(self, node: Node, scope: Scope) -> None:
        for statement in of_type(node, "enumerator_statement"):
            for declarator in statement.children_by_field_name("declarator"):
                name = _name(declarator)
                if name is not None:
                    self.add(
                        "enum_member", statement, name, scope, signature=self.written(statement, most=MAX_VALUE),
                        value=self.written(declarator.child_by_field_name("right"), most=MAX_VALUE),
                    )  # fmt: skip

    # -- variables ---------------------------------------------------------------------------------------------------------------------

    def variables(self, node: Node, scope: Scope) -> None:
        if scope.inside in _LOCAL or scope.inside in ("interface", ""):
            return
        words = {self.written(a).lower() for a in node.children_by_field_name("attribute")}
        words |= {self.text(a).lower() for a in of_type(first_child(node, "procedure"), "procedure_attribute")}
        shown, kind = words & _ACCESS, "field" if scope.inside == "type" else "constant" if "parameter" in words else "variable"
        facts: dict[str, Any] = {"visibility": shown.pop()} if shown else {}
        facts["type"], facts["signature"] = self.type_of(node), self.written(node, most=MAX_VALUE)
        facts["modifiers"] = tuple(sorted(w for w in words - _ACCESS if w != "parameter" and not w.startswith("dimension")))
        for declarator in node.children_by_field_name("declarator"):
            name = _name(declarator)
            if name is not None:
                value = self.written(declarator.child_by_field_name("right"), most=MAX_VALUE)
                self.add(kind, node, name, scope, value=value, **facts)

    def type_of(self, declaration: Node) -> str:
        """The type that a declaration gives, as it is written, with its dimensions."""
        of = self.written(declaration.child_by_field_name("type"))
        shapes = (self.written(a) for a in declaration.children_by_field_name("attribute"))
        return ", ".join([of, *(shape for shape in shapes if shape.lower().startswith("dimension"))])

    def parameter(self, node: Node, scope: Scope) -> None:
        if scope.inside != "module":
            return
        for assigned in of_type(node, "parameter_assignment", "assignment"):
            name = assigned.named_children[0] if assigned.named_children else None
            if name is not None and name.type == "identifier":
                value = self.written(assigned.named_children[-1], most=MAX_VALUE)
                self.add("constant", assigned, name, scope, signature=self.written(assigned, most=MAX_VALUE), value=value)

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def used(self, node: Node, scope: Scope) -> None:
        module = first_child(node, "module_name")
        if module is None:
            return
        names = list[ImportedName]()
        listed = first_child(node, "included_items")
        for one in listed.named_children if listed is not None else ():
            if one.type == "use_alias":
                names.append(ImportedName(self.written(one.named_children[-1]), self.text(first_child(one, "local_name"))))
            elif one.type not in self.comments:
                names.append(ImportedName("".join(self.written(one).split())))
        self.brought("use", self.text(module), node, scope, tuple(names))

    def included(self, node: Node, scope: Scope) -> None:
        found = _INCLUDE.search(self.text(node))
        if found is not None:
            self.brought("include", found[1], node, scope)

    def brought(self, kind: str, target: str, node: Node, scope: Scope, names: tuple[ImportedName, ...] = ()) -> None:
        line, end = node.start_point.row + 1, max(node.end_point.row + (1 if node.end_point.column else 0), node.start_point.row + 1)
        condition, local = self.conditions.at(line), scope.inside == "procedure"
        self.walk.imports.append(Import(kind, target, line, end, names=names, condition=condition, local=local))


def _name(declarator: Node) -> Node | None:
    """The name that a declarator gives: itself, or what is within its dimensions and its value."""
    node: Node | None = declarator
    while node is not None and node.type not in ("identifier", "method_name"):
        node = node.child_by_field_name("left") or next((c for c in node.named_children), None)
    return node
