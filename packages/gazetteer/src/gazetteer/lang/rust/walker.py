"""Rust: modules, functions, types with their fields and variants, traits, implementations, constants, macros, uses.

An ``impl`` block is a symbol named after its type, whose base is the trait that it implements, with the methods below it. Fields of
tuples have no name in the text and are `parameters` of their struct or variant. What a macro makes is not known, and not listed; but for
such as everybody uses to pass on the items that they are given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...model import Base, Import, ImportedName, Parameter
from ...parses import parse_parts, quality_of
from ..base import MAX_DOC, MAX_VALUE, Walk, cut, in_order_of_text, last_line
from ..commented import clean_comment, indented
from ..heads import below
from ..siblings import nodes_before

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_COMMENTS = ("line_comment", "block_comment")
_PLAIN = {"struct_item": "struct", "union_item": "union", "enum_item": "enum", "trait_item": "trait"}
_VALUES = {"const_item": "constant", "static_item": "variable"}
_ALIASES = ("type_item", "associated_type")
_FUNCTIONS = ("function_item", "function_signature_item")
#: What a body may declare at any depth of its expressions, and the words that it then has.
_ITEMS = frozenset((
    *_FUNCTIONS, *_PLAIN, *_ALIASES, "impl_item", "mod_item", "use_declaration", "macro_definition", "extern_crate_declaration",
    "foreign_mod_item",
))  # fmt: skip
_LOCAL = re.compile(rb"\b(?:fn|struct|enum|union|trait|type|impl|mod|use|extern)[\s<]|\bmacro_rules!")


#: Macros that pass on the items in their braces; and those that do so with each of several blocks.
_PASSED_ON, _BLOCKS = re.compile(r"(?:.*::)?(?:cfg_\w+|thread_local|pin_project)"), ("cfg_if", "cfg_match", "cfg_select")
_ITEM = re.compile(rb"\b(?:const|static)\s|" + _LOCAL.pattern)


#: Of strings; the end of a line, with what the next one begins with, may be one.
_ESCAPE, _ESCAPES = re.compile(r"\\(?:\n\s*|(.))"), {"n": "\n", "t": "\t", '"': '"', "'": "'", "\\": "\\", "0": "\0"}


class _Scope:
    """Where an item stands: the symbol around it, and whether that is a ``module``, ``trait``, ``impl``, ``extern``, ``function``."""

    __slots__ = ("inside", "parent")

    def __init__(self, parent: int, inside: str) -> None:
        self.parent, self.inside = parent, inside


def walk(walk: Walk) -> None:
    """Read a file of Rust."""
    _Reader(walk).read()


class _Reader:
    """One file that is being read."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.text, self.code = walk, walk.text, walk.code
        #: Bodies that are still to be read; modules may nest deeper than Python's own stack.
        self.bodies: list[tuple[Node, _Scope]] = []

    def read(self) -> None:
        assert self.walk.tree is not None
        root = self.walk.tree.root_node
        about = self.inner_doc(root)
        if about:
            self.walk.doc, self.walk.doc_line, self.walk.doc_end = about["doc"], about["doc_line"], about["doc_end"]
        self.bodies.append((root, _Scope(-1, "module")))
        while self.bodies:
            node, scope = self.bodies.pop()
            inner = below(node, self.walk, _LOCAL, _ITEMS) if scope.inside == "function" else node.named_children
            for child in inner:
                self.item(child, scope)
        in_order_of_text(self.walk)

    def item(self, node: Node, scope: _Scope) -> None:
        kind = node.type
        if kind in _FUNCTIONS:
            self.function(node, scope)
        elif kind in _PLAIN:
            self.type(node, scope)
        elif kind == "impl_item":
            self.implementation(node, scope)
        elif kind == "mod_item":
            self.module(node, scope)
        elif kind == "use_declaration":
            self.use(node, scope)
        elif kind in _VALUES or kind in _ALIASES:
            self.value(node, scope)
        elif kind == "macro_definition":
            self.macro(node, scope)
        elif kind == "extern_crate_declaration":
            line = node.start_point.row + 1
            alias = self.text(node.child_by_field_name("alias"))
            self.walk.imports.append(Import("extern_crate", self.text(node.child_by_field_name("name")), line, line, alias=alias))
        elif kind == "foreign_mod_item":
            body = node.child_by_field_name("body")
            if body is not None:
                self.bodies.append((body, _Scope(scope.parent, "extern")))
        elif kind in ("macro_invocation", "expression_statement") and scope.inside != "function":
            self.passed_on(node if kind == "macro_invocation" else node.named_children[0], scope)
        elif kind in ("ERROR", "declaration_list"):
            self.bodies.append((node, scope))

    def passed_on(self, call: Node, scope: _Scope) -> None:
        """Read the items that a macro is given: ``thread_local! { static A: u8 = 1; }``, ``cfg_if! { if #[cfg(unix)] { mod a; } }``."""
        name, given = self.text(call.child_by_field_name("macro")), call.named_children[-1] if call.named_children else call
        original = self.walk.original
        if given.type != "token_tree" or original[given.start_byte : given.start_byte + 1] != b"{" or not _PASSED_ON.fullmatch(name):
            return
        blocks = name.rpartition("::")[2] in _BLOCKS
        parts = [c for c in given.named_children if c.type == "token_tree"] if blocks else [given]
        parts = [c for c in parts if original[c.start_byte : c.start_byte + 1] == b"{"]
        if parts and _ITEM.search(original, given.start_byte, given.end_byte) is not None:
            tree = parse_parts(self.walk.read, "rust", parts)
            if not quality_of(tree, "rust").error_bytes:  # the last item may lack its semicolon
                self.bodies.append((tree.root_node, scope))

    def add(self, kind: str, at: Node | None, node: Node, scope: _Scope, **facts: Any) -> int:
        """Note a symbol, with its attributes, what they say of conditions, its visibility and its comment."""
        attributes, comments, first = _before(node)
        written = tuple(self.code(c) for a in attributes for c in a.named_children)
        conditions = [w[4:-1].strip() for w in written if w.startswith("cfg(") and w.endswith(")")]
        comment = self.doc(comments)
        start = first.start_point.row + 1
        line = (at or node).start_point.row + 1
        facts.setdefault("visibility", self.visibility(node, scope))
        return self.walk.add(
            kind, facts.pop("name", "") or self.text(at), node, scope.parent, at=at, first_line=start if start < line else 0,
            end_line=last_line(node), decorators=written, condition=" && ".join(conditions), **{**comment, **facts},
        )  # fmt: skip

    def visibility(self, node: Node, scope: _Scope) -> str:
        """``public`` for ``pub``, the words for ``pub(crate)``; private is what says nothing in a module or a type."""
        mark = next((c for c in node.named_children if c.type == "visibility_modifier"), None)
        if mark is not None:
            written = self.code(mark)
            return "public" if written == "pub" else written
        return "private" if scope.inside in ("module", "impl", "struct", "extern") else ""

    def inner_doc(self, node: Node) -> dict[str, Any]:
        """The ``//!`` lines and ``#![doc = "…"]`` at the beginning of a file or a body."""
        found: list[Node] = []
        for child in node.named_children:
            comment = child.type in _COMMENTS and any(c.type == "inner_doc_comment_marker" for c in child.named_children)
            if comment or (child.type == "inner_attribute_item" and _said(child) is not None):
                found.append(child)
            elif child.type not in ("inner_attribute_item", "shebang", *_COMMENTS):
                break
        return self.doc(found)

    def doc(self, comments: list[Node]) -> dict[str, Any]:
        written = [self.text(c).rstrip("\r\n") if c.type in _COMMENTS else "" for c in comments]
        said = [self.words(c) for c in comments]
        text = "\n".join(indented(said, written) if len(said) > 1 else said)
        if not text.strip():
            return {}
        return {"doc": cut(text, MAX_DOC), "doc_line": comments[0].start_point.row + 1, "doc_end": last_line(comments[-1])}

    def words(self, comment: Node) -> str:
        """What a comment or an attribute ``doc`` says."""
        said = None if comment.type in _COMMENTS else _said(comment)
        if said is None:
            return clean_comment(self.text(comment).rstrip("\r\n").replace("//!", "///", 1).replace("/*!", "/**", 1))
        text = "".join([self.text(c) for c in said.named_children])
        if said.type == "string_literal":
            text = _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[0]) if m[1] else "", text)
        return "\n".join([line.strip() for line in text.strip().split("\n")])

    def head(self, node: Node, body: Node | None) -> str:
        return self.code(node, body.start_byte if body is not None else 0).rstrip(" ;{")

    def function(self, node: Node, scope: _Scope) -> None:
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if at is None:
            return
        modifiers = {
            self.code(c)
            for m in node.named_children
            if m.type == "function_modifiers"
            for c in m.children
            if c.type not in self.walk.comments
        }
        listed, returns = node.child_by_field_name("parameters"), node.child_by_field_name("return_type")
        member = scope.inside in ("trait", "impl", "trait impl")
        parameters = tuple(self.parameters(listed))
        if member and not any(p.kind == "receiver" for p in parameters):
            modifiers.add("static")
        index = self.add(
            "method" if member else "function", at, node, scope, signature=self.head(node, body), parameters=parameters,
            type=self.code(returns) if returns is not None else "", modifiers=tuple(sorted(modifiers)), **self.generics(node),
            role="declaration" if scope.inside == "extern" else "definition",
        )  # fmt: skip
        if body is not None:
            self.bodies.append((body, _Scope(index, "function")))

    def parameters(self, node: Node | None) -> Iterator[Parameter]:
        for child in node.named_children if node is not None else ():
            if child.type == "self_parameter":
                yield Parameter("self", self.code(child) if self.text(child) != "self" else "", kind="receiver")
            elif child.type == "parameter":
                pattern, of = child.child_by_field_name("pattern"), child.child_by_field_name("type")
                name = self.code(pattern) if pattern is not None else ""
                kind = "receiver" if name.removeprefix("mut ") == "self" else ""  # self: Box<Self>
                yield Parameter(name, self.code(of) if of is not None else "", kind=kind)
            elif child.type == "variadic_parameter":
                yield Parameter("...", kind="variadic")

    def generics(self, node: Node) -> dict[str, str]:
        found = node.child_by_field_name("type_parameters")
        return {"type_parameters": self.code(found)} if found is not None else {}

    def type(self, node: Node, scope: _Scope) -> None:
        """Read a struct, a union, an enum or a trait."""
        at, body, kind = node.child_by_field_name("name"), node.child_by_field_name("body"), _PLAIN[node.type]
        if at is None:
            return
        bounds = node.child_by_field_name("bounds")
        listed = bounds.named_children if bounds is not None else ()
        bases = tuple(Base(self.code(c), "extends") for c in listed if c.type not in ("lifetime", "removed_trait_bound", *_COMMENTS))
        tuple_body = body if body is not None and body.type == "ordered_field_declaration_list" else None
        modifiers = tuple(c.type for c in node.children if c.type == "unsafe")
        index = self.add(kind, at, node, scope, signature=self.head(node, None if tuple_body else body), bases=bases, modifiers=modifiers,
                         parameters=tuple(self.tuple_fields(tuple_body)), **self.generics(node))  # fmt: skip
        if body is None or tuple_body is not None:
            return
        if kind == "trait":
            self.bodies.append((body, _Scope(index, "trait")))
        elif kind == "enum":
            self.variants(body, index)
        else:
            self.fields(body, _Scope(index, "struct"))

    def tuple_fields(self, body: Node | None) -> Iterator[Parameter]:
        """The types of the fields of a tuple, which have no names."""
        for of in body.children_by_field_name("type") if body is not None else ():
            yield Parameter("", self.code(of))

    def fields(self, body: Node, scope: _Scope) -> None:
        for child in body.named_children:
            if child.type == "field_declaration":
                at, of = child.child_by_field_name("name"), child.child_by_field_name("type")
                self.add("field", at, child, scope, type=self.code(of) if of is not None else "", signature=self.code(child))
            elif child.type == "ERROR":
                self.fields(child, scope)

    def variants(self, body: Node, parent: int) -> None:
        for child in body.named_children:
            if child.type == "enum_variant":
                inner, value = child.child_by_field_name("body"), child.child_by_field_name("value")
                listed = inner if inner is not None and inner.type == "field_declaration_list" else None
                index = self.add(
                    "enum_member", child.child_by_field_name("name"), child, _Scope(parent, "enum"),
                    signature=self.code(child, most=MAX_VALUE), value=self.code(value, most=MAX_VALUE) if value is not None else "",
                    parameters=tuple(self.tuple_fields(inner if listed is None else None)),
                )  # fmt: skip
                if listed is not None:
                    self.fields(listed, _Scope(index, "enum"))
            elif child.type == "ERROR":
                self.variants(child, parent)

    def implementation(self, node: Node, scope: _Scope) -> None:
        of, trait, body = (node.child_by_field_name(f) for f in ("type", "trait", "body"))
        if of is None:
            return
        at = of
        while at.type in ("generic_type", "reference_type", "scoped_type_identifier", "pointer_type"):
            inner = at.child_by_field_name("name") if at.type == "scoped_type_identifier" else at.child_by_field_name("type")
            if inner is None:
                break
            at = inner
        negative = trait is not None and any(c.type == "!" for c in node.children)
        bases = (Base(self.code(trait), "not" if negative else "trait"),) if trait is not None else ()
        modifiers = tuple(c.type for c in node.children if c.type == "unsafe")
        index = self.add("impl", at, node, scope, name=self.code(at), bases=bases, signature=self.head(node, body), type=self.code(of),
                         modifiers=modifiers, visibility="", **self.generics(node))  # fmt: skip
        if body is not None:
            self.bodies.append((body, _Scope(index, "trait impl" if trait is not None else "impl")))

    def module(self, node: Node, scope: _Scope) -> None:
        at, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if self.repaired(node, "mod"):
            self.add("macro", at, node, scope, signature=f"macro {self.text(at)}")
            return
        inner = self.inner_doc(body) if body is not None else {}
        index = self.add(
            "module", at, node, scope, signature=self.head(node, body), role="definition" if body is not None else "declaration", **inner
        )
        if body is not None:
            self.bodies.append((body, _Scope(index, "module")))
            return
        line = node.start_point.row + 1
        path = next((d.partition("=")[2].strip() for d in self.walk.symbols[index].decorators if d.split("=")[0].strip() == "path"), "")
        kind, target = ("mod_path", path.strip('"')) if path else ("mod", self.text(at))
        conditional = bool(self.walk.symbols[index].condition)
        self.walk.imports.append(Import(kind, target, line, line, local=conditional, condition=self.walk.symbols[index].condition))

    def repaired(self, node: Node, keyword: str) -> bool:
        """Whether an item was written with another keyword, which is not known to the grammar."""
        return self.walk.read is not self.walk.original and any(c.type == keyword and self.text(c) != keyword for c in node.children)

    def value(self, node: Node, scope: _Scope) -> None:
        """Read a constant, a static, a type that stands for another."""
        at, of, value = (node.child_by_field_name(f) for f in ("name", "type", "value"))
        if node.type == "type_item" and of is not None and self.repaired(node, "type"):
            self.trait_alias(node, of, scope)
            return
        if at is None or (scope.inside == "function" and node.type in _VALUES):
            return
        if self.text(at) == "_":  # const _: () = { … }: what is in it is meant for what is around it
            self.bodies += [(value, _Scope(scope.parent, "function"))] if value is not None else []
            return
        modifiers = {"mut"} if any(c.type == "mutable_specifier" for c in node.named_children) else set()
        if node.type == "static_item":
            modifiers.add("static")
        facts = {"type": self.code(of) if of is not None else "", "value": self.code(value, most=MAX_VALUE) if value is not None else ""}
        index = self.add(
            _VALUES.get(node.type, "type_alias"), at, node, scope, signature=self.head(node, None)[:MAX_VALUE],
            modifiers=tuple(sorted(modifiers)), role="declaration" if scope.inside == "extern" else "definition", **facts,
            **self.generics(node),
        )  # fmt: skip
        if value is not None:
            self.bodies.append((value, _Scope(index, "function")))

    def trait_alias(self, node: Node, of: Node, scope: _Scope) -> None:
        """Read ``trait A = B + C;``, which was made a type for the grammar."""
        bounds, parts = [of], list[Any]()
        while bounds:
            bound = bounds.pop()
            if bound.type == "bounded_type":
                bounds += reversed(bound.named_children)
            elif bound.type != "lifetime":
                parts.append(bound)
        self.add("trait", node.child_by_field_name("name"), node, scope, signature=self.head(node, None),
                 bases=tuple(Base(self.code(p), "extends") for p in parts), **self.generics(node))  # fmt: skip

    def macro(self, node: Node, scope: _Scope) -> None:
        at = node.child_by_field_name("name")
        exported = any(self.text(a).startswith("#[macro_export") for a in _before(node)[0])
        self.add("macro", at, node, scope, signature=f"macro_rules! {self.text(at)}", visibility="exported" if exported else "")

    def use(self, node: Node, scope: _Scope) -> None:
        """Read a tree of uses: one import for each path that names or a star follow."""
        argument = node.child_by_field_name("argument")
        if argument is None:
            return
        kind = "export" if any(c.type == "visibility_modifier" for c in node.named_children) else "use"
        found: dict[str, list[ImportedName]] = {}
        stack: list[tuple[Node, str]] = [(argument, "")]
        while stack:
            part, prefix = stack.pop()
            inner: list[tuple[Node, str]] = []
            if part.type == "use_list":
                inner = [(c, prefix) for c in part.named_children if c.type not in _COMMENTS]
            elif part.type == "scoped_use_list":
                path, listed = part.child_by_field_name("path"), part.child_by_field_name("list")
                inner = [(listed, self.under(prefix, path, part))] if listed is not None else []
            elif part.type == "use_wildcard":
                path = next(iter(part.named_children), None)
                found.setdefault(self.under(prefix, path, part), []).append(ImportedName("*"))
            else:
                alias = self.text(part.child_by_field_name("alias"))
                path = part.child_by_field_name("path") if part.type == "use_as_clause" else part
                above, _, name = self.under(prefix, path, part).rpartition("::")
                if not above and self.under(prefix, path, part).startswith("::"):
                    name = f"::{name}"
                found.setdefault(above, []).append(ImportedName(name, alias))
            stack += reversed(inner)
        facts: dict[str, Any] = {"line": node.start_point.row + 1, "end_line": node.end_point.row + 1, "local": scope.inside == "function"}
        for target, names in found.items():
            if target:
                self.walk.imports.append(Import(kind, target, names=tuple(names), **facts))
            else:  # use name;
                self.walk.imports += [Import(kind, n.name, alias=n.alias, **facts) for n in names]

    def under(self, prefix: str, path: Node | None, part: Node) -> str:
        """A path below a prefix; a leading ``::`` is kept, since it says that a crate follows."""
        written = "".join(self.code(path).split()) if path is not None else ""
        if not prefix and not written.startswith("::") and part.children and part.children[0].type == "::":
            written = "::" + written
        return f"{prefix}::{written}" if prefix and written else prefix or written


def _before(node: Node) -> tuple[list[Node], list[Node], Node]:
    """The ``#[…]`` and the ``///``, ``/**`` or ``#[doc = "…"]`` before an item, in order, and the first attribute, or the item."""
    attributes, comments = list[Any](), list[Any]()
    first = node
    for above in nodes_before(node):
        if above.type == "attribute_item":
            if _said(above) is not None:
                comments.append(above)
            else:
                attributes.append(above)
                first = above
        elif above.type in _COMMENTS:
            if any(c.type == "outer_doc_comment_marker" for c in above.named_children):
                comments.append(above)
        elif above.is_named:
            break
    return attributes[::-1], comments[::-1], first


def _said(attribute: Node) -> Node | None:
    """The text that ``#[doc = "…"]`` gives."""
    given = attribute.named_children[0] if attribute.named_child_count else None
    value = given.child_by_field_name("value") if given is not None and given.named_child_count == 2 else None
    if value is None or given is None or value.type not in ("string_literal", "raw_string_literal"):
        return None
    return value if given.named_children[0].text == b"doc" else None
