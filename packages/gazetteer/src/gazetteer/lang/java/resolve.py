"""Imports and bases of Java, Kotlin and Scala, which share names: classes by package and nesting, members by the class they are in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Base, Import
from ...resolve.paths import Paths
from ...resolve.types import TYPES, Types, ancestors, bare, base_edges, enclosing

__all__ = ["resolve"]

_KNOWN = TYPES | {"function", "property", "constant", "variable"}
#: In so many packages around is looked, and in whole ones that are imported, for what an import of Scala names.
_MANY = 50
_STANDARD = ("java.", "javax.", "jdk.", "kotlin.", "scala.")


def resolve(files: list[SourceFile], _paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file of this tree that has what is imported, and one for each base that can only be one type."""
    types, facades = Types(files, ".", _KNOWN), _facades(files)
    if any(file.language == "scala" for file in files):
        _leave_companions(files, types)
    # a type within another may be named by what that one inherits: the first answers say what each extends
    inherited = types.inherited(edge for file in files for edge in _bases(file, types, {}))
    for file in files:
        assert file.record is not None
        left = _left_to_stars(file, types) if any(n.name == "*" for s in file.record.imports for n in s.names) else (set(), set())
        wholes = _wholes(file, types)
        for statement in file.record.imports:
            yield from _imported(file, statement, wholes.get(statement.target, statement.target), types, facades, left)
        yield from _bases(file, types, inherited)


def _bases(file: SourceFile, types: Types, inherited: dict[str, list[str]]) -> Iterator[Edge]:
    wholes = _wholes(file, types)
    return base_edges(file, types, lambda _symbol, full, base: _candidates(file, full, base, inherited, wholes))


def _leave_companions(files: list[SourceFile], types: Types) -> None:
    """Of a class and the object of its name beside it, which have one name in Scala, know the class: that is what others inherit."""
    records = {file.path: file.record for file in files if file.language == "scala" and file.record is not None}
    for name, found in types.known.items():
        if len(found) > 1 and len({ref.path for ref in found}) == 1 and found[0].path in records:
            symbols = records[found[0].path].symbols
            types.known[name] = [ref for ref in found if symbols[ref.index].kind != "object"] or found


def _facades(files: list[SourceFile]) -> dict[str, list[SourceFile]]:
    """Files of Kotlin by the class in which Java finds what stands in none: ``a.ThingsKt`` for ``things.kt`` of the package ``a``."""
    found: dict[str, list[SourceFile]] = {}
    for file in files:
        if file.language == "kotlin" and file.path.endswith(".kt"):
            assert file.record is not None
            stem = re.sub(r"\W", "_", file.path.rpartition("/")[2].removesuffix(".kt"))
            name = f"{stem[:1].upper()}{stem[1:]}Kt"
            found.setdefault(".".join(filter(None, (_package(file), name))), []).append(file)
    return found


def _package(file: SourceFile) -> str:
    assert file.record is not None
    return next((symbol.name for symbol in file.record.symbols if symbol.kind == "package"), "")


def _imported(
    file: SourceFile, statement: Import, target: str, types: Types, facades: dict[str, list[SourceFile]], left: tuple[set[str], set[str]]
) -> Iterator[Edge | Missing]:  # fmt: skip
    """What a statement means whose `target` is given with its whole name."""
    text = _written(statement)
    star = any(n.name == "*" for n in statement.names)
    if statement.kind in ("uses", "provides"):
        named = [target, *(n.name for n in statement.names)]
        for name in named:
            yield from _edges(file, statement, text, types.known.get(name, []))
        return
    if star and target in types.members:
        used = left[target == _package(file)]
        for name, found in sorted(types.members[target].items()):
            if name in used and len({ref.path for ref in found}) == 1 and found[0].path != file.path:
                yield Edge.stated(file.path, statement, found[0].path, "import", text, method="text-match", target_symbol=found[0].index)
        return
    inside = [n for n in list(enclosing(target, "."))[:3] if n == target or "." in n]  # a member is imported from its class
    _, found = types.find(inside if statement.kind not in ("requires", "module") else [target])
    holders = facades.get(target, []) if file.language == "java" and not found else []
    paths = {ref.path for ref in found} | {holder.path for holder in holders}
    if len(paths) > 1 and file.language == "kotlin" and all(types.symbol(ref).kind in ("function", "property") for ref in found):
        yield from _edges(file, statement, text, list({ref.path: ref for ref in reversed(found)}.values()))  # of all that have the name
    elif len(paths) > 1:
        yield Missing.ambiguous(file.path, statement.line, "import", text, sorted(paths))
    elif found:
        yield from _edges(file, statement, text, found[:1])
    elif holders:
        yield Edge.stated(file.path, statement, holders[0].path, "import", text, target_symbol=_named(holders[0], statement))
    elif target.startswith(_STANDARD) or not (file.language == "scala" and statement.local):  # whose path may begin with a value
        yield Missing(file.path, statement.line, "import", text, "standard library" if target.startswith(_STANDARD) else "outside")


