"""Work on many files, in batches, on any executor; of one that is lost the file is tried by itself that did it, else each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, as_completed
from contextlib import ExitStack
from typing import Any

from .pool import ProcessPool, WorkerLost, WorkerTimeout

__all__ = ["DIED", "Lost", "spread"]

#: Code and text of the note on a file that its worker was lost to.
Lost = tuple[str, str]

#: What is said of a file that the process did not survive that read it.
DIED: Lost = ("worker-died", "the process that read it died: nothing more is known of this file")
#: Errors of other executors that say that a worker is gone: by name, since their packages may not be installed.
_GONE = frozenset(("BrokenProcessPool", "BrokenExecutor", "KilledWorker", "CommClosedError", "MemoryError"))

#: Limits of the worker that takes over from an executor that is not ours.
_MEMORY_MB, _SECONDS = 1_024, 60.0


def spread(
    executor: Executor | None, function: Callable[..., list[Any]], root: str, batches: Iterable[list[Any]], of: int, most_bytes: int,
    lost: Callable[[Any, Lost], Any], progress: Callable[[int, int], None],
) -> Iterator[Any]:  # fmt: skip
    """What ``function(root, batch, most_bytes)`` gives for each item of the batches, in any order.

    Parameters
    ----------
    executor : Executor or None
        Where the function is called; here, one batch after the other, without one.
    function : callable
        A function of a module; it gives a list with a result for each item.
    root, most_bytes
        Its first and last argument.
    batches : iterable of list
        Its second arguments. Each is worked on while the next ones are made.
    of : int
        How many items they have.
    lost : callable
        Called with an item to which a worker was lost, and a note; gives the item's result.
    progress : callable
        Called with how many items are done, and how many there are.
    """
    done = 0
    progress(0, of)
    if executor is None:
        for batch in batches:
            yield from function(root, batch, most_bytes)
            done += len(batch)
            progress(done, of)
        return
    with ExitStack() as stack:
        while batches:
            again: list[list[Any]] = []
            futures, left = _submitted(executor, function, root, batches, most_bytes)
            for future in as_completed(futures):
                batch = futures.pop(future)  # so that results do not pile up
                error = future.exception()
                if error is None:
                    yield from future.result()
                elif not _is_loss(error):
                    raise error
                elif isinstance(error, WorkerLost):
                    culprit, others = _told_apart(batch, error)
                    for item in culprit:
                        yield lost(item, _note(error))
                    again += others
                    batch = culprit
                else:
                    left.append(batch)
                    continue
                done += len(batch)
                progress(done, of)
            if left:  # another executor lost a worker: it may be broken for good, and may blame a batch that did nothing
                executor = stack.enter_context(ProcessPool(1, _MEMORY_MB, _SECONDS))
            batches = again + left


def _submitted(
    executor: Executor, function: Callable[..., list[Any]], root: str, batches: Iterable[list[Any]], most_bytes: int
) -> tuple[dict[Future[list[Any]], list[Any]], list[list[Any]]]:
    """Futures with their batches, and the batches that a broken executor did not take."""
    futures: dict[Future[list[Any]], list[Any]] = {}
    coming = iter(batches)
    for batch in coming:
        try:
            futures[executor.submit(function, root, batch, most_bytes)] = batch
        except Exception as error:
            if not _is_loss(error):
                raise
            return futures, [batch, *coming]
    return futures, []


def _told_apart(batch: list[Any], error: WorkerLost) -> tuple[list[Any], list[list[Any]]]:
    """The item that a worker was lost to, if it is known, and what is to be done again.

    Examples
    --------
    >>> _told_apart(["a", "b", "c"], WorkerLost("it did not come back", 1, is_sure=True))
    (['b'], [['a'], ['c']])
    >>> _told_apart(["a", "b", "c", "d"], WorkerLost("killed", 1))  # by whomever: it has another try
    ([], [['a'], ['c', 'd'], ['b']])
    >>> _told_apart(["a", "b"], WorkerLost("killed")), _told_apart(["a"], WorkerLost("killed"))
    (([], [['a'], ['b']]), (['a'], []))
    """
    if len(batch) == 1:
        return batch, []
    if error.at is None:
        return [], [[item] for item in batch]  # halves of it would each take the whole time that a worker has
    found, others = [batch[error.at]], [some for some in (batch[: error.at], batch[error.at + 1 :]) if some]
    return (found, others) if error.is_sure else ([], [*others, found])


def _is_loss(error: BaseException) -> bool:
    return isinstance(error, WorkerLost) or any(c.__name__ in _GONE for c in type(error).__mro__)


def _note(error: BaseException) -> Lost:
    if isinstance(error, WorkerTimeout):
        return "timeout", "reading it took too long, and its worker was killed"
    return DIED
