"""Which tests name what a file defines: a search in text, said to be one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from ..atlas import TestSearch
from ..config import Config
from ..gather import SourceFile
from ..lang.table import FAMILY, SCRIPTS
from ..model import Symbol
from ..packing import Packed

__all__ = [
    "COMMON", "SHORTEST", "TELLING_WORDS", "is_meant", "is_searched", "is_telling", "mentions", "mentions_again", "owners_among",
    "put_aside", "telling_names",
]  # fmt: skip

#: Kinds whose names are worth a search, and the shortest name that says something.
_TELLING = frozenset(
    ("class", "struct", "function", "enum", "interface", "trait", "protocol", "union", "record", "macro", "type_alias", "method")
)
SHORTEST = 4
#: What the keyword index says of definitions of these kinds.
TELLING_WORDS = frozenset(kind.replace("_", " ") for kind in _TELLING)
#: Names that more files define than this are nobody's.
COMMON = 3
#: Languages whose files use each other's names, each by one of them.
_SPOKEN_WITH = {
    **dict.fromkeys(FAMILY, "cpp"), **dict.fromkeys(("cython", "notebook"), "python"), **dict.fromkeys(SCRIPTS, "javascript"),
    "ocaml_interface": "ocaml", **dict.fromkeys(("kotlin", "scala"), "java"),
}  # fmt: skip


def is_telling(symbol: Symbol) -> bool:
    """Whether the name of a symbol is worth a search."""
    return symbol.kind in _TELLING and symbol.role == "definition" and len(symbol.name) >= SHORTEST


def is_plain(name: str) -> bool:
    """Whether a name is a word of small letters alone, which any text may have for other reasons."""
    return name.islower() and name.isalpha()


def is_meant(name: str, language: str, theirs: str) -> bool:
    """Whether a test, in the language `theirs`, may mean by a name what a file in another defines.

    Examples
    --------
    >>> is_meant("return", "cpp", "python"), is_meant("PreHook", "cpp", "python"), is_meant("loads", "python", "python")
    (False, True, True)
    >>> is_meant("scale", "hip", "cpp")
    True
    """
    return not is_plain(name) or _family(language) == _family(theirs)


def _family(language: str) -> str:
    return _SPOKEN_WITH.get(language, language)


def is_searched(file: SourceFile) -> bool:
    """Whether a file is a test in which names are looked for."""
    return "test" in file.labels and file.scan.content == "text" and not file.page


def mentions(files: list[SourceFile], config: Config, names: Mapping[str, Iterable[str]] | None = None) -> dict[str, TestSearch]:
    """Of each file with symbols that is no test itself, the tests that mention its names.

    Parameters
    ----------
    files : list of SourceFile
        All files.
    config : Config
        What a test is.
    names : mapping, optional
        Of each file with symbols that is no test, its `telling_names`, from someone who has read all records.
    """
    if names is None:
        names = {f.path: telling_names(record.symbols) for f in files if (record := f.record) is not None and record.symbols}
    tests = [f for f in files if is_searched(f)]
    tested = [f.path for f in files if f.path in names and "test" not in f.labels]
    owners = owners_among((path, names[path]) for path in tested) if tests else {}
    found = _mentioned(tests, owners, files)
    nothing = TestSearch((), len(tests), _where(config))
    return {path: _search(found[path], nothing) if path in found else nothing for path in tested}


def put_aside(tests: Mapping[str, TestSearch], into: Packed[TestSearch]) -> None:
    """Put what `mentions` gives out of memory; most files have the same, since no test names them."""
    places = dict[int, Any]()
    for path, search in tests.items():
        if id(search) not in places:
            places[id(search)] = into.put(search)
        into.held[path] = places[id(search)]


def mentions_again(
    before: Mapping[str, TestSearch], files: list[SourceFile], names: set[str], owners: Mapping[str, list[str]], read: set[str],
    config: Config,
) -> dict[str, TestSearch]:  # fmt: skip
    """What `mentions` gives, from what it gave of the tree as it was.

    Parameters
    ----------
    before : mapping
        What it gave.
    files : list of SourceFile
        As for `mentions`.
    names : set of str
        All names that other files define than before, or that other tests mention.
    owners : mapping
        What `owners_among` gives now, of these names.
    read : set of str
        Paths of files of which anything else is known than before; of others the records are not looked at.
    config : Config
        As for `mentions`.
    """
    tests = [f for f in files if is_searched(f)]
    found = _mentioned(tests, owners, files)
    nothing, result = TestSearch((), len(tests), _where(config)), {}
    for file in files:
        path = file.path
        was = before.get(path)
        if path in read:
            is_tested = "test" not in file.labels and file.record is not None and bool(file.record.symbols)
        else:
            is_tested = was is not None
        if not is_tested:
            continue
        rows = was.found if was is not None else ()
        if path in found or any(not names.isdisjoint(some) for _, some in rows):
            kept = {test: rest for test, some in rows if (rest := [name for name in some if name not in names])}
            for test, some in found.get(path, {}).items():
                kept[test] = [*kept.get(test, ()), *some]
            result[path] = _search(kept, nothing)
        else:
            result[path] = TestSearch(rows, nothing.searched, nothing.where) if rows else nothing
    return result


def telling_names(symbols: list[Symbol]) -> set[str]:
    """The names that a file defines, and that are worth a search."""
    return {name for name in {s.name for s in symbols if s.kind in _TELLING and s.role == "definition"} if len(name) >= SHORTEST}


def owners_among(files: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    """Of each name, the files that define it, if they are few; of each file the names that it defines are given."""
    found: dict[str, list[str]] = defaultdict(list)
    for path, names in files:
        for name in names:
            owners = found[name]
            if len(owners) <= COMMON:  # of one with more, nothing is asked
                owners.append(path)
    return {name: paths for name, paths in found.items() if len(paths) <= COMMON}


def _where(config: Config) -> str:
    return ", ".join(config.tests.paths)


def _mentioned(tests: list[SourceFile], owners: Mapping[str, list[str]], files: list[SourceFile]) -> dict[str, dict[str, list[str]]]:
    """Of the files that own names, the tests that mention these, and which of them."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    families = {file.path: _family(file.language) for file in files} if owners else {}
    plain = set(filter(is_plain, owners))
    for test in tests if owners else ():
        where_named = test.path
        family = families[where_named]
        for name in filter(owners.__contains__, test.identifiers.split(" ")):
            for path in owners[name]:
                if name not in plain or families[path] == family:
                    found[path].setdefault(where_named, []).append(name)
    return found


def _search(found: Mapping[str, list[str]], nothing: TestSearch) -> TestSearch:
    """What is said of tests that mention names; `nothing` is what is said where none does."""
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return TestSearch(tuple((test, tuple(sorted(names))) for test, names in ordered), nothing.searched, nothing.where)
