"""Dropout: elements are zeroed at random, and the others scaled so that the expectation stays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...arrays.adapter import adapter_of
from ...arrays.batched import Level
from ...autograd.modes import ACTIVE, current
from ...autograd.tensor import Tensor
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import as_it_is
from ...op_batching import elementwise
from ..comparison import logical_not
from ..random import Generator, bernoulli, default_generator
from .kernels import Kernel

__all__ = ["dropout"]


@Kernel
def _masked_product(xp: Any, x: Any, mask: Any, scale: float) -> Any:
    return x * (xp.astype(mask, x.dtype) * scale)


@operator(operands=("x",), node="NativeDropout", aux=("mask",))
def random_zeros(x: Any, p: float, generator: Generator) -> Any:
    """`x` with each element zeroed with probability `p`, the others divided by 1 - `p`."""
    adapter = adapter_of(x)
    # Drawn by NumPy whatever the library, so that a seed gives the same zeros everywhere.
    keep = generator.numpy.random(tuple(x.shape), dtype=np.float32) >= p
    mask = adapter.from_host(np.asarray(keep), adapter.device(x))
    return _masked_product(x, mask, _scale(p)), mask


def _scale(p: float) -> float:
    return 0.0 if p == 1 else 1 / (1 - p)


@rule(random_zeros, "x")
def _random_zeros_x(g: Any, mask: Any, p: float) -> Any:
    return mask_and_scale(g, mask, scale=_scale(p))


batching(random_zeros)(as_it_is)


jvp(random_zeros, "x")(_random_zeros_x)  # each element is multiplied by a number


@operator(operands=("x", "mask"), linear=True)
def mask_and_scale(x: Any, mask: Any, *, scale: float) -> Any:
    """``x * scale`` where `mask`, else 0."""
    return _masked_product(x, mask, scale)


@rule(mask_and_scale, "x")
def _mask_and_scale_x(g: Any, mask: Any, scale: float) -> Any:
    return mask_and_scale(g, mask, scale=scale)


batching(mask_and_scale)(elementwise)


def dropout(x: Any, p: float = 0.5, training: bool = True, *, generator: Generator | None = None) -> Any:
    """`x` with each element zeroed with probability `p`, and the others divided by 1 - `p`.

    Parameters
    ----------
    x : Tensor or array
        Of floating dtype.
    p : float
        From 0 to 1.
    training : bool
        If false, `x` itself is returned.
    generator : Generator, optional
        Where the random numbers come from. Default: `wengert.random.default_generator`.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    The gradient is zeroed and scaled as the elements were. Source: Srivastava et al., JMLR 15 (2014), 1929-1958.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import dropout
    >>> x = wg.tensor([1.0, 1.0, 1.0, 1.0], requires_grad=True)
    >>> y = dropout(x, 0.5, generator=wg.random.Generator(0))
    >>> y.sum().backward()
    >>> sorted(set(y.tolist())), x.grad.tolist() == y.tolist()
    ([0.0, 2.0], True)
    """
    if not 0 <= p <= 1:
        raise ArgumentError(f"dropout: p: got {p}; expected a probability from 0 to 1")
    if not training or p == 0:
        return x
    if ACTIVE and current().interceptors and _draws_apart(x):
        return mask_and_scale(x, logical_not(bernoulli(p, x.shape, generator=generator)), scale=_scale(p))
    return random_zeros(x, p, default_generator if generator is None else generator)


def _draws_apart(x: Any) -> bool:
    """Whether an operator of its own draws: under `vmap`, where samples may share that, and, of NumPy, for compiled products."""
    array = x._array if isinstance(x, Tensor) else x
    return adapter_of(array).name == "numpy" or any(isinstance(one, Level) for one in current().interceptors)
