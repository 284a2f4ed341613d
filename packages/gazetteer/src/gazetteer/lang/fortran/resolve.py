"""What Fortran uses and includes: a module is where it is declared, whatever the file is called; names are the same in any case."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths

__all__ = ["resolve"]

_STANDARD = frozenset((
    "ieee_arithmetic", "ieee_exceptions", "ieee_features", "iso_c_binding", "iso_fortran_env", "omp_lib", "omp_lib_kinds", "openacc",
))  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that is used and file that is included, and one for each type that another one extends."""
    modules: dict[str, list[SymbolRef]] = defaultdict(list)
    types: dict[str, list[SymbolRef]] = defaultdict(list)
    for file in files:
        assert file.record is not None
        for index, symbol in enumerate(file.record.symbols):
            if symbol.kind in ("module", "struct"):
                (modules if symbol.kind == "module" else types)[symbol.name.lower()].append(SymbolRef(file.path, index))
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from _brought(file, statement, modules, paths)
        for index, symbol in enumerate(file.record.symbols):
            for base in symbol.bases:
                held = types if symbol.kind == "struct" else modules
                found = [ref for ref in held.get(base.name.rpartition(":")[2].lower(), ()) if ref != SymbolRef(file.path, index)]
                if len(found) == 1:
                    yield Edge(
                        file.path, symbol.line + base.below, found[0].path, "base", base.name, source_symbol=index,
                        target_symbol=found[0].index,
                    )  # fmt: skip


def _brought(file: SourceFile, statement: Import, modules: dict[str, list[SymbolRef]], paths: Paths) -> Iterator[Edge | Missing]:
    text, name = f"{statement.kind} {statement.target}", statement.target.lower()
    if statement.kind == "use":
        found = sorted({ref.path for ref in modules.get(name, ())})
        kind = "import"
    else:
        found, kind = paths.meant(file.path, (statement.target,)), "include"
    if len(found) > 1:
        yield Missing.ambiguous(file.path, statement.line, kind, text, found)
    elif not found:
        yield Missing(file.path, statement.line, kind, text, "standard library" if name in _STANDARD else "outside")
    elif found[0] != file.path:
        target = modules[name][0].index if kind == "import" else -1
        yield Edge.stated(file.path, statement, found[0], kind, text, target_symbol=target, weak=bool(statement.condition))
