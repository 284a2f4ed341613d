"""What SciPy's special functions lack: their derivatives with respect to parameters, of NumPy arrays.

Nothing here is imported before one of them is asked for: the modules import SciPy, which is optional. `KERNELS` has them by
name; the adapters of NumPy, and of the libraries whose arrays hold NumPy's, find them as they find SciPy's functions. Each is
called with its orders of differentiation, integers, and then with numbers and arrays that broadcast.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .bessel import ive_by_order, jv_by_order, kve_by_order, yv_by_order
from .carlson import carlson
from .hypergeometric import hyp0f1_by_b, hyp1f1_by_parameters, hyp2f1_by_parameters, hyperu_by_parameters
from .incomplete import betainc_by_parameters, gammainc_by_a
from .noncentral import chndtr_by_df, chndtr_density_by_df
from .struve import modstruve_by_order, struve_by_order
from .student import stdtr_by_df
from .trigonometric import diric_by_x
from .zeta import zeta_by_s

__all__ = ["KERNELS"]

KERNELS: dict[str, Callable[..., Any]] = {
    kernel.__name__: kernel
    for kernel in (
        betainc_by_parameters,
        carlson,
        chndtr_by_df,
        chndtr_density_by_df,
        diric_by_x,
        gammainc_by_a,
        hyp0f1_by_b,
        hyp1f1_by_parameters,
        hyp2f1_by_parameters,
        hyperu_by_parameters,
        ive_by_order,
        jv_by_order,
        kve_by_order,
        modstruve_by_order,
        stdtr_by_df,
        struve_by_order,
        yv_by_order,
        zeta_by_s,
    )
}
