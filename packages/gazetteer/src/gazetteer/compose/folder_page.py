"""The page of a folder: what its own README or package says, its files, its subfolders."""

from __future__ import annotations

from collections.abc import Iterator

from ..atlas import Atlas
from ..document import Block, Code, Heading, Line, Link, Page, PageRef, Paragraph, Prose, SourceRef, Table
from ..names import printable
from .common import counted, first_sentence, kinds_counted, language_title, link_to, trail_to

__all__ = ["folder_page"]

_SAYS = ("README.md", "README.rst", "README", "readme.md", "__init__.py", "mod.rs", "package-info.java", "doc.go")


def folder_page(atlas: Atlas, path: str) -> Page:
    """The page of the folder at `path`; of the root where it is empty."""
    folder = atlas.folders[path]
    prefix = f"{path}/" if path else ""
    blocks: list[Block] = [
        Paragraph((f"{counted(folder.total_files, 'file')}, {counted(folder.total_lines, 'line')}.",)),
        *_purpose(atlas, prefix),
    ]
    if folder.folders:
        blocks += [Heading(2, ("Folders",), "folders"), Table(("Folder", "Files", "What it says of itself"), tuple(
            ((Link(printable(name) + "/", PageRef("folder", prefix + name), code=True),), (f"{atlas.folders[prefix + name].total_files:,}",),
             (_sentence(atlas, prefix + name + "/"),)) for name in folder.folders
        ))]  # fmt: skip
    if folder.files:
        blocks += [Heading(2, ("Files",), "files"), Table(("File", "Language", "Lines", "What it says of itself", "Symbols"), tuple(
            _row(atlas, prefix + name) for name in folder.files
        ))]  # fmt: skip
    blocks += _most_depended_on(atlas, prefix)
    title = printable(folder.name) if path else atlas.name
    return Page(PageRef("folder", path), title, trail_to(atlas, path), tuple(blocks))


def _row(atlas: Atlas, path: str) -> tuple[Line, ...]:
    file = atlas.files[path]
    record = file.record
    return (
        (Link(printable(path.rpartition("/")[2]), PageRef("file", path), code=True),),
        (
            language_title(file.language)
            if file.scan.content == "text"
            else file.scan.content
            if file.entry.kind == "file"
            else file.entry.kind,
        ),
        (f"{file.scan.counts.lines:,}",),
        (_says(atlas, path),),
        (kinds_counted([s for s in record.symbols if s.parent < 0]) if record is not None else "",),
    )


def _says(atlas: Atlas, path: str) -> str:
    record = atlas.files[path].record
    if record is None:
        return ""
    return first_sentence(record.doc or (record.document.summary if record.document is not None else ""))


def _sentence(atlas: Atlas, prefix: str) -> str:
    return next((_says(atlas, prefix + name) for name in _SAYS if prefix + name in atlas.files and _says(atlas, prefix + name)), "")


def _purpose(atlas: Atlas, prefix: str) -> Iterator[Block]:
    for name in _SAYS:
        file = atlas.files.get(prefix + name)
        if file is not None and file.record is not None:
            text = file.record.doc or (file.record.document.summary if file.record.document is not None else "")
            if text:
                yield Prose(text)
                yield Paragraph(("From ", Link(name, SourceRef(file.path), code=True), "."))
                return


def _most_depended_on(atlas: Atlas, prefix: str) -> Iterator[Block]:
    inside = [p for p in atlas.edges_to if p.startswith(prefix)]
    ranked = sorted(inside, key=lambda p: (-round(atlas.rank[p], 12), p))[:10]
    if len(inside) < 3:
        return
    yield Heading(2, ("Most depended on",), "most-depended-on")
    yield Table(("File", "Used by"), tuple(
        ((link_to(p),), (counted(len({e.source for e in atlas.edges_to[p]}), "file"),)) for p in ranked
    ))  # fmt: skip
    yield Paragraph(("By ", Code("PageRank"), f" over the dependencies of {counted(len(atlas.files), 'file')}."))
