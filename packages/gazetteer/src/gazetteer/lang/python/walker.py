"""Python: what `ast` says of a file, without running or importing it, also where its syntax is broken.

Attributes that methods set on their first parameter (``self.x = …``) are fields of the class, each once, where they are first set.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any

from ...model import Base, Import, ImportedName, Parameter, Symbol
from ..base import MAX_CONDITIONS, MAX_VALUE, Walk, in_order_of_text, last_line
from . import quick
from .assignments import Assignments, Scope
from .texts import docstring, docstring_between, parameters, visibility

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: Statements that hold others; what is defined in them is defined in what is around them.
_BLOCKS = frozenset((
    "block", "if_statement", "elif_clause", "else_clause", "for_statement", "while_statement", "try_statement", "except_clause",
    "except_group_clause", "finally_clause", "with_statement", "match_statement", "case_clause", "module", "ERROR",
))  # fmt: skip
#: Those of them that are not run whenever what is around them is.
_CONDITIONAL = frozenset((
    "if_statement", "elif_clause", "else_clause", "except_clause", "except_group_clause", "case_clause", "while_statement",
))  # fmt: skip
#: Words without which the body of a function has nothing to list.
_TELLING = tuple(re.compile(word + rb"\b(?<!\w" + word + rb")") for word in (b"def", b"class", b"import"))
_ENUMS = frozenset(("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum"))
_OF_A_KIND = _ENUMS | {"Protocol"}
_TYPING = ("typing", "typing_extensions")
#: What is true of a module that is run as a script.
_IS_RUN = re.compile(r"""__name__ ?== ?(["'])__main__\1|(["'])__main__\2 ?== ?__name__""")
#: What is true for those alone who check types.
_FOR_TYPES = re.compile(r"(?:\w+\.)*TYPE_CHECKING")
#: Longer statements are not read from their text, which would be kept.
_LONG = 2_000
_PROPERTIES = frozenset(("property", "cached_property", "abstractproperty", "setter", "getter", "deleter"))
_MODIFIERS = {
    "staticmethod": "static", "classmethod": "class", "abstractmethod": "abstract", "final": "final", "override": "override",
    "overload": "overload", "abstractclassmethod": "abstract", "abstractstaticmethod": "abstract",
}  # fmt: skip


def walk(walk: Walk) -> None:
    """Read a module: classes, functions, assignments, imports and docstrings at any depth of statements."""
    _Reader(walk).read()


class _Reader(Assignments):
    """One module that is being read."""

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: A stack and no recursion: statements may nest deeper than Python's own.
        self.stack: list[tuple[Node, Scope]] = []
        self.inner: list[tuple[Node, Scope]] = []
        #: Where words stand that make the inside of a function worth a look; by the name through which attributes are set.
        self.telling: dict[bytes, list[int]] = {
            b"": sorted([len(walk.original), *[m.start() for word in _TELLING for m in word.finditer(walk.original)]])
        }

    def places(self, me: bytes) -> list[int]:
        """Where there may be a definition, an import, or an attribute of a name that is set, with the end of the text as the last."""
        found = self.telling.get(me)
        if found is None:
            name = re.escape(me)  # an expression that begins with a fixed text is searched for much faster
            word = name + rb"(?<!\w" + name + rb")" if me.isascii() else rb"\b" + name
            set_attribute = re.compile(word + rb"\s*+\.\s*+\w++[\s\\]*+(?:[:,)\]]|=(?!=)|in\b)")
            found = sorted([*self.telling[b""], *[m.start() for m in set_attribute.finditer(self.walk.original)]])
            self.telling[me] = found
        return found

    def tells(self, start: int, end: int, me: bytes) -> bool:
        """Whether there may be a definition, an import or an attribute that is set in a part of a function."""
        places = self.places(me)
        return places[bisect_left(places, start)] < end

    def read(self) -> None:
        walk = self.walk
        assert walk.tree is not None
        root = walk.tree.root_node
        walk.script_line = int(walk.original.startswith(b"#!"))
        facts = docstring(walk, root)
        if facts:
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]
        self.stack.append((root, Scope(-1, "module")))
        while self.stack:
            node, scope = self.stack.pop()
            self.inner = []
            self.block(node, scope)
            self.stack += reversed(self.inner)
        for content, string, scope in self.slotted:
            if (scope.parent, walk.text(content)) not in self.assigned:
                self.variable("field", content, string, scope.parent, None, None, ("slot",))
        in_order_of_text(walk)

    def block(self, node: Node, scope: Scope) -> None:
        """Read the statements of a block, or the parts of a statement that holds others."""
        kind = node.type
        if kind == "if_statement" and (
            scope.inside != "function" or b"TYPE_CHECKING" in self.walk.original[node.start_byte : node.start_byte + 50]
        ):
            self.branches(node, scope)
            return
        if kind in ("for_statement", "with_statement") and (scope.me or scope.inside == "module"):
            self.targets_of(node, scope)
        if kind in _CONDITIONAL and not scope.local:
            scope = scope.under()
        if scope.inside != "function":
            for child in node.named_children:
                self.statement(child, scope)
            return
        places, end = self.places(scope.me), node.end_byte
        at = places[bisect_left(places, node.start_byte)]
        for child in node.named_children:
            if at >= end:
                return
            behind = child.end_byte
            if behind > at:
                self.statement(child, scope)
                at = places[bisect_left(places, behind)]

    def branches(self, node: Node, scope: Scope) -> None:
        """Read ``if``, ``elif`` and ``else`` with the condition under which each is run."""
        before = list[str]()
        written = scope.inside != "function"
        for child in node.named_children:
            condition = child.child_by_field_name("condition") if child.type == "elif_clause" else None
            if child.type == "block":
                condition = node.child_by_field_name("condition")
            if condition is not None and scope.inside == "module":
                self.walruses(condition, scope)
            text = self.walk.code(condition, most=MAX_VALUE) if condition is not None else ""
            if scope.inside == "module" and not self.walk.script_line and _IS_RUN.fullmatch(text) is not None:
                self.walk.script_line = self.walk.line_of(node.start_byte)
            only = True if _FOR_TYPES.fullmatch(text) is not None else None
            if child.type in ("block", "elif_clause", "else_clause"):
                said = " and ".join([f"not ({b})" for b in before[-MAX_CONDITIONS:]] + ([text] if text else [])) if written else ""
                place = scope.under(condition=said, type_only=only)
                body = child if child.type == "block" else child.child_by_field_name("consequence") or child.child_by_field_name("body")
                if body is not None:
                    self.inner.append((body, place))
            elif child.type == "ERROR":
                self.inner.append((child, scope.under()))
            if text:
                before.append(text)

    def statement(self, node: Node, scope: Scope) -> None:
        kind = node.type
        if kind == "expression_statement":
            if scope.inside != "function" or scope.me:
                self.expression(node, scope)
        elif kind == "function_definition":
            self.function(node, scope)
        elif kind == "class_definition":
            self.type(node, scope)
        elif kind == "decorated_definition":
            definition = node.child_by_field_name("definition")
            if definition is not None:
                written, first = self.decorators(node, definition)
                if definition.type == "class_definition":
                    self.type(definition, scope, written, first)
                else:
                    self.function(definition, scope, written, first)
        elif kind in ("import_statement", "import_from_statement", "future_import_statement"):
            self.imports(node, scope)
        elif kind == "type_alias_statement":
            self.alias(node, scope)
        elif kind in _BLOCKS:
            self.inner.append((node, scope))

    def function(self, node: Node, scope: Scope, decorators: tuple[str, ...] = (), first: int = -1) -> None:
        """Note a function, whose decorators begin at an offset."""
        start, end, walk = node.start_byte, node.end_byte, self.walk
        head = quick.function_head(self.plain, start)
        found = quick.parameters(head.inner) if head is not None else None
        if head is None or found is None:
            at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
            found = parameters(walk, node.child_by_field_name("parameters"))
            returns = node.child_by_field_name("return_type")
            kind, modifiers = _sort_of(walk.text(at), scope, decorators, walk.original.startswith(b"async", start))
            index = walk.add(
                kind, walk.text(at), node, scope.parent, at=at, signature=self.head(node, body), visibility=visibility(walk.text(at)),
                modifiers=modifiers, type=walk.code(returns) if returns is not None else "", parameters=found,
                decorators=decorators, condition=scope.condition, **self.more(node, at, first), **docstring(walk, body),
            )  # fmt: skip
            if body is None:
                return
            start, end = body.start_byte, body.end_byte
        else:
            kind, modifiers = _sort_of(head.name, scope, decorators, head.is_async)
            index = self.quick_symbol(kind, head, node, scope, first, decorators, modifiers, (), found)
            start, body = head.colon, None
        owner, me = -1, b""
        if scope.inside == "class" and found and found[0].kind in ("", "positional") and "static" not in modifiers and (
            walk.symbols[index].name != "__new__"
        ):  # fmt: skip
            owner, me = scope.parent, found[0].name.encode() if "class" not in modifiers else b""
        if self.tells(start, end, me):
            body = body or node.child_by_field_name("body")
            assert body is not None
            self.inner.append((body, Scope(index, "function", local=True, type_only=scope.type_only, owner=owner, me=me)))

    def quick_symbol(
        self, kind: str, head: quick.Head, node: Node, scope: Scope, first: int, decorators: tuple[str, ...],
        modifiers: tuple[str, ...], bases: tuple[Base, ...], parameters: tuple[Parameter, ...],
    ) -> int:  # fmt: skip
        """Note a definition whose head was read from its text."""
        walk, start, end, name = self.walk, node.start_byte, node.end_byte, head.name
        lines, plain = walk.lines(), self.plain
        line = bisect_right(lines, start) + 1
        above = bisect_right(lines, first) + 1 if first >= 0 else line
        if plain.find("#", plain.rfind("\n", start, end - 1) + 1, end) < 0:
            last = bisect_right(lines, end - 1) + 1
        else:
            last = self.end_of(node)
        facts = dict[str, Any]()
        if head.doc[0] != -1:
            facts = docstring_between(walk, *head.doc) if head.doc[0] >= 0 else docstring(walk, node.child_by_field_name("body"))
        text, doc_line, doc_end = (facts["doc"], facts["doc_line"], facts["doc_end"]) if facts else ("", 0, 0)
        return walk.note(Symbol(
            kind, name, line, last, scope.parent, above if above < line else 0, "", "definition", head.signature, text, doc_line, doc_end,
            visibility(name), modifiers, bases, parameters, head.returns, "", decorators, "", scope.condition,
        ))  # fmt: skip

    def type(self, node: Node, scope: Scope, decorators: tuple[str, ...] = (), first: int = -1) -> None:
        """Note a class, whose decorators begin at an offset."""
        walk = self.walk
        head = quick.class_head(self.plain, node.start_byte)
        bases, body = quick.bases(head.inner) if head is not None else None, node.child_by_field_name("body")
        if head is None or bases is None:
            at, bases = node.child_by_field_name("name"), self.bases(node)
            kind = _sort_of_class(bases, walk)
            name = walk.text(at)
            index = walk.add(
                kind, name, node, scope.parent, at=at, signature=self.head(node, body), visibility=visibility(name), bases=bases,
                decorators=decorators, condition=scope.condition, **self.more(node, at, first), **docstring(walk, body),
            )  # fmt: skip
        else:
            kind = _sort_of_class(bases, walk)
            index = self.quick_symbol(kind, head, node, scope, first, decorators, (), bases, ())
        if body is not None:
            self.inner.append((body, Scope(index, "class", enum=kind == "enum", local=scope.local, type_only=scope.type_only)))

    def bases(self, node: Node) -> tuple[Base, ...]:
        walk, arguments, bases = self.walk, node.child_by_field_name("superclasses"), list[Base]()
        for argument in arguments.named_children if arguments is not None else ():
            if argument.type == "keyword_argument":
                value = argument.child_by_field_name("value")
                bases.append(Base(walk.code(value) if value else "", walk.text(argument.child_by_field_name("name"))))
            elif argument.type == "dictionary_splat":
                bases.append(Base(walk.code(argument).lstrip("* "), "**"))
            elif argument.type != "comment":
                bases.append(Base(walk.code(argument)))
        return tuple(bases)

    def decorators(self, node: Node, definition: Node) -> tuple[tuple[str, ...], int]:
        """The decorators of a definition, and where the first begins."""
        start = node.start_byte
        if self.plain and definition.start_byte - start < _LONG:
            found = quick.decorators(self.plain[start : definition.start_byte])
            if found is not None:
                return found, start
        nodes = [c for c in node.named_children if c.type == "decorator"]
        written = tuple(self.walk.code(each, start=each.start_byte + 1) for each in nodes)  # without ``@``
        return written, nodes[0].start_byte if nodes else -1

    def head(self, node: Node, body: Node | None) -> str:
        end = body.start_byte if body is not None else node.end_byte
        if self.walk.original.find(b"#", node.start_byte, end) < 0:
            return self.walk.code(node, end).rstrip(" :")
        colon = next((c for c in reversed(node.children) if c.type == ":"), None)
        return self.walk.code(node, min(end, colon.start_byte) if colon is not None else end).rstrip(" :")

    def more(self, node: Node, at: Node | None, first: int) -> dict[str, Any]:
        facts: dict[str, Any] = {"end_line": self.end_of(node)}
        types = node.child_by_field_name("type_parameters")
        if types is not None:
            facts["type_parameters"] = self.walk.code(types)
        line = self.walk.line_of(first if first >= 0 else node.start_byte)
        if at is not None and line < self.walk.line_of(at.start_byte):
            facts["first_line"] = line
        return facts

    def end_of(self, node: Node) -> int:
        """The line on which the last statement of a definition ends; comments behind it do not belong to it."""
        end, text = node.end_byte, self.walk.original
        if text.find(b"#", text.rfind(b"\n", node.start_byte, end - 1) + 1, end) < 0:
            return last_line(node)
        while True:
            last = next((c for c in reversed(node.children) if c.type != "comment"), None)
            if last is None:
                return last_line(node)
            node = last

    def alias(self, node: Node, scope: Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        at = left
        while at is not None and at.type != "identifier" and at.named_children:
            at = at.named_children[0]
        if at is None or scope.inside == "function":
            return
        name = self.walk.text(at)
        inner = left.named_children[0] if left is not None and left.named_children else None  # type A[T] = …
        generic = next((c for c in inner.named_children if c.type == "type_parameter"), None) if inner is not None else None
        self.walk.add("type_alias", name, node, scope.parent, at=at, signature=self.walk.code(node), visibility=visibility(name),
                      type=self.walk.code(right) if right is not None else "", condition=scope.condition,
                      type_parameters=self.walk.code(generic) if generic is not None else "")  # fmt: skip

    def imports(self, node: Node, scope: Scope) -> None:
        walk = self.walk
        line, end = walk.line_of(node.start_byte), walk.line_of(node.end_byte)
        facts: dict[str, Any] = {"end_line": end, "local": scope.local, "type_only": scope.type_only, "condition": scope.condition}
        found = quick.imported(self.plain[node.start_byte : node.end_byte]) if node.end_byte - node.start_byte < _LONG else None
        if found is not None and found.kind == "import":
            walk.imports += [Import("import", name.name, line, alias=name.alias, **facts) for name in found.names]
            return
        if found is not None:
            walk.imports.append(Import("from", found.target, line, names=found.names, level=found.level, **facts))
            return
        if node.type == "import_statement":
            for name in node.children_by_field_name("name"):
                target, alias = self.aliased(name)
                walk.imports.append(Import("import", target, line, alias=alias, **facts))
            return
        module = node.child_by_field_name("module_name")
        target = "__future__" if node.type == "future_import_statement" else _joined(walk.code(module) if module is not None else "")
        level = len(target) - len(target.lstrip("."))
        names = tuple(ImportedName(*self.aliased(name)) for name in node.children_by_field_name("name"))
        if any(child.type == "wildcard_import" for child in node.named_children):
            names = (ImportedName("*"),)
        walk.imports.append(Import("from", target[level:], line, names=names, level=level, **facts))

    def aliased(self, node: Node) -> tuple[str, str]:
        if node.type == "aliased_import":
            name, alias = node.child_by_field_name("name"), node.child_by_field_name("alias")
            return _joined(self.walk.text(name)), self.walk.text(alias)
        return _joined(self.walk.text(node)), ""


def _sort_of(name: str, scope: Scope, decorators: tuple[str, ...], is_async: bool) -> tuple[str, tuple[str, ...]]:
    """The kind of a function, and its modifiers."""
    kind = ("constructor" if name == "__init__" else "method") if scope.inside == "class" else "function"
    if not decorators:
        return kind, ("async",) if is_async else ()
    modifiers = {"async"} if is_async else set[str]()
    for decorator in decorators:
        last = decorator.split("(")[0].rsplit(".", 1)[-1].strip()
        if last in _PROPERTIES and scope.inside == "class":
            kind = "property"
            modifiers |= {last} & {"setter", "getter", "deleter"}
        elif last in _MODIFIERS:
            modifiers.add(_MODIFIERS[last])
    return kind, tuple(sorted(modifiers))


def _sort_of_class(bases: tuple[Base, ...], walk: Walk) -> str:
    """The kind of a class; what is called ``Protocol`` or ``Flag`` may come from elsewhere than the standard library."""
    for base in bases:
        before, _, last = base.name.split("[")[0].rpartition(".")
        if base.how or last not in _OF_A_KIND:
            continue
        if last == "Protocol" and _is_from(before, last, walk, _TYPING):
            return "protocol"
        if last in _ENUMS and (last != "Flag" or _is_from(before, last, walk, ("enum",))):
            return "enum"
    return "class"


def _is_from(before: str, name: str, walk: Walk, modules: tuple[str, ...]) -> bool:
    """Whether a name may mean what one of some modules has: by what is imported above, or because nothing else is called so."""
    if before:
        return before in modules or any(i.alias == before and i.target in modules for i in walk.imports)
    known = [i.target for i in walk.imports if any((n.alias or n.name) == name for n in i.names)]
    return any(m in modules for m in known) or not (known or any(s.name == name for s in walk.symbols))


def _joined(dotted: str) -> str:
    """A dotted name without the spaces and the broken lines that may stand in it."""
    return "".join(dotted.replace("\\", " ").split())
