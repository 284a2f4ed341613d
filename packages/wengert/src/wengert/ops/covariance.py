"""Covariances and correlations of several variables, made of operators."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..errors import ArgumentError
from .complex import conj, real
from .dtypes import astype
from .indexing import diagonal
from .joining import concat
from .manipulation import expand_dims, matrix_transpose, reshape, squeeze
from .products import matmul
from .reductions import sum
from .select import raw
from .statistics import mean
from .transcendental import sqrt

__all__ = ["corrcoef", "cov"]


def cov(
    x: Any,
    y: Any = None,
    /,
    *,
    rowvar: bool = True,
    correction: float = 1.0,
    fweights: Any = None,
    aweights: Any = None,
) -> Any:
    """The covariances of variables, of which observations are given.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(variables, observations)``, or ``(observations,)`` of one variable.
    y : Tensor or array, optional
        Further variables, with as many observations.
    rowvar : bool
        Whether a variable is a row of `x` and `y`; else it is a column.
    correction : int or float
        What is taken off the number of observations; default 1: the unbiased estimate, as in NumPy and PyTorch.
    fweights : Tensor or array of int, optional
        How often each observation was made, of shape ``(observations,)``.
    aweights : Tensor or array, optional
        How important each observation is, likewise.

    Returns
    -------
    Tensor or array
        Of shape ``(variables, variables)``, 0-d for one variable.

    Raises
    ------
    ArgumentError
        If an operand has more than two axes, or the weights have another shape.

    Notes
    -----
    Σ w (x - m) conj(x - m)ᵀ / d, where m is the weighted mean, w the product of the weights, and d their sum less
    `correction`, times Σ w a / Σ w for `aweights` a. Differentiable in `x`, `y` and the weights. Where d is 0 the result is
    NaN or infinite.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]], requires_grad=True)
    >>> c = wg.cov(x)
    >>> c.tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    >>> c[0, 1].backward()
    >>> x.grad.tolist()
    [[-0.5, 0.5, 0.0], [-0.5, 0.0, 0.5]]
    """
    x = _variables("x", x, rowvar)
    if y is not None:
        x = concat([x, _variables("y", y, rowvar)])
    n = x.shape[1]
    if fweights is not None:
        fweights = astype(fweights, adapter_of(raw(x)).real_dtype(x.dtype), copy=False)
    w = aweights if fweights is None else fweights if aweights is None else fweights * aweights
    for name, weights in (("fweights", fweights), ("aweights", aweights)):
        if weights is not None and tuple(weights.shape) != (n,):
            raise ArgumentError(f"cov: {name}: expected shape ({n},), one for each observation, got {tuple(weights.shape)}")
    if w is None:
        off, factor = x - mean(x, axis=1, keepdims=True), n - correction
        product = matmul(off, matrix_transpose(conj(off)))
    else:
        total = sum(w)
        off = x - sum(x * w, axis=1, keepdims=True) / total
        factor = total - (correction if aweights is None else correction * sum(w * aweights) / total)
        product = matmul(off * w, matrix_transpose(conj(off)))
    return squeeze(product / factor, axis=tuple([i for i, n in enumerate(product.shape) if n == 1]))


def _variables(name: str, x: Any, rowvar: bool) -> Any:
    """The variables as rows, of floating dtype."""
    ndim = len(x.shape)
    if ndim > 2:
        raise ArgumentError(f"cov: {name}: expected at most two axes, got shape {tuple(x.shape)}")
    library = adapter_of(raw(x)).library
    if library.kind(x.dtype) not in "fc":
        x = astype(x, library.default_dtype(float))
    if ndim < 2:
        return reshape(x, (1, -1))
    return x if rowvar or (name == "x" and x.shape[0] == 1) else matrix_transpose(x)


def corrcoef(x: Any, y: Any = None, /, *, rowvar: bool = True) -> Any:
    """Pearson's correlation coefficients of variables. Parameters as of `cov`.

    Returns
    -------
    Tensor or array
        Of shape ``(variables, variables)``, 0-d for one variable.

    Notes
    -----
    Covariances divided by both standard deviations; NaN where one of these is 0. Not clipped to the range from -1 to 1, which
    rounding may leave by a little.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([[1.0, 2.0, 3.0], [1.0, 3.0, 2.0]])
    >>> wg.corrcoef(x)[0, 1].item()
    0.5
    """
    c = cov(x, y, rowvar=rowvar)
    if not len(c.shape):
        return c / c
    spread = sqrt(real(diagonal(c)))
    return c / expand_dims(spread, axis=1) / expand_dims(spread, axis=0)
