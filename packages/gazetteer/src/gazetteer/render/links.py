"""Where pages lie, and what the links between them and to the source are."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import quote

from ..document import PageRef, SourceRef, Target, Url
from .addresses import quoted, relative

__all__ = ["RELATIVE", "Links", "nowhere", "source_of"]

#: In the configuration, instead of a URL: paths, wherever the output lies.
RELATIVE = "relative"

#: Which part of a page each of its anchors is on, by kind and path of the page; of pages that have one part alone, nothing.
Parts = Mapping[tuple[str, str], Mapping[str, int]]

_SAFE = re.compile(r"[A-Za-z0-9_.-]*")
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
        What stands for ``{rev}``.
    suffix, folder_page : str
        ``.md`` and ``README.md``, or those of HTML.
    parts : mapping, optional
        `Book.parts`: where the anchors of long pages are.
    """

    def __init__(
        self, names: dict[str, str], source: str, rev: str, suffix: str = ".md", folder_page: str = "README.md", parts: Parts | None = None,
    ) -> None:  # fmt: skip
        self.names, self.source, self.rev, self.suffix, self.folder_page = names, source, rev, suffix, folder_page
        self.parts: Parts = parts if parts is not None else {}
        self._stem = folder_page.removesuffix(suffix)
        #: Of pages: path, its folder with a slash, and the name as it is quoted.
        self._pages: dict[tuple[str, str], tuple[str, str, str]] = {}
        # What was found for links from one folder is needed again for most links from there.
        self._here = self._folder = ""
        self._prefixes: dict[str, str] = {}
        self._sources: dict[str, str] = {}

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
        if isinstance(target, SourceRef):
            return self._source(target)
        if isinstance(target, PageRef):
            return self._to_page(target, here)
        if isinstance(target, Url):
            if not target.address.startswith(("http://", "https://")):
                raise ValueError(f"address {target.address!r} is neither http nor https")
            return quote(target.address, safe=":/?#[]@!$&*+,;=%~")
        raise TypeError(f"link to {target!r}; expected a PageRef, a SourceRef or an Url")

    def base(self, path: str, here: str) -> str:
        """What links from `here` to anchors on the page of a file begin with; empty where the page has parts, of which each has some."""
        key = ("file", path)
        if key in self.parts:
            return ""
        if here is not self._here:
            self._enter(here)
        return self._relative(key, None)[1]

    def _enter(self, here: str) -> None:
        """From now on, links are those of the page at path `here`."""
        self._here, folder = here, here[: here.rfind("/") + 1]
        if folder != self._folder:
            self._folder, self._prefixes, self._sources = folder, {}, {}

    def _relative(self, key: tuple[str, str], target: PageRef | None) -> tuple[str, str]:
        """The path of a page below the output's root, and as the page at `_here` writes it. Those of whole pages are kept in two halves."""
        known = None if key in self.parts or (target is not None and target.part) else self._pages.get(key)
        if known is None:
            path = self.page(target or PageRef(*key))  # type: ignore[arg-type]
            cut = path.rfind("/") + 1
            known = path, path[:cut], quoted(path[cut:])
            if key not in self.parts and not (target is not None and target.part):
                self._pages[key] = known
        path, folder, name = known
        prefix = self._prefixes.get(folder)
        if prefix is None:
            prefix = self._prefixes[folder] = relative(folder, self._folder)
        return path, prefix + name

    def lines(self, path: str, here: str) -> Callable[[int, int], str]:
        """What gives the address of lines of a file, first and last, for links from `here`; made once for the many links of a table."""
        if not self.source:
            return nowhere
        if "{path}" in self.source:
            return lambda first, last: self.address(SourceRef(path, first, last), here)
        base = self.address(SourceRef(path), here)
        return lambda first, last: f"{base}#L{first}-L{last}" if last > first else f"{base}#L{first}"

    def _to_page(self, target: PageRef, here: str) -> str:
        path, address = self._relative((target.kind, target.path), target)
        anchor = target.anchor
        if not anchor:
            return address
        fragment = anchor if _SAFE.fullmatch(anchor) else quote(anchor)
        return f"#{fragment}" if path == here else f"{address}#{fragment}"

    def _source(self, target: SourceRef) -> str:
        if not self.source:
            return ""
        if "{path}" in self.source:
            path = quote(target.path.encode("utf-8", "surrogateescape"))
            if not target.line:
                return self.source.split("#")[0].format(rev=quote(self.rev), path=path, a=1, b=1)
            end = max(target.end_line, target.line)
            return self.source.format(rev=quote(self.rev), path=path, a=target.line, b=end)
        found = self._sources.get(target.path)
        if found is None:
            up = "../" * self._folder.count("/")
            whole = f"{up}{self.source}/{target.path}".rstrip("/")
            found = self._sources[target.path] = quoted(whole) if whole.isascii() else quote(whole.encode("utf-8", "surrogateescape"))
        if not target.line:
            return found
        return f"{found}#L{target.line}-L{target.end_line}" if target.end_line > target.line else f"{found}#L{target.line}"
