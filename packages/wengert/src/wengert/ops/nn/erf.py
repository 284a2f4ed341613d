"""The error function, which the array API does not have."""

from __future__ import annotations

import math
from typing import Any

from ...arrays.erf import erf as array_erf
from ..transcendental import exp
from .kernels import Kernel, elementwise

__all__ = ["erf"]


@Kernel
def _erf(xp: Any, x: Any) -> Any:
    return array_erf(xp, x)


erf = elementwise(
    _erf,
    lambda g, x: g * ((2 / math.sqrt(math.pi)) * exp(-(x * x))),
    doc="""The error function 2/√π ∫₀ˣ exp(-t²) dt, elementwise, of real operands.

    Gradient: g · 2/√π · exp(-x²).

    Parameters
    ----------
    x : Tensor or array
        Of real floating dtype.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Cody's rational approximations (Mathematics of Computation 23, 1969), good to a few units in the last place.

    Examples
    --------
    >>> import wengert as wg
    >>> from wengert.ops.nn import erf
    >>> erf(wg.tensor([0.0, 10.0])).tolist()
    [0.0, 1.0]
    """,
)
