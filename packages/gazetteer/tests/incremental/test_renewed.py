"""After a change that is not small, only what it can reach is resolved again, and the output is what a first build would give."""

import os
from unittest import mock

import pytest

import gazetteer.amend.renewed
import gazetteer.build
import gazetteer.compose.sharding
import gazetteer.store
from editing import FILES, build_once, cold, contents, make_tree, put
from gazetteer.config import Config
from gazetteer.store import Store

CPP, PYTHON = "gazetteer.lang.cpp.resolve", "gazetteer.lang.python.resolve"


def _resolved_again(root, out, store):
    """Build; the resolvers that were asked, None where the whole tree was resolved."""
    with (
        mock.patch("gazetteer.amend.renewed.edges_of", wraps=gazetteer.amend.renewed.edges_of) as again,
        mock.patch("gazetteer.amend.small.rebuilt", return_value=None),  # as if no change was small
    ):
        build_once(root, out, store)
    assert contents(out) == cold(root, out)
    return set(again.call_args.args[2]) if again.called else None


@pytest.fixture
def tree(tmp_path):
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store"
    make_tree(root)
    build_once(root, out, store)
    return root, out, store


def test_a_change_has_the_files_of_its_language_resolved_alone(tree):
    put(tree[0] / "src/use.py", FILES["src/use.py"] + "\nimport json\n")
    assert _resolved_again(*tree) == {PYTHON}


def test_a_file_that_comes_is_nothing_to_folders_elsewhere(tmp_path):
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store"
    modules = {f"lib/m{n}.py": f"from lib import m{n + 1}\n" for n in range(4)}
    make_tree(root, {**modules, "lib/m4.py": "x = 1\n", "lib/__init__.py": "", "other/a.txt": "x\n"})
    build_once(root, out, store)
    before = (out / "lib/README.md").stat()
    assert "`PageRank` over the dependencies of all files, tests last:" in (out / "lib/README.md").read_text()
    put(root / "other/b.txt", "x\n")
    build_once(root, out, store)
    assert contents(out) == cold(root, out)
    assert (out / "lib/README.md").stat() == before


def test_a_module_that_comes_is_nothing_to_includes(tree):
    put(tree[0] / "src/more.py", "from .model import Basket\n")
    found = _resolved_again(*tree)
    assert PYTHON in found
    assert CPP not in found


def test_a_header_that_comes_and_is_asked_for_is_included(tree):
    put(tree[0] / "include/more.h", '#include "late.h"\n')
    build_once(*tree)
    put(tree[0] / "include/late.h", "struct Late;\n")
    found = _resolved_again(*tree)
    assert CPP in found
    assert PYTHON not in found


def test_a_folder_that_comes_may_be_a_package(tree):
    put(tree[0] / "src/deep/note.txt", "x\n")
    assert PYTHON in _resolved_again(*tree)


def test_a_file_that_changes_its_language_leaves_the_files_of_both(tree):
    (tree[0] / "src/use.py").rename(tree[0] / "src/use.h")
    assert {PYTHON, CPP} <= _resolved_again(*tree)


def test_a_tree_of_which_most_is_another_one_is_resolved_as_a_whole(tree):
    for path in FILES:
        if path.endswith((".py", ".h", ".cpp", ".md")):
            put(tree[0] / path, FILES[path] + "\n# more\n")
    assert _resolved_again(*tree) is None


@pytest.mark.parametrize("most", [3, 8, 20])
def test_shards_become_as_wide_as_those_of_a_first_build(tmp_path, monkeypatch, most):
    monkeypatch.setattr(gazetteer.compose.sharding, "_MOST_SHARDS", most)
    root, out, store = tmp_path / "tree", tmp_path / "out", tmp_path / "store"
    put(root / "a.py", "import b\nclass Aa: pass\nclass Ab: pass\n")
    put(root / "b.py", "class Ba: pass\n")
    put(root / "c.py", "class Ab: pass\n")
    build_once(root, out, store)
    texts = ["class Ca: pass\nclass Cb: pass\nclass C1: pass\n", "def da(): pass\ndef Dz(): pass\n", "", "class Ca(Aa): pass\n", "x = 1\n"]
    for number, text in enumerate([*texts, *reversed(texts)]):
        put(root / ("d.py" if number % 2 else "a.py"), f"import b\n{text}")
        build_once(root, out, store)
        assert contents(out) == cold(root, out)


