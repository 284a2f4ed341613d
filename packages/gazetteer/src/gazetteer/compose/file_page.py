"""The page of one file: what it is, what it says of itself, what it depends on and who depends on it, its symbols, its tests."""

from __future__ import annotations

import functools
import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

from ..atlas import Edge, Missing, depending, is_stated
from ..document import (
    Block,
    Code,
    Heading,
    Inline,
    Line,
    Link,
    Page,
    PageRef,
    Paragraph,
    Prose,
    SourceRef,
    Statement,
    Statements,
    Strong,
    Table,
    Uses,
)  # fmt: skip
from ..gather import SourceFile
from ..model import FileRecord, Import, Note
from ..names import counted, shown_path
from .common import bullets, capitalised, file_kind, folder_link, joined, link_to, source_link, stated_imports, trail_to
from .handed import handed_section
from .references import MANY, found_by, references_section, uses_of
from .symbols import documentation, symbols_section

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["dependencies", "file_page", "linked", "outline", "parse_quality", "summary", "tests_section", "used_by"]

#: So many of the names that a test mentions are written out.
_NAMES = 8
#: Patterns of tests in so many characters are written out.
_SHORT = 60
#: What the two columns of declared values are, where they are not keys and values.
_VALUES = {
    "codeowners": ("Pattern", "Owners"), "gitattributes": ("Pattern", "Attributes"), "dockerfile": ("Instruction", "Value"),
    "solution": ("Project", "Path"),
}  # fmt: skip


def file_page(contents: Contents, path: str) -> Page:
    """The page of the file at `path`."""
    file = contents.atlas.files[path]
    record = file.record
    blocks: list[Block] = [*summary(contents, file), *_notes(file)]
    rest: list[Block] = []
    if record is not None:
        blocks += _says(file, record)
        blocks += dependencies(contents, path)
    blocks += used_by(contents, path, rest)
    blocks += linked(contents, path, rest)
    if record is not None:
        blocks += outline(path, record)
        blocks += references_section(contents, path)
        blocks += handed_section(contents, path)
        blocks += symbols_section(contents, file)
        blocks += tests_section(contents, path, rest)
        blocks += parse_quality(path, record)
    return Page(PageRef("file", path), shown_path(path.rpartition("/")[2]), trail_to(contents.atlas, path), (*blocks, *rest))


def summary(contents: Contents, file: SourceFile) -> Iterator[Block]:
    """What sort of file it is, how large, and which labels it has."""
    entry, counts = file.entry, file.scan.counts
    if entry.kind == "symlink":
        yield Paragraph((Strong("Symbolic link"), " to ", *_symlink(contents, file.path, entry.target), "; it is not followed."))
        return
    if entry.kind != "file":
        words = {
            "submodule": "another repository; what it holds is not read", "special": "neither a file nor a folder: it is not opened",
            "unreadable": "its permissions let nobody read it here" if entry.why in ("", "permission denied") else entry.why,
        }  # fmt: skip
        yield Paragraph((Strong(file_kind(file).capitalize()), f": {words.get(entry.kind, entry.kind)}."))
        return
    line: list[Inline] = [Strong(capitalised(file_kind(file)))]
    if counts.lines:
        comment = file.record.counts.comment if file.record is not None else counts.comment
        apart = [f"{n:,} {what}" for n, what in ((comment, "of comments"), (counts.blank, "blank")) if n]
        line.append(f" · {counted(counts.lines, 'line')}" + (f" ({', '.join(apart)})" if apart else ""))
    line.append(f" · {counted(file.size, 'byte')}")
    if entry.executable:
        line.append(" · executable")
    line += _labelled(file)
    if file.record is not None and file.record.license:
        line += [" · license ", Code(file.record.license), *_licensed(file)]
    owner = contents.atlas.owners.get(file.path)
    if owner is not None:
        line += [" · owners ", Code(owner.text), *_declared(owner.path, owner.line)]
    yield Paragraph((*line, " · ", Link("source", SourceRef(file.path))))


