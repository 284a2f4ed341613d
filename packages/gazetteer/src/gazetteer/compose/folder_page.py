"""The page of a folder: what its own README or package says, its files, its subfolders, its place among the others; and of the root."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..atlas import Folder
from ..document import Block, Code, Details, Heading, Line, Link, Page, PageRef, Paragraph, SourceRef, Table
from ..names import counted, shown_path
from .common import DESCRIBING, folder_link, language_title, said_line, says, trail_to
from .folders import Neighbour
from .root import root_sections
from .symbols import documentation

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["describes", "file_rows", "folder_page", "folder_says", "neighbour_sections"]

_FEW = 15
#: So many languages of a folder are named.
_LANGUAGES = 3


def folder_page(contents: Contents, path: str) -> Page:
    """The page of the folder at `path`; of the root where it is empty."""
    atlas = contents.atlas
    folder = atlas.folders[path]
    prefix = f"{path}/" if path else ""
    size = f"{counted(folder.total_files, 'file')}, {counted(folder.total_lines, 'line')}"
    blocks: list[Block] = [Paragraph((size, " below this folder." if folder.folders else "."))] if folder.total_files else []
    licence = atlas.licences.get(path)
    if licence is not None:
        where = Link(f"{shown_path(licence.path)}:{licence.line}", SourceRef(licence.path, licence.line))
        blocks.append(Paragraph(("License ", Code(licence.text), " (text-match, ", where, ").")))
    blocks += _purpose(contents, path)
    if folder.folders:
        blocks += [Heading(2, ("Folders",), "folders"), Table(("Folder", "Files", "Lines", "Most lines in", "About"), tuple(
            _folder_row(contents, prefix + name) for name in folder.folders
        ))]  # fmt: skip
    if folder.files:
        blocks += [Heading(2, ("Files",), "files"), Table(("File", "Kind", "Lines", "About", "Declares"), file_rows(contents, path))]
    if any(contents.has_symbols(prefix + name) for name in folder.files):
        blocks.append(Paragraph((Link("Keyword index of these files", PageRef("symbols", path)),)))
    blocks += _most_depended_on(contents, path)
    blocks += neighbour_sections(contents, path) if path else root_sections(contents)
    return Page(PageRef("folder", path), shown_path(folder.name) if path else atlas.name, trail_to(atlas, path), tuple(blocks))


def _folder_row(contents: Contents, path: str) -> tuple[Line, ...]:
    folder = contents.atlas.folders[path]
    return (
        (folder_link(path, f"{folder.name}/"),), (f"{folder.total_files:,}",), (f"{folder.total_lines:,}",),
        (_most_lines_in(folder),), said_line(_about(contents, path)),
    )  # fmt: skip


def _most_lines_in(folder: Folder) -> str:
    """The languages of at least a tenth of the lines below a folder, three at most, and whether there are others of as many.

    Examples
    --------
    >>> _most_lines_in(Folder("a", total_lines=100, languages={"python": 20, "cpp": 75, "bash": 5}))
    'C++, Python'
    """
    counts = Counter[str]()
    for language, lines in folder.languages.items():
        counts[language_title(language)] += lines
    found = sorted([(-lines, title) for title, lines in counts.items() if 0 < folder.total_lines <= 10 * lines])
    return ", ".join([*[title for _, title in found[:_LANGUAGES]], *["…"][: len(found) > _LANGUAGES]])


def _about(contents: Contents, path: str) -> str:
    brief = contents.brief(describes(contents, path))
    return brief.about if brief is not None else ""


def file_rows(contents: Contents, path: str) -> tuple[tuple[Line, ...], ...]:
    """A row for each file that lies directly in a folder."""
    prefix = f"{path}/" if path else ""
    return tuple(_row(contents, prefix + name) for name in contents.atlas.folders[path].files)


def _row(contents: Contents, path: str) -> tuple[Line, ...]:
    file, brief = contents.atlas.files[path], contents.brief(path)
    assert brief is not None
    labels = f" ({', '.join(file.labels)})" if file.labels else ""
    return (
        (Link(shown_path(path.rpartition("/")[2]), PageRef("file", path), code=True),),
        (brief.kind + labels,),
        (f"{brief.lines:,}",) if brief.lines else (),
        said_line(brief.about),
        tuple([Code(piece) if number % 2 else piece for number, piece in enumerate(brief.declares)]),
    )


def describes(contents: Contents, path: str) -> str:
    """The file in which a folder says what it is, or an empty text."""
    prefix = f"{path}/" if path else ""
    briefs = ((prefix + name, contents.brief(prefix + name)) for name in DESCRIBING)
    return next((name for name, brief in briefs if brief is not None and brief.says), "")


def folder_says(contents: Contents, path: str) -> str:
    """What a folder says of itself."""
    return says(contents.atlas.files.get(describes(contents, path)))


def _purpose(contents: Contents, path: str) -> Iterator[Block]:
    where = describes(contents, path)
    file = contents.atlas.files[where] if where else None
    if file is None or says(file) == (contents.atlas.folders[path].name if path else contents.atlas.name):  # the heading says that
        return
    record = file.record
    assert record is not None
    document = record.document
    line, end = record.doc_line, record.doc_end
    if not record.doc and document is not None:
        line = end = document.summary_line if document.summary else document.title_line
    yield from documentation(says(file), where, line or 1, end, file.language)


def _most_depended_on(contents: Contents, path: str) -> Iterator[Block]:
    found = contents.folders.top(path)
    if len(found) < 3:
        return
    prefix = len(path) + 1 if path else 0
    yield Heading(2, ("Most depended on",), "most-depended-on")
    # How many files these are, the page of the root says: here, each one that comes or goes would change the pages of all folders.
    yield Paragraph(("The first ", f"{len(found)} by ", Code("PageRank"), " over the dependencies of all files, tests last:"))
    users = contents.folders.users
    yield Table(("File", "Used by"), tuple(
        ((Link(shown_path(p[prefix:]), PageRef("file", p), code=True),), (Link(counted(users[p], "file"), PageRef("file", p, "used-by")),))
        for p in found
    ))  # fmt: skip


def neighbour_sections(contents: Contents, path: str) -> Iterator[Block]:
    """Other folders that this one depends on, and that depend on it."""
    for title, anchor, found, head in (
        ("Depends on", "depends-on", contents.folders.depends_on(path), ("Folder", "Files there", "Depended on by files here")),
        ("Used by", "used-by", contents.folders.used_by(path), ("Folder", "Files there", "Depend on files here")),
    ):
        if found:
            yield Heading(2, (title,), anchor)
            yield Paragraph((f"{counted(len(found), 'folder')} outside of this one:",))
            yield Table(head, tuple(map(_neighbour, found[:_FEW])))
            if found[_FEW:]:
                yield Details((f"{len(found) - _FEW:,} more",), (Table(head, tuple(map(_neighbour, found[_FEW:]))),))


def _neighbour(found: Neighbour) -> tuple[Line, ...]:
    link = folder_link(found.folder) if found.folder else folder_link("", "the root")
    return (link,), (f"{found.there:,}",), (f"{found.here:,}",)
