"""``torch._dynamo.test_case``."""

from ..testing._internal.common_utils import TestCase, run_tests

__all__ = ["TestCase", "TestCaseWithNestedGraphBreaks", "run_tests"]

TestCaseWithNestedGraphBreaks = TestCase
