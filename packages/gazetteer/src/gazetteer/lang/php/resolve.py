"""Uses, includes and bases of PHP: by full names, by the folders that ``composer.json`` gives namespaces (PSR-4), by paths."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Base, Import, Method
from ...resolve.paths import Paths, above
from ...resolve.types import TYPES, Types, bare, base_edges
from .includes import written

__all__ = ["resolve"]

#: What says that a target is a path, and no constant.
_PATH = re.compile(r"[./]")
_KNOWN = TYPES | {"function", "constant"}


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """Edges for what is used and included, and for bases that can only be one type."""
    types, roots = Types(files, "\\", _KNOWN), _psr4(paths)
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            if statement.kind == "listed":
                yield from _view_edges(file.path, statement, paths)
            elif statement.kind.startswith("use"):
                yield from _used(file, statement, types, roots, paths)
            else:
                yield from _included(file, statement, paths)
        yield from base_edges(file, types, lambda _symbol, full, base, f=file: _candidates(f, full, base))  # type: ignore[misc]


def _psr4(paths: Paths) -> list[tuple[str, str]]:
    """Prefixes of namespaces with their folders, the longest first."""
    found: list[tuple[str, str]] = []
    for path in sorted(paths.files):
        record = paths.records.get(path) if path.rpartition("/")[2] == "composer.json" else None
        if record is not None:
            folder = path.rpartition("/")[0]
            for section in ("autoload.psr-4.", "autoload-dev.psr-4."):
                found += [
                    (key.removeprefix(section).strip("\\"), posixpath.normpath(posixpath.join(folder, value)))
                    for key, value, _line in record.values
                    if key.startswith(section)
                ]
    return sorted(set(found), key=lambda item: (-len(item[0]), item))


def _used(file: SourceFile, statement: Import, types: Types, roots: list[tuple[str, str]], paths: Paths) -> Iterator[Edge | Missing]:
    target, text = statement.target, f"{statement.kind} {statement.target}" + (f" as {statement.alias}" if statement.alias else "")
    found = types.known.get(target, [])
    files = sorted({ref.path for ref in found})
    if statement.kind == "use" and len(files) != 1:
        for prefix, folder in roots:
            if not prefix or target == prefix or target.startswith(prefix + "\\"):
                rest = target.removeprefix(prefix).strip("\\").replace("\\", "/")
                path = posixpath.normpath(posixpath.join(folder, f"{rest}.php"))
                if path in paths.files:
                    yield Edge.stated(file.path, statement, path, "import", text)
                    return
    if len(files) > 1:
        yield Missing.ambiguous(file.path, statement.line, "import", text, files)
    elif files:
        if files[0] != file.path:
            yield Edge.stated(file.path, statement, files[0], "import", text, target_symbol=found[0].index)
    elif target not in types.members:
        yield Missing(file.path, statement.line, "import", text)


def _included(file: SourceFile, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    """A file by its path: seen from ``__DIR__``, else from the file's own folder and from the root."""
    target, folder = statement.target, file.path.rpartition("/")[0]
    own = target.removeprefix("__DIR__")
    text = f"{statement.kind} {target}"
    if any(letter in own for letter in "$('\"") or (own == target and not _PATH.search(own)):
        yield from _put_together(file.path, statement, paths)
        return
    places = [folder] if own != target else [folder, ""]
    method: Method = "resolved"
    found = next((path for place in places if (path := paths.relative(place, own.lstrip("/"))) is not None), None)
    if found is None and own == target and "/" in own:  # from a folder that is on the path of includes
        found, method = paths.nearest(file.path, own.lstrip("/")), "text-match"
    if found is None:
        yield Missing(file.path, statement.line, "include", text)
    elif found != file.path:
        yield Edge.stated(file.path, statement, found, "include", text, method, weak=statement.local)


def _put_together(path: str, statement: Import, paths: Paths) -> Iterator[Edge]:
    """The file that an expression means: by its folder, or by its end if that can only be one."""
    place = written(statement.target)
    if place is None:
        return
    end, folder = place.end.lstrip("/"), path.rpartition("/")[0]
    method: Method = "resolved" if place.above is not None else "text-match"
    if place.above is not None:
        found = paths.relative(folder, "../" * place.above + end)
    elif place.constant or "/" in end:
        found = paths.nearest(path, end)
    else:
        found = paths.relative(folder, end)
    if found is not None and found != path:
        yield Edge.stated(path, statement, found, "include", f"{statement.kind} {statement.target}", method, weak=statement.local)


def _candidates(file: SourceFile, full: str, base: Base) -> Iterable[str]:
    """Full names that a base may have: as written from the top, by a use, in the namespace."""
    assert file.record is not None
    name = bare(base.name)
    if name.startswith("\\"):
        yield name[1:]
        return
    first, _, rest = name.partition("\\")
    if first.lower() != "namespace":
        for statement in file.record.imports:
            own = statement.alias or statement.target.rpartition("\\")[2]
            if statement.kind == "use" and own.lower() == first.lower():
                yield "\\".join(filter(None, (statement.target, rest)))
                return
    else:
        name = rest
    space = full.rpartition("\\")[0]
    yield f"{space}\\{name}" if space else name


def _view_edges(path: str, statement: Import, paths: Paths) -> Iterator[Edge]:
    """The template or the settings that a text names, in the application around the file; of those of a library nothing is said."""
    target = statement.target
    if statement.alias == "config":
        ways = [f"config/{target}.php"]
    elif statement.alias == "render":
        ways = [f"templates/{target}", f"app/Resources/views/{target}"]
    else:
        name = target.replace(".", "/")
        ways = [f"resources/views/{name}.blade.php", f"resources/views/{name}.php"]
    found = next((one for folder in above(path) for way in ways if (one := paths.relative(folder, way)) is not None), None)
    if found is not None and found != path:
        yield Edge.stated(path, statement, found, "import", f"{statement.alias} {target}", "text-match")
