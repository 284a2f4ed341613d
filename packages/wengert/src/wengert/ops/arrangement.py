"""NumPy's shorter names for stacking, turning and filling up axes, made of the operators of `joining` and `manipulation`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..arrays.shapes import normalize_axis
from ..errors import ArgumentError
from .indexing import diagonal, on_diagonal
from .joining import concat
from .manipulation import clone, flip, reshape, swapaxes

__all__ = ["atleast_1d", "atleast_2d", "atleast_3d", "column_stack", "diag", "dstack", "hstack", "rot90", "vstack"]


# -- axes of length 1 ----------------------------------------------------------------------------------------------------
def _each(xs: tuple[Any, ...], ndim: int, grown: Callable[[Any], Any]) -> Any:
    found = tuple([grown(x) if len(x.shape) < ndim else x for x in xs])
    return found[0] if len(found) == 1 else found


def atleast_1d(*xs: Any) -> Any:
    """Each operand with at least one axis: what is 0-d becomes a vector of one element.

    Parameters
    ----------
    *xs : Tensor or array

    Returns
    -------
    Tensor or array, or tuple of these
        One for each operand; itself where it has enough axes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.atleast_1d(wg.tensor(3.0)).shape
    (1,)
    """
    return _each(xs, 1, lambda x: reshape(x, (1,)))


def atleast_2d(*xs: Any) -> Any:
    """Each operand with at least two axes: a vector becomes a row. Parameters and result as of `atleast_1d`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.atleast_2d(wg.tensor([3.0, 4.0])).shape
    (1, 2)
    """
    return _each(xs, 2, lambda x: reshape(x, (1, -1)))


def atleast_3d(*xs: Any) -> Any:
    """Each operand with at least three axes: (N,) becomes (1, N, 1), and (M, N) becomes (M, N, 1).

    Parameters and result as of `atleast_1d`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.atleast_3d(wg.ones(4)).shape, wg.atleast_3d(wg.ones((4, 2))).shape
    ((1, 4, 1), (4, 2, 1))
    """
    return _each(xs, 3, lambda x: reshape(x, {0: (1, 1, 1), 1: (1, -1, 1)}.get(len(x.shape), (*x.shape, 1))))


# -- stacking ------------------------------------------------------------------------------------------------------------
def hstack(xs: Sequence[Any], /) -> Any:
    """The operands one beside the other: joined along the second axis, vectors along their only one.

    Parameters
    ----------
    xs : sequence of Tensor or array
        Alike in all other axes.

    Returns
    -------
    Tensor or array

    Examples
    --------
    >>> import wengert as wg
    >>> wg.hstack([wg.tensor([1.0]), wg.tensor([2.0, 3.0])]).tolist()
    [1.0, 2.0, 3.0]
    """
    parts = [atleast_1d(x) for x in xs]
    return concat(parts, axis=min(1, len(parts[0].shape) - 1)) if parts else concat(parts)


def vstack(xs: Sequence[Any], /) -> Any:
    """The operands one below the other: joined along the first axis, vectors as rows. Parameters as of `hstack`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.vstack([wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])]).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    return concat([atleast_2d(x) for x in xs], axis=0)


def dstack(xs: Sequence[Any], /) -> Any:
    """The operands one behind the other: joined along the third axis; see `atleast_3d`. Parameters as of `hstack`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.dstack([wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])]).tolist()
    [[[1.0, 3.0], [2.0, 4.0]]]
    """
    return concat([atleast_3d(x) for x in xs], axis=2)


def column_stack(xs: Sequence[Any], /) -> Any:
    """The operands one beside the other, vectors as columns. Parameters as of `hstack`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.column_stack([wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])]).tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    return concat([reshape(x, (-1, 1)) if len(x.shape) < 2 else x for x in xs], axis=1)


# -- turning -------------------------------------------------------------------------------------------------------------
def rot90(x: Any, /, k: int = 1, *, axes: tuple[int, int] = (0, 1)) -> Any:
    """`x` turned by a right angle, `k` times, in the plane of two axes: from the first towards the second.

    Parameters
    ----------
    x : Tensor or array
        Of at least two axes.
    k : int
        How often; negative in the other direction.
    axes : (int, int)
        The plane. Default: the first two axes.

    Returns
    -------
    Tensor or array

    Raises
    ------
    ArgumentError
        If the axes are not two different ones.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.rot90(wg.tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """
    first, second = (normalize_axis(axis, len(x.shape), "axes") for axis in axes)
    if first == second:
        raise ArgumentError(f"rot90: axes: expected two different ones, got {tuple(axes)} for x of shape {tuple(x.shape)}")
    match k % 4:
        case 0:
            return clone(x)
        case 1:
            return flip(swapaxes(x, first, second), axis=first)
        case 2:
            return flip(x, axis=(first, second))
    return swapaxes(flip(x, axis=first), first, second)


def diag(x: Any, /, *, offset: int = 0) -> Any:
    """The matrix with a vector on its diagonal; of a matrix its diagonal.

    Parameters
    ----------
    x : Tensor or array
        Of one axis or two.
    offset : int
        0 for the main diagonal, positive above it, negative below.

    Returns
    -------
    Tensor or array
        Of two axes or one.

    Raises
    ------
    ArgumentError
        If `x` has another number of axes.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.diag(wg.tensor([1.0, 2.0])).tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    >>> wg.diag(wg.tensor([[1.0, 0.0], [5.0, 2.0]]), offset=-1).tolist()
    [5.0]
    """
    match len(x.shape):
        case 2:
            return diagonal(x, offset=offset)
        case 1:
            n = x.shape[0] + abs(offset)
            return on_diagonal(x, shape=(n, n), offset=offset, axis1=0, axis2=1)
    raise ArgumentError(f"diag: x: expected one axis or two, got shape {tuple(x.shape)}")
