"""Names across files: what each name of a file means, and from that the classes that bases name, and the methods that are overridden.

A resolver of a language says what its imports bind; looking names up is the same for all. Only what is unambiguous is resolved: one
class-like symbol of the name in the files that it may be in.
"""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from ..atlas import Edge, SymbolRef
from ..gather import SourceFile
from ..model import Base, Symbol

__all__ = ["HOLDERS", "MEMBERS", "Bindings", "above"]

#: Kinds of symbols that can be bases.
_CLASSES = frozenset(("class", "struct", "enum", "interface", "protocol", "trait", "record", "object", "type_alias"))
MEMBERS = frozenset(("method", "property", "operator"))
#: Kinds in which names are looked up one by one.
HOLDERS = frozenset((*_CLASSES, "namespace", "module"))
#: Those of them that are no classes: TypeScript also has classes and interfaces of the same name beside them.
_AROUND = frozenset(("namespace", "module"))
_DEEPEST = 10
#: So many classes above one are looked at for methods that it overrides.
_MOST_ABOVE = 200
_NAME = re.compile(r"[*&\s]*([\w$.:\\]+)")


class _Known:
    """Symbols of a file: those in which names are looked up, by what is around them and name; members, by class."""

    __slots__ = ("members", "own")

    def __init__(self) -> None:
        self.own: dict[tuple[int, str], list[int]] = {}
        self.members: dict[int, list[int]] = {}


