"""``torch.testing._internal.logging_utils``: tests of what is logged, of which there is here what the engine runs."""

from __future__ import annotations

import contextlib
import functools
import io
import logging
import unittest
from collections.abc import Callable, Iterator
from typing import Any

from .....autograd.interpreter import Interpreter, installed
from ..._logging import getArtifactLogger
from .common_utils import TestCase

__all__ = ["LoggingTestCase", "logs_to_string", "make_logging_test"]

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


def logs_to_string(module: str, log_option: str) -> tuple[io.StringIO, Callable[[], contextlib.AbstractContextManager[None]]]:
    """A stream, and what makes contexts in which it gets the texts of the kind `log_option` that `module` logs.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> from wengert.compat.torch.testing._internal.logging_utils import logs_to_string
    >>> stream, logging = logs_to_string(torch._dynamo.compiled_autograd.__name__, "compiled_autograd")
    >>> with logging(), torch._dynamo.compiled_autograd._enable(torch.compile):
    ...     torch.ones(2, requires_grad=True).sum().backward()
    >>> "SumBackward0 (NodeCall 1)" in stream.getvalue()
    True
    """
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = getArtifactLogger(module, log_option)

    @contextlib.contextmanager
    def logged() -> Iterator[None]:
        level = logger.level
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)

    return stream, logged
