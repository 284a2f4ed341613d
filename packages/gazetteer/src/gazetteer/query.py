"""Questions to an atlas: ``Node``, ``kind:struct base:Hook``, ``uses:src/hook.h``; several terms must all hold.

`gaz query` and the answers to agents take this one way, so that they find the same.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct

from .atlas import REFERS, Atlas, Edge, SymbolRef
from .compose.common import language_title
from .compose.references import covers
from .errors import UsageError, nearest
from .facts import path_text
from .lang.table import BY_NAME
from .lookup import below, find_paths, named, near, plain
from .model import KINDS, Symbol
from .names import counted

__all__ = ["TERMS", "Answer", "Hit", "find", "guesses", "searched_tests", "tests_of", "tests_of_files"]

#: What a term may begin with, and what it asks for.
TERMS = {
    "kind": "symbols of a kind",
    "base": "symbols that have a base",
    "doc": "symbols and files whose documentation has a text",
    "uses": "files that depend on a file, or on those of a folder",
    "used-by": "files that a file depends on, or those of a folder",
    "tests": "test files that mention a name, or names of a file or of a folder",
    "refs": "files that refer to a symbol, by an index of a compiler",
    "path": "files whose path has a text, or fits a pattern with *",
    "lang": "files in a language",
}
#: What goes before another term.
_NEXT = re.compile(rf"\s+(?=(?:{'|'.join(TERMS)}):)")
_TERM = re.compile(r"([A-Za-z][A-Za-z-]*):(?!:)(.*)", re.DOTALL)
#: What is between terms that are one text.
_BETWEEN = re.compile(rf"\s+(?=(?:{'|'.join(TERMS)}):(?!:)\S)", re.IGNORECASE)
_ARGUMENTS = re.compile(r"[<(\[].*", re.DOTALL)


class Hit(Struct, frozen=True):
    """A symbol of a file, or the file as a whole (`index` is -1), with the edges and mentions that made it one."""

    path: str
    index: int = -1
    edges: tuple[Edge, ...] = ()
    #: Of a test, the names that it mentions.
    mentions: tuple[str, ...] = ()


class Answer(Struct, frozen=True):
    """Hits, the best first, and what is to be said of how they were found."""

    hits: tuple[Hit, ...]
    notes: tuple[str, ...] = ()


class _Why(Struct):
    edges: tuple[Edge, ...] = ()
    mentions: tuple[str, ...] = ()


def apart(terms: Iterable[str]) -> list[str]:
    """Terms one by one, also where several were quoted as one.

    Examples
    --------
    >>> apart(["kind:struct base:Hook", "doc:runs on tensors", "kind:class Node"])
    ['kind:struct', 'base:Hook', 'doc:runs on tensors', 'kind:class', 'Node']
    """
    found = [part for term in terms for part in _NEXT.split(term.strip())]
    # What is one word ends with it; names may have blanks (`operator bool`), and so may what else is asked for.
    return [part for term in found for part in (term.split(maxsplit=1) if term.startswith(("kind:", "lang:")) else [term])]


def find(atlas: Atlas, terms: Sequence[str]) -> Answer:
    """What all terms hold for.

    Parameters
    ----------
    atlas : Atlas
        The tree.
    terms : sequence of str
        A name, plain, qualified or with ``*``; or one of `TERMS`, a colon and what it asks for.

    Raises
    ------
    UsageError
        If a term is none of these, or names a file, a kind or a language that there is not.
    """
    if not terms:
        raise UsageError(f"nothing to find: expected a name or terms such as kind:class ({', '.join(f'{t}:' for t in TERMS)})")
    terms = _separate(terms)
    files: dict[str, _Why] = {path: _Why() for path in atlas.files}
    refs: list[SymbolRef] | None = None
    tests = list[Callable[[Symbol], bool]]()
    notes, only_docs, words = list[str](), True, list[str]()
    for term in terms:
        key, value = _parsed(term)
        if key in ("kind", "base", "doc", ""):
            if key != "doc":
                only_docs = False
            if key == "":
                some, note = named(atlas, value)
                refs = some if refs is None else sorted(set(refs) & set(some), key=some.index)
                notes += [note] if note else []
            elif key == "doc":
                words.append(value.casefold())
            else:
                tests.append(_symbol_test(key, value))
        else:
            found = _files(atlas, key, value)
            if key == "tests" and not found:
                notes.append(f"no test names {value!r}; {counted(searched_tests(atlas), 'file')} searched")
            if key == "refs" and not found:
                notes.append(_unreferred(atlas, value))
            files = {path: _merged(why, found[path]) for path, why in files.items() if path in found}
    if words:
        tests.append(lambda s: all(w in s.doc.casefold() for w in words))
    hits = [Hit(p, -1, w.edges, w.mentions) for p, w in files.items() if _says(atlas, p, words)] if only_docs else []
    if refs is not None or tests:
        hits += _symbols(atlas, files, refs, tests)
    return Answer(tuple(hits), tuple(notes))


def searched_tests(atlas: Atlas) -> int:
    """How many files were searched for mentions: the tests that are texts."""
    return sum("test" in file.labels and file.scan.content == "text" for file in atlas.files.values())


def _symbols(atlas: Atlas, files: dict[str, _Why], refs: list[SymbolRef] | None, tests: list[Callable[[Symbol], bool]]) -> list[Hit]:
    if refs is None:
        found = [(path, index) for path in files for index in range(len(_symbols_of(atlas, path)))]
    else:
        found = [(ref.path, ref.index) for ref in refs if ref.path in files]
    return [
        Hit(path, index, files[path].edges, files[path].mentions)
        for path, index in found
        if all(test(_symbols_of(atlas, path)[index]) for test in tests)
    ]


def _symbols_of(atlas: Atlas, path: str) -> list[Symbol]:
    record = atlas.files[path].record
    return record.symbols if record is not None else []


def _says(atlas: Atlas, path: str, words: list[str]) -> bool:
    record = atlas.files[path].record
    if not words:
        return True
    if record is None:
        return False
    said = f"{record.doc}\n{record.document.title}\n{record.document.summary}" if record.document else record.doc
    return all(word in said.casefold() for word in words)


def _merged(a: _Why, b: _Why) -> _Why:
    return _Why((*a.edges, *b.edges), (*a.mentions, *b.mentions))


def _separate(terms: Sequence[str]) -> list[str]:
    """The terms one by one, where some were given as one text in quotes; what ``doc:`` asks for may be such a text.

    Examples
    --------
    >>> _separate(["kind:class base:Hook", "doc:a path: here", "a::b"])
    ['kind:class', 'base:Hook', 'doc:a path: here', 'a::b']
    """
    return [part for term in terms for part in ([term] if term.casefold().startswith("doc:") else _BETWEEN.split(term))]


def _parsed(term: str) -> tuple[str, str]:
    match = _TERM.match(term)
    if match is None or (match[1] != match[1].lower() and match[1].lower() not in TERMS):
        if not term.strip():
            raise UsageError("an empty term; expected a name, or a term such as kind:class")
        return "", term.strip()
    key, value = match[1].lower(), match[2].strip()
    if key in KINDS:
        raise UsageError(f"unknown term {key + ':'!r}; expected kind:{key} {value or 'NAME'}".rstrip())
    if key not in TERMS:
        raise UsageError(f"unknown term {key + ':'!r}; expected {', '.join(f'{t}:' for t in TERMS)}{nearest(key, TERMS)}")
    if not value:
        raise UsageError(f"{key}: asks for nothing; expected for instance {key}:{_EXAMPLES[key]}")
    return key, value


_EXAMPLES = {
    "kind": "class", "base": "Hook", "doc": "gradient", "uses": "src/hook.h", "used-by": "src/hook.cpp", "tests": "Hook", "refs": "Hook",
    "path": "src/*.h",
    "lang": "python",
}  # fmt: skip


def _symbol_test(key: str, value: str) -> Callable[[Symbol], bool]:
    if key == "kind":
        kind = value.replace(" ", "_").replace("-", "_").lower()
        if kind not in KINDS:
            raise UsageError(f"unknown kind {value!r}; expected {', '.join(KINDS)}{nearest(kind, KINDS)}")
        return lambda symbol: symbol.kind == kind
    wanted = plain(value)
    return lambda symbol: any(f".{plain(_ARGUMENTS.sub('', b.name))}".endswith(f".{wanted}") or b.name == value for b in symbol.bases)


def _files(atlas: Atlas, key: str, value: str) -> dict[str, _Why]:
    if key == "uses":
        return _grouped(atlas.edges_to, find_paths(atlas, value), "source")
    if key == "used-by":
        return _grouped(atlas.edges_from, find_paths(atlas, value), "target")
    if key == "tests":
        return {path: _Why(mentions=names) for path, names in tests_of(atlas, value).items()}
    if key == "refs":
        return _references(atlas, value)
    if key == "lang":
        language = _language(atlas, value)
        return {path: _Why() for path, file in atlas.files.items() if file.language == language}
    if any(c in value for c in "*?["):
        return {path: _Why() for path in atlas.files if fnmatch.fnmatchcase(path_text(path), value)}
    return {path: _Why() for path in atlas.files if value in path_text(path)}


def _language(atlas: Atlas, value: str) -> str:
    """The language of a name, or of what pages call it."""
    if value in BY_NAME:
        return value
    wanted = value.casefold()
    found = next((name for name in BY_NAME if wanted in (name, language_title(name).casefold())), "")
    if not found:
        here = sorted({file.language for file in atlas.files.values() if file.language})
        raise UsageError(f"unknown language {value!r}; those of the tree are {', '.join(here) or '(none)'}{nearest(wanted, BY_NAME)}")
    return found


def guesses(atlas: Atlas, terms: Sequence[str]) -> list[str]:
    """Of terms for which nothing was found, names of the tree that may have been meant: near those that it has not, or to all in one."""
    words = [value for key, value in map(_parsed, _separate(terms)) if key in ("", "base", "tests") and not {"*", "?"} & set(value)]
    unknown = [word for word in words if word not in atlas.names]
    found = [name for word in unknown for name in near(atlas, word)]
    if len(words) > 1:
        found += [name for name in near(atlas, "".join(words)) if all(word.casefold() in name.casefold() for word in words)]
    return list(dict.fromkeys(found))


def tests_of(atlas: Atlas, name: str) -> dict[str, tuple[str, ...]]:
    """Test files that mention a name, or names of a file or of those of a folder; with the names. Found by a search in their text."""
    if name in atlas.tests:
        return dict(sorted(atlas.tests[name].found))
    if "/" in name and (inside := below(atlas, name)):
        return tests_of_files(atlas, inside)
    last = re.split(r"::|[.\\]", name)[-1]
    found: dict[str, tuple[str, ...]] = {}
    for path, file in atlas.files.items():
        if "test" in file.labels and last in (words := file.identifiers) and last in words.split(" "):
            found[path] = (last,)
    if found or last in atlas.names:
        return found
    try:
        return tests_of_files(atlas, find_paths(atlas, name))
    except UsageError:
        return {}


def tests_of_files(atlas: Atlas, paths: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Test files that mention names that these files define, with the names; those of one file the most telling first."""
    found: dict[str, dict[str, None]] = {}
    for test, names in (pair for path in paths if path in atlas.tests for pair in atlas.tests[path].found):
        found.setdefault(test, {}).update(dict.fromkeys(names))
    return {test: tuple(names) for test, names in sorted(found.items())}


