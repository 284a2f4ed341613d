"""Julia: modules, types with fields and constructors, functions and operators in both forms, macros, enumerations, values, imports."""

from __future__ import annotations

import inspect
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ...model import Base, Import, ImportedName, Parameter
from ..base import MAX_DOC, MAX_VALUE, Walk, cut
from ..heads import first_child, lost_type, of_type, with_next
from ..reader import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_TEXTS = frozenset(("string_literal", "prefixed_string_literal"))
_TYPES = {
    "struct_definition": ("struct", ""),
    "abstract_definition": ("class", "abstract"),
    "primitive_definition": ("struct", "primitive"),
}
#: What may stand around the name and the parameters of a function.
_AROUND = frozenset(("signature", "where_expression", "typed_expression"))
#: Nodes in which names of functions stand.
_NAMES = frozenset(("identifier", "operator"))
#: Words behind which something may be declared in a body: the short form of a function has none.
_DECLARING = re.compile(rb"\b(?:function|struct|macro)\b|\)[^\n=]{0,300}=(?![=>])")
_LOADING = re.compile(rb"\binclude\b")
#: Macros in whose blocks a module may have its variables.
_OPEN = frozenset(("@static", "@eval", "@everywhere"))
_PATH = re.compile(r'"([^"\\$\n]+)"')
_HERE = re.compile(r"@__DIR__\s*,?")


class _Head(NamedTuple):
    """What the head of a function says: where its name stands, the name, what it is of, the kind, what it takes and gives."""

    at: Node
    name: str
    scope: str
    kind: str
    parameters: tuple[Parameter, ...]
    type: str
    where: str


def walk(walk: Walk) -> None:
    """Read a file of Julia."""
    _Julia(walk).read()


