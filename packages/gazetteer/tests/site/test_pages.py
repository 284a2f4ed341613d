"""The pages of the site, read by an independent parser: what would run does not, links and anchors lead somewhere, structure is sound."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from sitetools import HOSTILE, Pages, build_site, make_tree, pages_of, target_of

from gazetteer.config import Config, Limits, Site, parse
from trees import built, contents

ALLOWED_ATTRIBUTES = {
    "id",
    "href",
    "class",
    "rel",
    "lang",
    "charset",
    "http-equiv",
    "content",
    "name",
    "src",
    "defer",
    "role",
    "hidden",
    "type",
    "aria-label",
    "open",
    "tabindex",
    "scope",
    "aria-current",
    "title",
    "align",
    "colspan",
    "rowspan",
    "start",
    "disabled",
    "checked",
    "alt",
    "loading",
}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture(scope="module", params=["link", "embed"])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Pages]:
    base = tmp_path_factory.mktemp("hostile")
    root = make_tree(base / "tree", {**HOSTILE, "x.png": PICTURE})
    build_site(root, base / "out", Config(site=Site(source=request.param, guides=("GUIDE.md", "*.md"))))
    return base / "out" / "site", pages_of(base / "out")


def test_nothing_of_the_tree_becomes_markup(hostile: tuple[Path, Pages]) -> None:  # check 36, 18
    _, pages = hostile
    assert len(pages) > 12
    for path, page in pages.items():
        assert not list(page.elements("style", "iframe", "object", "embed", "svg", "math", "form", "base", "button", "template"))[1:], path
        scripts = list(page.elements("script"))
        assert len(scripts) == 1, path
        assert re.fullmatch(r"(\.\./)*assets/search\.[0-9a-f]{12}\.js", scripts[0].get("src")), path
        assert not scripts[0].text
        for element in page.elements():
            if not isinstance(element.tag, str):
                continue
            odd = {name for name in element.attrib if name not in ALLOWED_ATTRIBUTES}
            assert not odd, (path, element.tag, odd)
        metas = [m.get("http-equiv") for m in page.elements("meta") if m.get("http-equiv")]
        assert metas == ["Content-Security-Policy"], path


def test_addresses_are_relative_or_web(hostile: tuple[Path, Pages]) -> None:
    _, pages = hostile
    for path, page in pages.items():
        for element in page.elements("a", "img", "link"):
            address = element.get("href") or element.get("src")
            if address is not None:
                assert not re.match(r"\s*(?!https?:)[a-z][a-z0-9+.-]*:", address, re.IGNORECASE), (path, address)
                assert not address.startswith(("/", "\\")), (path, address)


def test_hostile_text_is_still_shown(hostile: tuple[Path, Pages]) -> None:  # check 18
    _, pages = hostile
    shown = pages["src/evil.py.html"].text()
    assert "<script>window.pwned=1</script>" in shown
    assert "{{ 7*7 }}${7*7}{% raw %}" in shown
    assert r"\u202e<b>gnp" in shown
    assert "49" not in pages["README.md.html"].text("main")


def test_links_and_anchors_lead_somewhere(hostile: tuple[Path, Pages]) -> None:  # check 16
    site, pages = hostile
    seen = 0
    for path, page in pages.items():
        for address in page.links:
            if re.match("https?:", address):
                continue
            target, fragment = target_of(path, address)
            assert (site / target).exists(), (path, address)
            if target in pages and fragment:
                assert fragment in pages[target].ids, (path, address)
                seen += 1
    assert seen > 20


def test_structure(hostile: tuple[Path, Pages]) -> None:
    _, pages = hostile
    for path, page in pages.items():
        assert not [e for e in page.errors if e != "unexpected-end-tag-implies-table-voodoo"], (path, page.errors)
        twice = [name for name, count in Counter(page.ids).items() if count > 1]
        assert not twice, (path, twice)
        levels = [int(e.tag[1]) for e in page.elements("h1", "h2", "h3", "h4", "h5", "h6")]
        assert levels[0] == 1, path
        assert levels.count(1) == 1, path
        assert all(b <= a + 1 for a, b in itertools.pairwise(levels)), (path, levels)
        assert len(list(page.elements("main"))) == len(list(page.elements("header"))) == 1, path
        names = [e.get("aria-label") for e in page.elements("nav")]
        assert all(names), path
        assert len(set(names)) == len(names), path
        labels = {e.get("for") for e in page.elements("label")}
        for field in page.elements("input"):
            assert field.get("id") in labels or field.get("aria-label"), path
        assert all(e.get("alt") is not None for e in page.elements("img")), path
        assert page.tree.get("lang") == "en", path
        text = page.tree.find(".//title").text
        assert text.strip(), path


def test_readme_links_lead_to_pages(hostile: tuple[Path, Pages]) -> None:
    site, pages = hostile
    by_text = {"".join(e.itertext()): e.get("href") for e in pages["README.md.html"].elements("a")}
    assert by_text["code"] == "src/evil.py.html"
    assert by_text["folder"] == "src/index.html"
    assert by_text["part"] == "GUIDE.md.html#doc-second-part"
    assert by_text["nowhere"] == by_text["root"] == "GUIDE.md.html"
    assert by_text["net"] == "https://example.org/x"
    for gone in ("script", "SCRIPT", "data", "entity", "vb", "file", "up", "missing", "own"):
        assert by_text.get(gone) is None, gone
    line = by_text["line"]
    assert line.endswith("#L3")
    assert ("_source/src/evil.py.html" in line) == (site / "_source").exists()
    assert {"doc-second-part", "doc-second-part-1"} <= set(pages["GUIDE.md.html"].ids)


def test_readme_is_shown_in_its_folder_and_guides_are_listed(hostile: tuple[Path, Pages]) -> None:
    _, pages = hostile
    page = pages["index.html"]
    headings = ["".join(e.itertext()) for e in page.elements("h2")]
    assert headings[0] == "Guides"  # what was written for readers comes first
    assert headings[-1] == "README.md"
    after = page.tree.iter()
    guides = next(e for e in after if e.get("id") == "guides")
    listed = next(e for e in after if e.tag == "ul")
    assert guides is not None
    assert [a.get("href") for a in listed.iter("a")] == ["GUIDE.md.html", "README.md.html"]


def test_a_guide_may_be_any_file_that_is_named(tmp_path: Path) -> None:
    files = {"b.md": "# Of B\n", "shop/__init__.py": '"""Sells things. And more."""\n', "shop/other.py": "", "c.md": "no title\n"}
    root = make_tree(tmp_path / "tree", files)
    build_site(root, tmp_path / "out", Config(site=Site(guides=("shop/__init__.py", "**/*.md", "shop/*", "none.py"))))
    page = pages_of(tmp_path / "out")["index.html"]
    listed = next(e for e in page.tree.iter() if e.tag == "ul" and "shop/__init__.py.html" in [a.get("href") for a in e.iter("a")])
    said = ["".join(item.itertext()).strip() for item in listed.iter("li")]
    assert said[-3:] == ["shop/__init__.py: Sells things.", "Of B", "c.md"]


def test_images_are_links_unless_they_are_to_be_copied(tmp_path: Path) -> None:
    files = {
        "README.md": "![a picture](docs/p.png) ![none](no.png) ![vector](v.svg) ![lie](l.png) [![badge](https://example.org/b.png)](https://example.org/)\n",
        "docs/p.png": PICTURE,
        "v.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "l.png": "<script>window.pwned=1</script>",
    }
    root = make_tree(tmp_path / "tree", files)
    build_site(root, tmp_path / "linked")
    page = pages_of(tmp_path / "linked")["README.md.html"]
    assert not list(page.elements("img"))
    assert "docs/p.png.html" in page.links
    build_site(root, tmp_path / "copied", parse('[site]\nimages = "copy"'))
    page = pages_of(tmp_path / "copied")["README.md.html"]
    (image,) = page.elements("img")
    assert (tmp_path / "copied" / "site" / image.get("src")).read_bytes() == PICTURE
    assert image.get("alt") == "a picture"
    assert [p.suffix for p in (tmp_path / "copied" / "site" / "assets" / "images").iterdir()] == [".png"]


def test_source_pages_have_every_line(tmp_path: Path) -> None:
    lines = ["def f(x):", '    """Text', "", '    goes on."""', "\tif x < 1 and x > 0:", "        return '&amp;'", "", "", "# end"]
    texts = {
        "a.py": "\n".join(lines) + "\n",
        "b.py": "\r\n".join(lines),
        "c.unknown": "\n\n\nx\n",
        "d.c": "int x; /* a\n\n b */ int y;\n#if 1\n#endif",
        "e.txt": "one",
        "g.py": "a = 1\rb = 2\n",
        "f.py": "\n\nx = 1\n\n\n",
        "big.txt": "x" * 300_000,
        "long.py": "x = [" + "1, " * 20_000 + "]\n",
    }
    root = make_tree(tmp_path / "tree", dict(texts))
    build_site(root, tmp_path / "out", parse('[site]\nsource = "embed"'))
    pages = pages_of(tmp_path / "out")
    for name, content in texts.items():
        path = f"_source/{name}.html"
        assert (path in pages) == (name != "big.txt"), name
        if path in pages:
            found = [e for e in pages[path].elements("span") if e.get("class") == "line"]
            numbers = [e.get("id") for e in found]
            shown = ["".join(e.itertext()) for e in found]
            expected = content.replace("\r\n", "\n").removesuffix("\n").split("\n")
            assert numbers == [f"L{n}" for n in range(1, len(expected) + 1)], name
            assert shown == [f"{n}{line}".replace("\r", r"\x0d") for n, line in enumerate(expected, 1)], name
            assert len((tmp_path / "out" / "site" / path).read_bytes()) <= 400_000
    assert all("_source/big" not in link for link in pages["big.txt.html"].links)
    coloured = {e.get("class") for e in pages["_source/a.py.html"].elements("b")}
    assert {"k", "s", "c"} <= coloured


def test_a_long_folder_is_listed_by_neighbours(tmp_path: Path) -> None:  # check 20
    root = make_tree(tmp_path / "tree", {f"many/f{n:04}.txt": "x\n" for n in range(300)})
    build_site(root, tmp_path / "out")
    pages = pages_of(tmp_path / "out")
    page = pages["many/f0150.txt.html"]
    nav = next(e for e in page.elements("nav") if e.get("id") == "gz-folder")
    shown = ["".join(a.itertext()) for a in nav.iter("a")]
    assert shown[0] == "all 300 entries"
    assert shown[1:] == [f"f{n:04}.txt" for n in range(148, 153)]
    assert [a.get("href") for a in nav.iter("a") if a.get("aria-current")] == ["f0150.txt.html"]
    nav = next(e for e in pages["many/index.html"].elements("nav") if e.get("id") == "gz-folder")
    shown = ["".join(a.itertext()) for a in nav.iter("a")]
    assert shown == ["all 300 entries", *(f"f{n:04}.txt" for n in range(40))]


@pytest.mark.parametrize("source", ["link", "embed"])
def test_same_bytes_whatever_is_set(tmp_path: Path, source: str) -> None:  # check 28
    root = make_tree(tmp_path / "tree", dict(HOSTILE))
    build_site(root, tmp_path / "first", parse(f'[site]\nsource = "{source}"'))
    expected = contents(tmp_path / "first")
    assert len(expected) > 20
    settings: tuple[tuple[str, dict[str, str]], ...] = (
        ("1", {"PYTHONHASHSEED": "1", "LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}),
        ("3", {"PYTHONHASHSEED": "77", "LC_ALL": "tr_TR.UTF-8", "TZ": "America/Lima", "COLUMNS": "40", "HOME": "/nowhere"}),
    )  # fmt: skip
    for jobs, variables in settings:
        out = tmp_path / f"jobs{jobs}"
        built(
            tmp_path / f"cache{jobs}",
            root,
            "-o",
            out,
            "--format",
            "html",
            "--source",
            source,
            "--links",
            "relative",
            "--jobs",
            jobs,
            **variables,
        )
        found = contents(out)
        assert sorted(p for p in found.keys() | expected.keys() if found.get(p) != expected.get(p)) == []


def test_markdown_and_site_lie_side_by_side(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", {"a.py": "x = 1\n", "site/b.py": "y = 1\n", "a.py.md/c": "z\n", "assets/d": "w\n"})
    build_site(root, tmp_path / "out", formats=("md", "html"))
    site = pages_of(tmp_path / "out")
    markdown = {p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.md") if p.is_file()}
    assert not any(p.startswith("site/") for p in markdown)
    # A page that Markdown and HTML both have is called alike.
    assert {p.removesuffix(".html") for p in site if not p.endswith("index.html")} == {
        p.removesuffix(".md") for p in markdown if not p.endswith("README.md")
    }


@pytest.mark.parametrize("source", ["link", "embed"])
def test_the_checker_agrees(tmp_path: Path, source: str) -> None:  # checks 16 and 21
    root = make_tree(
        tmp_path / "tree", {"a.py": 'def f(x):\n    """<b>Text</b>"""\n\n\nclass C:\n    y = 1\n', "b/c.h": "struct S { int x; };\n"}
    )
    build_site(root, tmp_path / "out", parse(f'[site]\nsource = "{source}"'), formats=("md", "html"))
    done = subprocess.run(
        [sys.executable, "-m", "gazetteer", "check", str(tmp_path / "out")], capture_output=True, text=True, check=False, cwd=root
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_two_pages_have_one_title(tmp_path: Path) -> None:
    files = {f"{folder}/lib/{name}.py": "def f(): ...\n" for folder in ("a", "b", "b/lib") for name in ("x", "y")}
    build_site(make_tree(tmp_path / "tree", files), tmp_path / "out", Config(site=Site(source="embed")))
    titles = [re.findall(r"<title>(.*?)</title>", page.read_text())[0] for page in sorted((tmp_path / "out").rglob("*.html"))]
    assert len(titles) > 12
    assert [title for title, times in Counter(titles).items() if times > 1] == []
    assert "x.py · b/lib/lib · Source tree" in titles
    assert "x.py: source · a/lib · Source tree" in titles


def _listed(page: Path) -> list[str]:
    nav = re.findall(r'<nav id="gz-contents".*?</nav>', page.read_text(), re.DOTALL)
    found = re.findall(r'<li class="level-(\d)"><a href="[^"]*">([^<]*)', nav[0] if nav else "")
    return ["- " * (int(level) - 3) + shown for level, shown in found]


def test_the_table_of_contents_has_types_and_what_can_be_called_without_namespaces(tmp_path: Path) -> None:
    doc = "/** Says one. And more. */\n"
    text = "namespace a::b {\nstruct Later;\n" + "".join(f"{doc}struct S{n} {{\n{doc}int f(); int x; }};\n" for n in range(2))
    text += "enum class E { one };\nvoid g();\nvoid g(int);\n}\nint a::b::S0::f() { return 1; }\n"
    build_site(make_tree(tmp_path / "tree", {"x.hpp": text, "x.md": "# X\n# On a.b.c\n# Two\n# Three\n"}), tmp_path / "out")
    site = tmp_path / "out" / "site"
    assert _listed(site / "x.hpp.html") == ["struct S0", "- f()", "struct S1", "- f()", "enum E", "g()", "S0::f()"]
    assert ">On a.b.c</a>" in (site / "x.md.html").read_text()


def test_of_many_symbols_the_table_of_contents_has_those_in_no_type_or_types_alone(tmp_path: Path) -> None:
    def methods(count: int) -> str:
        return "".join(f"    def m{n}(self): ...\n" for n in range(count))

    functions, classes = (
        "".join(f"def f{n}():\n    def inner(): ...\n" for n in range(90)),
        "class B: ...\nclass C:\n    def m(self): ...\n",
    )
    files = {
        "few.py": f"class A:\n{methods(3)}    class D: ...\ndef f(): ...\n",
        "methods.py": f"{classes}class A:\n{methods(90)}def f(): ...\n",
        "functions.py": f"{classes}class A: ...\n{functions}", "types.py": "".join(f"class T{n}: ...\n" for n in range(90)),
    }  # fmt: skip
    build_site(make_tree(tmp_path / "tree", files), tmp_path / "out")
    assert {name: _listed(tmp_path / "out" / "site" / f"{name}.html") for name in files} == {
        "few.py": ["class A", "- m0()", "- m1()", "- m2()", "- class D", "f()"], "types.py": [],
        "methods.py": ["class B", "class C", "class A", "f()"], "functions.py": ["class B", "class C", "class A"],
    }  # fmt: skip


def test_the_table_of_contents_leads_to_symbols_on_other_parts_of_a_page(tmp_path: Path) -> None:
    text = "".join(f'class T{n}:\n    """{"Says. " * 400}\n\n    More.\n    """\n' for n in range(40))
    build_site(make_tree(tmp_path / "tree", {"a.py": text}), tmp_path / "out", Config(limits=Limits(page_bytes=40_000)))
    site = tmp_path / "out" / "site"
    nav = re.findall(r'<nav id="gz-contents".*?</nav>', (site / "a.py.html").read_text(), re.DOTALL)[0]
    found = re.findall(r'href="([^"#]*)#(S\d+)"', nav)
    assert len(found) == 40
    assert len({page for page, _ in found}) > 2
    for page, anchor in found:
        assert f'id="{anchor}"' in ((site / page) if page else site / "a.py.html").read_text()


def test_a_heading_without_words_is_in_no_list(tmp_path: Path) -> None:
    root = make_tree(tmp_path / "tree", {"README.md": "# Mill\n\nGrinds.\n\n" + "".join(f"# {n}\n\ntext\n\n#\n\n" for n in range(4))})
    build_site(root, tmp_path / "out")
    page = (tmp_path / "out/site/index.html").read_text()
    assert len(re.findall(r'<li[^>]*><a href="#[^"]*">\d\n?</a>', page)) >= 4
    assert not re.findall(r'<a href="#[^"]*">\s*</a>', page)
