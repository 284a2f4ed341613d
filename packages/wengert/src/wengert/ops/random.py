"""``wengert.random``: random tensors and the one generator behind them.

The functions draw from `default_generator`, which is NumPy's, unless they are given one of their own. Nothing is
recorded: they return leaves. To differentiate through a draw, write it as a function of its parameters:
``mean + std * normal(shape)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import index
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
class Draw:
    """Numbers to be drawn: what of, how many, which generator gives them. A compiled function draws them in each run.

    Attributes
    ----------
    name : str
        The function of this module, in whose way they are drawn.
    parameters : dict
        The numbers that it takes.
    shape : tuple of int
    dtype : NumPy dtype
    generator : Generator
    """

    __slots__ = ("dtype", "generator", "name", "parameters", "shape")

    def __init__(self, name: str, parameters: dict[str, Any], shape: tuple[int, ...], dtype: Any, generator: Generator) -> None:
        self.name, self.parameters, self.shape, self.dtype, self.generator = name, parameters, shape, dtype, generator

    def renewed(self, of: Callable[[Any], Any]) -> Draw:
        """The same with ``of(…)`` of the shape and of the numbers."""
        return Draw(self.name, of(self.parameters), of(self.shape), self.dtype, self.generator)

    def __call__(self) -> Any:
        drawn = DRAWS[self.name](self.generator.numpy, self.shape, self.dtype, **self.parameters)
        return np.asarray(drawn).astype(self.dtype, copy=False)


def _draw(
    name: str, shape: Any, dtype: Any, generator: Generator | None, requires_grad: bool = False, **parameters: Any
) -> Tensor:
    """A leaf on what is drawn; under `vmap` perhaps with numbers for each sample."""
    levels = drawing(name) if ACTIVE else ()
    size = tuple(shape) if isinstance(shape, (tuple, list)) else (shape if isinstance(shape, int) else index(shape),)
    whole = (*[level.size for level in levels], *size)
    draw = Draw(name, parameters, whole, native_dtype(dtype, library("numpy")), generator or default_generator)
    tracer = current().tracer
    array: Any = draw() if tracer is None else tracer.draw(draw)
    for level in levels:
        array = batched(array, level)
    return made(array, requires_grad, name)


def _of_normal(stream: Any, shape: Any, dtype: Any, mean: float, std: float) -> Any:
    array = stream.standard_normal(shape, _drawn_in(dtype))
    return array if (mean, std) == (0.0, 1.0) else array * std + mean


def _of_uniform(stream: Any, shape: Any, dtype: Any, low: float, high: float) -> Any:
    array = stream.random(shape, _drawn_in(dtype))
    return array if (low, high) == (0.0, 1.0) else array * (high - low) + low


def _of_integers(stream: Any, shape: Any, dtype: Any, low: int, high: int | None) -> Any:
    return stream.integers(low, high, size=shape, dtype=dtype)


def _of_permutation(stream: Any, shape: Any, dtype: Any) -> Any:  # noqa: ARG001  (integers, whatever they are kept as)
    # One alone is drawn as NumPy's function of that name does.
    n = shape[-1]
    return stream.permutation(n) if len(shape) == 1 else stream.permuted(np.broadcast_to(np.arange(n), shape), axis=-1)


def _of_bernoulli(stream: Any, shape: Any, dtype: Any, p: float) -> Any:  # noqa: ARG001  (a mask, whatever it is kept as)
    return stream.random(shape, np.dtype("float32")) < p


#: How numbers are drawn, by the name of the function: of NumPy's generator, the shape, the dtype and the parameters.
DRAWS: dict[str, Callable[..., Any]] = {
    "bernoulli": _of_bernoulli,
    "integers": _of_integers,
    "normal": _of_normal,
    "permutation": _of_permutation,
    "uniform": _of_uniform,
}


def _drawn_in(dtype: Any) -> Any:
    """The dtype to draw in, float32 or float64, before the cast; drawing in float32 takes half the time."""
    return dtype if dtype.itemsize == 4 else np.dtype("float64")


def _check_floating(dtype: Any, name: str) -> None:
    wanted = native_dtype(dtype, library("numpy"))
    if wanted.kind != "f":
        raise ArgumentError(f"{name}: dtype must be floating, got {wanted}")


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
    _check_floating(dtype, "normal")
    return _draw("normal", shape, dtype, generator, requires_grad, mean=mean, std=std)


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
    _check_floating(dtype, "uniform")
    return _draw("uniform", shape, dtype, generator, requires_grad, low=low, high=high)


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
    return _draw("integers", shape, dtype, generator, low=low, high=high)


def permutation(n: int, *, generator: Generator | None = None) -> Tensor:
    """The integers from 0 to n - 1 in random order.

    Examples
    --------
    >>> import wengert as wg
    >>> sorted(wg.random.permutation(4).tolist())
    [0, 1, 2, 3]
    """
    return _draw("permutation", (n,), "int64", generator)


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
    return _draw("bernoulli", shape, dtype, generator, requires_grad, p=p)
