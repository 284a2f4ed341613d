"""The same call in PyTorch and in its spelling over Wengert, and what of the results must be equal."""

import numpy as np
import torch

import wengert.compat.torch as spelled

LIBRARIES = {"torch": torch, "spelled": spelled}


KINDS = (RuntimeError, TypeError, ValueError, IndexError, AttributeError, NotImplementedError)


class Raised:
    """An error, equal to every error that a handler of its kind in PyTorch's program would catch as well."""

    def __init__(self, error):
        self.error = error

    def __eq__(self, other):
        return isinstance(other, Raised) and all(isinstance(self.error, k) for k in KINDS if isinstance(other.error, k))

    __hash__ = None

    def __repr__(self):
        return f"raised {self.error!r}"


def outcome(program, library):
    """What `program(library)` gives, in a form that does not depend on the library; or its error."""
    try:
        with np.errstate(all="ignore"):
            return plain(program(library))
    except KINDS as error:
        return Raised(error)


def plain(value):
    """Tensors as arrays with dtype and whether they require grad; containers as tuples and dictionaries."""
    if isinstance(value, (torch.Tensor, spelled.Tensor)):
        return ("tensor", str(value.dtype), tuple(value.shape), value.requires_grad, np.asarray(value.detach().tolist()))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return tuple(plain(item) for item in value)
    if isinstance(value, (torch.dtype, spelled.dtype, torch.device, spelled.device)):
        return str(value)
    return value


def assert_same(got, expected):
    """Equal, arrays up to rounding."""
    assert type(got) is type(expected), (got, expected)
    if isinstance(expected, tuple):
        assert len(got) == len(expected), (got, expected)
        for g, e in zip(got, expected, strict=True):
            assert_same(g, e)
    elif isinstance(expected, dict):
        assert got.keys() == expected.keys()
        for key, value in expected.items():
            assert_same(got[key], value)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)
    elif isinstance(expected, float):
        np.testing.assert_allclose(got, expected, rtol=1e-5)
    else:
        assert got == expected, (got, expected)


def check(program):
    """`program` does in both what it does in PyTorch."""
    assert_same(outcome(program, spelled), outcome(program, torch))
