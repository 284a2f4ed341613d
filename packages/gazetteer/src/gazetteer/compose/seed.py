"""The page names of the seed: ``F_docs.md`` and ``F_kw.md`` of a file, ``index.md``, ``doc.md`` and ``sub.md`` of a folder.

They have the sections of the seed's pages, as far as there are facts for them; what the seed guessed is not there.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..atlas import Edge
from ..document import Block, Bullets, Code, Heading, Index, Inline, Link, Page, PageKind, PageRef, Paragraph, Prose, SourceRef, Table
from ..gather import SourceFile
from ..model import KINDS
from ..names import counted
from .common import (
    SYMBOL_EDGES,
    bullets,
    file_kind,
    first_sentence,
    joined,
    kinds_counted,
    link_to,
    said_line,
    says,
    source_link,
    stated_imports,
)
from .file_page import dependencies, outline, parse_quality, summary, tests_section, used_by
from .folder_page import describes, folder_says, neighbour_sections
from .keywords import entries
from .references import references_section
from .symbols import documentation, symbols_section

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["seed_page"]


def seed_page(contents: Contents, kind: str, path: str) -> Page:
    """One page of the seed's layout."""
    make = {"seed-docs": _docs, "seed-kw": _keywords, "seed-index": _index, "seed-doc": _doc, "seed-sub": _sub}
    titles = {
        "seed-docs": "Documentation",
        "seed-kw": "Keywords",
        "seed-index": "Index",
        "seed-doc": "Folder documentation",
        "seed-sub": "Subtree keywords",
    }
    name = path.rpartition("/")[2] or contents.atlas.name
    return Page(
        PageRef(_kind(kind), path), f"{name}: {titles[kind].lower()}", _trail(contents, path, kind), tuple(make[kind](contents, path))
    )


def _kind(kind: str) -> PageKind:
    found: dict[str, PageKind] = {k: k for k in ("seed-docs", "seed-kw", "seed-index", "seed-doc", "seed-sub")}
    return found[kind]


def _trail(contents: Contents, path: str, kind: str) -> tuple[tuple[str, PageRef], ...]:
    """The index pages above."""
    folders = [contents.atlas.name], [""]
    for part in path.split("/")[:-1] if path else ():
        folders[0].append(part)
        folders[1].append(f"{folders[1][-1]}/{part}".lstrip("/"))
    trail = [(name, PageRef("seed-index", folder)) for name, folder in zip(*folders, strict=True)]
    if not path:
        return () if kind == "seed-index" else tuple(trail)
    if kind in ("seed-doc", "seed-sub"):
        trail.append((path.rpartition("/")[2], PageRef("seed-index", path)))
    return tuple(trail)


def _docs(contents: Contents, path: str) -> Iterator[Block]:
    """``F_docs.md``."""
    file = contents.atlas.files[path]
    record = file.record
    yield Paragraph(
        (Link("Keywords", PageRef("seed-kw", path)), " · ", Link("page", PageRef("file", path)), " · ", Link("source", SourceRef(path)))
    )
    yield Heading(2, ("File Metadata",), "file-metadata")
    suffix = PurePosixPath(path).suffix
    rows: list[tuple[tuple[Inline, ...], ...]] = [
        (("Path",), (Code(path),)),
        (("Size",), (counted(file.size, "byte"),)),
        (("Type",), (file_kind(file),)),
    ]
    rows += [(("Extension",), (Code(suffix),))] if suffix else []
    rows += [(("Labels",), (", ".join(file.labels),))] if file.labels else []
    yield Table(("Fact", "Value"), tuple(rows))
    if file.entry.kind != "file":
        yield from summary(contents, file)
    if record is not None and says(file):
        yield Heading(2, ("File Purpose",), "file-purpose")
        yield from _purpose(file)
    if file.entry.kind == "file" and file.scan.content == "text":
        last = file.scan.counts.lines
        yield Heading(2, ("Original Source",), "original-source")
        yield Paragraph((Link(path, SourceRef(path, 1 if last else 0, last), code=True), f": {counted(last, 'line')}"))
    if record is None:
        yield from _related(contents, path)
        return
    if record.symbols:
        yield Heading(2, ("High-Level Overview",), "high-level-overview")
        yield Paragraph((f"{kinds_counted(record.symbols)}.",))
    yield from outline(path, record)
    yield from references_section(contents, path)
    yield from symbols_section(contents, file, "seed-docs")
    yield from _architecture(contents, path)
    yield from dependencies(contents, path)
    yield from _patterns(file)
    rest: list[Block] = []
    yield from tests_section(contents, path, rest)
    yield from parse_quality(path, record)
    yield from _related(contents, path)
    yield from rest


