"""What Elixir names: modules are where they are defined, by their full names, whatever their files are called."""

from __future__ import annotations

import sys
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Base, FileRecord, Import
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
        aliases = _Aliases(file.record)
        for statement in file.record.imports:
            text, target = f"{statement.kind} {statement.target}", aliases.whole_name(statement.target, statement.line)
            if statement.kind == "alias":
                aliases.add(statement, target)
            found = types.known.get(target, [])
            if len({ref.path for ref in found}) > 1:
                yield Missing.ambiguous(file.path, statement.line, "import", text, sorted({ref.path for ref in found}))
            elif not found:
                is_standard = target.partition(".")[0] in _STANDARD
                yield Missing(file.path, statement.line, "import", text, "standard library" if is_standard else "outside")
            elif found[0].path != file.path:
                yield Edge.stated(file.path, statement, found[0].path, "import", text, target_symbol=found[0].index)
        yield from base_edges(file, types, lambda symbol, full, base, a=aliases: _candidates(a, symbol.line, full, base))  # type: ignore[misc]


class _Aliases:
    """The short names that a file gives to modules, each to the end of the declaration that it stands in.

    Parameters
    ----------
    record : FileRecord
        What the file declares.
    """

    def __init__(self, record: FileRecord) -> None:
        self.symbols = record.symbols
        self.lines = [symbol.line for symbol in record.symbols]
        #: By the short name: the full one, and on which lines it stands for that.
        self.known: dict[str, list[tuple[str, range]]] = defaultdict(list)

    def add(self, statement: Import, target: str) -> None:
        """Note a statement that gives a module a short name."""
        around = bisect_right(self.lines, statement.line) - 1
        while around >= 0 and self.symbols[around].end_line < statement.line:
            around = self.symbols[around].parent
        last = self.symbols[around].end_line if around >= 0 else sys.maxsize
        self.known[statement.alias or target.rpartition(".")[2]].append((target, range(statement.line + 1, last + 1)))

    def whole_name(self, name: str, line: int) -> str:
        """The full name of the module that a name means on a line, by the last alias before it."""
        first, dot, rest = name.partition(".")
        full = next((full for full, lines in reversed(self.known.get(first, ())) if line in lines), first)
        return f"{full}{dot}{rest}"


def _candidates(aliases: _Aliases, line: int, full: str, base: Base) -> Iterable[str]:
    """Full names that a module may have: by an alias, nested around here, as written."""
    if (named := aliases.whole_name(base.name, line + base.below)) != base.name:
        yield named
    yield from (f"{around}.{base.name}" for around in enclosing(full.rpartition(".")[0], "."))
    yield base.name
