"""Classes as JavaScript had them before it had the word: functions whose ``prototype`` is given members, and made of another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from ...model import Base, Symbol

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["OlderClasses"]

Code = Callable[["Node | None"], str]


class OlderClasses:
    """Which functions of a module are constructors, and what they inherit from; known when all of it has been read."""

    def __init__(self) -> None:
        #: Functions of the module, by their symbols.
        self.functions: dict[int, Node] = {}
        #: Names of what is a constructor.
        self.owners: set[str] = set()
        #: The name of a constructor, that of its base, and where that stands.
        self.bases: list[tuple[str, str, Node]] = []

    def called(self, node: Node, given: Sequence[Node], code: Code) -> None:
        """Note ``util.inherits(A, B)``, by whatever that is called from, and ``Object.setPrototypeOf(A.prototype, B.prototype)``."""
        called = node.child_by_field_name("function")
        member = called.child_by_field_name("property") if called is not None and called.type == "member_expression" else called
        if len(given) != 2 or (name := code(member)) not in ("inherits", "setPrototypeOf"):
            return
        owner, base = given
        if name == "inherits":
            self.derived(code(owner), base, code)
        elif (of := _prototype_of(owner, code)) and (found := _prototype_of(base, code)):
            self.derived(code(of), found, code)

    def given(self, owner: str, value: Node, code: Code) -> None:
        """Note what the prototype of `owner` is given: ``Object.create(B.prototype)`` or ``new B``, which others may be put upon."""
        self.owners.add(owner)
        while value.type == "call_expression":
            called, listed = value.child_by_field_name("function"), value.child_by_field_name("arguments")
            first = listed.named_children[0] if listed is not None and listed.named_children else None
            if first is None:
                return
            if code(called) == "Object.create":
                base = _prototype_of(first, code)
                if base is not None:
                    self.derived(owner, base, code)
                return
            value = first  # Object.assign(Object.create(B.prototype), { … })
        if value.type == "new_expression" and (base := value.child_by_field_name("constructor")) is not None:
            self.derived(owner, base, code)

    def member(self, owner: str, name: str, value: Node, code: Code) -> None:
        """Note ``owner.prototype.name = value``."""
        self.owners.add(owner)
        if name == "__proto__" and (base := _prototype_of(value, code)) is not None:
            self.derived(owner, base, code)

    def derived(self, owner: str, base: Node, code: Code) -> None:
        """Note a base, if it has a name."""
        self.owners.add(owner)
        if base.type in ("identifier", "member_expression") and (name := code(base)) not in ("Object", owner):
            self.bases.append((owner, name, base))

    def finish(self, symbols: Sequence[Symbol], known: Mapping[str, int], read_fields: Callable[[Node, int, set[str]], None]) -> None:
        """Give the constructors of a module that has been read their fields and bases: `known` are the module's names, by symbol."""
        for owner, name, node in self.bases:
            symbol = symbols[index] if (index := known.get(owner, -1)) in self.functions else None
            if symbol is not None and all(base.name != name for base in symbol.bases):
                symbol.bases = (*symbol.bases, Base(name, "extends", below=node.start_point.row + 1 - symbol.line))
        for index in sorted({known.get(owner, -1) for owner in self.owners} & self.functions.keys()):
            body = self.functions[index].child_by_field_name("body")
            if body is not None:
                read_fields(body, index, set())


def _prototype_of(node: Node, code: Code) -> Node | None:
    """``B`` of ``B.prototype``."""
    is_one = node.type == "member_expression" and code(node.child_by_field_name("property")) == "prototype"
    return node.child_by_field_name("object") if is_one else None
