"""Equal texts of many records as one object: a tree has few types, conditions and lists of parameters, and very many symbols with them."""

from __future__ import annotations

from typing import Any, cast

from .model import FileRecord, Linked, Symbol

__all__ = ["Sharing"]


class Sharing:
    """What has been seen of records, as long as they are being read.

    Examples
    --------
    >>> from gazetteer.model import Counts, Symbol
    >>> sharing = Sharing()
    >>> first, second = (
    ...     sharing.of(FileRecord("c", Counts(), symbols=[Symbol("field", "x", 1, 1, type="".join(["in", "t"]))])) for _ in range(2)
    ... )
    >>> first.symbols[0].type is second.symbols[0].type
    True
    """

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def of(self, record: FileRecord) -> FileRecord:
        """The record, with what others have too taken from them."""
        share = self._known.setdefault
        for symbol in record.symbols:
            text = symbol.kind
            symbol.kind = share(text, text)
            text = symbol.name
            symbol.name = share(text, text)
            if text := symbol.type:
                symbol.type = share(text, text)
            if text := symbol.type_parameters:
                symbol.type_parameters = share(text, text)
            if text := symbol.condition:
                symbol.condition = share(text, text)
            if text := symbol.visibility:
                symbol.visibility = share(text, text)
            if modifiers := symbol.modifiers:
                symbol.modifiers = share(modifiers, modifiers)
            if parameters := symbol.parameters:
                known = self._known.get(parameters)
                if known is None:
                    known = tuple([share(p, p) for p in parameters])
                    self._known[known] = known
                symbol.parameters = known
        for statement in record.imports:
            statement.kind = share(statement.kind, statement.kind)
            statement.target = share(statement.target, statement.target)
            if statement.condition:
                statement.condition = share(statement.condition, statement.condition)
        return record

    def linked(self, record: FileRecord) -> FileRecord:
        """The record with so much of its symbols as resolvers ask for: of all files of a language, the rest takes twice as much room.

        Examples
        --------
        >>> from gazetteer.model import Counts, Symbol
        >>> found = Sharing().linked(FileRecord("c", Counts(), symbols=[Symbol("field", "x", 1, 1, doc="Counts.")]))
        >>> found.symbols[0].name, hasattr(found.symbols[0], "doc")
        ('x', False)
        """
        found = [
            Linked(
                s.kind, s.name, s.line, s.end_line, s.parent, s.first_line, s.scope, s.role, s.visibility, s.modifiers, s.bases,
                s.parameters, s.type_parameters, s.condition,
            )
            for s in self.of(record).symbols
        ]  # fmt: skip
        record.symbols = cast("list[Symbol]", found)
        return record
