"""The checks of an output, one after the other."""

from __future__ import annotations

import codecs
import html
import os
import posixpath
import re
import stat
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes, urlsplit

import msgspec
from blake3 import blake3
from msgspec import Struct

from ..config import Config
from ..discover import MARKER, is_marked
from ..errors import UsageError
from ..names import counted
from .reading import Claim, Read, read_html, read_markdown

__all__ = ["Fault", "Report", "check"]

MANIFEST = "manifest.json"
#: What lies in an output besides what its manifest lists.
_UNLISTED = frozenset((MANIFEST, MARKER, ".gazetteer.journal"))
_LINES = re.compile(r"L(\d+)(?:-L(\d+))?$")
#: Larger files are not read for the sake of a line in them.
_MOST_SOURCE = 50_000_000


class Fault(Struct, frozen=True, order=True):
    """Something that is wrong: on which page, of what kind, and what exactly."""

    page: str
    kind: str
    text: str


class Report(Struct):
    """What was checked, and what is wrong, sorted."""

    pages: int
    links: int
    evidence: int
    faults: list[Fault]


def check(out: Path, *, root: Path | None = None, config: Config | None = None) -> Report:
    """Verify the output in a folder.

    Parameters
    ----------
    out : Path
        A folder that ``gaz build`` wrote.
    root : Path, optional
        The tree: links to the source by URL are checked there. Relative links need no such hint.
    config : Config, optional
        Limits of pages and folders, and the pattern of URLs.

    Raises
    ------
    UsageError
        If `out` has no manifest.
    """
    return _Check(out, root, config or Config()).run()


