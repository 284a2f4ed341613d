"""The paths of a tree, in the ways in which resolvers ask for them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property

from ..model import FileRecord

__all__ = ["Paths", "above"]


class Paths:
    """All files of a tree.

    Parameters
    ----------
    files : iterable of str
        Their paths.
    records : mapping, optional
        What is known of each that was read; manifests say where packages lie.
    """

    def __init__(self, files: Iterable[str], records: Mapping[str, FileRecord] | None = None) -> None:
        self.records: Mapping[str, FileRecord] = records or {}
        self.files = frozenset(files)
        self.folders = _folders(self.files)

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in sorted(self.files):
            found.setdefault(path.rpartition("/")[2], []).append(path)
        return found

    def relative(self, folder: str, target: str) -> str | None:
        """The file that `target` means seen from `folder`; None where there is none, or it lies outside."""
        path = f"{folder}/{target}" if folder else target
        if path in self.files:
            return path
        if _is_normal(path):
            return None
        path = posixpath.normpath(posixpath.join(folder, target))
        return path if path in self.files else None

    def beside(self, folder: str, target: str) -> str | None:
        """The file that `target` means seen from `folder`, else from the top of the tree, where programs are often run."""
        return self.relative(folder, target) or self.relative("", target)

    def ending(self, suffix: str) -> list[str]:
        """Files whose path is `suffix` or ends with it after a slash, sorted."""
        if not _is_normal(suffix):
            suffix = posixpath.normpath(suffix)
            if suffix.startswith(".."):
                return []
        named = self._by_name.get(suffix.rpartition("/")[2])
        if not named:
            return []
        end = "/" + suffix
        return [p for p in named if p.endswith(end) or p == suffix]

    def nearest(self, path: str, suffix: str) -> str | None:
        """The file whose path ends with `suffix`; of several, that for which the most of what comes before it is around `path` too.

        A suffix without a folder says too little for a choice: then it must be one file.
        """
        found = self.ending(suffix)
        if len(found) < 2:
            return found[0] if found else None
        if "/" not in suffix:
            return None
        by_folder = {p.removesuffix(suffix).rstrip("/"): p for p in found}
        return next((by_folder[folder] for folder in above(path) if folder in by_folder), None)

    def meant(self, path: str, ways: Iterable[str]) -> list[str]:
        """The file that a module is to the file at `path`, in the first of several ways to be one: beside it, or the nearest; else all."""
        folder = path.rpartition("/")[0]
        for way in ways:
            near = self.relative(folder, way) or self.nearest(path, way)
            if near is not None:
                return [near]
        return [found for way in ways for found in self.ending(way)]


def _is_normal(path: str) -> bool:
    """Whether `posixpath.normpath` has nothing to do; False also of some others with which it has not."""
    return "//" not in path and "./" not in path and path[-1:] not in ("/", ".", "")


def _folders(paths: Iterable[str]) -> frozenset[str]:
    """The folders around all paths, the root too."""
    found, new = set[str](), {path.rpartition("/")[0] for path in paths}
    while new:
        found |= new
        new = {folder.rpartition("/")[0] for folder in new} - found
    return frozenset(found)


def above(path: str) -> list[str]:
    """The folders around a path, the nearest first, the root last."""
    found = []
    while path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found
