"""The keyword index has every symbol; each entry leads to its page and to its line, in the tree's own index by way of its row there."""

from __future__ import annotations

import re
from pathlib import Path

from documented import documented, shown
from gazetteer.compose.sharding import shard_of

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