def test_tests_that_come_change_and_go(tree):
    root, out, store = tree
    for path, text in (
        ("tests/test_more.py", "Basket checkout Node\n"),
        ("tests/test_more.py", "Basket Large fresh_one\n"),
        ("src/fresh.py", "import os\ndef fresh_one(): pass\n"),
        ("src/fresh_again.py", "def fresh_one(): pass\nclass Basket: pass\n"),
        ("tests/test_more.py", ""),
    ):
        put(root / path, text)
        build_once(root, out, store)
        assert contents(out) == cold(root, out)
    (root / "tests/test_more.py").unlink()
    (root / "src/fresh.py").rename(root / "tests/fresh.py")
    build_once(root, out, store)
    assert contents(out) == cold(root, out)


def test_a_path_that_is_no_text_comes(tree):
    root, out, store = tree
    places = [root / os.fsdecode(path) for path in (b"src/caf\xe9.py", b"caf\xe9/tea.h")]
    for place, text in zip(places, ("from .model import Basket\nclass Tea(Basket): pass\n", '#include "../include/node.h"\n'), strict=True):
        put(place, text)
    for _ in range(2):
        build_once(root, out, store)
        assert contents(out) == cold(root, out)
    for place in places:
        place.unlink()
    build_once(root, out, store)
    assert contents(out) == cold(root, out)


@pytest.mark.parametrize("most", [1, 1_000])
def test_many_values_are_those_that_are_asked_for(monkeypatch, most):
    monkeypatch.setattr(gazetteer.store, "_MANY", most)
    known = {bytes([n]): b"value %d" % n for n in range(6)}
    with Store(None) as store:
        store.set_values("records", known.items())
        for wanted in ([b"\1", b"\4", b"\5", b"\2"], [b"\3", b"none"], list(known), []):
            assert dict(store.values("records", wanted)) == {key: known[key] for key in wanted if key in known}
        store.fetch("records", [b"\1", b"\2"])
        store.connection.execute("DELETE FROM records WHERE key = ?", (b"\2",))
        assert dict(store.values("records", [b"\2", b"\3"])) == {b"\2": b"value 2", b"\3": b"value 3"}
        store.set_kept("shard", [("a", b"places")])
        store.fetch_kept("shard")
        store.clear_kept()
        assert store.kept("shard", "a") == b"places"


def test_other_processes_make_pages_without_the_store(tmp_path, monkeypatch):
    monkeypatch.setattr("gazetteer.writing.WORTH", 1)
    root, out, formats = tmp_path / "tree", tmp_path / "out", ("md", "html", "json", "llms", "scip")
    make_tree(root)
    for path, text in ("a.py", ""), ("src/use.py", "import json\n"), ("src/new.py", "class New: pass\n"), ("include/node.h", "int n;\n"):
        put(root / path, text)
        with Store(tmp_path / "store") as store:
            gazetteer.build.build(root, out, Config(), store, formats=formats, jobs=3)
        assert contents(out) == cold(root, out, formats)


def test_short_names_are_searched_in_no_test(tree):  # check 14
    root = tree[0]
    put(root / "src/short.py", "def run(): ...\n")
    build_once(*tree)
    put(root / "src/another.py", "x = 1\n")  # no small change
    put(root / "tests/test_model.py", FILES["tests/test_model.py"] + "    run()\n")
    _resolved_again(*tree)


def test_builds_with_one_store_see_what_the_last_one_kept(tmp_path, monkeypatch):  # check 29
    monkeypatch.setattr("gazetteer.writing.WORTH", 1)
    root, out = tmp_path / "tree", tmp_path / "out"
    make_tree(root)
    with Store(tmp_path / "store") as store:
        for number in range(3):
            put(root / f"src/new{number}.py", f"from .model import Basket\n\n\nclass Basket{number}(Basket): ...\n")
            gazetteer.build.build(root, out, Config(), store, jobs=2)
            put(root / "src/use.py", f"{FILES['src/use.py']}\n\nclass Basic{number}: ...\n")
            gazetteer.build.build(root, out, Config(), store, jobs=2)
            assert contents(out) == cold(root, out)
