"""What a text means that somebody writes: a file, a symbol by its name, by what is around it, or by where it stands."""

from __future__ import annotations

import difflib
import fnmatch
import re

from .atlas import Atlas, SymbolRef
from .compose.common import anchors_of
from .errors import UsageError, nearest
from .facts import path_text
from .names import counted

__all__ = ["ManyError", "below", "find_path", "find_paths", "is_file", "named", "near", "plain"]

#: What stands between a file and a symbol of it: ``a/b.py#C.d`` and, as of pytest, ``a/b.py::C``.
_IN_FILE = re.compile(r"(.+?\.\w+|[^.]+?)(?:#|::|:)(.+)", re.DOTALL)
_BETWEEN = re.compile(r"::|[.\\#/]")
#: ``(*Engine).Run`` of Go.
_RECEIVER = re.compile(r"\(\*?(\w+)\)(?=\.)")
#: Files that are called as what their folder is, or as nothing.
_FOLDERS_OWN = frozenset(("__init__", "mod", "index", "lib"))


class ManyError(UsageError):
    """A text that means more than one file."""


def named(atlas: Atlas, name: str) -> tuple[list[SymbolRef], str]:
    """Symbols of a name: exactly, by the end of the qualified name, with its file or module before it, or by a pattern.

    Else those that are called so without what stands before the name, else those that have it in theirs; and a note that says it.
    """
    name = _RECEIVER.sub(r"\1", name.strip())
    if name.endswith("()") and not name.endswith("operator()"):
        name = name.removesuffix("()")
    found = _called(atlas, name) or _in_file(atlas, name) or _in_module(atlas, name)
    if found or not name:
        return found, ""
    if "*" in name or "?" in name:
        return _like(atlas, name), ""
    if is_file(atlas, name) or ("/" in name and _folders(atlas, name)):
        return [], ""
    for shorter in (name[m.end() :] for m in _BETWEEN.finditer(name)):
        if len(shorter) > 1 and (found := _called(atlas, shorter)):
            return found, f"no symbol is called {name!r}; these are called {shorter!r}"
    folded = name.casefold()
    near_ones = [n for n in atlas.names if folded in n.casefold()]
    near_ones.sort(key=lambda n: (n.casefold() != folded, not n.casefold().startswith(folded), len(n), n))
    some = [ref for n in near_ones for ref in atlas.names[n]]
    return some, f"no symbol is called {name!r}; these names have it in them" if some else ""


def _called(atlas: Atlas, name: str) -> list[SymbolRef]:
    """Symbols that are called so, or whose qualified name ends so."""
    found = list(atlas.names.get(name, ()))
    end, seen = f".{plain(name)}", set(found)
    some = (r for r in atlas.names.get(_last(name), ()) if r not in seen)
    return found + [r for r in some if (q := plain(atlas.qualified(r))) and f".{q}".endswith(end)]


def _in_file(atlas: Atlas, name: str) -> list[SymbolRef]:
    """What a path with the name, or the identifier, of a symbol of that file means."""
    match = _IN_FILE.fullmatch(name)
    paths = _paths(atlas, match[1]) if match is not None else []
    if match is None or not paths:
        return []
    anchors = anchors_of(atlas.files[paths[0]].outline) if len(paths) == 1 else []
    if match[2] in anchors:
        return [SymbolRef(paths[0], anchors.index(match[2]))]
    return [ref for ref in _called(atlas, match[2]) if ref.path in paths]


def _in_module(atlas: Atlas, name: str) -> list[SymbolRef]:
    """Symbols whose qualified name ends the name, where what is before it is what the file, its folder or its package is called."""
    wanted = plain(name).replace("/", ".").split(".")
    found = []
    for ref in atlas.names.get(_last(name), ()):
        own = plain(atlas.qualified(ref)).split(".")
        before = wanted[: -len(own)]
        if before and wanted[-len(own) :] == own and _is_in(atlas, ref.path, before):
            found.append(ref)
    return found


def _is_in(atlas: Atlas, path: str, module: list[str]) -> bool:
    folders, name = path.split("/")[:-1], path.rpartition("/")[2].partition(".")[0]
    whole = folders if name in _FOLDERS_OWN else [*folders, name]
    record = atlas.files[path].record
    packages = {s.name for s in record.symbols if s.kind == "package"} if record is not None else set()
    return module in (whole[-len(module) :], folders[-len(module) :]) or module[-1] in packages


