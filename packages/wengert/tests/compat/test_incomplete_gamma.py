"""``torch.special`` against PyTorch's."""

import math

import pytest

from .both import check

VALUES = [0.0, 1e-3, 0.3, 1.0, 2.5, 7.0, 40.0, 300.0, math.inf, -1.0]  # of NaN PyTorch makes 0 or 1 beside infinity


@pytest.mark.parametrize("name", ["igamma", "igammac"])
class TestIncompleteGamma:
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_values(self, name, dtype):
        def program(torch):
            v = torch.tensor(VALUES, dtype=getattr(torch, dtype))
            return getattr(torch, name)(v[:, None], v), getattr(torch.special, "gammainc" + name[6:])(v, 2.0 * torch.ones(()))

        check(program)

    def test_gradient(self, name):
        def program(torch):
            a = torch.tensor([0.5, 2.0, 9.0], dtype=torch.float64)
            x = torch.tensor([[1.0], [3.0]], dtype=torch.float64, requires_grad=True)
            getattr(torch, name)(a, x).sum().backward()
            first = x.grad
            assert torch.autograd.gradcheck(lambda x: getattr(torch, name)(a, x), x)
            return first, torch.autograd.gradgradcheck(lambda x: getattr(torch, name)(a, x), x)

        check(program)
