"""From what TypeScript makes the files that a build writes: by ``outDir`` and ``rootDir`` of its configurations."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from typing import Any

__all__ = ["Made"]

#: What may be written, and what is not known to be written of TypeScript or JavaScript; the longest suffixes first.
_WRITTEN = (".d.ts", ".d.mts", ".d.cts", ".js", ".jsx", ".mjs", ".cjs", ".ts", ".mts", ".cts")
#: What stands for any name in a list of files.
_WILD = ("*", "?")

#: A configuration and those that it extends, the nearest first, by their paths.
Chain = Iterable[tuple[str, dict[str, Any]]]


class Made:
    """What all configurations of a tree write.

    Parameters
    ----------
    chains : iterable of (str, Chain)
        The configurations, by their paths.
    """

    def __init__(self, chains: Iterable[tuple[str, Chain]]) -> None:
        #: Folders into which something is written, with those from which.
        self._from: dict[str, list[str]] = {}
        for path, chain in chains:
            said = list(chain)
            source = _option(said, "rootDir")
            sources = [source] if source is not None else [_begin(said), path.rpartition("/")[0]]
            for target in (_option(said, "outDir"), _option(said, "declarationDir")):
                if target is not None:
                    self._from.setdefault(target, []).extend(s for s in sources if s is not None)

    def sources(self, path: str) -> Iterator[str]:
        """The paths, without their suffix, from which what lies at another one may be made."""
        stem = path.removesuffix(next((suffix for suffix in _WRITTEN if path.endswith(suffix)), ""))
        folder = path if self._from else ""
        while folder:
            folder = folder.rpartition("/")[0]
            for source in self._from.get(folder, ()):
                if source != folder:
                    yield posixpath.join(source, stem[len(folder) + bool(folder) :])


def _option(said: Chain, name: str) -> str | None:
    """The folder that an option names: in the nearest configuration that has it, and seen from there."""
    for path, content in said:
        value = content.get("compilerOptions", {}).get(name)
        if isinstance(value, str):
            return _folder(path.rpartition("/")[0], value)
    return None


def _begin(said: Chain) -> str | None:
    """The folder in which all lies that a configuration lists: from there its sources are written, if it does not say from where."""
    for path, content in said:
        folder, listed = path.rpartition("/")[0], content.get("include")
        if isinstance(listed, list) and listed and all(isinstance(each, str) for each in listed):
            parts = [part for each in listed if (part := _folder(folder, _fixed(each))) is not None]
            return posixpath.commonpath(parts) if parts else None
    return None


def _fixed(pattern: str) -> str:
    """The folder with which a pattern begins.

    Examples
    --------
    >>> _fixed("src/**/*"), _fixed("src"), _fixed("src/index.ts"), _fixed("*.ts")
    ('src', 'src', 'src', '')
    """
    parts = pattern.split("/")
    known = next((n for n, part in enumerate(parts) if any(wild in part for wild in _WILD) or part.endswith(_WRITTEN)), len(parts))
    return "/".join(parts[:known])


def _folder(folder: str, written: str) -> str | None:
    """What a path means seen from a folder; None outside of the tree."""
    found = posixpath.normpath(posixpath.join(folder, written))
    return None if found.startswith(("..", "/")) else "" if found == "." else found
