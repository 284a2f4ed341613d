"""Ruby: modules, classes with what they mix in, methods under their visibility, attributes, constants, aliases, what is required."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model import Base, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, in_order_of_text, one_line
from ..heads import below, file_comment, first_child, lost_type, of_type

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_ACCESS = frozenset(("public", "protected", "private"))
_ATTRIBUTES = frozenset(("attr_accessor", "attr_reader", "attr_writer", "attr", "cattr_accessor", "mattr_accessor", "class_attribute"))
_MIXES = frozenset(("include", "extend", "prepend"))
_REQUIRES = frozenset(("require", "require_relative", "load", "autoload", "gem"))
_MADE = {("Struct", "new"): "class", ("Data", "define"): "class", ("Class", "new"): "class", ("Module", "new"): "module"}
#: Nodes whose children stand in the same scope.
_THROUGH = frozenset((
    "if", "unless", "then", "else", "elsif", "begin", "rescue", "ensure", "body_statement", "if_modifier", "unless_modifier", "case",
    "when", "begin_block", "do_block", "block", "block_body", "parenthesized_statements", "while", "do", "ERROR",
))  # fmt: skip
_REQUIRE = re.compile(rb"\b(?:require|require_relative|load|autoload|gem)\b")
_PARAMETERS = {
    "splat_parameter": "variadic", "hash_splat_parameter": "keywords", "block_parameter": "block", "keyword_parameter": "keyword",
    "optional_parameter": "",
}  # fmt: skip


class _Scope(Struct):
    """Where a statement stands. The visibility changes on the way, so each body has a scope of its own."""

    parent: int = -1
    inside: str = ""
    visibility: str = "public"
    #: ``class`` in ``class << self``, ``module_function`` after that word.
    modifiers: tuple[str, ...] = ()
    local: bool = False


def walk(walk: Walk) -> None:
    """Read a file of Ruby."""
    assert walk.tree is not None
    root = walk.tree.root_node
    reader = _Reader(walk)
    reader.block(root, _Scope())
    reader.instance_fields()
    file_comment(walk, root, lambda node: node.type in ("module", "class", "method", "assignment", "singleton_method"))
    if walk.doc.startswith(("frozen_string_literal:", "encoding:", "-*-", "typed:", "rubocop:")):
        walk.doc, walk.doc_line, walk.doc_end = "", 0, 0
        _second_comment(walk, root)
    in_order_of_text(walk)


def _second_comment(walk: Walk, root: Node) -> None:
    """The comment after one that is for tools."""
    comments = [c for c in root.children if c.type == "comment" and not walk.text(c).startswith("#!")]
    after = [c for c in comments[1:] if c.prev_sibling is not None and c.prev_sibling.type == "comment"]
    if after and after[0].start_point.row > comments[0].end_point.row + 1:
        group = [after[0]]
        while (
            (next_ := group[-1].next_sibling) is not None
            and next_.type == "comment"
            and next_.start_point.row == group[-1].end_point.row + 1
        ):
            group.append(next_)
        following = group[-1].next_sibling
        facts = walk.doc_of(group)
        if facts and (following is None or following.start_point.row > group[-1].end_point.row + 1):
            walk.doc, walk.doc_line, walk.doc_end = facts["doc"], facts["doc_line"], facts["doc_end"]


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text
        #: Assignments in constructors, and the class of each.
        self.set_fields: list[tuple[Node, int]] = []

    def block(self, node: Node, scope: _Scope) -> None:
        for child in node.children:
            if child.is_named:
                self.statement(child, scope)
            elif (index := lost_type(self.walk, child, ("class", "module"), scope.parent)) is not None:
                scope = _Scope(index, child.type)

    def statement(self, node: Node, scope: _Scope, own: str = "") -> None:
        """Read a statement; `own` is the visibility that is given to it alone, as in ``private def``."""
        kind = node.type
        if kind in ("class", "module"):
            self.type(node, scope)
        elif kind == "singleton_class":
            inner = _Scope(scope.parent, scope.inside, modifiers=("class",), local=scope.local)
            self.block(node, inner)
        elif kind in ("method", "singleton_method"):
            self.method(node, scope, own)
        elif kind == "assignment" or (kind == "operator_assignment" and self.text(node.child_by_field_name("operator")) == "||="):
            self.assignment(node, scope)
        elif kind == "alias":
            self.alias(node, scope)
        elif kind == "identifier":
            self.section(self.text(node), scope)
        elif kind == "call":
            self.call(node, scope, own)
        elif kind in _THROUGH:
            local = scope.local or kind not in ("body_statement", "begin", "ERROR")
            if local == scope.local:
                self.block(node, scope)
            else:
                self.block(node, _Scope(scope.parent, scope.inside, scope.visibility, scope.modifiers, local))

    def section(self, word: str, scope: _Scope) -> None:
        if word in _ACCESS:
            scope.visibility = word
            scope.modifiers = tuple(m for m in scope.modifiers if m != "module_function")
        elif word == "module_function":
            scope.modifiers = (*scope.modifiers, "module_function")

    def type(self, node: Node, scope: _Scope) -> None:
        named = node.child_by_field_name("name")
        at, body, before = self.named(named)
        if at is None or named is None:
            return
        if not before and named.type == "scope_resolution":  # class ::Top
            scope = _Scope(local=scope.local)
        base = first_child(node, "superclass")
        bases = (Base(self.walk.code(base.named_children[0]), "extends"),) if base is not None and base.named_children else ()
        signature = one_line(f"{node.type} {self.text(node.child_by_field_name('name'))}" + (f" {self.text(base)}" if base else ""))
        index = self.walk.add(node.type, body, node, scope.parent, at, scope=before, signature=signature, bases=bases, **self.doc(node))
        if base is not None and base.named_children and base.named_children[0].type == "call":  # class Point < Struct.new(:x, :y)
            call = base.named_children[0]
            receiver, method = self.text(call.child_by_field_name("receiver")), self.text(call.child_by_field_name("method"))
            if (receiver.removeprefix("::"), method) in (("Struct", "new"), ("Data", "define")):
                self.struct_fields(of_type(call, "argument_list"), index)
        self.block(node, _Scope(index, node.type, local=scope.local))

    def named(self, node: Node | None) -> tuple[Node | None, str, str]:
        """Where the last part of a name stands, that part, and what is before it."""
        if node is None or node.is_missing:
            return None, "", ""
        if node.type == "scope_resolution":
            name = node.child_by_field_name("name")
            return name, self.text(name), self.walk.code(node.child_by_field_name("scope"))
        return node, self.text(node), ""

    def method(self, node: Node, scope: _Scope, own: str = "") -> None:
        name, of = node.child_by_field_name("name"), node.child_by_field_name("object")
        if name is None or name.is_missing:
            return
        written, inside = self.text(name), scope.inside in ("class", "module")
        single = node.type == "singleton_method"
        modifiers = {*scope.modifiers, "class"} if single else set(scope.modifiers)
        kind = "constructor" if written == "initialize" and inside and not single else "method" if inside or single else "function"
        parameters, body = node.child_by_field_name("parameters"), node.child_by_field_name("body")
        end = parameters.end_byte if parameters is not None else name.end_byte
        index = self.walk.add(
            kind, written, node, scope.parent, name, scope="" if of is None or self.is_self(of, scope) else self.walk.code(of),
            signature=self.walk.code(node, end), parameters=self.parameters(parameters),
            visibility=own or ("private" if kind == "constructor" else "public" if single else scope.visibility),
            modifiers=tuple(sorted(modifiers)), **self.doc(node),
        )  # fmt: skip
        stack = [body] if body is not None else []
        while stack:  # definitions among the statements of the body; expressions are not looked through
            for child in stack.pop().named_children:
                if child.type in ("method", "singleton_method"):
                    self.method(child, _Scope(index, scope.inside, local=True))
                elif child.type in _THROUGH:
                    stack.append(child)
                elif kind == "constructor" and child.type in ("assignment", "operator_assignment"):
                    self.set_fields.append((child, scope.parent))
        for call in below(body, self.walk, _REQUIRE, ("call",), ("method", "singleton_method")) if body is not None else ():
            self.required_within(call, index)

    def instance_fields(self) -> None:
        """Note what constructors set, ``@name = value``, as fields, without those that an attribute already gives to others."""
        known = {(s.parent, s.name) for s in self.walk.symbols if s.kind in ("property", "field")}
        for node, parent in self.set_fields:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            targets = _targets(left) if left is not None else []
            for target in targets:
                name = self.text(target)
                if target.type != "instance_variable" or not known.isdisjoint(((parent, name), (parent, name[1:]))):
                    continue
                known.add((parent, name))
                self.walk.add(
                    "field", name, node, parent, target, signature=self.walk.code(node, most=MAX_VALUE), visibility="private",
                    value=self.walk.code(right, most=MAX_VALUE) if len(targets) == 1 else "", modifiers=("instance",), **self.doc(node),
                )  # fmt: skip

    def brings(self, node: Node) -> bool:
        """Whether a call brings a file in: one of a function, or of that of ``Kernel``."""
        receiver = self.text(node.child_by_field_name("receiver"))
        return receiver in ("", "Kernel", "::Kernel") and self.text(node.child_by_field_name("method")) in _REQUIRES

    def required_within(self, node: Node, parent: int) -> None:
        """Read what is required anywhere in a call within the body of a method."""
        stack = [node]
        while stack:
            inner = stack.pop()
            if inner.type == "call" and self.brings(inner):
                self.required(inner, _Scope(parent, "method", local=True))
            elif inner.type not in ("method", "singleton_method"):
                stack += reversed(inner.named_children)

    def is_self(self, of: Node, scope: _Scope) -> bool:
        """Whether the object of ``def object.name`` is the class or module around it."""
        return of.type == "self" or (scope.parent >= 0 and self.text(of) == self.walk.symbols[scope.parent].name)

    def assignment(self, node: Node, scope: _Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None:
            return
        targets = _targets(left)
        for whole in targets:
            target, _, before = self.named(whole)
            if target is None:
                continue
            kind = {"constant": "constant", "global_variable": "variable", "class_variable": "field"}.get(target.type, "")
            if not kind or (kind == "field" and scope.inside not in ("class", "module")):
                continue
            name = self.text(target)
            if kind != "constant" and any(s.name == name and s.kind == kind for s in self.walk.symbols):
                continue
            if len(targets) == 1 and right is not None and right.type == "call" and self.made(node, target, right, scope):
                continue
            value = self.walk.code(right, most=MAX_VALUE) if len(targets) == 1 else ""
            self.walk.add(
                kind, name, node, -1 if kind == "variable" else scope.parent, target, scope=before,
                signature=self.walk.code(node, most=MAX_VALUE), value=value,
                visibility="public" if kind == "constant" else "", **self.doc(node),
            )  # fmt: skip

    def made(self, node: Node, name: Node, call: Node, scope: _Scope) -> bool:
        """Read ``Point = Struct.new(:x) do``, ``Data.define``, ``Class.new(Base)``; whether it is one."""
        receiver, method = self.text(call.child_by_field_name("receiver")).removeprefix("::"), self.text(call.child_by_field_name("method"))
        kind = _MADE.get((receiver, method))
        if kind is None:
            return False
        arguments = call.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        base = receiver if receiver in ("Struct", "Data") else next((self.walk.code(g) for g in given if g.type != "pair"), "")
        block = call.child_by_field_name("block")
        end = block.start_byte if block is not None else node.end_byte
        index = self.walk.add(
            kind, self.text(name), node, scope.parent, name, signature=self.walk.code(node, end),
            bases=(Base(base, "extends"),) if base and kind == "class" else (), visibility="public", **self.doc(node),
        )  # fmt: skip
        if receiver in ("Struct", "Data"):
            self.struct_fields([arguments] if arguments is not None else [], index)
        if block is not None:
            self.block(block, _Scope(index, kind))
        return True

    def struct_fields(self, arguments: list[Node], parent: int) -> None:
        """The fields that ``Struct.new(:x, :y)`` names."""
        for part in arguments[0].named_children if arguments else ():
            if part.type == "simple_symbol":
                signature = self.text(part)
                self.walk.add("field", signature.lstrip(":"), part, parent, part, signature=signature, visibility="public")

    def alias(self, node: Node, scope: _Scope) -> None:
        name, of = node.child_by_field_name("name"), node.child_by_field_name("alias")
        if name is not None and name.type != "global_variable":
            self.aliased(node, name, self.text(name).lstrip(":"), self.text(of).lstrip(":"), scope)

    def aliased(self, node: Node, at: Node, name: str, of: str, scope: _Scope) -> None:
        self.walk.add(
            "method" if scope.inside else "function", name, node, scope.parent, at, signature=self.walk.code(node, most=MAX_VALUE),
            value=of, visibility=scope.visibility, modifiers=tuple(sorted({*scope.modifiers, "alias"})), **self.doc(node),
        )  # fmt: skip

    def call(self, node: Node, scope: _Scope, own: str) -> None:
        word, arguments = self.text(node.child_by_field_name("method")), node.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        block = node.child_by_field_name("block")
        if self.brings(node) and given:
            self.required(node, scope)
        elif (receiver := node.child_by_field_name("receiver")) is not None:
            nameless = (self.text(receiver).removeprefix("::"), word) in _MADE
            if block is not None and not nameless:
                self.block(block, _Scope(scope.parent, scope.inside, scope.visibility, scope.modifiers, local=True))
        elif word in _ACCESS or word in ("private_class_method", "private_constant", "module_function", "public_class_method"):
            self.visibility(word, given, scope)
        elif word in _ATTRIBUTES:
            self.attributes(node, word, given, scope, own)
        elif word in _MIXES and scope.parent >= 0 and scope.inside in ("class", "module"):
            symbol = self.walk.symbols[scope.parent]
            symbol.bases += tuple(Base(self.walk.code(g), word) for g in given if g.type in ("constant", "scope_resolution"))
        elif word == "alias_method" and len(given) == 2:
            name, of = (_literal(self.walk, g) for g in given)
            if name and of:
                self.aliased(node, given[0], name, of, scope)
        elif word in ("define_method", "define_singleton_method") and given and (name := _literal(self.walk, given[0])) and scope.inside:
            modifiers = {*scope.modifiers, *(("class",) if "singleton" in word else ())}
            self.walk.add(
                "method", name, node, scope.parent, given[0], signature=f"{word} {self.text(given[0])}", visibility=own or scope.visibility,
                modifiers=tuple(sorted(modifiers)), **self.doc(node),
            )  # fmt: skip
        elif block is not None:
            self.block(block, _Scope(scope.parent, scope.inside, scope.visibility, scope.modifiers, local=True))

    def visibility(self, word: str, given: list[Any], scope: _Scope) -> None:
        """Read ``private :a``, ``private def``, ``private attr_reader``, ``private`` with nothing."""
        access = word.split("_", maxsplit=1)[0] if word != "module_function" else ""
        if not given:
            self.section(word, scope)
        for argument in given:
            if argument.type in ("method", "singleton_method", "call"):
                if access:
                    self.statement(argument, scope, access)
                else:
                    self.statement(argument, _Scope(scope.parent, scope.inside, modifiers=("module_function",)))
            elif name := _literal(self.walk, argument):
                kinds = ("constant", "class") if word == "private_constant" else ("method", "property", "constructor")
                single = word.endswith("class_method")
                for symbol in self.walk.symbols[max(scope.parent, 0) :]:
                    if symbol.parent == scope.parent and symbol.name == name and symbol.kind in kinds:
                        if access and ("class" in symbol.modifiers) == single:
                            symbol.visibility = access
                        elif not access:
                            symbol.modifiers = tuple(sorted({*symbol.modifiers, "module_function"}))

    def attributes(self, node: Node, word: str, given: list[Any], scope: _Scope, own: str) -> None:
        for argument in _each(given):
            if name := _literal(self.walk, argument):
                self.walk.add(
                    "property", name, node, scope.parent, argument, signature=self.walk.code(node, most=MAX_VALUE),
                    visibility=own or scope.visibility, modifiers=tuple(sorted({*scope.modifiers, word})), **self.doc(node),
                )  # fmt: skip

    def required(self, node: Node, scope: _Scope) -> None:
        """Note a file, or a gem, that is brought in; what is no literal is noted as it is written."""
        word, given = self.text(node.child_by_field_name("method")), of_type(node, "argument_list")
        values = given[0].named_children if given else []
        if word == "autoload" and len(values) != 2:
            return
        if not values:
            return
        value = values[-1] if word == "autoload" else values[0]
        names = (ImportedName(_literal(self.walk, values[0]) or self.text(values[0])),) if word == "autoload" else ()
        target = _literal(self.walk, value)
        target = target if target is not None else self.walk.code(value, most=MAX_VALUE)
        line, end = node.start_point.row + 1, node.end_point.row + 1
        self.walk.imports.append(Import(word, target, line, end, names=names, local=scope.local))

    def parameters(self, node: Node | None) -> tuple[Parameter, ...]:
        found, text = list[Parameter](), self.text
        for child in node.named_children if node is not None else ():
            if child.type in _PARAMETERS:
                default = self.walk.code(child.child_by_field_name("value"), most=MAX_VALUE)
                name = child.child_by_field_name("name")
                found.append(Parameter(text(name) if name is not None else text(child), default=default, kind=_PARAMETERS[child.type]))
            elif child.type == "identifier":
                found.append(Parameter(text(child)))
            elif child.type in ("destructured_parameter", "forward_parameter"):
                found.append(Parameter(one_line(text(child))))
        return tuple(found)

    def doc(self, node: Node) -> dict[str, Any]:
        """The comment before a declaration; that of the first in a body stands before the body, that of ``private def`` before it all."""
        facts = self.walk.doc_before(node)
        above = node.parent
        while (
            not facts
            and above is not None
            and node.prev_named_sibling is None
            and above.type in ("body_statement", "argument_list", "call")
        ):
            node, above = above, above.parent
            facts = self.walk.doc_before(node)
        if not facts and above is not None and above.type == "call" and above.start_point.row == node.start_point.row:
            facts = self.walk.doc_before(above)
        return facts


def _targets(left: Any) -> list[Any]:
    """What stands left of an assignment, one by one."""
    if left.type not in ("left_assignment_list", "destructured_left_assignment", "rest_assignment"):
        return [left]
    return [target for child in left.named_children for target in _targets(child)]


def _each(given: list[Any]) -> Iterator[Any]:
    """Arguments, and what is in ``*%i[a b]``."""
    for argument in given:
        inner = argument.named_children[0] if argument.type == "splat_argument" and argument.named_children else argument
        if inner.type in ("symbol_array", "string_array", "array"):
            yield from inner.named_children
        else:
            yield argument


def _literal(walk: Walk, node: Node) -> str | None:
    """The value of a symbol, or of a string without interpolation; None for anything else."""
    if node.type == "simple_symbol":
        return walk.text(node)[1:]
    if node.type in ("bare_symbol", "bare_string"):
        return walk.text(node)
    if node.type == "string":
        return walk.text(node)[1:-1] if all(c.type == "string_content" for c in node.named_children) else None
    return None
