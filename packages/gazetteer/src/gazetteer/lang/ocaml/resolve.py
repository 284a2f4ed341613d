"""What OCaml opens and includes: the module ``Shop`` is the files ``shop.ml`` and ``shop.mli`` of a folder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import apart_from_tests, led
from ...resolve.paths import Paths

__all__ = ["resolve"]

_STANDARD = frozenset((
    "Arg", "Array", "ArrayLabels", "Bigarray", "Bool", "Buffer", "Bytes", "Callback", "Char", "Complex", "Condition", "Digest", "Domain",
    "Effect", "Either", "Ephemeron", "Event", "Filename", "Float", "Format", "Fun", "Gc", "Hashtbl", "In_channel", "Int", "Int32", "Int64",
    "Lazy", "Lexing", "List", "ListLabels", "Map", "Marshal", "MoreLabels", "Mutex", "Nativeint", "Obj", "Option", "Out_channel", "Parsing",
    "Pervasives", "Printexc", "Printf", "Queue", "Random", "Result", "Scanf", "Seq", "Set", "Stack", "StdLabels", "Stdlib", "Str", "String",
    "Sys", "Thread", "Unix", "Weak",
))  # fmt: skip


def resolve(files: list[SourceFile], _paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that is opened or included and is a file of the tree: its implementation, else its interface."""
    modules, tests = _modules(files), {file.path for file in files if "test" in file.labels}
    for file in files:
        assert file.record is not None
        own = {symbol.name for symbol in file.record.symbols if symbol.kind in ("module", "interface")}
        for statement in file.record.imports:
            module, text = statement.target.partition(".")[0], f"{statement.kind} {statement.target}"
            if module not in own:
                places = modules.get(module, {})
                here = places.get(file.path.rpartition("/")[0])
                found = [here] if here is not None else apart_from_tests(file, list(places.values()), tests)
                yield from led(file, statement, text, found, module in _STANDARD, weak=statement.local)


def _modules(files: list[SourceFile]) -> Mapping[str, dict[str, str]]:
    """Of each module, its file in each folder that has one of its name."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(file.path for file in files):  # implementations before their interfaces
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        found[stem[:1].upper() + stem[1:]].setdefault(folder, path)
    return found
