"""Random tensors under PyTorch's names, drawn from the generator of `wengert.random`.

The numbers are not PyTorch's: equal seeds give equal streams within Wengert only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays.batched import batched
from ...autograd.levels import drawing
from ...autograd.modes import ACTIVE
from ...autograd.tensor import Tensor as Base
from ...errors import UsageError
from ...ops import random as source
from . import dtypes, kinds
from .aten import told
from .calling import sizes
from .tensor import leaf

__all__ = [
    "Generator", "bernoulli", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "multinomial", "normal",
    "poisson", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "seed", "set_rng_state",
]  # fmt: skip


class Generator(source.Generator):
    """A stream of random numbers of its own.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> g = torch.Generator().manual_seed(0)
    >>> torch.equal(torch.rand(2, generator=g), torch.rand(2, generator=g.manual_seed(0)))
    True
    """

    def __init__(self, device: Any = "cpu") -> None:
        kinds.checked_device(device)
        super().__init__(67280421310721)

    device = kinds.device("cpu")

    def manual_seed(self, seed: int) -> Generator:
        """Start again from `seed`."""
        self.seed(int(seed) % 2**64)
        return self

    def initial_seed(self) -> int:
        """Where it started."""
        return self._seed or 0


#: What the functions of this module draw from, and those of `wengert.random` too.
default_generator = source.default_generator


def manual_seed(seed: int) -> Any:
    """Start the default generator again from `seed`.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> _ = torch.manual_seed(0)
    >>> a = torch.rand(2)
    >>> _ = torch.manual_seed(0)
    >>> torch.equal(a, torch.rand(2))
    True
    """
    return source.seed(int(seed) % 2**64)


def seed() -> int:
    """Start the default generator from a seed of the operating system's, and return it."""
    new = int(np.random.SeedSequence().generate_state(1)[0])
    source.seed(new)
    return new


def initial_seed() -> int:
    """From where the default generator started."""
    return default_generator._seed or 0


def get_rng_state() -> Any:
    """The state of the default generator."""
    return source.get_state()


def set_rng_state(new_state: Any) -> None:
    """Go on from a state that `get_rng_state` gave."""
    source.set_state(new_state)


def generator_of(generator: Any) -> np.random.Generator:
    """NumPy's generator behind `generator`; None means the default one."""
    return (generator or default_generator).numpy


# -- from nothing --------------------------------------------------------------------------------------------------------
def _standard(draw: Callable[[np.random.Generator, Any, Any], Any], name: str, text: str) -> Callable[..., Any]:
    def call(
        *size: Any,
        generator: Any = None,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
        out: Any = None,
        **named: Any,
    ) -> Any:
        kinds.checked_device(device)
        shape = sizes(named.pop("size") if not size and "size" in named else size)
        return leaf(_drawn(name, draw, shape, dtype or dtypes.get_default_dtype(), generator), None, requires_grad, name)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = text
    return told(name)(call)


def _drawn(
    name: str, draw: Callable[[np.random.Generator, Any, Any], Any], shape: Any, dtype: Any, generator: Any
) -> Any:
    """Drawn in double precision, the parts of complex numbers each, and cast."""
    wanted, stream = dtypes.native(dtype), generator_of(generator)
    assert wanted is not None
    if wanted.kind not in "fc":
        raise UsageError(f"a random tensor must be of floating or complex dtype, got {dtype}")

    def numbers(shape: Any) -> Any:
        if wanted.kind == "c":
            return draw(stream, shape, True) + 1j * draw(stream, shape, True)
        return draw(stream, shape, False)

    return _of_samples(name, lambda shape: np.asarray(numbers(shape)).astype(wanted), shape)


def _of_samples(name: str, draw: Callable[[Any], Any], shape: Any) -> Any:
    """What ``draw(shape)`` gives; under `vmap` perhaps other numbers for each sample."""
    levels = drawing(name) if ACTIVE else ()
    array = draw((*[level.size for level in levels], *shape))
    for level in levels:
        array = batched(array, level)
    return array


def _uniform(stream: np.random.Generator, shape: Any, part: bool) -> Any:
    return stream.random(shape)


def _gaussian(stream: np.random.Generator, shape: Any, part: bool) -> Any:
    return stream.standard_normal(shape) * (0.5**0.5 if part else 1.0)  # a complex number has variance 1 in all


rand = _standard(_uniform, "rand", "Numbers distributed evenly between 0 and 1.")
randn = _standard(_gaussian, "randn", "Normally distributed numbers.")


def randint(
    low: int,
    high: Any = None,
    size: Any = None,
    *,
    generator: Any = None,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """Integers from `low` up to and without `high`; ``randint(high, size)`` starts at 0."""
    if size is None:
        low, high, size = 0, low, high
    stream = generator_of(generator)
    drawn = _of_samples("randint", lambda shape: np.asarray(stream.integers(int(low), int(high), shape)), tuple(size))
    return leaf(drawn, dtype or dtypes.int64, requires_grad, "randint")


def randperm(n: int, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """The integers from 0 to n - 1 in random order."""
    return leaf(generator_of(generator).permutation(n), dtype or dtypes.int64, requires_grad, "randperm")


# -- like another, or of another -----------------------------------------------------------------------------------------
def rand_like(input: Any, *, dtype: Any = None, requires_grad: bool = False, **options: Any) -> Any:
    """As `rand`, in the shape and dtype of another."""
    wanted = dtype or dtypes.spelled(input._dtype)
    return leaf(_drawn("rand_like", _uniform, input._shape, wanted, None), None, requires_grad, "rand_like")


def randn_like(input: Any, *, dtype: Any = None, requires_grad: bool = False, **options: Any) -> Any:
    """As `randn`, in the shape and dtype of another."""
    wanted = dtype or dtypes.spelled(input._dtype)
    return leaf(_drawn("randn_like", _gaussian, input._shape, wanted, None), None, requires_grad, "randn_like")


def randint_like(input: Any, low: int, high: int | None = None, *, dtype: Any = None, **options: Any) -> Any:
    """As `randint`, in the shape and dtype of another."""
    bounds = (0, low) if high is None else (low, high)
    return randint(*bounds, input._shape, dtype=dtype or dtypes.spelled(input._dtype))


def normal(mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, dtype: Any = None) -> Any:
    """Normally distributed numbers of the given means and standard deviations."""
    parts = [v._array if isinstance(v, Base) else v for v in (mean, std)]
    shape = np.broadcast_shapes(*map(np.shape, parts)) if size is None else tuple(size)
    drawn = parts[0] + parts[1] * generator_of(generator).standard_normal(shape)
    return leaf(np.asarray(drawn), dtype or dtypes.get_default_dtype())


def bernoulli(input: Any, p: float | None = None, *, generator: Any = None) -> Any:
    """Ones with the probabilities in `input` (or `p`), else zeros."""
    chance = input._array if p is None else p
    return leaf(generator_of(generator).random(input._shape) < chance, dtypes.spelled(input._dtype))


def multinomial(input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Any:
    """Places drawn with the weights in the rows of `input`."""
    rows = np.atleast_2d(input._array).astype(float)
    drawn = [generator_of(generator).choice(len(w), num_samples, replacement, w / w.sum()) for w in rows]
    return leaf(np.stack(drawn) if input.ndim > 1 else drawn[0])


def poisson(input: Any, *, generator: Any = None) -> Any:
    """Counts with the rates in `input`."""
    return leaf(generator_of(generator).poisson(input._array), dtypes.spelled(input._dtype))
