"""lifelines fits its models with `wengert.compat.autograd` in the place of HIPS autograd, and finds the same."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lifelines", reason="needs lifelines, which brings pandas and more: pip install lifelines")
pytest.importorskip("autograd")


@cache
def fitted(*package):
    """What the fitters find, in an interpreter of its own."""
    program = Path(__file__).parent / "lifelines_fitters.py"
    done = subprocess.run([sys.executable, program, *package], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return json.loads(done.stdout)


def test_each_ran_with_its_own_package():
    assert fitted()["package"] == "autograd"
    assert fitted("wengert")["package"] == "wengert.compat.autograd"


MODELS = [
    *("CoxPH", "CoxPH(piecewise)", "CoxPH(spline)", "Exponential", "GeneralizedGamma", "LogLogistic", "LogLogisticAFT"),
    *("LogNormal", "LogNormalAFT", "MixtureCure", "PiecewiseExponential", "PiecewiseExponentialRegression", "Spline"),
    *("Weibull", "WeibullAFT"),
]


@pytest.mark.parametrize("model", MODELS)
def test_same_parameters_and_errors(model):
    expected, got = fitted()["found"][model], fitted("wengert")["found"][model]
    assert len(expected) >= 2
    assert np.isfinite(expected).all()
    np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-9)


def test_every_model_is_compared():
    assert sorted(fitted()["found"]) == sorted(fitted("wengert")["found"]) == MODELS
