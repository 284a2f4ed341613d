"""``wengert.random``: random tensors and the one generator behind them.

The functions draw from `default_generator`, which is NumPy's, unless they are given one of their own. Nothing is
recorded: they return leaves. To differentiate through a draw, write it as a function of its parameters:
``mean + std * normal(shape)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..arrays.adapter import library
from ..arrays.batched import batched
from ..arrays.dtypes import native_dtype
from ..autograd.levels import drawing
from ..autograd.modes import ACTIVE, current
from ..autograd.tensor import Tensor
from ..errors import ArgumentError
from .creation import made

__all__ = [
    "Generator",
    "bernoulli",
    "default_generator",
    "get_state",
    "integers",
    "normal",
    "permutation",
    "seed",
    "set_state",
    "uniform",
]


class Generator:
    """A stream of random numbers with a state that can be kept and restored.

    Parameters
    ----------
    seed : int, optional
        Equal seeds give equal streams; without one the operating system gives it.

    Examples
    --------
    >>> import wengert as wg
    >>> first = wg.random.normal(3, generator=wg.random.Generator(0))
    >>> second = wg.random.normal(3, generator=wg.random.Generator(0))
    >>> first.tolist() == second.tolist()
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed(seed)

    def seed(self, seed: int | None = None) -> Generator:
        """Start again from `seed`, and return the generator itself."""
        self._seed = seed
        self._numpy: np.random.Generator | None = None
        return self

    @property
    def numpy(self) -> np.random.Generator:
        """The generator underneath, made by the first draw: ``numpy.random`` takes long to import."""
        if self._numpy is None:
            self._numpy = np.random.default_rng(self._seed)
        return self._numpy

    def get_state(self) -> dict[str, Any]:
        """The state, for `set_state`."""
        return dict(self.numpy.bit_generator.state)

    def set_state(self, state: dict[str, Any]) -> None:
        """Go on from a state that `get_state` gave."""
        self.numpy.bit_generator.state = state


#: What the functions of this module draw from.
default_generator = Generator()


def seed(seed: int | None = None) -> Generator:
    """Start the default generator again from `seed`.

    Examples
    --------
    >>> import wengert as wg
    >>> _ = wg.random.seed(0)
    >>> a = wg.random.uniform(2)
    >>> _ = wg.random.seed(0)
    >>> wg.random.uniform(2).tolist() == a.tolist()
    True
    """
    return default_generator.seed(seed)


def get_state() -> dict[str, Any]:
    """The state of the default generator.

    Examples
    --------
    >>> import wengert as wg
    >>> state = wg.random.get_state()
    >>> a = wg.random.normal(2)
    >>> wg.random.set_state(state)
    >>> wg.random.normal(2).tolist() == a.tolist()
    True
    """
    return default_generator.get_state()


def set_state(state: dict[str, Any]) -> None:
    """Let the default generator go on from a state that `get_state` gave.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.random.set_state(wg.random.get_state())
    """
    default_generator.set_state(state)


@contextmanager
def random_state(state: dict[str, Any] | None) -> Iterator[None]:
    """Let the default generator go on from `state` within this context, then from where it was; None changes nothing."""
    if state is None:
        yield
        return
    before = default_generator.get_state()
    default_generator.set_state(state)
    try:
        yield
    finally:
        default_generator.set_state(before)


# -- draws -------------------------------------------------------------------------------------------------------------
def _draw(draw: Callable[[Any], Any], shape: Any, dtype: Any, requires_grad: bool, name: str) -> Tensor:
    """A leaf on what ``draw(shape)`` gives, cast to `dtype`; under `vmap` perhaps with numbers for each sample."""
    wanted = native_dtype(dtype, library("numpy"))
    levels = drawing(name) if ACTIVE else ()
    if levels:
        shape = (*[level.size for level in levels], *((shape,) if isinstance(shape, int) else shape))
    tracer = current().tracer
    if tracer is not None:
        numbers = tracer.draw(f"random.{name}", lambda shape: np.asarray(draw(shape)).astype(wanted), shape)
        return made(numbers, requires_grad, name)
    array: Any = np.asarray(draw(shape)).astype(wanted, copy=False)
    for level in levels:
        array = batched(array, level)
    return made(array, requires_grad, name)


