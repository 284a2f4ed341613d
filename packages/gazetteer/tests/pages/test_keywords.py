"""The keyword index has every symbol; each entry leads to its page and to its line, in the tree's own index by way of its row there."""

from __future__ import annotations

import re
from pathlib import Path

from documented import documented, shown
from gazetteer.compose.sharding import shard_of
from gazetteer.config import Config, Limits

FILES: dict[str, str | bytes] = {
    "a/one.py": "class Node: pass\ndef node(): pass\nNODE = 1\n__private = 2\nx = 3\n",
    "a/two.py": "class Node: pass\nclass Größe: pass\nclass Élan: pass\n",
    "a/b/ops.h": "struct V {\n  V operator+(V o);\n  bool operator[](int i);\n};\n",
}


def test_every_symbol_is_in_both_indexes(tmp_path: Path) -> None:
    tree = documented(tmp_path, FILES)
    assert not tree.check().faults
    page = tree.page("a/_symbols.md")
    assert "7 names, 8 entries in 2 files" in shown(page)
    assert "- `Node` class [one.py](one.py.md#S1):[1](../../tree/a/one.py#L1), [two.py](two.py.md#S1):[1](../../tree/a/two.py#L1)\n" in page
    assert "Of the folders below: b" in shown(page)
    assert [line.split("`")[1] for line in re.findall(r"^- `(?:NODE|Node|node)`.*", page, re.MULTILINE)] == ["NODE", "Node", "node"]
    shards = "".join(tree.page(p) for p in tree.pages() if p.startswith("_symbols/"))
    entries = re.findall(r"\[(?:[^\]]*:)?(\d+)\]\((\.\./a/[^)#]*)#([^)]*)\)", shards)
    assert all(anchor.split(".")[0] == f"S{line}" for line, _, anchor in entries)
    assert len(entries) == len(set(entries)) == 11
    assert "operator+" in shown(tree.page("a/b/_symbols.md"))
    assert "`Élan` class" in tree.page("_symbols/unicode.md")
    assert "11 entries in 7 shards" in shown(tree.page("_symbols/README.md"))


def test_kinds_of_a_name_are_told_apart(tmp_path: Path) -> None:
    tree = documented(tmp_path, {"a/x.py": "class Box: pass\n", "a/y.h": "struct Box;\nstruct Box {};\n", "a/z.py": "class Box: pass\n"})
    said = "Box class x.py:1; struct, forward y.h:1; struct y.h:2; class z.py:1"
    assert said in shown(tree.page("a/_symbols.md"))
    assert said in shown(tree.page("_symbols/bo.md"))


def test_places_of_a_name_with_many_are_counted_by_folder(tmp_path: Path) -> None:  # check 9, check 16
    files: dict[str, str | bytes] = {f"a/f{n}.py": "def run(): pass\nclass Run:\n    def run(self): pass\n" for n in range(6)}
    files["run.py"] = "def run(): pass\n"
    files["b/x.py"] = "class A:\n    def run(self): pass\nclass B:\n    def run(self): pass\n"
    tree = documented(tmp_path, files)
    tree.build("md", "html")
    assert not tree.check().faults
    page = tree.page("_symbols/ru.md")
    assert "2 names, 21 entries; each leads to its row on the page of its file. Where a name has more than 10, those" in shown(page)
    one, several = "[run.py:1](../run.py.md#S1)", "[6 in a](../a/_symbols.md)"
    assert f"- `run` function {several}, {one}; method [6 in a](../a/_symbols.md), [2 in b](../b/_symbols.md)\n" in page
    assert page.count("../a/f0.py.md#S2") == 1  # a name with few places has all of them here
    assert len(re.findall(r"\[f\d\.py\]\(f\d\.py\.md#S[13]\):\[[13]\]", tree.page("a/_symbols.md"))) == 12
    assert '<a href="../a/_symbols.html">6 in a</a>, ' in tree.page("site/_symbols/ru.html")


def test_a_long_index_of_a_folder_begins_with_its_letters(tmp_path: Path) -> None:  # check 16, check 20
    text = "".join(f"def {letter}_{n:03}_{'long' * 12}(): pass\n" for letter in "abcxyz" for n in range(200))
    tree = documented(tmp_path, {"a/m.py": text}, Config(limits=Limits(page_bytes=100_000)))
    assert not tree.check().faults
    letters = re.findall(r"\[([A-Z])\]\(([^)]*)#([a-z])\)", tree.page("a/_symbols.md"))
    assert [letter for letter, _, _ in letters] == list("ABCXYZ")
    pages = {page for _, page, _ in letters}
    assert "" in pages
    assert len(pages) > 1
    for letter, page, anchor in letters:
        assert f"\n## {letter}\n" in tree.page(f"a/{page or '_symbols.md'}")
        assert anchor == letter.lower()


def test_shards_do_not_differ_in_case_alone() -> None:
    names = ["Node", "node", "_node", "NODE", "operator()", "~Node", "9a", "$", "漢字", "x", "X_"]
    keys = [shard_of(n) for n in names]
    assert keys == ["no", "no", "no", "no", "op", "no", "9a", "other", "unicode", "x", "x"]


def test_very_many_prefixes_have_shards_of_one_letter(tmp_path: Path) -> None:  # check 20
    import string

    letters = string.ascii_lowercase + string.digits
    text = "".join(f"{a}{b}_name = 1\n" for a in string.ascii_lowercase for b in letters)
    tree = documented(tmp_path, {"a.py": text})
    shards = [p for p in tree.pages() if p.startswith("_symbols/")]
    assert len(shards) == 27
    assert not tree.check().faults


def test_a_tree_without_symbols_has_no_index(tmp_path: Path) -> None:  # check 21
    tree = documented(tmp_path, {"a.txt": "nothing\n"})
    assert tree.pages() == ["README.md", "a.txt.md"]
    assert "Keyword" not in tree.page("README.md")
