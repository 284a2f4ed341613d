"""What Elixir names: modules are where they are defined, by their full names, whatever their files are called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Base
from ...resolve.paths import Paths
from ...resolve.types import Types, base_edges, enclosing

__all__ = ["resolve"]

_STANDARD = frozenset((
    "Access", "Agent", "Application", "Atom", "Base", "Behaviour", "Bitwise", "Calendar", "Code", "Date", "DateTime", "Duration",
    "DynamicSupervisor", "EEx", "Enum", "Enumerable", "Exception", "ExUnit", "File", "Float", "Function", "GenEvent", "GenServer", "IEx",
    "IO", "Inspect", "Integer", "JSON", "Kernel", "Keyword", "List", "Logger", "Macro", "Map", "MapSet", "Mix", "Module", "NaiveDateTime",
    "Node", "OptionParser", "Path", "Port", "Process", "Protocol", "Range", "Record", "Regex", "Registry", "Set", "Stream", "String",
    "StringIO", "Supervisor", "System", "Task", "Time", "Tuple", "URI", "Version",
))  # fmt: skip


def resolve(files: list[SourceFile], _paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that is named and defined in one place of the tree, and one for each protocol and behaviour."""
    types = Types(files, ".")
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text = f"{statement.kind} {statement.target}"
            found = types.known.get(statement.target, [])
            if len({ref.path for ref in found}) > 1:
                yield Missing.ambiguous(file.path, statement.line, "import", text, sorted({ref.path for ref in found}))
            elif not found:
                is_standard = statement.target.partition(".")[0] in _STANDARD
                yield Missing(file.path, statement.line, "import", text, "standard library" if is_standard else "outside")
            elif found[0].path != file.path:
                yield Edge.stated(file.path, statement, found[0].path, "import", text, target_symbol=found[0].index)
        yield from base_edges(file, types, lambda _symbol, full, base, f=file: _candidates(f, full, base))  # type: ignore[misc]


def _candidates(file: SourceFile, full: str, base: Base) -> Iterable[str]:
    """Full names that a module may have: by an alias, nested around here, as written."""
    assert file.record is not None
    first, dot, rest = base.name.partition(".")
    for statement in file.record.imports:
        if statement.kind == "alias" and (statement.alias or statement.target.rpartition(".")[2]) == first:
            yield f"{statement.target}{dot}{rest}"
    yield from (f"{around}.{base.name}" for around in enclosing(full.rpartition(".")[0], "."))
    yield base.name
