"""Anomaly mode names what made the first NaN or Inf (rules A1, W27)."""

import warnings

import numpy as np
import pytest

import wengert as wg
from wengert import errors

from .checking import finder, leaf, raised

line_of = finder(__file__)


@pytest.fixture
def anomaly():
    """Anomaly mode that looks for NaN and Inf; its warnings are collected."""
    with (
        warnings.catch_warnings(record=True) as seen,
        wg.autograd.set_detect_anomaly(True, check_inf=True),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("always")
        yield seen


def test_the_first_nan(anomaly):
    """A1.4, W27: the operator that made it and the line that called it; the warning shows the forward."""
    x = leaf(0.0)
    y = wg.sqrt(x) * 0.0  # takes the root
    run = (y + 1.0).sum().backward
    raised(errors.AnomalyError, RuntimeError, run, "SqrtBackward0", "nan", "0th output", line_of("takes the root"))
    (warning,) = anomaly
    assert "SqrtBackward0" in str(warning.message)
    assert "# takes the root" in str(warning.message)


def test_the_first_inf(anomaly):
    """W27: on demand, which PyTorch does not have."""
    x = leaf(0.0)
    run = wg.sqrt(x).sum().backward  # divides by zero, backward
    line = line_of("divides by zero, backward")
    raised(errors.AnomalyError, RuntimeError, run, "SqrtBackward0", "inf", "0th output", line)


def test_an_inf_is_passed_over_unless_asked_for():
    x = leaf(0.0)
    with wg.autograd.set_detect_anomaly(True), np.errstate(all="ignore"):
        wg.sqrt(x).sum().backward()
    assert x.grad.tolist() == [np.inf]


def test_a_nan_that_the_forward_made(anomaly):
    """W27: blamed on the operator of the forward, not only on the one whose derivative shows it."""
    x = leaf(0.0)
    y = wg.log(x)  # makes an Inf, forward
    run = (y * x).sum().backward
    raised(errors.AnomalyError, RuntimeError, run, "inf", "forward of LogBackward0", line_of("makes an Inf, forward"))


def test_a_nan_that_a_hook_made(anomaly):
    """W27: the hook, not the node that its gradient goes to."""
    x = leaf(1.0)
    y = x * 2

    def poison(grad):  # divides
        return grad * float("nan")

    y.register_hook(poison)  # puts it there
    run = y.sum().backward
    named = ("tensor hook 'poison'", line_of("divides"), line_of("puts it there"), "MulBackward0", "nan")
    raised(errors.AnomalyError, RuntimeError, run, *named)


def test_a_nan_that_the_caller_passed(anomaly):
    """W27"""
    y = leaf(1.0) * 2
    raised(errors.AnomalyError, RuntimeError, lambda: y.backward(wg.tensor([np.nan])), "entering MulBackward0", "nan", "passed")


def test_anomaly_mode_ends_with_its_context():
    with pytest.raises(ValueError, match="left"), wg.autograd.set_detect_anomaly(True):
        raise ValueError("left")
    assert not wg.autograd.is_anomaly_enabled()
