"""What a backend is told that makes a C function of the whole short way into a program: see `wengert.compiled.entry`."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..autograd.tensor import Tensor

__all__ = ["Given", "Made", "given_like"]


class Given(NamedTuple):
    """What an argument has to be like; where it is not, the function gives another object instead of results.

    Attributes
    ----------
    cls : type
        Exactly: a class of Tensor, or `numpy.ndarray`.
    shape : tuple of int
    dtype : numpy.dtype
    requires_grad : bool
        Of Tensors; those that do are leaves, and no views.
    no_grad : bool or None
        Whether ``.grad`` must be None, or must not; None where that does not matter.
    without_hooks : bool
        Whether it must have none.
    readonly : bool
        Whether the array that was seen is; one that is not may come as well.
    reads : int
        Which argument of the loops its array is; -1 for none.
    """

    cls: type
    shape: tuple[int, ...]
    dtype: Any
    requires_grad: bool = False
    no_grad: bool | None = None
    without_hooks: bool = False
    readonly: bool = False
    reads: int = -1


class Made(NamedTuple):
    """What a result is: an array, or a Tensor if there is a `cls`; which one of those that the loops write it is."""

    cls: type[Tensor] | None
    shape: tuple[int, ...]
    dtype: Any
    writes: int = 0


def given_like(leaf: Any) -> Given | None:
    """An argument like a Tensor or array that is there; None for one that does not lie in row-major order, or is not NumPy's."""
    array = leaf._array if isinstance(leaf, Tensor) else leaf
    if type(array) is not np.ndarray or not (array.flags.c_contiguous and array.flags.aligned):
        return None
    required = isinstance(leaf, Tensor) and leaf.requires_grad
    return Given(type(leaf), tuple(array.shape), array.dtype, required, readonly=not array.flags.writeable)
