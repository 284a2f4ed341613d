"""Powers of matrices, their exponential, and products of several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...arrays.adapter import Adapter, adapter_of
from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batch_rules import over_last_axes
from ..creation import zeros_like
from ..joining import concat
from ..manipulation import expand_dims, squeeze
from ..products import matmul
from .common import adjoint, identity, raw, square
from .solving import inv

__all__ = ["matrix_exp", "matrix_power", "multi_dot"]


def matrix_power(x: Any, n: int, /) -> Any:
    """Every matrix multiplied by itself, to the power `n`; of a negative `n`, its inverse.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``.
    n : int
        The exponent.

    Returns
    -------
    Tensor or array
        Of the same shape.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.matrix_power(wg.tensor([[1.0, 1.0], [0.0, 1.0]]), 3).tolist()
    [[1.0, 3.0], [0.0, 1.0]]
    """
    size = square("matrix_power", x)
    if n == 0:
        array = raw(x)
        adapter: Adapter = adapter_of(array)
        ones = adapter.cast(identity(x, size), array.dtype)
        return zeros_like(x) + ones
    base, n, power = (inv(x), -n, None) if n < 0 else (x, n, None)
    while True:  # by squaring, as often as n has digits
        n, odd = divmod(n, 2)
        if odd:
            power = base if power is None else matmul(power, base)
        if not n:
            return power
        base = matmul(base, base)


@operator(node="LinalgMatrixExp")
def matrix_exp(x: Any, /) -> Any:
    """The exponential of every matrix, ``Σ xᵏ / k!``.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., N, N)``.

    Returns
    -------
    Tensor or array
        Of the same shape.

    Raises
    ------
    MissingExtraError
        Of NumPy arrays, without SciPy.

    Notes
    -----
    The derivative in direction E is the upper right block of the exponential of ``[[A, E], [0, A]]`` (Mathias, "A chain rule for
    matrix functions and applications", 1996), and its adjoint that of ``[[Aᴴ, G], [0, Aᴴ]]``.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.matrix_exp(wg.tensor([[0.0, 1.0], [0.0, 0.0]])).tolist()
    [[1.0, 1.0], [0.0, 1.0]]
    """
    square("matrix_exp", x)
    return adapter_of(x).function("linalg.matrix_exp")(x)


def _block(a: Any, corner: Any) -> Any:
    n = a.shape[-1]
    above, below = concat([a, corner], axis=-1), concat([zeros_like(a), a], axis=-1)
    return matrix_exp(concat([above, below], axis=-2))[..., :n, n:]


@rule(matrix_exp, "x")
def _(g: Any, x: Any) -> Any:
    return _block(adjoint(x), g)


jvp(matrix_exp, "x")(lambda t, x: _block(x, t))
batching(matrix_exp)(over_last_axes(2))


# -- products ----------------------------------------------------------------------------------------------------------
def multi_dot(arrays: Sequence[Any], /) -> Any:
    """The product of several matrices, multiplied in the order that takes the fewest operations.

    Parameters
    ----------
    arrays : sequence of Tensor or array
        At least two matrices; the first and the last may be vectors, a row and a column.

    Returns
    -------
    Tensor or array
        Without the axes that a vector stood for.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.linalg.multi_dot([wg.ones((2, 3)), wg.ones((3, 2)), wg.ones(2)]).tolist()
    [6.0, 6.0]
    """
    found = list(arrays)
    if len(found) < 2:
        raise ArgumentError(f"multi_dot: arrays: expected at least two, got {len(found)}")
    gone = []
    if len(found[0].shape) == 1:
        found[0] = expand_dims(found[0], axis=0)
        gone.append(-2)
    if len(found[-1].shape) == 1:
        found[-1] = expand_dims(found[-1], axis=1)
        gone.append(-1)
    for number, array in enumerate(found):
        if len(array.shape) != 2:
            raise ArgumentError(
                f"multi_dot: arrays[{number}]: expected a matrix, or a vector at either end, got shape {tuple(array.shape)}"
            )
    cuts = _best_cuts([found[0].shape[0], *(array.shape[1] for array in found)])
    product = _multiplied(found, cuts, 0, len(found) - 1)
    return squeeze(product, tuple(gone)) if gone else product


def _best_cuts(lengths: list[int]) -> dict[tuple[int, int], int]:
    """For each run of matrices from i to j, after which of them to cut it in two; matrix i is lengths[i] by lengths[i + 1]."""
    count = len(lengths) - 1
    cost = {(i, i): 0 for i in range(count)}
    cuts = {}
    for run in range(1, count):
        for i in range(count - run):
            j = i + run
            costs = {k: cost[i, k] + cost[k + 1, j] + lengths[i] * lengths[k + 1] * lengths[j + 1] for k in range(i, j)}
            cuts[i, j] = min(costs, key=costs.__getitem__)
            cost[i, j] = costs[cuts[i, j]]
    return cuts


def _multiplied(arrays: list[Any], cuts: dict[tuple[int, int], int], i: int, j: int) -> Any:
    if i == j:
        return arrays[i]
    cut = cuts[i, j]
    return matmul(_multiplied(arrays, cuts, i, cut), _multiplied(arrays, cuts, cut + 1, j))
