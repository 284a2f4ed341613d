"""What follows from which files have to do with which, after a small change: ranks, and what folders depend on; and which pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..compose.folders import FolderFacts
from ..graph import LINKED, USED, Graph, row_of
from ..kept import Ranked, Reranked, folder_of
from ..rank import out_of_order
from ..render.llms import depended_on
from ..resolve.paths import above
from ..store import ENCODE
from .view import View

__all__ = ["reranked"]


def reranked(view: View, sources: Iterable[str]) -> Reranked | None:
    """Bring ranks up to date where edges from files are others than before; None where no two files have begun or ceased to have to do.

    The atlas of the view, and its facts of folders, are as they are now afterwards.
    """
    atlas, graph = view.book.atlas, view.graph()
    paths = list(atlas.files)
    numbers = {path: number for number, path in enumerate(paths)}
    rows = {numbers[path]: row_of(numbers, path, view.facts[path].edges_from) for path in sources}
    if all(graph.rows[number] == row for number, row in rows.items()):
        return None
    for number, row in rows.items():
        graph.rows[number] = row
    ranks, before = graph.ranks(), dict(atlas.rank)
    atlas.rank.update(zip(paths, ranks, strict=True))
    old, new = _places(paths, [before[path] for path in paths]), _places(paths, ranks)
    moved = out_of_order(sorted(paths, key=lambda path: new[numbers[path]]), dict(zip(paths, old, strict=True)))
    found = FolderFacts({path: [paths[n] for n in row] for path, row in zip(paths, graph.targets(USED), strict=True)}, atlas)
    folders, shown = _folders(view, found)
    depended = depended_on(atlas, (file.path for file, brief in view.book.in_short() if brief.has_facts))
    reordered = {paths[n] for n in _reordered(graph, old, new, {numbers[path] for path in moved})}
    return Reranked(graph, Ranked(ranks, dict(found.users), depended), reordered, folders, shown)


def _places(paths: Sequence[str], ranks: Sequence[float]) -> list[int]:
    """The place of each file where they stand by rank."""
    rounded = [-round(rank, 12) for rank in ranks]
    order = sorted(range(len(paths)), key=lambda n: (rounded[n], paths[n]))
    places = [0] * len(order)
    for place, number in enumerate(order):
        places[number] = place
    return places


def _reordered(graph: Graph, old: list[int], new: list[int], moved: set[int]) -> set[int]:
    """The files whose users stand in another order; only users that have moved can make it another."""
    users: dict[int, list[int]] = {}
    touched = {value for source, value in graph.pairs(USED | LINKED) if source in moved}
    for source, target in graph.pairs(USED | LINKED):
        if target in touched:
            users.setdefault(target, []).append(source)
    return {target for target, some in users.items() if sorted(some, key=old.__getitem__) != sorted(some, key=new.__getitem__)}


def _folders(view: View, found: FolderFacts) -> tuple[set[str], set[str]]:
    """Put the facts of folders in their place; those of which they are others, and those whose pages show something of it."""
    before, users = dict(view.store.all_kept("folder")), view.kept.users
    changed, shown = set[str](), set[str]()
    others = {path for path in users.keys() | found.users.keys() if users.get(path) != found.users.get(path)}
    near = {folder for path in others for folder in above(path)}
    for folder in view.book.atlas.folders:
        fact = folder_of(found, folder)
        if before.get(folder) != ENCODE(fact):
            view.folders.put(folder, fact)
            changed.add(folder)
        if folder in changed or (folder in near and not others.isdisjoint(fact.top)):
            shown.add(folder)
    view.folders.users = dict(found.users)
    return changed, shown
