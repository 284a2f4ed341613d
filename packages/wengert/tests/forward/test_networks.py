"""Forward mode through layers: whatever is made of operators carries tangents."""

import numpy as np
import pytest

import wengert as wg
from wengert import nn
from wengert.autograd import forward_ad, grad


def numbers(*shape):
    return wg.tensor(np.random.default_rng(7).standard_normal(shape))


NETWORKS = {
    "dense": (lambda: nn.Sequential(nn.Linear(6, 8), nn.GELU(), nn.LayerNorm(8), nn.Linear(8, 3), nn.Softmax(-1)), (4, 6)),
    "convolutional": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 3)
        ),
        (3, 2, 4, 4),
    ),
    "attention": (lambda: _Attention(), (2, 5, 8)),
}


class _Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x)[0]


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(name):
    """⟨v, Ju⟩ = ⟨Jᵀv, u⟩, finite differences, and products with the Hessian both ways."""
    wg.random.seed(1)
    make, shape = NETWORKS[name]
    net = make()
    for parameter in net.parameters():
        parameter.data = parameter.data.astype(wg.float64)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.double() if hasattr(module, "double") else None
    x = numbers(*shape)
    x.requires_grad = True
    u = wg.tensor(np.cos(np.arange(x.array.size, dtype="float64")).reshape(shape))

    def loss(inputs):
        return (net(inputs) ** 2).sum()

    (gradient,) = grad(loss(x), x, create_graph=True)
    (expected,) = grad((gradient * u).sum(), x)
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, u)
        along = forward_ad.unpack_dual(loss(dual)).tangent
        (first,) = grad(loss(dual), x)
        over_reverse = forward_ad.unpack_dual(first).tangent
        (over_forward,) = grad(along, x)
    np.testing.assert_allclose(along.item(), (gradient * u).sum().item(), rtol=1e-9)
    np.testing.assert_allclose(over_reverse.array, expected.array, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(over_forward.array, expected.array, rtol=1e-7, atol=1e-10)
    eps = 1e-6
    ends = [loss(wg.tensor(x.array + sign * eps * u.array)).item() for sign in (1, -1)]
    np.testing.assert_allclose(along.item(), (ends[0] - ends[1]) / (2 * eps), rtol=1e-5)
