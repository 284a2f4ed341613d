"""Where pages lie, and what the links between them and to the source are."""

from __future__ import annotations

import functools
import os
import posixpath
import re
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..document import PageKind, PageRef, SourceRef, Target, Url
from .addresses import quoted, relative

__all__ = ["RELATIVE", "Links", "nowhere", "source_of"]

#: In the configuration, instead of a URL: paths, wherever the output lies.
RELATIVE = "relative"

#: Which part of a page each of its anchors is on, by kind and path of the page; of pages that have one part alone, nothing.
Parts = Mapping[tuple[str, str], Mapping[str, int]]

#: Of so many files without parts it is known at once where their pages are, and of as many more as pages of one folder have links to.
_MOST_KNOWN = 4_000
_SAFE = re.compile(r"[A-Za-z0-9_.-]*")
#: What stands for lines in a URL: nothing quoted has these.
_FIRST, _LAST = "\0a", "\0b"
_STEMS = {"symbols": "_symbols", "seed-index": "index", "seed-doc": "doc", "seed-sub": "sub"}
_ENDINGS = {"file": "", "seed-docs": "_docs", "seed-kw": "_kw"}


def source_of(configured: str, root: Path, out: Path, folder: str = "") -> str:
    """What `Links` needs to know of where the source is, for pages in a folder of the output.

    Bytes must not tell where the tree lies: paths lead to it from an output inside of it, and from another one only if the
    configuration asks for them (``relative``).

    Examples
    --------
    >>> source_of("", Path("/tree"), Path("/tree/docs/ref"), "site"), source_of("", Path("/tree"), Path("/out"))
    ('../../..', '')
    """
    if configured not in ("", RELATIVE):
        return configured
    return os.path.relpath(root, out / folder) if configured or out.is_relative_to(root) else ""


def nowhere(_first: int, _last: int) -> str:
    """The address of lines to which nothing leads."""
    return ""


