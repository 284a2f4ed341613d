"""``torch.jit``: there is no compiler of scripts here; Python runs them, which gives the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from ...autograd.threads import inherited
from .elsewhere import absent

__all__ = ["Future", "fork", "ignore", "is_scripting", "load", "save", "script", "trace", "unused", "wait"]

T = TypeVar("T")

load, save, trace = (absent(f"torch.jit.{name}") for name in "load save trace".split())


def script(obj: T) -> T:
    """The function or module itself, which Python runs.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> @torch.jit.script
    ... def product(a, b):
    ...     other = torch.jit.fork(torch.exp, b)
    ...     return a * torch.jit.wait(other)
    >>> product(torch.ones(1), torch.zeros(1))
    tensor([1.])
    """
    return obj


ignore = unused = script


def is_scripting() -> bool:
    """False: Python is running this."""
    return False


class Future(Generic[T]):
    """What a call on a thread of its own will have returned."""

    def __init__(self, run: Callable[[], T]) -> None:
        self._run = inherited(run)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="wengert-jit-fork")
        self._thread.start()

    def _work(self) -> None:
        try:
            self._value = self._run()
        except BaseException as error:  # noqa: BLE001  (raised where the result is asked for)
            self._error = error

    def wait(self) -> T:
        """Its result, or the error that it raised."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value


def fork(func: Callable[..., T], *args: Any, **kwargs: Any) -> Future[T]:
    """Call `func` on a thread of its own, with the modes of this one."""
    return Future(lambda: func(*args, **kwargs))


def wait(future: Future[T]) -> T:
    """The result of a call that was forked."""
    return future.wait()


_fork, _wait = fork, wait
