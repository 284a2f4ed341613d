"""Gaussian noise, added in the library and dtype of what it is added to."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...arrays.adapter import adapter_of
from ...arrays.batched import Level
from ...autograd.modes import ACTIVE, current
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import as_it_is
from ..random import Generator, default_generator, normal

__all__ = ["noisy"]


@operator(operands=("x",), node="RandomNoise")
def random_noise(x: Any, std: float, generator: Generator) -> Any:
    """``x + std * n``, where `n` is standard normal; for complex `x` its two parts together have variance 1."""
    adapter = adapter_of(x)
    shape, is_complex = tuple(x.shape), adapter.kind(x.dtype) == "c"
    dtype: Any = np.float64 if adapter.nbytes(x) > (8 if is_complex else 4) * math.prod(shape) else np.float32
    # Drawn by NumPy whatever the library, so that a seed gives the same noise everywhere.
    drawn: Any = generator.numpy.standard_normal(shape, dtype)
    if is_complex:
        drawn = (drawn + 1j * generator.numpy.standard_normal(shape, dtype)) * math.sqrt(0.5)
    noise = adapter.from_host(np.asarray(drawn * std), adapter.device(x))
    return x + adapter.functions.astype(noise, x.dtype)


@rule(random_noise, "x")
def _random_noise_x(g: Any) -> Any:
    return g


batching(random_noise)(as_it_is)


jvp(random_noise, "x")(_random_noise_x)


def noisy(x: Any, std: float, generator: Generator | None = None) -> Any:
    """`x` with Gaussian noise added, another one in each run.

    Parameters
    ----------
    x : Tensor or array
        Of floating or complex dtype.
    std : float
        The standard deviation of the noise; of complex noise the root of the mean squared magnitude.
    generator : Generator, optional
        Where the random numbers come from. Default: `wengert.random.default_generator`.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`. The noise does not depend on `x`: the derivative is 1.

    Raises
    ------
    VmapError
        Inside of a `vmap` that was not told whether samples share what is drawn.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn.noise import noisy
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = noisy(x, 0.1, wg.random.Generator(0))
    >>> y.sum().backward()
    >>> (y == x).tolist(), x.grad.tolist()
    ([False, False], [1.0, 1.0])
    """
    if ACTIVE and any(isinstance(one, Level) for one in current().interceptors):  # samples may share what is drawn
        return x + normal(x.shape, std=std, dtype=x.dtype, generator=generator)
    return random_noise(x, std, default_generator if generator is None else generator)