def _labelled(file: SourceFile) -> Iterator[Inline]:
    """The labels of a file, each with what says that it is right."""
    for reason in file.reasons:
        yield f" · {reason.label}"
        if reason.path and reason.line:
            yield from (" (", Link(f"{shown_path(reason.path.rpartition('/')[2])}:{reason.line}", SourceRef(reason.path, reason.line)), ")")
        elif reason.text:
            yield f" ({reason.text})"


def _declared(path: str, line: int) -> tuple[Inline, ...]:
    return " (declared in ", Link(f"{shown_path(path)}:{line}", SourceRef(path, line)), ")"


def _licensed(file: SourceFile) -> tuple[Inline, ...]:
    """Where the licence of a file stands; the text of one is known by its words."""
    line = file.record.license_line if file.record is not None else 0
    if file.language != "license":
        return _declared(file.path, line)
    return " (text-match, ", Link(f"{shown_path(file.path)}:{line}", SourceRef(file.path, line)), ")"


def _symlink(contents: Contents, path: str, target: str) -> Line:
    there = posixpath.normpath(posixpath.join(path.rpartition("/")[0], target)) if target and not target.startswith("/") else ""
    if there in contents.atlas.files:
        return (Link(shown_path(target), PageRef("file", there), code=True),)
    if there in contents.atlas.folders and there not in ("", "."):
        return (folder_link(there, target),)
    return (Code(shown_path(target)),)


def _notes(file: SourceFile) -> Iterator[Block]:
    notes = dict.fromkeys((*file.scan.notes, *(file.record.notes if file.record is not None else ())))
    if notes:
        yield bullets(map(functools.partial(_note, file.path), notes))


def _note(path: str, note: Note) -> Line:
    where: tuple[Inline, ...] = (", line ", source_link(path, note.line)) if note.line else ()
    return Strong("Left out" if note.code.startswith("too-") else "Note"), f": {note.text}", *where


def _says(file: SourceFile, record: FileRecord) -> Iterator[Block]:
    if record.doc:
        yield from documentation(record.doc, file.path, record.doc_line or 1, record.doc_end, file.language)
    document = record.document
    if document is None:
        return
    if document.title:
        yield Paragraph((Strong(document.title), " (line ", source_link(file.path, document.title_line), ")"))
    if document.summary:
        yield Prose(document.summary)
        yield Paragraph(("From line ", source_link(file.path, document.summary_line), "."))


def dependencies(contents: Contents, path: str) -> Iterator[Block]:
    """Each statement that brings something in, and the file of this tree that it means."""
    edges = depending(contents.atlas.edges_from.get(path, ()))
    missing = [m for m in contents.atlas.missing.get(path, ()) if m.kind != "link"]
    stated, followed = [e for e in edges if is_stated(e)], [e for e in edges if not is_stated(e)]
    seen = {e.line for e in stated} | {m.line for m in missing}
    others = [i for i in stated_imports(contents.atlas.files[path].record) if i.line not in seen]
    if not edges and not missing and not others:
        return
    yield Heading(2, ("Depends on",), "depends-on")
    files = len({e.target for e in edges})
    rows = [*_stated(stated, missing), *_followed(followed), *map(_not_resolved, others)]
    yield Paragraph((f"{counted(len(rows), 'row')}" + (f", {counted(files, 'file')} of this tree:" if files else ":"),))
    yield _statements(path, "Statement", rows)


#: A statement, and what it is sorted by.
_Sorted = tuple[int, str, Statement]


def _stated(edges: Iterable[Edge], missing: Iterable[Missing]) -> Iterator[_Sorted]:
    """A row for each edge, and for each name to which none leads."""
    for edge in edges:
        yield edge.line, edge.text, _of_edge(edge)
    for none in missing:
        yield none.line, none.text, Statement(none.line, none.line, none.text, said=_why(none))


def _followed(edges: Iterable[Edge]) -> Iterator[_Sorted]:
    """A row for each file that no statement names, with the first line from which it follows that this one depends on it."""
    by_file: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        by_file[edge.target].append(edge)
    for some in by_file.values():
        first, lines = some[0], len({e.line for e in some})
        more = f" and {counted(lines - 1, 'line')} more" if lines > 1 else ""
        yield first.line, first.text, Statement(first.line, first.line, first.text, first.target, said=(f"{found_by(*some)}{more}",))


