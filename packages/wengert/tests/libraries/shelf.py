"""The array libraries that the tests of this folder run on, and how an array of NumPy becomes one of theirs."""

from __future__ import annotations

import functools
import importlib

import numpy as np
import pytest

from wengert.arrays.adapter import Adapter, adapter_of, library
from wengert.autograd.tensor import Tensor, wrap

#: The name of each, and the module to import. ``readonly`` is NumPy with arrays that nobody may write to: it catches operators
#: that write to what they were given.
MODULES = {
    "readonly": "numpy",
    "array_api_strict": "array_api_strict",
    "torch": "torch",
    "jax": "jax",
    "dask": "dask.array",
}


class Shelf:
    """One library: its adapter, and ways to and from it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.adapter: Adapter = library("numpy" if name == "readonly" else name)

    def array(self, data):
        array = np.array(data)
        if self.name == "readonly":
            array.flags.writeable = False
            return array
        return self.adapter.from_host(array, None)

    def tensor(self, data, requires_grad=False):
        return wrap(self.array(data)).requires_grad_(requires_grad)

    def host(self, value):
        """The values of a Tensor or an array of this library."""
        array = value._array if isinstance(value, Tensor) else value
        assert adapter_of(array) is self.adapter, f"{type(array)} is no array of {self.name}"
        return np.asarray(self.adapter.to_host(array))


@functools.cache
def shelf(name: str) -> Shelf:
    try:
        importlib.import_module(MODULES.get(name, name))
    except ImportError:
        pytest.skip(f"{name} is not installed")
    return Shelf(name)
