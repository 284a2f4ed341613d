"""No page and no folder of the output is larger than the limits, and nothing is lost by that."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from documented import Documented, documented, linking, shown
from gazetteer.config import Config, Limits
from gazetteer.errors import LimitError
from gazetteer.output import JOURNAL
from trees import contents


def entries(tree: Documented) -> int:
    return max(len(list(folder.iterdir())) for folder in (tree.out, *(p for p in tree.out.rglob("*") if p.is_dir())))


def largest(tree: Documented) -> int:
    return max((tree.out / p).stat().st_size for p in tree.pages())


def test_five_thousand_files_in_a_folder(tmp_path: Path) -> None:  # check 20, check 16
    files: dict[str, str | bytes] = {f"big/m{i:04}.py": f'"""Module {i}."""\n' for i in range(5_000)}
    files["big/use.py"] = "from . import m0001\n"
    tree = documented(tmp_path, files)
    assert entries(tree) <= 900
    assert largest(tree) <= 400_000
    assert not tree.check().faults
    first = tree.page("big/README.md")
    assert "Part 1 of " in first
    parts = [p for p in tree.pages() if re.fullmatch(r"big/(?:README|_parts/README/\d+)\.md", p)]
    rows = Counter(name for p in parts for name in re.findall(r"^\| \[`(m\d{4}\.py|use\.py)`\]", tree.page(p), re.MULTILINE))
    assert len(rows) == 5_001
    assert set(rows.values()) == {1}


def test_five_thousand_files_in_a_folder_of_the_site(tmp_path: Path) -> None:  # check 20, check 16
    files: dict[str, str | bytes] = {f"big/m{i:04}.py": f'"""Module {i}."""\n' for i in range(5_000)}
    files["README.md"] = "[One](big/m0001.py), [all](big/).\n"
    tree = documented(tmp_path, files)
    tree.build("html")
    assert entries(tree) <= 900
    sizes = {p: (tree.out / p).stat().st_size for p in tree.pages(".html")}
    assert len(sizes) > 5_000
    assert max(sizes.values()) <= 400_000
    assert not tree.check().faults
    parts = [p for p in sizes if re.fullmatch(r"site/big/(?:index|_parts/index/\d+)\.html", p)]
    assert len(parts) > 1
    rows = Counter(name for p in parts for name in re.findall(r'<tr><td><a [^>]*href="[^"]*"><code>(m\d{4}\.py)<', tree.page(p)))
    assert len(rows) == 5_000
    assert set(rows.values()) == {1}


def test_twenty_thousand_symbols_in_a_file(tmp_path: Path) -> None:  # check 20, check 9, check 16
    text = "".join(f"class C{i}:\n    def method_{i}(self): pass\n" for i in range(10_000))
    tree = documented(tmp_path, {"huge.py": text, "user.py": "import huge\n"})
    assert largest(tree) <= 400_000
    report = tree.check()
    assert not report.faults
    parts = [p for p in tree.pages() if p == "huge.py.md" or p.startswith("_parts/huge.py/")]
    assert len(parts) > 20
    assert "20,000 symbols: 10,000 classes, 10,000 methods." in shown(tree.page("huge.py.md"))
    rows = [row for p in parts for row in re.findall(r"^\|.*\|(class|method)\|", tree.page(p), re.MULTILINE)]
    assert Counter(rows) == {"class": 10_000, "method": 10_000}
    index = "".join(tree.page(p) for p in tree.pages() if "_symbols" in p)
    assert "_parts/huge.py/21.md#S" in index  # entries lead to the part that has the symbol


def test_a_long_list_is_continued(tmp_path: Path) -> None:  # check 20
    files: dict[str, str | bytes] = {f"u{i:03}.py": "import base\n" for i in range(300)}
    files["base.py"] = "X = 1\n"
    tree = documented(tmp_path, files)
    page = tree.page("base.py.md")
    assert "300 files; here are the 100 that most others lean on, the other 200 follow at the end:" in shown(page)
    assert page.count("\n- [`u") == 300
    assert "(#used-by-continued)" in page
    assert not tree.check().faults


def test_small_limits_are_kept(tmp_path: Path) -> None:  # check 20
    files: dict[str, str | bytes] = {f"d{i % 7}/f{i}.py": f'"""{"word " * 40}"""\ndef g{i}(a, b): return `{i}`\n' * 3 for i in range(200)}
    tree = documented(tmp_path, files, Config(limits=Limits(page_bytes=30_000, folder_entries=60)))
    assert largest(tree) <= 30_000
    assert not tree.check().faults


def test_heavy_text_does_not_exceed_the_limit(tmp_path: Path) -> None:  # check 20
    lines = "".join(f"X{i} = '{'`|$@&<>' * 20}'\n" for i in range(2_000))
    tree = documented(tmp_path, {"heavy.py": lines})
    assert largest(tree) <= 400_000
    assert not tree.check().faults


def test_trees_with_more_than_the_limits_allow_are_an_error(tmp_path: Path) -> None:
    """A tree with more files, bytes or pages than the configuration allows is an error that says which, and the output stays as it was."""
    files: dict[str, str | bytes] = {f"a{i}.py": f"def f{i}(): ...\n" for i in range(3)}
    tree = documented(tmp_path, files)
    pages, before = len(tree.pages()), contents(tree.out)
    for limits, said in (
        (Limits(files=2), "more than 2 files"),
        (Limits(total_bytes=20), "or 20 bytes"),
        (Limits(pages=pages - 1), rf"has {pages} pages, more than {pages - 1} \(\[limits\] pages"),
    ):
        tree.config = linking(Config(limits=limits))
        with pytest.raises(LimitError, match=said):
            tree.build()
        assert {path: content for path, content in contents(tree.out).items() if path != JOURNAL} == before
    tree.config = linking(Config(limits=Limits(pages=pages)))
    assert tree.build().written == 0
    (tree.root / "a0.py").write_text('def f0():\n    """Say what it does."""\n')
    assert tree.build().written  # no page more than before
    (tree.root / "b.py").write_text("x = 1\n")
    with pytest.raises(LimitError, match="pages"):
        tree.build()


def test_a_long_list_of_declared_values_is_cut(tmp_path: Path) -> None:  # check 20
    """As PyTorch's native_functions.yaml has one."""
    rows = "".join(f"- func: name_{i}(Tensor self, *, ScalarType? dtype=None, Layout? layout=None) -> Tensor\n\n" for i in range(2_600))
    tree = documented(tmp_path, {"functions.yaml": rows})
    tree.build("html")
    pages = list(tree.out.rglob("*.html"))
    assert sum("_parts" in page.parts for page in pages) >= 1
    assert max(page.stat().st_size for page in pages) <= tree.config.limits.page_bytes
