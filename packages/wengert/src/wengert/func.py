"""``wengert.func``: the transforms under the names and with the conventions of ``torch.func``."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .transforms import grad, hessian, jacfwd, jacrev, jvp, linearize, value_and_grad, vjp, vmap

__all__ = ["grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize", "vjp", "vmap"]


def grad_and_value(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """`wengert.value_and_grad` with the gradient first, as PyTorch has it.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.func.grad_and_value(lambda x: (x**2).sum())(wg.tensor([1.0, 2.0]))
    (tensor([2., 4.]), tensor(5.))
    """
    derivative = value_and_grad(func, argnums, has_aux)

    @functools.wraps(func)
    def swapped(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        value, found = derivative(*args, **kwargs)
        return found, value

    return swapped
