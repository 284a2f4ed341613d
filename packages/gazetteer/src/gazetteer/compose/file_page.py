"""The page of one file: what it is, what it says of itself, what it depends on and who depends on it, its symbols, its tests."""

from __future__ import annotations

from collections.abc import Iterator

from ..atlas import Atlas, Edge
from ..document import Anchor, Block, Code, Heading, Inline, Line, Link, Page, PageRef, Paragraph, Prose, SourceRef, Strong, Table
from ..gather import SourceFile
from ..model import FileRecord, Symbol
from ..names import printable
from .common import anchor_of, bullets, counted, first_sentence, kinds_counted, language_title, link_to, source_link, trail_to

__all__ = ["file_page"]


def file_page(atlas: Atlas, path: str) -> Page:
    """The page of the file at `path`."""
    file = atlas.files[path]
    blocks = [*_summary(file), *_notes(file)]
    record = file.record
    if record is not None:
        if record.doc:
            blocks.append(Prose(record.doc))
        if record.document is not None and record.document.summary:
            blocks.append(Prose(record.document.summary))
        blocks += _depends_on(atlas, path)
    blocks += _used_by(atlas, path)
    if record is not None:
        blocks += _symbols(path, record)
        blocks += _tests(atlas, path)
        blocks += _quality(path, record)
    return Page(PageRef("file", path), printable(path.rpartition("/")[2]), trail_to(atlas, path), tuple(blocks))


def _summary(file: SourceFile) -> Iterator[Block]:
    entry, counts = file.entry, file.scan.counts
    if entry.kind == "symlink":
        yield Paragraph(("A symbolic link to ", Code(printable(entry.target)), "; it was not followed."))
        return
    if entry.kind == "submodule":
        yield Paragraph(("Another repository (a submodule); what is in it was not read.",))
        return
    if entry.kind == "special":
        yield Paragraph(("Neither a file nor a folder; it was not opened.",))
        return
    line: list[Inline] = [Strong(language_title(file.language) if file.scan.content == "text" else file.scan.content)]
    if counts.lines:
        line.append(f" · {counted(counts.lines, 'line')}")
        if counts.comment:
            line.append(f" ({counts.comment:,} of comments, {counts.blank:,} blank)")
    line.append(f" · {counted(counts.bytes or entry.size, 'byte')}")
    line += [f" · {label}" for label in file.labels]
    if file.record is not None and file.record.license:
        line += [" · license ", Code(file.record.license)]
    yield Paragraph((*line, " · ", Link("source", SourceRef(file.path))))


def _notes(file: SourceFile) -> Iterator[Block]:
    notes = [*file.scan.notes, *(file.record.notes if file.record is not None else ())]
    if notes:
        yield bullets([
            [Strong("Left out" if n.code.startswith("too") else "Note"), f": {n.text}", *([", line ", source_link(file.path, n.line)] if n.line else [])]
            for n in notes
        ])  # fmt: skip


def _depends_on(atlas: Atlas, path: str) -> Iterator[Block]:
    edges = [e for e in atlas.edges_from.get(path, ()) if e.kind not in ("base", "definition", "override")]
    missing = atlas.missing.get(path, [])
    if not edges and not missing:
        return
    yield Heading(2, ("Depends on",), "depends-on")
    rows: list[tuple[int, tuple[Line, ...]]] = []
    for e in edges:
        rows.append((e.line, ((source_link(path, e.line),), (Code(printable(e.text)),), (link_to(e.target), *_method(e)))))
    for m in missing:
        where: tuple[Inline, ...] = (f"{m.why}",)
        if m.why == "outside":
            where = ("not in this tree",)
        elif m.why == "ambiguous":
            where = ("ambiguous: ", *[part for c in m.candidates for part in (link_to(c), " ")])
        rows.append((m.line, ((source_link(path, m.line),), (Code(printable(m.text)),), where)))
    yield Table(("Line", "Statement", "File"), tuple(row for _, row in sorted(rows, key=lambda r: r[0])))


