"""What the tests of errors share: how an error is checked, and an array library that does not exist."""

import linecache
import re
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from wengert.arrays.numpy import NumpyAdapter


def leaf(*values, **options):
    return wg.tensor(list(values), requires_grad=True, **options)


class Foreign(np.ndarray):
    """Stands for the arrays of another library."""


class ForeignAdapter(NumpyAdapter):
    name = "foreign"
    array_types = (Foreign,)

    def normalise(self, value):
        return value


class Peculiar:
    """An object of which nobody has heard."""


def raised(expected, builtin, run, *named):
    """`run()` raises `expected`, which is also `builtin`; its message and notes match each of `named`, in this order."""
    with pytest.raises(expected) as caught:
        run()
    error = caught.value
    assert type(error) is expected
    assert isinstance(error, builtin)
    text = "\n".join([str(error), *getattr(error, "__notes__", ())])
    position = 0
    for pattern in named:
        found = re.compile(pattern).search(text, position)
        assert found is not None, f"{pattern!r} is not in its place in: {text}"
        position = found.end()
    return error


def finder(file):
    """A function that gives a pattern for the one line of `file` that ends with a comment."""
    lines = linecache.getlines(file)

    def line_of(comment):
        (number,) = (i for i, line in enumerate(lines, 1) if line.strip().endswith("# " + comment))
        return rf"{re.escape(Path(file).name)}:{number}\b"

    return line_of