def _statements(path: str, what: str, rows: Iterable[_Sorted]) -> Statements:
    """Statements in order; without a column for files where each has its own, and there is nothing else to say."""
    ordered = [row for *_, row in sorted(rows, key=itemgetter(0, 1))]
    head = ("Line", what, "File")
    return Statements(path, head[:2] if all(row.has_path and not row.said for row in ordered) else head, ordered)


def _not_resolved(statement: Import) -> _Sorted:
    """A row for a statement of which nobody knows what it leads to: one with a variable in it, or of a stage of the same file."""
    line, end = statement.line, max(statement.end_line, statement.line)
    return line, statement.target, Statement(line, end, _written(statement), said=("not resolved",))


def _written(statement: Import) -> str:
    names = ", ".join(n.name + (f" as {n.alias}" if n.alias else "") for n in statement.names)
    target = "." * statement.level + statement.target
    if statement.kind in ("include", "include_system"):
        return f"#include <{target}>" if statement.kind == "include_system" else f'#include "{target}"'
    text = f"{statement.kind.replace('_', ' ')} {target}" + (f" as {statement.alias}" if statement.alias else "")
    return f"{text}: {names}" if names else text


def _of_edge(edge: Edge) -> Statement:
    """A file is not named twice: where the statement has its whole path, as most of C, C++ and Python do, it is the link itself."""
    target, how = edge.target, found_by(edge)
    has_path = edge.text.endswith((f"<{target}>", f'"{target}"')) or _has_module(edge.text, target)
    return Statement(edge.line, edge.line, edge.text, target, has_path, (how,) if how else ())


def _has_module(text: str, target: str) -> bool:
    """Whether a statement names the module of a file of Python from the root of the tree on.

    Examples
    --------
    >>> _has_module("from shop.cart import Cart", "shop/cart.py"), _has_module("import shop as s", "shop/__init__.py")
    (True, True)
    >>> _has_module("from shop import cart", "shop/cart.py"), _has_module("from .cart import Cart", "shop/cart.py")
    (False, False)
    """
    if not target.endswith(".py"):
        return False
    module = target.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return f" {module} " in f"{text} "


def _why(missing: Missing) -> Line:
    """Why nothing was found, or not one file alone."""
    if missing.why == "outside":
        return ("not in this tree",)
    if missing.why == "ambiguous":
        of_others = (f" or one of {missing.more:,} others",) if missing.more else ()
        return ("ambiguous: ", *joined([(link_to(c),) for c in missing.candidates], " or "), *of_others)
    return (missing.why,)


def used_by(contents: Contents, path: str, rest: list[Block]) -> Iterator[Block]:
    """The files that depend on this one, those that most others lean on first; what is too long for its place goes to `rest`."""
    edges = depending(contents.atlas.edges_to.get(path, ()))
    yield from _sources(contents, edges, "Used by", "used-by", rest)


def linked(contents: Contents, path: str, rest: list[Block]) -> Iterator[Block]:
    """Links of a document to files of this tree, and the documents that link to this file."""
    edges = [e for e in contents.atlas.edges_from.get(path, ()) if e.kind == "link"]
    missing = [m for m in contents.atlas.missing.get(path, ()) if m.kind == "link"]
    if edges or missing:
        yield Heading(2, ("Links to",), "links-to")
        yield Paragraph((f"{counted(len(edges) + len(missing), 'link')}:",))
        yield _statements(path, "Link", _stated(edges, missing))
    back = [e for e in contents.atlas.edges_to.get(path, ()) if e.kind == "link"]
    yield from _sources(contents, back, "Linked from", "linked-from", rest)


def _sources(contents: Contents, edges: list[Edge], title: str, anchor: str, rest: list[Block]) -> Iterator[Block]:
    if not edges:
        return
    rows = uses_of(contents, edges)
    yield Heading(2, (title,), anchor)
    if len(rows) <= MANY + 20:
        yield Paragraph((f"{counted(len(rows), 'file')}:",))
        yield Uses(rows)
        return
    more = f"{anchor}-continued"
    here = PageRef("file", edges[0].target, more)
    others = Link(f"the other {len(rows) - MANY:,}", here)
    yield Paragraph((f"{counted(len(rows), 'file')}; here are the {MANY} that most others lean on, ", others, " follow at the end:"))
    yield Uses(rows[:MANY])
    rest += [Heading(2, (f"{title}, continued",), more), Uses(rows[MANY:])]