class _Check:
    def __init__(self, out: Path, root: Path | None, config: Config) -> None:
        self.out, self.root, self.config = Path(os.path.normpath(Path.cwd() / out)), root, config
        self.faults: list[Fault] = []
        self.pages: dict[str, Read] = {}
        self.links = self.evidence = 0
        self._listed: dict[str, str] = {}
        self._sources: dict[str, list[bytes] | None] = {}
        # What the addresses on pages of one folder lead to: most are there more than once.
        self._here: tuple[str, dict[str, str | None]] = ("", {})
        self._there: tuple[str, dict[str, str | None]] = ("", {})
        self._urls = _url_pattern(config.links.source, config.links.rev)

    def run(self) -> Report:
        listed = self._listed = self._manifest()
        self._mark()
        on_disk = self._walk()
        for path in sorted(listed.keys() | on_disk.keys()):
            self._file(path, listed.get(path), on_disk.get(path))
        reached: dict[str, list[str]] = {}
        for path in sorted(self.pages):
            reached[path] = self._links(path, self.pages[path])
        self._orphans(reached)
        self._folders(listed)
        return Report(len(self.pages), self.links, self.evidence, sorted(set(self.faults)))

    def fault(self, page: str, kind: str, text: str) -> None:
        self.faults.append(Fault(page, kind, text))

    def _manifest(self) -> dict[str, str]:
        try:
            return msgspec.convert(msgspec.json.decode((self.out / MANIFEST).read_bytes())["pages"], dict[str, str])
        except OSError as error:
            raise UsageError(f"{self.out} is no output of gaz build: {MANIFEST} cannot be read ({error.strerror})") from error
        except (msgspec.MsgspecError, KeyError, TypeError) as error:
            raise UsageError(f"{self.out / MANIFEST} is no manifest: {error}") from error

    def _mark(self) -> None:
        """The file that tells builds of the tree around an output that its pages are no sources."""
        if not os.path.lexists(self.out / MARKER):
            self.fault(MARKER, "missing", "is not there, and an output has it")
        elif not is_marked(self.out):
            self.fault(MARKER, "changed", "is not what a build writes there")

    def _walk(self) -> dict[str, int]:
        """Every file of the output with the kind of it; links are not followed."""
        found = {}
        for folder, folders, names in os.walk(self.out, followlinks=False):
            here = Path(folder)
            for name in [*names, *(f for f in folders if (here / f).is_symlink())]:
                path = str((here / name).relative_to(self.out))
                if path not in _UNLISTED:
                    found[path] = (here / name).lstat().st_mode
        return found

    def _file(self, path: str, key: str | None, mode: int | None) -> None:
        if mode is None:
            self.fault(path, "missing", "is in the manifest, and not there")
            return
        if not stat.S_ISREG(mode):
            self.fault(path, "special", "is no regular file")
            return
        if key is None:
            self.fault(path, "unlisted", "is not in the manifest")
            return
        content = (self.out / path).read_bytes()
        if blake3(content).hexdigest(16) != key:
            self.fault(path, "changed", "has another hash than the manifest says")
        self._read(path, content)

    def _read(self, path: str, content: bytes) -> None:
        most = self.config.limits.page_bytes
        if path.endswith((".md", ".html")) and len(content) > most:
            self.fault(path, "too long", f"{len(content):,} bytes; pages have at most {most:,}")
        is_llms = path == "llms.txt" or (path.startswith("llms/") and path.endswith(".txt"))
        if not path.endswith((".md", ".html")) and not is_llms:
            return
        try:
            found = read_html(content.decode()) if path.endswith(".html") else read_markdown(content)
        except UnicodeDecodeError as error:
            self.fault(path, "encoding", f"is no UTF-8 at byte {error.start}")
            return
        self.pages[path] = found
        if found.scripts:
            self.fault(path, "script", "has a script where the text of a tree has one")
        for anchor in found.twice:
            self.fault(path, "anchor", f"has the anchor {anchor!r} twice")

    def _links(self, path: str, page: Read) -> list[str]:
        """Check the links of a page; gives the pages that it leads to."""
        reached = []
        for address in page.links:
            self.links += 1
            target = self._link(path, address)
            if target is not None:
                reached.append(target)
        for claim in page.claims:
            self._claim(path, claim)
        return reached

    def _link(self, path: str, address: str) -> str | None:
        """Check one link; gives the page it leads to, if it leads to one."""
        base, _, fragment = address.partition("#")
        if not base:
            target: str | None = path
        else:
            folder = posixpath.dirname(path)
            if folder != self._here[0]:
                self._here = (folder, {})
            known = self._here[1]
            if base not in known:
                known[base] = self._page_of(path, folder, base)
            target = known[base]
        if target is not None:
            fragment = os.fsdecode(unquote_to_bytes(fragment)) if "%" in fragment else fragment
            if fragment and fragment not in self.pages[target].anchors:
                self.fault(path, "anchor", f"{address}: {target} has no anchor {fragment!r}")
            return target
        source = self._source_of(path, base)
        if source is not None:
            self._line(path, address, source, fragment)
        return None

    def _page_of(self, path: str, folder: str, base: str) -> str | None:
        """The page that an address without fragment leads to; None where it leads out of the pages, which may be a fault."""
        try:
            parts = urlsplit(base)
        except ValueError as error:
            self.fault(path, "link", f"{base} is no address: {error}")
            return None
        if parts.scheme or parts.netloc:
            if parts.scheme not in ("http", "https"):
                self.fault(path, "link", f"{base} is neither http, https nor relative")
            return None
        target = posixpath.normpath(posixpath.join(folder, os.fsdecode(unquote_to_bytes(parts.path))))
        if target in self.pages:
            return target
        if self._source_of(path, base) is None:
            self.fault(path, "link", f"{base} leads nowhere")
        return None

    def _source_of(self, path: str, base: str) -> str | None:
        """The file on disk that a link outside of the pages leads to; None where there is none, or none is known."""
        folder = posixpath.dirname(path)
        if folder != self._there[0]:
            self._there = (folder, {})
        known = self._there[1]
        if base not in known:
            known[base] = self._on_disk(folder, base)
        return known[base]

    def _on_disk(self, folder: str, base: str) -> str | None:
        if re.match("[a-zA-Z][a-zA-Z0-9+.-]*:|//", base):
            match = self._urls.match(base) if self._urls is not None and self.root is not None else None
            return f"{self.root}/{os.fsdecode(unquote_to_bytes(match['path']))}" if match is not None else None
        file = os.path.normpath(f"{self.out}/{folder}/{os.fsdecode(unquote_to_bytes(base))}")
        if file.endswith((".md", ".html")) and os.path.relpath(file, self.out) in self._listed:
            return None  # a page that could not be read
        return file if os.path.lexists(file) else None

    def _line(self, path: str, address: str, file: str, fragment: str) -> None:
        match = _LINES.match(fragment)
        if not fragment or not match:
            if fragment:
                self.fault(path, "anchor", f"{address}: {fragment!r} names no line")
            if not os.path.lexists(file):
                self.fault(path, "link", f"{address}: the tree has no such file")
            return
        lines = self._lines(file)
        self.evidence += 1
        last = int(match[2] or match[1])
        if lines is None:
            self.fault(path, "evidence", f"{address}: the file cannot be read")
        elif not 1 <= int(match[1]) <= last <= len(lines):
            self.fault(path, "evidence", f"{address}: the file has {counted(len(lines), 'line')}")

    def _claim(self, path: str, claim: Claim) -> None:
        """Whether a line has one of the names that the page says it has."""
        base, _, fragment = claim.address.partition("#")
        source = self._source_of(path, base)
        lines = self._lines(source) if source is not None else None
        match = _LINES.match(fragment)
        if lines is None or match is None or int(match[1]) > len(lines):
            return  # noted as a link already
        line = lines[int(match[1]) - 1]
        if not any(name.encode() in line or not (name.isascii() or _is_utf8(line)) for name in claim.names):
            self.fault(path, "evidence", f"{claim.address}: {' or '.join(map(repr, claim.names))} is not on that line")

    def _lines(self, file: str) -> list[bytes] | None:
        if file not in self._sources:
            if len(self._sources) > 2_000:
                self._sources.clear()
            lines = _read_lines(file)
            if lines is not None and file.startswith(f"{self.out}/site/_source/"):
                lines = _embedded_lines(b"\n".join(lines))
            self._sources[file] = lines
        return self._sources[file]

    def _orphans(self, reached: dict[str, list[str]]) -> None:
        """Pages that no way leads to from the page of the root."""
        for start, suffix in (("README.md", ".md"), ("site/index.html", ".html")):
            pages = {p for p in self.pages if p.endswith(suffix)}
            if start not in self.pages:
                if pages:
                    self.fault(start, "missing", f"there are pages ({suffix}), and no first one")
                continue
            known = {start, *({"index.md"} & pages)}  # the first page of the seed's layout is another one
            stack = sorted(known)
            while stack:
                new = [p for p in reached[stack.pop()] if p not in known]
                known.update(new)
                stack += new
            for page in sorted(pages - known):
                self.fault(page, "orphan", f"no way leads here from {start}")

    def _folders(self, listed: dict[str, str]) -> None:
        entries: dict[str, set[str]] = {}
        for path in listed:
            rest = path
            while rest:
                rest, _, name = rest.rpartition("/")
                entries.setdefault(rest, set()).add(name)
        most = self.config.limits.folder_entries
        for folder in sorted(entries):
            if len(entries[folder]) > most:
                self.fault(folder or ".", "too many", f"{len(entries[folder]):,} entries; folders have at most {most:,}")


