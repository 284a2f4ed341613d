"""Small trees, and where their imports and bases lead."""

from __future__ import annotations

from pathlib import Path

from gazetteer.atlas import Atlas
from gazetteer.config import Config
from gazetteer.discover import discover
from gazetteer.gather import gather
from gazetteer.resolve import resolve
from gazetteer.store import Store
from trees import write


def resolved(root: Path, files: dict[str, str | bytes]) -> Atlas:
    """The atlas of a small tree."""
    write(root, files)
    with Store(None) as store:
        return resolve("tree", gather(root, discover(root, Config(), []), Config(), store).files, Config())


def edges(atlas: Atlas, path: str, kind: str = "import") -> list[tuple[int, str]]:
    """Lines and targets."""
    return [(edge.line, edge.target) for edge in atlas.edges_from.get(path, []) if edge.kind == kind]


def ends(atlas: Atlas, path: str) -> list[tuple[int, str, str, int]]:
    """Lines of classes, and the kinds, names and lines of their bases."""
    found = list[tuple[int, str, str, int]]()
    for edge in atlas.edges_from.get(path, []):
        record = atlas.files[edge.target].record
        if edge.kind == "base" and record is not None:
            symbol = record.symbols[edge.target_symbol]
            found.append((edge.line, symbol.kind, symbol.name, symbol.line))
    return found
