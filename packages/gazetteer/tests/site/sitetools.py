"""What the tests of the site share: small trees, built once, and the parsed HTML of their pages."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

import html5lib

from documented import linking
from gazetteer.build import Built, build
from gazetteer.config import Config
from gazetteer.store import Store

__all__ = ["ALERTS", "HOSTILE", "Document", "Pages", "build_site", "make_tree", "pages_of", "target_of"]

#: What would run if any of it reached a page as markup.
ALERTS = (
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    '"><svg onload=window.pwned=1>',
    "'\"onmouseover=window.pwned=1 x=",
    "</pre></code></div><script>window.pwned=1</script>",
    "</title><script>window.pwned=1</script>",
    "]]><!--<script>window.pwned=1</script>",
    "javascript:window.pwned=1",
    "{{ 7*7 }}${7*7}{% raw %}",
    "\u202e<b>gnp\u202c",
    "<style>*{display:none}</style>",
    "&lt;script&gt;&#60;b&#62;",
)

_README = """\
# Title {0}

{0}

[script](javascript:window.pwned=1) [SCRIPT](JaVaScRiPt:window.pwned=1) [tab](java\tscript:window.pwned=1) [data](data:text/html,x)
[entity](&#106;avascript:window.pwned=1) [vb](vbscript:x) [file](file:///etc/passwd) [up](../../../../../etc/passwd) [net](//example.org/x)
![image](javascript:window.pwned=1) ![x](x.png "{1}") <a href="javascript:window.pwned=1" onclick="window.pwned=1">a</a>

<iframe src="https://example.org"></iframe> <object data="x"></object>
<form action="https://example.org"><input name=q><button>b</button></form>
<svg><script>window.pwned=1</script></svg> <math><mtext><img src=x onerror=window.pwned=1></math> <style>*{{display:none}}</style>
<base href="https://example.org/"> <meta http-equiv="refresh" content="0;url=https://example.org"> <link rel=stylesheet href=x>
<div id="gz-main" class="x" style="position:fixed">d</div> <p id="used-by">clobber</p> <a name="gz-field">n</a> <img name=body src=x>
<details open ontoggle=window.pwned=1><summary>s</summary>t</details> <noscript><p title="</noscript><img src=x onerror=window.pwned=1>">

[code](src/evil.py) [line](src/evil.py#L3) [folder](src) [part](GUIDE.md#second-part) [nowhere](GUIDE.md#no-such)
[missing](no/such.md) [own](#title) [root](/GUIDE.md)
"""
#: Files whose names, comments, docstrings and prose are attacks.
HOSTILE: dict[str, str] = {
    "README.md": _README.format("\n\n".join(ALERTS), ALERTS[2].replace('"', "")),
    "GUIDE.md": "# Guide\n\n## Second part\n\n## Second part\n\nText with `code` and **strength**.\n",
    "src/evil.py": '"""'
    + "\n".join(ALERTS)
    + '"""\nX = "'
    + ALERTS[0]
    + '"\n\n\nclass Plain:\n    """'
    + ALERTS[1]
    + '"""\n\n    y = 1  # '
    + ALERTS[4]
    + "\n",
    "src/evil.h": "// "
    + ALERTS[0]
    + "\n/* "
    + ALERTS[4]
    + ' */\nstruct S { int x; };\n#define M "'
    + "<script>window.pwned=1</script>"
    + '"\n',
    "src/<img src=x onerror=window.pwned=1>.py": "def f(): ...\n",
    "src/'\" onload='window.pwned=1.py": "def g(): ...\n",
    "src/{{7*7}}&amp;.md": "# {{7*7}} <script>window.pwned=1</script>\n",
    "src/a#b?c%20.py": "def h(): ...\n",
    "src/javascript:alert(1).md": "text\n",
}


def make_tree(root: Path, files: dict[str, str | bytes]) -> Path:
    """Write files, with folders as needed."""
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def build_site(root: Path, out: Path, config: Config | None = None, formats: tuple[str, ...] = ("html",)) -> Built:
    """Build with a store in memory; with links to the source, though the output lies beside the tree."""
    with Store(None) as store:
        return build(root, out, linking(config or Config()), store, formats=formats)


class Pages(Mapping[str, "Document"]):
    """Every page of a site, by its path below it; parsed when it is asked for."""

    def __init__(self, site: Path) -> None:
        self.files = {p.relative_to(site).as_posix(): p for p in sorted(site.rglob("*.html")) if p.is_file()}
        self.parsed: dict[str, Document] = {}

    def __getitem__(self, path: str) -> Document:
        if path not in self.parsed:
            self.parsed[path] = Document(self.files[path].read_bytes())
        return self.parsed[path]

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def __len__(self) -> int:
        return len(self.files)


def pages_of(out: Path) -> Pages:
    """The pages of the site in an output."""
    return Pages(out / "site")


class Document:
    """A page as a browser reads it: html5lib is an implementation of the HTML standard's own parser."""

    def __init__(self, content: bytes) -> None:
        self.errors: list[str] = []
        parser = html5lib.HTMLParser(namespaceHTMLElements=False)
        self.tree = parser.parse(content, transport_encoding="utf-8")
        self.errors = [code for _, code, _ in parser.errors]

    def elements(self, *tags: str) -> Iterator[object]:
        return (e for e in self.tree.iter() if not tags or e.tag in tags)

    @property
    def ids(self) -> list[str]:
        return [e.get("id") for e in self.tree.iter() if e.get("id") is not None]

    @property
    def links(self) -> list[str]:
        return [e.get("href") for e in self.tree.iter("a") if e.get("href") is not None]

    def text(self, tag: str = "body") -> str:
        return "".join(self.tree.find(f".//{tag}").itertext())


def target_of(page: str, address: str) -> tuple[str, str]:
    """The path below the site that a relative address on a page leads to, and the fragment, both unquoted."""
    parts = urlsplit(address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
    return path, unquote(parts.fragment)
