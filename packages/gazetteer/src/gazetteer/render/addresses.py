"""Relative addresses between files of one output."""

from __future__ import annotations

import re
from urllib.parse import quote

__all__ = ["quoted", "relative"]

#: What `urllib.parse.quote` would change, or has to look at.
_odd = re.compile(r"[^A-Za-z0-9_.\-~/]").search


def quoted(path: str) -> str:
    """A path as it stands in an address; most have nothing to quote.

    Examples
    --------
    >>> quoted("a/b c.md"), quoted("a/b.md")
    ('a/b%20c.md', 'a/b.md')
    """
    return path if _odd(path) is None else quote(path)


def relative(path: str, here: str) -> str:
    """The address of the file at `path` as a file at `here` writes it, quoted; both are relative to the output's root.

    Pages have some dozens of links each, so this does not go through `posixpath.relpath`, which asks for the current folder.

    Examples
    --------
    >>> relative("a/b.html", "a/c.html"), relative("x y.html", "a/c.html"), relative("index.html", "index.html")
    ('b.html', '../x%20y.html', 'index.html')
    """
    folder = here[: here.rfind("/") + 1]
    if path.startswith(folder):
        return quoted(path[len(folder) :])
    up = 0
    while not path.startswith(folder):
        folder = folder[: folder.rfind("/", 0, -1) + 1]
        up += 1
    return "../" * up + quoted(path[len(folder) :])