def _left_to_stars(file: SourceFile, types: Types) -> tuple[set[str], set[str]]:
    """The words of a file that all of a package or a type may give, and those that all of its own package may.

    What is imported by its name, or declared here, comes before; so do types of its own package, but not in Scala those of other files.
    """
    assert file.record is not None
    found = set(file.identifiers.split(" ")) - {symbol.name for symbol in file.record.symbols if symbol.kind in TYPES}
    for statement in file.record.imports:
        found -= {n.name for n in statement.names}
        if not statement.names and not statement.alias:
            found.discard(statement.target.rpartition(".")[2])
    beside = types.members.get(_package(file), {}) if file.language != "scala" else {}
    return {name for name in found if not any(types.symbol(ref).kind in TYPES for ref in beside.get(name, ()))}, found


def _wholes(file: SourceFile, types: Types) -> dict[str, str]:
    """What the imports of a file of Scala name, with the whole names: by what those above them name, and in the packages around, too."""
    if file.language != "scala":
        return {}
    assert file.record is not None
    packages = [name for name, symbol in zip(types.names[file.path], file.record.symbols, strict=True) if symbol.kind == "package"]
    outer = [around for package in reversed(packages) for around in enclosing(package, ".")]
    found, given = dict[str, str](), dict[str, str]()
    for statement in file.record.imports:
        target = statement.target.removeprefix("_root_.")
        first, dot, rest = target.partition(".")
        ways = [f"{given.get(first, first)}{dot}{rest}", *(f"{around}.{target}" for around in outer)]
        named = (lambda t: (t, t.rpartition(".")[0])) if dot else (lambda t: (t,))  # itself, or what it is a member of
        held = (t for t in ways if t in types.members or any(name in types.known for name in named(t)))
        found[statement.target] = next(held, target)
        if not statement.names:
            given[statement.alias or target.rpartition(".")[2]] = found[statement.target]
        elif found[statement.target] in types.members and len(outer) < _MANY:
            outer.append(found[statement.target])
    return found


def _named(holder: SourceFile, statement: Import) -> int:
    """The first symbol of a file of Kotlin that is in no other and that an import takes; -1 where there is none."""
    assert holder.record is not None
    symbols, names = holder.record.symbols, {name.name for name in statement.names}
    return next((i for i, s in enumerate(symbols) if s.name in names and (s.parent < 0 or symbols[s.parent].kind == "package")), -1)


def _edges(file: SourceFile, statement: Import, text: str, found: list[SymbolRef]) -> Iterator[Edge]:
    for ref in found:
        if ref.path != file.path:
            yield Edge.stated(file.path, statement, ref.path, "import", text, target_symbol=ref.index)


def _written(statement: Import) -> str:
    word = {"static": "import static", "module": "import module"}.get(statement.kind, statement.kind)
    names = ", ".join(n.name for n in statement.names)
    if statement.kind == "provides":
        return f"provides {statement.target} with {names}"
    return f"{word} {statement.target}" + (f".{names}" if names else "") + (f" as {statement.alias}" if statement.alias else "")


def _candidates(
    file: SourceFile, full: str, base: Base, inherited: dict[str, list[str]], wholes: dict[str, str]
) -> Iterable[str]:  # fmt: skip
    """Full names that a base may have: nested around here or inherited there, imported, of the package, of whole packages, as written.

    What a type itself holds or inherits is known in its body alone.
    """
    assert file.record is not None
    name = bare(base.name)
    first, _, rest = name.partition(".")
    package = _package(file)
    for around in enclosing(full.rpartition(".")[0], "."):
        if around == package or (package and not around.startswith(package + ".")):
            break
        yield f"{around}.{name}"
        yield from (f"{each}.{name}" for each in ancestors(around, inherited))
    for statement in file.record.imports:
        own = statement.alias or statement.target.rpartition(".")[2]
        if statement.kind == "import" and not statement.names and own == first:
            yield ".".join(filter(None, (wholes.get(statement.target, statement.target), rest)))
            return
    yield f"{package}.{name}" if package else name
    for statement in file.record.imports:
        if any(n.name == "*" for n in statement.names):
            yield f"{wholes.get(statement.target, statement.target)}.{name}"
    if rest:
        yield name
