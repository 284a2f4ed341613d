"""From the bytes of one file to its record: a pure function, which runs in worker processes.

`scan` is the first look, before the languages and macros of the tree are known; `extract` reads declarations. Both depend on the
bytes and on their options alone, so that their results are kept by content.
"""

from __future__ import annotations

import functools
import importlib
import re
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

from .grammars import EXTRA
from .lang.base import Limit, Walk, unwrapped
from .lang.table import BY_NAME, FAMILY, blanker, grammar, lacks, repairer, typed, walker, within, wording
from .manifests import manifest_of
from .model import Base, Counts, FileRecord, Note, Quality, Symbol
from .parses import ExtractOptions, parse, quality_of
from .scanning import decoded, scan

if TYPE_CHECKING:
    from tree_sitter import Tree

__all__ = ["EXTRACTOR_VERSION", "ExtractOptions", "extract", "prepare", "scan"]

#: Part of every cache key: to be raised when `scan` or `extract` gives other facts for the same bytes.
EXTRACTOR_VERSION = 16

#: Kinds whose signatures have no values: those are left as they were written.
_DECLARED_BY_HEADS = frozenset((
    "class", "struct", "record", "interface", "protocol", "trait", "enum", "object", "annotation", "extension", "delegate", "constructor",
    "destructor", "operator", "method", "function",
))  # fmt: skip
_OPENED = re.compile(rb"^[ \t]*using[ \t]+namespace[ \t]+(?:::)?([A-Za-z_]\w*(?:::[A-Za-z_]\w*)*)[ \t]*;", re.MULTILINE)
_WRAPPED = re.compile(r"[(<] | \)|, ?>")
_IDENTIFIER = re.compile(r"(?:[^\W\d]|\$)[\w$]*")
#: What words are made of, but for letters beyond ASCII.
_LETTERS = frozenset(b"_$0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_TOO_DEEP = Note("too-deep", "nested too deeply: what is below was not read")
_ARGUMENTS = re.compile(r"[<(\[{].*", re.DOTALL)
#: Names of more characters with all those around them, and of each of these so many more, are no one's: of 50,000 symbols, each within the
#: one before, the full names alone would have gigabytes.
_LONGEST_FULL_NAME, _JOINT = 4_000, 20
#: How comments begin from which tools make documentation.
_DOCUMENTING = re.compile(rb"//[/!]|/\*[*!]|#!?\[doc\b")
_LICENSE = re.compile(rb"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]+)")


def prepare(language: str) -> None:
    """Import what reads a language, so that processes that are forked after this need not, each for itself. Nothing is read."""
    if language and within(language) is not None:
        prepare("javascript")
        prepare("typescript")
    if language and walker(language) is not None and BY_NAME[language].grammar:
        grammar(language)
        if language in FAMILY:
            importlib.import_module("gazetteer.cpp.parsing")
            importlib.import_module("gazetteer.lang.cpp.plain")


def extract(content: bytes, language: str, counts: Counts, options: ExtractOptions | None = None) -> FileRecord:
    """The record of a text file in a language.

    Parameters
    ----------
    content : bytes
        The file.
    language : str
        A name of `gazetteer.lang.table`; an empty text where none is known.
    counts : Counts
        Those of its scan; comment lines are counted here, since they need the language.
    options : ExtractOptions, optional
        Limits and macros.
    """
    options = options or ExtractOptions()
    content = decoded(content)[0]
    found = _LICENSE.search(content, 0, 8_192)
    record = FileRecord(language, counts)
    if found is not None:
        record.license, record.license_line = found[1].decode().strip(), content.count(b"\n", 0, found.start()) + 1
    if not language:
        return record
    record.counts = structs.replace(counts, comment=_comment_lines(content, language))
    record.manifest = manifest_of(content, language)
    read = walker(language)
    if read is None:
        if lacks(language):
            said = f"{BY_NAME[language].title} is read with a grammar that is not installed: pip install 'gazetteer[{EXTRA}]'"
            record.notes.append(Note("no-grammar", said))
        return record
    walk, record.quality = _parsed(content, language, options)
    if walk is None:
        record.notes.append(Note("timeout", f"parsing took more than {options.parse_seconds:g} s and was stopped"))
        return record
    if walk.language != language and typed(language) is not None:
        read = walker(walk.language) or read
    try:
        read(walk)
    except Limit:
        record.notes.append(Note("too-many-symbols", f"only the first {options.most_symbols:,} symbols were read"))
    except RecursionError:
        record.notes.append(_TOO_DEEP)
    symbols = _without_deep(walk.symbols)
    if len(symbols) < len(walk.symbols) and _TOO_DEEP not in record.notes:
        record.notes.append(_TOO_DEEP)
    _place_bases(content, symbols)
    for symbol in symbols:
        if symbol.kind in _DECLARED_BY_HEADS and _WRAPPED.search(symbol.signature) is not None:
            symbol.signature = unwrapped(symbol.signature)
    record.symbols, record.imports = symbols, walk.imports
    record.doc, record.doc_line, record.doc_end = walk.doc, walk.doc_line, walk.doc_end
    if b"\r\n" in content:
        _end_lines_alike(record)
    _word(record, walk)
    record.document, record.keys, record.values = walk.document, walk.keys, walk.values
    if not record.license:
        record.license, record.license_line = walk.license, walk.license_line
    record.script_line = walk.script_line
    if language in FAMILY and b"using namespace" in content:
        record.opened = tuple(dict.fromkeys(name.decode() for name in _OPENED.findall(content)))
    record.notes += walk.notes
    return record


def _end_lines_alike(record: FileRecord) -> None:
    """Texts of several lines, of a file whose lines end with carriage returns too, have line feeds alone."""
    documented: list[Symbol | FileRecord] = [*record.symbols, record]
    for one in documented:
        if "\r" in one.doc:
            one.doc = one.doc.replace("\r\n", "\n").rstrip("\r")  # of the last line, the end may have been taken off
    for brought in record.imports:
        if "\r" in brought.target:
            brought.target = brought.target.replace("\r\n", "\n")


def _word(record: FileRecord, walk: Walk) -> None:
    """Put documentation into words, where its language has marks for that; of one with comments as those of C, that of its tools alone."""
    words = wording(record.language)
    if words is None:
        return
    ends, text = walk.lines(), walk.whole
    is_marked = _DOCUMENTING.search if BY_NAME[record.language].line_comments[:1] == ("//",) else None
    all_of_it: list[Symbol | FileRecord] = [*record.symbols, record]
    for documented in all_of_it:
        if not documented.doc:
            continue
        line = documented.doc_line - 1
        if is_marked is not None and is_marked(text, ends[line - 1] if line else 0, ends[line]) is None:
            continue
        documented.doc = words(documented.doc)
        if not documented.doc:
            documented.doc_line = documented.doc_end = 0


def _without_deep(symbols: list[Symbol]) -> list[Symbol]:
    """The symbols but those that lie too deep within others."""
    lengths, numbers, found = list[int](), list[int](), list[Symbol]()
    for symbol in symbols:
        length = len(symbol.name) + len(symbol.scope) + _JOINT
        if symbol.parent >= 0:
            length += lengths[symbol.parent]
        lengths.append(length)
        numbers.append(len(found))
        if length <= _LONGEST_FULL_NAME:
            found.append(symbol)
    if len(found) == len(symbols):
        return symbols
    for symbol in found:
        if symbol.parent >= 0:
            symbol.parent = numbers[symbol.parent]
    return found


def _place_bases(content: bytes, symbols: list[Symbol]) -> None:
    """Say of bases that stand below the line of their class where that is: ``include A`` in Ruby, embedded types of Go, long heads."""
    lines: list[bytes] = []
    for symbol in symbols:
        if not symbol.bases or symbol.end_line <= symbol.line:
            continue
        lines = lines or content.split(b"\n")
        symbol.bases = tuple([_placed(base, symbol, lines) for base in symbol.bases])


def _placed(base: Base, symbol: Symbol, lines: list[bytes]) -> Base:
    called = _IDENTIFIER.findall(_ARGUMENTS.sub("", base.name)) or _IDENTIFIER.findall(base.name)[:1]
    word = called[-1].encode() if called else b""
    if base.below or not word or _has_word(lines[symbol.line - 1], word):
        return base
    for below, line in enumerate(lines[symbol.line : symbol.end_line], 1):
        if _has_word(line, word):
            return structs.replace(base, below=below)
    return base


def _has_word(line: bytes, word: bytes) -> bool:
    """Whether a line has a word as a whole: the base of ``class ShopA(`` may be a ``Shop`` further down."""
    at = line.find(word)
    while at >= 0:
        end = at + len(word)
        if (not at or line[at - 1] not in _LETTERS) and (end == len(line) or line[end] not in _LETTERS):
            return True
        at = line.find(word, end)
    return False


def _parsed(content: bytes, language: str, options: ExtractOptions) -> tuple[Walk | None, Quality]:
    """A walk over the best parse of the file, and how good that is."""
    inner = within(language)
    if inner is not None:
        parts, named = inner(content)
        walk, quality = _parsed(parts, named, options)
        if walk is not None:
            walk.whole = content
        return walk, quality
    if not BY_NAME[language].grammar:
        return Walk(content, None, language=language, most_symbols=options.most_symbols), Quality()
    if language in FAMILY:
        return _parsed_c_family(content, language, options)
    best = _best_parse(content, language, options)
    if best is None:
        return None, Quality(language)
    given = also(content) if best.quality.errors and (also := typed(language)) is not None else None
    other = _best_parse(*given, options) if given is not None else None
    if other is not None and _faults(other.quality) < _faults(best.quality):
        best = other
    return Walk(content, best.tree, read=best.text, language=best.language, most_symbols=options.most_symbols), best.quality


class _Parse(NamedTuple):
    tree: Tree
    quality: Quality
    #: What was parsed, and in which language.
    text: bytes
    language: str


def _faults(quality: Quality) -> tuple[int, int]:
    return quality.error_bytes, quality.missing


def _best_parse(text: bytes, language: str, options: ExtractOptions) -> _Parse | None:
    """The parse of a text as it is, or as a repair makes it where that has fewer errors; None where it takes too long."""
    tree = parse(text, language, options.parse_seconds)
    if tree is None:
        return None
    found = _Parse(tree, quality_of(tree, language), text, language)
    repair = repairer(language) if found.quality.errors else None
    if repair is not None:
        repaired = repair(text)
        other = parse(repaired, language, options.parse_seconds)
        if other is not None:
            after = quality_of(other, language, (BY_NAME[language].repair.rpartition(":")[2].replace("_", " "),))
            if _faults(after) < _faults(found.quality):
                return _Parse(other, after, repaired, language)
    return found


def _parsed_c_family(content: bytes, language: str, options: ExtractOptions) -> tuple[Walk | None, Quality]:
    """Of a header of everyday form, a walk that has read it already."""
    from .cpp.parsing import parse_c_family, prepare_c_family  # they have many patterns, and many trees have no such file
    from .lang.cpp.plain import read_plainly

    like, blank = BY_NAME[language].like, blanker(language)
    prepared = prepare_c_family(blank(content) if blank is not None else content, like, options)
    within = prepared.within
    macros = {macro.name: macro for macro in options.declaring_macros}
    if (
        language == "cpp"  # what is like it is blanked in too many places
        and not prepared.of_cuda
        and not prepared.modules
        and not prepared.marks
        and not (within.branches or within.defines)
    ):
        walk = Walk(content, None, read=prepared.text, language=language, most_symbols=options.most_symbols)
        if read_plainly(walk, prepared.calls, options.parse_seconds):
            walk.macros, walk.attributes = macros, options.attribute_macros
            return walk, Quality(language, repairs=tuple(prepared.repairs), blanked=prepared.blanked)
    parsed = parse_c_family(prepared, like, options)
    if parsed is None:
        return None, Quality(like)
    walk = Walk(content, parsed.tree, read=parsed.text, language=like, most_symbols=options.most_symbols)
    walk.parsed, walk.macros, walk.attributes = parsed, macros, options.attribute_macros
    return walk, parsed.quality


def _comment_lines(content: bytes, language: str) -> int:
    """Lines on which nothing but a comment stands."""
    begins, ends = _comments_of(language)
    if begins is None:
        return 0
    text = b"\n" + content
    count, found = 0, begins.search(text)
    while found is not None:
        count, at = count + 1, found.end()
        if found.lastgroup is not None:
            line_end = text.find(b"\n", at)
            line_end = line_end if line_end >= 0 else len(text)
            end = ends[int(found.lastgroup[1:])]
            closing = text.find(end, at)
            if 0 <= closing < line_end:  # what stands behind it on its line makes it a line of code
                count -= not text[closing:line_end].rstrip().endswith(end)
            else:
                closing = closing if closing >= 0 else len(text)
                count += text.count(b"\n", at, closing)
                line_end = text.find(b"\n", closing)
            at = line_end if line_end >= 0 else len(text)
        found = begins.search(text, at)
    return count


@functools.cache
def _comments_of(language: str) -> tuple[re.Pattern[bytes] | None, list[bytes]]:
    """What finds lines that begin with a comment - of a block comment, the group says which of the texts ends it."""
    entry = BY_NAME[language]
    words = rb"(?=[^\n]*\S)"  # behind a mark that is a word and a space
    starts = [re.escape(start.encode()) + (words if start.endswith(" ") else b"") for start in entry.line_comments]
    starts += [b"(?P<b%d>%b)" % (i, re.escape(opening.encode())) for i, (opening, _) in enumerate(entry.block_comments)]
    if not starts:
        return None, []
    return re.compile(rb"\n[ \t\r\x0b\x0c]*+(?:" + b"|".join(starts) + b")"), [end.encode() for _, end in entry.block_comments]
