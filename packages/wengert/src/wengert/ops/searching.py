"""Searching functions of the array API: `where`, and the ones that return positions, which have no derivative."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..op import operator, rule

__all__ = ["where"]


@operator
def where(condition: Any, x1: Any, x2: Any, /) -> Any:
    """Elements of `x1` where `condition` holds, of `x2` elsewhere.

    Parameters
    ----------
    condition : Tensor or array of bool
        Which operand to take; has no derivative.
    x1, x2 : Tensor, array or number
        Broadcast against each other and `condition`.

    Returns
    -------
    Tensor or array
        Of the broadcast shape and the promoted dtype of `x1` and `x2`.

    Notes
    -----
    Each operand gets the gradient where it was chosen and exact zeros elsewhere, also where the gradient is NaN or infinite.
    What the operand that was not chosen computes can still spoil its own gradient: guard its *argument* instead, as in
    ``where(x > 0, sqrt(where(x > 0, x, 1.0)), 0.0)``.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([-1.0, 2.0], requires_grad=True)
    >>> wg.where(x > 0, x, 10 * x).sum().backward()
    >>> x.grad.tolist()
    [10.0, 1.0]
    """
    array = condition if hasattr(condition, "dtype") else x1
    return adapter_of(array).function("where")(condition, x1, x2)


rule(where, "x1")(lambda g, condition: where(condition, g, 0))
rule(where, "x2")(lambda g, condition: where(condition, 0, g))
