"""`Flatten` and `Dropout`: layers without parameters that keep the values, or most of them."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.shapes import normalize_axis
from ...errors import ArgumentError
from ...ops.manipulation import reshape
from ...ops.random import Generator
from ..functional import dropout
from ..module import Module
from .common import affine_text

__all__ = ["Dropout", "Flatten"]


class Flatten(Module):
    """Several axes made one; by default all but the first.

    Parameters
    ----------
    start_axis, end_axis : int
        The first and the last of them.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> nn.Flatten()(wg.zeros((2, 3, 4))).shape
    (2, 12)
    """

    def __init__(self, start_axis: int = 1, end_axis: int = -1) -> None:
        super().__init__()
        self.start_axis, self.end_axis = start_axis, end_axis

    def forward(self, x: Any) -> Any:
        """Reshape `x`."""
        shape = tuple(x.shape)
        first = normalize_axis(self.start_axis, len(shape), "start_axis")
        last = normalize_axis(self.end_axis, len(shape), "end_axis")
        if first > last:
            raise ArgumentError(f"Flatten: start_axis={self.start_axis} comes after end_axis={self.end_axis} in shape {shape}")
        return reshape(x, (*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))

    def extra_repr(self) -> str:
        return affine_text(start_axis=self.start_axis, end_axis=self.end_axis)


class Dropout(Module):
    """In training each element is zeroed with probability `p` and the others are divided by 1 - p (Srivastava et al. 2014).

    Parameters
    ----------
    p : float
        From 0 to 1.
    generator : Generator, optional
        Where the random numbers come from. Default: `wengert.random.default_generator`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert import nn
    >>> layer, x = nn.Dropout(0.5), wg.ones(4)
    >>> layer.eval()(x).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ArgumentError(f"Dropout: p must be a probability from 0 to 1, got {p}")
        self.p, self.generator = p, generator

    def forward(self, x: Any) -> Any:
        """Drop elements of `x`, in training mode."""
        return dropout(x, self.p, self.training, generator=self.generator)

    def extra_repr(self) -> str:
        return affine_text(p=self.p)
