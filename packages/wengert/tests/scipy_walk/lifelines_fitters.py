"""Fits survival models with lifelines and prints their parameters; ``wengert`` as argument puts `wengert.compat.autograd` in.

lifelines takes all its derivatives with HIPS autograd: those of likelihoods, by which it maximizes, and those of second order,
from which come its standard errors.
"""

import json
import sys
import warnings

if sys.argv[1:] == ["wengert"]:
    from wengert.compat.autograd import install

    install()

import autograd
import lifelines
import numpy as np
import pandas as pd

rng = np.random.default_rng(0)
COUNT = 60
TIMES, OBSERVED = 10 * rng.weibull(1.4, COUNT) + 0.1, rng.uniform(size=COUNT) < 0.8
AGE = rng.normal(size=COUNT)
TABLE = pd.DataFrame({"time": TIMES * np.exp(0.3 * AGE), "observed": OBSERVED, "age": AGE, "dose": rng.uniform(size=COUNT)})
KNOTS = np.percentile(TIMES[OBSERVED], [0, 50, 100])
BREAKS = {"breakpoints": [4, 8], "penalizer": 0.01}

#: Models of times alone.
TIME_MODELS = {
    "Exponential": lifelines.ExponentialFitter(),
    "GeneralizedGamma": lifelines.GeneralizedGammaFitter(),
    "LogLogistic": lifelines.LogLogisticFitter(),
    "LogNormal": lifelines.LogNormalFitter(),
    "MixtureCure": lifelines.MixtureCureFitter(base_fitter=lifelines.WeibullFitter()),
    "PiecewiseExponential": lifelines.PiecewiseExponentialFitter([4, 8]),
    "Spline": lifelines.SplineFitter(KNOTS),
    "Weibull": lifelines.WeibullFitter(),
}
#: Models of times that depend on other columns.
REGRESSIONS = {
    "CoxPH": lifelines.CoxPHFitter(),
    "CoxPH(piecewise)": lifelines.CoxPHFitter(baseline_estimation_method="piecewise", **BREAKS),
    "CoxPH(spline)": lifelines.CoxPHFitter(baseline_estimation_method="spline", n_baseline_knots=2, penalizer=0.01),
    "LogLogisticAFT": lifelines.LogLogisticAFTFitter(penalizer=0.01),
    "LogNormalAFT": lifelines.LogNormalAFTFitter(penalizer=0.01),
    "PiecewiseExponentialRegression": lifelines.PiecewiseExponentialRegressionFitter(**BREAKS),
    "WeibullAFT": lifelines.WeibullAFTFitter(penalizer=0.01),
}


def fitted() -> dict[str, list[float]]:
    """The parameters of each model and their standard errors."""
    found = {}
    for name, model in TIME_MODELS.items():
        summary = model.fit(TIMES, OBSERVED).summary
        found[name] = summary[["coef", "se(coef)"]].to_numpy().ravel().tolist()
    for name, model in REGRESSIONS.items():
        summary = model.fit(TABLE, "time", "observed").summary
        found[name] = summary[["coef", "se(coef)"]].to_numpy().ravel().tolist()
    return found


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        json.dump({"package": autograd.__name__, "found": fitted()}, sys.stdout)
