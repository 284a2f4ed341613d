"""The records that programs get: what each fact has, in the order in which it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import msgspec
from msgspec import UNSET, Struct, UnsetType

from .model import Method

__all__ = [
    "BaseFact", "EdgeFact", "Evidence", "FileFact", "ImportFact", "MentionFact", "MissingFact", "NoteFact", "ParameterFact", "QualityFact",
    "ReferencesFact", "SymbolFact", "TestsFact", "ToldFact", "ValueFact", "by_position",
]  # fmt: skip


class Evidence(Struct, frozen=True):
    """Where a fact stands, and how it was found."""

    path: str
    line: int
    end_line: int
    method: Method
    text: str = ""


class BaseFact(Struct, frozen=True, omit_defaults=True):
    """A base as it is written."""

    name: str
    how: str = ""
    access: str = ""
    virtual: bool = False


class ParameterFact(Struct, frozen=True, omit_defaults=True):
    """A parameter as it is written."""

    name: str
    type: str = ""
    default: str = ""
    kind: str = ""


class ReferencesFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How many lines of how many files refer to a symbol, by indexes of compilers: the edges of kind ``refers``."""

    method: Method
    lines: int
    files: int
    #: Which indexes define it, and what they cover: where there are none, these were searched.
    searched: tuple[str, ...]
    #: How many more do not stand where an index says.
    unmatched: int = 0


class SymbolFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A declaration. `id` is the path of its file, ``#``, and the anchor that it has on the file's page."""

    id: str
    path: str
    #: The bytes of the path in base64, where it is no UTF-8.
    path_base64: str | UnsetType = UNSET
    line: int
    end_line: int
    method: Method
    kind: str
    role: str
    name: str
    qualified: str
    language: str
    first_line: int = 0
    #: The identifier of the symbol around it.
    parent: str = ""
    scope: str = ""
    signature: str = ""
    doc: str = ""
    doc_line: int = 0
    doc_end: int = 0
    visibility: str = ""
    modifiers: tuple[str, ...] = ()
    bases: tuple[BaseFact, ...] = ()
    parameters: tuple[ParameterFact, ...] = ()
    type: str = ""
    value: str = ""
    decorators: tuple[str, ...] = ()
    type_parameters: str = ""
    condition: str = ""
    references: ReferencesFact | UnsetType = UNSET


class ToldFact(Struct, frozen=True, kw_only=True):
    """What an index of a compiler says of a file: how many names, and how many of them do not stand where it says."""

    method: Method
    index: str
    names: int
    unmatched: int


class ImportFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A statement that brings another file in, as it is written; what it means in the tree is an edge."""

    kind: str
    target: str
    line: int
    end_line: int
    method: Method
    names: tuple[str, ...] = ()
    alias: str = ""
    level: int = 0
    local: bool = False
    type_only: bool = False
    condition: str = ""


class NoteFact(Struct, frozen=True, omit_defaults=True):
    """Something that was left out or could not be read."""

    code: str
    text: str
    line: int = 0


class ValueFact(Struct, frozen=True, omit_defaults=True):
    """What a manifest declares: a key with dots, and its text; of a list, each item."""

    key: str
    value: str
    line: int


class QualityFact(Struct, frozen=True, omit_defaults=True):
    """How well a file could be parsed; `errors` are ranges of lines."""

    parser: str
    error_bytes: int = 0
    missing: int = 0
    errors: tuple[tuple[int, int], ...] = ()
    repairs: tuple[str, ...] = ()


class NameFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A name of another file that can be taken from this one; `symbol` is empty where it is that file as a module."""

    line: int
    name: str
    kind: str
    target: str
    target_base64: str | UnsetType = UNSET
    symbol: str = ""


class FileFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """A path of the tree. `symbols`, `depends_on` (files) and `used_by` (files) are counts."""

    path: str
    #: The bytes of the path in base64, where it is no UTF-8.
    path_base64: str | UnsetType = UNSET
    line: int
    end_line: int
    method: Method
    #: ``file``, ``symlink``, ``submodule``, ``special``, ``unreadable`` or ``output``.
    kind: str
    content: str
    language: str
    bytes: int
    lines: int
    symbols: int
    depends_on: int
    used_by: int
    blank: int = 0
    comment: int = 0
    encoding: str = ""
    labels: tuple[str, ...] = ()
    doc: str = ""
    doc_line: int = 0
    doc_end: int = 0
    title: str = ""
    summary: str = ""
    license: str = ""
    license_line: int = 0
    imports: tuple[ImportFact, ...] = ()
    names: tuple[NameFact, ...] = ()
    values: tuple[ValueFact, ...] = ()
    quality: QualityFact | UnsetType = UNSET
    notes: tuple[NoteFact, ...] = ()
    #: Where a symbolic link points; it was not followed.
    link_target: str = ""
    #: Millionths of the rank of all files.
    rank: int = 0
    compiled: tuple[ToldFact, ...] = ()


class EdgeFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`path` depends on `target`, as the line says; symbols at either end by their identifiers."""

    kind: str
    path: str
    path_base64: str | UnsetType = UNSET
    line: int
    end_line: int
    method: Method
    target: str
    target_base64: str | UnsetType = UNSET
    text: str
    symbol: str = ""
    target_symbol: str = ""
    target_line: int = 0
    weak: bool = False


class MissingFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Something that a line names and that is not in the tree, or in more than one place."""

    kind: str
    path: str
    path_base64: str | UnsetType = UNSET
    line: int
    end_line: int
    method: Method
    text: str
    why: str
    candidates: tuple[str, ...] = ()
    #: How many further candidates there are.
    more: int = 0


class MentionFact(Struct, frozen=True, kw_only=True):
    """A test in whose text names occur; `line` is that of the first of them."""

    path: str
    line: int
    end_line: int
    method: Method
    names: tuple[str, ...]


class TestsFact(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """The tests that mention names of a file; none says that none of `searched` test files does."""

    __test__ = False  # no test, for pytest

    path: str
    path_base64: str | UnsetType = UNSET
    line: int
    end_line: int
    method: Method
    tests: tuple[MentionFact, ...]
    searched: int
    #: What was searched.
    where: str


def by_position(record: type[Struct]) -> Callable[..., Struct]:
    """Records that are written as those of a class, made of all values in the order of its fields: by name it takes seven times as long.

    Examples
    --------
    >>> made = by_position(NoteFact)
    >>> msgspec.json.encode(made("nul-bytes", "a NUL", 0)), msgspec.json.encode(NoteFact("nul-bytes", "a NUL"))
    (b'{"code":"nul-bytes","text":"a NUL"}', b'{"code":"nul-bytes","text":"a NUL"}')
    """
    fields = [(f.encode_name, f.type, _default(f)) for f in msgspec.structs.fields(record)]
    return msgspec.defstruct(record.__name__, fields, omit_defaults=True, gc=False)


def _default(of: Any) -> Any:
    """The default of a field; one that has none gets one all the same, since others before it have, but no value is equal to it."""
    if of.default is not msgspec.NODEFAULT:
        return msgspec.field(default=of.default)
    return msgspec.field(default_factory=_needed if of.default_factory is msgspec.NODEFAULT else of.default_factory)


def _needed() -> NoReturn:
    raise TypeError("a value is missing")
