"""By which words the files of a tree ask for names of others: so it is known of a name who does, without reading any file."""

from __future__ import annotations

import re

from .gather import FAMILY
from .lang.cpp.includes import is_teaching
from .lang.cpp.joins import wanted_base
from .model import FileRecord

__all__ = ["asked_in", "words"]

_WORD = re.compile(r"[\w$]+")
#: C and its kin, with those that share their includes.
_INCLUDING = FAMILY | {"objc", "objcpp"}


def asked_in(record: FileRecord) -> set[str]:
    """The words by which the names of other files are looked up, of whatever language a file is: in imports, bases and scopes.

    Besides those, what few resolvers ask for has a sign before it that no word has: ``<`` includes that teach where others lie.
    """
    texts = {symbol.scope for symbol in record.symbols}
    texts.update([base.name for symbol in record.symbols if symbol.bases for base in symbol.bases])
    for statement in record.imports:
        texts.add(statement.target)
        texts.update(name.name for name in statement.names)
    found = words(" ".join(texts))
    _ask_for_bases(record, found)
    if record.language in _INCLUDING:
        found.update([f"<{i.target}" for i in record.imports if is_teaching(i.target)])
    return found


def _ask_for_bases(record: FileRecord, found: set[str]) -> None:
    """The words of bases behind others, after a dot; in C and its kin the last ones, after a colon."""
    for symbol in record.symbols:
        for base in symbol.bases:
            found.update([f".{word}" for word in _WORD.findall(base.name)[1:]])
            if record.language in _INCLUDING:
                found.add(f":{wanted_base(base)}")


def words(text: str) -> set[str]:
    """The words of a name, or of what is written where names are."""
    return set(_WORD.findall(text))
