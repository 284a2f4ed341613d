"""What the page of the root has besides: languages with how well they were read, entry points, licenses, what was left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..document import Block, Bullets, Code, Details, Heading, Line, Link, PageRef, Paragraph, Table
from ..gather import SourceFile
from .brief import Brief
from .common import bullets, counted, joined, link_to, source_link
from .programs import declared_programs

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["root_sections"]

_FEW = 20
_LICENSES = ("license", "licence", "copying", "notice", "unlicense")


def root_sections(contents: Contents) -> Iterator[Block]:
    """The sections, each where it has facts."""
    files = list(contents.atlas.files.values())
    yield from _languages(contents, files)
    yield from _entry_points(contents, files)
    yield from _licenses(contents, files)
    yield from _labels(contents, files)
    if contents.shard_sizes:
        yield Heading(2, ("Keywords",), "keywords")
        yield Paragraph(
            (
                Link("Keyword index of the whole tree", PageRef("shard", "")),
                f": {counted(sum(n for _, n in contents.shard_sizes.values()), 'entry', 'entries')}.",
            )
        )


def _languages(contents: Contents, files: list[SourceFile]) -> Iterator[Block]:
    groups: dict[str, list[Brief]] = defaultdict(list)
    for file in files:
        brief = contents.brief(file.path)
        assert brief is not None
        groups[brief.kind[:1].upper() + brief.kind[1:]].append(brief)
    if not groups:
        return
    yield Heading(2, ("Languages",), "languages")
    rows = [_language(name, groups[name]) for name in sorted(groups, key=lambda n: (-sum(b.lines for b in groups[n]), -len(groups[n]), n))]
    yield Table(("Language", "Files", "Lines", "Symbols", "Read by a parser", "Without syntax errors"), tuple(rows))


def _language(name: str, files: list[Brief]) -> tuple[Line, ...]:
    parsed, whole = sum(b.parsed for b in files), sum(b.whole for b in files)
    lines, symbols = sum(b.lines for b in files), sum(b.symbols for b in files)
    share = f"{whole:,} ({100 * whole / parsed:.1f} %)" if parsed else ""
    return tuple((text,) if text else () for text in (
        name, f"{len(files):,}", f"{lines:,}" if lines else "", f"{symbols:,}" if symbols else "", f"{parsed:,}" if parsed else "", share,
    ))  # fmt: skip


def _entry_points(contents: Contents, files: list[SourceFile]) -> Iterator[Block]:
    """Where programs begin: what manifests declare, functions called ``main``, modules that run, executable files."""
    found: list[tuple[str, Line]] = []
    for file in files:
        if "test" in file.labels or "vendored" in file.labels:
            continue
        name = file.path.rpartition("/")[2]
        found += [(file.path, line) for line in declared_programs(contents, file)]
        brief = contents.brief(file.path)
        assert brief is not None
        for index in brief.mains:
            symbol = contents.symbols(file.path)[index]
            found.append((file.path, (Link(symbol.signature or symbol.name, contents.symbol_ref(file.path, index), code=True), " in ",
                                      link_to(file.path), ", line ", source_link(file.path, symbol.line))))  # fmt: skip
        if name == "__main__.py":
            found.append((file.path, (link_to(file.path), ": what ", Code(f"python -m {_module(contents, file.path)}"), " runs")))
        elif brief.runs:
            found.append(
                (
                    file.path,
                    (link_to(file.path), ": executable, run by ", Code(brief.runs), " (line ", source_link(file.path, 1), ")"),
                )
            )
    if not found:
        return
    yield Heading(2, ("Entry points",), "entry-points")
    yield Paragraph((f"{counted(len(found), 'entry point')} outside of tests and vendored files:",))
    lines = [line for _, line in found]
    yield bullets(lines[:_FEW])
    if lines[_FEW:]:
        yield Details((f"{len(lines) - _FEW:,} more",), (bullets(lines[_FEW:]),))


def _module(contents: Contents, path: str) -> str:
    """What Python calls the package around a file; a folder that is none is run by its own name."""
    folder, _, name = path.rpartition("/")[0].rpartition("/")
    while folder and f"{folder}/__init__.py" in contents.atlas.files:
        folder, _, above = folder.rpartition("/")
        name = f"{above}.{name}"
    return name or "."


def _licenses(contents: Contents, files: list[SourceFile]) -> Iterator[Block]:
    briefs = [contents.brief(f.path) for f in files]
    counts = Counter(b.license for b in briefs if b is not None and b.license)
    texts = [f.path for f in files if "/" not in f.path and f.path.lower().startswith(_LICENSES) and f.entry.kind == "file"]
    if not counts and not texts:
        return
    yield Heading(2, ("Licenses",), "licenses")
    if texts:
        yield Paragraph(joined([(link_to(p),) for p in texts]))
    if counts:
        yield Table(
            ("SPDX identifier", "Files"),
            tuple(((Code(name),), (f"{n:,}",)) for name, n in sorted(counts.items(), key=lambda c: (-c[1], c[0]))),
        )


def _labels(contents: Contents, files: list[SourceFile]) -> Iterator[Block]:
    """How many files have each label, and how many were not read whole."""
    labels = Counter(label for f in files for label in f.labels)
    left = [(f.path, b.left) for f in files if (b := contents.brief(f.path)) is not None and b.left]
    if labels:
        yield Heading(2, ("Labels",), "labels")
        yield Bullets(tuple((f"{label}: {counted(n, 'file')}",) for label, n in sorted(labels.items())))
    if left:
        yield Heading(2, ("Not read whole",), "not-read-whole")
        yield Paragraph((f"{counted(len(left), 'file')}:",))
        yield bullets((link_to(path), ": ", "; ".join(why)) for path, why in left)
