"""HCL, as Terraform and its kin write it: variables, locals, outputs, resources and data, modules, and other blocks that have names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from ...model import Import
from ..base import MAX_DOC, MAX_VALUE, Walk, cut
from ..heads import first_child, of_type
from ..reader import Reader, Scope

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["walk"]

#: What blocks with a name declare; those of other names declare objects.
_KINDS = {"variable": "variable", "output": "property", "module": "module"}
#: Blocks that are found by the name alone, or with their first label before it; others have their own name before all.
_PLAIN = frozenset(("variable", "output", "module", "resource"))

#: Functions that read a file.
_READS = re.compile(
    r"(?<![\w.])(file|templatefile|filebase64|filemd5|filesha1|filesha256|filesha512|filebase64sha256|filebase64sha512)"
    r"\(\s*\"((?:\$\{path\.module\})?[^\"$%\\\n]+)\""
)
_COMMENT = re.compile(r"(?:\A|\s)(?:#|//|/?\*)")


def walk(walk: Walk) -> None:
    """Read a file of HCL."""
    _Hcl(walk).read()
    _files(walk)


def _files(walk: Walk) -> None:
    """Note what functions read, each file once."""
    text, known = walk.decoded, {""}
    for match in _READS.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if match[2] not in known and not _COMMENT.search(before):
            known.add(match[2])
            walk.imports.append(Import("listed", match[2], walk.line_at(match.start()), alias=match[1]))
    walk.imports.sort(key=lambda statement: statement.line)


class _Hcl(Reader):
    read_by: ClassVar[Mapping[str, str]] = {"block": "named_block", "attribute": "assigned"}
    entered = Reader.entered | {"body"}

    def named_block(self, node: Node, scope: Scope) -> None:
        """Note a block at the top of a file; what is in it belongs to it, but for locals."""
        word = self.text(first_child(node, "identifier"))
        labels = list(self.labels(node))
        if word == "locals":
            for attribute in of_type(first_child(node, "body"), "attribute"):
                self.value(attribute, "constant")
        elif word == "terraform":
            self.terraform(node)
        elif labels:
            at, name = labels[-1]
            before = [text for _, text in labels[:-1]]
            attributes = dict(self.attributes(node))
            facts: dict[str, Any] = {"scope": ".".join(before if word in _PLAIN else [word, *before]), **self.documented(node, attributes)}
            if word == "variable":
                facts |= {"type": self.code(attributes.get("type")), "value": self.code(attributes.get("default"), most=MAX_VALUE)}
            elif word == "output":
                facts["value"] = self.code(attributes.get("value"), most=MAX_VALUE)
            elif before:
                facts["type"] = before[0]
            body = first_child(node, "block_start")
            signature = self.code(node, body.start_byte if body is not None else 0)
            self.walk.add(_KINDS.get(word, "object"), name, node, scope.parent, at, signature=signature, **facts)
            source = attributes.get("source") if word == "module" else None
            if source is not None and (target := self.string(source)):
                line, end = source.start_point.row + 1, source.end_point.row + 1
                self.walk.imports.append(Import("module", target, line, end, alias=name))

    def terraform(self, node: Node) -> None:
        """Note which providers a configuration needs."""
        for block in of_type(first_child(node, "body"), "block"):
            if self.text(first_child(block, "identifier")) == "required_providers":
                for name, value in self.attributes(block):
                    source = self.source_of(value)
                    self.walk.imports.append(
                        Import("provider", source or name, value.start_point.row + 1, value.end_point.row + 1, alias=name)
                    )

    def source_of(self, value: Node) -> str:
        stack = [value]
        while stack:
            node = stack.pop()
            if node.type == "object_elem" and self.text(node.child_by_field_name("key")).strip() == "source":
                found = node.child_by_field_name("val")
                return self.string(found) if found is not None else ""
            stack += node.named_children
        return ""

    def labels(self, node: Node) -> Iterator[tuple[Node, str]]:
        """The labels of a block, in quotes or without."""
        for child in node.children[1:]:
            if child.type == "block_start":
                return
            if child.type == "string_lit" and (content := first_child(child, "template_literal")) is not None:
                yield content, self.text(content)
            elif child.type == "identifier":
                yield child, self.text(child)

    def attributes(self, node: Node) -> Iterator[tuple[str, Node]]:
        for attribute in of_type(first_child(node, "body"), "attribute"):
            name, value = first_child(attribute, "identifier"), first_child(attribute, "expression")
            if name is not None and value is not None:
                yield self.text(name), value

    def documented(self, node: Node, attributes: Mapping[str, Node]) -> dict[str, Any]:
        """What a block says of itself, else the comments before."""
        said = attributes.get("description")
        text = self.string(said) if said is not None else ""
        if said is None or not text:
            return self.before(node)
        return {"doc": cut(text, MAX_DOC), "doc_line": said.start_point.row + 1, "doc_end": said.end_point.row + 1}

    def before(self, node: Node) -> dict[str, Any]:
        """The comments before a declaration; those of the first one stand before the body that it begins."""
        around = node.parent
        at = around if node.prev_sibling is None and around is not None and around.type == "body" else node
        return self.walk.doc_before(at)

    def string(self, expression: Node) -> str:
        """The text that an expression is, if it is nothing else."""
        text = self.text(expression).strip()
        return text[1:-1].replace('\\"', '"') if len(text) > 1 and text[0] == text[-1] == '"' and "${" not in text else ""

    def assigned(self, node: Node, scope: Scope) -> None:
        if scope.parent < 0:
            self.value(node, "variable")

    def value(self, node: Node, kind: str) -> None:
        name = first_child(node, "identifier")
        if name is not None:
            value = self.code(first_child(node, "expression"), most=MAX_VALUE)
            signature = self.code(node, most=MAX_VALUE)
            self.walk.add(kind, self.text(name), node, -1, name, signature=signature, value=value, **self.before(node))
