"""Usings and bases of C#: a namespace has many files, so a using leads to those whose types the file names.

Types are told apart by how many parameters they have, as the language does: ``Box`` and ``Box<T>`` have nothing to do with each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Base, Import
from ...resolve.paths import Paths, above
from ...resolve.types import Types, bare, base_edges, enclosing

__all__ = ["resolve"]

_STANDARD = ("System", "Microsoft.CSharp", "Microsoft.Win32")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges for usings and for bases; several parts of a partial type are all its definition."""
    types = Types(files, ".", mark=lambda symbol: _arity(symbol.type_parameters))
    projects = _Projects(types, paths)
    everywhere: dict[str | None, list[Import]] = {}
    for file in files:
        assert file.record is not None
        found = [s for s in file.record.imports if s.kind.startswith("global ")]
        everywhere.setdefault(projects.of(file.path), []).extend(found)
    for file in files:
        assert file.record is not None
        words = set(file.identifiers.split(" "))
        for statement in file.record.imports:
            yield from _used(file, statement, types, words)
        usings = [*file.record.imports, *everywhere[projects.of(file.path)]]
        yield from base_edges(
            file, types, lambda _symbol, full, base, u=usings: _candidates(u, full, base),  # type: ignore[misc]
            lambda _name, found, f=file: projects.meant(f.path, found),  # type: ignore[misc]
        )  # fmt: skip


class _Projects:
    """The projects of a tree: a file is of that whose ``.csproj`` is in the nearest folder around it."""

    def __init__(self, types: Types, paths: Paths) -> None:
        self.types = types
        self.folders = {path.rpartition("/")[0] for path in paths.files if path.endswith(".csproj")}

    def of(self, path: str) -> str | None:
        """The folder of the project of a file; None where there is none."""
        return next((folder for folder in above(path) if folder in self.folders), None)

    def meant(self, path: str, found: list[SymbolRef]) -> list[SymbolRef]:
        """All definitions of a name that are one type: parts, or heads in branches of ``#if``; of several, that of the own project."""
        if self.is_one(found):
            return found
        own = self.of(path)
        beside = [ref for ref in found if self.of(ref.path) == own] if own is not None else []
        return beside if self.is_one(beside) else []

    def is_one(self, found: list[SymbolRef]) -> bool:
        """Whether definitions of one name are of one type."""
        in_parts = all("partial" in self.types.symbol(ref).modifiers for ref in found)
        return in_parts or len({ref.path for ref in found}) == 1


def _arity(text: str) -> str:
    """What tells a type from others of its name: how many parameters or arguments it has at its end.

    Examples
    --------
    >>> _arity("Map<K, List<(A, B)>>"), _arity("<in T>"), _arity("Map<K, V>.Entry")
    ('`2', '`1', '')
    """
    if not text.endswith(">"):
        return ""
    depth, count = 0, 1
    for letter in reversed(text):
        depth += (letter in ">)]") - (letter in "<([")
        count += letter == "," and depth == 1
        if not depth:
            break
    return f"`{count}"


def _used(file: SourceFile, statement: Import, types: Types, words: set[str]) -> Iterator[Edge | Missing]:
    target = statement.target.removeprefix("global::")
    text = f"{statement.kind} " + (f"{statement.alias} = " if statement.alias else "") + statement.target
    if statement.kind == "extern alias":
        return
    found = types.known.get(bare(target) + _arity(target), [])
    for ref in found:
        if ref.path != file.path:
            yield Edge.stated(file.path, statement, ref.path, "import", text, target_symbol=ref.index)
    if found:
        return
    nearer = _nearer(file, statement, types)
    inside = target in types.members or any(name.startswith(target + ".") for name in types.members)
    for name, refs in sorted(types.members[target].items() if target in types.members else ()):
        if name in words and name not in nearer:
            for ref in refs:
                if ref.path != file.path:
                    yield Edge.stated(file.path, statement, ref.path, "import", text, method="text-match", target_symbol=ref.index)
    if not inside:
        standard = target in _STANDARD or target.startswith(tuple(f"{s}." for s in _STANDARD))
        yield Missing(file.path, statement.line, "import", text, "standard library" if standard else "outside")


def _nearer(file: SourceFile, statement: Import, types: Types) -> set[str]:
    """Names that mean a type of a namespace around all that a file declares, before what a using may give; those of its own too."""
    assert file.record is not None
    spaces = [(types.names[file.path][i], s) for i, s in enumerate(file.record.symbols) if s.kind == "namespace" and s.parent < 0]
    if not spaces:
        return set()
    is_outside = statement.line <= min(symbol.line for _, symbol in spaces)
    around = [list(enclosing(name, ".")) if is_outside else [name] for name, _ in spaces]
    return set.intersection(*({name for each in row if each != statement.target for name in types.members.get(each, ())} for row in around))


def _candidates(usings: list[Import], full: str, base: Base) -> Iterable[str]:
    """Full names that a base may have: in what is around here, by alias, in namespaces that are used, as written."""
    name = bare(base.name).removeprefix("global::") + _arity(base.name.strip("? "))
    first, _, rest = name.partition(".")
    for around in enclosing(full.rpartition(".")[0], "."):
        yield f"{around}.{name}"
    for statement in usings:
        if statement.alias == first:
            yield f"{bare(statement.target)}.{rest}" if rest else bare(statement.target) + _arity(statement.target)
    yield name
    for statement in usings:
        if not statement.alias and statement.kind.endswith(("using", "using static")):
            yield f"{statement.target}.{name}"
