"""What the page of the root has besides: entry points, languages with how well they were read, licenses, what was left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..document import Block, Bullets, Code, Details, Heading, Line, Link, PageRef, Paragraph, Table
from ..gather import SourceFile
from ..names import counted
from .brief import Brief
from .common import bullets, capitalised, joined, link_to, source_link
from .programs import declared_programs, may_declare
from .references import indexes_section

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["root_sections"]

_FEW = 20
#: Labels of files in which no program of the tree begins.
_NO_ENTRIES = frozenset(("test", "vendored"))
_LICENSES = ("license", "licence", "copying", "notice", "unlicense")


def root_sections(contents: Contents) -> Iterator[Block]:
    """The sections, each where it has facts."""
    files = list(contents.in_short())
    yield from _entry_points(contents, files)
    yield from _languages([brief for _, brief in files])
    if contents.shard_sizes:
        yield Heading(2, ("Keywords",), "keywords")
        yield Paragraph(
            (
                Link("Keyword index of the whole tree", PageRef("shard", "")),
                f": {counted(sum(n for _, n in contents.shard_sizes.values()), 'entry', 'entries')}.",
            )
        )
    yield from _tests([brief for _, brief in files], contents.config.tests.paths)
    yield from indexes_section(contents.atlas)
    yield from _licenses(files)
    yield from _labels(files)


def _languages(briefs: list[Brief]) -> Iterator[Block]:
    kinds: dict[str, list[Brief]] = defaultdict(list)
    for brief in briefs:
        kinds[brief.kind].append(brief)
    groups: dict[str, list[Brief]] = defaultdict(list)
    for kind, some in kinds.items():
        groups[capitalised(kind)] += some
    if not groups:
        return
    yield Heading(2, ("Languages",), "languages")
    lines = {name: sum([brief.lines for brief in some]) for name, some in groups.items()}
    names = sorted(groups, key=lambda name: (-lines[name], -len(groups[name]), name))
    rows = [_language(name, groups[name], lines[name]) for name in names]
    yield Table(("Language", "Files", "Lines", "Symbols", "Read by a parser", "Without syntax errors"), tuple(rows))


def _language(name: str, files: list[Brief], lines: int) -> tuple[Line, ...]:
    symbols, parsed, whole = sum([b.symbols for b in files]), sum([b.parsed for b in files]), sum([b.whole for b in files])
    share = f"{whole:,} ({100 * whole / parsed:.1f} %)" if parsed else ""
    return tuple((text,) if text else () for text in (
        name, f"{len(files):,}", f"{lines:,}" if lines else "", f"{symbols:,}" if symbols else "", f"{parsed:,}" if parsed else "", share,
    ))  # fmt: skip


def _entry_points(contents: Contents, files: list[tuple[SourceFile, Brief]]) -> Iterator[Block]:
    """Where programs begin: what manifests declare, modules that run, functions called ``main``, executable files; the highest first."""
    found: list[tuple[int, int, Line]] = []
    for path, (file, brief) in zip(contents.atlas.files, files, strict=True):
        name = path[path.rfind("/") + 1 :]
        is_told = brief.mains or brief.runs or name == "__main__.py" or may_declare(file)
        if not is_told or not _NO_ENTRIES.isdisjoint(file.labels) or ("template" in file.labels and "{{" in path):
            continue  # what is below a name that is to be filled in runs nowhere yet
        depth = path.count("/")
        found += [(0, depth, line) for line in declared_programs(contents, file)]
        for index in brief.mains:
            symbol = contents.symbols(file.path)[index]
            found.append((2, depth, (Link(symbol.signature or symbol.name, contents.symbol_ref(file.path, index), code=True), " in ",
                                     link_to(file.path), ", line ", source_link(file.path, symbol.line))))  # fmt: skip
        if name == "__main__.py":
            found.append((1, depth, (link_to(file.path), ": what ", Code(f"python -m {_module(contents, file.path)}"), " runs")))
        elif brief.runs:
            how = (": executable, run by ", Code(brief.runs), " (line ", source_link(file.path, 1), ")")
            found.append((3, depth, (link_to(file.path), *how)))
    if not found:
        return
    yield Heading(2, ("Entry points",), "entry-points")
    yield Paragraph((f"{counted(len(found), 'entry point')} outside of tests and vendored files:",))
    lines = [line for _, _, line in sorted(found, key=lambda entry: entry[:2])]
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


def _licenses(files: list[tuple[SourceFile, Brief]]) -> Iterator[Block]:
    counts = Counter([brief.license for _, brief in files if brief.license])
    paths = [file.entry.path for file, _ in files if file.entry.kind == "file"]
    texts = [path for path in paths if "/" not in path and path.lower().startswith(_LICENSES)]
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


#: What `gazetteer.resolve.mentions` does; a page without a test would be wrong without it.
_LOOKED_FOR = (
    "Names of classes, functions, methods, macros and their like are looked for, where they have four characters or more "
    "and no more than three files define them: shorter and commoner ones occur for other reasons. "
    "So do words of small letters alone, which are looked for in tests of the same language."
)


def _tests(briefs: list[Brief], patterns: Sequence[str]) -> Iterator[Block]:
    """What a test is; pages of files say how many were searched, and lead here."""
    tests = sum([brief.searched for brief in briefs])
    if tests:
        yield Heading(2, ("Tests",), "tests")
        where = joined([(Code(pattern),) for pattern in patterns])
        yield Paragraph((f"{counted(tests, 'file')} searched for names that other files define, by the paths of tests: ", *where, "."))
        yield Paragraph((_LOOKED_FOR,))


def _labels(files: list[tuple[SourceFile, Brief]]) -> Iterator[Block]:
    """How many files have each label, and how many were not read whole."""
    labels = Counter([label for file, _ in files for label in file.labels])
    left = [(file.path, brief.left) for file, brief in files if brief.left]
    if labels:
        yield Heading(2, ("Labels",), "labels")
        yield Bullets(tuple((f"{label}: {counted(n, 'file')}",) for label, n in sorted(labels.items())))
    if left:
        yield Heading(2, ("Not read whole",), "not-read-whole")
        yield Paragraph((f"{counted(len(left), 'file')}:",))
        yield bullets((link_to(path), ": ", "; ".join(why)) for path, why in left)
