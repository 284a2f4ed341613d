"""What OCaml opens and includes: the module ``Shop`` is the file ``shop.ml``, or ``shop.mli``, the nearest one."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]

_STANDARD = frozenset((
    "Arg", "Array", "ArrayLabels", "Bigarray", "Bool", "Buffer", "Bytes", "Callback", "Char", "Complex", "Condition", "Digest", "Domain",
    "Effect", "Either", "Ephemeron", "Event", "Filename", "Float", "Format", "Fun", "Gc", "Hashtbl", "In_channel", "Int", "Int32", "Int64",
    "Lazy", "Lexing", "List", "ListLabels", "Map", "Marshal", "MoreLabels", "Mutex", "Nativeint", "Obj", "Option", "Out_channel", "Parsing",
    "Pervasives", "Printexc", "Printf", "Queue", "Random", "Result", "Scanf", "Seq", "Set", "Stack", "StdLabels", "Stdlib", "Str", "String",
    "Sys", "Thread", "Unix", "Weak",
))  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that is opened or included and is a file of the tree."""
    for file in files:
        assert file.record is not None
        own = {symbol.name for symbol in file.record.symbols if symbol.kind in ("module", "interface")}
        for statement in file.record.imports:
            module, text = statement.target.partition(".")[0], f"{statement.kind} {statement.target}"
            if module in own:
                continue
            stem = f"{module[:1].lower()}{module[1:]}"
            found = paths.meant(file.path, tuple(f"{name}{end}" for end in (".ml", ".mli") for name in (stem, module)))
            yield from led(file, statement, text, found, module in _STANDARD, weak=statement.local)
