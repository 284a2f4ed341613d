"""`gaz watch`: after each change, what a first build would give."""

import time
from threading import Event

import pytest

from editing import cold, contents, make_tree, put
from gazetteer.errors import UsageError
from gazetteer.watch import watch


def test_each_change_is_a_cold_build(tmp_path, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out = tmp_path / "tree", tmp_path / "out"
    make_tree(tree)
    stop = Event()

    def edits(root, event):
        assert (root, event) == (tree, stop)
        for path, text in (
            ("src/model.py", "class Other: pass\n"),
            ("gazetteer.toml", '[repo]\nname = "Shop"\n'),
            ("include/api.h", "#define SHOP_API 3\n"),
        ):
            put(tree / path, text)
            yield path
        yield "nothing"

    seen = []
    for built in watch(tree, out, jobs=1, stop=stop, changes=edits):
        seen.append(built.extracted)
        assert contents(out) == cold(tree, out)
    assert len(seen) == 4  # three edits after the first build; nothing is said where nothing was done


def test_the_system_tells_of_changes(tmp_path, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    tree, out = tmp_path / "tree", tmp_path / "tree/docs"
    make_tree(tree)
    time.sleep(0.2)  # what is read in the moment in which it was written is read once more
    stop = Event()
    builds = watch(tree, out, jobs=1, stop=stop)
    next(builds)
    import threading

    timer = threading.Timer(1.0, put, (tree / "src/model.py", "class Other: pass\n"))
    timer.start()
    assert next(builds).scanned == 1
    assert "Other" in (out / "src/model.py.md").read_text()
    stop.set()
    assert list(builds) == []


def test_without_watchfiles(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "watchfiles", None)
    with pytest.raises(UsageError, match=r"gazetteer\[watch\]"):
        next(watch(tmp_path, tmp_path / "out"))
