"""Worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from .config import Config

__all__ = ["workers"]


@contextmanager
def workers(executor: str, jobs: int | None, config: Config) -> Iterator[Executor | None]:
    """The executor that an option names."""
    yield None
