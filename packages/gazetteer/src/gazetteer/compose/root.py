"""What the page of the root has besides: languages with how well they were read, entry points, licenses, what was left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..document import Block, Bullets, Code, Details, Heading, Line, Link, PageRef, Paragraph, Table
from ..gather import SourceFile
from ..model import Note, Symbol
from .common import bullets, counted, file_kind, joined, link_to, source_link
from .programs import declared_programs

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["root_sections"]

_FEW = 20
_LICENSES = ("license", "licence", "copying", "notice", "unlicense")


def root_sections(contents: Contents) -> Iterator[Block]:
    """The sections, each where it has facts."""
    files = list(contents.atlas.files.values())
    yield from _languages(files)
    yield from _entry_points(contents, files)
    yield from _licenses(files)
    yield from _labels(files)
    if contents.shards:
        yield Heading(2, ("Keywords",), "keywords")
        yield Paragraph(
            (
                Link("Keyword index of the whole tree", PageRef("shard", "")),
                f": {counted(sum(map(len, contents.shards.values())), 'entry', 'entries')}.",
            )
        )


def _languages(files: list[SourceFile]) -> Iterator[Block]:
    groups: dict[str, list[SourceFile]] = defaultdict(list)
    for file in files:
        groups[file_kind(file)[:1].upper() + file_kind(file)[1:]].append(file)
    if not groups:
        return
    yield Heading(2, ("Languages",), "languages")
    rows = [
        _language(name, groups[name])
        for name in sorted(groups, key=lambda n: (-sum(f.scan.counts.lines for f in groups[n]), -len(groups[n]), n))
    ]
    yield Table(("Language", "Files", "Lines", "Symbols", "Read by a parser", "Without syntax errors"), tuple(rows))


def _language(name: str, files: list[SourceFile]) -> tuple[Line, ...]:
    records = [f.record for f in files if f.record is not None]
    parsed = [r for r in records if r.quality.parser]
    whole = sum(not r.quality.error_bytes and not r.quality.missing for r in parsed)
    lines, symbols = sum(f.scan.counts.lines for f in files), sum(len(r.symbols) for r in records)
    share = f"{whole:,} ({100 * whole / len(parsed):.1f} %)" if parsed else ""
    return tuple((text,) if text else () for text in (
        name, f"{len(files):,}", f"{lines:,}" if lines else "", f"{symbols:,}" if symbols else "", f"{len(parsed):,}" if parsed else "",
        share,
    ))  # fmt: skip


def _entry_points(contents: Contents, files: list[SourceFile]) -> Iterator[Block]:
    """Where programs begin: what manifests declare, functions called ``main``, modules that run, executable files."""
    found: list[tuple[str, Line]] = []
    for file in files:
        if "test" in file.labels or "vendored" in file.labels:
            continue
        name = file.path.rpartition("/")[2]
        found += [(file.path, line) for line in declared_programs(contents, file)]
        for index, symbol in enumerate(contents.symbols(file.path)):
            if _is_main(file, symbol):
                found.append((file.path, (Link(symbol.signature or symbol.name, contents.symbol_ref(file.path, index), code=True), " in ",
                                          link_to(file.path), ", line ", source_link(file.path, symbol.line))))  # fmt: skip
        if name == "__main__.py":
            found.append((file.path, (link_to(file.path), ": what ", Code(f"python -m {_module(file.path)}"), " runs")))
        elif file.entry.executable and file.scan.shebang:
            found.append(
                (
                    file.path,
                    (link_to(file.path), ": executable, run by ", Code(file.scan.shebang), " (line ", source_link(file.path, 1), ")"),
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


def _is_main(file: SourceFile, symbol: Symbol) -> bool:
    if symbol.role != "definition" or symbol.kind not in ("function", "method"):
        return False
    if file.language in ("c", "cpp", "cuda", "go", "rust", "kotlin"):
        return symbol.name == "main" and symbol.parent < 0 and not symbol.scope and (file.language != "rust" or _is_rust_program(file.path))
    return symbol.name == {"java": "main", "csharp": "Main"}.get(file.language) and "static" in symbol.modifiers


def _is_rust_program(path: str) -> bool:
    """Whether Cargo makes a program of a file because of where it lies."""
    folder, _, name = path.rpartition("/")
    return name == "main.rs" or f"/{folder}".endswith("/src/bin")


def _module(path: str) -> str:
    return path.rpartition("/")[0].rpartition("/")[2] or "."


def _licenses(files: list[SourceFile]) -> Iterator[Block]:
    counts = Counter(f.record.license for f in files if f.record is not None and f.record.license)
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


def _labels(files: list[SourceFile]) -> Iterator[Block]:
    """How many files have each label, and how many were not read whole."""
    labels = Counter(label for f in files for label in f.labels)
    left = [f for f in files if f.scan.content == "too-large" or any(n.code.startswith(("too-", "timeout", "worker")) for n in _notes(f))]
    if labels:
        yield Heading(2, ("Labels",), "labels")
        yield Bullets(tuple((f"{label}: {counted(n, 'file')}",) for label, n in sorted(labels.items())))
    if left:
        yield Heading(2, ("Not read whole",), "not-read-whole")
        yield Paragraph((f"{counted(len(left), 'file')}:",))
        yield bullets((link_to(f.path), ": ", "; ".join(dict.fromkeys(n.text for n in _notes(f)))) for f in left)


def _notes(file: SourceFile) -> list[Note]:
    return [*file.scan.notes, *(file.record.notes if file.record is not None else ())]
