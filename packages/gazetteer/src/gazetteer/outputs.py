"""What an output consists of: tasks, each of which makes one file of it or a few that belong together.

Tasks are independent of each other: they may run in any order, in other processes, or not at all where what they look at has not
changed. So a task is a pure function of the atlas and of the configuration; what all tasks of a format need (names of pages, say) is
made once, before them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from msgspec import Struct

from .atlas import Atlas
from .compose import file_page, folder_page
from .config import Config
from .document import Page
from .names import page_names
from .render.markdown import Links, markdown

__all__ = ["Output", "outputs"]


class Output(Struct, frozen=True):
    """One task: a name that no other has, and what makes its files (path below the output's root, bytes)."""

    name: str
    make: Callable[[], Iterable[tuple[str, bytes]]]


def outputs(atlas: Atlas, root: Path, out: Path, config: Config, formats: tuple[str, ...]) -> Iterator[Output]:
    """All tasks of an output, in a fixed order."""
    if "md" in formats:
        yield from _markdown(atlas, root, out, config)


def _markdown(atlas: Atlas, root: Path, out: Path, config: Config) -> Iterator[Output]:
    names = page_names(atlas.files, atlas.folders)
    links = Links(names, config.links.source or os.path.relpath(root, out), config.links.rev)
    for folder in atlas.folders:
        yield Output(f"md folder {folder}", partial(_pages, links, folder_page, atlas, folder))
    for path in atlas.files:
        yield Output(f"md file {path}", partial(_pages, links, file_page, atlas, path))


def _pages(links: Links, compose: Callable[[Atlas, str], Page], atlas: Atlas, path: str) -> list[tuple[str, bytes]]:
    page = compose(atlas, path)
    return [(links.page(page.ref), markdown(page, links))]