def _references(atlas: Atlas, name: str) -> dict[str, _Why]:
    """Files that refer to symbols of a name, their own among them."""
    found: dict[str, list[Edge]] = {}
    for ref in _asked_for(atlas, name):
        for edge in atlas.edges_to.get(ref.path, ()):
            if edge.kind == REFERS and edge.target_symbol == ref.index:
                found.setdefault(edge.source, []).append(edge)
    return {path: _Why(edges=tuple(some)) for path, some in found.items()}


def _unreferred(atlas: Atlas, name: str) -> str:
    """What to say of a symbol to which nothing refers: an index that does not define it, or that is of another text, cannot tell."""
    indexes = "; ".join(map(covers, atlas.indexed))
    lost = [atlas.compiled[ref.path].defined.get(ref.index) for ref in _asked_for(atlas, name) if ref.path in atlas.compiled]
    known = [number for number in lost if number is not None]
    if sum(known):
        return f"{sum(known):,} references to {name!r} do not stand where {', '.join(i.name for i in atlas.indexed)} says"
    return f"no reference to {name!r} in {indexes}" if known else f"{name!r} is not defined in {indexes}"


def _asked_for(atlas: Atlas, name: str) -> list[SymbolRef]:
    """The symbols that ``refs:`` asks for."""
    if not atlas.indexed:
        raise UsageError("refs: asks an index of a compiler, and there is none; expected [compiler] scip in gazetteer.toml")
    refs, note = named(atlas, name)
    if not refs or note:
        guess = near(atlas, name)
        raise UsageError(f"refs: no symbol {name!r} in the tree" + (f"; near are {', '.join(guess)}" if guess else ""))
    return refs


def _grouped(edges: Mapping[str, Sequence[Edge]], paths: list[str], end: str) -> dict[str, _Why]:
    """Edges between these files and others, by the other file."""
    found: dict[str, list[Edge]] = {}
    inside = set(paths)
    for edge in (e for path in paths for e in edges.get(path, ())):
        if (other := getattr(edge, end)) not in inside:
            found.setdefault(other, []).append(edge)
    return {path: _Why(edges=tuple(some)) for path, some in found.items()}
