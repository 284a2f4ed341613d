"""``torch.testing._internal.logging_utils``: tests of what is logged, of which there is here what the engine runs."""

from __future__ import annotations

import functools
import logging
import unittest
from collections.abc import Callable
from typing import Any

from .....autograd.interpreter import Interpreter, installed
from .common_utils import TestCase

__all__ = ["LoggingTestCase", "make_logging_test"]

_log = logging.getLogger("torch.autograd")


class LoggingTestCase(TestCase):
    """A test case like others."""


class _Executing(Interpreter):
    """Logs each node of the backward when it is run."""

    def visit(self, node: Any, grad: Any, wanted: Any, recorded: bool) -> Any:
        _log.debug("Executing: %r", node)
        return super().visit(node, grad, wanted, recorded)

    def accumulate(self, node: Any, box: list[Any]) -> None:
        _log.debug("Executing: %r", node)
        super().accumulate(node, box)


class _Keeping(logging.Handler):
    """Keeps all records."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def make_logging_test(**loggers: Any) -> Callable[[Any], Any]:
    """Call the test with the list of what is logged: with ``autograd=logging.DEBUG`` the nodes that are run. Skip others."""
    if set(loggers) != {"autograd"}:
        return unittest.skip(f"there are no logs here of {', '.join(sorted(loggers))}")

    def decorate(test: Any) -> Any:
        @functools.wraps(test)
        def with_records(self: Any) -> Any:
            keeping, level, propagates = _Keeping(), _log.level, _log.propagate
            _log.addHandler(keeping)
            _log.setLevel(loggers["autograd"])
            _log.propagate = False
            try:
                with installed(_Executing()):
                    return test(self, keeping.records)
            finally:
                _log.removeHandler(keeping)
                _log.setLevel(level)
                _log.propagate = propagates

        del with_records.__wrapped__  # whose arguments are other ones
        return with_records

    return decorate
