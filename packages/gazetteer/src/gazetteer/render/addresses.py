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
    shared = 0
    for i, (a, b) in enumerate(zip(path, folder, strict=False)):
        if a != b:
            break
        if a == "/":
            shared = i + 1
    return "../" * folder.count("/", shared) + quote(path[shared:])
