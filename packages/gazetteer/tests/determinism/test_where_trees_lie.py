"""The bytes of an output do not tell where the tree lies, nor what its folder is called."""

from __future__ import annotations

import re

import pytest

from documented import shown
from gazetteer.build import build
from gazetteer.check import check
from gazetteer.config import Config, Links, parse
from gazetteer.errors import ConfigError
from gazetteer.store import Store
from trees import SMALL, built, contents, gaz, write

FORMATS = ("md", "html", "json", "llms", "scip")
FILES = SMALL | {"GUIDE.md": "# Guide\n\n[Line](src/hook.h#L5), [file](src/hook.h), ![x](x.png)\n", "config.txt": "x\n"}


def made(root, out, config=None):
    with Store(None) as store:
        build(root, out, config or Config(), store, formats=FORMATS)
    return contents(out)


def test_the_same_tree_in_three_places(tmp_path):  # check 28
    places = [("one", "out"), ("two/deeper/tree", "elsewhere/o"), ("three", "three-out")]
    first, *others = [made(write(tmp_path / tree, FILES), tmp_path / out) for tree, out in places]
    for other in others:
        assert [p for p in first.keys() | other.keys() if first.get(p) != other.get(p)] == []
    text = b"".join(first.values())
    assert b"one/" not in text
    assert str(tmp_path).encode() not in text
    report = check(tmp_path / "out", root=tmp_path / "one", config=Config())
    assert not report.faults
    page = (tmp_path / "out/pkg/core.py.md").read_text()
    assert "#L" not in page
    assert "Python · 10 lines" in shown(page)
    assert shown(page).count("pkg/core.py") >= 1  # where a link says "source"
    assert "</a>4–10|class|" in page
    html = (tmp_path / "out/site/GUIDE.md.html").read_text()
    assert re.search(r'href="src/hook.h.html"[^>]*>Line</a>', html)


@pytest.mark.parametrize("source", ["relative", "https://example.org/{rev}/{path}#L{a}-L{b}"])
def test_links_where_they_are_asked_for(tmp_path, source):
    root = write(tmp_path / "tree", FILES)
    config = Config(links=Links(source=source, rev="main"))
    found = made(root, tmp_path / "out", config)
    page = found["pkg/core.py.md"].decode()
    assert ("../../tree/pkg/core.py#L4-L10" if source == "relative" else "https://example.org/main/pkg/core.py#L4-L10") in page
    report = check(tmp_path / "out", root=root, config=config)
    assert not report.faults
    assert report.evidence > 20


def test_an_output_inside_links_to_the_tree_around_it(tmp_path):  # check 28
    found = []
    for name in ("a", "b/c"):
        root = write(tmp_path / name, FILES)
        found.append(made(root, root / "docs/ref"))
        report = check(root / "docs/ref", root=root, config=Config())
        assert not report.faults
        assert report.evidence > 20
    assert found[0] == found[1]
    assert "(../../../pkg/core.py#L4-L10)" in found[0]["pkg/core.py.md"].decode()


def test_option_and_bad_values(tmp_path):
    root = write(tmp_path / "tree", FILES)
    built(tmp_path / "cache", root, "-o", tmp_path / "out", "--links", "relative")
    assert "../../tree/pkg/core.py#L4-L10" in (tmp_path / "out/pkg/core.py.md").read_text()
    for wrong in ("relativ", "file:///x", 'x"\ny = 1'):
        done = gaz(tmp_path / "cache", "build", root, "-o", tmp_path / "bad", "--links", wrong)
        assert done.returncode == 2, done.stderr
        assert done.stderr.startswith("gaz: --links must begin with https:// or http://, or be 'relative', not ")
        assert not (tmp_path / "bad").exists()
    with pytest.raises(ConfigError, match="must begin with"):
        parse('[links]\nsource = "ftp://x"')
    assert parse('[links]\nsource = "relative"').links.source == "relative"
