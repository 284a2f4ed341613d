"""Relative addresses between files of one output."""

from __future__ import annotations

from urllib.parse import quote

__all__ = ["relative"]


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
        return quote(path[len(folder) :])
    parts, above = path.split("/"), folder.split("/")[:-1]
    shared = 0
    for part, name in zip(parts[:-1], above, strict=False):
        if part != name:
            break
        shared += 1
    return "../" * (len(above) - shared) + quote("/".join(parts[shared:]))
