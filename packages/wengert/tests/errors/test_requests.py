"""What `backward()` and `grad()` are given: the type of each error and what its message names (rules E1, G5)."""

import warnings

import numpy as np
import pytest

import wengert as wg
from wengert import errors

from .checking import Peculiar, finder, leaf, raised

line_of = finder(__file__)


def test_backward_on_several_numbers_without_a_gradient():
    """E1.2: the message names the element, its shape and the cures."""
    y = leaf(1.0, 2.0, 3.0) * 2
    raised(errors.NonScalarError, RuntimeError, y.backward, r"element 0 of tensors has shape \(3,\)", "gradient", r"sum\(\)")
    x = leaf(1.0, 2.0)
    raised(
        errors.NonScalarError, RuntimeError, lambda: wg.autograd.grad([x.sum(), x * 2], x), r"element 1 of outputs", r"\(2,\)"
    )


def test_backward_on_a_complex_number_without_a_gradient():
    """E1.2: a 1 is implied for real numbers only."""
    y = leaf(1j).sum()
    raised(errors.NonScalarError, RuntimeError, y.backward, "real scalar", "element 0 of tensors is complex128")


def test_backward_on_a_tensor_that_needs_none():
    """E1.1: by index; also when a gradient was passed."""
    x, c = leaf(1.0), wg.tensor([1.0])
    raised(
        errors.NoGraphError,
        RuntimeError,
        lambda: wg.autograd.backward([x, c], [None, wg.tensor([1.0])]),
        "element 1 of tensors does not require grad",
        "requires_grad=True",
    )
    raised(errors.NoGraphError, RuntimeError, lambda: wg.autograd.grad(x, c), "element 0 of inputs does not require grad")


def test_backward_twice():
    """G4.5: the message names the node and the cure; reading a saved value says the same."""
    x = leaf(1.0, 2.0)
    y = x * x
    node, total = y.grad_fn, y.sum()
    total.backward()
    raised(errors.ReleasedError, RuntimeError, total.backward, "second time", "MulBackward0", "retain_graph=True")
    raised(errors.ReleasedError, RuntimeError, lambda: node._saved_x1, "MulBackward0", "retain_graph=True")


def test_backward_twice_names_the_line_in_anomaly_mode():
    x = leaf(1.0, 2.0)
    with wg.autograd.set_detect_anomaly(True), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        y = (x * x).sum()  # the line that is named
        y.backward()
        raised(errors.ReleasedError, RuntimeError, y.backward, "MulBackward0", line_of("the line that is named"))


@pytest.mark.parametrize(
    ("gradient", "got"),
    [
        (np.ones(3), "numpy.ndarray"),
        (Peculiar(), r"\w\.Peculiar"),
        (1.0, "float"),
        ([1.0, 1.0, 1.0], "float"),
        ("ones", "str"),
    ],
    ids=["array", "object", "number", "numbers", "text"],
)
def test_a_gradient_that_is_no_tensor(gradient, got):
    """E1.4: the message names the argument and the type, with the package that it is from."""
    y = leaf(1.0, 2.0, 3.0) * 2
    raised(errors.GradientTypeError, TypeError, lambda: y.backward(gradient), "grad_tensors", "Tensor or None", got)


def test_the_type_of_a_foreign_tensor_is_named_with_its_package():
    torch = pytest.importorskip("torch")
    y = leaf(1.0, 2.0) * 2
    raised(errors.GradientTypeError, TypeError, lambda: y.backward(torch.ones(2)), "Tensor or None", r"torch\.Tensor")


def test_a_gradient_of_the_wrong_shape():
    """E1.3: both shapes; nothing is broadcast."""
    x = leaf(1.0, 2.0, 3.0)
    raised(
        errors.GradientMismatchError,
        RuntimeError,
        lambda: wg.autograd.grad([x.sum(), x * 2], x, [None, wg.ones(1)]),
        r"output\[1\]",
        r"\(1,\)",
        r"\(3,\)",
    )


def test_a_gradient_of_the_wrong_dtype():
    """E1.3, W21: real and complex do not mix; other dtypes are cast."""
    x = leaf(1.0, 2.0)
    raised(
        errors.GradientMismatchError,
        RuntimeError,
        lambda: (x * 2).backward(wg.ones(2, dtype=wg.complex128)),
        "element 0 of tensors",
        "complex128",
        "float64",
    )
    (x * 2).backward(wg.ones(2, dtype=wg.int64))
    assert x.grad.dtype == wg.float64


def test_a_gradient_of_another_library(foreign):
    y = leaf(1.0, 2.0, 3.0) * 2
    raised(
        errors.GradientMismatchError, RuntimeError, lambda: y.backward(foreign), "element 0 of tensors", "foreign", "numpy"
    )


def test_too_many_and_too_few_gradients():
    """E1.4, W22: both counts."""
    x = leaf(1.0)
    for given in ([], [None, None]):
        raised(
            errors.GradientMismatchError,
            RuntimeError,
            lambda given=given: wg.autograd.backward([x.sum()], given),
            "grad_tensors",
            f"{len(given)} gradient",
            r"1 output",
        )


@pytest.mark.parametrize(
    ("value", "error", "builtin", "named"),
    [
        (np.ones(3), errors.GradientTypeError, TypeError, "numpy.ndarray"),
        (wg.ones(2), errors.GradientMismatchError, RuntimeError, r"shape \(2,\).*shape \(3,\)"),
        (wg.ones(3, dtype=wg.float32), errors.GradientMismatchError, RuntimeError, "dtype float32.*dtype float64"),
    ],
    ids=["type", "shape", "dtype"],
)
def test_assigning_a_wrong_grad(value, error, builtin, named):
    """G5.6: what was assigned, and what the tensor is."""
    x = leaf(1.0, 2.0, 3.0)
    raised(error, builtin, lambda: setattr(x, "grad", value), "^grad: ", named)
    assert x.grad is None


def test_assigning_a_grad_of_another_library(foreign):
    """G5.6"""
    raised(
        errors.GradientMismatchError, RuntimeError, lambda: setattr(leaf(1.0, 2.0, 3.0), "grad", foreign), "foreign", "numpy"
    )


def test_an_input_that_is_not_used():
    """E1.6: by index, with the cure."""
    x, z = leaf(1.0), leaf(2.0)
    raised(
        errors.UnusedInputError,
        RuntimeError,
        lambda: wg.autograd.grad(x.sum(), [x, z]),
        "element 1 of inputs",
        "allow_unused=True",
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda: wg.tensor([1, 2], requires_grad=True),
        lambda: wg.asarray([1, 2], requires_grad=True),
        lambda: wg.zeros(2, dtype=wg.int64, requires_grad=True),
        lambda: wg.tensor([1, 2]).requires_grad_(),
        lambda: setattr(wg.tensor([1, 2]), "requires_grad", True),
    ],
    ids=["tensor", "asarray", "zeros", "requires_grad_", "attribute"],
)
def test_integers_that_ask_for_gradients(make):
    """G5.3: the argument and the dtype. It is a RuntimeError, as in PyTorch, and a TypeError, which it is."""
    error = raised(errors.RequiresGradDtypeError, RuntimeError, make, "requires_grad", "float", "complex", "int64")
    assert isinstance(error, TypeError)
