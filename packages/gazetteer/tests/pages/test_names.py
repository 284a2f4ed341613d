"""Names of pages: of any file, also of those whose names no link or file system likes."""

from __future__ import annotations

import os
import posixpath
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from documented import documented
from gazetteer.config import Config, Layout
from gazetteer.names import page_names, printable

ODD = [
    "a b.py",
    "a#b.py",
    "what?.py",
    "100%.py",
    "q'uo\"te.py",
    "new\nline.py",
    "-dash.py",
    "größe.py",
    "漢字.py",
    "README.md",
    "README",
    "index.html",
    "index",
    "Foo.h",
    "foo.h",
    "x" * 255,
    "é" * 120 + ".py",
    os.fsdecode(b"bytes\xff.py"),
    "_symbols",
    "_symbols.md",
    "con.py",
    "dot.",
    "t~3f",
    "t?",
    "(paren).py",
    "[x](y).py",
    "a|b.py",
    "`tick`.py",
    "a<b>.py",
    "a&b.py",
    "$x$.py",
    "back\\slash.py",
    "tab\t.py",
    "~tilde",
    "doc",
    "sub",
    ".hidden",
    "sub.md/x.py",
    "plain",
    "plain.md/y.py",
    "_parts/z.py",
    "data/d.py",
    "assets/e.py",
    "bidi\u202e.py",
    "cafe\u0301.py",
    "caf\u00e9.py",
]


@pytest.mark.parametrize("style", ["github", "seed"])
def test_every_name_has_a_page_that_links_reach(tmp_path, style: str) -> None:  # check 19, check 16
    files: dict[str, str | bytes] = {name: f'"""About {i}."""\n\ndef f{i}(): pass\n' for i, name in enumerate(ODD)}
    tree = documented(tmp_path, files, Config(layout=Layout(style=style)))
    report = tree.check()
    assert not report.faults
    assert report.links > 4 * len(ODD)
    pages = tree.pages()
    assert len({p.casefold() for p in pages}) == len(pages)
    for page in pages:
        assert len(os.fsencode(posixpath.basename(page))) <= 255
        assert not set(page) & set('<>:"\\|?*#%\n\t')
        assert page.isprintable()
    names = page_names(ODD, {"", "sub.md", "plain.md", "_parts", "data", "assets"}, seed=style == "seed")
    wanted = {names[f] + suffix for f in ODD for suffix in ([".md", "_docs.md", "_kw.md"] if style == "seed" else [".md"])}
    assert len(wanted) == len(ODD) * (3 if style == "seed" else 1)
    assert wanted <= set(pages)
    own = {posixpath.basename(p) for p in set(pages) - wanted if not p.startswith("_symbols/")}
    assert own == {"README.md", "_symbols.md"} | ({"index.md", "doc.md", "sub.md"} if style == "seed" else set())


def test_names_that_differ_in_case_alone_do_not_collide() -> None:  # check 19
    names = page_names(["Foo.h", "foo.h", "FOO.h"], [""])
    assert len({n.casefold() for n in names.values()}) == 4
    assert names["FOO.h"] == "FOO.h"


def test_a_page_and_a_folder_do_not_collide() -> None:  # check 19
    names = page_names(["a", "a.md/b", "a.html/c", "x", "x_docs"], ["", "a.md", "a.html"], seed=True)
    assert names["a.md"] == "a.md"
    assert names["a"].startswith("a~")
    outputs = [names[f] + suffix for f in ("a", "x", "x_docs") for suffix in (".md", "_docs.md", "_kw.md")]
    assert len(set(outputs)) == len(outputs)


def test_large_folders_are_spread(tmp_path) -> None:  # check 20
    paths = [f"big/f{i:04}.py" for i in range(5_000)]
    names = page_names(paths, ["", "big"])
    counts = Counter(posixpath.dirname(n) for n in names.values())
    assert max(counts.values()) <= 900
    assert names["big/f0000.py"] == "big/f0000.py"
    assert names["big/f4999.py"].startswith("big/_6/")
    seeds = Counter(posixpath.dirname(n) for n in page_names(paths, ["", "big"], seed=True).values())
    assert 3 * max(seeds.values()) <= 900


def test_many_subfolders_are_spread() -> None:  # check 20
    folders = ["", *(f"d{i:04}" for i in range(2_000))]
    names = page_names([f"{f}/x.py" for f in folders[1:]], folders)
    below: dict[str, set[str]] = {}
    for name in names.values():
        rest = name
        while rest:
            rest, _, last = rest.rpartition("/")
            below.setdefault(rest, set()).add(last)
    assert max(map(len, below.values())) <= 900


PART = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda n: n not in (".", "..")
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # other work may slow the machine
@given(st.lists(PART, min_size=1, max_size=12, unique=True), st.booleans())
def test_names_are_safe_and_distinct(parts: list[str], seed: bool) -> None:  # check 19
    names = page_names([f"d/{p}" for p in parts], ["", "d"], seed=seed)
    pages = [names[f"d/{p}"] + ".md" for p in parts]
    assert len({p.casefold() for p in pages}) == len(parts)
    assert all(p.startswith("d/") and p.count("/") == 1 and p.encode() and not p.endswith((" ", ".")) for p in pages)
    assert names == page_names([f"d/{p}" for p in reversed(parts)], ["d", ""], seed=seed)


def test_what_cannot_be_seen_is_written_out() -> None:  # check 18
    assert printable("a\u202eb\x00\x7f\ufeff\udcff\u200b\U000e0041") == "a\\u202eb\\x00\\x7f\\ufeff\\xff\\u200b\\U000e0041"
    assert printable("é\n\t漢") == "é\n\t漢"