def _purpose(file: SourceFile) -> Iterator[Block]:
    record = file.record
    assert record is not None
    document = record.document
    if record.doc or document is None:
        yield from documentation(record.doc, file.path, record.doc_line or 1, record.doc_end, file.language)
    else:
        yield Prose(document.summary or document.title)
        yield Paragraph(("From line ", source_link(file.path, document.summary_line if document.summary else document.title_line), "."))


def _architecture(contents: Contents, path: str) -> Iterator[Block]:
    """Which types derive from which, and which definitions belong to declarations elsewhere."""
    edges = [e for e in contents.atlas.edges_from.get(path, ()) if e.kind in SYMBOL_EDGES and e.source_symbol >= 0]
    if edges:
        words = {"base": "derives from", "override": "overrides", "definition": "defines what is declared as"}
        yield Heading(2, ("Architecture & Design",), "architecture--design")
        yield Bullets(tuple(
            (Code(contents.qualified(path, e.source_symbol)), f" {words[e.kind]} ",
             _target(contents, e),
             ", line ", source_link(path, e.line)) for e in edges
        ))  # fmt: skip


def _target(contents: Contents, edge: Edge) -> Link:
    if edge.target_symbol < 0:
        return link_to(edge.target)
    return Link(contents.qualified(edge.target, edge.target_symbol), contents.symbol_ref(edge.target, edge.target_symbol), code=True)


def _patterns(file: SourceFile) -> Iterator[Block]:
    """Decorators and macro calls, each with its lines."""
    assert file.record is not None
    found: dict[str, list[int]] = defaultdict(list)
    for symbol in file.record.symbols:
        for decorator in symbol.decorators:
            found[decorator].append(symbol.line)
        if symbol.kind == "macro_call":
            found[symbol.name].append(symbol.line)
    if found:
        yield Heading(2, ("Code Patterns",), "code-patterns")
        yield bullets((Code(name), f", {counted(len(at), 'time')}: lines " if len(at) > 1 else ", line ",
                       *joined([(source_link(file.path, n),) for n in at])) for name, at in sorted(found.items()))  # fmt: skip


def _related(contents: Contents, path: str) -> Iterator[Block]:
    rest: list[Block] = []
    yield from used_by(contents, path, rest)
    folder = path.rpartition("/")[0]
    names = contents.atlas.folders[folder].files
    near = {e.target for e in contents.atlas.edges_from.get(path, ())} | {e.source for e in contents.atlas.edges_to.get(path, ())}
    related = [n for n in names if f"{folder}/{n}".lstrip("/") in near - {path}]
    if related:
        yield Heading(2, ("Related Files",), "related-files")
        yield Paragraph(("Files of this folder that it depends on, or that depend on it:",))
        yield bullets((Link(n, PageRef("seed-docs", f"{folder}/{n}".lstrip("/")), code=True),) for n in related)
    yield from rest


def _keywords(contents: Contents, path: str) -> Iterator[Block]:
    """``F_kw.md``."""
    yield Paragraph((Link("Documentation", PageRef("seed-docs", path)), " · ", Link("source", SourceRef(path))))
    symbols, anchors = contents.symbols(path), contents.anchors(path)
    groups: dict[str, list[int]] = defaultdict(list)
    for number, symbol in enumerate(symbols):
        if symbol.name:
            groups[symbol.kind].append(number)
    for kind in KINDS:
        if groups[kind]:
            yield Heading(2, (KINDS[kind].capitalize(),), KINDS[kind].replace(" ", "-"))
            yield bullets(
                (Link(symbols[i].name, PageRef("seed-docs", path, anchors[i]), code=True), ", line ", source_link(path, symbols[i].line))
                for i in sorted(groups[kind], key=lambda i: (symbols[i].name.lower(), symbols[i].name, i))
            )
    imports = stated_imports(contents.atlas.files[path].record)
    if imports:
        yield Heading(2, ("Imports",), "imports")
        yield bullets((Code("." * i.level + i.target), ", line ", source_link(path, i.line)) for i in imports)


