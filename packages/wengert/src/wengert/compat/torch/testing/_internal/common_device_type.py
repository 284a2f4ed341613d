"""``torch.testing._internal.common_device_type``: test classes for each device, of which there is the CPU."""

from __future__ import annotations

import enum
import functools
import unittest
from collections.abc import Callable
from typing import Any

from .parametrized import expanded

__all__ = [
    "OpDTypes",
    "deviceCountAtLeast",
    "dtypes",
    "dtypesIfCUDA",
    "dtypesIfMPS",
    "expectedFailureMPS",
    "instantiate_device_type_tests",
    "onlyCPU",
    "onlyCUDA",
    "onlyNativeDeviceTypes",
    "ops",
    "skipCUDAIf",
    "skipMeta",
]


class OpDTypes(enum.Enum):
    """For which dtypes `ops` makes tests."""

    supported = 0
    unsupported = 1
    supported_backward = 2
    unsupported_backward = 3
    any_one = 4
    none = 5
    any_common_cpu_cuda_one = 6


def dtypes(*wanted: Any) -> Callable[[Any], Any]:
    """Run the test for each of these dtypes."""

    def decorate(test: Any) -> Any:
        test.dtypes = wanted
        return test

    return decorate


def dtypesIfCUDA(*wanted: Any) -> Callable[[Any], Any]:
    """Only matters elsewhere."""
    return lambda test: test


dtypesIfMPS = dtypesIfCPU = skipCUDAIf = dtypesIfCUDA


def deviceCountAtLeast(count: int) -> Callable[[Any], Any]:
    """The test wants the list of all devices, and so many of them."""

    def decorate(test: Any) -> Any:
        test.device_count = count
        return test

    return decorate


def onlyCPU(test: Any) -> Any:
    """The test itself."""
    return test


onlyNativeDeviceTypes = onlyOn = skipMeta = expectedFailureMPS = skipMPS = skipXLA = onlyCPU


def onlyCUDA(test: Any) -> Any:
    """Skip."""
    return unittest.skip("needs CUDA")(test)


def ops(op_list: Any, **options: Any) -> Callable[[Any], Any]:
    """For each operator of PyTorch's database, of which there are none here."""
    return unittest.skip("the database of operators is PyTorch's own")


def instantiate_device_type_tests(
    generic_test_class: type,
    scope: dict[str, Any],
    except_for: Any = None,
    only_for: Any = None,
    include_lazy: bool = False,
    allow_mps: bool = False,
    allow_xpu: bool = False,
) -> None:
    """Put a class for the CPU into `scope` in the place of the generic one."""
    name = generic_test_class.__name__
    scope.pop(name, None)
    if "cpu" in (except_for or ()) or "cpu" not in (only_for or ("cpu",)):
        return
    body: dict[str, Any] = {"device_type": "cpu", "__module__": scope.get("__name__", generic_test_class.__module__)}
    base = type(f"{name}Base", (generic_test_class,), {k: None for k in dir(generic_test_class) if k.startswith("test")})
    for test_name, test in vars(generic_test_class).items():
        if test_name.startswith("test"):
            for own_name, own in expanded(test_name, test):
                body.update(_for_cpu(own_name, own))
    scope[f"{name}CPU"] = type(f"{name}CPU", (base,), body)


def _for_cpu(name: str, test: Any) -> dict[str, Any]:
    """One test for each dtype that it wants."""
    count = getattr(test, "device_count", None)
    given: dict[str, Any] = {"device": "cpu"} if count is None else {"devices": ("cpu",)}
    found = {}
    for dtype in getattr(test, "dtypes", (None,)):
        own = given if dtype is None else {**given, "dtype": dtype}

        @functools.wraps(test)
        def one(self: Any, *, _given: dict[str, Any] = own) -> Any:
            return test(self, **_given)

        del one.__wrapped__
        if count is not None and count > 1:
            one = unittest.skip(f"needs {count} devices")(one)
        suffix = "" if dtype is None else f"_{str(dtype).rpartition('.')[2]}"
        found[f"{name}_cpu{suffix}"] = one
    return found
