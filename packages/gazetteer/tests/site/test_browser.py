"""The site in a headless Chromium, from ``file://``: nothing of a hostile tree runs, and the search works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from browsing import browser, needs, page_of
from sitetools import HOSTILE, build_site, make_tree
from test_search import HOOKS, _filler

from gazetteer.config import Config, Site

pytestmark = [pytest.mark.browser, pytest.mark.skipif(bool(needs()), reason=needs())]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    with browser() as made:
        yield made


@pytest.fixture(scope="module")
def page(chrome: Any) -> Any:
    return page_of(chrome)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("browser")
    files = {**HOSTILE, **_filler(800), "csrc/python_hook.h": HOOKS}
    build_site(make_tree(base / "tree", files), base / "out", Config(site=Site(source="embed")))
    return base / "out" / "site"


def bytes_of(urls: list[str]) -> int:
    return sum(Path(unquote(urlsplit(url).path)).stat().st_size for url in urls)


def test_nothing_of_a_hostile_tree_runs(page: Any, site: Path) -> None:  # check 36
    pages = [
        p for p in sorted(site.rglob("*.html")) if not p.relative_to(site).as_posix().startswith(("lib/", "_source/lib/", "_symbols/"))
    ]
    assert len(pages) > 20
    for path in pages:
        page.wrong.clear()
        page.asked.clear()
        page.goto(path.as_uri())
        assert page.evaluate("window.pwned") is None, path
        assert page.wrong == [], path
        assert all(url.startswith(site.as_uri() + "/") for url in page.asked), page.asked
        assert page.evaluate("document.querySelectorAll('[onerror],[onload],[onclick],[style],style,iframe').length") == 0, path
        assert page.evaluate("[...document.scripts].every(s => s.src)"), path


def test_links_of_hostile_prose_do_nothing(page: Any, site: Path) -> None:  # check 36
    page.goto((site / "README.md.html").as_uri())
    protocols = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.protocol)")
    assert set(protocols) <= {"file:", "https:"}
    for link in page.query_selector_all("main a:not([href])"):
        link.evaluate("e => e.click()")
    assert page.evaluate("window.pwned") is None


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("PyFunctionTensorPreHook", "PyFunctionTensorPreHook"),
        ("tensorprehook", "PyFunctionTensorPreHook"),
        ("PFTPH", "PyFunctionTensorPreHook"),
        ("args", "compiled_args"),
    ],
)
def test_search_from_a_disk(page: Any, site: Path, query: str, name: str) -> None:  # check 25
    page.wrong.clear()
    page.asked.clear()
    page.goto((site / "csrc" / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.insert_text(query)
    page.wait_for_selector("#gz-results [role=option]")
    names = page.eval_on_selector_all("#gz-results code", "all => all.map(e => e.textContent)")
    assert name in names
    assert page.wrong == []
    assert bytes_of(page.asked) <= 60_000, page.asked  # as they lie on the disk, without compression


def test_a_result_leads_to_its_symbol(page: Any, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.keyboard.press("/")
    page.keyboard.type("PyFunctionTensorPreHook")
    page.wait_for_selector("#gz-results [role=option]")
    assert page.get_attribute("#gz-field", "aria-expanded") == "true"
    chosen = page.get_attribute("#gz-field", "aria-activedescendant")
    assert page.get_attribute(f"#{chosen}", "aria-selected") == "true"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/csrc/python_hook.h.html#*")
    assert page.evaluate("document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "gz-field"
    page.keyboard.type("zzzzqq")
    page.wait_for_function("() => document.getElementById('gz-status').textContent.startsWith('No name found')")
    page.fill("#gz-field", "path:csrc")
    page.wait_for_function("() => document.getElementById('gz-status').textContent.startsWith('Add a name')")
    page.keyboard.press("Escape")
    assert page.is_hidden("#gz-results")


def test_a_result_is_one_thing_which_is_its_link(page: Any, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.fill("#gz-field", "hook")
    page.wait_for_selector("#gz-results a[role=option]")
    assert page.evaluate("document.querySelectorAll('#gz-results [role=option] a, #gz-results li:not([role])').length") == 0


def test_who_comes_back_from_a_result_finds_the_others(page: Any, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.fill("#gz-field", "PyFunctionTensorPreHook")
    page.wait_for_selector("#gz-results [role=option]")
    page.press("#gz-field", "Enter")
    page.wait_for_url("**/csrc/python_hook.h.html#*")
    page.go_back()
    page.wait_for_selector("#gz-results [role=option]")
    assert page.input_value("#gz-field") == "PyFunctionTensorPreHook"


def test_a_result_on_the_page_is_seen(page: Any, site: Path) -> None:
    page.goto((site / "csrc" / "python_hook.h.html").as_uri())
    for _ in range(2):  # again where it leads to already
        page.fill("#gz-field", "PyFunctionTensorPreHook")
        page.wait_for_selector("#gz-results [role=option]")
        page.press("#gz-field", "Enter")
        page.wait_for_selector("#gz-results", state="hidden")
    assert "#S" in page.url


def test_a_result_opens_beside_the_page(page: Any, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.fill("#gz-field", "PyFunctionTensorPreHook")
    page.wait_for_selector("#gz-results [role=option]")
    with page.context.expect_page() as opened:
        page.press("#gz-field", "Control+Enter")
    assert "/csrc/python_hook.h.html#" in opened.value.url
    opened.value.close()
    assert page.url.endswith("/index.html")
    page.keyboard.press("Tab")
    assert page.is_hidden("#gz-results")


def test_a_key_that_puts_letters_together_follows_no_result(page: Any, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.fill("#gz-field", "PyFunctionTensorPreHook")
    page.wait_for_selector("#gz-results [role=option]")
    before = page.url
    page.evaluate(
        "document.getElementById('gz-field').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true}))"
    )
    page.wait_for_timeout(200)
    assert page.url == before


def test_hostile_names_in_the_list_of_results(page: Any, site: Path) -> None:  # check 36
    page.goto((site / "index.html").as_uri())
    for query in ("img src", "onload", "javascript", "7*7"):
        page.fill("#gz-field", query)
        page.wait_for_selector("#gz-results [role=option]")
        assert page.evaluate("window.pwned") is None
        assert page.evaluate("document.querySelectorAll('#gz-results img, #gz-results script').length") == 0
        page.fill("#gz-field", "")


def _luminance(colour: str) -> float:
    parts = [int(v) / 255 for v in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(chrome: Any, site: Path, scheme: str) -> None:
    script = """() => [...document.querySelectorAll('body *')].filter(e => e.childNodes.length && e.offsetParent !== null).map(e => {
      let behind = e; while (behind && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
      return [getComputedStyle(e).color, behind ? getComputedStyle(behind).backgroundColor : 'rgb(255, 255, 255)', e.tagName] })"""
    page = page_of(chrome, color_scheme=scheme)
    commented = next(p for p in sorted((site / "_source").rglob("*.html")) if '<b class="c">' in p.read_text())
    line = re.findall(r'id="(L\d+)"', commented.read_text().partition('<b class="c">')[0])[-1]
    addresses = [(site / p).as_uri() for p in ("index.html", "csrc/python_hook.h.html", "_source/src/evil.py.html")]
    for path in (*addresses, f"{commented.as_uri()}#{line}"):  # the last with a comment on the line that is led to
        page.goto(path)
        pairs = {tuple(p) for p in page.evaluate(script)}
        assert len(pairs) > 5
        for ink, paper, tag in pairs:
            a, b = sorted((_luminance(ink), _luminance(paper)), reverse=True)
            assert (a + 0.05) / (b + 0.05) >= 4.5, (path, tag, ink, paper)  # WCAG 2.2, level AA
    dark = _luminance(page.evaluate("getComputedStyle(document.body).backgroundColor")) < 0.2
    assert dark == (scheme == "dark")
    page.close()


def test_a_telephone_scrolls_in_one_direction(chrome: Any, site: Path) -> None:
    page = page_of(chrome, viewport={"width": 360, "height": 740})
    for path in ("index.html", "csrc/python_hook.h.html", "README.md.html", "_source/src/evil.py.html"):
        page.goto((site / path).as_uri())
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
    page.close()


def test_a_page_has_the_width_that_its_frame_leaves(chrome: Any, site: Path) -> None:
    """Those of the keyword index, and those with the text of a file, list no folder: nothing stands beside them."""
    page = page_of(chrome)
    page.set_viewport_size({"width": 1280, "height": 900})
    for path, least in (("_symbols/index.html", 1_200), ("_source/csrc/python_hook.h.html", 1_200), ("csrc/index.html", 600)):
        page.goto((site / path).as_uri())
        assert page.evaluate("document.querySelector('main').clientWidth") >= least, path
