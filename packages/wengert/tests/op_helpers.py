"""What the tests of the operators' machinery share."""

import numpy as np
import pytest

import wengert as wg
from wengert.op import OPERATORS

FLOATS = ["float32", "float64", "complex64", "complex128"]


@pytest.fixture(autouse=True)
def forget():
    """Operators that a test declares are gone after it. Imported where it is to be used."""
    before = set(OPERATORS)
    yield
    for name in set(OPERATORS) - before:
        del OPERATORS[name]


def leaf(values, requires_grad=True):
    return wg.tensor(np.asarray(values), requires_grad=requires_grad)
