"""NumPy's products of whole arrays, made of those that contract axes: `dot`, `inner`, `vdot`, `kron`."""

from __future__ import annotations

from typing import Any

from ..errors import ArgumentError
from .complex import conj
from .elementwise import multiply
from .manipulation import reshape
from .products import matmul, tensordot

__all__ = ["dot", "inner", "kron", "vdot"]


def dot(x1: Any, x2: Any, /) -> Any:
    """The product of two vectors, of two matrices, or of a number and an array; of more axes the sum over one of each.

    Parameters
    ----------
    x1 : Tensor or array
        Of shape ``(..., K)``, or 0-d.
    x2 : Tensor or array
        Of shape ``(..., K, N)`` or ``(K,)``, or 0-d.

    Returns
    -------
    Tensor or array
        The axes of `x1` without the last, followed by those of `x2` without the last but one. Nothing is conjugated.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = wg.dot(x, wg.tensor([3.0, 4.0]))
    >>> y.backward()
    >>> y.item(), x.grad.tolist()
    (11.0, [3.0, 4.0])
    """
    left, right = len(x1.shape), len(x2.shape)
    if not left or not right:
        return multiply(x1, x2)
    if left <= 2 and right <= 2:
        return matmul(x1, x2)
    return tensordot(x1, x2, axes=((left - 1,), (max(right - 2, 0),)))


def inner(x1: Any, x2: Any, /) -> Any:
    """The sums of products over the last axis of each.

    Parameters
    ----------
    x1, x2 : Tensor or array
        With last axes of the same length; a 0-d one multiplies the other.

    Returns
    -------
    Tensor or array
        The other axes of `x1`, followed by those of `x2`. Nothing is conjugated.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.inner(wg.tensor([[1.0, 2.0], [3.0, 4.0]]), wg.tensor([1.0, 10.0])).tolist()
    [21.0, 43.0]
    """
    left, right = len(x1.shape), len(x2.shape)
    return multiply(x1, x2) if not left or not right else tensordot(x1, x2, axes=((left - 1,), (right - 1,)))


def vdot(x1: Any, x2: Any, /) -> Any:
    """The sum of ``conj(x1) * x2`` over all elements.

    Parameters
    ----------
    x1, x2 : Tensor or array
        With the same number of elements, taken as flat.

    Returns
    -------
    Tensor or array
        0-d.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.vdot(wg.tensor([1j, 2.0]), wg.tensor([1.0, 1.0])).item()
    (2-1j)
    """
    left, right = (reshape(x, (-1,)) for x in (x1, x2))
    if left.shape != right.shape:
        raise ArgumentError(
            f"vdot: expected as many elements in x2 as in x1 of shape {tuple(x1.shape)}, got shape {tuple(x2.shape)}"
        )
    return matmul(conj(left), right)


def kron(x1: Any, x2: Any, /) -> Any:
    """Kronecker's product: `x2` times every element of `x1`, each block where the element was.

    Parameters
    ----------
    x1, x2 : Tensor or array
        The one with fewer axes gets axes of length 1 in front.

    Returns
    -------
    Tensor or array
        As long along each axis as the product of both lengths. Nothing is conjugated.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> y = wg.kron(a, wg.tensor([1.0, 10.0]))
    >>> y.sum().backward()
    >>> y.tolist(), a.grad.tolist()
    ([1.0, 10.0, 2.0, 20.0], [11.0, 11.0])
    """
    ndim = max(len(x1.shape), len(x2.shape))
    first, second = ((1,) * (ndim - len(x.shape)) + tuple(x.shape) for x in (x1, x2))
    spread1 = reshape(x1, tuple(n for length in first for n in (length, 1)))
    spread2 = reshape(x2, tuple(n for length in second for n in (1, length)))
    return reshape(spread1 * spread2, tuple(n * m for n, m in zip(first, second, strict=True)))
