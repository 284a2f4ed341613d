"""The whole pipeline: discover, gather, resolve, compose, write. Pages whose bytes are the same are not written again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from pathlib import Path

import msgspec
from blake3 import blake3
from msgspec import Struct

from . import __version__
from .atlas import Atlas
from .compose import file_page, folder_page
from .config import Config
from .discover import MARKER, discover
from .errors import OutputError
from .gather import gather
from .names import page_names
from .render.markdown import Links, markdown
from .resolve import resolve
from .store import Store

__all__ = ["Built", "build"]

MANIFEST = "manifest.json"


class Built(Struct):
    """What a build did."""

    files: int
    scanned: int
    extracted: int
    pages: int
    written: int
    removed: int


def build(
    root: Path, out: Path, config: Config, store: Store, *, formats: tuple[str, ...] = ("md",), executor: Executor | None = None,
    progress: Callable[[str, int, int], None] = lambda _stage, _done, _of: None,
) -> Built:  # fmt: skip
    """Document the tree at `root` in the folder `out`.

    Raises
    ------
    OutputError
        If `out` holds files that are not this system's.
    """
    claim(out)
    entries = discover(root, config, [out])
    gathered = gather(root, entries, config, store, executor, progress)
    atlas = resolve(config.repo.name or root.name, gathered.files, config, config.links.rev)
    pages = dict(outputs(atlas, root, out, config, formats))
    written, removed = write(out, pages)
    return Built(len(entries), gathered.scanned, gathered.extracted, len(pages), written, removed)


def outputs(atlas: Atlas, root: Path, out: Path, config: Config, formats: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of every file of the output."""
    if "md" in formats:
        names = page_names(atlas.files, atlas.folders)
        source = config.links.source or os.path.relpath(root, out)
        links = Links(names, source, config.links.rev)
        for folder in atlas.folders:
            page = folder_page(atlas, folder)
            yield links.page(page.ref), markdown(page, links)
        for path in atlas.files:
            page = file_page(atlas, path)
            yield links.page(page.ref), markdown(page, links)


def claim(out: Path) -> None:
    """Make sure that `out` is ours to write: it does not exist, is empty, or has our marker."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise OutputError(f"output {out} is not a folder")
    if out.exists() and not (out / MARKER).is_file() and any(out.iterdir()):
        raise OutputError(f"output {out} holds files that are not Gazetteer's; name an empty or a new folder (-o)")
    out.mkdir(parents=True, exist_ok=True)
    (out / MARKER).write_bytes(b"gazetteer output: files in this folder are written and removed by gaz build\n")


def write(out: Path, pages: dict[str, bytes]) -> tuple[int, int]:
    """Write what changed, remove what is no page any more; how many of each."""
    before = _manifest(out)
    now = {path: blake3(content).hexdigest(16) for path, content in sorted(pages.items())}
    written = 0
    for path, content in pages.items():
        if before.get(path) != now[path] or not (out / path).is_file():
            _replace(out, path, content)
            written += 1
    gone = [path for path in before if path not in now]
    for path in gone:
        with suppress(OSError):
            (out / path).unlink()
            for folder in (out / path).parents:
                if folder == out:
                    break
                folder.rmdir()
    manifest = msgspec.json.format(msgspec.json.encode({"gazetteer": __version__, "pages": now}), indent=1) + b"\n"
    if written or gone or not (out / MANIFEST).is_file():
        _replace(out, MANIFEST, manifest)
    return written, len(gone)


def _manifest(out: Path) -> dict[str, str]:
    try:
        return dict(msgspec.json.decode((out / MANIFEST).read_bytes())["pages"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError, ValueError):
        return {}


def _replace(out: Path, path: str, content: bytes) -> None:
    """Write a file whole or not at all."""
    target = out / path
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name[:100]}.new")
    temporary.write_bytes(content)
    os.replace(temporary, target)
