"""`nn.init`, and `nn.utils`: clipping, and parameters as one vector."""

from __future__ import annotations

import math

import numpy as np
import pytest

import wengert as wg
from wengert import nn
from wengert.errors import AnomalyError, ArgumentError

torch = pytest.importorskip("torch", reason="the values are PyTorch's")

GAINS = ["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"]


# -- initial values --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", GAINS)
def test_gains(name):
    assert nn.init.calculate_gain(name) == pytest.approx(torch.nn.init.calculate_gain(name))
    assert nn.init.calculate_gain("leaky_relu", 0.3) == pytest.approx(torch.nn.init.calculate_gain("leaky_relu", 0.3))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("xavier_uniform_", {"gain": 2.0}),
        ("xavier_normal_", {}),
        ("kaiming_uniform_", {"a": 0.5}),
        ("kaiming_uniform_", {"mode": "fan_out", "nonlinearity": "relu"}),
        ("kaiming_normal_", {"nonlinearity": "tanh"}),
        ("uniform_", {"a": -3.0, "b": 1.0}),
        ("normal_", {"mean": 2.0, "std": 0.5}),
    ],
)
@pytest.mark.parametrize("shape", [(200, 50), (40, 5, 4, 10)])
def test_distributions(name, options, shape):
    """Mean and spread are PyTorch's; equal generators give equal values."""
    expected = getattr(torch.nn.init, name)(torch.empty(shape, dtype=torch.float64), **options).numpy()
    ours = getattr(nn.init, name)(wg.zeros(shape), **options, generator=wg.random.Generator(0))
    again = getattr(nn.init, name)(wg.zeros(shape), **options, generator=wg.random.Generator(0))
    assert ours.tolist() == again.tolist()
    assert ours.numpy().std() == pytest.approx(expected.std(), rel=0.05)
    assert ours.numpy().mean() == pytest.approx(expected.mean(), abs=4 * expected.std() / math.sqrt(expected.size) + 1e-9)
    if "uniform" in name:
        assert np.abs(ours.numpy()).max() == pytest.approx(np.abs(expected).max(), rel=0.05)


def test_constants_are_written_in_place_and_unrecorded():
    parameter = nn.Parameter(np.zeros((2, 2)))
    array = parameter.array
    assert nn.init.constant_(parameter, 3.0) is parameter
    assert array.tolist() == [[3.0, 3.0], [3.0, 3.0]]
    assert parameter.is_leaf
    assert parameter._version == 1
    assert nn.init.ones_(parameter).tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert nn.init.zeros_(parameter).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_complex_values():
    values = nn.init.uniform_(wg.zeros(50, dtype=wg.complex128), -1.0, 1.0).numpy()
    assert values.real.std() > 0.3
    assert values.imag.std() > 0.3


def test_errors_of_init():
    with pytest.raises(ArgumentError, match=r"shape \(3,\)"):
        nn.init.kaiming_normal_(wg.zeros(3))
    with pytest.raises(ArgumentError, match="fan_side"):
        nn.init.kaiming_normal_(wg.zeros((3, 2)), mode="fan_side")
    with pytest.raises(ArgumentError, match="'swish'"):
        nn.init.calculate_gain("swish")


# -- clipping --------------------------------------------------------------------------------------------------------------
def with_gradients(make, set_gradient):
    """Three parameters, one of them without a gradient."""
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape) for shape in ((3, 2), (4,), (2,))]
    parameters = [make(np.zeros_like(a)) for a in arrays]
    for parameter, array in zip(parameters[:2], arrays, strict=False):
        set_gradient(parameter, array)
    return parameters


def ours_and_theirs():
    def set_torch(p, a):
        p.grad = torch.tensor(a)

    def set_ours(p, a):
        p.grad = wg.tensor(a)

    theirs = with_gradients(lambda a: torch.tensor(a, requires_grad=True), set_torch)
    return with_gradients(lambda a: wg.tensor(a, requires_grad=True), set_ours), theirs


@pytest.mark.parametrize("norm_type", [2.0, 1.0, math.inf, 3.0])
@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_by_norm(norm_type, max_norm):
    ours, theirs = ours_and_theirs()
    gradient = ours[0].grad
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm, norm_type)
    got = nn.utils.clip_grad_norm_(ours, max_norm, norm_type)
    assert got.item() == pytest.approx(expected.item(), rel=1e-12)
    assert ours[0].grad is gradient
    assert gradient._version == 1
    for a, b in zip(ours, theirs, strict=True):
        assert (a.grad is None) == (b.grad is None)
        if b.grad is not None:
            np.testing.assert_allclose(a.grad.numpy(), b.grad.numpy(), rtol=1e-12)


def test_clipping_by_value():
    ours, theirs = ours_and_theirs()
    torch.nn.utils.clip_grad_value_(theirs, 0.3)
    nn.utils.clip_grad_value_(ours, 0.3)
    assert ours[0].grad.tolist() == theirs[0].grad.tolist()
    nn.utils.clip_grad_value_(ours[1], 0.1)
    assert np.abs(ours[1].grad.numpy()).max() <= 0.1


def test_norms_that_are_not_finite():
    x = wg.tensor([1.0], requires_grad=True)
    x.grad = wg.tensor([math.nan])
    assert math.isnan(nn.utils.clip_grad_norm_(x, 1.0).item())
    with pytest.raises(AnomalyError, match="nan"):
        nn.utils.clip_grad_norm_([x], 1.0, error_if_nonfinite=True)


def test_nothing_to_clip():
    assert nn.utils.clip_grad_norm_([wg.tensor([1.0], requires_grad=True)], 1.0).item() == 0.0
    with pytest.raises(ArgumentError, match="no tensor"):
        nn.utils.get_total_norm([])


def test_clipped_gradients_keep_their_dtype():
    x = wg.tensor([3.0, 4.0], dtype=wg.float32, requires_grad=True)
    (x * x).sum().backward()
    assert nn.utils.clip_grad_norm_(x, 1.0).dtype == wg.float32
    assert x.grad.dtype == wg.float32


# -- one vector ------------------------------------------------------------------------------------------------------------
def test_parameters_as_a_vector():
    layer = nn.Linear(2, 3)
    vector = nn.utils.parameters_to_vector(layer.parameters())
    assert vector.shape == (9,)
    assert vector.requires_grad
    nn.utils.vector_to_parameters(vector.detach() * 2, layer.parameters())
    again = nn.utils.parameters_to_vector(layer.parameters())
    np.testing.assert_allclose(again.detach().numpy(), 2 * vector.detach().numpy())
    with pytest.raises(ArgumentError, match="9 numbers"):
        nn.utils.vector_to_parameters(wg.zeros(8), layer.parameters())
