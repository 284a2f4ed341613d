"""``torch.testing._internal.optests``: further tests of operators that PyTorch makes of a test class; here they are skipped."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

from ...elsewhere import absent

__all__ = ["dontGenerateOpCheckTests", "generate_opcheck_tests", "generate_tests", "is_inside_opcheck_mode"]

generate_tests = SimpleNamespace(
    DEFAULT_TEST_UTILS=["test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic"],
    DEPRECATED_DEFAULT_TEST_UTILS=[
        *("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_static"),
        "test_aot_dispatch_dynamic",
    ],
    OpCheckMode=absent("torch.testing._internal.optests.generate_tests.OpCheckMode"),
)

OpCheckError = AssertionError

aot_autograd_check, autograd_registration_check = (
    absent(f"torch.testing._internal.optests.{name}") for name in "aot_autograd_check autograd_registration_check".split()
)


def is_inside_opcheck_mode() -> bool:
    """False: there is none."""
    return False


def dontGenerateOpCheckTests(reason: str) -> Callable[[Any], Any]:
    """A decorator: make no further tests of a test."""

    def decorate(test: Any) -> Any:
        test._torch_dont_generate_opcheck_tests = True
        return test

    return decorate


def generate_opcheck_tests(
    testcase: type,
    namespaces: Sequence[str],
    failures_dict_path: Any = None,
    additional_decorators: Any = None,
    test_utils: Sequence[str] = tuple(generate_tests.DEFAULT_TEST_UTILS),
) -> None:
    """Give `testcase` the further tests, one for each test and each name in `test_utils`, all of them skipped."""
    skipped = unittest.skip("the checks of operators are PyTorch's own")
    for name, test in list(vars(testcase).items()):
        if name.startswith("test_") and callable(test) and not hasattr(test, "_torch_dont_generate_opcheck_tests"):
            for util in test_utils:
                setattr(testcase, f"{util}__{name}", skipped(lambda self: None))
