"""To which files the modules that Lua requires lead: ``shop.till`` is ``shop/till.lua`` or ``shop/till/init.lua``, the nearest one."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]

#: Modules that Lua and LuaJIT have of their own.
_STANDARD = frozenset((
    "bit", "bit32", "coroutine", "debug", "ffi", "io", "jit", "math", "os", "package", "string", "string.buffer", "table", "table.clear",
    "table.new", "utf8",
))  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module or file that is loaded and lies in the tree."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text = f"{statement.kind} {statement.target}"
            found = _found(file.path, statement, paths)
            yield from led(file, statement, text, found, statement.target in _STANDARD, weak=statement.local)


def _found(path: str, statement: Import, paths: Paths) -> list[str]:
    """The files that a statement may mean: beside the one that has it, else the nearest to it, else all."""
    folder = path.rpartition("/")[0]
    if statement.kind != "require":
        found = paths.beside(folder, statement.target)
        return [found] if found is not None else []
    module = statement.target.replace(".", "/").strip("/")
    return paths.meant(path, (f"{module}.lua", f"{module}/init.lua")) if module else []
