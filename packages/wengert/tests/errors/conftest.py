"""Fixtures for the tests of errors."""

import numpy as np
import pytest

from wengert.arrays.adapter import ADAPTERS
from wengert.autograd.tensor import wrap

from .checking import Foreign, ForeignAdapter


@pytest.fixture
def foreign(monkeypatch):
    """A tensor of three numbers on an array of another library."""
    monkeypatch.setitem(ADAPTERS, Foreign, ForeignAdapter())
    return wrap(np.ones(3).view(Foreign))
