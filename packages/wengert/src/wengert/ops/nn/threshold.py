"""`threshold`, and its derivative as an operator of its own, which graphs of second derivatives name."""

from __future__ import annotations

from typing import Any

from ...arrays.adapter import adapter_of
from ...op import batching, operator, operator_of, rule
from ...op_batch_rules import as_it_is
from ...op_batching import Batch, elementwise
from ...op_inplace import InPlace
from ..select import select

__all__ = ["threshold", "threshold_"]


@operator(diagonal=True)
def threshold(x: Any, /, bound: float, value: float) -> Any:
    """``x`` where it is above `bound`, else `value`, elementwise; NaN stays NaN.

    Parameters
    ----------
    x : Tensor or array
        Of real dtype.
    bound, value : float
        From where on `x` is kept, and what stands elsewhere.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn.threshold import threshold
    >>> threshold(wg.tensor([0.0, 1.0, 2.0]), 0.5, -1.0).tolist()
    [-1.0, 1.0, 2.0]
    """
    return adapter_of(x).function("where")(x <= bound, value, x)


@operator(operands=("grad", "x"))
def threshold_backward(grad: Any, x: Any, /, bound: float) -> Any:
    """``grad`` where `x` is above `bound`, else 0.

    Parameters
    ----------
    grad, x : Tensor or array
        Of one shape.
    bound : float
        That of `threshold`.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `grad`; differentiable in `grad`.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn.threshold import threshold_backward
    >>> threshold_backward(wg.tensor([3.0, 4.0]), wg.tensor([0.0, 1.0]), 0.5).tolist()
    [0.0, 4.0]
    """
    return adapter_of(grad).function("where")(x <= bound, 0, grad)


@rule(threshold, "x")
def _(g: Any, x: Any, bound: float) -> Any:
    return threshold_backward(g, x, bound)


@rule(threshold_backward, "grad")
def _(g: Any, x: Any, bound: float) -> Any:
    return select(x <= bound, 0, g)


batching(threshold)(as_it_is)


@batching(threshold_backward)
def _(batch: Batch, grad: Any, x: Any, bound: float) -> Any:
    return elementwise(batch, grad=grad, x=x, bound=bound)


_IN_PLACE = InPlace(operator_of(threshold), "threshold_")


def threshold_(x: Any, bound: float, value: float) -> Any:
    """`threshold`, written into `x`."""
    return _IN_PLACE.function(x, bound, value)
