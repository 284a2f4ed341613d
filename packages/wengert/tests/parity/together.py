"""Several threads at once, for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

THREADS = 8

#: Far beyond what any of these tests takes. A thread that is still there has run into a deadlock.
LONG = 300.0

#: Threads take turns as often as the interpreter lets them; the fixture is in ``conftest.py``.
often_switched = pytest.mark.usefixtures("_often_switched")


def together(work: Callable[[int], None], count: int = THREADS) -> list[BaseException]:
    """Run ``work(number)`` on so many threads, from one start; what they raised, in a list."""
    barrier, errors = threading.Barrier(count), []

    def body(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=body, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
        assert not thread.is_alive(), "a deadlock"
    return errors
