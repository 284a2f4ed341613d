"""Ruby: modules, classes with what they mix in, methods under their visibility, attributes, constants, aliases, what is required."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from ...model import Base, Import, ImportedName, Parameter
from ..base import MAX_VALUE, Walk, in_order_of_text, one_line
from ..heads import below, file_comment, first_child, lost_type, of_type, with_next
from .rake import tasks
from .routes import note_routes

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_ACCESS = frozenset(("public", "protected", "private"))
#: Methods that are private wherever they stand, as constructors are.
_PRIVATE = frozenset(("initialize_copy", "initialize_clone", "initialize_dup", "respond_to_missing?"))
_ATTRIBUTES = frozenset((
    "attr_accessor", "attr_reader", "attr_writer", "attr", "cattr_accessor", "cattr_reader", "cattr_writer", "mattr_accessor",
    "mattr_reader", "mattr_writer", "thread_mattr_accessor", "class_attribute",
))  # fmt: skip
_MIXES = frozenset(("include", "extend", "prepend"))
_REQUIRES = frozenset(("require", "require_relative", "load", "autoload", "gem"))
_ASSIGNED = {"constant": "constant", "global_variable": "variable", "class_variable": "field"}
_MADE = {("Struct", "new"): "class", ("Data", "define"): "class", ("Class", "new"): "class", ("Module", "new"): "module"}
#: Nodes whose children stand in the same scope.
_THROUGH = frozenset((
    "if", "unless", "then", "else", "elsif", "begin", "rescue", "ensure", "body_statement", "if_modifier", "unless_modifier",
    "rescue_modifier", "case", "when", "case_match", "in_clause", "begin_block", "end_block", "do_block", "block", "block_body",
    "parenthesized_statements", "while", "until", "for", "do", "while_modifier", "until_modifier", "ERROR",
))  # fmt: skip
#: A line of a comment, and empty ones behind it, that tell something to Ruby, an editor or a checker of style.
_TOOLS = re.compile(
    r"(?:(?:frozen[_-]string[_-]literal|(?:en)?coding|warn_indent|warn_past_scope|shareable_constant_value|typed|rubocop|vim?)\s*:|-\*-).*\n*"
)
_DIRECTIVES = re.compile(r"#\s*(?:rubocop|noinspection|steep|reek|standard|simplecov|:nocov|typed)\b")
#: Statements, wherever they stand.
_STATEMENTS = frozenset((
    "class", "module", "singleton_class", "method", "singleton_method", "assignment", "operator_assignment", "alias", "call",
))  # fmt: skip
_REQUIRE = r"\b(?:require|require_relative|load|autoload|gem)\b"
#: What is in expressions that declare, or bring in, something.
_DECLARES = re.compile(
    rf"{_REQUIRE}|\b(?:(?:def|class|module)\b|define_|alias|attr_)|(?:(?<!\w)[A-Z]|@@|\$)\w*+\s*+(?:\|\|)?=(?![=~>])".encode()
)
#: The same in the body of a method.
_DECLARES_WITHIN = re.compile(rf"{_REQUIRE}|\b(?:def|alias)\b|\bclass\s*<<".encode())
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
    #: The object whose class it is, in ``class << object``.
    of: str = ""

    def locally(self) -> _Scope:
        """The same in a block, or under a condition."""
        return _Scope(self.parent, self.inside, self.visibility, self.modifiers, True, self.of)


def walk(walk: Walk) -> None:
    """Read a file of Ruby."""
    assert walk.tree is not None
    root, walk.directives = walk.tree.root_node, _DIRECTIVES
    reader = _Reader(walk)
    reader.block(root, _Scope())
    reader.instance_fields()
    tasks(walk, root)
    note_routes(walk)
    declares = ("module", "class", "method", "assignment", "singleton_method")
    file_comment(walk, root, lambda node: node.type in declares, said=_without_tools)
    in_order_of_text(walk)


def _without_tools(facts: dict[str, Any]) -> dict[str, Any]:
    """What a comment says, without its first lines if those are for tools."""
    doc, line = facts.get("doc", ""), facts.get("doc_line", 0)
    while match := _TOOLS.match(doc):
        doc, line = doc[match.end() :], line + match[0].count("\n")
    return {**facts, "doc": doc, "doc_line": line} if doc else {}


class _Reader:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text
        #: Assignments in constructors, and the class of each.
        self.set_fields: list[tuple[Node, int]] = []

    def block(self, node: Node, scope: _Scope) -> None:
        for child, following in with_next(node):
            if child.is_named:
                self.statement(child, scope)
            elif (index := lost_type(self.walk, node, child, following, ("class", "module"), scope.parent)) is not None:
                scope = _Scope(index, child.type)

    def statement(self, node: Node, scope: _Scope, own: str = "") -> None:
        """Read a statement; `own` is the visibility that is given to it alone, as in ``private def``."""
        kind = node.type
        if kind in ("class", "module"):
            self.type(node, scope)
        elif kind == "singleton_class":
            self.singleton(node, scope)
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
            self.block(node, scope if scope.local or kind in ("body_statement", "begin", "ERROR") else scope.locally())
        else:
            self.parts(node, scope)

    def expression(self, node: Node | None, scope: _Scope) -> None:
        """Read an expression that a statement has."""
        if node is None or not _DECLARES.search(self.walk.original, node.start_byte, node.end_byte):
            return
        if node.type in _STATEMENTS:
            self.statement(node, scope)
        else:
            self.parts(node, scope)

    def parts(self, node: Node, scope: _Scope, own: str = "") -> None:
        """Read the statements that stand within an expression."""
        for inner in below(node, self.walk, _DECLARES, _STATEMENTS):
            self.statement(inner, scope.locally(), own)

    def section(self, word: str, scope: _Scope) -> None:
        if word in _ACCESS:
            scope.visibility = word
            scope.modifiers = tuple(m for m in scope.modifiers if m != "module_function")
        elif word == "module_function":
            scope.modifiers = (*scope.modifiers, "module_function")

    def singleton(self, node: Node, scope: _Scope) -> None:
        """Read ``class << self``, and that of another object, which may be made there: ``class << (A = Object.new)``."""
        of = node.child_by_field_name("value")
        self.expression(of, scope)
        made = next(below(of, self.walk, _DECLARES, ("assignment",)), None) if of is not None else None
        of = made.child_by_field_name("left") if made is not None else of
        other = "" if of is None or self.is_self(of, scope) else self.walk.code(of)
        if (body := node.child_by_field_name("body")) is not None:
            self.block(body, _Scope(scope.parent, scope.inside or "class", modifiers=("class",), local=scope.local, of=other))

    def type(self, node: Node, scope: _Scope) -> None:
        at, body, before, parent = self.named(node.child_by_field_name("name"), scope)
        if at is None:
            return
        base = first_child(node, "superclass")
        above = next((c for c in base.named_children if c.type not in self.walk.comments), None) if base is not None else None
        bases = (Base(self.walk.code(above), "extends"),) if above is not None else ()
        signature = one_line(f"{node.type} {self.text(node.child_by_field_name('name'))}" + (f" {self.walk.code(base)}" if base else ""))
        index = self.walk.add(node.type, body, node, parent, at, scope=before, signature=signature, bases=bases, **self.doc(node))
        if above is not None and above.type == "call":  # class Point < Struct.new(:x, :y)
            receiver, method = self.text(above.child_by_field_name("receiver")), self.text(above.child_by_field_name("method"))
            if (receiver.removeprefix("::"), method) in (("Struct", "new"), ("Data", "define")):
                self.struct_fields(of_type(above, "argument_list"), index)
        self.block(node, _Scope(index, node.type, local=scope.local))

    def named(self, node: Node | None, scope: _Scope) -> tuple[Node | None, str, str, int]:
        """Where the last part of a name stands, that part, what is before it, and within which symbol that is: ``::Top`` is in none."""
        if node is None or node.is_missing:
            return None, "", "", -1
        if node.type == "scope_resolution":
            name, before = node.child_by_field_name("name"), self.walk.code(node.child_by_field_name("scope"))
            return name, self.text(name), before.removeprefix("::"), -1 if not before or before.startswith("::") else scope.parent
        return node, self.text(node), scope.of, scope.parent

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
            kind, written, node, scope.parent, name,
            scope=scope.of if of is None else "" if self.is_self(of, scope) else self.walk.code(of),
            signature=self.walk.code(node, end), parameters=self.parameters(parameters),
            visibility=own or ("private" if kind == "constructor" or written in _PRIVATE else "public" if single else scope.visibility),
            modifiers=tuple(sorted(modifiers)), **self.doc(node),
        )  # fmt: skip
        if body is not None:
            self.within(body, _Scope(index, scope.inside, local=True))
            if kind == "constructor":
                self.set_fields += [(assignment, scope.parent) for assignment in _assignments(body)]

    def within(self, body: Node, scope: _Scope) -> None:
        """Read what the body of a method defines and brings in, at any depth, but for members of classes that have no name."""
        if not _DECLARES_WITHIN.search(self.walk.original, body.start_byte, body.end_byte):
            return
        stack = [body]
        while stack:
            node = stack.pop()
            if node.type in ("method", "singleton_method"):
                self.method(node, scope)
            elif node.type == "singleton_class":
                self.singleton(node, scope)
            elif node.type == "alias":
                self.alias(node, scope)
            elif node.type == "call" and self.brings(node):
                self.required(node, scope)
            elif not self.nameless(node):
                stack += reversed(node.named_children)

    def nameless(self, node: Node) -> bool:
        """Whether that makes a class or a module, as ``Class.new`` does."""
        if node.type != "call" or (receiver := node.child_by_field_name("receiver")) is None or receiver.type == "call":
            return False
        return (self.text(receiver).removeprefix("::"), self.text(node.child_by_field_name("method"))) in _MADE

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

    def is_self(self, of: Node, scope: _Scope) -> bool:
        """Whether the object of ``def object.name`` is the class or module around it."""
        return of.type == "self" or (scope.parent >= 0 and self.text(of) == self.walk.symbols[scope.parent].name)

    def assignment(self, node: Node, scope: _Scope) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        targets = _targets(left) if left is not None else []
        if right is not None and self.nameless(right):
            if len(targets) == 1:
                self.made(node, targets[0], right, scope)
            return
        for target in targets:
            self.assigned(node, target, self.walk.code(right, most=MAX_VALUE) if len(targets) == 1 else "", scope)
        self.expression(right, scope)

    def assigned(self, node: Node, whole: Node, value: str, scope: _Scope) -> None:
        """Note a constant, or a variable of a class or of all, where it is first given a value."""
        target, name, before, parent = self.named(whole, scope)
        kind = _ASSIGNED.get(target.type, "") if target is not None else ""
        if target is not None and target.type == "identifier" and name[:1].isupper():  # of capitals, the grammar knows those of ASCII
            kind = "constant"
        if kind == "variable":
            before, parent = "", -1
        if not kind or (kind == "field" and scope.inside not in ("class", "module")):
            return
        if kind != "constant" and any(s.name == name and s.kind == kind and s.parent == parent for s in self.walk.symbols):
            return
        self.walk.add(
            kind, name, node, parent, target, scope=before, signature=self.walk.code(node, most=MAX_VALUE), value=value,
            visibility="public" if kind == "constant" else "", **self.doc(node),
        )  # fmt: skip

    def made(self, node: Node, target: Node, call: Node, scope: _Scope) -> None:
        """Read ``Point = Struct.new(:x) do``, ``Data.define``, ``Class.new(Base)``."""
        at, name, before, parent = self.named(target, scope)
        if at is None or at.type != "constant":
            return
        receiver, method = self.text(call.child_by_field_name("receiver")).removeprefix("::"), self.text(call.child_by_field_name("method"))
        kind = _MADE[receiver, method]
        arguments = call.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        base = receiver if receiver in ("Struct", "Data") else next((self.walk.code(g) for g in given if g.type != "pair"), "")
        block = call.child_by_field_name("block")
        end = block.start_byte if block is not None else node.end_byte
        index = self.walk.add(
            kind, name, node, parent, at, scope=before, signature=self.walk.code(node, end),
            bases=(Base(base, "extends"),) if base and kind == "class" else (), visibility="public", **self.doc(node),
        )  # fmt: skip
        if receiver in ("Struct", "Data"):
            self.struct_fields([arguments] if arguments is not None else [], index)
        if block is not None:
            self.block(block, _Scope(index, kind, local=True))

    def struct_fields(self, arguments: list[Node], parent: int) -> None:
        """The fields that ``Struct.new(:x, :y)`` names."""
        for part in _each(arguments[0].named_children) if arguments else ():
            if part.type in ("simple_symbol", "bare_symbol"):
                signature = self.text(part)
                self.walk.add("field", signature.lstrip(":"), part, parent, part, signature=signature, visibility="public")

    def alias(self, node: Node, scope: _Scope) -> None:
        name, of = node.child_by_field_name("name"), node.child_by_field_name("alias")
        if name is not None and name.type != "global_variable":
            self.aliased(node, name, self.text(name).lstrip(":"), self.text(of).lstrip(":"), scope)

    def aliased(self, node: Node, at: Node, name: str, of: str, scope: _Scope) -> None:
        self.walk.add(
            "method" if scope.inside else "function", name, node, scope.parent, at, scope=scope.of,
            signature=self.walk.code(node, most=MAX_VALUE), value=of, visibility=scope.visibility,
            modifiers=tuple(sorted({*scope.modifiers, "alias"})), **self.doc(node),
        )  # fmt: skip

    def call(self, node: Node, scope: _Scope, own: str) -> None:
        word, arguments = self.text(node.child_by_field_name("method")), node.child_by_field_name("arguments")
        given = arguments.named_children if arguments is not None else []
        block = node.child_by_field_name("block")
        if self.brings(node) and given:
            self.required(node, scope)
        elif (receiver := node.child_by_field_name("receiver")) is not None:
            self.expression(receiver, scope)
            self.block_call(node, block, scope)
        elif word in _ACCESS or word in ("private_class_method", "private_constant", "module_function", "public_class_method"):
            self.visibility(word, given, scope)
        elif word in _ATTRIBUTES:
            self.attributes(node, word, given, scope, own)
        elif word in _MIXES and scope.parent >= 0 and scope.inside in ("class", "module"):
            self.mixed(scope, "extend" if word == "include" and "class" in scope.modifiers else word, given)
        elif word == "alias_method" and len(given) == 2:
            name, of = (_literal(self.walk, g) for g in given)
            if name:
                self.aliased(node, given[0], name, of or self.walk.code(given[1], most=MAX_VALUE), scope)
        elif word in ("define_method", "define_singleton_method") and given and (name := _literal(self.walk, given[0])) and scope.inside:
            modifiers = {*scope.modifiers, *(("class",) if "singleton" in word else ())}
            index = self.walk.add(
                "method", name, node, scope.parent, given[0], scope=scope.of, signature=f"{word} {self.text(given[0])}",
                visibility=own or scope.visibility, modifiers=tuple(sorted(modifiers)), **self.doc(node),
            )  # fmt: skip
            if block is not None:
                self.within(block, _Scope(index, scope.inside, local=True))
        else:
            self.block_call(node, block, scope, own)

    def block_call(self, node: Node, block: Node | None, scope: _Scope, own: str = "") -> None:
        """Read what is in the arguments of a call, and in its block, which is run at another time, or not at all."""
        if (arguments := node.child_by_field_name("arguments")) is not None:
            self.parts(arguments, scope, own)
        if block is not None and not self.nameless(node):
            self.block(block, scope.locally())

    def mixed(self, scope: _Scope, word: str, given: list[Any]) -> None:
        """Note modules that are mixed into the class or module around; what is included in ``class << self`` extends it."""
        symbol = self.walk.symbols[scope.parent]
        if not scope.of and symbol.kind in ("class", "module"):
            symbol.bases += tuple(Base(self.walk.code(g), word) for g in given if g.type in ("constant", "scope_resolution"))

    def visibility(self, word: str, given: list[Any], scope: _Scope) -> None:
        """Read ``private :a``, ``private def``, ``private attr_reader``, ``private`` with nothing."""
        access = word.split("_", maxsplit=1)[0] if word != "module_function" else ""
        if not given:
            self.section(word, scope)
        for argument in _each(given):
            if argument.type in ("method", "singleton_method", "call"):
                if access:
                    self.statement(argument, scope, access)
                else:
                    self.statement(argument, _Scope(scope.parent, scope.inside, modifiers=("module_function",), of=scope.of))
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
                    "property", name, node, scope.parent, argument, scope=scope.of, signature=self.walk.code(node, most=MAX_VALUE),
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
        return _without_tools(facts) if facts else facts


def _assignments(body: Node) -> Iterator[Node]:
    """The assignments at any depth in a body, in the order of the text."""
    stack = [body]
    while stack:
        node = stack.pop()
        if node.type in ("assignment", "operator_assignment"):
            yield node
        if node.type not in ("method", "singleton_method", "singleton_class"):
            stack += reversed(node.named_children)


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
    if node.type in ("string", "delimited_symbol", "chained_string"):
        parts = [walk.text(c) if c.type == "string_content" else _literal(walk, c) for c in node.named_children]
        return "".join(part for part in parts if part is not None) if None not in parts else None
    return None
