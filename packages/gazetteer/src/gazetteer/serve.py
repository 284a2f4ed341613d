"""A small server for the site of one tree, for this machine alone; it builds the site again before it answers, if it is asked to.

It listens on the loopback address and answers only requests that name it, so that no page elsewhere can read the documentation of a
private tree through the reader's browser under another name.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["LOOPBACK", "Rebuild", "server"]

LOOPBACK = "127.0.0.1"
_NAMES = frozenset((LOOPBACK, "localhost"))
_ICON = "/favicon.ico"
_TAG = re.compile(r'"[^"]*"')
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Rebuild:
    """Calls a build before a page is shown, one at a time and not more often than once in a while.

    Parameters
    ----------
    build : callable
        Brings the site up to date.
    seconds : float
        How long what a build has found is taken to be true.
    """

    def __init__(self, build: Callable[[], object], seconds: float = 1.0) -> None:
        self._build, self._seconds = build, seconds
        self._lock = threading.Lock()
        self._last = -seconds

    def __call__(self) -> None:
        """Build, unless it was done just now."""
        with self._lock:
            if time.monotonic() - self._last >= self._seconds:
                self._build()
                self._last = time.monotonic()


def tag_of(place: Path) -> str:
    """What tells a file from what lay there before (``ETag``): the times of HTTP are whole seconds, in which pages are built twice."""
    try:
        found = place.stat()
    except OSError:
        return ""
    return f'"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"'


class Handler(SimpleHTTPRequestHandler):
    """Files of the site, and nothing else: no listings, no links, no other names of the machine."""

    #: Of what is no request nothing else says it.
    path = ""

    def __init__(self, *args: Any, rebuild: Callable[[], None] | None, log: Callable[[str], None] | None, **options: Any) -> None:
        self.rebuild, self.log, self.tag = rebuild, log, ""
        super().__init__(*args, **options)

    def send_head(self) -> Any:
        """The head of an answer, and the file that is its body."""
        host = self.headers.get("Host", "").rpartition(":")[0] or self.headers.get("Host", "")
        if host not in _NAMES:
            self.send_error(HTTPStatus.FORBIDDEN, "this server answers to localhost alone")
            return None
        path = self.path.partition("?")[0].partition("#")[0]
        if self.rebuild is not None and path.endswith((".html", "/")):
            try:
                self.rebuild()
            except Exception as error:  # noqa: BLE001 - the reader is told what the build ended with
                self.send_error(HTTPStatus.INTERNAL_SERVER_ERROR, "the build failed", str(error))
                return None
        folder, place = Path(self.directory), Path(self.translate_path(self.path))
        if os.path.isdir(place):  # noqa: PTH112 - also of what no file can be called
            place /= "index.html"
        # No file has a NUL in its name, and no build makes a link.
        if "\0" in str(place) or place.resolve() != folder.resolve() / place.relative_to(folder):
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        self.tag = tag_of(place)
        if path == _ICON and not self.tag:  # browsers ask for it whatever pages say, and complain that there is none
            self.send_response(HTTPStatus.NO_CONTENT)
            self.end_headers()
            return None
        if self.tag and self.tag in _TAG.findall(self.headers.get("If-None-Match", "")):
            self.send_response(HTTPStatus.NOT_MODIFIED)
            self.end_headers()
            return None
        return super().send_head()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """An answer that is no file."""
        self.tag = ""
        super().send_error(code, message, explain)

    def list_directory(self, path: Any) -> None:
        """Folders have a page or none."""
        del path
        self.send_error(HTTPStatus.NOT_FOUND)

    def end_headers(self) -> None:
        """The headers that every answer has."""
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        if self.tag:
            self.send_header("ETag", self.tag)
        lasts = self.tag and self.path.startswith("/assets/")  # what is not there now may be after the next build
        self.send_header("Cache-Control", "max-age=31536000, immutable" if lasts else "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """One line for each request, if wanted."""
        if self.log is not None:
            self.log(format % args)


class Server(ThreadingHTTPServer):
    """A thread for each request; they end with the process."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of a browser that went away before it had its answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server(
    folder: Path, port: int = 0, *, rebuild: Callable[[], None] | None = None, log: Callable[[str], None] | None = None
) -> Server:  # fmt: skip
    """A server of the files below `folder`; `serve_forever` runs it.

    Parameters
    ----------
    folder : Path
        The site.
    port : int
        Of the loopback address; a free one where it is 0.
    rebuild : callable, optional
        Called before each page.
    log : callable, optional
        Gets a line for each request.
    """
    return Server((LOOPBACK, port), partial(Handler, directory=str(folder), rebuild=rebuild, log=log))
