"""``torch.testing._internal.logging_utils``: tests of PyTorch's logs, which Wengert does not write."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

from .common_utils import TestCase

__all__ = ["LoggingTestCase", "make_logging_test"]


class LoggingTestCase(TestCase):
    """A test case like others."""


def make_logging_test(**loggers: Any) -> Callable[[Any], Any]:
    """Skip: these logs are PyTorch's."""
    return unittest.skip("the logs are PyTorch's own")
