"""What pages are called: one name for each file and folder, also for names that no file system or link can hold."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable

from blake3 import blake3

__all__ = ["page_names", "printable"]

#: Names of the pages themselves, and those that Windows reserves.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*#%\u0080-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]')
_LONGEST = 200
#: Pages that each folder has, and what the root of an output has besides.
_FOLDER_PAGES = frozenset(("readme", "_symbols", "index"))
_ROOT_NAMES = frozenset(("_source", "assets", "data", "llms", "search", "site"))
#: A file's page has one of these, and a folder beside it may have that very name: ``a`` and ``a.md/``.
_SUFFIXES = (".md", ".html")


def page_names(paths: Iterable[str], folders: Iterable[str]) -> dict[str, str]:
    """The page of each file (without the suffix of its format) and of each folder.

    No two names of one folder are equal when case and Unicode form are ignored, and none is a name that the folder's own pages have.
    """
    found = {"": ""}
    taken: dict[str, set[str]] = {}
    for path in sorted(folders, key=os.fsencode):
        if path:
            _place(path, found, taken, "")
    for path in sorted(paths, key=os.fsencode):
        _place(path, found, taken, ".")
    return found


def _place(path: str, found: dict[str, str], taken: dict[str, set[str]], kind: str) -> None:
    above, _, name = path.rpartition("/")
    folder = found[above]
    used = taken.setdefault(folder, set(_FOLDER_PAGES if folder else _FOLDER_PAGES | _ROOT_NAMES))
    safe = _safe(name)
    key = _folded(safe)
    files = taken.setdefault(folder + "\0files", set()) if kind else used
    if key in files or (kind and (key in _FOLDER_PAGES or any(key + suffix in used for suffix in _SUFFIXES))):
        safe = f"{safe}~{blake3(os.fsencode(path)).hexdigest(4)}"
        key = _folded(safe)
    files.add(key)
    found[path] = f"{folder}/{safe}" if folder else safe


def _safe(name: str) -> str:
    safe = _UNSAFE.sub(lambda m: "".join(f"%{b:02x}" for b in os.fsencode(m[0])) if ord(m[0]) < 0xD800 else f"~{ord(m[0]):x}", name)
    if safe.startswith("-") or safe.endswith((" ", ".")) or _RESERVED.match(safe):
        safe = f"~{safe}~"
    if len(safe.encode("utf-8", "surrogateescape")) > _LONGEST:
        safe = (
            safe.encode("utf-8", "surrogateescape")[: _LONGEST - 20].decode("utf-8", "ignore")
            + "~"
            + blake3(os.fsencode(name)).hexdigest(8)
        )
    return safe.replace("%", "~")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


def printable(text: str) -> str:
    """`text` with control characters, surrogates and marks that reorder or hide text as escapes."""
    return _INVISIBLE.sub(lambda m: f"\\x{ord(m[0]):02x}" if ord(m[0]) < 256 else f"\\u{ord(m[0]):04x}", text)