class Bindings:
    """What names mean in each file.

    Parameters
    ----------
    files : iterable of SourceFile, or mapping
        All files whose names may be looked up; a mapping, by path, has none that was not read.
    separator : str
        What stands between the parts of a name.
    read : callable, optional
        Called with a path before a name is looked up among those that it binds, once: binds them. Without one, all are bound before.
    inherits : callable, optional
        Whether a class inherits from what it has as a base; by default, from each but one that it rules out.
    """

    def __init__(
        self, files: Iterable[SourceFile] | Mapping[str, SourceFile], separator: str = ".", read: Callable[[str], None] | None = None,
        inherits: Callable[[Base], bool] = lambda base: base.how != "not",
    ) -> None:  # fmt: skip
        self.files = files if isinstance(files, Mapping) else {f.path: f for f in files if f.record is not None}
        self.separator, self._read, self._inherits = separator, read, inherits
        self._unread = set(self.files) if read is not None else set[str]()
        #: Of a file, the names that it binds: files in which the name (all of the module, if it is empty) is defined.
        self._bound: dict[str, dict[str, tuple[tuple[str, ...], str, str]]] = defaultdict(dict)
        self._stars: dict[str, list[str]] = defaultdict(list)
        self._peers: dict[str, tuple[str, ...]] = {}
        self._known: dict[str, _Known] = {}
        self._methods: dict[SymbolRef, dict[str, int]] = {}
        self._found: dict[tuple[str, str], SymbolRef | None] = {}
        #: What stars gave for a name that is being looked up, by file, the rest of the name and how deep: many lead to the same.
        self._starred: dict[tuple[str, str, int], SymbolRef | None] = {}
        self._bases: dict[SymbolRef, list[tuple[Base, SymbolRef]]] = {}

    def bind(self, path: str, name: str, targets: Iterable[str], what: str = "", alone: str = "") -> None:
        """Say that `name` in `path` means `what` in one of the targets, or those as a whole; then `alone` where no name follows it."""
        self._bound[path].setdefault(name, (tuple(targets), what, alone))

    def star(self, path: str, target: str) -> None:
        """Say that all names of `target` are names of `path`."""
        self._stars[path].append(target)

    def peers(self, path: str, paths: tuple[str, ...]) -> None:
        """Say which files share one space of names with `path`."""
        self._peers[path] = paths

    def edges(self, overrides: bool = True, paths: Iterable[str] | None = None) -> Iterator[Edge]:
        """An edge from each class to each base that was found, and from methods to those that they override; of all files, or of some."""
        derived = [
            SymbolRef(path, index)
            for path in (self.files if paths is None else paths)
            for index, symbol in enumerate(self._symbols(path))
            if symbol.bases and symbol.kind != "type_alias"
        ]
        for own in derived:
            line = self._symbols(own.path)[own.index].line
            for base, ref in self._bases_of(own):
                yield Edge(
                    own.path, line + base.below, ref.path, "base", base.name, source_symbol=own.index, target_symbol=ref.index
                )  # fmt: skip
        for own in derived if overrides else ():
            if self._bases_of(own):
                yield from self._overrides(own)

    def _bases_of(self, own: SymbolRef) -> list[tuple[Base, SymbolRef]]:
        """The bases of a class that were found, as it has them and as they are."""
        found = self._bases.get(own)
        if found is None:
            symbol, found = self._symbols(own.path)[own.index], []
            for base in symbol.bases if symbol.kind != "type_alias" else ():
                ref = self.find(own.path, base.name, symbol.parent) if self._inherits(base) else None
                if ref is not None and ref != own:
                    found.append((base, ref))
            self._bases[own] = found
        return found

    def find(self, path: str, written: str, parent: int = -1) -> SymbolRef | None:
        """The class that a base means where it is written, in `path` below the symbol `parent`."""
        match = _NAME.match(written)
        if match is None or path not in self.files:
            return None
        parts = match[1].strip(self.separator).split(self.separator)
        for place in self._places(path, parent):
            ref = self._inside(path, place, parts)
            if ref is not None:
                return ref
        key = (path, self.separator.join(parts))
        if key not in self._found:
            self._found[key] = None  # a circle of imports ends here
            self._starred.clear()
            self._found[key] = self._of_module(path, parts, _DEEPEST)
        return self._found[key]

    def _places(self, path: str, parent: int) -> Iterator[int]:
        record = self.files[path].record
        assert record is not None
        while parent >= 0:
            yield parent
            parent = record.symbols[parent].parent

    def _of_module(self, path: str, parts: list[str], depth: int) -> SymbolRef | None:
        """What a dotted name means in a module: its own names, then what it imports, then modules in it."""
        if not depth:
            return None
        if path in self.files:  # one that is empty has no names
            own = [r for r in (self._inside(p, -1, parts) for p in self._peers.get(path, (path,)) if p in self.files) if r is not None]
            if own:
                return own[0] if len(own) == 1 else None
            if path in self._unread and self._read is not None:
                self._unread.discard(path)
                self._read(path)
            bound = self._bound.get(path, {})
            for length in range(len(parts), 0, -1):
                found = bound.get(self.separator.join(parts[:length]))
                if found is not None:
                    targets, what, alone = found
                    rest = (what.split(self.separator) if what else []) + parts[length:] or ([alone] if alone else [])
                    return self._one(targets, rest, depth) if rest else None
            if path in self._stars:
                key = (path, self.separator.join(parts), depth)
                if key not in self._starred:
                    self._starred[key] = self._one(tuple(dict.fromkeys(self._stars[path])), parts, depth)
                if self._starred[key] is not None:
                    return self._starred[key]
        inner = self._part(path, parts[0]) if len(parts) > 1 else ""
        return self._of_module(inner, parts[1:], depth - 1) if inner else None

    def _part(self, path: str, name: str) -> str:
        """The module of a name in the package of Python that a file is: a name of it once that is imported, be it there or not."""
        folder, _, file = path.rpartition("__init__.")
        if file not in ("py", "pyi"):
            return ""
        suffixes = (file, "pyi" if file == "py" else "py")
        found = [f"{folder}{name}{part}.{suffix}" for suffix in suffixes for part in ("", "/__init__")]
        return next((p for p in found if p in self.files), f"{folder}{name}/__init__.py")

    def _one(self, targets: tuple[str, ...], parts: list[str], depth: int) -> SymbolRef | None:
        found = {r for r in (self._of_module(t, parts, depth - 1) for t in targets) if r is not None}
        return found.pop() if len(found) == 1 else None

    def _inside(self, path: str, parent: int, parts: list[str]) -> SymbolRef | None:
        """The class of a dotted name below a symbol of a file. What is declared in several places of one name may be in any of them."""
        symbols, own, around = self._symbols(path), self._of(path).own, [parent]
        for part in parts[:-1]:
            around = [index for above in around for index in own.get((above, part), ())]
        found = [i for above in around for i in own.get((above, parts[-1]), ()) if symbols[i].kind not in _AROUND]
        if len(found) > 1:
            found = _merged(symbols, found)
        return SymbolRef(path, found[0]) if len(found) == 1 else None

    def _of(self, path: str) -> _Known:
        """The symbols of a file by what they are asked for, from one pass over all."""
        known = self._known.get(path)
        if known is None:
            known = self._known[path] = _Known()
            for index, symbol in enumerate(self._symbols(path)):
                kind = symbol.kind
                if kind in MEMBERS:
                    known.members.setdefault(symbol.parent, []).append(index)
                elif kind in HOLDERS and symbol.role != "forward":
                    known.own.setdefault((symbol.parent, symbol.name), []).append(index)
            for index in known.members:
                if index >= 0 and (symbol := self._symbols(path)[index]).kind == "function":  # it has a prototype
                    known.own.setdefault((symbol.parent, symbol.name), []).append(index)
        return known

    def _symbols(self, path: str) -> list[Symbol]:
        record = self.files[path].record
        assert record is not None
        return record.symbols

    def _members_of(self, ref: SymbolRef) -> list[int]:
        """The methods and properties of a class, in order."""
        return self._of(ref.path).members.get(ref.index, [])

    def _by_name(self, ref: SymbolRef) -> dict[str, int]:
        """The methods and properties of a class by name, the first of each."""
        found = self._methods.get(ref)
        if found is None:
            symbols = self._symbols(ref.path)
            found = self._methods[ref] = {symbols[index].name: index for index in reversed(self._members_of(ref))}
        return found

    def _refs_of(self, own: SymbolRef) -> list[SymbolRef]:
        return [ref for _, ref in self._bases_of(own)]

    def _overrides(self, ref: SymbolRef) -> Iterator[Edge]:
        """Edges from the methods of a class to those of the nearest base that has one of the name."""
        symbols, members = self._symbols(ref.path), self._members_of(ref)
        nearest = self._nearest({symbols[index].name for index in members}, above(ref, self._refs_of)) if members else {}
        for index in members:
            symbol = symbols[index]
            if symbol.name in nearest:
                base = nearest[symbol.name]
                text = f"{self._symbols(base.path)[base.index].name}{self.separator}{symbol.name}"
                target = self._by_name(base)[symbol.name]
                yield Edge(ref.path, symbol.line, base.path, "override", text, source_symbol=index, target_symbol=target)

    def _nearest(self, names: set[str], bases: Iterable[SymbolRef]) -> dict[str, SymbolRef]:
        """The first of some classes that has a method of the name, for each name that one has."""
        found: dict[str, SymbolRef] = {}
        for base in bases:
            here = names & self._by_name(base).keys()
            found.update(dict.fromkeys(here, base))
            names -= here
            if not names:
                break
        return found


def _merged(symbols: list[Symbol], found: list[int]) -> list[int]:
    """Of symbols of one name that declare one type, that of the class, else the first; all, if they declare several.

    Interfaces of one name are one, and so are a class and interfaces.
    """
    classes = [index for index in found if symbols[index].kind != "interface"]
    return (classes or found[:1]) if len(classes) < 2 else found


def above(own: SymbolRef, bases: Callable[[SymbolRef], Iterable[SymbolRef]]) -> Iterator[SymbolRef]:
    """The bases of a class and theirs, the nearest first, each once; as many as are looked at for what is overridden.

    No program has more; a tree that means harm may have a chain of 50,000, and to go up all of it from each is 1,250,000,000 steps.
    """
    return itertools.islice(_all_above(own, bases), _MOST_ABOVE)


def _all_above(own: SymbolRef, bases: Callable[[SymbolRef], Iterable[SymbolRef]]) -> Iterator[SymbolRef]:
    seen, row = {own}, [own]
    while row:
        below, row = row, []
        for base in (base for ref in below for base in bases(ref)):
            if base not in seen:
                seen.add(base)
                row.append(base)
                yield base
