"""A test file with the imports of PyTorch's own runs, without PyTorch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_a_test_file_runs_with_what_pytorch_s_own_import():
    path = str(Path(__file__).parent / "a_test_file.py")
    arguments = [sys.executable, "-W", "ignore", "-m", "wengert.compat.torch", path]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout == "26 1\n", done.stdout + done.stderr


PART = """
import logging
import unittest
import torch
from torch.testing._internal.common_utils import HardwareClassification, TestCase, instantiate_parametrized_tests
from torch.testing._internal.common_utils import parametrize, subtest
from torch.testing._internal.logging_utils import LoggingTestCase, make_logging_test

@instantiate_parametrized_tests
class TestNames(TestCase):
    hw_classification = HardwareClassification.ACCELERATOR

    @parametrize("a,b", [(1, "x"), subtest((2, "y"), name="own", decorators=[unittest.skip("of this row")])])
    @parametrize("dtype", [torch.float32])
    @parametrize("layout", [torch.strided])
    @parametrize("flag", [True])
    def test_it(self, a, b, dtype, layout, flag):
        self.assertEqual(torch.tensor([a], dtype=dtype), [1])

class TestLog(LoggingTestCase):
    @make_logging_test(autograd=logging.DEBUG)
    def test_log(self, records):
        x = torch.ones(2, requires_grad=True)
        y = x.exp().sum()
        torch.autograd.backward((y, y.clone()))
        said = [r.getMessage() for r in records]
        for name in ("CloneBackward0", "SumBackward0", "ExpBackward0", "AccumulateGrad"):
            self.assertIn(name, said.pop(0))
        self.assertEqual(said, [])
"""

MAIN = """
from autograd.test_part import TestLog, TestNames
from torch.testing._internal.common_utils import run_tests

if __name__ == "__main__":
    run_tests()
"""


def test_folders_of_tests_beside_a_test_file(tmp_path):
    """An installed package of the folder's name does not hide it; names of tests are those that PyTorch gives."""
    (tmp_path / "autograd").mkdir()
    (tmp_path / "autograd" / "test_part.py").write_text(PART)
    (tmp_path / "test_main.py").write_text(MAIN)
    arguments = [sys.executable, "-W", "ignore", "-m", "wengert.compat.torch", str(tmp_path / "test_main.py"), "-v"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "test_it_a_1_b_x_float32_layout0_flag_True " in done.stderr
    assert "test_it_own_float32_layout0_flag_True " in done.stderr
    assert "OK (skipped=1)" in done.stderr
