"""What walkers share that read a language by a table: which nodes declare what, and where such a node has its name, body and type.

A language is a class below `Reader`: `rules` says of each type of node what it declares, `read_by` names the method for what is peculiar to
it, and `facts` what every declaration has besides. Types are read for their members, and bodies of functions for what is declared in them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from .base import MAX_VALUE, Walk, in_order_of_text
from .heads import below, file_comment, first_child, head

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Reader", "Rule", "Scope"]


class Scope(Struct, frozen=True):
    """Where a declaration stands."""

    parent: int = -1
    #: The kind of the type around it; empty outside of types.
    inside: str = ""


class Rule(Struct, frozen=True):
    """What a type of node declares. What it has is named by fields of the grammar; name and body also by types of nodes."""

    kind: str
    #: The kind within a type, where that is another.
    member: str = ""
    name: str = "name"
    body: str = "body"
    type: str = ""
    value: str = ""
    #: Whether the body has members; else it has statements.
    holds: bool = False


class Reader:
    """Reads a file by tables, which are attributes of the classes below this one.

    Parameters
    ----------
    walk : Walk
        Where everything that is found goes.
    """

    #: By the types of nodes.
    rules: ClassVar[Mapping[str, Rule]] = {}
    #: The same of what rules cannot say: methods that take the node and its `Scope`.
    read_by: ClassVar[Mapping[str, str]] = {}
    #: Types of nodes, besides those of `rules`, before which a comment is theirs, and not that of the file.
    commented: ClassVar[tuple[str, ...]] = ()
    #: Types of nodes of which the parts are read as if they stood in its place.
    entered: ClassVar[frozenset[str]] = frozenset(("ERROR",))
    #: Types of nodes that declare something wherever they stand in a body, and words of which such a body has one.
    local: ClassVar[tuple[str, ...]] = ()
    local_words: ClassVar[re.Pattern[bytes]] = re.compile(rb"")
    #: Types of nodes that are not looked into for such.
    closed: ClassVar[tuple[str, ...]] = ()
    #: Types of nodes that are left out where a head begins with them.
    skipped: ClassVar[tuple[str, ...]] = ()
    #: Types of nodes that the grammar calls comments.
    comments: ClassVar[frozenset[str]] = Walk.comments
    #: Those that may stand before the comment that begins a file.
    before_comment: ClassVar[tuple[str, ...]] = ()

    def __init__(self, walk: Walk) -> None:
        self.walk, self.text, self.code = walk, walk.text, walk.code
        walk.comments = self.comments

    def read(self) -> None:
        """Read the file."""
        assert self.walk.tree is not None
        root = self.walk.tree.root_node
        self.block(root, Scope())
        taken = {symbol.doc_line for symbol in self.walk.symbols if symbol.kind != "package"}
        file_comment(self.walk, root, self.declares, self.before_comment, taken)
        in_order_of_text(self.walk)

    def declares(self, node: Node) -> bool:
        """Whether a comment right before a node is of that and not of the file."""
        return node.type in self.rules or node.type in self.commented

    def block(self, node: Node, scope: Scope) -> None:
        """Read all that stands in a node."""
        for child in node.children:
            self.node(child, scope)

    def node(self, node: Node, scope: Scope) -> None:
        """Read one node, if it declares something."""
        kind = node.type
        if (rule := self.rules.get(kind)) is not None:
            self.declared(node, rule, scope)
        elif (method := self.read_by.get(kind)) is not None:
            getattr(self, method)(node, scope)
        elif kind in self.entered:
            self.block(node, scope)
        elif node.is_named and kind not in self.comments:
            self.otherwise(node, scope)

    def declared(self, node: Node, rule: Rule, scope: Scope) -> int:
        """Note what a rule says of a node; gives its index, or that of what is around it where it has no name."""
        at = node.child_by_field_name(rule.name) or first_child(node, rule.name)
        if at is None or at.start_byte == at.end_byte:
            return scope.parent
        body = node.child_by_field_name(rule.body) or first_child(node, rule.body)
        kind = self.kind(node, rule, scope)
        facts = self.facts(node, scope)
        if rule.type:
            facts["type"] = self.code(node.child_by_field_name(rule.type))
        if rule.value:
            facts["value"] = self.code(node.child_by_field_name(rule.value), most=MAX_VALUE)
        index = self.walk.add(kind, self.name(at), node, scope.parent, at, signature=head(self.walk, node, body, self.skipped), **facts)
        self.besides(node, index)
        if body is not None:
            if rule.holds:
                self.block(body, Scope(index, kind))
            else:
                self.within(body, index)
        return index

    def within(self, body: Node, parent: int) -> None:
        """Read what is declared somewhere in a body."""
        for node in below(body, self.walk, self.local_words, self.local, self.closed) if self.local else ():
            self.node(node, Scope(parent))

    # -- what languages say otherwise --------------------------------------------------------------------------------------------------

    def kind(self, node: Node, rule: Rule, scope: Scope) -> str:  # noqa: ARG002 - for languages whose nodes say more
        """The kind of what a node declares."""
        return rule.member if rule.member and scope.inside else rule.kind

    def otherwise(self, node: Node, scope: Scope) -> None:
        """Read what no table names, such as a statement outside of functions."""

    def besides(self, node: Node, index: int) -> None:
        """Note what the head of a declaration declares besides."""

    def name(self, node: Node) -> str:
        """A name as others write it."""
        return self.text(node)

    def facts(self, node: Node, scope: Scope) -> dict[str, Any]:  # noqa: ARG002
        """What is known of any declaration, as facts for `Walk.add`: documentation, visibility, modifiers, bases."""
        return self.walk.doc_before(node)
