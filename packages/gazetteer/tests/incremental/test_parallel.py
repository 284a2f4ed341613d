"""Files of an output that several processes make."""

import os

import pytest

from gazetteer.parallel import made

_WORK = [(f"page {i}", lambda i=i: b"%d" % i * (i % 700)) for i in range(1_000)]


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_the_order_is_that_of_the_work(jobs):  # check 28
    assert list(made(iter(_WORK), jobs)) == [(path, content()) for path, content in _WORK]


def test_pages_are_made_elsewhere_and_names_need_not_be_text():
    work = [("\udcff", lambda: b"%d" % os.getpid())] * 500
    found = list(made(work, 2))
    assert {path for path, _ in found} == {"\udcff"}
    assert len({content for _, content in found} - {b"%d" % os.getpid()}) == 2


def test_an_error_is_shown_and_ends_the_build(capfd):
    def fail():
        raise ValueError("no such page")

    with pytest.raises(RuntimeError, match="ended before its work was done"):
        list(made([*_WORK, ("bad", fail)], 2))
    assert "no such page" in capfd.readouterr().err


def test_a_reader_that_stops_leaves_no_process():
    pages = made([("large", lambda: b"x" * 100_000)] * 2_000, 2)
    next(pages)
    pages.close()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