def outline(path: str, record: FileRecord) -> Iterator[Block]:
    """Headings of a document, top-level keys of structured text, and what a manifest declares."""
    document = record.document
    if document is not None and len(document.headings) > 1:
        yield Heading(2, ("Outline",), "outline")
        yield Table(("Line", "Level", "Heading"), tuple(
            ((source_link(path, h.line),), (str(h.level),), (h.text,)) for h in document.headings
        ))  # fmt: skip
    if record.keys:
        yield Heading(2, ("Keys",), "keys")
        yield Paragraph((f"{counted(len(record.keys), 'key')}:",))
        yield Table(("Line", "Key"), tuple(((source_link(path, line),), (Code(key),)) for key, line in record.keys))
    if record.values:
        yield Heading(2, ("Declared",), "declared")
        yield Paragraph((f"{counted(len(record.values), 'value')}:",))
        yield Table((("Line", *_VALUES.get(record.language, ("Key", "Value")))), tuple(
            ((source_link(path, line),), (Code(key),), (Code(value),) if value else ()) for key, value, line in record.values
        ))  # fmt: skip


def tests_section(contents: Contents, path: str, rest: list[Block]) -> Iterator[Block]:
    """The tests that mention what the file defines; where there are none, what was searched."""
    search = contents.atlas.tests.get(path)
    if search is None or not search.searched:
        return
    yield Heading(2, ("Tests that mention it",), "tests-that-mention-it")
    if not search.found:
        # The page of the root says which names are looked for, and has long patterns, once for all.
        where: Line = () if len(search.where) > _SHORT else (" (", *_patterns(search.where), ")")
        rule = Link("looked for", PageRef("folder", "", "tests"))
        yield Paragraph(("No test mentions a name of it that is ", rule, f": {counted(search.searched, 'file')} searched", *where, "."))
        return
    yield Paragraph((f"{counted(len(search.found), 'test')} of {search.searched:,}, by text-match:",))
    lines = [_test(test, names) for test, names in search.found]
    if len(lines) <= MANY + 20:
        yield bullets(lines)
        return
    others = Link(f"the other {len(lines) - MANY:,}", PageRef("file", path, "tests-continued"))
    yield bullets(lines[:MANY])
    yield Paragraph((f"These are the {MANY} that mention most of its names; ", others, " follow at the end."))
    rest += [Heading(2, ("Tests that mention it, continued",), "tests-continued"), bullets(lines[MANY:])]


def _test(test: str, names: tuple[str, ...]) -> Line:
    more = f" and {counted(len(names) - _NAMES, 'name')} more" if len(names) > _NAMES else ""
    return link_to(test), ": ", *joined([(Code(n),) for n in names[:_NAMES]]), more


def _patterns(where: str) -> list[Inline]:
    return joined([(Code(pattern),) for pattern in where.split(", ")])


def parse_quality(path: str, record: FileRecord) -> Iterator[Block]:
    """Where the parser did not understand the file; nothing where it understood all of it."""
    quality = record.quality
    if not quality.error_bytes and not quality.missing:
        return
    yield Heading(2, ("Parse quality",), "parse-quality")
    said = []
    if quality.error_bytes:
        of = record.counts.bytes
        share = 100 * quality.error_bytes / max(record.counts.bytes, 1)
        said.append(f"{counted(quality.error_bytes, 'byte')} of {of:,} ({share:.2f} %) are syntax that the parser did not understand")
    if quality.missing:
        said.append(f"{counted(quality.missing, 'token')} missing")
    places = list(dict.fromkeys((b.line, b.end_line) for b in quality.errors))
    where = joined([(source_link(path, *place),) for place in places])
    is_one = len(places) == 1 and places[0][0] == places[0][1]
    first = "at the first places, lines " if len(quality.errors) >= 50 else "at line " if is_one else "at lines "
    yield Paragraph(("; ".join(said), *(("; ", first, *where) if where else ()), "."))
    if quality.repairs:
        yield Paragraph(("Read again with: ", *joined([(r,) for r in quality.repairs]), "."))
