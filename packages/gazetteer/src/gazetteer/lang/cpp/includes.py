"""Which file of the tree an ``#include`` means: beside the file, below a root that other includes teach, or by a suffix of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import FileRecord
from ...resolve.paths import Paths
from .headers import STANDARD

__all__ = ["Places", "include_edges", "includes_of", "is_teaching", "learned_roots", "whole_condition"]

#: A root is believed when so many different includes are found below it.
_ENOUGH = 2
#: Folders of these names are roots by custom, also of headers that lie in no folder.
_CUSTOMARY = frozenset(("include", "includes", "inc"))


def include_edges(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:
    """An edge for each include that means one file of the tree; what is missing, standard or ambiguous, said to be so."""
    targets = {i.target for f in files if f.record is not None for i in f.record.imports}
    places = Places(learned_roots(targets, paths), paths, config)
    for file in files:
        if file.record is not None and file.record.imports:
            yield from includes_of(file.path, file.record, places)


def includes_of(path: str, record: FileRecord, places: Places) -> Iterator[Edge | Missing]:
    """The same of the includes of one file."""
    folder, whole = path.rpartition("/")[0], whole_condition(record)
    for statement in record.imports:
        if statement.kind == "include_macro":
            yield Missing(path, statement.line, "include", f"#include {statement.target}", "named by a macro")
        elif statement.kind.startswith("include"):
            text, found = places.named(folder, statement.target, quoted=statement.kind == "include")
            if len(found) == 1:
                weak = statement.condition != whole or statement.local
                yield Edge.stated(path, statement, found[0], "include", text, weak=weak)
            elif found:
                yield Missing.ambiguous(path, statement.line, "include", text, found)
            else:
                why = "standard library" if statement.target in STANDARD else "outside"
                yield Missing(path, statement.line, "include", text, why)


def whole_condition(record: FileRecord) -> str:
    """The condition under which all of the file stands: what is under it alone is there whenever the file is."""
    for statement in record.imports:
        if not statement.condition:  # as in most files
            return ""
    conditions = {i.condition for i in record.imports} | {s.condition for s in record.symbols}
    if "" in conditions:
        return ""
    if len(conditions) == 1:
        return conditions.pop()
    first, *others = [condition.split(" && ") for condition in conditions]
    length = len(first)
    for other in others:
        length = next((n for n, (a, b) in enumerate(zip(first[:length], other, strict=False)) if a != b), min(length, len(other)))
    return " && ".join(first[:length])


def is_teaching(target: str) -> bool:
    """Whether an include may say where others lie."""
    return ".." not in target and target not in STANDARD


def learned_roots(targets: Iterable[str], paths: Paths) -> list[str]:
    """Folders below which some of the includes of a tree are found, sorted; `targets` has each once.

    Each include teaches the one root below which it is found; one that is found below several teaches nothing. ``<a/b.h>`` is found below
    few roots; ``<cuda.h>`` may lie anywhere, and teaches none but what is one by custom.
    """
    votes = Counter[str]()
    for target in filter(is_teaching, targets):
        found = paths.ending(target)
        if len(found) == 1:
            root = found[0][: -len(target)].rstrip("/")
            votes[root] += "/" in target or _is_customary(root)
    return sorted(root for root, count in votes.items() if count >= _ENOUGH or _is_customary(root))


def _is_customary(root: str) -> bool:
    return root.rpartition("/")[2] in _CUSTOMARY


class Places:
    """Where includes may lie. What each of them means beside the file is asked of the file; all else is the same for all files."""

    def __init__(self, roots: list[str], paths: Paths, config: Config) -> None:
        self.paths = paths
        self.configured = [r.strip("/") for r in config.cpp.include_roots]
        self.learned = [r for r in roots if r not in self.configured]
        self.customary = [r for r in self.learned if _is_customary(r)]
        #: By what is written, quoted or not: how it is shown, and the files that it may mean.
        self.known: dict[tuple[str, bool], tuple[str, tuple[str, ...]]] = {}

    def named(self, folder: str, target: str, *, quoted: bool) -> tuple[str, tuple[str, ...]]:
        """An include as it is shown, and the files that it may mean in a file of a folder."""
        known = self.known.get((target, quoted))
        if known is None:
            text = f'#include "{target}"' if quoted else f"#include <{target}>"
            known = self.known[target, quoted] = text, tuple(self.found(target, quoted=quoted))
        if quoted:
            beside = self.paths.relative(folder, target)
            if beside is not None:
                return known[0], (beside,)
        return known

    def found(self, target: str, *, quoted: bool) -> list[str]:
        """The files that an include may mean if there is none beside the file."""
        for root in self.configured:
            found = self.paths.relative(root, target)
            if found is not None:
                return [found]
        if not quoted and target in STANDARD:
            return []
        roots = self.learned if "/" in target else self.customary
        below = sorted({f for f in (self.paths.relative(root, target) for root in roots) if f is not None})
        if below or not quoted or target in STANDARD:
            return below
        return self.paths.ending(target)
