"""Which scripts of Vim are loaded: by paths, and from the folders that Vim looks in, of the package that a script is of."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths, above

__all__ = ["resolve"]

#: What may stand before a path and means the folder of the script, if anything.
_VARIABLES = ("$", "~", "<")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each script that is loaded, or of which a function is called; those of other packages are missing."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            if not statement.target.startswith(_VARIABLES):
                yield from _loaded(file.path, statement, paths)


def _loaded(path: str, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    text, target = f"{statement.kind} {statement.target}", statement.target
    if statement.alias == "autoload":
        text, target = f"{statement.target}#", f"autoload/{target.replace('#', '/')}.vim"
    if statement.kind == "source" or target.startswith("."):
        found = paths.beside(path.rpartition("/")[0], target)
    else:
        found = next((one for folder in above(path) if (one := paths.relative(folder, target)) is not None), None)
        if found is None and statement.kind == "import":
            found = next((one for folder in above(path) if (one := paths.relative(folder, f"autoload/{target}")) is not None), None)
    if found is None:
        yield Missing(path, statement.line, "import", text)
    elif found != path:
        yield Edge.stated(path, statement, found, "import", text)
