"""What pages of folders and of the root say of a file: small, so that they are made without reading the records of all files."""

from __future__ import annotations

from msgspec import Struct

from ..gather import SourceFile
from ..lang.table import FAMILY
from ..model import FileRecord, Symbol
from ..resolve.mentions import is_searched
from .common import file_kind, first_sentence, named_and_counted, says
from .handing import hands_on
from .paging import weight_of_all

__all__ = ["Brief", "brief_of"]


#: Kinds of symbols that files of many languages have around all else.
_AROUND = frozenset(("package", "namespace"))
#: What functions are called in which programs begin.
_MAINS = frozenset(("main", "Main"))
#: At most so many bytes does a page take for each row, texts of the tree apart, and for each character of these.
_ROW, _CHARACTER = 500, 28
#: At most so many bytes does a name take that a file hands on: a row, with a sentence of 200 characters.
_HANDED = 4 * _ROW + 200 * _CHARACTER
#: What takes no more is not looked at more closely.
_LITTLE = 250_000


class Brief(Struct, array_like=True, frozen=True, omit_defaults=True):
    """A file in short."""

    #: Its language, or why it has none.
    kind: str
    lines: int = 0
    #: Whether it says what it is, and the first sentence of that.
    says: bool = False
    about: str = ""
    symbols: int = 0
    #: How many symbols of each kind stand at its top, or in nothing but packages and namespaces, with names of some: every second piece.
    declares: tuple[str, ...] = ()
    #: Whether a parser read it, and found no syntax error.
    parsed: bool = False
    whole: bool = False
    license: str = ""
    #: Indices of functions in which a program begins.
    mains: tuple[int, ...] = ()
    #: What runs an executable text.
    runs: str = ""
    #: Why it was not read whole.
    left: tuple[str, ...] = ()
    #: Whether it is a test in which names are looked for.
    searched: bool = False
    #: At most so many bytes does what its record says take on its page.
    size: int = 0

    @property
    def has_facts(self) -> bool:
        """Whether there is anything to say of what is in it."""
        return self.says or self.symbols > 0


def brief_of(file: SourceFile) -> Brief:
    """A file in short."""
    scan, record = file.scan, file.record
    notes = [*scan.notes, *(record.notes if record is not None else ())]
    is_left = scan.content == "too-large" or any(n.code.startswith(("too-", "timeout", "worker")) for n in notes)
    left = tuple(dict.fromkeys(n.text for n in notes)) if is_left else ()
    runs = scan.shebang if file.entry.executable else ""
    if record is None:
        return Brief(file_kind(file), scan.counts.lines, runs=runs, left=left, searched=is_searched(file))
    symbols, quality, said = record.symbols, record.quality, says(file)
    return Brief(
        file_kind(file), scan.counts.lines, bool(said), first_sentence(said), len(symbols),
        named_and_counted(_declared(symbols)) if symbols else (), bool(quality.parser),
        bool(quality.parser) and not quality.error_bytes and not quality.missing, record.license,
        tuple([i for i, s in enumerate(symbols) if s.name in _MAINS and _is_main(file, s, symbols)]), runs, left, is_searched(file),
        _size(record) + _HANDED * sum([len(i.names) for i in record.imports if hands_on(file.path, i)]),
    )  # fmt: skip


def _declared(symbols: list[Symbol]) -> list[Symbol]:
    """What a file declares: what stands at its top; of packages and namespaces, in which all of a file may be, what they have in them.

    Examples
    --------
    >>> around, inside = Symbol("package", "a", 1, 9), Symbol("class", "B", 2, 9, parent=0)
    >>> [s.name for s in _declared([around, inside, Symbol("method", "c", 3, 4, parent=1)])], [s.name for s in _declared([around])]
    (['B'], ['a'])
    """
    top, around = list[Symbol](), set[int]()
    for index, symbol in enumerate(symbols):  # what is around others comes before them
        if symbol.parent < 0 or symbol.parent in around:
            top.append(symbol)
            if symbol.kind in _AROUND:
                around.add(index)
    return [symbol for symbol in top if symbol.kind not in _AROUND] or top


def _size(record: FileRecord) -> int:
    symbols, document = record.symbols, record.document
    size = 2 * _ROW * (len(symbols) + len(record.imports) + len(record.keys) + len(record.values) + len(record.notes))
    if document is not None:
        size += _ROW * len(document.headings)
    texts = sum([len(s.signature) + len(s.doc) + len(s.value) + len(s.condition) for s in symbols]) + len(record.doc)
    texts += sum([len(key) + len(value) for key, value, _ in record.values])
    if size + _CHARACTER * texts <= _LITTLE:
        return size + _CHARACTER * texts
    size += 2 * weight_of_all("\n".join([s.signature for s in symbols])) + 2 * _of_lines([record.doc, *[s.doc for s in symbols if s.doc]])
    size += weight_of_all("\n".join([f"{s.value}\n{s.condition}" for s in symbols if s.value or s.condition]))
    size += 60 * sum([len(s.bases) for s in symbols]) + weight_of_all("\n".join([d for s in symbols for d in s.decorators]))
    size += weight_of_all("\n".join([f"{key}\n{value}" for key, value, _ in record.values]))
    return size + sum([len(i.target) for i in record.imports])


def _of_lines(texts: list[str]) -> int:
    """At most so many bytes do texts of many lines take."""
    joined = "\n".join(texts)
    return weight_of_all(joined) + 12 * (joined.count("\n") + 1)  # each may be a block of its own


def _is_main(file: SourceFile, symbol: Symbol, symbols: list[Symbol]) -> bool:
    if symbol.role != "definition" or symbol.kind not in ("function", "method"):
        return False
    if file.language == "go" and not any(s.kind == "package" and s.name == "main" for s in symbols):
        return False
    if file.language in FAMILY or file.language in ("go", "rust", "kotlin"):
        outside = symbol.parent < 0 or symbols[symbol.parent].kind == "package"
        return symbol.name == "main" and outside and not symbol.scope and (file.language != "rust" or _is_rust_program(file.path))
    return symbol.name == {"java": "main", "csharp": "Main"}.get(file.language) and "static" in symbol.modifiers


def _is_rust_program(path: str) -> bool:
    """Whether Cargo makes a program of a file because of where it lies."""
    folder, _, name = path.rpartition("/")
    return name == "main.rs" or f"/{folder}".endswith("/src/bin")
