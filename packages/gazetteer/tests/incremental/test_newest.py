"""Commands that have no output know what the newest build of the tree knows."""

import threading
import time

import pytest

from editing import contents, make_tree, put
from gazetteer.cli import run
from gazetteer.opening import opened
from gazetteer.store import Store, newest_store, note_newest, store_path


@pytest.fixture
def built(tmp_path, monkeypatch):
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    make_tree(tmp_path / "tree")
    time.sleep(0.1)
    assert run(["build", str(tmp_path / "tree"), "-o", str(tmp_path / "out"), "-j", "1"]) == 0
    return tmp_path


@pytest.fixture
def read(monkeypatch):
    """Paths of the files that are read to be understood."""
    from gazetteer import gather

    paths = []

    def scanned(root, batch, *rest):
        paths.extend(batch)
        return gather_scan(root, batch, *rest)

    gather_scan = gather.scan_batch
    monkeypatch.setattr(gather, "scan_batch", scanned)
    monkeypatch.setattr("gazetteer.opening.workers_of", lambda *_: None)
    return paths


def query(base, *terms):
    return run(["query", "-p", str(base / "tree"), *terms])


def test_nothing_is_read_again(built, read):
    assert query(built, "Basket") == 0
    assert read == []
    put(built / "tree/src/more.py", "class More: pass\n")
    assert query(built, "More") == 0
    assert read == ["src/more.py"]


def test_a_cache_that_is_named_from_the_current_folder(built, read, monkeypatch):
    monkeypatch.chdir(built)
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", "cache")
    assert query(built, "Basket") == 0
    assert read == []


def test_without_a_build_all_is_read(built, read):
    make_tree(built / "other/tree")
    assert query(built / "other", "Basket") == 0
    assert len(read) > 5


def test_answers_are_the_same(built, capfd, monkeypatch):
    capfd.readouterr()
    assert query(built, "--json", "path:src") == 0
    learned = capfd.readouterr().out
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(built / "empty"))
    assert query(built, "--json", "path:src") == 0
    assert capfd.readouterr().out == learned
    assert "Basket" in learned


def test_what_a_later_build_knows_is_taken_over(built, read):
    assert query(built, "Basket") == 0
    put(built / "tree/src/more.py", "class More: pass\n")
    time.sleep(0.1)  # what is read in the moment in which it was written is read once more
    assert run(["build", str(built / "tree"), "-o", str(built / "second"), "-j", "1"]) == 0
    read.clear()
    assert query(built, "More") == 0
    assert read == []


def test_a_build_does_not_wait_for_a_query(built):
    before = contents(built / "out")
    with opened(built / "tree") as tree:  # as `gaz mcp` does, for as long as it runs
        assert tree.atlas().files
        put(built / "tree/src/more.py", "class More: pass\n")
        build = threading.Thread(target=run, args=(["build", str(built / "tree"), "-o", str(built / "out"), "-j", "1"],))
        build.start()
        build.join(timeout=30)
        assert not build.is_alive()
    assert contents(built / "out") != before


@pytest.mark.parametrize("content", [b"", b"broken" * 999])
def test_a_broken_store_teaches_nothing(built, read, content):
    newest = newest_store(built / "tree")
    assert newest is not None
    newest.write_bytes(content)
    for suffix in ("-wal", "-shm"):
        newest.with_name(newest.name + suffix).unlink(missing_ok=True)
    assert query(built, "Basket") == 0
    assert len(read) > 5


def test_names_of_stores_that_are_none(built):
    root = built / "tree"
    assert newest_store(root) == store_path(root, built / "out")
    (pointer,) = (built / "cache").glob("*.newest")
    for text in ("", "..", "gone.sqlite", "a\0b"):
        pointer.write_text(text)
        assert newest_store(root) is None
    note_newest(root, built / "out")
    assert newest_store(root) == store_path(root, built / "out")


def test_stores_of_other_limits_teach_records_alone(tmp_path):
    with Store(tmp_path / "a.sqlite") as a:
        a.expect("file_bytes", b"5", ("stats", "scans"))
        a.set_values("scans", [(b"h", b"scan")])
        a.set_values("records", [(b"k", b"record")])
    b = Store(tmp_path / "b.sqlite")
    with b:
        b.expect("file_bytes", b"6", ("stats", "scans"))
    b = Store(tmp_path / "b.sqlite")
    b.learn(tmp_path / "a.sqlite")
    with b:
        assert dict(b.values("records", [b"k"])) == {b"k": b"record"}
        assert dict(b.values("scans", [b"h"])) == {}
