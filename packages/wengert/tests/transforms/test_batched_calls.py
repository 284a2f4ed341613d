"""Batched calls that need no thought give what those that ask everything give, and leave to them what needs it."""

import operator as python

import numpy as np
import pytest
import torch

import wengert as wg
from wengert.arrays.adapter import adapter_of
from wengert.arrays.batched import Later, Level, batched
from wengert.autograd.levels import in_force
from wengert.errors import VmapError
from wengert.op import OPERATORS
from wengert.op_batching import compute

SAMPLES = np.linspace(-1.0, 1.0, 24).reshape(4, 3, 2)
ROW, MATRIX, CUBE = np.array([2.0, 3.0]), np.ones((3, 2)) * 5.0, np.arange(1.0, 7.0).reshape(1, 3, 2)


def pairs(level):
    whole, shared, flat = (batched(a, level) for a in (SAMPLES, SAMPLES[:1] + 2.0, SAMPLES[:, 0]))
    return {
        "a number": (whole, 2.0),
        "an array of fewer axes": (whole, ROW),
        "an array of as many axes": (MATRIX, whole),
        "an array of more axes": (whole, CUBE),
        "two batched ones": (whole, whole),
        "what samples share": (shared, whole),
        "other numbers of axes": (whole, flat),
        "one of NumPy's numbers": (np.float64(2.0), whole),
    }


@pytest.mark.parametrize("name", ["add", "multiply", "subtract", "divide"])
@pytest.mark.parametrize("what", list(pairs(Level(4))))
def test_as_the_call_that_asks_everything(name, what):
    level = Level(4)
    with in_force(level):
        x1, x2 = pairs(level)[what]
        quick = adapter_of(x1 if hasattr(x1, "level") else x2).function(name)(x1, x2)
        asked = compute(OPERATORS[name], {"x1": x1, "x2": x2})
        assert quick.shape == asked.shape
        np.testing.assert_array_equal(quick.array, asked.array)


def test_a_column_times_a_row_is_left_for_later():
    level = Level(4)
    with in_force(level):
        product = batched(SAMPLES[:, :, :1], level) * batched(SAMPLES[:, :1], level)
        assert isinstance(product._later, Later)
        np.testing.assert_array_equal(product.array, SAMPLES[:, :, :1] * SAMPLES[:, :1])


def test_sums_of_gradients_leave_alone_what_others_know():
    level = Level(4)
    x = np.array(np.broadcast_to(SAMPLES[:, :, :1], (4, 3, 500)))
    add = adapter_of(batched(x, level)).add
    with in_force(level):
        known, first = batched(x, level), batched(x + 1.0, level)
        held = first.array
        np.testing.assert_array_equal(add(known, first).array, 2 * x + 1.0)  # both are held here
        np.testing.assert_array_equal(add(batched(held, level), known).array, 2 * x + 1.0)  # the array is
        np.testing.assert_array_equal(held, x + 1.0)
        np.testing.assert_array_equal(add(batched(x + 1.0, level), known).array, 2 * x + 1.0)
        np.testing.assert_array_equal(add(batched(x[:1], level), known).array, x + x[:1])  # shared by the samples
        np.testing.assert_array_equal(known.array, x)


def test_arrays_of_a_vmap_that_has_returned():
    level = Level(4)
    with in_force(level):
        x = batched(SAMPLES, level)
    for call in (python.neg, lambda x: x + x, lambda x: x * 2.0):
        with pytest.raises(VmapError, match="has returned"):
            call(x)


@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_jacobians_of_one_number_and_of_several(shape):
    def function(xp, x):
        return xp.sum(xp.sin(x) * x) if not shape else xp.sin(x) * xp.sum(x)

    x = np.linspace(0.5, 1.5, 12)[: int(np.prod(shape or (3,)))].reshape(shape or (3,))
    theirs = torch.autograd.functional.jacobian(lambda x: function(torch, x), torch.tensor(x))
    np.testing.assert_allclose(wg.jacrev(lambda x: function(wg, x))(x), theirs.numpy(), atol=1e-12)
    theirs = torch.autograd.functional.hessian(lambda x: torch.sum(function(torch, x)), torch.tensor(x))
    np.testing.assert_allclose(wg.hessian(lambda x: wg.sum(function(wg, x)))(x), theirs.numpy(), atol=1e-12)


@pytest.mark.parametrize("interior", [False, True])
def test_a_run_that_leads_to_its_captures_everywhere(interior):
    """Gradients by two inputs, one of them on the way to the other: hooks and releases as in the run that looks everywhere."""
    seen = {}
    for name, lib in (("wengert", wg), ("torch", torch)):
        calls = []
        x = lib.asarray(np.array([1.0, 2.0])).requires_grad_()
        y = x * x
        z = (y * x).sum()
        y.register_hook(lambda g, calls=calls: calls.append(g.numpy().copy()))
        wanted = [x, y] if interior else [x]
        found = lib.autograd.grad(z, wanted)
        with pytest.raises(RuntimeError, match="second time"):
            lib.autograd.grad(z, wanted)
        seen[name] = [*(g.numpy() for g in found), *calls]
    for ours, theirs in zip(seen["wengert"], seen["torch"], strict=True):
        np.testing.assert_array_equal(ours, theirs)
