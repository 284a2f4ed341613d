"""What pages are called: one name for each file and folder, also for names that no file system or link can hold."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator

from blake3 import blake3

__all__ = ["all_printable", "counted", "is_document", "page_names", "printable"]

#: Names that Windows reserves.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$", re.IGNORECASE)
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*#%\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]')
_LONGEST = 200
#: Of the pages of a file; the last two are those of the seed.
_SUFFIXES = (".md", ".html", "_docs.md", "_kw.md")
#: Names that are safe as they are, as most are.
_PLAIN = re.compile(rf"(?!{_RESERVED.pattern})[\w.][\w.+-]{{,150}}(?<!\.)", re.ASCII | re.IGNORECASE)

#: What the pages of every folder, and those of the root, are called.
_OWN = frozenset((
    "readme.md", "readme.html", "index.md", "index.html", "doc.md", "sub.md", "_symbols.md", "_symbols.html", "_parts",
    ".gazetteer", ".git",
))  # fmt: skip
_OWN_OF_ROOT = frozenset(
    ("manifest.json", "llms.txt", "llms-full.txt", "llms", "_source", "data", "search", "assets", "site", "_symbols", "index.scip")
)


def page_names(paths: Iterable[str], folders: Iterable[str], most_entries: int = 900, seed: bool = False) -> dict[str, str]:
    """The page of each file (without the suffix of its format) and of each folder (without the name of its page).

    No two names of one folder are equal when case and Unicode form are ignored, and none is one that the folder's own pages have. The
    pages of a folder with more than `most_entries` entries are spread over numbered folders below it.

    Parameters
    ----------
    paths, folders : iterable of str
        Of the tree; the root is the folder with an empty path.
    most_entries : int
        How many entries a folder of the output may have.
    seed : bool
        Whether each file has the two pages of the seed's layout too.

    Examples
    --------
    >>> page_names(["a/b.py", "a/README", "a/what?"], ["", "a"])
    {'': '', 'a': 'a', 'a/README': 'a/README~b49c9ddb', 'a/b.py': 'a/b.py', 'a/what?': 'a/what~3f'}
    """
    inside: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for folder in folders:
        if folder:
            inside[folder.rpartition("/")[0]][0].append(folder)
    for path in paths:
        inside[path.rpartition("/")[0]][1].append(path)
    found = {"": ""}
    for above in sorted(_sorted(inside), key=lambda p: p.count("/") + bool(p)):
        _place(found, above, *inside[above], most_entries, seed)
    return found


def _place(found: dict[str, str], above: str, folders: list[str], files: list[str], most: int, seed: bool) -> None:
    """Name what lies directly in one folder: folders first, each in the first numbered folder that has room."""
    each = 3 if seed else 1
    reserved = len(_OWN) + (len(_OWN_OF_ROOT) if not above else 0)
    entries = len(folders) + each * len(files)
    room = max(most - reserved, 4 * each)
    # The first holds the numbered folders too.
    numbered = 0 if entries <= room else -(-entries // max(room - each - 1, 1))
    left, base, taken = max(room - numbered, 0), found[above], _own_names(above, numbered)
    for number, (inner, leaves) in enumerate(_in_rooms(_sorted(folders), _sorted(files), left, room, each), 1):
        if number > 1:
            base, taken = f"{found[above]}/_{number}".lstrip("/"), set(_OWN)
        before = f"{base}/" if base else ""
        if _are_free(inner, leaves, taken, seed):
            for path in (*inner, *leaves):
                name = before + path.rpartition("/")[2]
                found[path] = path if name == path else name  # most are: of a large tree, these are many texts
            continue
        for path in inner:
            found[path] = before + _free(path, taken, is_file=False, seed=seed)
        for path in leaves:
            found[path] = before + _free(path, taken, is_file=True, seed=seed)


def _in_rooms(folders: list[str], files: list[str], left: int, room: int, each: int) -> Iterator[tuple[list[str], list[str]]]:
    """What is in each of the numbered folders: in the first as much as there is room left for, in the others what `room` holds."""
    while True:
        some, folders = folders[:left], folders[left:]
        count = (left - len(some)) // each if not folders else 0
        yield some, files[:count]
        files, left = files[count:], room
        if not folders and not files:
            return


def _sorted(paths: Iterable[str]) -> list[str]:
    """Paths by their bytes."""
    ordered = sorted(paths)
    return ordered if "".join(ordered).isascii() else sorted(ordered, key=os.fsencode)


def _own_names(above: str, numbered: int) -> set[str]:
    taken = {*_OWN, *(f"_{n + 2}" for n in range(numbered))}
    return taken if above else taken | _OWN_OF_ROOT


def _are_free(folders: list[str], files: list[str], taken: set[str], seed: bool) -> bool:
    """Whether all names in a folder can stay as they are."""
    plain = _PLAIN.fullmatch
    names, of_files = [p.rpartition("/")[2] for p in folders], [p.rpartition("/")[2] for p in files]
    if not all(map(plain, names)) or not all(map(plain, of_files)):
        return False
    lower = [name.lower() for name in of_files]
    claims = [name.lower() for name in names]
    for suffix in _SUFFIXES if seed else _SUFFIXES[:2]:
        claims += [name + suffix for name in lower]
    return taken.isdisjoint(claims) and len(set(claims)) == len(claims)


def _free(path: str, taken: set[str], *, is_file: bool, seed: bool) -> str:
    """A name for the page of `path` that nothing else in its folder has, and note it as taken."""
    suffixes = ("",) if not is_file else _SUFFIXES if seed else _SUFFIXES[:2]
    safe, salt = _safe(path.rpartition("/")[2]), 0
    name, folded = safe, _folded(safe)
    while not taken.isdisjoint(claims := [folded + suffix for suffix in suffixes]):
        name = f"{safe}~{blake3(os.fsencode(path) + b'/' * salt).hexdigest(4)}"
        folded = _folded(name)
        salt += 1
    taken.update(claims)
    return name


def _safe(name: str) -> str:
    """A name that every file system and every link can hold: what they cannot is ``~`` with its code in hexadecimal digits."""
    if _PLAIN.fullmatch(name):
        return name
    safe = _UNSAFE.sub(lambda m: "".join(f"~{b:02x}" for b in os.fsencode(m[0])) if ord(m[0]) < 0xD800 or ord(m[0]) > 0xDFFF
                       else f"~{ord(m[0]):x}", name)  # fmt: skip
    if safe.startswith("-") or safe.endswith((" ", ".")) or _RESERVED.match(safe):
        safe = f"~{safe}~"
    encoded = safe.encode()
    if len(encoded) > _LONGEST:
        safe = f"{encoded[: _LONGEST - 20].decode('utf-8', 'ignore')}~{blake3(os.fsencode(name)).hexdigest(8)}"
    return safe


def _folded(name: str) -> str:
    return name.lower() if name.isascii() else unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
    r"|[\U000e0000-\U000e007f]"
)

_BREAKS = {ord(c): f"\\x{ord(c):02x}" for c in "\t\n"}


def printable(text: str) -> str:
    r"""`text` with control characters, surrogates, bytes that are no UTF-8 and marks that reorder or hide text as escapes.

    Examples
    --------
    >>> printable("a\u202eb"), printable("caf\udce9")
    ('a\\u202eb', 'caf\\xe9')
    """
    if text.isascii() and text.isprintable():
        return text
    return _INVISIBLE.sub(_escaped, text)


def shown_path(path: str) -> str:
    r"""A path, or a part of one, as `printable` gives texts, with tabs and ends of lines as escapes too: it is no text of lines.

    Examples
    --------
    >>> shown_path("a\nb.py"), shown_path("größe.py")
    ('a\\x0ab.py', 'größe.py')
    """
    return path if path.isprintable() else printable(path).translate(_BREAKS)


def all_printable(texts: list[str]) -> list[str]:
    r"""`printable` of each of some texts, of all at once where none of them has anything of that.

    Examples
    --------
    >>> all_printable(["a", "b"]), all_printable(["a\u202eb"])
    (['a', 'b'], ['a\\u202eb'])
    """
    joined = "".join(texts)
    return texts if joined.isascii() and joined.isprintable() else list(map(printable, texts))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # what a byte is in a name that is no UTF-8
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65_536 else f"\\U{code:08x}"


def is_document(path: str) -> bool:
    """Whether a path is that of a document that pages show."""
    return path.lower().endswith((".md", ".markdown"))


def counted(number: int, one: str, many: str = "") -> str:
    """``1 file``, ``2,000 files``.

    Examples
    --------
    >>> counted(2000, "file"), counted(1, "class", "classes")
    ('2,000 files', '1 class')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"
