"""Links of documents to files of the tree; relative links that lead nowhere are said to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Link
from ...resolve.near import Near, Stated
from ...resolve.paths import Paths

__all__ = ["near", "resolve"]

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|\?|\Z|[{$%<]")
_README = ("README.md", "README.rst", "readme.md", "README", "index.md", "index.rst")
_SOURCES = ("", ".rst", ".md", ".txt", ".ipynb")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge of kind ``link`` for each file that a document links to."""
    for file in files:
        yield from _links(file, paths)


def near(files: Mapping[str, SourceFile], paths: Paths, _config: Config) -> Near:
    """What `resolve` finds, for few files."""
    return Stated(lambda path: _links(files[path], paths))


def _links(file: SourceFile, paths: Paths) -> Iterator[Edge | Missing]:
    assert file.record is not None
    document = file.record.document
    for link in document.links if document is not None else ():
        yield from _one(file, link, paths)


def _one(file: SourceFile, link: Link, paths: Paths) -> Iterator[Edge | Missing]:
    written = link.target
    if _ELSEWHERE.match(written) or (file.language == "rst" and (written.endswith("_") or "*" in written)):
        return
    target = re.split(r"[#?]", written, maxsplit=1)[0]
    folder = file.path.rpartition("/")[0]
    root = _source_root(folder, paths) if file.language == "rst" else ""
    names = [target] if unquote(target) == target else [target, unquote(target)]
    document = link.text == "toctree::" or link.text.startswith("doc")
    for name in names:
        place = posixpath.normpath(posixpath.join(root, name.lstrip("/")) if name.startswith("/") else posixpath.join(folder, name))
        if place.startswith(".."):
            return  # outside of the tree: nobody can say what is there
        for suffix in _SOURCES if file.language == "rst" and document else _SOURCES[:1]:
            if place + suffix in paths.files:
                if place + suffix != file.path:
                    yield Edge(file.path, link.line, place + suffix, "link", written)
                return
        if place in paths.folders or place == ".":
            inside = "" if place == "." else place + "/"
            page = next((inside + name for name in _README if inside + name in paths.files), None)
            if page is not None and page != file.path:
                yield Edge(file.path, link.line, page, "link", written)
            return
    yield Missing(file.path, link.line, "link", written)


def _source_root(folder: str, paths: Paths) -> str:
    """The folder from which Sphinx counts: the nearest with a ``conf.py``."""
    while folder:
        if f"{folder}/conf.py" in paths.files:
            return folder
        folder = folder.rpartition("/")[0]
    return ""
