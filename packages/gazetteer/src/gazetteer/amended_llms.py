"""The packs and the index for language models that a small change reaches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from .amend import Amended
from .compose.brief import Brief
from .config import Config
from .not_small import NotSmallError
from .output import Writer
from .render.llms import DEPENDED, LlmsFiles, tokens_in

__all__ = ["LlmsPages"]


class LlmsPages:
    """The packs with files that were changed, and the index.

    Parameters
    ----------
    found : Amended
        What the change reaches.
    config : Config
        Budgets.
    address : callable or None
        As `gazetteer.render.llms.LlmsFiles` takes it.
    writer : Writer
        Of the output.

    Raises
    ------
    NotSmallError
        If there are other packs now, or a file may be listed that was not.
    """

    def __init__(self, found: Amended, config: Config, address: Callable[[str], str] | None, writer: Writer) -> None:
        before, book = found.view.files, found.view.book
        if any(_has_facts(before[path].brief) != _has_facts(book.brief(path)) for path in found.files):
            raise NotSmallError("the first facts of a file, or the last")
        files = _FewFiles(found, config, address, writer)
        made = {files.packs[folder]: files.pack(folder) for folder in sorted(files.changed)}
        made["llms.txt"] = files.index()
        self._made = {path: content for path, text in made.items() if (content := text.encode()) != writer.read(path)}

    def before(self, _paths: Iterable[str]) -> set[str]:
        """Those of the paths of the last output that are not as they were."""
        return set(self._made)

    def write(self, writer: Writer) -> None:
        """Write them as they are."""
        for path, content in self._made.items():
            writer.write(path, content)


class _FewFiles(LlmsFiles):
    """Packs of which few are made; what the index says of others is known from what lies there."""

    def __init__(self, found: Amended, config: Config, address: Callable[[str], str] | None, writer: Writer) -> None:
        self._found, self._writer, self._brief = found, writer, found.view.book.brief
        self._depended = before = found.view.kept.depended
        self._lines = dict(zip(before, _listed(writer.read("llms.txt").decode()), strict=False))
        super().__init__(found.view.book.atlas, config, found.view.book.names, address)
        changed = {path.rpartition("/")[0] for path in found.files}
        if found.reranked is not None:
            self._depended = found.reranked.ranked.depended
            changed |= self._reordered(found.reranked.before)
        #: Folders with files that were changed, or stand in another order, and that have a pack.
        self.changed = changed & self.packs.keys()

    def _reordered(self, before: dict[str, float]) -> set[str]:
        """The folders whose files stand in another order, by rank."""
        return {folder for folder, paths in self._inside.items() if paths != sorted(paths, key=lambda p: (-before.get(p, 0.0), p))}

    def has_facts(self, path: str) -> bool:
        return _has_facts(self._brief(path))

    def symbols(self) -> int:
        return sum(brief.symbols for _, brief in self._found.view.book.in_short())

    def depended(self) -> list[str]:
        return self._depended

    def size(self, folder: str) -> int:
        if folder in self.changed:
            return super().size(folder)
        with self._writer.old(self.packs[folder]) as file:
            return tokens_in(os.fstat(file).st_size)

    def file_line(self, path: str) -> str:
        known = self._lines.get(path) if path not in self._found.files | self._found.facts else None
        return known if known is not None else super().file_line(path)


def _listed(text: str) -> list[str]:
    """The lines of the files that others depend on."""
    _, _, section = text.partition(f"\n## {DEPENDED}")
    return section.partition("\n\n")[2].splitlines()


def _has_facts(brief: Brief | None) -> bool:
    return brief is not None and (brief.says or brief.symbols > 0)
