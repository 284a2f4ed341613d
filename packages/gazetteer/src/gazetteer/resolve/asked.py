"""By which words the files of a tree ask for names that stand in others, of whatever language they are."""

from __future__ import annotations

import re

from ..lang.cpp.includes import lesson
from ..lang.cpp.joins import wanted_base
from ..lang.table import FAMILY
from ..model import FileRecord

__all__ = ["asked_in", "words"]

_WORD = re.compile(r"[\w$]+")


def asked_in(record: FileRecord) -> set[str]:
    """The words by which the names of other files are looked up: in imports, bases and scopes.

    Besides those, what few resolvers ask for has a sign before it that no word has: ``.`` a word of a base behind another one, and in C and
    its kin ``:`` the last one of a base, and ``<`` an include that teaches where others lie.
    """
    texts = {symbol.scope for symbol in record.symbols}
    texts.update([base.name for symbol in record.symbols if symbol.bases for base in symbol.bases])
    for statement in record.imports:
        texts.add(statement.target)
        texts.update(name.name for name in statement.names)
    found = words(" ".join(texts))
    is_including = record.language in FAMILY
    for symbol in record.symbols:
        for base in symbol.bases:
            found.update([f".{word}" for word in _WORD.findall(base.name)[1:]])
            if is_including:
                found.add(f":{wanted_base(base)}")
    if is_including:
        found.update([f"<{taught}" for i in record.imports if (taught := lesson(i))])
    return found


def words(text: str) -> set[str]:
    """The words of a name, or of what is written where names are."""
    return set(_WORD.findall(text))
