"""The same pages from a pool, from threads, and from a Dask cluster."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gazetteer.build import build
from gazetteer.config import Config
from gazetteer.pool import ProcessPool, workers
from gazetteer.store import Store
from trees import SMALL, contents, write


@pytest.fixture
def made(tmp_path):
    tree = write(tmp_path / "tree", SMALL)

    def make(executor):
        with Store(None) as store:
            build(tree, tmp_path / "out" / "x", Config(), store, executor=executor)
        found = contents(tmp_path / "out")
        import shutil

        shutil.rmtree(tmp_path / "out")
        return found

    return make


def test_threads_and_processes(made):  # check 28
    expected = made(None)
    with ThreadPoolExecutor(3) as threads:
        assert made(threads) == expected
    with ProcessPool(2) as pool:
        assert made(pool) == expected


def test_dask(made):  # section 5.6: scale-out
    pytest.importorskip("distributed")
    expected = made(None)
    with workers("dask", 1, Config()) as executor:
        assert made(executor) == expected
