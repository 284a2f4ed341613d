"""How much two files have in common, of which one may be the other, moved and changed."""

from __future__ import annotations

from collections import Counter

from .lang.table import BY_NAME, BY_SUFFIX, FAMILY, SCRIPTS, Language

__all__ = ["alike", "below_terms", "by_suffix", "sort_of"]


def sort_of(path: str) -> str:
    """What a file must have in common with another one to be it with changes: its suffix, or that languages are of one family.

    Examples
    --------
    >>> sort_of("a.m") == sort_of("b/a.mm"), sort_of("a.js") == sort_of("a.ts"), sort_of("a.py") == sort_of("a.txt")
    (True, True, False)
    """
    language = by_suffix(path)
    name = language.name if language is not None else ""
    return "c" if name in FAMILY else "script" if name in SCRIPTS else path.rpartition(".")[2]


def by_suffix(path: str) -> Language | None:
    """The language that files with the suffix of a path are in; that of headers is C++, which has all that C has."""
    suffix = path.rpartition(".")[2]
    return BY_NAME["cpp"] if suffix == "h" else BY_SUFFIX.get(f".{suffix}")


def below_terms(content: bytes, path: str) -> bytes:
    """What a file says below its first comments, which may be the same terms in all files of a tree; all of it, if that is nothing."""
    language = by_suffix(path)
    rest = content.lstrip()
    while language is not None and rest:
        closing = next((end.encode() for begin, end in language.block_comments if rest.startswith(begin.encode())), b"")
        if not closing and not rest.startswith(tuple(mark.encode() for mark in language.line_comments)):
            return rest
        rest = rest.partition(closing or b"\n")[2].lstrip()
    return content


def alike(a: Counter[bytes], b: Counter[bytes]) -> float:
    """The share of lines that two files have in common; empty lines do not count."""
    total = max(a.total() - a[b""], b.total() - b[b""])
    return ((a & b).total() - min(a[b""], b[b""])) / total if total else 0.0