def _embedded_lines(page: bytes) -> list[bytes]:
    """The lines of a source that a page of the site shows."""
    shown = re.findall(rb'<span id="L\d+" class="line"><a href="#L\d+">\d+</a>(.*)</span>', page)
    return [html.unescape(re.sub(rb"<[^>]*>", b"", line).decode("utf-8", "replace")).encode() for line in shown]


def _is_utf8(line: bytes) -> bool:
    """Whether a line may be UTF-8: names in another encoding are not looked for."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _read_lines(file: str) -> list[bytes] | None:
    """The lines of a regular file; None for anything else, and for what is too large."""
    try:
        opened = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(opened, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_SOURCE:
            return None
        content = stream.read()
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        content = content.decode("utf-32", "replace").encode()
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        content = content.decode("utf-16", "replace").encode()
    lines = content.split(b"\n")
    return lines[:-1] if lines and not lines[-1] else lines


def _url_pattern(template: str, rev: str) -> re.Pattern[str] | None:
    """What links to the source look like, where they are URLs."""
    if "{path}" not in template:
        return None
    head = template.split("#", maxsplit=1)[0].replace("{rev}", quote(rev or "HEAD"))
    before, _, after = head.partition("{path}")
    after = re.sub(r"\\\{[ab]\\\}", r"[0-9]+", re.escape(after))
    return re.compile(re.escape(before) + r"(?P<path>[^#?]*)" + after + r"(?=#|$)")
