"""``torch.testing._internal.common_utils``: the base of PyTorch's test cases and its decorators, for tests on the CPU."""

from __future__ import annotations

import contextlib
import enum
import functools
import gc
import inspect
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import unittest
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from .....autograd.tensor import Tensor as Base
from .....testing import gradcheck as _gradcheck
from .....testing import gradgradcheck as _gradgradcheck
from ...creation import as_tensor
from ...random import manual_seed
from ..comparing import differences
from .parametrized import instantiate_parametrized_tests, parametrize, subtest

__all__ = [
    "HardwareClassification",
    "IS_LINUX",
    "IS_MACOS",
    "IS_S390X",
    "IS_WINDOWS",
    "TEST_MKL",
    "TEST_WITH_TORCHDYNAMO",
    "TEST_XPU",
    "TemporaryFileName",
    "TestCase",
    "disable_gc",
    "gradcheck",
    "gradgradcheck",
    "instantiate_parametrized_tests",
    "load_tests",
    "munge_exc",
    "parametrize",
    "run_tests",
    "scoped_load_inline",
    "set_warn_always_context",
    "skipCUDANonDefaultStreamIf",
    "skipIfMPS",
    "skipIfNoLapack",
    "skipIfSlowGradcheckEnv",
    "skipIfTorchDynamo",
    "skipIfWindows",
    "skipIfXpu",
    "slowTest",
    "subtest",
    "xfailIfTorchDynamo",
]

IS_WINDOWS = sys.platform == "win32"
IS_MACOS = sys.platform == "darwin"
IS_LINUX = sys.platform == "linux"
IS_S390X = platform.machine() == "s390x"
TEST_MKL = TEST_XPU = TEST_WITH_TORCHDYNAMO = TEST_WITH_ROCM = TEST_NUMPY = False
SEED = 1234
TEST_WITH_SLOW = os.environ.get("PYTORCH_TEST_WITH_SLOW", "0") == "1"

# PyTorch's own tests check by random directions, in which a few runs of the backward do.
gradcheck = functools.partial(_gradcheck, fast_mode=True)
gradgradcheck = functools.partial(_gradgradcheck, fast_mode=True)


class HardwareClassification(enum.Enum):
    """For which machines a test case is."""

    GENERIC = "generic"
    ACCELERATOR = "accelerator"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"
    XPU = "xpu"


class TestCase(unittest.TestCase):
    """PyTorch's test case: `assertEqual` compares tensors, and what contains them, up to rounding."""

    longMessage = True
    __test__ = True
    precision, rel_tol = 0.0, 0.0
    _default_dtype_check_enabled = False

    def setUp(self) -> None:
        """Let every test draw the same numbers, whichever ran before it."""
        manual_seed(SEED)
        random.seed(SEED)

    def assertEqual(
        self,
        x: Any,
        y: Any,
        msg: Any = None,
        *,
        atol: float | None = None,
        rtol: float | None = None,
        equal_nan: bool = True,
        exact_dtype: bool = True,
        exact_device: bool = False,
        exact_layout: bool = False,
        exact_stride: bool = False,
        exact_is_coalesced: bool = False,
    ) -> None:
        """Fail unless both are equal up to rounding."""
        if isinstance(x, Base) and isinstance(y, (list, tuple)):
            y = as_tensor(y, dtype=x.dtype)
        elif isinstance(y, Base) and isinstance(x, (list, tuple)):
            x = as_tensor(x, dtype=y.dtype)
        if isinstance(x, (set, frozenset)) or isinstance(y, (set, frozenset)):
            found = None if x == y else f"{x!r} != {y!r}"
        else:
            found = differences(
                x, y, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=exact_dtype, check_stride=exact_stride
            )
        if found is not None:
            raise self.failureException(f"{found}\n{msg(found) if callable(msg) else msg}" if msg else found)

    def assertNotEqual(self, x: Any, y: Any, msg: Any = None, **options: Any) -> None:  # type: ignore[override]
        """Fail if both are equal up to rounding."""
        try:
            self.assertEqual(x, y, msg, **options)
        except AssertionError:
            return
        raise self.failureException(msg or f"{x!r} and {y!r} are equal")

    def assertExpectedInline(self, actual: str, expect: str, skip: int = 0) -> None:
        """Fail unless the texts are equal."""
        unittest.TestCase.assertEqual(self, actual, expect)

    def assertExpected(self, s: str, subname: str | None = None) -> None:
        """Fail unless the text is that of the file beside the test, which must be supplied with it."""
        folder = Path(inspect.getfile(type(self))).parent / "expect"
        name = ".".join(self.id().split(".")[-2:]) + (f"-{subname}" if subname else "")
        path = folder / f"{name}.expect"
        if not path.exists():
            self.skipTest(f"the expected text {path.name} was not supplied")
        unittest.TestCase.assertEqual(self, path.read_text().strip(), s.strip())

    @contextlib.contextmanager
    def assertWarnsOnceRegex(self, category: type[Warning], regex: str = "") -> Iterator[None]:
        """Fail unless the block gives such a warning."""
        with set_warn_always_context(True), warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            yield
        if not any(issubclass(w.category, category) for w in seen):
            self.fail(f"no {category.__name__} was given")
        texts = [str(w.message) for w in seen if issubclass(w.category, category)]
        self.assertRegex("\n".join(texts), regex)

    def assertNotWarn(self, callable: Callable[[], Any], msg: str = "") -> None:
        """Fail if the call warns."""
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            callable()
        self.assertTrue(len(seen) == 0, msg)

    @classmethod
    def runWithPytorchAPIUsageStderr(cls, code: str) -> str:
        """Run a program in a process of its own; what it writes to its standard error."""
        lines = f"import wengert.compat.torch as _t; _t.install()\n{code}"
        done = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True, check=True)  # noqa: S603
        return done.stderr


