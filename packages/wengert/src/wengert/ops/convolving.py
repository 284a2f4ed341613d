"""Convolution and correlation of two sequences, as NumPy has them; convolutions of images are in `wengert.nn.functional`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arrays.adapter import adapter_of
from ..errors import ArgumentError
from ..op import batching, operator, rule
from ..op_batching import Batch
from .complex import conj
from .indexing import take
from .joining import pad
from .manipulation import expand_dims, flip, squeeze
from .products import matmul
from .select import positions

__all__ = ["convolve", "correlate"]

MODES = ("full", "same", "valid")


# Two linear operators that are each other's transposes, so that derivatives of every order stay between them:
#     full:   c[k] = Σ_i a[i] b[k - i]          of n + m - 1 elements, for n of a and m of b
#     slide:  c[k] = Σ_j a[k + j] b[j]          of n - m + 1 elements, for m <= n
# By the gradient g of the first, a gets Σ_k g[k] conj(b[k - i]) = slide(g, conj b)[i], and b likewise. By the gradient of the
# second, a gets full(g, conj b), and b gets Σ_k g[k] conj(a[k + j]) = slide(conj a, g)[j].
@operator(name="convolve_full", node="Convolve", linear=True)
def _full(x1: Any, x2: Any, /) -> Any:
    return adapter_of(x1).function("convolve")(x1, x2, mode="full")


@operator(name="correlate_valid", node="Correlate", linear=True)
def _slide(x1: Any, x2: Any, /) -> Any:
    function = adapter_of(x1).function
    return function("convolve")(x1, function("flip")(x2), mode="valid")


rule(_full, "x1")(lambda g, x2: _slide(g, conj(x2)))
rule(_full, "x2")(lambda g, x1: _slide(g, conj(x1)))
rule(_slide, "x1")(lambda g, x2: _full(g, conj(x2)))
rule(_slide, "x2")(lambda g, x1: _slide(conj(x1), g))


def _by_windows(x1: Any, x2: Any) -> Any:
    """`_slide` along the last axes: every window of the first as a row of a matrix, and its product with the second."""
    n, m = x1.shape[-1], x2.shape[-1]
    places = positions(np.arange(n - m + 1)[:, None] + np.arange(m), x1)
    return squeeze(matmul(take(x1, places, axis=-1), expand_dims(x2, axis=-1)), axis=-1)


@batching(_slide)
def _(batch: Batch, x1: Any, x2: Any) -> Any:  # noqa: ARG001
    return _by_windows(x1, x2)


@batching(_full)
def _(batch: Batch, x1: Any, x2: Any) -> Any:  # noqa: ARG001
    edge = x2.shape[-1] - 1
    return _by_windows(pad(x1, [(0, 0)] * (len(x1.shape) - 1) + [(edge, edge)]), flip(x2, axis=-1))


def _checked(name: str, x1: Any, x2: Any, mode: str) -> tuple[int, int]:
    """The numbers of elements."""
    for operand, x in (("x1", x1), ("x2", x2)):
        if len(x.shape) != 1 or not x.shape[0]:
            raise ArgumentError(f"{name}: {operand}: expected one axis with at least one element, got shape {tuple(x.shape)}")
    if mode not in MODES:
        raise ArgumentError(f"{name}: mode: expected 'full', 'same' or 'valid', got {mode!r}")
    return x1.shape[0], x2.shape[0]


def convolve(x1: Any, x2: Any, /, *, mode: str = "full") -> Any:
    """The convolution of two sequences: the sums of products ``x1[i] * x2[k - i]``, for each k.

    Parameters
    ----------
    x1, x2 : Tensor or array
        Of shapes ``(N,)`` and ``(M,)``, with at least one element.
    mode : {"full", "same", "valid"}
        All sums, N + M - 1 of them; as many as the longer operand has, from the middle; or those to which the whole shorter
        operand contributes.

    Returns
    -------
    Tensor or array
        With one axis.

    Raises
    ------
    ArgumentError
        If an operand has another number of axes or no element, or `mode` is another.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> y = wg.convolve(x, wg.tensor([1.0, 10.0]))
    >>> y.tolist()
    [1.0, 12.0, 23.0, 30.0]
    >>> y[1:].sum().backward()
    >>> x.grad.tolist()
    [10.0, 11.0, 11.0]
    """
    n, m = _checked("convolve", x1, x2, mode)
    if n < m:
        x1, x2, n, m = x2, x1, m, n
    if mode == "valid":
        return _slide(x1, flip(x2))
    full = _full(x1, x2)
    return full if mode == "full" else full[(m - 1) // 2 : (m - 1) // 2 + n]


def correlate(x1: Any, x2: Any, /, *, mode: str = "valid") -> Any:
    """The correlation of two sequences: the sums of products ``x1[k + j] * conj(x2[j])``, for each k.

    Parameters
    ----------
    x1, x2 : Tensor or array
        Of shapes ``(N,)`` and ``(M,)``, with at least one element.
    mode : {"valid", "same", "full"}
        As of `convolve`.

    Returns
    -------
    Tensor or array
        With one axis; the convolution of `x1` with the conjugate of `x2` from its end.

    Raises
    ------
    ArgumentError
        As from `convolve`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.correlate(wg.tensor([1.0, 2.0, 3.0]), wg.tensor([0.0, 1.0])).tolist()
    [2.0, 3.0]
    """
    n, m = _checked("correlate", x1, x2, mode)
    if mode == "valid" and n >= m:
        return _slide(x1, conj(x2))
    turned = flip(conj(x2))
    if mode == "same" and n < m:  # NumPy exchanges the operands and turns the result round: the middle lies elsewhere
        start = (n - 1) - (n - 1) // 2
        return _full(x1, turned)[start : start + m]
    return convolve(x1, turned, mode=mode)
