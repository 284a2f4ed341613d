"""To which files the `require`s of Lua lead."""

from __future__ import annotations

from collections.abc import Iterator

from gazetteer.atlas import Edge, Missing
from gazetteer.config import Config
from gazetteer.gather import SourceFile
from gazetteer.resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module that is required and lies in the tree: ``shop.till`` is ``shop/till.lua`` or ``shop/till/init.lua``."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            path, text = statement.target.replace(".", "/"), f"require {statement.target}"
            found = [*paths.ending(f"{path}.lua"), *paths.ending(f"{path}/init.lua")]
            if len(found) == 1:
                yield Edge.stated(file.path, statement, found[0], "import", text)
            else:
                yield Missing(file.path, statement.line, "import", text, "ambiguous" if found else "outside", tuple(found))
