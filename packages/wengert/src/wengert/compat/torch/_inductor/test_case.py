"""``torch._inductor.test_case``."""

from ..testing._internal.common_utils import TestCase, run_tests

__all__ = ["TestCase", "run_tests"]