def _index(contents: Contents, path: str) -> Iterator[Block]:
    """``index.md``."""
    folder = contents.atlas.folders[path]
    links = [
        (Link("Documentation", PageRef("seed-doc", path)),),
        (Link("subtree keywords", PageRef("seed-sub", path)),),
        (Link("page", PageRef("folder", path)),),
    ]
    if path:
        links.append((Link("folder above", PageRef("seed-index", path.rpartition("/")[0])),))
    yield Paragraph(joined(links, " · "))
    prefix = f"{path}/" if path else ""
    if folder.folders:
        yield Heading(2, ("Subfolders",), "subfolders")
        rows = [(prefix + n, n) for n in folder.folders]
        yield Table(("Folder", "Description"), tuple(
            ((Link(n, PageRef("seed-index", p), code=True),), said_line(first_sentence(folder_says(contents, p)))) for p, n in rows
        ))  # fmt: skip
    if folder.files:
        yield Heading(2, ("Files",), "files")
        yield Table(("File", "Description", "Documentation", "Keywords"), tuple(
            ((Link(n, SourceRef(prefix + n), code=True),), said_line(first_sentence(says(contents.atlas.files[prefix + n]))),
             (Link("docs", PageRef("seed-docs", prefix + n)),), (Link("keywords", PageRef("seed-kw", prefix + n)),)) for n in folder.files
        ))  # fmt: skip


def _doc(contents: Contents, path: str) -> Iterator[Block]:
    """``doc.md``."""
    folder = contents.atlas.folders[path]
    yield Paragraph((Link("Index", PageRef("seed-index", path)), " · ", Link("subtree keywords", PageRef("seed-sub", path))))
    where = describes(contents, path)
    if where:
        yield Heading(2, ("Purpose",), "purpose")
        yield Prose(says(contents.atlas.files[where]))
        yield Paragraph(("From ", link_to(where), "."))
    prefix = f"{path}/" if path else ""
    if folder.files:
        suffixes = Counter(PurePosixPath(n).suffix or n for n in folder.files)
        yield Heading(2, ("Contents",), "contents")
        yield Paragraph((f"{counted(len(folder.files), 'file')} in this folder, {counted(folder.total_files, 'file')} with those below:",))
        yield Table(("Suffix", "Files"), tuple(((Code(s),), (f"{n:,}",)) for s, n in sorted(suffixes.items(), key=lambda c: (-c[1], c[0]))))
    top = contents.folders.top(path)
    if top:
        yield Heading(2, ("Key Files",), "key-files")
        yield Table(("File", "Used by"), tuple(
            ((Link(p[len(prefix) :], PageRef("seed-docs", p), code=True),), (counted(contents.folders.users[p], "file"),)) for p in top
        ))  # fmt: skip
    yield from neighbour_sections(contents, path)


def _sub(contents: Contents, path: str) -> Iterator[Block]:
    """``sub.md``."""
    folder = contents.atlas.folders[path]
    yield Paragraph((Link("Index", PageRef("seed-index", path)), " · ", Link("documentation", PageRef("seed-doc", path))))
    if folder.folders:
        yield Heading(2, ("Below",), "below")
        yield bullets(
            (Link(n, PageRef("seed-sub", f"{path}/{n}".lstrip("/")), code=True), ": ",
             counted(contents.atlas.folders[f"{path}/{n}".lstrip("/")].total_files, "file")) for n in folder.folders
        )  # fmt: skip
    found = list(chain.from_iterable(entries(contents, path).values()))
    if found:
        yield Heading(2, ("Keywords",), "keywords")
        yield Paragraph((f"{counted(len(found), 'entry', 'entries')}:",))
        yield Index(found)
