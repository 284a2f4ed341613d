"""The folders in which absolute imports of Python are looked for, by what lies in them: a tree of many packages has as many of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

from ...model import Import

__all__ = ["SUFFIXES", "Roots"]

#: What a module may be, in the order in which Python looks for it; what is made from Cython has no text of its own to lead to.
SUFFIXES = (".py", ".pyi", ".pyx")
#: Where so many roots have something of one name, it is noted which of them have what below it.
_MANY = 8


class Roots:
    """The roots of a tree.

    Parameters
    ----------
    roots : sequence of str
        In the order in which they are asked.
    files, folders : set of str
        All of the tree.
    """

    def __init__(self, roots: Sequence[str], files: AbstractSet[str], folders: AbstractSet[str]) -> None:
        self._order = {root: number for number, root in enumerate(roots)}
        self._files, self._folders = files, folders

    def with_module(self, statement: Import) -> list[str]:
        """The roots with a module that an absolute import means, be it what it names or what it takes from that; and maybe others."""
        held, target = self._holding.get(statement.target.partition(".")[0], set()), statement.target.replace(".", "/")
        if len(held) >= _MANY:
            known = self._modules
            held = {root for name in (target, *(f"{target}/{n.name}" for n in statement.names)) for root in known.get(name, ())}
        return sorted(held, key=self._order.__getitem__)

    def with_folder(self, target: str) -> bool:
        """Whether a dotted name is that of a folder below some root."""
        held, path = self._holding.get(target.partition(".")[0], set()), target.replace(".", "/")
        if len(held) >= _MANY:
            return path in self._below
        return any((f"{root}/{path}" if root else path) in self._folders for root in held)

    @cached_property
    def _holding(self) -> dict[str, set[str]]:
        """The roots right in which a module or a folder of a name lies."""
        found: dict[str, set[str]] = {}
        for path in (*self._folders, *self._stems()):
            root, _, name = path.rpartition("/")
            if root in self._order:
                found.setdefault(name, set()).add(root)
        return found

    @cached_property
    def _modules(self) -> dict[str, list[str]]:
        """Where a module lies below several roots: by its path below them, of those paths whose first part many roots have."""
        found: dict[str, list[str]] = {}
        for stem in {name for whole in self._stems() for name in (whole, whole.removesuffix("/__init__"))}:
            for root, path in self._seen(stem):
                found.setdefault(path, []).append(root)
        return found

    @cached_property
    def _below(self) -> set[str]:
        """The folders below roots, in the same way."""
        return {path for folder in self._folders for _, path in self._seen(folder)}

    def _stems(self) -> Iterable[str]:
        """The paths of all modules without their suffixes."""
        return (path.rpartition(".")[0] for path in self._files if path.endswith(SUFFIXES))

    def _seen(self, path: str) -> Iterator[tuple[str, str]]:
        """A path as roots above it have it, with each of them."""
        root = path
        while root:
            root = root.rpartition("/")[0]
            if root in self._order:
                below = path[len(root) + 1 :] if root else path
                if len(self._holding.get(below.partition("/")[0], ())) >= _MANY:
                    yield root, below