def _floating(dtype: Any, name: str) -> Any:
    """The dtype to draw in, float32 or float64, and then cast; drawing in float32 takes half the time."""
    wanted = native_dtype(dtype, library("numpy"))
    if wanted.kind != "f":
        raise ArgumentError(f"{name}: dtype must be floating, got {wanted}")
    return wanted if wanted.itemsize == 4 else np.dtype("float64")


def normal(
    shape: Any = (),
    *,
    mean: float = 0.0,
    std: float = 1.0,
    dtype: Any = "float64",
    generator: Generator | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Normally distributed numbers.

    Parameters
    ----------
    shape : int or tuple of int
    mean, std : float
        Of the distribution.
    dtype : floating dtype
    generator : Generator, optional
        What to draw from; default: `default_generator`.
    requires_grad : bool
        Whether operators on the result are recorded.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.random.normal((2, 3)).shape
    (2, 3)
    """
    stream = generator or default_generator
    kind = _floating(dtype, "normal")

    def draw(shape: Any) -> Any:
        array = stream.numpy.standard_normal(shape, kind)
        return array if (mean, std) == (0.0, 1.0) else array * std + mean

    return _draw(draw, shape, dtype, requires_grad, "normal")


def uniform(
    shape: Any = (),
    *,
    low: float = 0.0,
    high: float = 1.0,
    dtype: Any = "float64",
    generator: Generator | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Numbers distributed evenly between `low` and `high`; parameters as in `normal`.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.random.uniform(100, low=-1.0, high=1.0)
    >>> -1.0 <= float(x.array.min()) and float(x.array.max()) < 1.0
    True
    """
    stream = generator or default_generator
    kind = _floating(dtype, "uniform")

    def draw(shape: Any) -> Any:
        array = stream.numpy.random(shape, kind)
        return array if (low, high) == (0.0, 1.0) else array * (high - low) + low

    return _draw(draw, shape, dtype, requires_grad, "uniform")


def integers(
    low: int,
    high: int | None = None,
    shape: Any = (),
    *,
    dtype: Any = "int64",
    generator: Generator | None = None,
) -> Tensor:
    """Integers from `low` up to and without `high`; ``integers(n)`` from 0 up to and without n.

    Examples
    --------
    >>> import wengert as wg
    >>> set(wg.random.integers(3, shape=100).tolist()) <= {0, 1, 2}
    True
    """
    stream = generator or default_generator
    wanted = native_dtype(dtype, library("numpy"))
    return _draw(lambda size: stream.numpy.integers(low, high, size=size, dtype=wanted), shape, dtype, False, "integers")


def permutation(n: int, *, generator: Generator | None = None) -> Tensor:
    """The integers from 0 to n - 1 in random order.

    Examples
    --------
    >>> import wengert as wg
    >>> sorted(wg.random.permutation(4).tolist())
    [0, 1, 2, 3]
    """
    stream = generator or default_generator

    def draw(shape: Any) -> Any:
        # One alone is drawn as NumPy's function of that name does.
        numbers = np.arange(shape[-1])
        return stream.numpy.permutation(numbers) if len(shape) == 1 else stream.numpy.permuted(np.broadcast_to(numbers, shape), axis=-1)

    return _draw(draw, (n,), "int64", False, "permutation")


def bernoulli(
    p: float, shape: Any = (), *, dtype: Any = "bool", generator: Generator | None = None, requires_grad: bool = False
) -> Tensor:
    """A mask that is true with probability `p`, elementwise; with a floating dtype, of ones and zeros.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.random.bernoulli(1.0, 3).tolist()
    [True, True, True]
    """
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"bernoulli: p must lie between 0 and 1, got {p}")
    stream = generator or default_generator
    return _draw(lambda size: stream.numpy.random(size, np.dtype("float32")) < p, shape, dtype, requires_grad, "bernoulli")