class _Julia(Reader):
    read_by: ClassVar[Mapping[str, str]] = {
        "module_definition": "module", **dict.fromkeys(_TYPES, "type"), "function_definition": "function", "macro_definition": "function",
        "assignment": "assigned", "const_statement": "constant", "global_statement": "constant", "macrocall_expression": "called",
        "using_statement": "imported", "import_statement": "imported", "export_statement": "shown", "public_statement": "shown",
    }  # fmt: skip
    entered = frozenset(("ERROR", "if_statement", "elseif_clause", "else_clause", "compound_statement"))
    commented = tuple(read_by)

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: The text before what is read, which documents it, and the call of a macro around it.
        self.said: Node | None = None
        self.whole: Node | None = None
        #: Names that modules export, and those of their variables and types.
        self.exported: dict[int, set[str]] = {}
        self.variables = set[tuple[int, str]]()
        self.types = set[tuple[int, str]]()
        #: What texts say of names that stand below them alone.
        self.documented_apart = dict[tuple[int, str], dict[str, Any]]()

    def read(self) -> None:
        super().read()
        self.loaded()
        for index, symbol in enumerate(self.walk.symbols):
            if not symbol.doc and (said := self.documented_apart.pop((symbol.parent, symbol.name), None)) is not None:
                symbol.doc, symbol.doc_line, symbol.doc_end = said["doc"], said["doc_line"], said["doc_end"]
            if symbol.name in self.exported.get(symbol.parent, ()):
                symbol.visibility = "exported"
            if symbol.kind == "function" and not symbol.scope and (symbol.parent, symbol.name) in self.types:
                self.walk.symbols[index].kind = "constructor"

    def block(self, node: Node, scope: Scope) -> None:
        """Read all that stands in a node; a text right above a declaration documents it."""
        before: Node | None = None
        for child, after in with_next(node):
            self.whole, self.said = None, before if before is not None and child.start_point.row == before.end_point.row + 1 else None
            before = child if child.type == "string_literal" else None
            lost = lost_type(self.walk, node, child, after, ("module",), scope.parent) if node.type == "ERROR" else None
            if lost is not None:
                scope = Scope(lost, "module")
            self.node(child, scope)

    def otherwise(self, node: Node, scope: Scope) -> None:
        """Read an expression; one that is a name or a call alone has the text above it as documentation of what is called so."""
        if self.said is not None and node.type in ("identifier", "call_expression"):
            name = self.text(node if node.type == "identifier" else node.children[0])
            if (said := self.documented(node)).get("doc"):
                self.documented_apart.setdefault((scope.parent, name), said)
        elif node.type != "quote_statement":
            self.nested(node, scope)

    def nested(self, node: Node, scope: Scope) -> None:
        """Read what is declared in a body, or in what an expression holds, at any depth: no variables."""
        if not _DECLARING.search(self.walk.original, node.start_byte, node.end_byte):
            return
        inner, stack = Scope(scope.parent, "body"), [node]
        while stack:
            further, before = list[Any](), None
            for child in stack.pop().named_children:
                kind = child.type
                self.whole, self.said = None, before if before is not None and child.start_point.row == before.end_point.row + 1 else None
                before = child if kind == "string_literal" else None
                if kind in ("assignment", "function_definition", "struct_definition"):
                    self.node(child, inner)
                elif child.child_count and kind != "quote_statement":
                    further.append(child)
            stack += reversed(further)

    # -- modules and types -------------------------------------------------------------------------------------------------------------

    def module(self, node: Node, scope: Scope) -> None:
        name = node.child_by_field_name("name")
        if name is None:
            return
        word = self.text(node.children[0])
        index = self.walk.add(
            "module", self.text(name), node, scope.parent, name, signature=f"{word} {self.text(name)}", **self.documented(node)
        )
        self.block(node, Scope(index, "module"))

    def type(self, node: Node, scope: Scope) -> None:
        """Note a type, and its fields and constructors."""
        head, (kind, word) = first_child(node, "type_head"), _TYPES[node.type]
        if head is None or not head.named_children:
            return
        at, bases, parameters = head.named_children[0], tuple[Base, ...](), ""
        if at.type == "binary_expression" and len(at.named_children) == 3:
            bases = (Base(self.code(at.named_children[2])),)
            at = at.named_children[0]
        if at.type == "parametrized_type_expression":
            parameters = self.code(first_child(at, "curly_expression"))
            at = at.named_children[0]
        if at.type != "identifier":
            return
        words = {word, "mutable" if first_child(node, "mutable") is not None else ""} - {""}
        said = self.documented(node)
        whole = said.pop("whole", node)
        index = self.walk.add(
            kind, self.text(at), whole, scope.parent, at, signature=self.code(node, head.end_byte), bases=bases,
            type_parameters=parameters, modifiers=tuple(sorted(words)), **said,
        )  # fmt: skip
        self.types.add((scope.parent, self.text(at)))
        self.fields(node, Scope(index, "struct"), self.text(at))

    def fields(self, node: Node, scope: Scope, name: str) -> None:
        before: Node | None = None
        begun = False
        for child in node.children:
            self.whole, self.said = None, before if before is not None and child.start_point.row == before.end_point.row + 1 else None
            before = child if begun and child.type == "string_literal" else None
            if child.type in ("function_definition", "assignment") and (found := self.head_of(child)) is not None:
                kind = "constructor" if found.name == name else "function"
                self.note(kind, found, child, scope)
            elif begun:
                self.field(child, scope)
            begun = begun or child.type == "type_head"

    def field(self, node: Node, scope: Scope) -> None:
        """Note a field: a name, maybe with type, value and a macro or a word before it."""
        inner, value = node, None
        start = self.walk.original.rfind(b"\n", 0, node.start_byte) + 1
        words = ["const"] * (self.walk.original[start : node.start_byte].strip() == b"const")  # which a repair blanked
        while inner.type in ("macrocall_expression", "const_statement", "macro_argument_list") and inner.named_children:
            words += ["const"] * (inner.type == "const_statement") + [self.code(m) for m in of_type(inner, "macro_identifier")]
            inner = inner.named_children[-1]
        if inner.type == "assignment":
            inner, value = inner.named_children[0], inner.named_children[-1]
        at = inner.named_children[0] if inner.type == "typed_expression" and inner.named_children else inner
        if at.type != "identifier":
            return
        of = self.code(inner.named_children[-1]) if at is not inner else ""
        said = self.documented(node) or self.behind(node)
        self.walk.add(
            "field", self.text(at), node, scope.parent, at, signature=self.code(node, most=MAX_VALUE), type=of,
            value=self.code(value, most=MAX_VALUE), modifiers=tuple(sorted(words)), **said,
        )  # fmt: skip

    def behind(self, node: Node) -> dict[str, Any]:
        """The comment behind a field on its line."""
        after = node.next_sibling
        if after is None or after.type != "line_comment" or after.start_point.row != node.end_point.row:
            return {}
        return self.walk.doc_of([after])

    def members(self, name: Node, node: Node, parent: int) -> None:
        """Note the members of an enumeration: names, and values behind signs."""
        stack, depth, last = [c for c in reversed(node.children) if c.start_byte >= name.end_byte], 0, ""
        while stack:
            inner = stack.pop()
            if inner.child_count and inner.type not in _TEXTS:
                stack += reversed(inner.children)
                continue
            depth += (inner.type in ("(", "[")) - (inner.type in (")", "]"))
            if inner.type == "identifier" and not depth and last != "operator":
                self.walk.add(
                    "enum_member", self.text(inner), inner, parent, inner, signature=self.text(inner), **self.walk.doc_before(inner)
                )
            last = inner.type if inner.type not in self.comments else last

    # -- functions ---------------------------------------------------------------------------------------------------------------------

    def function(self, node: Node, scope: Scope) -> None:
        """Note a function or a macro, and read its body; one without a name is an expression."""
        found = self.head_of(node)
        if found is not None:
            self.note("macro" if node.type == "macro_definition" else found.kind, found, node, scope)
        else:
            self.nested(node, scope)

    def assigned(self, node: Node, scope: Scope) -> None:
        """Read ``a = b``: a function in the short form, or a variable of a module."""
        found = self.head_of(node)
        if found is not None:
            self.note(found.kind, found, node, scope)
        elif scope.inside in ("", "module"):
            self.values(node, node, "variable", scope)
        else:
            self.nested(node, scope)

    def head_of(self, node: Node) -> _Head | None:
        """What the head of a function says; None where there is none, as where a value is assigned, or its name is computed."""
        head = node.named_children[0] if node.named_children else None
        of, where = "", ""
        while head is not None and head.type in _AROUND and head.named_children:
            if head.type == "typed_expression":
                of = self.code(head.named_children[-1])
            elif head.type == "where_expression":
                where = " ".join(filter(None, (self.code(head.named_children[-1]), where)))
            if head.type == "typed_expression" and node.type == "assignment" and head.named_children[0].type == "identifier":
                return None
            head = head.named_children[0]
        if head is None:
            return None
        if head.type == "identifier" and node.type == "function_definition":
            return _Head(head, self.text(head), "", "function", (), of, where)
        if head.type == "binary_expression" and node.type == "assignment":
            return self.infix(head, of, where)
        if head.type != "call_expression" or not head.named_children:
            return None
        called, given = head.named_children[0], first_child(head, "argument_list")
        named = self.named(called)
        if named is None or given is None:
            return None
        at, name, scope = named
        kind = "operator" if at.type in ("operator", "parenthesized_expression") else "function"
        return _Head(at, name, scope, kind, tuple(self.taken(given)), of, where)

    def infix(self, head: Node, of: str, where: str) -> _Head | None:
        """An operator that is defined as it is used: ``a + b = c``."""
        left, operator, right = head.named_children if len(head.named_children) == 3 else (None, None, None)
        if (
            left is None
            or operator is None
            or right is None
            or operator.type != "operator"
            or left.end_point.row != operator.start_point.row
        ):
            return None
        return _Head(operator, self.text(operator), "", "operator", (self.parameter(left), self.parameter(right)), of, where)

    def named(self, called: Node) -> tuple[Node, str, str] | None:
        """Where the name of a function stands, the name, and what it is of."""
        if called.type in _NAMES:
            return called, self.text(called), ""
        if called.type == "parametrized_type_expression" and called.named_children:
            return self.named(called.named_children[0])
        if called.type == "prefixed_string_literal" and self.text(called).startswith('var"'):
            return called, self.text(called)[4:-1], ""
        if called.type == "parenthesized_expression" and called.named_children:
            inner = called.named_children[0]
            if inner.type == "operator":
                return inner, self.text(inner), ""
            return called, self.code(called), ""  # objects that are called
        if called.type == "field_expression" and len(called.named_children) > 1:
            last = called.named_children[-1]
            while last.type in ("quote_expression", "parenthesized_expression") and last.named_children:
                last = last.named_children[0]
            if last.type in _NAMES:
                return last, self.text(last), self.code(called.named_children[0])
        return None

    def note(self, kind: str, found: _Head, node: Node, scope: Scope) -> None:
        """Note a function, and read its body."""
        said = self.documented(node)
        whole = said.pop("whole", node)
        head = node.named_children[0]
        bare = head.named_children[0] if head.named_children else head
        is_announced = node.type == "function_definition" and bare.type == "identifier"
        index = self.walk.add(
            kind, found.name, whole, scope.parent, found.at, scope=found.scope, signature=self.code(node, head.end_byte),
            parameters=found.parameters, type=found.type, type_parameters=found.where,
            role="declaration" if is_announced else "definition", **said,
        )  # fmt: skip
        for child in node.named_children[1:]:
            if child.type in self.read_by:
                self.whole = self.said = None
                self.node(child, Scope(index, "body"))
            elif child.type != "quote_statement":
                self.nested(child, Scope(index))

    def taken(self, given: Node) -> Iterator[Parameter]:
        """The parameters of a function: those behind a semicolon are given by name."""
        by_name = ""
        for child in given.children:
            if child.type == ";":
                by_name = "keyword"
            elif child.is_named and child.type not in self.comments:
                yield self.parameter(child, by_name)

    def parameter(self, node: Node, kind: str = "") -> Parameter:
        default, of = "", ""
        if node.type == "parenthesized_expression" and len(node.named_children) == 1:
            node = node.named_children[0]
        if node.type == "macrocall_expression" and (inner := first_child(node, "macro_argument_list")) is not None and inner.named_children:
            node = inner.named_children[-1]  # @nospecialize
        if node.type == "named_argument" and len(node.named_children) > 1:
            default, node = self.code(node.named_children[-1], most=MAX_VALUE), node.named_children[0]
        if node.type == "splat_expression" and node.named_children:
            node, kind = node.named_children[0], "variadic"
        if node.type == "typed_expression" and len(node.named_children) > 1:
            of, node = self.code(node.named_children[-1]), node.named_children[0]
        elif node.type == "unary_typed_expression" and node.named_children:
            return Parameter("", self.code(node.named_children[-1]), default, kind)
        return Parameter(self.code(node, most=MAX_VALUE), of, default, kind)

    # -- values and macros -------------------------------------------------------------------------------------------------------------

    def constant(self, node: Node, scope: Scope) -> None:
        """Read ``const a = b`` or ``global a = b``."""
        inner = node.named_children[-1] if node.named_children else None
        while inner is not None and inner.type in ("global_statement", "const_statement") and inner.named_children:
            inner = inner.named_children[-1]
        if inner is not None and inner.type == "assignment" and scope.inside in ("", "module"):
            if self.head_of(inner) is not None:
                self.assigned(inner, scope)
            else:
                self.values(inner, node, "constant" if self.text(node).startswith("const") else "variable", scope)

    def values(self, node: Node, whole: Node, kind: str, scope: Scope) -> None:
        """Note the values that a statement gives to names, each where it is first given one."""
        left, right = node.named_children[0], node.named_children[-1]
        names = left.named_children if left.type in ("open_tuple", "tuple_expression") else [left]
        said = self.documented(whole)
        around = said.pop("whole", whole)
        for name in names:
            at = name.named_children[0] if name.type == "typed_expression" and name.named_children else name
            text = self.text(at)
            if at.type != "identifier" or (scope.parent, text) in self.variables:
                continue
            self.variables.add((scope.parent, text))
            self.walk.add(
                kind, text, around, scope.parent, at, signature=self.code(whole, most=MAX_VALUE),
                type=self.code(name.named_children[-1]) if at is not name else "",
                value=self.code(right, most=MAX_VALUE) if len(names) == 1 else "", **said,
            )  # fmt: skip
        if right is not left:
            self.nested(node, scope)

    def called(self, node: Node, scope: Scope) -> None:
        """Read what the call of a macro is given: an enumeration, a documented declaration, or one that the macro makes something of."""
        name, given = first_child(node, "macro_identifier"), first_child(node, "macro_argument_list", "argument_list")
        if name is None or given is None or not given.named_children:
            return
        word, arguments = self.text(name), [c for c in given.named_children if c.type not in self.comments]
        if word == "@enum":
            self.enumeration(node, arguments[0], given, scope)
            return
        if word == "@doc":
            self.said = arguments[0] if arguments[0].type in _TEXTS else None
        else:
            self.whole = self.whole or node
        last, kept = arguments[-1], (self.whole, self.said)
        if last.type in self.entered:
            self.block(last, scope if word in _OPEN else Scope(scope.parent, "body"))
        elif last.type in self.read_by and (last.type != "assignment" or self.head_of(last) is not None):
            self.whole, self.said = kept
            self.node(last, scope)
        else:
            self.nested(node, scope)

    def enumeration(self, node: Node, at: Node, given: Node, scope: Scope) -> None:
        of = ""
        if at.type == "typed_expression" and len(at.named_children) > 1:
            of, at = self.code(at.named_children[-1]), at.named_children[0]
        if at.type != "identifier":
            return
        said = self.documented(node)
        said.pop("whole", None)
        end = first_child(given, "compound_statement")
        signature = self.code(node, end.start_byte if end is not None else 0, most=MAX_VALUE)
        index = self.walk.add("enum", self.text(at), node, scope.parent, at, signature=signature, type=of, **said)
        self.members(given.named_children[0], given, index)

    def documented(self, node: Node) -> dict[str, Any]:
        """The text above a declaration, else the comment above it; with the call of a macro around it, if there is one, and its name."""
        said, whole = self.said, self.whole
        self.said = self.whole = None
        facts = dict[str, Any]()
        if whole is not None:
            name = first_child(whole, "macro_identifier")
            facts = {"whole": whole, "decorators": (self.code(whole, name.end_byte if name is not None else 0),)}
        if said is None:
            return facts | self.walk.doc_before(whole or node)
        text = cut(inspect.cleandoc(self.text(first_child(said, "content"))).strip("\n"), MAX_DOC)
        return facts | ({"doc": text, "doc_line": said.start_point.row + 1, "doc_end": said.end_point.row + 1} if text else {})

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def shown(self, node: Node, scope: Scope) -> None:
        """Keep what a module exports, or says is public."""
        names = {self.text(c).lstrip("@") for c in node.named_children if c.type not in self.comments}
        self.exported.setdefault(scope.parent, set()).update(names)

    def imported(self, node: Node, _scope: Scope) -> None:
        word, line, end = self.text(node.children[0]), node.start_point.row + 1, node.end_point.row + 1
        for child in node.named_children:
            if child.type in self.comments:
                continue
            first, *rest = child.named_children if child.type in ("selected_import", "import_alias") else [child]
            names, alias = tuple[ImportedName, ...](), ""
            if child.type == "selected_import":
                names = tuple(self.imported_name(c) for c in rest if c.type not in self.comments)
            elif rest:
                alias = self.text(rest[-1])
            self.walk.imports.append(Import(word, "".join(self.text(first).split()), line, end, names=names, alias=alias))

    def imported_name(self, node: Node) -> ImportedName:
        if node.type == "import_alias" and len(node.named_children) > 1:
            return ImportedName(self.text(node.named_children[0]), self.text(node.named_children[-1]))
        return ImportedName(self.text(node))

    def loaded(self) -> None:
        """Note the files that are included, wherever that stands: of the tree, only what has such a word is looked through."""
        assert self.walk.tree is not None
        words = [found.start() for found in _LOADING.finditer(self.walk.original)]
        stack = [(self.walk.tree.root_node, False)]
        while stack:
            node, local = stack.pop()
            place = bisect_left(words, node.start_byte)
            if place == len(words) or words[place] >= node.end_byte:
                continue
            if node.type == "call_expression" and self.text(node.children[0]) in ("include", "Base.include"):
                path = self.path_in(node)
                if path:
                    line, end = node.start_point.row + 1, node.end_point.row + 1
                    self.walk.imports.append(Import("include", path, line, end, local=local))
                    continue
            local = local or node.type in ("function_definition", "macro_definition", "if_statement")
            stack += [(child, local) for child in reversed(node.named_children)]
        self.walk.imports.sort(key=lambda statement: statement.line)

    def path_in(self, node: Node) -> str:
        """The path that is given to a call, where it is written out."""
        given = first_child(node, "argument_list")
        last = given.named_children[-1] if given is not None and given.named_children else None
        text = self.text(last)
        if text.startswith("joinpath("):
            inner = _HERE.sub("", text[len("joinpath(") : -1])
            parts = _PATH.findall(inner)
            return "/".join(parts) if not _PATH.sub("", inner).strip(" ,\n\t") else ""
        found = _PATH.fullmatch(text)
        return found[1] if found is not None else ""
