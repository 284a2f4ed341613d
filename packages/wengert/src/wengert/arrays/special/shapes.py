"""How the kernels of this package take their arguments, and what several of them need."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sp

__all__ = ["in_double", "log_gamma_jet"]


#: So many elements at a time: each takes hundreds of points of a rule, which should fit the cache.
_BLOCK = 2048


def in_double(orders: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a kernel of `orders` integers and then 1-d arrays of float64 one of integers, numbers and real arrays that broadcast.

    What comes back has the dtype that SciPy's functions of such arrays have.
    """

    def decorate(kernel: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(kernel)
        def call(*arguments: Any) -> Any:
            operands = arguments[orders:]
            dtypes = [x.dtype for x in operands if hasattr(x, "dtype")]
            single = bool(dtypes) and all(dtype in (np.float32, np.float16) for dtype in dtypes)
            arrays = [np.asarray(x, np.float64) for x in operands]
            shape = np.broadcast_shapes(*(array.shape for array in arrays))
            flat = [np.broadcast_to(array, shape).reshape(-1) for array in arrays]
            with np.errstate(all="ignore"):
                parts = [
                    kernel(*arguments[:orders], *[array[i : i + _BLOCK] for array in flat])
                    for i in range(0, max(flat[0].size, 1), _BLOCK)
                ]
            found = parts[0] if len(parts) == 1 else np.concatenate(parts)
            return found.reshape(shape).astype(np.float32 if single else np.float64, copy=False)

        return call

    return decorate


def log_gamma_jet(z: Any, order: int) -> list[Any]:
    """The Taylor coefficients of log Γ(z + ε) - log Γ(z) up to that order."""
    return [0.0, *(sp.polygamma(k - 1, z) / math.factorial(k) for k in range(1, order + 1))]