class Links:
    """Where links lead from a page.

    Parameters
    ----------
    names : dict
        From `gazetteer.names.page_names`.
    source : str
        From `source_of`: URL of a source line, with ``{rev}``, ``{path}``, ``{a}``, ``{b}``; the path from the output's root to the
        tree's; empty where pages do not link to the source.
    rev : str
        What stands for ``{rev}``; if empty, ``HEAD``: what forges show at first.
    suffix, folder_page : str
        ``.md`` and ``README.md``, or those of HTML.
    parts : mapping, optional
        `Book.parts`: where the anchors of long pages are.
    """

    def __init__(
        self, names: dict[str, str], source: str, rev: str, suffix: str = ".md", folder_page: str = "README.md", parts: Parts | None = None,
    ) -> None:  # fmt: skip
        self.names, self.source, self.rev, self.suffix, self.folder_page = names, source, rev or "HEAD", suffix, folder_page
        self.parts: Parts = parts if parts is not None else {}
        self._stem = folder_page.removesuffix(suffix)
        #: Of pages, or parts of them: path, its folder with a slash, and the name as it is quoted.
        self._pages: dict[tuple[str, str, int], tuple[str, str, str]] = {}
        #: The same of files whose page has no parts, by path alone: most links lead to these.
        self._files: dict[str, tuple[str, str, str]] = {}
        # What was found for links from one folder is needed again for most links from there: paths of pages with their addresses,
        # ways to other folders, addresses of sources.
        self._here = self._folder = ""
        self._known: dict[tuple[str, str, int], tuple[str, str]] = {}
        self._whole: dict[str, tuple[str, str]] = {}  # of these files
        self._prefixes: dict[str, str] = {}
        self._sources: dict[str, str] = {}
        self._near: dict[Hashable, dict[Any, Any]] = {}

    def near(self, here: str, what: Hashable) -> dict[Any, Any]:
        """Where a writer keeps what it has written of links from the folder of the page at `here`: empty again in another folder.

        Most pages of a folder have links to the same files, and all have the same trail. `what` tells one sort of these from another.
        """
        if here is not self._here:
            self._enter(here)
        return self._near.setdefault(what, {})

    def page(self, ref: PageRef) -> str:
        """The path of a page below the output's root."""
        kind, path = ref.kind, ref.path
        if kind == "file":
            base = self.names[path]
        elif kind == "folder":
            base = posixpath.join(self.names[path], self._stem)
        elif kind == "shard":
            base = f"_symbols/{path or self._stem}"
        elif kind in _ENDINGS:
            base = self.names[path] + _ENDINGS[kind]
        else:
            base = posixpath.join(self.names[path], _STEMS[kind])
        part = ref.part or self.parts.get((kind, path), {}).get(ref.anchor, 1)
        if part > 1:
            folder, _, stem = base.rpartition("/")
            base = f"{folder}/_parts/{stem}/{part}".lstrip("/")
        return base + self.suffix

    def address(self, target: Target, here: str) -> str:
        """What a link from the page at path `here` has between its parentheses, quoted as URLs are; empty where there is no link."""
        if here is not self._here:
            self._enter(here)
        kind = target.__class__
        if kind is PageRef:
            path, anchor = target.path, target.anchor  # type: ignore[union-attr]
            known = self._whole.get(path) if target.kind == "file" else None  # type: ignore[union-attr]
            found, address = known if known is not None else self._page_at(target)  # type: ignore[arg-type]
            if not anchor:
                return address
            fragment = anchor if (anchor.isalnum() and anchor.isascii()) or _SAFE.fullmatch(anchor) else quote(anchor)
            return f"#{fragment}" if found == here else f"{address}#{fragment}"
        if kind is SourceRef:
            return self._source(target)  # type: ignore[arg-type]
        if isinstance(target, Url):
            if not target.address.startswith(("http://", "https://")):
                raise ValueError(f"address {target.address!r} is neither http nor https")
            return quote(target.address, safe=":/?#[]@!$&*+,;=%~")
        raise TypeError(f"link to {target!r}; expected a PageRef, a SourceRef or an Url")

    def anchors(self, path: str, here: str, kind: PageKind = "file") -> Callable[[str], str]:
        """What gives the address of an anchor of a symbol on a page, for links from `here`; made once for the many links of a table."""
        if here is not self._here:
            self._enter(here)
        parts = self.parts.get((kind, path))
        if parts is not None:
            return functools.partial(self._anchor_on, parts, {}, kind, path)
        if kind == "file":
            found, address = self._whole.get(path) or self._whole_page(path)
        else:
            found, address = self._known.get((kind, path, 1)) or self._find((kind, path, 1))
        return "#".__add__ if found == here else f"{address}#".__add__

    def _anchor_on(self, parts: Mapping[str, int], known: dict[int, str], kind: PageKind, path: str, anchor: str) -> str:
        """The address of an anchor on one of the parts of a page; `known` has what those on each part begin with."""
        part = parts.get(anchor, 1)
        base = known.get(part)
        if base is None:
            found, address = self._find((kind, path, part))
            base = known[part] = "#" if found == self._here else f"{address}#"
        return base + anchor

    def _enter(self, here: str) -> None:
        """From now on, links are those of the page at path `here`."""
        self._here, folder = here, here[: here.rfind("/") + 1]
        if folder != self._folder:
            self._folder, self._known, self._whole, self._prefixes, self._near = folder, {}, {}, {}, {}
            if len(self._files) > _MOST_KNOWN:  # links from one folder lead to few files
                self._files = {}
            if "{path}" not in self.source:
                self._sources = {}

    def _find(self, key: tuple[str, str, int]) -> tuple[str, str]:
        """The path of a part of a page, below the output's root, and as the page at `_here` writes it."""
        known = self._pages.get(key)
        if known is None:
            kind, path, part = key
            known = self._pages[key] = _cut(self.page(PageRef(kind, path, part=part)))  # type: ignore[arg-type]
        found = self._known[key] = self._from_here(*known)
        return found

    def _from_here(self, path: str, folder: str, name: str) -> tuple[str, str]:
        """A path as `_cut` gives it, and as the page at `_here` writes it."""
        prefix = self._prefixes.get(folder)
        if prefix is None:
            prefix = self._prefixes[folder] = relative(folder, self._folder)
        return path, prefix + name

    def lines(self, path: str, here: str) -> Callable[[int, int], str]:
        """What gives the address of lines of a file, first and last, for links from `here`; made once for the many links of a table."""
        if not self.source:
            return nowhere
        if here is not self._here:
            self._enter(here)
        base = self._source_base(path)
        if "{path}" in self.source:
            return functools.partial(_at, base)
        return lambda first, last: f"{base}#L{first}-L{last}" if last > first else f"{base}#L{first}"

    def _page_at(self, target: PageRef) -> tuple[str, str]:
        """Where the part of a page is that a link means, as `_find` gives it."""
        kind, path, part = target.kind, target.path, target.part
        anchors = self.parts.get((kind, path))
        if anchors is None and kind == "file" and part <= 1:
            return self._whole_page(path)
        if not part:
            part = anchors.get(target.anchor, 1) if anchors is not None else 1
        key = (kind, path, part)
        return self._known.get(key) or self._find(key)

    def _whole_page(self, path: str) -> tuple[str, str]:
        """The same of a file whose page has no parts."""
        known = self._files.get(path)
        if known is None:
            known = self._files[path] = _cut(self.names[path] + self.suffix)
        found = self._whole[path] = self._from_here(*known)
        return found

    def _source(self, target: SourceRef) -> str:
        if not self.source:
            return ""
        first, last = target.line, target.end_line
        if "{path}" not in self.source:
            base = self._source_base(target.path)
            return f"{base}#L{first}-L{last}" if last > first > 0 else f"{base}#L{first}" if first else base
        if first:
            return _at(self._source_base(target.path), first, max(last, first))
        path = quote(target.path.encode("utf-8", "surrogateescape"))
        return self.source.split("#")[0].format(rev=quote(self.rev), path=path, a=1, b=1)

    def _source_base(self, path: str) -> str:
        """The relative address of a file; its URL with marks where lines stand."""
        found = self._sources.get(path)
        if found is None:
            if "{path}" in self.source:
                here = quote(path.encode("utf-8", "surrogateescape"))
                found = self.source.format(rev=quote(self.rev), path=here, a=_FIRST, b=_LAST)
            else:
                whole = f"{'../' * self._folder.count('/')}{self.source}/{path}".rstrip("/")
                found = quoted(whole) if whole.isascii() else quote(whole.encode("utf-8", "surrogateescape"))
            self._sources[path] = found
        return found


def _at(base: str, first: int, last: int) -> str:
    """A URL with the lines in it."""
    return base.replace(_FIRST, str(first)).replace(_LAST, str(last))


def _cut(path: str) -> tuple[str, str, str]:
    """A path, its folder with ``/``, and its name as addresses have it."""
    cut = path.rfind("/") + 1
    return path, path[:cut], quoted(path[cut:])
