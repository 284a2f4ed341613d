"""Where pages and templates lead: from their folder, from the top of the site that they are of, from the folders that templates lie in.

What a page names from the top of its site may be made by a server: if no file of the tree is that, nothing is said.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import, Link, Method
from ...resolve.paths import Paths, above

__all__ = ["resolve"]

_TAGS = frozenset(("link", "img", "source", "video", "audio", "embed", "object", "image", "use", "body"))
_ELSEWHERE = re.compile(r"[A-Za-z][\w+.-]*:|//")
#: Folders in which a site has what it is asked for by paths from its top, and in which templates are looked for.
_OF_SITES = ("", "public", "static", "assets", "wwwroot", "src", "dist")
_OF_TEMPLATES = (
    "",
    "templates",
    "views",
    "_includes",
    "_layouts",
    "partials",
    "layouts/partials",
    "layouts",
    "layout",
    "includes",
    "_partials",
)
_STATIC = ("static", "assets", "public", "app/assets", "")
#: What templates are called besides what they are named.
_ENDINGS = ("", ".html", ".html.twig", ".twig", ".jinja", ".jinja2", ".j2", ".hbs", ".handlebars", ".mustache", ".liquid", ".njk")
_OF_RAILS = (".html.erb", ".erb", ".html.haml", ".haml", ".html.slim", ".js.erb", ".text.erb", ".rhtml", ".json.jbuilder")
_PAGES = ("index.html", "index.htm", "README.md")


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that a page loads, each template that one extends or includes, and each page that is linked to."""
    for file in files:
        yield from _of(file, paths)


def _of(file: SourceFile, paths: Paths) -> Iterator[Edge | Missing]:
    assert file.record is not None
    for statement in file.record.imports:
        yield from _loaded(file.path, file.language, statement, paths)
    document = file.record.document
    for link in document.links if document is not None else ():
        yield from _linked(file.path, link, paths)


def _loaded(path: str, language: str, statement: Import, paths: Paths) -> Iterator[Edge | Missing]:
    word = statement.alias or statement.kind
    text = f"{word} {statement.target}"
    if word in ("script", "frame", "style") or word in _TAGS:
        found = _in_site(path, re.split(r"[?#]", statement.target, maxsplit=1)[0], paths)
        is_gone = not statement.target.startswith("/")
    elif word == "static":
        found, is_gone = _first(path, _STATIC, (statement.target.lstrip("/"),), paths), False
    elif word == "blade":
        text, found, is_gone = f"<x-{statement.target}>", _component(path, statement.target, paths), False
    elif language == "blade":
        found, is_gone = _first(path, _OF_TEMPLATES, (f"{statement.target.replace('.', '/')}.blade.php",), paths), True
    elif word == "render":
        found, is_gone = _partial(path, statement.target, paths), False
    else:
        found, is_gone = _template(path, statement.target, paths), True
    if found and found != path:
        method: Method = "text-match" if word in ("render", "static") else "resolved"
        yield Edge.stated(path, statement, found, "import", text, method)
    elif not found and is_gone and statement.kind != "listed":
        yield Missing(path, statement.line, "import", text)


def _in_site(path: str, target: str, paths: Paths) -> str:
    """The file that a page loads."""
    if _ELSEWHERE.match(target) or not target:
        return ""
    target = unquote(target)
    if not target.startswith("/"):
        return paths.relative(path.rpartition("/")[0], target) or ""
    return _first(path, _OF_SITES, (target.lstrip("/"),), paths)


def _first(path: str, within: tuple[str, ...], names: tuple[str, ...], paths: Paths) -> str:
    """The first file of some names in the folders around a path, or in folders of some names in these: the nearest."""
    for folder in above(path):
        for inner in within:
            if inner and posixpath.join(folder, inner) not in paths.folders:
                continue
            for name in names:
                found = paths.relative(posixpath.join(folder, inner), name)
                if found is not None:
                    return found
    return ""


def _template(path: str, target: str, paths: Paths) -> str:
    """The template that another one names."""
    if target.startswith("@"):  # of Twig: a package, and a path in it
        target = target.partition("/")[2]
    names = tuple([target.lstrip("/") + ending for ending in _ENDINGS])
    found = _first(path, _OF_TEMPLATES, names, paths)
    if found:
        return found
    ways = [f"{folder}/{name}" for folder in ("templates", "views", "layouts") for name in names[:2]]
    return next((one for way in ways if (one := paths.nearest(path, way)) is not None), "")


def _component(path: str, target: str, paths: Paths) -> str:
    """The template of a component of Laravel."""
    name = target.replace(".", "/")
    return _first(path, ("components", "resources/views/components"), (f"{name}.blade.php", f"{name}/index.blade.php"), paths)


def _partial(path: str, target: str, paths: Paths) -> str:
    """The partial template that one of Rails renders: beside it, or below ``views``."""
    folder, _, name = target.rpartition("/")
    names = tuple([f"{folder}/_{name}{ending}".lstrip("/") for ending in _OF_RAILS])
    if folder:
        return _first(path, ("", "views", "app/views"), names, paths)
    return next((one for name in names if (one := paths.relative(path.rpartition("/")[0], name)) is not None), "")


def _linked(path: str, link: Link, paths: Paths) -> Iterator[Edge | Missing]:
    """The page that one links to; a link that leads to no file may be a server's to answer, unless it names one."""
    target = unquote(re.split(r"[?#]", link.target, maxsplit=1)[0])
    found = _in_site(path, target, paths)
    if not found:
        place = posixpath.normpath(posixpath.join(path.rpartition("/")[0], target)) if not target.startswith("/") else target.strip("/")
        inside = "" if place == "." else f"{place}/"
        if place in paths.folders or place == ".":
            found = next((inside + name for name in _PAGES if inside + name in paths.files), path)
    if found and found != path:
        yield Edge(path, link.line, found, "link", link.target)
    elif not found and not target.startswith(("/", "..")) and target.endswith((".html", ".htm")):
        yield Missing(path, link.line, "link", link.target)