def _method(edge: Edge) -> tuple[Inline, ...]:
    found = () if edge.method in ("parsed", "resolved") else (f" ({edge.method})",)
    return (*found, " (not always)") if edge.weak else found


def _used_by(atlas: Atlas, path: str) -> Iterator[Block]:
    edges = [e for e in atlas.edges_to.get(path, ()) if e.kind not in ("base", "definition", "override")]
    if not edges:
        return
    sources = list(dict.fromkeys(e.source for e in edges))
    yield Heading(2, ("Used by",), "used-by")
    yield Paragraph((f"{counted(len(sources), 'file')}:",))
    lines = {}
    for e in edges:
        lines.setdefault(e.source, []).append(e.line)
    yield bullets([[link_to(s), *[p for n in lines[s][:3] for p in (", line ", source_link(s, n))]] for s in sources])


def _symbols(path: str, record: FileRecord) -> Iterator[Block]:
    if not record.symbols:
        return
    yield Heading(2, ("Symbols",), "symbols")
    yield Paragraph((f"{kinds_counted(record.symbols)}.",))
    members: dict[int, list[int]] = {}
    for index, symbol in enumerate(record.symbols):
        members.setdefault(symbol.parent, []).append(index)
    yield from _group(path, record.symbols, -1, members, 3)


def _group(path: str, symbols: list[Symbol], parent: int, members: dict[int, list[int]], level: int) -> Iterator[Block]:
    """The symbols below one: those without members as a table, then each with members under its own heading."""
    own = members.get(parent, [])
    plain = [i for i in own if i not in members]
    if plain:
        yield Table(("Line", "Kind", "Declaration", "Documentation"), tuple(_row(path, symbols[i]) for i in plain))
    for i in own:
        if i in members:
            symbol = symbols[i]
            yield Heading(
                min(level, 6),
                (f"{symbol.kind} ".replace("_", " "), Code(printable(symbol.name or "(anonymous)"))),
                anchor_of(symbol),
            )
            yield Paragraph(("Lines ", source_link(path, symbol.start_line, symbol.end_line), ": ", Code(printable(symbol.signature))))
            if symbol.doc:
                yield Prose(symbol.doc)
            yield from _group(path, symbols, i, members, level + 1)


def _row(path: str, symbol: Symbol) -> tuple[Line, ...]:
    kind = symbol.kind.replace("_", " ") + (f" ({symbol.role})" if symbol.role != "definition" else "")
    return (
        (Anchor(anchor_of(symbol)), source_link(path, symbol.start_line, symbol.end_line)),
        (kind,),
        (Code(printable(symbol.signature or symbol.name)),),
        (first_sentence(symbol.doc),),
    )


def _tests(atlas: Atlas, path: str) -> Iterator[Block]:
    search = atlas.tests.get(path)
    if search is None or not search.searched:
        return
    yield Heading(2, ("Tests that mention it",), "tests")
    if not search.found:
        yield Paragraph(
            (f"No test mentions a name that is defined here; {counted(search.searched, 'file')} searched ({search.where}, …).",)
        )
        return
    yield bullets([[link_to(test), ": ", *_listed(names)] for test, names in search.found])
    yield Paragraph((f"By text-match over {counted(search.searched, 'test file')}.",))


def _listed(names: tuple[str, ...]) -> list[Inline]:
    found: list[Inline] = []
    for i, name in enumerate(names):
        found += [", "] * bool(i) + [Code(printable(name))]
    return found


def _quality(path: str, record: FileRecord) -> Iterator[Block]:
    quality = record.quality
    if not quality.error_bytes and not quality.missing:
        return
    yield Heading(2, ("Parse quality",), "parse-quality")
    share = 100 * quality.error_bytes / max(record.counts.bytes, 1)
    yield Paragraph((
        f"Not all of this file was understood: {counted(quality.error_bytes, 'byte')} ({share:.2f} %) in errors at lines ",
        *[part for block in quality.errors[:20] for part in (source_link(path, block.line, block.end_line), " ")],
    ))  # fmt: skip
