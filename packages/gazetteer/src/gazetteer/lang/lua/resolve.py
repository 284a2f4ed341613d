"""To which files the modules that Lua requires lead: ``shop.till`` is ``shop/till.lua`` or ``shop/till/init.lua``, the nearest one."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.led import apart_from_tests, led
from ...resolve.paths import Paths, above

__all__ = ["resolve"]

#: Modules that Lua and LuaJIT have of their own.
_STANDARD = frozenset((
    "bit", "bit32", "coroutine", "debug", "ffi", "io", "jit", "math", "os", "package", "string", "string.buffer", "table", "table.clear",
    "table.new", "utf8",
))  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module or file that is loaded and lies in the tree."""
    tests = {file.path for file in files if "test" in file.labels}
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            text = f"{statement.kind} {statement.target}"
            found = apart_from_tests(file, _found(file.path, statement, paths), tests)
            yield from led(file, statement, text, found, statement.target in _STANDARD, weak=statement.local)


def _found(path: str, statement: Import, paths: Paths) -> list[str]:
    """The files that a statement may mean: the one in the nearest of the folders around, else all."""
    folder = path.rpartition("/")[0]
    if statement.kind != "require":
        found = paths.beside(folder, statement.target)
        return [found] if found is not None else []
    module = statement.target.replace(".", "/").strip("/")
    ways = (f"{module}.lua", f"{module}/init.lua") if module else ()
    around, apart, within = above(path), dict[str, str](), dict[str, str]()
    for way in ways:
        for file in paths.ending(way):
            root = file.removesuffix(way).rstrip("/")
            # A folder with an `init.lua` is a module, and those in it have its name before theirs: `awful/wibox.lua` is no `wibox`,
            # but to what is in that folder too, where nothing else is.
            is_inside = bool(root) and paths.relative(root, "init.lua") is not None
            (within if is_inside else apart).setdefault(root, file)
    nearest = next((found[root] for found in (apart, within) for root in around if root in found), None)
    if nearest is not None and not (nearest in within.values() and apart):
        return [nearest]
    return sorted(apart.values())
