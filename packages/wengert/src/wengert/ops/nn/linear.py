"""The affine map of a layer."""

from __future__ import annotations

from typing import Any

from ...errors import ArgumentError
from ...op import batching, jvp, operator, rule
from ...op_batching import Batch
from ..complex import conj
from ..elementwise import add
from ..manipulation import matrix_transpose
from ..products import matmul
from ..shaping import reshaped, transposed
from .kernels import Kernel, is_recorded, sum_front

__all__ = ["addmm", "linear"]


@Kernel
def _linear(xp: Any, x: Any, weight: Any, bias: Any) -> Any:
    out = xp.matmul(x, transposed(weight))
    return out if bias is None else out + bias


@operator(node="Addmm", operands=("x", "weight", "bias"))
def linear(x: Any, weight: Any, bias: Any = None) -> Any:
    """``x @ weight.T + bias``, as one operator.

    Parameters
    ----------
    x : Tensor or array
        Of shape ``(..., in_features)``.
    weight : Tensor or array
        Of shape ``(out_features, in_features)``.
    bias : Tensor or array, optional
        Of shape ``(out_features,)``.

    Returns
    -------
    Tensor or array
        Of shape ``(..., out_features)``.

    Notes
    -----
    With G the gradient of the result as a matrix of one row for each position, and X the operand likewise, the gradients are
    G conj(W), Gᵀ conj(X) and the sum of the rows of G: one product of matrices each.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import linear
    >>> weight = wg.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> y = linear(wg.tensor([1.0, 10.0]), weight, wg.tensor([0.5, 0.5]))
    >>> y.sum().backward()
    >>> y.tolist(), weight.grad.tolist()
    ([21.5, 43.5], [[1.0, 10.0], [1.0, 10.0]])
    """
    if len(weight.shape) != 2 or not x.shape or x.shape[-1] != weight.shape[1]:
        raise ArgumentError(
            "linear: expected x of shape (..., in_features) and weight of shape (out_features, in_features); got x of shape "
            f"{tuple(x.shape)} and weight of shape {tuple(weight.shape)}"
        )
    return _linear(x, weight, bias)


def _rows(x: Any, shape: tuple[int, ...]) -> Any:
    """`x`, whose shape is `shape`, as a matrix of its last axis."""
    return x if len(shape) == 2 else reshaped(x, (-1, shape[-1]))


@rule(linear, "x")
def _linear_x(g: Any, weight: Any, x_shape: tuple[int, ...]) -> Any:
    if len(x_shape) == 2:
        return g @ conj(weight)
    return reshaped(_rows(g, g.shape) @ conj(weight), x_shape)


@rule(linear, "weight")
def _linear_weight(g: Any, x: Any, x_shape: tuple[int, ...]) -> Any:
    return transposed(_rows(g, g.shape)) @ _rows(conj(x), x_shape)


@rule(linear, "bias")
def _linear_bias(g: Any) -> Any:
    return g if is_recorded(g) else sum_front(g, tuple(range(len(g.shape) - 1)))


@batching(linear)
def _(batch: Batch, x: Any, weight: Any, bias: Any) -> Any:
    if batch.batched == {"x"}:
        return batch.call(x=x, weight=weight, bias=bias)  # the samples are further rows
    weight = batch.do(matrix_transpose, x=batch.opened("weight", weight))
    out = batch.do(matmul, x1=batch.opened("x", x), x2=weight)
    return batch.result(out if bias is None else batch.do(add, x1=out, x2=batch.opened("bias", bias)))


jvp(linear, "x")(lambda t, weight: linear(t, weight))  # noqa: PLW0108  (its parameters say that no bias is wanted)
jvp(linear, "weight")(lambda t, x: linear(x, t))
jvp(linear, "bias")(lambda t: t)


# -- the same of a matrix that lies the other way ------------------------------------------------------------------------
@operator(name="addmm", node="Addmm")
def addmm(start: Any, x: Any, weight: Any, /) -> Any:
    """``start + x @ weight`` for two matrices, as one operator.

    Parameters
    ----------
    start : Tensor or array
        Of a shape that broadcasts to that of the product.
    x : Tensor or array
        Of shape ``(M, K)``.
    weight : Tensor or array
        Of shape ``(K, N)``.

    Returns
    -------
    Tensor or array
        Of shape ``(M, N)``.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn.linear import addmm
    >>> addmm(wg.tensor([0.5]), wg.tensor([[1.0, 10.0]]), wg.tensor([[2.0], [3.0]])).tolist()
    [[32.5]]
    """
    if len(x.shape) != 2 or len(weight.shape) != 2 or x.shape[1] != weight.shape[0]:
        raise ArgumentError(
            f"addmm: expected shapes (M, K) and (K, N) of x and weight; got {tuple(x.shape)} and {tuple(weight.shape)}"
        )
    return x @ weight + start


@rule(addmm, "start")
def _addmm_start(g: Any) -> Any:
    return g  # summed to the shape of `start`, as every gradient is


@rule(addmm, "x")
def _addmm_x(g: Any, weight: Any) -> Any:
    return g @ conj(weight).mT


@rule(addmm, "weight")
def _addmm_weight(g: Any, x: Any) -> Any:
    return (g.mT @ conj(x)).mT  # in the memory order of the matrix whose transpose `weight` mostly is


@batching(addmm)
def _(batch: Batch, start: Any, x: Any, weight: Any) -> Any:
    product = batch.do(matmul, x1=batch.opened("x", x), x2=batch.opened("weight", weight))
    return batch.result(batch.do(add, x1=product, x2=batch.opened("start", start)))


jvp(addmm, "start")(lambda t: t)
jvp(addmm, "x")(lambda t, weight: matmul(t, weight))  # noqa: PLW0108  (its parameters say what it needs)
jvp(addmm, "weight")(lambda t, x: matmul(x, t))
