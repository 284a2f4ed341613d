"""The small server: it listens to this machine alone, serves files of the site alone, and builds again when it is asked to."""

from __future__ import annotations

import http.client
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sitetools import build_site, make_tree

from gazetteer.serve import LOOPBACK, Rebuild, server


@contextmanager
def running(folder: Path, rebuild: Callable[[], None] | None = None) -> Iterator[int]:
    with server(folder, rebuild=rebuild) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        try:
            yield made.server_address[1]
        finally:
            made.shutdown()
            thread.join()


def get(port: int, path: str, host: str = "localhost", **more: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=20)
    connection.putrequest("GET", path, skip_host=True)
    connection.putheader("Host", f"{host}:{port}")
    for name, value in more.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("serve")
    build_site(make_tree(base / "tree", {"a.py": "def f(): ...\n", "b/c.py": "x = 1\n"}), base / "out")
    (base / "secret.html").write_text("secret")
    (base / "out" / "site" / "link.html").symlink_to(base / "secret.html")
    (base / "out" / "site" / "folder").symlink_to(base)
    (base / "out" / "site" / "empty").mkdir()
    return base / "out" / "site"


def test_a_page_that_the_browser_has_is_not_sent_again(site: Path) -> None:
    page = site / "b" / "index.html"
    before = page.read_bytes()
    with running(site) as port:
        _, headers, _ = get(port, "/b/index.html")
        tag = headers["etag"]
        for path in ("/b/index.html", "/b/"):
            for asked in (tag, f'"other", W/{tag}'):
                status, headers, body = get(port, path, If_None_Match=asked)
                assert (status, body, headers["etag"]) == (304, b"", tag)
        assert get(port, "/b/index.html", If_None_Match='"other"')[0] == 200
        stat = page.stat()
        page.write_bytes(before[:-1] + b" ")
        os.utime(page, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))  # in the same second, and as long
        assert get(port, "/b/index.html", If_None_Match=tag)[0] == 200
        page.write_bytes(before)
        os.utime(page, ns=(stat.st_atime_ns, stat.st_mtime_ns))
        for path in ("/link.html", "/nowhere.html", "/empty/", "/b/..%2f..%2f..%2fsecret.html"):
            status, headers, _ = get(port, path, If_None_Match="*", If_Modified_Since="Fri, 01 Jan 2038 00:00:00 GMT")
            assert status == 404
            assert "etag" not in headers


def test_an_index_that_is_a_link_is_not_followed(site: Path) -> None:
    (site / "linked").mkdir()
    (site / "linked" / "index.html").symlink_to(site.parent.parent / "secret.html")
    with running(site) as port:
        assert get(port, "/linked/")[0] == 404


def test_pages_and_their_headers(site: Path) -> None:
    with running(site) as port:
        status, headers, body = get(port, "/b/index.html")
        assert (status, body) == (200, (site / "b" / "index.html").read_bytes())
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-cache"
        style = next((site / "assets").glob("*.css"))
        status, headers, _ = get(port, f"/assets/{style.name}")
        assert (status, headers["content-type"]) == (200, "text/css")
        assert "immutable" in headers["cache-control"]
        status, headers, _ = get(port, f"/assets/{style.name}x")  # the next build may make it
        assert (status, headers["cache-control"]) == (404, "no-cache")
        assert get(port, "/")[2] == (site / "index.html").read_bytes()


@pytest.mark.parametrize(
    "path",
    ["/../secret.html", "/%2e%2e/secret.html", "/b/../../secret.html", "/link.html", "/folder/secret.html", "/empty/", "/none", "/%00",
     "/index.html%00", f"/{'n' * 5_000}"],
)  # fmt: skip
def test_nothing_else_is_served(site: Path, path: str) -> None:
    with running(site) as port:
        status, _, body = get(port, path)
        assert status == 404
        assert b"secret" not in body.replace(b"secret.html", b"")


def test_that_there_is_no_icon_is_no_fault(site: Path) -> None:
    with running(site) as port:
        status, headers, body = get(port, "/favicon.ico")
        assert (status, body) == (204, b"")
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert get(port, "/favicon.ico", "example.org")[0] == 403


def test_other_names_are_refused(site: Path) -> None:
    with running(site) as port:
        assert get(port, "/index.html", "example.org")[0] == 403
        assert get(port, "/index.html", "127.0.0.1")[0] == 200


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"\x16\x03\x01\x02\0\n", b""),  # who speaks TLS
        (b"GET / HTTP/x\r\n\r\n", b"400"),
        (b"GET / HTTP/9.1\r\n\r\n", b"505"),
        (b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"", b""),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n", b""),
    ],
)
def test_what_is_no_request_is_answered_and_no_fault_of_ours(
    site: Path, capfd: pytest.CaptureFixture[str], said: bytes, status: bytes
) -> None:
    with running(site) as port:
        with socket.create_connection((LOOPBACK, port), timeout=20) as connection:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            with suppress(ConnectionResetError):  # it has said enough
                assert status in connection.recv(10_000).partition(b"\r\n")[0]
        assert get(port, "/")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_browser_that_goes_away_is_no_fault_of_ours(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (site / "large.bin").write_bytes(bytes(20_000_000))
    with running(site) as port:
        with socket.create_connection((LOOPBACK, port), timeout=20) as connection:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(b"GET /large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.recv(100)
        assert get(port, "/")[0] == 200
        time.sleep(0.2)
    (site / "large.bin").unlink()
    assert capfd.readouterr().err == ""


def test_it_listens_on_the_loopback_address(site: Path) -> None:
    with server(site) as made:
        assert made.server_address[0] == "127.0.0.1"


def test_rebuild_before_a_page_and_not_before_its_assets(site: Path) -> None:
    calls: list[str] = []
    with running(site, Rebuild(lambda: calls.append("built"), seconds=0)) as port:
        get(port, "/index.html")
        get(port, f"/assets/{next((site / 'assets').glob('*.css')).name}")
        assert calls == ["built"]
        get(port, "/")
        assert calls == ["built"] * 2
    pause = Rebuild(lambda: calls.append("again"), seconds=60)
    pause()
    pause()
    assert calls[2:] == ["again"]


def test_a_build_that_fails_is_told(site: Path) -> None:
    def fail() -> None:
        raise OSError("disk <b>full</b>")

    with running(site, fail) as port:
        status, _, body = get(port, "/index.html")
        assert status == 500
        assert b"disk &lt;b&gt;full" in body


def test_the_command(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", {"a.py": "def first(): ...\n"})
    command = [sys.executable, "-m", "gazetteer", "serve", str(root), "--port", "0", "--rebuild", "--jobs", "1"]
    environment = {**os.environ, "GAZETTEER_CACHE_DIR": str(tmp_path / "cache"), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("http://127.0.0.1:")
            port = int(line.split("/")[2].split(":")[1])
            assert b"first" in get(port, "/a.py.html")[2]
            (root / "b.py").write_text("def second(): ...\n")
            until = time.monotonic() + 60  # what a build has found is taken to be true for a second
            while b"second" not in get(port, "/b.py.html")[2]:
                assert time.monotonic() < until
                time.sleep(0.3)
        finally:
            process.terminate()
