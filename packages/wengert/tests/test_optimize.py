"""`wengert.optimize.minimize`: SciPy's optimizers with derivatives of ours."""

import numpy as np
import pytest

import wengert as wg
from wengert.errors import ArgumentError
from wengert.optimize import minimize

pytest.importorskip("scipy")


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def bowl(x):
    """Convex, as some methods ask."""
    return np.sum(np.cosh(x - 1.0) * np.arange(1.0, 1.0 + len(x))) + np.sum((x[1:] - x[:-1]) ** 2)


@pytest.mark.parametrize(
    "method",
    [
        None,
        "BFGS",
        "L-BFGS-B",
        "CG",
        "TNC",
        "SLSQP",
        "Newton-CG",
        "trust-ncg",
        "trust-krylov",
        "trust-constr",
        "trust-exact",
        "dogleg",
    ],
)
def test_methods(method):
    """Each method finds the minimum; none asks for differences, of which SciPy would count the calls."""
    found = minimize(bowl, np.full(4, 0.9), method=method)
    np.testing.assert_allclose(found.x, np.ones(4), atol=2e-3)
    assert isinstance(found.x, np.ndarray)
    if hasattr(found, "njev"):
        assert found.nfev <= 2 * found.njev + 5


def test_a_method_without_derivatives():
    found = minimize(rosenbrock, np.array([0.8, 0.8]), method="Nelder-Mead")
    np.testing.assert_allclose(found.x, np.ones(2), atol=1e-3)


def test_nested_parameters_and_arguments():
    """Tensors come back as Tensors, numbers as numbers."""
    data = np.array([1.0, 2.0, 6.0])

    def loss(p, data):
        return wg.sum(wg.square(p["w"] * data - 2.0 * data)) + (p["b"][0] - 3.0) ** 2

    found = minimize(loss, {"w": wg.zeros(3), "b": [1.0]}, (data,)).x
    assert isinstance(found["w"], wg.Tensor)
    np.testing.assert_allclose(found["w"].array, np.full(3, 2.0), atol=1e-4)
    assert found["b"][0] == pytest.approx(3.0, abs=1e-4)


def test_bounds_are_passed_on():
    found = minimize(lambda x: np.sum((x - 2.0) ** 2), np.zeros(2), bounds=[(0.0, 1.0), (0.0, 5.0)])
    np.testing.assert_allclose(found.x, [1.0, 2.0], atol=1e-6)


def test_what_is_wrong_is_named():
    with pytest.raises(ArgumentError, match=r"minimize: jac is what Wengert hands to SciPy"):
        minimize(rosenbrock, np.zeros(2), jac=lambda x: x)
    with pytest.raises(ArgumentError, match=r"fun must return one number .* got Tensor of shape \(2,\)"):
        minimize(lambda x: x * 2.0, np.zeros(2))
    with pytest.raises(ArgumentError, match=r"got float of shape \(\)"):
        minimize(lambda x: 3.0, np.zeros(2))
