"""``torch.cond``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ....autograd.tensor import Tensor as Base
from ....errors import UsageError
from ..utils._pytree import tree_leaves

__all__ = ["cond"]


def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: Sequence[Any] = ()) -> Any:
    """Call one of two functions with the operands. The other is not called.

    Parameters
    ----------
    pred : bool or Tensor
        Which. A tensor must have one element.
    true_fn, false_fn : callable
    operands : sequence
        Tensors, also in containers.

    Raises
    ------
    UsageError
        If `pred` is neither a bool nor such a tensor, or an operand is no tensor.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.cond(torch.tensor(False), torch.sin, torch.exp, (torch.zeros(1),))
    tensor([1.])
    """
    if not isinstance(pred, (bool, int, float)) and not (isinstance(pred, Base) and pred.numel() == 1):
        raise UsageError(f"cond: pred: expected a bool or a tensor of one element, got {pred!r}")
    if not isinstance(operands, (tuple, list)) or not all(isinstance(o, (Base, int)) for o in tree_leaves(operands)):
        raise UsageError(
            "cond: operands: Expect operands to be a tuple of possibly nested dict/list/tuple that only has tensors, "
            f"got {operands!r}"
        )
    return (true_fn if bool(pred) else false_fn)(*operands)
