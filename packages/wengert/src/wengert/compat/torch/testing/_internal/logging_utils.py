"""``torch.testing._internal.logging_utils``: tests of what the engine writes to PyTorch's log ``autograd``."""

from __future__ import annotations

import functools
import logging
import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .....autograd.interpreter import Interpreter, installed
from .common_utils import TestCase

__all__ = ["LoggingTestCase", "make_logging_test"]

LOG = logging.getLogger("torch.autograd")


class LoggingTestCase(TestCase):
    """A test case like others."""


class _Executing(Interpreter):
    """Writes down each node that the engine runs."""

    def visit(self, node: Any, grad: Any, wanted: Any, recorded: bool) -> Any:
        LOG.debug("Executing: <%s at 0x%x>", node.name(), id(node))
        return super().visit(node, grad, wanted, recorded)

    def accumulate(self, node: Any, box: list[Any]) -> None:
        LOG.debug("Executing: <%s at 0x%x>", node.name(), id(node))
        super().accumulate(node, box)


class _Records(logging.Handler):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _written(level: int) -> Iterator[list[logging.LogRecord]]:
    handler, before = _Records(), (LOG.level, LOG.propagate)
    LOG.addHandler(handler)
    LOG.setLevel(level)
    LOG.propagate = False
    try:
        with installed(_Executing()):
            yield handler.records
    finally:
        LOG.level, LOG.propagate = before
        LOG.removeHandler(handler)


def make_logging_test(*, autograd: int | None = None, **loggers: Any) -> Callable[[Any], Any]:
    """Give the test the list of what is written to the log ``autograd``; a test of other logs is skipped."""
    if autograd is None or loggers:
        return unittest.skip("these logs are PyTorch's own")

    def decorate(test: Any) -> Any:
        @functools.wraps(test)
        def inside(self: Any) -> None:
            with _written(autograd) as records:
                test(self, records)

        del inside.__wrapped__
        return inside

    return decorate
