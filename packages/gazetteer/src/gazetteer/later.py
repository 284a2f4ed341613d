"""Workers for those who may need none: they are made, and what makes them is imported, when there is work for them."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from .config import Config

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor, Future

__all__ = ["LateWorkers"]


class LateWorkers:
    """What `gazetteer.gather` uses of an executor.

    Parameters
    ----------
    stack : ExitStack
        Ends the workers, if there have been any.
    jobs : int, optional
        How many processes; as many as there are cores by default.
    config : Config
        Limits.
    """

    def __init__(self, stack: ExitStack, jobs: int | None, config: Config) -> None:
        self._stack, self._jobs, self._config = stack, jobs, config
        self._made: Executor | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Call a function of a module in a worker."""
        if self._made is None:
            from .pool import workers

            self._made = self._stack.enter_context(workers("local", self._jobs, self._config))
        return self._made.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the workers."""
        if self._made is not None:
            self._made.shutdown(wait, cancel_futures=cancel_futures)
