"""What of ``autograd.numpy.numpy_vjps`` derivatives of one's own use: summing a gradient to the shape of what was broadcast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....numpy_protocols.operands import plain
from .numpy_boxes import ArrayBox

__all__ = ["ArrayBox", "unbroadcast", "unbroadcast_f"]


def unbroadcast(x: Any, target_meta: tuple[Any, ...], broadcast_idx: int = 0) -> Any:
    """The gradient `x`, summed to the shape of the target; `target_meta` is the target's ``(shape, ndim, dtype, iscomplex)``.

    Axes that the target lacks are at `broadcast_idx`.
    """
    shape, ndim, _, iscomplex = target_meta
    while np.ndim(plain(x)) > ndim:
        x = np.sum(x, axis=broadcast_idx)
    for axis, size in enumerate(shape):
        if size == 1:
            x = np.sum(x, axis=axis, keepdims=True)
    return np.real(x) if np.iscomplexobj(plain(x)) and not iscomplex else x


def unbroadcast_f(target: Any, f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`f`, which makes a gradient, with its result summed to the shape of `target`.

    Examples
    --------
    >>> import numpy as np
    >>> unbroadcast_f(np.zeros((1, 3)), lambda g: 2.0 * g)(np.ones((4, 3))).tolist()
    [[8.0, 8.0, 8.0]]
    """
    value = np.asarray(plain(target))
    meta = (value.shape, value.ndim, value.dtype, np.iscomplexobj(value))
    return lambda g: unbroadcast(f(g), meta)
