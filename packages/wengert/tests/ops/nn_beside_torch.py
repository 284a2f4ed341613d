"""What the tests of the functions of neural networks share: every body in turn, and the comparison with PyTorch.

Every test that imports `bodies` runs three times: with the bodies written for NumPy, with the general ones over NumPy, and with
the general ones over array-api-strict, which has nothing but what the standard has.
"""

import importlib
import pkgutil
from functools import partial

import numpy as np
import pytest
import torch

import wengert as wg
from wengert.arrays.numpy_kernels import NumpyKernels
from wengert.ops import nn
from wengert.ops.nn.kernels import Kernel

KERNELS = {
    kernel.name: kernel
    for module in pkgutil.iter_modules(nn.__path__)
    for kernel in vars(importlib.import_module(f"{nn.__name__}.{module.name}")).values()
    if isinstance(kernel, Kernel)
}


def over_strict(general):
    """A general body run by array-api-strict, for NumPy arrays."""
    strict = pytest.importorskip("array_api_strict")

    def there(value):
        return strict.asarray(value, copy=True) if isinstance(value, np.ndarray | np.generic) else value

    def back(value):
        if isinstance(value, tuple):
            return tuple(map(back, value))
        return np.asarray(value) if type(value).__module__.startswith("array_api_strict") else value

    return lambda *args: back(general(strict, *map(there, args)))


@pytest.fixture(params=["numpy", "general", "strict"], autouse=True)
def bodies(request, monkeypatch):
    for name, kernel in KERNELS.items():
        own = getattr(NumpyKernels, f"fn_{name}", None)
        if request.param == "numpy":
            monkeypatch.setitem(kernel, np.ndarray, own or partial(kernel.general, np))
        elif request.param == "general":
            monkeypatch.setitem(kernel, np.ndarray, partial(kernel.general, np))
        else:
            monkeypatch.setitem(kernel, np.ndarray, over_strict(kernel.general))
    return request.param


def compare(ours, theirs, *arrays, tolerance=1e-11):
    """Value and gradients of two functions of the same arrays, of which the floating ones are differentiated."""
    kinds = [np.asarray(a).dtype.kind == "f" for a in arrays]
    mine = [wg.tensor(a, requires_grad=k) for a, k in zip(arrays, kinds, strict=True)]
    other = [torch.tensor(a, requires_grad=k) for a, k in zip(arrays, kinds, strict=True)]
    out, expected = ours(*mine), theirs(*other)
    np.testing.assert_allclose(out.array, expected.detach().numpy(), rtol=tolerance, atol=tolerance)
    assert out.shape == tuple(expected.shape)
    g = np.random.default_rng(1).standard_normal(out.shape)
    out.backward(wg.tensor(g))
    expected.backward(torch.tensor(g))
    for a, b in zip(mine, other, strict=True):
        if b.grad is not None:
            np.testing.assert_allclose(a.grad.array, b.grad.numpy(), rtol=tolerance, atol=tolerance)


def numbers(*shapes, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) * scale for shape in shapes]
