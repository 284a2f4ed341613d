"""Perl: packages and classes, subs and methods, constants, variables of packages and files, what it uses; documentation from POD too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Block, Import, ImportedName, Parameter
from ..base import MAX_DOC, MAX_VALUE, Walk, cut
from ..heads import below, first_child, head, last_file_line, of_type
from ..reader import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: A heading of POD, or an item of a list, and what is said below it.
_SECTION = re.compile(r"^=(head[1-6]|item)[ \t]+([^\n]*)\n(.*?)(?=^=|\Z)", re.MULTILINE | re.DOTALL)
_HEADED = re.compile(r"(?:[CBIL]<+\s*)?(?:[$\w>:-]*->)?&?(\w+)\b")
_FORMAT = re.compile(r"[BCEFILSXZ]<([^<>]*)>")
_LOADS = re.compile(rb"\brequire\b")
_SUBS = re.compile(rb"\bsub\b|\bmethod\b")
_BASES = frozenset(("parent", "base"))
#: Calls that say what a class inherits or has (Moose, Moo, Mojo).
_CALLED_BASES = {"extends": "extends", "with": "with"}
_DECLARING = ("subroutine_declaration_statement", "method_declaration_statement")


def walk(walk: Walk) -> None:
    """Read a file of Perl."""
    _Perl(walk).read()


class _Perl(Reader):
    read_by: ClassVar[Mapping[str, str]] = {
        "package_statement": "package", "class_statement": "package", "role_statement": "package",
        "subroutine_declaration_statement": "sub", "method_declaration_statement": "sub", "use_statement": "used",
        "expression_statement": "statement", "phaser_statement": "phase",
    }  # fmt: skip
    entered = Reader.entered | {"block_statement"}

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        self.known = set[tuple[int, str]]()
        #: What POD says, by the first name of each heading.
        self.pod: dict[str, tuple[str, int, int]] = {}
        self.read_pod()

    def read(self) -> None:
        super().read()
        self.loads()
        if "NAME" in self.pod and not self.walk.doc:
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = self.pod["NAME"]

    def read_pod(self) -> None:
        text, line, at = self.walk.decoded, 1, 0
        if "\n=" not in text and not text.startswith("="):
            return
        for match in _SECTION.finditer(text):
            line, at = line + text.count("\n", at, match.start()), match.start()
            named = _HEADED.match(match[2])
            said = _FORMAT.sub(r"\1", match[3]).strip()
            if named is not None and said:
                self.pod.setdefault(named[1], (cut(said, MAX_DOC), line, line + match[0].rstrip().count("\n")))

    def block(self, node: Node, scope: Scope) -> None:
        children = node.children
        for number, child in enumerate(children):
            if child.type in ("package_statement", "class_statement") and first_child(child, "block") is None:
                after = next((c for c in children[number + 1 :] if c.type in ("package_statement", "class_statement")), None)
                end = after.start_point.row if after is not None else last_file_line(self.walk)
                scope = Scope(self.packaged(child, scope, max(end, child.start_point.row + 1)), child.type)
            else:
                self.node(child, scope)

    def package(self, node: Node, scope: Scope) -> None:
        self.packaged(node, scope, 0)

    def packaged(self, node: Node, scope: Scope, end: int) -> int:
        """Note a package or a class; without a body it has what follows, up to line `end`."""
        name, body = node.child_by_field_name("name"), first_child(node, "block")
        if name is None:
            return scope.parent
        lines = node if body is not None else Block(name.start_point.row + 1, end)
        bases = tuple(
            Base(self.text(a.child_by_field_name("value")).split()[0], "extends")
            for a in of_type(first_child(node, "attrlist"), "attribute")
            if self.text(a.child_by_field_name("name")) == "isa" and self.text(a.child_by_field_name("value")).split()
        )
        kind = "package" if node.type == "package_statement" else "class"
        index = self.walk.add(
            kind, self.text(name), lines, -1, name, signature=head(self.walk, node, body), bases=bases, **self.walk.doc_before(node)
        )
        if body is not None:
            self.block(body, Scope(index, node.type))
        return index

    def sub(self, node: Node, scope: Scope) -> None:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is None or name.is_missing:
            return
        before, _, own = self.text(name).rpartition("::")
        lexical, signature = node.child_by_field_name("lexical"), first_child(node, "signature")
        words = {self.text(lexical)} if lexical is not None else set()
        words |= {self.text(a.child_by_field_name("name")) for a in of_type(first_child(node, "attrlist"), "attribute")}
        index = self.walk.add(
            "method" if node.type == "method_declaration_statement" else "function", own, node, -1 if before else scope.parent, name,
            scope=before, signature=head(self.walk, node, body), role="definition" if body is not None else "declaration",
            modifiers=tuple(sorted(words)),
            visibility="private" if own.startswith("_") or lexical is not None else "public",
            parameters=tuple(self.taken(signature)) if signature is not None else (), **self.documented(node, own),
        )  # fmt: skip
        if body is not None:
            for inner in below(body, self.walk, _SUBS, _DECLARING):
                self.sub(inner, Scope(index))

    def documented(self, node: Node, name: str) -> dict[str, Any]:
        """The comments before a sub, else what POD says below its name."""
        facts = self.walk.doc_before(node)
        if not facts and name in self.pod:
            doc, line, end = self.pod[name]
            return {"doc": doc, "doc_line": line, "doc_end": end}
        return facts

    def taken(self, signature: Node) -> Iterator[Parameter]:
        for one in signature.named_children:
            if one.type.endswith("_parameter"):
                names = [c for c in one.named_children if c.type in ("scalar", "array", "hash")]
                default = self.code(one.child_by_field_name("default"), most=MAX_VALUE)
                kind = "variadic" if one.type == "slurpy_parameter" else ""
                yield Parameter(self.text(names[0]) if names else "", "", default, kind)

    # -- statements --------------------------------------------------------------------------------------------------------------------

    def phase(self, node: Node, scope: Scope) -> None:
        for inner in below(node, self.walk, _SUBS, _DECLARING):
            self.sub(inner, scope)

    def statement(self, node: Node, scope: Scope) -> None:
        """Read what a statement declares: variables, subs that are assigned, and what calls of Moose and its like do."""
        inner = node.named_children[0] if node.named_children else None
        if inner is None:
            return
        if inner.type in ("variable_declaration", "assignment_expression"):
            self.assigned(node, inner, scope)
        elif inner.type in ("ambiguous_function_call_expression", "function_call_expression"):
            self.called(node, inner, scope)
        else:
            self.otherwise(node, scope)

    def otherwise(self, node: Node, scope: Scope) -> None:
        for inner in below(node, self.walk, _SUBS, _DECLARING):
            self.sub(inner, scope)

    def assigned(self, node: Node, inner: Node, scope: Scope) -> None:
        declaration = inner if inner.type == "variable_declaration" else inner.child_by_field_name("left")
        value = inner.child_by_field_name("right") if inner.type == "assignment_expression" else None
        if declaration is not None and declaration.type == "glob" and value is not None:
            self.glob(node, declaration, value, scope)
        elif declaration is not None and self.text(declaration).removeprefix("our").strip(" @") == "ISA":
            self.inherited(value, scope)
        elif declaration is not None and declaration.type == "variable_declaration":
            self.variables(node, declaration, value, scope)
        if value is not None:
            self.otherwise(value, scope)

    def variables(self, node: Node, declaration: Node, value: Node | None, scope: Scope) -> None:
        word = declaration.children[0].type
        names = declaration.children_by_field_name("variable") or declaration.children_by_field_name("variables")
        for variable in names:
            name = first_child(variable, "varname")
            if name is None or (scope.parent, self.text(variable)) in self.known:
                continue
            self.known.add((scope.parent, self.text(variable)))
            self.walk.add(
                "field" if word == "field" else "variable", self.text(name), node, scope.parent, name,
                signature=self.code(node, most=MAX_VALUE).rstrip(";"), value=self.code(value, most=MAX_VALUE) if len(names) == 1 else "",
                modifiers=(word,) if word != "field" else (), visibility="public" if word == "our" else "private",
                **self.walk.doc_before(node),
            )  # fmt: skip

    def glob(self, node: Node, target: Node, value: Node, scope: Scope) -> None:
        """Note a sub that is given a name by ``*name = sub { }``, or by a reference to another."""
        name = first_child(target, "varname")
        if name is not None and (value.type == "anonymous_subroutine_expression" or self.text(value).startswith("\\&")):
            before, _, own = self.text(name).rpartition("::")
            self.walk.add(
                "function", own, node, -1 if before else scope.parent, name, scope=before,
                signature=head(self.walk, node, first_child(value, "block")),
                visibility="private" if own.startswith("_") else "public", **self.documented(node, own),
            )  # fmt: skip

    def called(self, node: Node, call: Node, scope: Scope) -> None:
        word, arguments = self.text(call.child_by_field_name("function")), call.child_by_field_name("arguments")
        if word == "push" and arguments is not None and self.text(arguments).startswith("@ISA"):
            self.inherited(arguments, scope)
        elif word in _CALLED_BASES and arguments is not None and scope.parent >= 0:
            symbol = self.walk.symbols[scope.parent]
            symbol.bases += tuple(Base(name, _CALLED_BASES[word]) for _, name in self.words(arguments))
        elif word == "has" and arguments is not None:
            first = arguments.named_children[0] if arguments.type == "list_expression" else arguments
            for at, name in self.words(first):
                signature = self.code(node, most=MAX_VALUE).rstrip(";")
                self.walk.add(
                    "property", name.lstrip("+"), node, scope.parent, at, signature=signature, visibility="public",
                    **self.documented(node, name),
                )  # fmt: skip
        else:
            self.otherwise(node, scope)

    def inherited(self, value: Node | None, scope: Scope) -> None:
        if value is not None and scope.parent >= 0:
            symbol = self.walk.symbols[scope.parent]
            symbol.bases += tuple(Base(name, "extends") for _, name in self.words(value))

    def words(self, node: Node | None) -> Iterator[tuple[Node, str]]:
        """The texts that a list names."""
        stack = [node] if node is not None else []
        while stack:
            one = stack.pop()
            if one.type == "string_content" or (one.type == "autoquoted_bareword" and not self.text(one).startswith("-")):
                for name in self.text(one).split():
                    yield one, name
            elif one.type == "bareword":
                yield one, self.text(one)
            else:
                stack += reversed(one.named_children)

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def used(self, node: Node, scope: Scope) -> None:
        module = node.child_by_field_name("module")
        if module is None or first_child(node, "no") is not None:
            return
        name, line, end = self.text(module), node.start_point.row + 1, node.end_point.row + 1
        given = [c for c in node.named_children if c != module and c.type not in self.comments]
        if name == "constant":
            self.constants(node, given, scope)
        elif name in _BASES:
            bases = [word for one in given for _, word in self.words(one)]
            if scope.parent >= 0:
                self.walk.symbols[scope.parent].bases += tuple(Base(base, "extends") for base in bases)
            norequire = any("norequire" in self.text(one) for one in given)
            self.walk.imports += [Import("use", base, line, end) for base in bases if not norequire]
        else:
            names = tuple(ImportedName(word) for one in given for _, word in self.words(one) if one.type != "anonymous_hash_expression")
            self.walk.imports.append(Import("use", name, line, end, names=names[:50]))

    def constants(self, node: Node, given: list[Any], scope: Scope) -> None:
        """Note what ``use constant`` declares: one, or each of a table."""
        inner = given[0] if given else None
        is_table = inner is not None and inner.type == "anonymous_hash_expression"
        pairs = first_child(inner, "list_expression") if is_table else inner
        if pairs is None:
            return
        parts = [c for c in pairs.named_children if c.type not in self.comments] if pairs.type == "list_expression" else [pairs]
        for number in range(0, len(parts), 2) if is_table else (0,):
            at = first_child(parts[number], "string_content") or parts[number]
            values = parts[number + 1 : number + 2] if is_table else parts[1:]
            value = self.walk.slice(values[0].start_byte, values[-1].end_byte) if values else ""
            whole = at if is_table else node
            self.walk.add(
                "constant", self.text(at), whole, scope.parent, at, value=cut(" ".join(value.split()), MAX_VALUE),
                signature=self.code(node if not is_table else at, most=MAX_VALUE).rstrip(";"), visibility="public",
                **(self.walk.doc_before(node) if not is_table else self.walk.doc_before(at)),
            )  # fmt: skip

    def loads(self) -> None:
        """Note what is required, wherever that is."""
        assert self.walk.tree is not None
        for node in below(self.walk.tree.root_node, self.walk, _LOADS, ("require_expression",)):
            given = node.named_children[-1] if node.named_children else None
            content = first_child(given, "string_content")
            if given is None or (given.type != "bareword" and content is None):
                continue
            around, is_local = node.parent, False
            while around is not None and not is_local:
                is_local, around = around.type == "block", around.parent
            target = self.text(content) if content is not None else self.text(given)
            self.walk.imports.append(Import("require", target, node.start_point.row + 1, node.end_point.row + 1, local=is_local))
