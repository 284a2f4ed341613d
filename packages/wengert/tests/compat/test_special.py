"""Special functions beside PyTorch's: values and gradients, also at their odd points."""

import pytest

from .both import check

POINTS = [-1.5, -0.3, 0.0, 0.4, 2.0]
POSITIVE = [0.1, 0.5, 1.0, 3.5]
FRACTIONS = [0.1, 0.5, 0.9]

CASES = {
    "erf erfc erfcx i0 i0e i1 i1e ndtr log_ndtr sinc expit": POINTS,
    "digamma gammaln psi entr": POSITIVE,
    "erfinv ndtri logit": FRACTIONS,
}
ROWS = [(name, data) for names, data in CASES.items() for name in names.split()]


def value_and_gradients(function, *data, dtype="float64"):
    def program(torch):
        made = [torch.tensor(d, dtype=getattr(torch, dtype), requires_grad=True) for d in data]
        y = function(torch, *made)
        return y, torch.autograd.grad(y.sum(), made)

    check(program)


@pytest.mark.parametrize(("name", "data"), ROWS, ids=[name for name, _ in ROWS])
def test_function_of_one(name, data):
    for dtype in ("float64", "float32"):
        value_and_gradients(lambda torch, x: getattr(torch.special, name)(x), data, dtype=dtype)


@pytest.mark.parametrize("name", ["bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "modified_bessel_i1"])
def test_values_of_bessel_functions(name):
    check(lambda torch: getattr(torch.special, name)(torch.tensor(POSITIVE, dtype=torch.float64)))


def test_functions_of_two():
    zeros = [0.0, 0.0, 1.0, 2.0]
    others = [0.0, 2.0, 0.5, 3.0]
    value_and_gradients(lambda torch, x, y: torch.special.xlogy(x, y), zeros, others)
    value_and_gradients(lambda torch, x, y: x.xlogy(y), POSITIVE, others)
    value_and_gradients(lambda torch, x, y: torch.special.xlog1py(x, y), zeros, [-1.0, 2.0, 0.5, 3.0])
    value_and_gradients(lambda torch, x: torch.xlogy(x, 3), zeros, dtype="float32")
    value_and_gradients(lambda torch, x: torch.igamma(torch.ones(4, dtype=torch.float64), x), POSITIVE)
    value_and_gradients(lambda torch, x: torch.special.gammaincc(torch.full((4,), 2.5), x), POSITIVE, dtype="float32")
    value_and_gradients(lambda torch, x: torch.special.zeta(2.0, x), POSITIVE)
    value_and_gradients(lambda torch, x: x.polygamma(2) + torch.polygamma(0, x), POSITIVE)
    value_and_gradients(lambda torch, x: torch.mvlgamma(x, 3) + x.lgamma(), [1.5, 4.0])


#: ∂/∂a of gammainc(a, x) at a = 5/2, x = 3, by mpmath.
GAMMAINC_BY_A = -0.22754855127826082


def test_a_derivative_that_pytorch_lacks():
    """That of the incomplete gamma function with respect to its first operand."""
    import torch

    from wengert.compat import torch as spelled

    def program(torch):
        a = torch.full((2,), 2.5, dtype=torch.float64, requires_grad=True)
        torch.igamma(a, torch.full((2,), 3.0, dtype=torch.float64)).sum().backward()
        return a.grad

    with pytest.raises(NotImplementedError, match="the derivative for 'igamma: input' is not implemented"):
        program(torch)
    assert program(spelled).tolist() == pytest.approx([GAMMAINC_BY_A] * 2, rel=1e-12)


def test_of_integers():
    check(lambda torch: (torch.lgamma(torch.tensor([1, 2, 5])), torch.special.xlogy(torch.tensor([0, 2]), torch.tensor([0, 3]))))
    check(lambda torch: torch.erfc(torch.tensor([0.0, 9.0], dtype=torch.float64)).log())


def test_far_out():
    """The logarithm of a probability that vanishes keeps its digits, and so does its gradient."""
    value_and_gradients(lambda torch, x: torch.special.log_ndtr(x), [-30.0, -8.0, 9.0])
