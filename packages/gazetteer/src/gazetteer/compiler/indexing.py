"""An index of SCIP of what libclang finds in the units of a build: the names of all of them, file by file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from .. import __version__
from ..errors import UsageError
from ..pool import ProcessPool
from ..spread import Lost, spread
from .clang import Found, Names, names_in
from .messages import messages
from .units import Unit

__all__ = ["Indexing"]

#: Limits of a process that reads units: a compiler takes more than a reader of ours.
_MEMORY_MB, _SECONDS = 8_192, 600.0
_UTF8, _UTF8_UNITS = 1, 1
_names = msgspec.msgpack.Decoder(Names).decode


class Indexing:
    """What the units of a build say of a tree.

    Parameters
    ----------
    root : Path
        The tree, absolute and without links.
    units : list of Unit
        What the build compiles.
    jobs : int
        How many processes read units.
    progress : callable
        Called with how many units are read, and how many there are.

    Raises
    ------
    UsageError
        If libclang or protobuf is not installed (extra ``clang``).

    Attributes
    ----------
    faults : list of str
        What is to be said of units that were not read whole, sorted.
    """

    def __init__(self, root: Path, units: list[Unit], jobs: int, progress: Callable[[int, int], None]) -> None:
        try:
            import clang.cindex  # noqa: F401

            self._classes = messages()
        except ModuleNotFoundError as error:
            raise UsageError(f"gaz index needs {error.name}, which is not installed; expected: pip install 'gazetteer[clang]'") from error
        self.faults = list[str]()
        self._places: dict[str, set[tuple[int, int, int, str, int]]] = defaultdict(set)
        self._implements: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._kinds = dict[str, int]()

        def lost(unit: Unit, note: Lost) -> Found:
            return Found(unit.file, [], note[1], 1)

        with ProcessPool(jobs, _MEMORY_MB, _SECONDS) as pool:
            for found in spread(pool, names_in, str(root), [[unit] for unit in units], len(units), 0, lost, progress):
                self._take(Found(*found))
        self.faults.sort()

    def _take(self, found: Found) -> None:
        for path, encoded in found.files:
            names = _names(encoded)
            self._kinds.update(zip(names.symbols, names.kinds, strict=True))
            each = iter(names.places)
            self._places[path].update(
                (line, start, end, names.symbols[symbol], role) for line, start, end, symbol, role in zip(*[each] * 5, strict=True)
            )
            self._implements[path].update((names.symbols[one], names.symbols[other]) for one, other in names.implements)
        if found.errors:
            more = f", and {found.errors - 1:,} more" if found.errors > 1 else ""
            self.faults.append(f"{found.unit}: {found.error}{more}")

    @property
    def files(self) -> int:
        """How many files have names."""
        return len(self._places)

    @property
    def names(self) -> int:
        """How many names there are."""
        return sum(map(len, self._places.values()))

    def pieces(self) -> Iterator[bytes]:
        """The bytes of the index: what it says of itself, then each document."""
        index = self._classes["Index"]()
        index.metadata.tool_info.name, index.metadata.tool_info.version = "gaz index", __version__
        index.metadata.text_document_encoding = _UTF8
        yield index.SerializeToString(deterministic=True)
        for path in sorted(self._places):
            index = self._classes["Index"]()
            self._document(index.documents.add(), path)
            yield index.SerializeToString(deterministic=True)

    def _document(self, document: Any, path: str) -> None:
        document.relative_path, document.language, document.position_encoding = path, "CPP", _UTF8_UNITS
        defined = set[str]()
        for line, start, end, symbol, role in sorted(self._places[path]):
            document.occurrences.add(range=[line, start, end], symbol=symbol, symbol_roles=role)
            if role:
                defined.add(symbol)
        bases: dict[str, list[str]] = defaultdict(list)
        for one, other in sorted(self._implements[path]):
            bases[one].append(other)
        for symbol in sorted(defined | bases.keys()):
            said = document.symbols.add(symbol=symbol, kind=self._kinds[symbol])
            for other in bases.get(symbol, ()):
                said.relationships.add(symbol=other, is_implementation=True)
