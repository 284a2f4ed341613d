"""The paths of a tree, in the ways in which resolvers ask for them."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Mapping

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
        self.folders = frozenset(folder for path in self.files for folder in above(path))
        self._by_name: dict[str, list[str]] = defaultdict(list)
        for path in sorted(self.files):
            self._by_name[path.rpartition("/")[2]].append(path)

    def relative(self, folder: str, target: str) -> str | None:
        """The file that `target` means seen from `folder`; None where there is none, or it lies outside."""
        path = posixpath.normpath(posixpath.join(folder, target))
        return path if path in self.files else None

    def ending(self, suffix: str) -> list[str]:
        """Files whose path is `suffix` or ends with it after a slash, sorted."""
        suffix = posixpath.normpath(suffix)
        if suffix.startswith(".."):
            return []
        return [p for p in self._by_name.get(suffix.rpartition("/")[2], ()) if p == suffix or p.endswith("/" + suffix)]


def above(path: str) -> list[str]:
    """The folders around a path, the nearest first, the root last."""
    found = []
    while path:
        path = path.rpartition("/")[0]
        found.append(path)
    return found
