"""Elixir: modules, protocols and what implements them, functions and macros by name and arity, types, callbacks, structs, attributes.

All of these are calls to the grammar; what they are is told by what they call.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Base, Import, Parameter, Symbol
from ..base import MAX_DOC, MAX_VALUE, Walk, cut
from ..heads import first_child
from ..reader import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

_FUNCTIONS = {
    "def": "function", "defp": "function", "defdelegate": "function", "defmacro": "macro", "defmacrop": "macro", "defguard": "macro",
    "defguardp": "macro",
}  # fmt: skip
_HOLDERS = {"defmodule": "module", "defprotocol": "protocol", "defimpl": "impl"}
_IMPORTS = frozenset(("alias", "import", "require", "use"))
_FIELDS = frozenset(("defstruct", "defexception"))
_TYPES = frozenset(("type", "typep", "opaque"))
_CALLBACKS = frozenset(("callback", "macrocallback"))
_DOCS = frozenset(("doc", "moduledoc", "typedoc"))
#: Attributes that say something of what follows, or to a tool.
_OTHERS = frozenset((
    "after_compile", "after_verify", "before_compile", "compile", "deprecated", "derive", "describetag", "dialyzer", "enforce_keys",
    "external_resource", "fallback_to_any", "file", "impl", "moduletag", "nifs", "on_definition", "on_load", "optional_callbacks",
    "since", "spec", "tag", "vsn",
))  # fmt: skip


def walk(walk: Walk) -> None:
    """Read a file of Elixir."""
    _Elixir(walk).read()


class _Elixir(Reader):
    read_by: ClassVar[Mapping[str, str]] = {"call": "call", "unary_operator": "attribute"}

    def __init__(self, walk: Walk) -> None:
        super().__init__(walk)
        #: Functions by what they are in, name and arity: each clause adds to the first.
        self.begun: dict[tuple[int, str, int], Symbol] = {}
        #: What ``@spec`` says of functions.
        self.specs: dict[tuple[int, str, int], str] = {}
        #: The documentation that was said last, which is of what follows.
        self.said: dict[str, Any] | None = None
        self.known = set[tuple[int, str]]()

    def read(self) -> None:
        super().read()
        for key, symbol in self.begun.items():
            symbol.type = self.specs.get(key, "")

    def call(self, node: Node, scope: Scope) -> None:
        target = node.child_by_field_name("target")
        word = self.text(target) if target is not None and target.type == "identifier" else ""
        if word in _HOLDERS:
            self.holder(node, word, scope)
        elif word in _FUNCTIONS:
            self.function(node, word, scope)
        elif word in _IMPORTS:
            self.imported(node, word, scope)
        elif word in _FIELDS:
            self.fields(node, scope)
        elif word != "quote" and (block := first_child(node, "do_block")) is not None:
            self.block(block, scope)  # of conditions and the like

    def holder(self, node: Node, word: str, scope: Scope) -> None:
        """Note a module, a protocol, or an implementation of one, and read what it has."""
        arguments, block = _arguments(node), first_child(node, "do_block")
        name = arguments[0] if arguments else None
        if name is None or name.type not in ("alias", "dot", "atom"):
            if block is not None:
                self.block(block, scope)
            return
        facts: dict[str, Any] = self.documented(node)
        text = "".join(self.code(name).split())
        if word == "defimpl":
            facts["bases"] = (Base(text),)
            last = arguments[-1]
            if len(arguments) > 1 and last.end_point.row == name.start_point.row:
                text = self.walk.slice(name.start_byte, last.end_byte)
        signature = self.code(node, block.start_byte if block is not None else 0)
        index = self.walk.add(_HOLDERS[word], text, node, scope.parent, name, signature=signature, **facts)
        if block is not None:
            self.block(block, Scope(index, _HOLDERS[word]))
        self.said = None

    def function(self, node: Node, word: str, scope: Scope) -> None:
        """Note a function or a macro at the first of its clauses."""
        arguments, block = _arguments(node), first_child(node, "do_block")
        head = arguments[0] if arguments else None
        while head is not None and head.type == "binary_operator" and self.text(head.child_by_field_name("operator")) == "when":
            head = head.child_by_field_name("left")
        found = self.named(head)
        if head is None or found is None:
            self.said = None
            return
        name, given = found
        key = (scope.parent, self.text(name), len(given))
        end = self.walk.line_of(node.end_byte - 1)
        before = self.begun.get(key)
        if before is not None:
            before.end_line = max(before.end_line, end)
            self.said = None
            return
        kind = "operator" if head.type in ("binary_operator", "unary_operator") else _FUNCTIONS[word]
        last = arguments[1].start_byte if len(arguments) > 1 and word != "defdelegate" else block.start_byte if block is not None else 0
        index = self.walk.add(
            kind, self.text(name), node, scope.parent, name, signature=self.code(node, last).rstrip(", "),
            parameters=tuple(map(self.taken, given)), visibility="private" if word.endswith("p") else "public",
            modifiers=("delegate",) if word == "defdelegate" else ("guard",) if word.startswith("defguard") else (),
            **self.documented(node),
        )  # fmt: skip
        self.begun[key] = self.walk.symbols[index]
        self.said = None

    def named(self, head: Node | None) -> tuple[Node, list[Node]] | None:
        """The name of a function and what it takes."""
        if head is None:
            return None
        if head.type == "identifier":
            return head, []
        target = head.child_by_field_name("target")
        if head.type == "call" and target is not None and target.type == "identifier":
            return (target, _arguments(head)) if self.text(target) != "unquote" else None
        operator = head.child_by_field_name("operator")
        if head.type == "binary_operator" and operator is not None:
            return operator, [c for c in head.named_children if c.type not in self.comments]
        if head.type == "unary_operator" and operator is not None and (operand := head.child_by_field_name("operand")) is not None:
            return operator, [operand]
        return None

    def taken(self, node: Node) -> Parameter:
        if node.type == "binary_operator" and self.text(node.child_by_field_name("operator")) == "\\\\":
            default = self.code(node.child_by_field_name("right"), most=MAX_VALUE)
            return Parameter(self.code(node.child_by_field_name("left")), "", default)
        return Parameter(self.code(node))

    def fields(self, node: Node, scope: Scope) -> None:
        """Note what a struct has, which is that of its module."""
        self.said = None
        stack = list(reversed(_arguments(node)))
        while stack:
            one = stack.pop()
            if one.type == "atom":
                self.field(one, one, self.text(one).lstrip(":").strip('"'), "", scope)
            elif one.type == "pair" and (key := one.child_by_field_name("key")) is not None:
                value = self.code(one.child_by_field_name("value"), most=MAX_VALUE)
                self.field(one, key, self.text(key).strip().rstrip(":").strip('"'), value, scope)
            elif one.type in ("list", "keywords", "tuple"):
                stack += reversed([c for c in one.named_children if c.type not in self.comments])

    def field(self, node: Node, at: Node, name: str, value: str, scope: Scope) -> None:
        if name:
            signature = self.code(node, most=MAX_VALUE)
            self.walk.add("field", name, node, scope.parent, at, signature=signature, value=value, **self.walk.doc_before(node))

    # -- attributes --------------------------------------------------------------------------------------------------------------------

    def attribute(self, node: Node, scope: Scope) -> None:
        """Read ``@name value``: documentation, a type, a callback, a base, or a constant of the module."""
        operand = node.child_by_field_name("operand")
        if self.text(node.child_by_field_name("operator")) != "@" or operand is None or operand.type != "call":
            return
        target, arguments = operand.child_by_field_name("target"), _arguments(operand)
        if target is None or not arguments:
            return
        word = self.text(target)
        if word in _DOCS:
            self.documents(node, word, arguments[0], scope)
        elif word == "spec":
            self.specified(arguments[0], scope)
        elif word in _TYPES or word in _CALLBACKS:
            self.typed(node, word, arguments[0], scope)
        elif word == "behaviour" and scope.parent >= 0:
            symbol = self.walk.symbols[scope.parent]
            symbol.bases = (*symbol.bases, Base(self.code(arguments[0]), "behaviour"))
        elif word not in _OTHERS and scope.parent >= 0 and (scope.parent, word) not in self.known:
            self.known.add((scope.parent, word))
            self.walk.add(
                "constant", word, node, scope.parent, target, signature=self.code(node, most=MAX_VALUE), visibility="private",
                value=self.code(arguments[0], most=MAX_VALUE), **self.walk.doc_before(node),
            )  # fmt: skip

    def documents(self, node: Node, word: str, given: Node, scope: Scope) -> None:
        """Keep what ``@doc`` and ``@typedoc`` say for what follows; ``@moduledoc`` is of what is around it."""
        texts = {"string", "sigil"}
        said: dict[str, Any] = {}
        if given.type in texts:
            content = "".join(self.text(c) for c in given.children if c.type not in ("sigil_name", "sigil_modifiers") and c.is_named)
            text = cut(inspect.cleandoc(content).strip(), MAX_DOC)
            if text:
                said = {"doc": text, "doc_line": node.start_point.row + 1, "doc_end": node.end_point.row + 1}
        if word != "moduledoc":
            self.said = said if given.type in texts or given.type == "boolean" else self.said
        elif said and scope.parent >= 0:
            symbol = self.walk.symbols[scope.parent]
            symbol.doc, symbol.doc_line, symbol.doc_end = said["doc"], said["doc_line"], said["doc_end"]

    def documented(self, node: Node) -> dict[str, Any]:
        """The documentation of what follows it, else the comments before."""
        return self.walk.doc_before(node) if self.said is None else self.said

    def specified(self, node: Node, scope: Scope) -> None:
        spec = node
        while spec.type == "binary_operator" and self.text(spec.child_by_field_name("operator")) == "when":
            inner = spec.child_by_field_name("left")
            if inner is None:
                return
            spec = inner
        found = self.named(spec.child_by_field_name("left")) if spec.type == "binary_operator" else None
        if found is not None:
            of = self.code(spec.child_by_field_name("right"))
            self.specs.setdefault((scope.parent, self.text(found[0]), len(found[1])), of)

    def typed(self, node: Node, word: str, given: Node, scope: Scope) -> None:
        """Note a type, or a function that a module is asked to have."""
        while given.type == "binary_operator" and self.text(given.child_by_field_name("operator")) == "when":
            given = given.child_by_field_name("left") or given
        found = self.named(given.child_by_field_name("left")) if given.type == "binary_operator" else None
        if found is not None:
            facts: dict[str, Any] = {"kind": "type_alias", "visibility": "private" if word == "typep" else "public"}
            if word in _CALLBACKS:
                facts = {"kind": "method", "role": "declaration", "parameters": tuple(map(self.taken, found[1]))}
            self.walk.add(
                facts.pop("kind"), self.text(found[0]), node, scope.parent, found[0], signature=self.code(node),
                type=self.code(given.child_by_field_name("right")), modifiers=("opaque",) if word == "opaque" else (),
                **facts, **self.documented(node),
            )  # fmt: skip
        self.said = None

    # -- imports -----------------------------------------------------------------------------------------------------------------------

    def imported(self, node: Node, word: str, scope: Scope) -> None:
        arguments = _arguments(node)
        if not arguments:
            return
        named, alias, here = arguments[0], "", self.around(scope.parent)
        for pair in (p for k in arguments[1:] if k.type == "keywords" for p in k.named_children if p.type == "pair"):
            if self.text(pair.child_by_field_name("key")).strip() == "as:":
                alias = self.code(pair.child_by_field_name("value"))
        line, end = node.start_point.row + 1, node.end_point.row + 1
        right = named.child_by_field_name("right") if named.type == "dot" else None
        if right is not None and right.type == "tuple":  # alias A.{B, C}
            before = self.code(named.child_by_field_name("left")).replace("__MODULE__", here)
            for one in right.named_children:
                if one.type not in self.comments:
                    self.walk.imports.append(Import(word, f"{before}.{self.code(one)}", one.start_point.row + 1, end))
        elif named.type in ("alias", "dot"):
            self.walk.imports.append(Import(word, self.code(named).replace("__MODULE__", here), line, end, alias=alias))

    def around(self, index: int) -> str:
        """The full name of a module."""
        names = list[str]()
        while index >= 0:
            names.append(self.walk.symbols[index].name)
            index = self.walk.symbols[index].parent
        return ".".join(reversed(names))


def _arguments(call: Node) -> list[Any]:
    found = first_child(call, "arguments")
    return [c for c in found.named_children if c.type != "comment"] if found is not None else []
