"""What scripts, scenes and projects of Godot load: paths from the folder of their project, classes of it by their names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ...atlas import Edge, Missing, SymbolRef
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths, above

__all__ = ["resolve"]

_ROOT = "res://"


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is loaded, and for each class of the project that is extended."""
    classes: dict[tuple[str, str], list[SymbolRef]] = defaultdict(list)
    for file in files:
        for index, symbol in enumerate(file.record.symbols if file.record is not None else ()):
            if symbol.kind == "class" and symbol.parent < 0:
                classes[_project(file.path, paths), symbol.name].append(SymbolRef(file.path, index))
    for file in files:
        assert file.record is not None
        project, own = _project(file.path, paths), {symbol.name for symbol in file.record.symbols}
        for statement in file.record.imports:
            is_name = statement.kind == "extends" and "/" not in statement.target and not statement.target.endswith(".gd")
            if not is_name:
                yield from _loaded(file.path, statement, project, paths)
            elif statement.target.partition(".")[0] not in own:
                yield from _extended(file.path, statement, classes.get((project, statement.target.partition(".")[0]), []))


def _project(path: str, paths: Paths) -> str:
    """The folder of the project that a file is of; the top of the tree where there is none."""
    return next((folder for folder in above(path) if f"{folder}/project.godot".lstrip("/") in paths.files), "")


def _loaded(path: str, statement: Import, project: str, paths: Paths) -> Iterator[Edge | Missing]:
    target, text = statement.target, f"{statement.kind} {statement.target}"
    folder = project if target.startswith(_ROOT) else path.rpartition("/")[0]
    found = paths.relative(folder, target.removeprefix(_ROOT).lstrip("/"))
    if found is None:
        yield Missing(path, statement.line, "import", text)
    elif found != path:
        yield Edge.stated(path, statement, found, "import", text)


def _extended(path: str, statement: Import, found: list[SymbolRef]) -> Iterator[Edge | Missing]:
    text = f"extends {statement.target}"
    if not found:
        yield Missing(path, statement.line, "import", text)
    elif len(found) > 1:
        yield Missing.ambiguous(path, statement.line, "import", text, sorted({ref.path for ref in found}))
    elif found[0].path != path:
        yield Edge.stated(path, statement, found[0].path, "import", text, target_symbol=found[0].index)
