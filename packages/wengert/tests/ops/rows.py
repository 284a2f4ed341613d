"""What a row of the operator table says; the tables themselves are in ``table_<family>.py``, as a list called ``ROWS``."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

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


# -- one test for each operator ----------------------------------------------------------------------------------------
def on_each(cases: Iterable[tuple[Row, str]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Make of a test of a row and a dtype one that goes through all these cases of an operator.

    There are some ten thousand cases, and pytest, more so under xdist, takes longer over a test than most of them do. All cases
    of an operator run, and what fails tells its row and dtype.
    """
    groups: dict[str, list[tuple[Row, str]]] = {}
    for row, dtype in cases:
        groups.setdefault(row.name.partition("[")[0], []).append((row, dtype))

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def run(rows: list[tuple[Row, str]], **fixtures: Any) -> None:
            failures = []
            for row, dtype in rows:
                try:
                    test(row, dtype, **fixtures)
                except Exception as error:
                    error.add_note(f"in row {row.name} with {dtype}")
                    failures.append(error)
            if len(failures) > 1:
                raise ExceptionGroup(f"{len(failures)} of {len(rows)} rows", failures)
            if failures:
                raise failures[0]

        _, *fixtures = inspect.signature(test).parameters.values()
        run.__signature__ = inspect.Signature([fixtures[0].replace(name="rows"), *fixtures[1:]])
        return pytest.mark.parametrize("rows", [pytest.param(rows, id=name) for name, rows in groups.items()])(run)

    return decorate