def _like(atlas: Atlas, pattern: str) -> list[SymbolRef]:
    """Symbols whose name fits a pattern; one with names around it is held against qualified names."""
    if _last(pattern) == pattern:
        return [ref for name in atlas.names if name and fnmatch.fnmatchcase(name, pattern) for ref in atlas.names[name]]
    wanted = f"*.{plain(pattern)}"
    last = re.compile(fnmatch.translate(_last(pattern)))
    some = [ref for name in atlas.names if name and last.match(name) for ref in atlas.names[name]]
    return [ref for ref in some if fnmatch.fnmatchcase(f".{plain(atlas.qualified(ref))}", wanted)]


def plain(name: str) -> str:
    r"""A name with dots between its parts, whatever the language puts there.

    Examples
    --------
    >>> plain("a::B::c"), plain(r"\App\Shop"), plain(".hidden")
    ('a.B.c', 'App.Shop', 'hidden')
    """
    return re.sub(r"::|\\", ".", name).lstrip(".")


def _last(name: str) -> str:
    return _BETWEEN.split(name)[-1] or name


def near(atlas: Atlas, name: str, most: int = 8) -> list[str]:
    """The names of the tree that are most like one that it does not have."""
    last = re.split(r"::|[.\\]", name)[-1] or name
    folded: dict[str, str] = {}
    for known in atlas.names:
        if known:
            folded.setdefault(known.casefold(), known)
    inside = sorted((k for k in folded if last.casefold() in k), key=lambda k: (len(k), k))[:most]
    alike = difflib.get_close_matches(last.casefold(), [k for k in folded if abs(len(k) - len(last)) <= 4], n=most, cutoff=0.6)
    return [folded[k] for k in dict.fromkeys([*alike, *inside])][:most]


def is_file(atlas: Atlas, text: str) -> bool:
    """Whether a text means a file."""
    try:
        find_path(atlas, text)
    except UsageError:
        return False
    return True


def find_path(atlas: Atlas, path: str) -> str:
    """The file that a text means: a path, or the end of one alone.

    Raises
    ------
    UsageError
        If it means none, or more than one.
    """
    found = _paths(atlas, path)
    if len(found) == 1:
        return found[0]
    if found:
        some = ", ".join(map(path_text, found[:5])) + (", …" if len(found) > 5 else "")
        raise ManyError(f"{path!r} means {len(found)} files: {some}; expected one path")
    if inside := below(atlas, path):
        raise UsageError(f"{path!r} is a folder of {counted(len(inside), 'file')}, such as {path_text(inside[0])}; expected one file")
    raise UsageError(f"no file {path!r} in the tree{nearest(path.removeprefix('./'), [path_text(p) for p in atlas.files])}")


def find_paths(atlas: Atlas, path: str) -> list[str]:
    """The file that a text means, or all files below the folder that it means.

    Raises
    ------
    UsageError
        If it means none, or more than one.
    """
    return below(atlas, path) or [find_path(atlas, path)]


def below(atlas: Atlas, folder: str) -> list[str]:
    """Files below the folder that a text means, its path or the end of one alone; none where it means no folder, or a file.

    Raises
    ------
    UsageError
        If it means more than one folder.
    """
    found = _folders(atlas, folder)
    if len(found) > 1:
        some = ", ".join(f"{path_text(f)}/" for f in found[:5]) + (", …" if len(found) > 5 else "")
        raise UsageError(f"{folder!r} means {len(found)} folders: {some}; expected one path")
    return [path for path in atlas.files if path.startswith(f"{found[0]}/")] if found else []


def _folders(atlas: Atlas, text: str) -> list[str]:
    wanted = text.removeprefix("./").rstrip("/")
    if wanted in ("", ".") or text in atlas.files:
        return []
    return [wanted] if wanted in atlas.folders else [f for f in atlas.folders if path_text(f) == wanted or f.endswith(f"/{wanted}")]


def _paths(atlas: Atlas, text: str) -> list[str]:
    """Files of a path, or, where there is none, whose path ends so."""
    wanted = text.removeprefix("./")
    if wanted in atlas.files:
        return [wanted]
    return [p for p in atlas.files if path_text(p) == wanted or p.endswith(f"/{wanted}")]
