"""The paths of a tree, in the ways in which resolvers ask for them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property

from ..model import FileRecord

__all__ = ["Paths", "above"]

#: Of so many files of one name, it is not looked at each whether it is meant.
_MANY = 16


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
        #: Of names that many files have, these by the name of the folder that they lie in.
        self._by_folder: dict[str, dict[str, list[str]]] = {}
        #: Of suffixes, the files that have them, by what comes before.
        self._around: dict[str, dict[str, str]] = {}

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

    def beside_or_meant(self, path: str, target: str) -> list[str]:
        """The file that lies beside `path` or below the top of the tree, else those that `meant` gives."""
        found = self.beside(path.rpartition("/")[0], target)
        return [found] if found is not None else self.meant(path, (target,))

    def ending(self, suffix: str) -> list[str]:
        """Files whose path is `suffix` or ends with it after a slash, sorted."""
        if not _is_normal(suffix):
            suffix = posixpath.normpath(suffix)
            if suffix.startswith(".."):
                return []
        folder, slash, name = suffix.rpartition("/")
        if not slash:
            return list(self._by_name.get(name, ()))
        end = "/" + suffix
        return [p for p in self._in_folders(name, folder.rpartition("/")[2]) if p.endswith(end) or p == suffix]

    def _in_folders(self, name: str, folder: str) -> list[str]:
        """The files of a name in folders of a name, and maybe others; where many files have one name, that is looked up."""
        named = self._by_name.get(name, [])
        if len(named) < _MANY:
            return named
        found = self._by_folder.get(name)
        if found is None:
            found = self._by_folder[name] = {}
            for path in named:
                found.setdefault(path.rpartition("/")[0].rpartition("/")[2], []).append(path)
        return found.get(folder, [])

    def nearest(self, path: str, suffix: str) -> str | None:
        """The file whose path ends with `suffix`; of several, that for which the most of what comes before it is around `path` too.

        A suffix without a folder says too little for a choice: then it must be one file.
        """
        known = self._around.get(suffix)
        if known is None:
            known = self._around[suffix] = {p.removesuffix(suffix).rstrip("/"): p for p in self.ending(suffix)}
        if len(known) < 2:
            return next(iter(known.values()), None)
        if "/" not in suffix:
            return None
        return next((known[folder] for folder in above(path) if folder in known), None)

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