# -- contexts ------------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def disable_gc() -> Iterator[None]:
    """Without the cyclic garbage collector."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextlib.contextmanager
def set_warn_always_context(new_val: bool) -> Iterator[None]:
    """With warnings that are given once given every time."""
    from .....autograd import requests  # noqa: PLC0415

    before = set(requests._warned)
    if new_val:
        requests._warned.clear()
    try:
        yield
    finally:
        requests._warned.update(before)


@contextlib.contextmanager
def TemporaryFileName(*args: Any, **options: Any) -> Iterator[str]:
    """With the name of a file that is gone afterwards; arguments are those of ``tempfile.NamedTemporaryFile``."""
    with tempfile.NamedTemporaryFile(*args, **{**options, "delete": False}) as file:
        pass
    try:
        yield file.name
    finally:
        Path(file.name).unlink(missing_ok=True)


def munge_exc(e: BaseException, *, suppress_suffix: bool = True, suppress_prefix: bool = True, **options: Any) -> str:
    """What an error says, without the numbers of lines."""
    return re.sub(r"line \d+", "line N", str(e)).rstrip()


# -- decorators ----------------------------------------------------------------------------------------------------------
def _harmless(*args: Any, **options: Any) -> Any:
    """A decorator, or a maker of one, that changes nothing here."""
    if len(args) == 1 and callable(args[0]) and not options:
        return args[0]
    return lambda test: test


skipIfTorchDynamo = xfailIfTorchDynamo = skipIfWindows = skipIfMPS = skipIfXpu = skipIfSlowGradcheckEnv = _harmless
skipIfRocm = skipIfCrossRef = suppress_warnings = markDynamoStrictTest = skipCUDAMemoryLeakCheckIf = _harmless
skipCUDANonDefaultStreamIf = skipIfNoLapack = _harmless

slowTest = unittest.skipUnless(TEST_WITH_SLOW, "test is slow; run with PYTORCH_TEST_WITH_SLOW=1")


def scoped_load_inline(test: Any) -> Any:
    """Skip: the test compiles C++ against PyTorch."""
    return unittest.skip("needs C++ extensions of PyTorch")(test)


def load_tests(loader: Any, tests: Any, pattern: Any) -> Any:
    """All of them."""
    return tests


def run_tests(argv: Any = None, *, needs: Any = ()) -> None:
    """Run the tests of the main module. `needs` are packages that PyTorch's compiler imports, and nobody here."""
    unittest.main(argv=argv or sys.argv)
