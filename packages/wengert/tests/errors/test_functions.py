"""What a custom Function returns (rules F5, E6)."""

import numpy as np
import pytest

import wengert as wg
from wengert import errors

from .checking import Foreign, leaf, raised


def function_returning(*grads):
    """A backward through a Function of two tensors and a number whose ``backward`` returns `grads`."""

    class Mine(wg.autograd.Function):
        @staticmethod
        def forward(ctx, a, b, factor):
            return a * b * factor

        @staticmethod
        def backward(ctx, grad):
            return grads

    Mine.apply(leaf(1.0, 2.0), leaf(3.0, 4.0), 5).sum().backward()


TWO = wg.ones(2)


@pytest.mark.parametrize(
    ("grads", "named"),
    [
        ((TWO,), ["incorrect number of gradients", "expected 3", "got 1"]),
        ((TWO, TWO, None, TWO), ["incorrect number of gradients", "expected 3", "got 4"]),
        ((TWO, TWO, TWO), ["position 3", "not a Tensor"]),
        ((1.0, TWO, None), ["position 1", "float"]),
        ((TWO, np.ones(2), None), ["position 2", "numpy.ndarray"]),
        ((TWO, wg.ones(3), None), ["index 1", r"\[3\]", r"\[2\]"]),
        ((wg.ones(2, dtype=wg.complex64), TWO, None), ["index 0", "complex64", "float64"]),
    ],
    ids=["too few", "too many", "for a number", "a number", "an array", "shape", "dtype"],
)
def test_a_function_that_returns_wrong_gradients(grads, named):
    """F5.1, F5.2, E6.5: the Function, the place, what came and what was due."""
    raised(errors.FunctionError, RuntimeError, lambda: function_returning(*grads), "MineBackward", *named)


def test_a_function_that_returns_gradients_of_another_library(foreign):
    foreign = foreign[:2]
    assert type(foreign.array) is Foreign
    raised(
        errors.FunctionError, RuntimeError, lambda: function_returning(foreign, None, None), "MineBackward", "foreign", "numpy"
    )


def test_a_function_without_backward():
    """F1.6"""

    class Forward(wg.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    run = Forward.apply(leaf(1.0)).sum().backward
    error = raised(errors.MissingRuleError, NotImplementedError, run, "backward", "Forward")
    assert isinstance(error, RuntimeError)
