"""Which file of the tree an ``#include`` means: beside the file, below a root that other includes teach, or by a suffix of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import FileRecord, Import
from ...resolve.paths import Paths
from .headers import STANDARD

__all__ = ["include_edges", "learned_roots", "whole_condition"]

#: A root is believed when so many different includes are found below it.
_ENOUGH = 2
#: Folders of these names are roots by custom, also of headers that lie in no folder.
_CUSTOMARY = frozenset(("include", "includes", "inc"))


def include_edges(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:
    """An edge for each include that means one file of the tree; what is missing, standard or ambiguous, said to be so."""
    configured = [r.strip("/") for r in config.cpp.include_roots]
    learned = [r for r in learned_roots(files, paths) if r not in configured]
    for file in files:
        if file.record is None or not file.record.imports:
            continue
        whole = whole_condition(file.record)
        for statement in file.record.imports:
            if statement.kind.startswith("include"):
                yield _one(file, statement, configured, learned, paths, weak=statement.condition != whole or statement.local)


def whole_condition(record: FileRecord) -> str:
    """The condition under which all of the file stands: what is under it alone is there whenever the file is."""
    conditions = [i.condition for i in record.imports] + [s.condition for s in record.symbols]
    shared = conditions[0].split(" && ")
    for condition in conditions:
        same = zip(shared, condition.split(" && "), strict=False)
        shared = [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], same)]
    return " && ".join(shared)


def learned_roots(files: list[SourceFile], paths: Paths) -> list[str]:
    """Folders below which includes are found, sorted.

    Only includes that name a folder teach: ``<a/b.h>`` is found below few roots, and ``<cuda.h>`` may lie anywhere. Each include teaches
    the one root below which it is found; one that is found below several teaches nothing.
    """
    targets = {i.target for f in files if f.record is not None for i in f.record.imports if "/" in i.target and ".." not in i.target}
    votes = Counter[str]()
    for target in sorted(targets):
        found = paths.ending(target)
        if len(found) == 1:
            votes[found[0][: -len(target)].rstrip("/")] += 1
    return sorted(root for root, count in votes.items() if count >= _ENOUGH or root.rpartition("/")[2] in _CUSTOMARY)


def _one(file: SourceFile, statement: Import, configured: list[str], learned: list[str], paths: Paths, *, weak: bool) -> Edge | Missing:
    target, quoted = statement.target, statement.kind == "include"
    text = f'#include "{target}"' if quoted else f"#include <{target}>"
    if statement.kind == "include_macro":
        return Missing(file.path, statement.line, "include", f"#include {target}", "named by a macro")
    found = _found(file.path, target, configured, learned, paths, quoted=quoted)
    if len(found) == 1:
        return Edge(file.path, statement.line, found[0], "include", text, weak=weak)
    if found:
        return Missing(file.path, statement.line, "include", text, "ambiguous", tuple(found))
    return Missing(file.path, statement.line, "include", text, "standard library" if target in STANDARD else "outside")


def _found(path: str, target: str, configured: list[str], learned: list[str], paths: Paths, *, quoted: bool) -> list[str]:
    """The files that an include may mean."""
    if quoted:
        beside = paths.relative(path.rpartition("/")[0], target)
        if beside is not None:
            return [beside]
    for root in configured:
        found = paths.relative(root, target)
        if found is not None:
            return [found]
    roots = learned if "/" in target else [r for r in learned if r.rpartition("/")[2] in _CUSTOMARY]
    below = sorted({f for f in (paths.relative(root, target) for root in roots) if f is not None})
    if below or not quoted or target in STANDARD:
        return below if quoted or target not in STANDARD else []
    return paths.ending(target)
