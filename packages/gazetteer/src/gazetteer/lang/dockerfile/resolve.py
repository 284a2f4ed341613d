"""What Dockerfiles copy, and which images they are made from.

From which folder an image is built, its Dockerfile does not say: it is mostly its own, or the top of the tree. What both have is ambiguous;
what neither has, but one other folder, is meant.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths

__all__ = ["resolve"]

_MOST = 50


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is copied; of images, that they are such."""
    places = _Places(paths)
    for file in files:
        yield from _statements(file, places)


def _statements(file: SourceFile, places: _Places) -> Iterator[Edge | Missing]:
    assert file.record is not None
    stages = dict[str, int]()
    for statement in file.record.imports:
        if statement.kind == "listed":
            yield from _copied(file.path, statement, places)
            continue
        stage = stages.get(statement.target.lower())
        text = f"FROM {statement.target}" + (f" AS {statement.alias}" if statement.alias else "")
        why = f"the stage of line {stage}" if stage else "an empty image" if statement.target == "scratch" else "an image"
        yield Missing(file.path, statement.line, "import", text, why)
        if statement.alias:
            stages[statement.alias.lower()] = statement.line


def _copied(path: str, statement: Import, places: _Places) -> Iterator[Edge | Missing]:
    folder, target, text = path.rpartition("/")[0], statement.target.lstrip("/"), f"COPY {statement.target}"
    found, others = places.meant(folder, target), places.meant("", target)
    if not found and not others:
        others = places.one(target)
    if found and others and found != others:
        yield Missing.ambiguous(path, statement.line, "import", text, [*found, *others])
        return
    for one in (found or others)[:_MOST]:
        if one != path:
            yield Edge.stated(path, statement, one, "build", text, "resolved" if found else "text-match")


class _Places:
    """The files of a tree by their folders."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @cached_property
    def _in_folders(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self._paths.files):
            folder, _, name = path.rpartition("/")
            found[folder].append(name)
        return found

    def meant(self, folder: str, target: str) -> list[str]:
        """The files that a path or a pattern means from a folder; of a whole folder, nothing is said."""
        place = posixpath.normpath(posixpath.join(folder, target))
        if "*" not in place:
            return [place] if place in self._paths.files else []
        within, slash, name = place.rpartition("/")
        matches = re.compile(re.escape(name).replace(r"\*", "[^/]*")).fullmatch
        return [f"{within}{slash}{one}" for one in self._in_folders.get(within, ()) if matches(one)]

    def one(self, target: str) -> list[str]:
        """The one file of the tree that a path may mean from some folder: one with a suffix, since others are mostly folders."""
        found = self._paths.ending(target) if "*" not in target and "." in target.rpartition("/")[2] else []
        return found if len(found) == 1 else []
