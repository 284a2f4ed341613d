"""Tasks of Rake: what ``rake -T`` lists, wherever a file of Ruby has them outside of classes and methods."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from ..base import MAX_VALUE, Walk, one_line
from ..heads import first_child

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["tasks"]

_TASKS = frozenset(("task", "multitask"))
#: Statements that stand in the same scope as those around them.
_THROUGH = frozenset(("program", "body_statement", "block_body", "if", "unless", "then", "else", "begin", "if_modifier", "unless_modifier"))
_DEEPEST = 20


def tasks(walk: Walk, root: Node) -> None:
    """Note each task under its name, with its namespaces in its signature, and with what ``desc`` says above it."""
    if b"task" in walk.original:
        _Tasks(walk).within(root, "", 0)


class _Tasks:
    def __init__(self, walk: Walk) -> None:
        self.walk, self.text = walk, walk.text

    def within(self, node: Node, around: str, depth: int) -> None:
        """Read the statements of a file, or of a namespace."""
        said: Node | None = None
        for child in node.named_children:
            word = self.text(child.child_by_field_name("method")) if child.type == "call" else ""
            given = self.given(child) if word and child.child_by_field_name("receiver") is None else []
            if word == "desc" and given:
                said = given[0]
                continue
            if child.type == "heredoc_body" and said is not None and said.type == "heredoc_beginning":
                said = child
                continue
            if word in _TASKS and given:
                self.task(child, word, given, around, said)
            elif word == "namespace" and given and depth < _DEEPEST:
                block = child.child_by_field_name("block")
                body = first_child(block, "body_statement", "block_body") if block is not None else None
                if body is not None:
                    self.within(body, f"{around}{self.name(given[0])}:", depth + 1)
            elif child.type in _THROUGH and depth < _DEEPEST:
                self.within(child, around, depth + 1)
            if child.type != "comment":
                said = None

    def given(self, call: Node) -> list[Node]:
        """The arguments of a call."""
        arguments = call.child_by_field_name("arguments")
        return arguments.named_children if arguments is not None else []

    def name(self, node: Node) -> str:
        """What a symbol, a text, or the first key of a hash, names; empty where only a run knows."""
        if node.type == "pair":
            key = node.child_by_field_name("key")
            return self.text(key) if key is not None and key.type == "hash_key_symbol" else self.name(key) if key is not None else ""
        if node.type == "simple_symbol":
            return self.text(node)[1:]
        content = first_child(node, "string_content") if node.type == "string" else None
        return self.text(content) if content is not None and node.named_child_count == 1 else ""

    def task(self, call: Node, word: str, given: list[Node], around: str, said: Node | None) -> None:
        name = self.name(given[0])
        if not name:
            return
        doc = first_child(said, "string_content", "heredoc_content") if said is not None else None
        facts = dict[str, Any]()
        if doc is not None and (words := self.text(doc)).strip():
            first = doc.start_point.row + 1 + words[: len(words) - len(words.lstrip())].count("\n")
            facts = {"doc": inspect.cleandoc(words), "doc_line": first, "doc_end": first + words.strip().count("\n")}
        needs = one_line(", ".join(self.text(node) for node in given), MAX_VALUE)
        signature = (
            f"{word} {needs}" if not around else f"{word} {around}{name}" + (f" ({needs})" if needs not in (name, f":{name}") else "")
        )
        self.walk.add("target", name, call, at=given[0], signature=signature, **facts)
