"""Workers that die, hang or hoard cost the call they were at."""

import concurrent.futures
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gazetteer.config import Config
from gazetteer.errors import UsageError
from gazetteer.pool import PoolError, ProcessPool, WorkerDied, WorkerLost, WorkerTimeout, workers
from gazetteer.spread import spread
from gazetteer.stopping import killed_after
from pool import calls


@pytest.fixture(scope="module")
def pool():
    with ProcessPool(2, memory_mb=600, deadline=2) as made:
        yield made


def test_results_come_to_their_calls(pool):
    futures = [pool.submit(calls.double, n) for n in range(50)]
    assert [f.result(30) for f in futures] == list(range(0, 100, 2))


def test_names_that_are_no_utf8_go_both_ways(pool):
    strange = [os.fsdecode(b"\xff\xfe"), "a\nb", "ü"]
    assert pool.submit(calls.names, strange).result(30) == strange[::-1]


def test_what_a_library_prints_does_not_disturb(pool):
    assert pool.submit(calls.prints, "a" * 100_000).result(30) == "a" * 100_000


@pytest.mark.parametrize("call", [calls.killed, calls.leaves])
def test_a_worker_that_dies_costs_one_call(pool, call):
    futures = [pool.submit(calls.double, 1), pool.submit(call), pool.submit(calls.double, 2)]
    assert isinstance(futures[1].exception(30), WorkerDied)
    assert [futures[0].result(30), futures[2].result(30)] == [2, 4]


def test_a_worker_that_hangs_is_killed(pool):
    start = time.monotonic()
    hanging, other = pool.submit(calls.hangs), pool.submit(calls.double, 3)
    assert other.result(30) == 6
    assert isinstance(hanging.exception(30), WorkerTimeout)
    assert time.monotonic() - start < 20


def test_a_worker_that_goes_round_in_a_library_ends_itself():
    start = time.monotonic()
    with ProcessPool(1, deadline=60) as pool:
        assert isinstance(pool.submit(calls.goes_round).exception(50), WorkerTimeout)
        assert pool.submit(calls.double, 3).result(30) == 6
    assert time.monotonic() - start < 30


def test_a_process_of_someone_else_is_not_ended():
    with killed_after(0.05):
        begun = time.process_time()
        while time.process_time() < begun + 0.2:
            pass


def test_a_worker_that_hangs_ends_without_its_pool(pool):
    """The pool may have been killed; it would have been at it after two seconds."""
    assert 2 < pool.submit(calls.alarmed).result(30) <= 12
    with ProcessPool(1) as endless:
        assert endless.submit(calls.alarmed).result(30) == 0


def test_memory_is_limited(pool):
    assert pool.submit(calls.limits).result(30) == (600 << 20, 0)
    assert pool.submit(calls.hoards, 10).result(30) == 10 << 20
    assert isinstance(pool.submit(calls.hoards, 700).exception(30), WorkerDied)


def test_an_error_in_a_call_is_told(pool):
    with pytest.raises(PoolError, match="no such thing"):
        pool.submit(calls.fails).result(30)


def test_results_that_name_functions_are_refused(pool):
    with pytest.raises(PoolError, match="no plain data"):
        pool.submit(calls.function).result(30)


def test_shutting_down_cancels_what_waits():
    pool = ProcessPool(1)
    running, waiting = pool.submit(calls.hangs), pool.submit(calls.double, 1)
    while not running.running():
        time.sleep(0.01)
    pool.shutdown(cancel_futures=True)
    assert waiting.cancelled()
    assert isinstance(running.exception(0), WorkerDied)
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(calls.double, 1)


def test_a_pool_that_does_nothing_starts_nothing():
    before = set(os.listdir("/proc/self/fd"))
    with ProcessPool(4) as pool:
        assert pool._thread is None
    assert set(os.listdir("/proc/self/fd")) == before


def test_a_worker_that_cannot_start_is_an_error(monkeypatch):
    monkeypatch.setattr("gazetteer.pool._PROGRAM", "raise SystemExit('no such module')")
    with ProcessPool(1) as pool, pytest.raises(PoolError, match="no such module"):
        pool.submit(calls.double, 1).result(30)


def _spread(executor, batches, function=calls.doubled):
    steps = []
    found = list(
        spread(
            executor,
            function,
            "r",
            batches,
            sum(map(len, batches)),
            7,
            lambda item, note: (item, *note),
            lambda done, of: steps.append((done, of)),
        )
    )
    assert steps[0] == (0, sum(map(len, batches)))
    assert steps[-1] == (sum(map(len, batches)),) * 2
    return sorted(found)


@pytest.mark.parametrize("bad", ["die", "hang"])
def test_a_batch_is_cut_until_the_file_is_found(pool, bad):
    items = [f"i{n}" for n in range(11)]
    found = _spread(pool, [[*items[:4], bad, *items[4:8]], items[8:]])
    code = "worker-died" if bad == "die" else "timeout"
    assert [f for f in found if f[0] != bad] == sorted((i, "r", 7) for i in items)
    assert [f[:2] for f in found if f[0] == bad] == [(bad, code)]


def test_a_file_that_hangs_takes_two_deadlines(pool):
    futures = []

    class Watched(concurrent.futures.Executor):
        def submit(self, fn, /, *args, **kwargs):
            futures.append(pool.submit(fn, *args, **kwargs))
            return futures[-1]

    items = [f"i{n}" for n in range(16)]
    _spread(Watched(), [[*items[:9], "hang", *items[9:]]])
    assert sum(isinstance(future.exception(), WorkerTimeout) for future in futures) == 2


@pytest.mark.parametrize(("bad", "lost", "code"), [("round", 1, "timeout"), ("die", 2, "worker-died")])
def test_what_a_worker_was_at_when_it_died_is_found_at_once(bad, lost, code):  # check 34
    """A file whose parse does not come back costs its limit once, and no file of its batch is read alone for it."""
    sizes, futures = [], []

    class Watched(concurrent.futures.Executor):
        def submit(self, fn, /, root, batch, most):
            sizes.append(len(batch))
            futures.append(pool.submit(fn, root, batch, most))
            return futures[-1]

    items = [f"i{n}" for n in range(16)]
    with ProcessPool(2) as pool:
        found = _spread(Watched(), [[*items[:9], bad, *items[9:]]], calls.told)
    assert [f[:2] for f in found if f[0] == bad] == [(bad, code)]
    assert [f for f in found if f[0] != bad] == sorted((i, "r", 7) for i in items)
    assert sizes == [17, 9, 7, 1][: 2 + lost]
    assert sum(isinstance(future.exception(), WorkerLost) for future in futures) == lost


def test_any_executor_will_do():
    batches = [["a", "b"], ["c"]]
    expected = [("a", "r", 7), ("b", "r", 7), ("c", "r", 7)]
    with ThreadPoolExecutor(2) as threads:
        assert _spread(threads, batches) == _spread(None, batches) == expected


def test_a_pool_of_the_standard_library_that_breaks_gives_way(tmp_path):
    import multiprocessing

    with concurrent.futures.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as breaks:
        found = _spread(breaks, [["a", "die"], ["b"], ["c", "d"]])
    assert [f[0] for f in found if f[1] == "r"] == ["a", "b", "c", "d"]
    assert [f[:2] for f in found if f[1] != "r"] == [("die", "worker-died")]


def test_an_unknown_executor_is_an_error():
    with pytest.raises(UsageError, match="unknown executor 'slurm'"), workers("slurm", 1, Config()):
        pass


def test_dask_that_is_missing_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UsageError, match=r"gazetteer\[dask\]"), workers("dask", 1, Config()):
        pass
