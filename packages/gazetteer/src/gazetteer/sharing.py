"""Equal texts of many records as one object: a tree has few types, conditions and lists of parameters, and very many symbols with them."""

from __future__ import annotations

from typing import Any, cast

from .model import Counts, FileRecord, Linked, Quality, Symbol

__all__ = ["Sharing"]

_NO_COUNTS, _NO_QUALITY = Counts(), Quality()


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
        """The record with so much as resolvers ask for, above all of its symbols: of all files of a language, the rest takes twice as much.

        Examples
        --------
        >>> from gazetteer.model import Counts, Symbol
        >>> found = Sharing().linked(FileRecord("c", Counts(7), "Sums.", symbols=[Symbol("field", "x", 1, 1, doc="Counts.")]))
        >>> found.symbols[0].name, hasattr(found.symbols[0], "doc"), bool(found.doc), found.counts.bytes
        ('x', False, True, 0)
        """
        share = self._known.setdefault  # numbers too: two of them take half the room of the rest
        found = [
            Linked(
                s.kind, s.name, share(s.line, s.line), share(s.end_line, s.end_line), s.parent, s.first_line, s.scope, s.role,
                s.visibility, s.modifiers, s.bases, s.parameters, s.type_parameters, s.condition,
            )
            for s in self.of(record).symbols
        ]  # fmt: skip
        record.symbols = cast("list[Symbol]", found)
        # Of these nobody asks here, or no more than whether there is any.
        record.doc, record.counts, record.quality = record.doc[:1], _NO_COUNTS, _NO_QUALITY
        return record
