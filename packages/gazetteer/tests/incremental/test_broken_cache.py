"""A cache that is damaged, or cannot be written, costs time and nothing else: the output is that of a first build."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from gazetteer.store import Store
from trees import SMALL, built, contents, gaz, write

FORMATS = ("--format", "md,html,json,llms")


def store_in(cache: Path) -> Path:
    """The only store of a cache."""
    (found,) = cache.glob("*.sqlite")
    return found


def garbage(store: Path) -> None:
    """Other bytes, here and there, behind the first page."""
    content = bytearray(store.read_bytes())
    for at in range(5_000, len(content), 3_000):
        content[at : at + 40] = b"\xba" * 40
    store.write_bytes(content)


def other_values(store: Path) -> None:
    """Values that SQLite finds nothing wrong with."""
    with sqlite3.connect(store) as connection:
        for table in ("records", "scans", "kept", "meta"):
            connection.execute(f"UPDATE {table} SET value = substr(value, 1, 20) || x'ba' || substr(value, 22) WHERE length(value) > 60")
    connection.close()


def swapped_values(store: Path) -> None:
    """Values that are those of other keys."""
    with sqlite3.connect(store) as connection:
        for kind in ("facts", "shard", "folder"):
            rows = connection.execute("SELECT key, value FROM kept WHERE kind = ?", (kind,)).fetchall()
            others = [value for _, value in rows[1:] + rows[:1]]
            pairs = [(value, kind, key) for (key, _), value in zip(rows, others, strict=True)]
            connection.executemany("UPDATE kept SET value = ? WHERE kind = ? AND key = ?", pairs)
    connection.close()


def lost_rows(store: Path) -> None:
    """Tables with half of what was in them."""
    with sqlite3.connect(store) as connection:
        connection.execute("DELETE FROM kept WHERE kind = 'facts' AND length(key) % 2 = 0")
        connection.execute("DELETE FROM records WHERE rowid % 2 = 0")
    connection.close()


def lost_table(store: Path) -> None:
    """A table less."""
    with sqlite3.connect(store) as connection:
        connection.execute("DROP TABLE kept")
    connection.close()


def odd_times(store: Path) -> None:
    """Texts where numbers are."""
    with sqlite3.connect(store) as connection:
        connection.execute("UPDATE stats SET mtime = 'soon', seen = 'then'")
    connection.close()


def cut(store: Path) -> None:
    """The first half."""
    os.truncate(store, store.stat().st_size // 2)


def beside(store: Path) -> None:
    """What SQLite keeps beside a store is not of it."""
    store.with_name(f"{store.name}-wal").write_bytes(os.urandom(100_000))
    cut(store)


@pytest.mark.parametrize("damage", [garbage, other_values, swapped_values, lost_rows, lost_table, odd_times, cut, beside])
def test_a_damaged_store_is_an_empty_one(damage: Callable[[Path], None], tmp_path: Path) -> None:
    """# check 30: after a small edit, which builds on what was kept."""
    tree, out, cache = write(tmp_path / "tree", SMALL), tmp_path / "out", tmp_path / "cache"
    built(cache, tree, "-o", out, *FORMATS)
    damage(store_in(cache))
    (tree / "pkg/tools.py").write_text("# More.\nclass Base:\n    def run(self): ...\n")
    built(cache, tree, "-o", out, *FORMATS)
    built(tmp_path / "other", tree, "-o", tmp_path / "cold", *FORMATS)
    assert contents(out) == contents(tmp_path / "cold")
    (tree / "new.py").write_text("from pkg import tools\n")  # the whole tree is looked at again
    built(cache, tree, "-o", out, *FORMATS)
    with Store(store_in(cache)) as store:  # it is whole again
        assert store.stats()


def test_a_cache_that_cannot_be_had_is_said_and_done_without(tmp_path: Path) -> None:
    """A build keeps nothing then."""
    tree, cache = write(tmp_path / "tree", SMALL), tmp_path / "cache"
    cache.write_text("a file")
    done = gaz(cache, "build", tree, "-o", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 0
    assert "the cache cannot be used" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    built(tmp_path / "other", tree, "-o", tmp_path / "cold")
    assert contents(tmp_path / "out") == contents(tmp_path / "cold")


def test_a_damaged_stamp_is_none(tmp_path: Path) -> None:
    """It says what a build would say that has nothing to do."""
    tree, out, cache = write(tmp_path / "tree", SMALL), tmp_path / "out", tmp_path / "cache"
    for path in tree.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    built(cache, tree, "-o", out)
    built(cache, tree, "-o", out)
    for stamp in cache.glob("*.stamp"):
        stamp.write_bytes(stamp.read_bytes().replace(b" written, 0", b" writte\xba, 0"))
    assert built(cache, tree, "-o", out).endswith(" 0 written, 0 removed\n")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not a traceback; the next build goes on."""
    from gazetteer import cli, output

    tree, out = write(tmp_path / "tree", SMALL), tmp_path / "out"
    monkeypatch.setenv("GAZETTEER_CACHE_DIR", str(tmp_path / "cache"))
    with monkeypatch.context() as context:
        full = os.open("/dev/full", os.O_WRONLY)
        real = os.write
        context.setattr(output.os, "write", lambda file, content: real(full if len(content) > 900 else file, content))
        assert cli.run(["build", str(tree), "-o", str(out)]) == 4
        os.close(full)
    assert cli.run(["build", str(tree), "-o", str(out)]) == 0
    built(tmp_path / "other", tree, "-o", tmp_path / "cold")
    assert contents(out) == contents(tmp_path / "cold")


@pytest.mark.parametrize("more", [{}, {"mine.txt": "a"}, {".gazetteer": "mine"}, {"link.md": None}])
def test_an_output_without_its_marker(tmp_path: Path, more: dict[str, str | None]) -> None:
    """Where its manifest names all that lies there, nobody else has a file in it."""
    tree, out, cache = write(tmp_path / "tree", SMALL), tmp_path / "out", tmp_path / "cache"
    built(cache, tree, "-o", out)
    whole = contents(out)
    (out / ".gazetteer").unlink()
    (out / "README.md").unlink()
    for name, text in more.items():
        (out / name).write_text(text) if text is not None else (out / name).symlink_to(tree)
    done = gaz(cache, "build", tree, "-o", out)
    if more:
        assert done.returncode == 4
        assert "holds files that are not Gazetteer's" in done.stderr
        assert not (out / "README.md").exists()
    else:
        assert done.returncode == 0, done.stderr
        assert contents(out) == whole


def test_a_damaged_note_of_the_newest_build_is_none(tmp_path: Path) -> None:
    """It is written anew."""
    tree, out, cache = write(tmp_path / "tree", {"a.py": "x = 1\n"}), tmp_path / "out", tmp_path / "cache"
    built(cache, tree, "-o", out)
    (note,) = cache.glob("*.newest")
    good = note.read_bytes()
    note.write_bytes(b"\xed\xb0" + good)
    (tree / "a.py").write_text("x = 2\n")
    built(cache, tree, "-o", out)
    assert note.read_bytes() == good
