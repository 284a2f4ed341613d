"""Rows for special functions, beside SciPy's."""

import numpy as np
import scipy.special

from ops.rows import Row, uniform
from wengert import special

REAL = ("float32", "float64")


def of_one(name, low, high, dtypes=REAL, **options):
    return Row(
        name,
        lambda x: getattr(special, name)(x),
        uniform(low, high, (3,)),
        lambda x: getattr(scipy.special, name)(x),
        dtypes,
        **options,
    )


def of_two(name, low, high, first=None, dtypes=("float64",)):
    """With a first operand that has no derivative, if `first` is given."""
    if first is None:
        return Row(name, lambda a, b: getattr(special, name)(a, b), uniform(low, high, (2,), (2,)),
                   lambda a, b: getattr(scipy.special, name)(a, b), dtypes)  # fmt: skip
    return Row(name, lambda b: getattr(special, name)(first, b), uniform(low, high, (3,)),
               lambda b: getattr(scipy.special, name)(first, b), dtypes)  # fmt: skip


ROWS = [
    of_one("erfc", -1.5, 1.5),
    *(of_one(name, -1.5, 1.5, ("float64",)) for name in ("ndtr", "log_ndtr")),
    *(of_one(name, -1.5, 1.5, ("float64",)) for name in ("erfcx", "dawsn", "i0", "i1", "j0", "j1")),
    *(of_one(name, 0.3, 1.5, ("float64",)) for name in ("i0e", "i1e", "y0", "y1", "gamma", "entr")),
    *(of_one(name, 0.6, 2.5, ("float64",)) for name in ("gammaln", "digamma")),
    of_one("erfinv", -0.7, 0.7, ("float64",)),
    of_one("ndtri", 0.2, 0.8, ("float64",)),
    of_one("logit", 0.2, 0.8, ("float64",)),
    Row("polygamma", lambda x: special.polygamma(2, x), uniform(0.8, 2.5, (3,)), lambda x: scipy.special.polygamma(2, x),
        ("float64",)),
    Row("polygamma[0]", lambda x: special.polygamma(0, x), uniform(0.8, 2.5, (3,)), scipy.special.digamma, REAL),
    *(of_two(name, 0.5, 2.0) for name in ("beta", "betaln", "xlogy", "xlog1py", "rel_entr")),
    Row("xlogy[number]", lambda x: special.xlogy(x, 2.0), uniform(0.5, 2.0, (3,)), lambda x: scipy.special.xlogy(x, 2.0), REAL),
    of_two("gammainc", 0.5, 2.0, np.asarray([1, 2, 3])),
    of_two("gammaincc", 0.5, 2.0, 1.5, REAL),
    of_two("zeta", 1.0, 2.0, 2.5),
]  # fmt: skip
