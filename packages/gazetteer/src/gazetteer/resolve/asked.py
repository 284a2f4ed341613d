"""By which words the files of a tree ask for names that stand in others, of whatever language they are."""

from __future__ import annotations

import re

from ..model import FileRecord

__all__ = ["asked_in", "words"]

_WORD = re.compile(r"[\w$]+")


def asked_in(record: FileRecord) -> set[str]:
    """The words by which the names of other files are looked up: in imports, bases and scopes."""
    texts = {symbol.scope for symbol in record.symbols}
    texts.update([base.name for symbol in record.symbols if symbol.bases for base in symbol.bases])
    for statement in record.imports:
        texts.add(statement.target)
        texts.update(name.name for name in statement.names)
    return words(" ".join(texts))


def words(text: str) -> set[str]:
    """The words of a name, or of what is written where names are."""
    return set(_WORD.findall(text))
