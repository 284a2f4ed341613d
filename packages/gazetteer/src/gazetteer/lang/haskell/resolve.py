"""Imports of Haskell: the module ``Data.Shop`` is the file ``Data/Shop.hs`` below some folder, the nearest; classes by their modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Base
from ...resolve.led import led
from ...resolve.paths import Paths
from ...resolve.types import Types, base_edges

__all__ = ["resolve"]

_SUFFIXES = (".hs", ".hsc", ".lhs", ".chs", ".x", ".y")
#: Modules of the package ``base``, by how they begin.
_STANDARD = (
    "Prelude", "Control.Applicative", "Control.Arrow", "Control.Category", "Control.Concurrent", "Control.Exception", "Control.Monad",
    "Data.Bifunctor", "Data.Bits", "Data.Bool", "Data.Char", "Data.Coerce", "Data.Complex", "Data.Data", "Data.Dynamic", "Data.Either",
    "Data.Eq", "Data.Foldable", "Data.Function", "Data.Functor", "Data.IORef", "Data.Int", "Data.Ix", "Data.Kind", "Data.List",
    "Data.Maybe", "Data.Monoid", "Data.Ord", "Data.Proxy", "Data.Ratio", "Data.STRef", "Data.Semigroup", "Data.String",
    "Data.Traversable", "Data.Tuple", "Data.Type", "Data.Typeable", "Data.Unique", "Data.Version", "Data.Void", "Data.Word",
    "Debug.Trace", "Foreign", "GHC", "Numeric", "System.CPUTime", "System.Environment", "System.Exit", "System.IO", "System.Info",
    "System.Mem", "System.Timeout", "Text.Printf", "Text.Read", "Text.Show", "Type.Reflection", "Unsafe.Coerce",
)  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that is imported and lies in the tree, and one for each class of which something is an instance."""
    types, called = Types(files, "."), {file.path: name for file in files if (name := _module(file))}
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            module, text = statement.target, f"import {statement.target}"
            ways = tuple(f"{module.replace('.', '/')}{suffix}" for suffix in _SUFFIXES)
            found = [path for path in paths.meant(file.path, ways) if called.get(path, module) == module]  # Shop/Path.hs is no Path
            found = found or [path for way in ways for path in paths.ending(way) if called.get(path) == module]
            is_standard = any(module == name or module.startswith(f"{name}.") for name in _STANDARD)
            yield from led(file, statement, text, found, is_standard)
        yield from base_edges(file, types, lambda _symbol, _full, base, f=file: _candidates(f, base))  # type: ignore[misc]


def _module(file: SourceFile) -> str:
    """The name that a module gives itself."""
    assert file.record is not None
    return next((symbol.name for symbol in file.record.symbols if symbol.kind == "module"), "")


def _candidates(file: SourceFile, base: Base) -> Iterable[str]:
    """Full names that a class may have: of this module, or of those that are imported, by their other names too."""
    assert file.record is not None
    qualifier, _, name = (base.name.split() or [""])[0].rpartition(".")
    if not qualifier:
        yield from (f"{symbol.name}.{name}" for symbol in file.record.symbols[:1] if symbol.kind == "module")
    for statement in file.record.imports:
        if not qualifier or qualifier in (statement.target, statement.alias):
            yield f"{statement.target}.{name}"
