"""The packs and the index for language models that a small change reaches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

from .amend import Amended, NotSmallError
from .config import Config
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
        if any((brief := book.brief(path)) is None or brief.has_facts != before[path].brief.has_facts for path in found.files):
            raise NotSmallError
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
        self._found, self._writer = found, writer
        self._depended = found.view.kept.depended
        self._lines = dict(zip(self._depended, _listed(writer.read("llms.txt").decode()), strict=False))
        book = found.view.book
        super().__init__(book.atlas, config, book.names, address, book)
        #: Folders with files that were changed, and that have a pack.
        self.changed = {path.rpartition("/")[0] for path in found.files} & self.packs.keys()

    def depended(self) -> list[str]:
        return self._depended

    def size(self, folder: str) -> int:
        if folder in self.changed:
            return super().size(folder)
        with self._writer.old(self.packs[folder]) as file:
            return tokens_in(os.fstat(file).st_size)

    def file_line(self, path: str) -> str:
        known = self._lines.get(path) if path not in self._found.files else None
        return known if known is not None else super().file_line(path)


def _listed(text: str) -> list[str]:
    """The lines of the files that others depend on."""
    _, _, section = text.partition(f"\n## {DEPENDED}")
    return section.partition("\n\n")[2].splitlines()
