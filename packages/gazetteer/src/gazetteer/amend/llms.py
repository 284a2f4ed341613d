"""The packs and the index for language models that a change reaches."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from ..config import Config
from ..output import Content, Writer
from ..outputs import Output, Task
from ..render.llms import DEPENDED, LlmsFiles, pack_names, tokens_in
from .changes import Changes

__all__ = ["LlmsPages"]


class LlmsPages:
    """The packs that may be different, and the index.

    Parameters
    ----------
    found : Changes
        What may be different.
    config : Config
        Budgets.
    address : callable or None
        As `gazetteer.render.llms.LlmsFiles` takes it.
    depended : list of str
        The files with facts that others depended on.
    writer : Writer
        Of the output.
    """

    def __init__(
        self, found: Changes, config: Config, address: Callable[[str], str] | None, depended: list[str], writer: Writer
    ) -> None:  # fmt: skip
        self._found, self._make = found, partial(_FewFiles, found, config, address, depended, writer)

    def before(self, paths: Iterable[str]) -> set[str]:
        """All that there were: what becomes of each is known when they are made."""
        return {path for path in paths if path == "llms.txt" or path.startswith("llms/")}

    def outputs(self) -> Iterator[Output]:
        """The files as they are."""
        if self._found.has_same_folders:  # so there are the same packs; which may be different, sees whoever makes them
            yield Task(("llms.txt",), lambda: _made(self._make()))
        else:
            files = self._make()
            yield Task(("llms.txt", *files.packs.values()), lambda: _made(files), worth=len(files.changed))


def _made(files: _FewFiles) -> Iterator[tuple[str, Content | None]]:
    """Those that may be different, and the index."""
    for folder, path in files.packs.items():
        yield path, files.pack(folder).encode() if folder in files.changed else None
    yield "llms.txt", files.index().encode()


class _FewFiles(LlmsFiles):
    """Packs of which few are made; what the index says of others is known from what lies there."""

    def __init__(
        self, found: Changes, config: Config, address: Callable[[str], str] | None, depended: list[str], writer: Writer
    ) -> None:  # fmt: skip
        self._found, self._writer = found, writer
        self._lines = dict(zip(depended, _listed(writer.read("llms.txt").decode()), strict=False))
        super().__init__(found.book.atlas, config, found.book.names, address, found.book)
        #: Folders whose pack may be different.
        self.changed = {path.rpartition("/")[0] for path in found.files} & self.packs.keys()
        if found.is_reranked():
            self._rerank()

    def _rerank(self) -> None:
        """Note the folders whose files stand in another order, and those whose pack has another name."""
        old, before = self._found.old, defaultdict[str, list[str]](list)
        for path in sorted(old, key=lambda p: (-old[p].rank, p)):
            if old[path].brief.has_facts:
                before[path.rpartition("/")[0]].append(path)
        names = self._found.before.names
        packs = pack_names({folder: names[folder] for folder in sorted(before)}, self.config.limits.folder_entries)
        self.changed |= {f for f, pack in self.packs.items() if packs.get(f) != pack or before[f] != self._inside[f]}

    def depended(self) -> list[str]:
        return self._found.depended

    def size(self, folder: str) -> int:
        if folder in self.changed:
            return super().size(folder)
        with self._writer.old(self.packs[folder]) as file:
            return tokens_in(os.fstat(file).st_size)

    def file_line(self, path: str) -> str:
        is_same = path not in self._found.files | self._found.facts and path.rpartition("/")[0] not in self.changed
        known = self._lines.get(path) if is_same else None
        return known if known is not None else super().file_line(path)


def _listed(text: str) -> list[str]:
    """The lines of the files that others depend on."""
    _, _, section = text.partition(f"\n## {DEPENDED}")
    return section.partition("\n\n")[2].splitlines()
