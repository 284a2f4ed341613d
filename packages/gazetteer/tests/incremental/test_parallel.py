"""Work that several processes share."""

import os
import sqlite3
import time

import pytest

from gazetteer.claims import claimed
from gazetteer.errors import BrokenStoreError, OutputError
from gazetteer.output import Writer
from gazetteer.parallel import MOST_PIECES, Meanwhile, shared


def numbers_of(numbers, _process):
    return b" ".join(b"%d" % n for n in numbers)


@pytest.mark.parametrize("jobs", [1, 2, 3])
@pytest.mark.parametrize("pieces", [0, 1, 2, 1_000, MOST_PIECES])
def test_every_piece_falls_to_one_process(jobs, pieces):  # check 28
    found = shared(pieces, jobs, numbers_of)
    assert len(found) == max(min(jobs, pieces), 1)
    shares = [[int(n) for n in share.split()] for share in found]
    assert sorted(n for share in shares for n in share) == list(range(pieces))
    assert all(share == sorted(share) for share in shares)


def test_this_process_is_the_first_of_those_that_work():
    def pid(numbers, process):
        for _ in numbers:
            time.sleep(0.001)
        return b"%d %d" % (process, os.getpid())

    found = [tuple(map(int, share.split())) for share in shared(100, 3, pid)]
    assert found[0] == (0, os.getpid())
    assert [process for process, _ in found] == [0, 1, 2]
    assert len({pid for _, pid in found}) == 3


def test_a_large_result_is_received():
    assert shared(4, 2, lambda numbers, _process: b"x" * 5_000_000 * (list(numbers) is not None))[1] == b"x" * 5_000_000


def fails_apart(error):
    def work(numbers, process):
        if process:
            raise error
        return numbers_of(numbers, process)

    return work


@pytest.fixture
def no_child_is_left(monkeypatch):
    """Every process that a test forks has been waited for at its end; other tests of this process may have left some of theirs."""
    fork, forked = os.fork, []

    def noted():
        pid = fork()
        if pid:
            forked.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", noted)
    yield
    assert forked
    for pid in forked:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


@pytest.mark.usefixtures("no_child_is_left")
def test_an_error_is_shown_and_ends_the_work(capfd):
    with pytest.raises(RuntimeError, match="ended before its work was done"):
        shared(50, 2, fails_apart(ValueError("no such page")))
    assert "no such page" in capfd.readouterr().err


@pytest.mark.usefixtures("no_child_is_left")
def test_an_error_of_the_output_is_that_of_the_work(capfd):
    with pytest.raises(OutputError, match="x\udcff is a folder"):
        shared(50, 2, fails_apart(OutputError("x\udcff is a folder")))
    assert not capfd.readouterr().err


@pytest.mark.usefixtures("no_child_is_left")
@pytest.mark.parametrize("error", [BrokenStoreError("lost"), sqlite3.DatabaseError("lost")])
def test_an_error_of_the_store_is_that_of_the_work(error, capfd):
    """A command begins again without what was in it then (check 30)."""
    with pytest.raises(BrokenStoreError, match="lost"):
        shared(50, 2, fails_apart(error))
    assert not capfd.readouterr().err


@pytest.mark.usefixtures("no_child_is_left")
def test_where_this_process_fails_the_others_stop(tmp_path):
    def work(numbers, process):
        if not process:
            raise ValueError("here")
        for number in numbers:
            (tmp_path / str(number)).touch()
            time.sleep(0.01)
        return b""

    with pytest.raises(ValueError, match="here"):
        shared(1_000, 2, work)
    assert len(list(tmp_path.iterdir())) < 900


def test_what_is_written_apart_is_counted_here(tmp_path):
    out = tmp_path / "out"

    def build(jobs, files):
        paths = sorted(files)
        with claimed(tmp_path / "tree", out), Writer(out) as writer:
            writer.make_room(paths)

            def share(numbers, process):
                if process:
                    writer.go_apart(process)
                for number in numbers:
                    writer.write(paths[number], files[paths[number]]())
                return writer.report() if process else b""

            for report in shared(len(paths), jobs, share)[1:]:
                writer.take(report)
            writer.finish()
            return writer

    files = {f"a/{n % 7}/{n}": (lambda n=n: b"%d" % n) for n in range(500)}
    files["large"] = lambda: iter([b"x" * 1_000, b"y"])
    first = build(3, files)
    assert (first.written, first.removed) == (501, 0)
    assert first.touched.keys() >= files.keys() == first.now.keys()
    assert (out / "large").read_bytes() == b"x" * 1_000 + b"y"
    again = build(2, files)
    assert (again.written, again.removed, again.now) == (0, 0, first.now)
    files = {"a": lambda: b"a file now", **{f"large/{n}": (lambda n=n: b"%d" % n) for n in range(300)}}
    turned = build(2, files)
    assert (turned.written, turned.removed) == (301, 501)
    assert {p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file()} == {*files, ".gazetteer", "manifest.json"}


@pytest.mark.usefixtures("no_child_is_left")
def test_what_another_process_makes_meanwhile():
    with Meanwhile(lambda: b"x" * 1_000_000, True) as made, Meanwhile(lambda: b"x", False) as none:
        assert made.get() == b"x" * 1_000_000
        assert none.get() is None
    with Meanwhile(lambda: os._exit(3), True) as died, Meanwhile(bytes, True) as empty:
        assert died.get() is None
        assert empty.get() == b""


@pytest.mark.usefixtures("no_child_is_left")
def test_what_nobody_asks_for_leaves_no_process():
    with pytest.raises(ValueError, match="x"), Meanwhile(lambda: b"x" * 1_000_000, True):
        raise ValueError("x")
