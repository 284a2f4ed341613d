"""Products that contract axes, each with its derivative; Einstein's summation is in `wengert.ops.einsum`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.shapes import normalize_axes
from ..errors import ArgumentError, OperandError
from ..op import batching, operator, rule
from ..op_batching import Batch, elementwise
from .complex import conj
from .manipulation import expand_dims, moveaxis, permute_dims, reshape, squeeze
from .shaping import reshaped, transposed

__all__ = ["matmul", "outer", "tensordot", "vecdot"]

Shape = tuple[int, ...]
Axes = int | tuple[Sequence[int], Sequence[int]]


def _shapes(name: str, x1: Any, x2: Any) -> tuple[Shape, Shape]:
    """The shapes of the operands. A number is none: it would leave open which axes it has."""
    try:
        return x1.shape, x2.shape
    except AttributeError:
        position, x = (2, x2) if hasattr(x1, "shape") else (1, x1)
        raise OperandError(f"{name}: x{position} must be a tensor or an array, got {type(x).__name__}") from None


# -- products of matrices ----------------------------------------------------------------------------------------------
@operator(linear=True)
def matmul(x1: Any, x2: Any, /) -> Any:
    """The matrix product ``x1 @ x2``.

    Parameters
    ----------
    x1 : Tensor or array
        Of shape ``(..., M, K)``, or ``(K,)``, which stands for a row.
    x2 : Tensor or array
        Of shape ``(..., K, N)``, or ``(K,)``, which stands for a column.

    Returns
    -------
    Tensor or array
        Of shape ``(..., M, N)``, without the axes that a vector stood for; the leading axes broadcast.

    Notes
    -----
    With G the gradient of the product, the gradients are ``G x2ᴴ`` and ``x1ᴴ G``, summed over broadcast leading axes:
    one product of matrices each, in which the transpose is a view.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> b = wg.tensor([[1.0], [10.0]], requires_grad=True)
    >>> y = a @ b
    >>> y.tolist()
    [[21.0], [43.0]]
    >>> y.sum().backward()
    >>> a.grad.tolist(), b.grad.tolist()
    ([[1.0, 10.0], [1.0, 10.0]], [[4.0], [6.0]])
    """
    shape1, shape2 = _shapes("matmul", x1, x2)
    if not shape1 or not shape2 or shape1[-1] != (shape2[-2] if len(shape2) > 1 else shape2[0]):
        raise _unfit(shape1, shape2)
    product = adapter_of(x1).function("matmul")
    if len(shape1) > 2 and len(shape2) == 2:
        # One product of all rows: libraries would loop over the leading axes.
        return reshaped(product(reshaped(x1, _rows(shape1)), x2), (*shape1[:-1], shape2[1]))
    return product(x1, x2)


def _unfit(shape1: Shape, shape2: Shape) -> ArgumentError:
    return ArgumentError(
        "matmul: expected shapes (..., M, K) and (..., K, N), or (K,) for either; "
        f"got x1 of shape {tuple(shape1)} and x2 of shape {tuple(shape2)}"
    )


def _rows(shape: Shape) -> Shape:
    """The shape of an array of `shape` as one matrix; written out, because of no elements -1 says nothing."""
    count = 1
    for n in shape[:-1]:
        count *= n
    return count, shape[-1]


@rule(matmul, "x1")
def _matmul_x1(g: Any, x2: Any, x1_shape: Shape, x2_shape: Shape) -> Any:
    x2 = conj(x2)
    if len(x2_shape) == 1:
        return g * x2 if len(x1_shape) == 1 else expand_dims(g, axis=-1) * x2
    if len(x1_shape) == 2:
        return g @ transposed(x2)
    if len(x1_shape) > 2:
        return matmul(g, transposed(x2))
    if len(x2_shape) == 2:
        return x2 @ g
    return reshape(x2 @ expand_dims(g, axis=-1), x2_shape[:-1])


@rule(matmul, "x2")
def _matmul_x2(g: Any, x1: Any, x1_shape: Shape, x2_shape: Shape) -> Any:
    x1 = conj(x1)
    if len(x1_shape) == 1:
        return g * x1 if len(x2_shape) == 1 else expand_dims(x1, axis=-1) * expand_dims(g, axis=-2)
    if len(x1_shape) > 2 and len(x2_shape) <= 2:
        # Over all leading axes at once, where a product for each would only be summed.
        rows = _rows(x1_shape)
        x1, g = reshape(x1, rows), reshape(g, (rows[0], *x2_shape[1:]))
    return transposed(x1) @ g


@batching(matmul)
def _(batch: Batch, x1: Any, x2: Any) -> Any:
    shape1, shape2 = batch.shape("x1", x1), batch.shape("x2", x2)
    if not shape1 or not shape2 or shape1[-1] != (shape2[-2] if len(shape2) > 1 else shape2[0]):
        raise _unfit(shape1, shape2)
    if not batch.has("x2") and len(shape2) <= 2:
        return matmul(x1, x2)  # the samples are further rows
    if not batch.has("x1") and len(shape2) == 1 and len(shape1) <= 2:
        return matmul(x2, x1.T)  # the samples are the rows, in place of the one column
    if batch.batched == {"x1", "x2"} and len(shape1) == len(shape2) == 2 and x1.dtype == x2.dtype:
        return _product_of_each(batch, x1, x2)
    if len(shape1) == 1:
        x1 = expand_dims(x1, axis=-2)
    if len(shape2) == 1:
        x2 = expand_dims(x2, axis=-1)
    out = elementwise(batch, x1=x1, x2=x2)
    gone = tuple(axis for axis, shape in ((-2, shape1), (-1, shape2)) if len(shape) == 1)
    return squeeze(out, gone) if gone else out


# -- contractions ------------------------------------------------------------------------------------------------------
@operator(linear=True)
def tensordot(x1: Any, x2: Any, /, *, axes: Axes = 2) -> Any:
    """The sum of products over axes of `x1` paired with axes of `x2`.

    Parameters
    ----------
    x1, x2 : Tensor or array
        Paired axes must have the same length.
    axes : int or pair of sequences of int
        The axes of `x1` and of `x2`, paired in order; an integer n pairs the last n axes of `x1` with the first n of
        `x2`.

    Returns
    -------
    Tensor or array
        The remaining axes of `x1`, followed by those of `x2`. Nothing is conjugated.

    Examples
    --------
    >>> import wengert as wg
    >>> a = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> y = wg.tensordot(a, a, axes=((0, 1), (0, 1)))
    >>> y.backward()
    >>> y.item(), a.grad.tolist()
    (30.0, [[2.0, 4.0], [6.0, 8.0]])
    """
    _pairs(axes, *_shapes("tensordot", x1, x2))
    return adapter_of(x1).function("tensordot")(x1, x2, axes=axes)


def _pairs(axes: Axes, shape1: Shape, shape2: Shape) -> tuple[Shape, Shape]:
    """The paired axes of both operands, counted from the front."""
    if isinstance(axes, int):
        most = min(len(shape1), len(shape2))
        if not 0 <= axes <= most:
            raise ArgumentError(
                f"tensordot: axes: expected 0 to {most} for operands of shapes {tuple(shape1)} and {tuple(shape2)}, "
                f"got {axes}"
            )
        paired1, paired2 = tuple(range(len(shape1) - axes, len(shape1))), tuple(range(axes))
    else:
        first, second = axes
        paired1 = normalize_axes(_tuple(first), len(shape1), "axes[0]")
        paired2 = normalize_axes(_tuple(second), len(shape2), "axes[1]")
    lengths1, lengths2 = tuple(shape1[a] for a in paired1), tuple(shape2[a] for a in paired2)
    if lengths1 != lengths2:
        raise ArgumentError(
            f"tensordot: axes {paired1} of x1 have lengths {lengths1}, the axes {paired2} of x2 that they are paired "
            f"with have {lengths2}; expected the same"
        )
    return paired1, paired2


def _product_of_each(batch: Batch, x1: Any, x2: Any) -> Any:
    """The product of the matrices of each sample. Their sum, if only that is wanted, is one product along the samples too."""
    size, rows, inner = x1.shape

    def total() -> Any:
        left = reshape(moveaxis(x1, 0, 1), (rows, size * inner))
        return batch.call(x1=left, x2=reshape(x2, (size * inner, x2.shape[2])))

    return batch.later(x1, (rows, x2.shape[2]), lambda: batch.call(x1=x1, x2=x2), total)


def _tuple(axes: int | Sequence[int]) -> tuple[int, ...]:
    return (axes,) if isinstance(axes, int) else tuple(axes)


def _others(axes: Shape, ndim: int) -> Shape:
    return tuple(a for a in range(ndim) if a not in axes)


@rule(tensordot, "x1")
def _tensordot_x1(g: Any, x2: Any, x1_shape: Shape, x2_shape: Shape, axes: Axes) -> Any:
    paired1, paired2 = _pairs(axes, x1_shape, x2_shape)
    free1, free2 = _others(paired1, len(x1_shape)), _others(paired2, len(x2_shape))
    tail = tuple(range(len(free1), len(free1) + len(free2)))
    got = tensordot(g, conj(x2), axes=(tail, free2))
    # Its axes are the free ones of x1, then the paired ones in the order in which x2 has them.
    return _arranged(got, (*free1, *(paired1[paired2.index(a)] for a in sorted(paired2))))


@rule(tensordot, "x2")
def _tensordot_x2(g: Any, x1: Any, x1_shape: Shape, x2_shape: Shape, axes: Axes) -> Any:
    paired1, paired2 = _pairs(axes, x1_shape, x2_shape)
    free1, free2 = _others(paired1, len(x1_shape)), _others(paired2, len(x2_shape))
    got = tensordot(conj(x1), g, axes=(free1, tuple(range(len(free1)))))
    return _arranged(got, (*(paired2[paired1.index(a)] for a in sorted(paired1)), *free2))


def _arranged(x: Any, names: Shape) -> Any:
    """`x`, whose axes are those called `names`, with its axes in ascending order."""
    order = tuple(names.index(a) for a in range(len(names)))
    return x if order == tuple(range(len(names))) else permute_dims(x, order)


@batching(tensordot)
def _(batch: Batch, x1: Any, x2: Any, axes: Axes) -> Any:
    x1, x2 = batch.opened("x1", x1), batch.opened("x2", x2)
    shape1, shape2 = tuple(x1.shape), tuple(x2.shape)
    paired1, paired2 = _pairs(axes, shape1, shape2)
    free1, free2 = _others(paired1, len(shape1)), _others(paired2, len(shape2))
    lengths1, lengths2 = tuple(shape1[a] for a in free1), tuple(shape2[a] for a in free2)
    terms = math.prod(shape1[a] for a in paired1)
    left = batch.do(permute_dims, x=x1, axes=free1 + paired1)
    left = batch.do(reshape, x=left, shape=(math.prod(lengths1), terms))
    right = batch.do(permute_dims, x=x2, axes=paired2 + free2)
    right = batch.do(reshape, x=right, shape=(terms, math.prod(lengths2)))
    return batch.result(batch.do(reshape, x=batch.do(matmul, x1=left, x2=right), shape=(*lengths1, *lengths2)))


@operator(linear=True)
def vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    """The dot product of vectors along `axis`: the sum of ``conj(x1) * x2``.

    Parameters
    ----------
    x1, x2 : Tensor or array
        Broadcast against each other, but of the same length along `axis`.
    axis : int
        Counted from the end, hence negative.

    Returns
    -------
    Tensor or array
        Of the broadcast shape without `axis`.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.vecdot(wg.tensor([1j, 2.0]), wg.tensor([1.0, 1.0])).item()
    (2-1j)
    """
    shape1, shape2 = _shapes("vecdot", x1, x2)
    shortest = min(len(shape1), len(shape2))
    if not -shortest <= axis < 0:
        raise ArgumentError(
            f"vecdot: axis: expected {-shortest} to -1 for operands of shapes {tuple(shape1)} and {tuple(shape2)}, "
            f"got {axis}"
        )
    if shape1[axis] != shape2[axis]:
        raise ArgumentError(
            f"vecdot: expected the same length along axis {axis}, got x1 of shape {tuple(shape1)} and x2 of shape "
            f"{tuple(shape2)}"
        )
    return adapter_of(x1).function("vecdot")(x1, x2, axis=axis)


# f = conj(x1) x2 depends on the conjugate of x1, so that conj(g) meets x2.
rule(vecdot, "x1")(lambda g, x2, axis: expand_dims(conj(g), axis=axis) * x2)
rule(vecdot, "x2")(lambda g, x1, axis: expand_dims(g, axis=axis) * x1)
batching(vecdot)(elementwise)


def outer(x1: Any, x2: Any, /) -> Any:
    """The products of all elements of two vectors.

    Parameters
    ----------
    x1 : Tensor or array
        Of shape ``(M,)``.
    x2 : Tensor or array
        Of shape ``(N,)``.

    Returns
    -------
    Tensor or array
        Of shape ``(M, N)``. Nothing is conjugated.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.outer(wg.tensor([1.0, 2.0]), wg.tensor([3.0, 4.0])).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    shape1, shape2 = _shapes("outer", x1, x2)
    if len(shape1) != 1 or len(shape2) != 1:
        raise ArgumentError(
            f"outer: expected two vectors, got x1 of shape {tuple(shape1)} and x2 of shape {tuple(shape2)}"
        )
    return expand_dims(x1, axis=1) * x2
