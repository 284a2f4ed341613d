"""What a row of the operator table says; the tables themselves are in ``table_<family>.py``, as a list called ``ROWS``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Sampler = Callable[[np.random.Generator, str], tuple[Any, ...]]


@dataclass(frozen=True)
class Row:
    """One way to call one operator.

    Attributes
    ----------
    name : str
        Public name of the operator, with what is special about this row in brackets: ``"sum[axis=0]"``.
    fn : callable
        Called with the sampled arguments, arrays turned into Tensors; returns a Tensor or a tuple of them.
    args : callable
        ``args(rng, dtype) -> tuple`` of NumPy arrays. Floating and complex ones are differentiated, others passed as they are.
    reference : callable or None
        The same function of NumPy arrays, for the value; None when there is none in NumPy.
    dtypes : tuple of str
        Dtypes for which values are compared; gradients are checked in float64 and, where listed, complex128.
    order : int
        Up to which order derivatives are checked: 0 for functions without one, 1, or 2.
    tolerance : dict
        Keyword arguments for gradcheck, where its defaults do not do.
    unmapped : bool
        Whether it is an error under `vmap`, by what the operator means.
    """

    name: str
    fn: Callable[..., Any]
    args: Sampler
    reference: Callable[..., Any] | None = None
    dtypes: tuple[str, ...] = ("float32", "float64")
    order: int = 2
    tolerance: dict[str, Any] = field(default_factory=dict)
    unmapped: bool = False


def normal(*shapes: tuple[int, ...], shift: float = 0.0, scale: float = 1.0) -> Sampler:
    """Normal arrays of the given shapes (complex where the dtype is)."""

    def sample(rng: np.random.Generator, dtype: str) -> tuple[Any, ...]:
        arrays = []
        for shape in shapes:
            a = rng.standard_normal(shape) * scale + shift
            if np.dtype(dtype).kind == "c":
                a = a + 1j * rng.standard_normal(shape) * scale
            arrays.append(np.asarray(a, dtype=dtype))
        return tuple(arrays)

    return sample


def uniform(low: float, high: float, *shapes: tuple[int, ...]) -> Sampler:
    """Uniform real arrays of the given shapes; of complex dtype with an imaginary part in the same range."""

    def sample(rng: np.random.Generator, dtype: str) -> tuple[Any, ...]:
        arrays = []
        for shape in shapes:
            a = rng.uniform(low, high, shape)
            if np.dtype(dtype).kind == "c":
                a = a + 1j * rng.uniform(low, high, shape)
            arrays.append(np.asarray(a, dtype=dtype))
        return tuple(arrays)

    return sample
