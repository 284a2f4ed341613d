"""To which files imports, exports and parts of Dart lead: by paths, and below ``lib`` of the packages that manifests of the tree name."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Base, Import, Symbol
from ...resolve.led import led
from ...resolve.paths import Paths, above
from ...resolve.types import Types

__all__ = ["resolve"]

_MANIFEST = "pubspec.yaml"


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges of statements and of bases."""
    packages = _packages(paths)
    types, reached = Types(files, "."), dict[str, list[tuple[Import, str]]]()
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text, target = f"{statement.kind} {statement.target}", statement.target
            found = _found(file.path, target, paths, packages)
            yield from led(file, statement, text, found, target.startswith("dart:"))
            if len(found) == 1:
                reached.setdefault(file.path, []).append((statement, found[0]))
    for file in files:
        yield from _bases(file, types, _seen(file.path, reached))


def _packages(paths: Paths) -> dict[str, list[str]]:
    """The folders of packages by their names, as their manifests say."""
    found: dict[str, list[str]] = {}
    for path in paths.ending(_MANIFEST):
        record = paths.records.get(path)
        name = next((value for key, value, _ in record.values if key == "name"), "") if record is not None else ""
        if name:
            found.setdefault(name, []).append(path.rpartition("/")[0])
    return found


def _found(path: str, target: str, paths: Paths, packages: dict[str, list[str]]) -> list[str]:
    """The files that a URI may mean: of several packages of one name, in the one that is nearest above."""
    if target.startswith("package:"):
        name, _, rest = target.removeprefix("package:").partition("/")
        folders = packages.get(name, [])
        near = next(([folder] for folder in above(path) if folder in folders), folders)
        return [found for folder in near if (found := paths.relative(f"{folder}/lib".lstrip("/"), rest)) is not None]
    if ":" in target:
        return []
    found = paths.relative(path.rpartition("/")[0], target)
    return [found] if found is not None else []


def _seen(path: str, reached: dict[str, list[tuple[Import, str]]]) -> set[str]:
    """The files whose names a file sees: its own with the parts of its library, what these import, and what that exports."""
    own, around = {path}, [path]
    while around:
        for statement, target in reached.get(around.pop(), ()):
            if statement.kind in ("part", "part of") and target not in own:
                own.add(target)
                around.append(target)
    found = set(own)
    around = [target for each in sorted(own) for statement, target in reached.get(each, ()) if statement.kind in ("import", "export")]
    while around:
        each = around.pop()
        if each not in found:
            found.add(each)
            around += [target for statement, target in reached.get(each, ()) if statement.kind in ("export", "part")]
    return found


def _bases(file: SourceFile, types: Types, seen: set[str]) -> Iterator[Edge]:
    """Edges to the types that those of a file are made of, where what the file sees has one of the name."""
    assert file.record is not None
    for index, symbol in enumerate(file.record.symbols):
        for base in symbol.bases:
            found = [ref for ref in types.known.get(_bare(base), ()) if ref.path in seen and (ref.path, ref.index) != (file.path, index)]
            found = [ref for ref in found if _may_see(file.path, types.symbol(ref), ref.path)]
            if len(found) == 1:
                yield Edge(
                    file.path, symbol.line + base.below, found[0].path, "base", base.name, source_symbol=index,
                    target_symbol=found[0].index,
                )  # fmt: skip


def _bare(base: Base) -> str:
    return base.name.partition("<")[0].rpartition(".")[2].strip()


def _may_see(path: str, symbol: Symbol, other: str) -> bool:
    """Whether a file may name what another one declares: what begins with ``_`` is seen in its library alone."""
    return path == other or not symbol.name.startswith("_")
