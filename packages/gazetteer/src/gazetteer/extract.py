"""From the bytes of one file to its record: a pure function, which runs in worker processes.

`scan` is the first look, before the languages and macros of the tree are known; `extract` reads declarations. Both depend on the
bytes and on their options alone, so that their results are kept by content.
"""

from __future__ import annotations

import re

from msgspec import structs

from .cpp.parsing import parse_c_family
from .lang.base import Limit, Walk
from .lang.table import BY_NAME, repairer, walker
from .manifests import manifest_of
from .model import Counts, FileRecord, Note, Quality
from .parses import ExtractOptions, parse, quality_of
from .scanning import decoded, scan

__all__ = ["EXTRACTOR_VERSION", "ExtractOptions", "extract", "scan"]

#: Part of every cache key: to be raised when `scan` or `extract` gives other facts for the same bytes.
EXTRACTOR_VERSION = 2

_LICENSE = re.compile(rb"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() -]+)")

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
    record = FileRecord(language, counts, license=found[1].decode().strip() if found else "")
    if not language:
        return record
    record.counts = structs.replace(counts, comment=_comment_lines(content, language))
    record.manifest = manifest_of(content, language)
    read = walker(language)
    if read is None:
        return record
    walk, record.quality = _parsed(content, language, options)
    if walk is None:
        record.notes.append(Note("timeout", f"parsing took more than {options.parse_seconds:g} s and was stopped"))
        return record
    try:
        read(walk)
    except Limit:
        record.notes.append(Note("too-many-symbols", f"only the first {options.most_symbols:,} symbols were read"))
    except RecursionError:
        record.notes.append(Note("too-deep", "nested too deeply: what is below was not read"))
    record.symbols, record.imports = walk.symbols, walk.imports
    record.doc, record.doc_line, record.doc_end = walk.doc, walk.doc_line, walk.doc_end
    record.document, record.keys, record.values = walk.document, walk.keys, walk.values
    record.license = record.license or walk.license
    record.notes += walk.notes
    return record


def _parsed(content: bytes, language: str, options: ExtractOptions) -> tuple[Walk | None, Quality]:
    """A walk over the best parse of the file, and how good that is."""
    if not BY_NAME[language].grammar:
        return Walk(content, None, language=language, most_symbols=options.most_symbols), Quality()
    if language in ("c", "cpp", "cuda"):
        parsed = parse_c_family(content, language, options)
        if parsed is None:
            return None, Quality(language)
        walk = Walk(content, parsed.tree, language=language, most_symbols=options.most_symbols)
        walk.parsed = parsed
        return walk, parsed.quality
    tree = parse(content, language, options.parse_seconds)
    if tree is None:
        return None, Quality(language)
    quality = quality_of(tree, language)
    repair = repairer(language) if quality.errors else None
    if repair is not None:
        other = parse(repair(content), language, options.parse_seconds)
        if other is not None:
            after = quality_of(other, language, (BY_NAME[language].repair.rpartition(":")[2].replace("_", " "),))
            if (after.error_bytes, after.missing) < (quality.error_bytes, quality.missing):
                tree, quality = other, after
    return Walk(content, tree, language=language, most_symbols=options.most_symbols), quality


def _comment_lines(content: bytes, language: str) -> int:
    """Lines on which nothing but a comment stands."""
    entry = BY_NAME[language]
    if not entry.line_comments and not entry.block_comments:
        return 0
    starts = tuple(s.encode() for s in entry.line_comments)
    blocks = [(a.encode(), b.encode()) for a, b in entry.block_comments]
    count, closing = 0, b""
    for line in content.split(b"\n"):
        text = line.strip()
        if closing:
            count += 1
            if closing in text:
                closing = b""
        elif starts and text.startswith(starts):
            count += 1
        else:
            for opening, end in blocks:
                if text.startswith(opening):
                    rest = text[len(opening) :]
                    count += end not in rest or rest.endswith(end)
                    closing = b"" if end in rest else end
                    break
    return count
