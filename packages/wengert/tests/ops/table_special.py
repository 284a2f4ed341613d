"""Rows for special functions, beside SciPy's."""

import numpy as np
import scipy.special

from ops.rows import Row, uniform
from wengert import special

REAL = ("float32", "float64")
DOUBLE = ("float64",)
COMPLEX = ("float64", "complex128")


def of_one(name, low, high, dtypes=DOUBLE, **options):
    return Row(
        name,
        lambda x: getattr(special, name.partition("[")[0])(x),
        uniform(low, high, (3,)),
        lambda x: getattr(scipy.special, name.partition("[")[0])(x),
        dtypes,
        **options,
    )


def of(name, *ranges, dtypes=DOUBLE, **options):
    """A row with an operand for each of `ranges`: real numbers between two, or the integers of a list, which are constants."""

    def sample(rng, dtype):
        arrays = []
        for item in ranges:
            if isinstance(item, list):
                arrays.append(np.asarray(item))
                continue
            array = rng.uniform(*item, (2,))
            arrays.append(np.asarray(array, dtype if item is ranges[-1] or np.dtype(dtype).kind != "c" else "float64"))
            if arrays[-1].dtype.kind == "c":
                arrays[-1] = arrays[-1] + 1j * rng.uniform(-0.5, 0.5, (2,))
        return tuple(arrays)

    plain = name.partition("[")[0]
    ours, theirs = getattr(special, plain), getattr(scipy.special, plain)
    return Row(name, lambda *xs: ours(*xs), sample, lambda *xs: theirs(*xs), dtypes, **options)


def with_numbers(name, *operands, dtypes=REAL):
    """A row in which operands that are numbers are constants; the others are ranges."""
    plain = name.partition("[")[0]
    ranges = [o for o in operands if isinstance(o, tuple)]

    def filled(function):
        def call(*xs):
            given = iter(xs)
            return function(*[next(given) if isinstance(o, tuple) else o for o in operands])

        return call

    def reference(*xs):
        """A number adopts the dtype of the arrays beside it, which some of SciPy's functions do not let it."""
        return filled(getattr(scipy.special, plain))(*xs).astype(xs[0].dtype)

    def sample(rng, dtype):
        return tuple(np.asarray(rng.uniform(*r, (2,)), dtype) for r in ranges)

    return Row(name, filled(getattr(special, plain)), sample, reference, dtypes)


#: A range in which most functions are smooth, and one for probabilities.
SMOOTH = (0.5, 2.0)
PROBABLE = (0.2, 0.8)

ELEMENTARY = [
    of_one("logit", 0.2, 0.8),
    of_one("entr", 0.3, 1.5),
    of_one("log_expit", -1.5, 1.5, REAL),
    of_one("exp10", -1.0, 1.0, REAL),
    of_one("cosm1", -1.5, 1.5, REAL),
    Row("special.softplus", special.softplus, uniform(-1.5, 1.5, (3,)), lambda x: -scipy.special.log_expit(-x), REAL),
    *(of(name, SMOOTH, SMOOTH) for name in ("xlogy", "xlog1py", "rel_entr", "kl_div", "powm1", "boxcox1p")),
    *(of(f"{name}[complex]", SMOOTH, SMOOTH, dtypes=("complex128",)) for name in ("xlogy", "xlog1py")),
    with_numbers("xlogy[number]", SMOOTH, 2.0),
    of("huber[within]", (2.0, 3.0), (-1.5, 1.5)),
    of("huber[beyond]", (0.5, 1.0), (1.5, 3.0)),
    of("pseudo_huber", SMOOTH, (-1.5, 1.5)),
    of("boxcox", SMOOTH, (-1.5, 1.5), dtypes=REAL),
    with_numbers("boxcox[log]", SMOOTH, 0.0),
    *(of(name, SMOOTH, (0.5, 1.5)) for name in ("inv_boxcox", "inv_boxcox1p")),
    of("inv_boxcox[small]", (0.1, 0.4), (0.1, 0.4)),
    *(of_one(name, 20.0, 70.0) for name in ("sindg", "cosdg", "tandg", "cotdg")),
    of("radian", (0.0, 90.0), (0.0, 60.0), (0.0, 60.0)),
    *(
        Row(f"diric[{n}]", lambda x, n=n: special.diric(x, n), uniform(-7.0, 7.0, (3,)),
            lambda x, n=n: scipy.special.diric(x, n), DOUBLE)
        for n in (1, 4, 5)
    ),
]  # fmt: skip

ERRORS = [
    of_one("erfc", -1.5, 1.5, REAL),
    *(of_one(name, -1.5, 1.5) for name in ("ndtr", "log_ndtr", "erfcx", "dawsn", "erfi")),
    *(of_one(f"{name}[complex]", -1.0, 1.0, ("complex128",))
      for name in ("erfc", "erfcx", "dawsn", "erfi", "ndtr", "log_ndtr", "fresnel")),
    of_one("wofz", -1.0, 1.0, COMPLEX),
    of_one("erfinv", -0.7, 0.7),
    of_one("erfcinv", 0.4, 1.6),
    of_one("ndtri", 0.2, 0.8),
    of_one("ndtri_exp", -3.0, -0.3),
    of_one("fresnel", -1.5, 1.5),
    of("voigt_profile", (-1.5, 1.5), SMOOTH, SMOOTH),
    of("owens_t", (-1.5, 1.5), (-1.5, 1.5)),
]  # fmt: skip

GAMMAS = [
    *(of_one(name, 0.6, 2.5) for name in ("gammaln", "loggamma", "digamma", "psi", "gamma", "rgamma")),
    of_one("rgamma[left]", -2.7, -2.3),
    of_one("gammasgn", -0.8, -0.2),
    Row("polygamma", lambda x: special.polygamma(2, x), uniform(0.8, 2.5, (3,)), lambda x: scipy.special.polygamma(2, x), DOUBLE),
    Row("polygamma[0]", lambda x: special.polygamma(0, x), uniform(0.8, 2.5, (3,)), scipy.special.digamma, REAL),
    Row("multigammaln", lambda x: special.multigammaln(x, 3), uniform(1.8, 3.5, (3,)),
        lambda x: scipy.special.multigammaln(x, 3), DOUBLE),
    *(of(name, SMOOTH, SMOOTH) for name in ("beta", "betaln", "poch")),
    of("binom", (2.0, 4.0), (0.5, 1.5)),
    of("zeta", (1.5, 4.0), SMOOTH),
    with_numbers("zeta[numbers]", 2.5, (1.0, 2.0)),
    of_one("zetac", 1.5, 4.0),
    of_one("zetac[left]", -3.5, 0.5),
]  # fmt: skip

INCOMPLETE = [
    Row("gammainc", lambda b: special.gammainc(np.asarray([1, 2, 3]), b), uniform(0.5, 2.0, (3,)),
        lambda b: scipy.special.gammainc(np.asarray([1, 2, 3]), b), DOUBLE),
    with_numbers("gammaincc[numbers]", 1.5, SMOOTH),
    *(of(f"{name}[both]", SMOOTH, SMOOTH, dtypes=REAL) for name in ("gammainc", "gammaincc")),
    of("gammainc[upper tail]", SMOOTH, (3.0, 5.0)),
    of("gammainc[lower tail]", (4.0, 6.0), (1.6, 3.0)),
    *(of(name, SMOOTH, PROBABLE) for name in ("gammaincinv", "gammainccinv")),
    *(of(name, SMOOTH, SMOOTH, PROBABLE, dtypes=REAL) for name in ("betainc", "betaincc")),
    *(of(name, SMOOTH, SMOOTH, PROBABLE) for name in ("betaincinv", "betainccinv")),
    with_numbers("betainc[numbers]", 2.0, 3.0, PROBABLE),
]  # fmt: skip

DISTRIBUTIONS = [
    *(of(name, (1.0, 4.0), SMOOTH) for name in ("chdtr", "chdtrc")),
    of("chdtri", (1.0, 4.0), PROBABLE),
    of("chdtriv", PROBABLE, (1.0, 4.0), tolerance={"rtol": 1e-3, "atol": 1e-5, "eps": 1e-4}),
    of("chndtr", SMOOTH, (2.5, 4.0), SMOOTH),
    of("chndtrix", PROBABLE, (2.5, 4.0), SMOOTH, tolerance={"rtol": 1e-3, "atol": 1e-4, "eps": 1e-4}),
    of("chndtridf", SMOOTH, (0.2, 0.3), (0.5, 1.0), tolerance={"rtol": 1e-3, "atol": 1e-3, "eps": 1e-4}),
    of("chndtrinc", (3.0, 4.0), (1.0, 1.5), (0.5, 0.6), tolerance={"rtol": 1e-3, "atol": 1e-3, "eps": 1e-4}),
    *(of(name, SMOOTH, SMOOTH, SMOOTH) for name in ("gdtr", "gdtrc")),
    of("gdtria", PROBABLE, SMOOTH, SMOOTH),
    of("gdtrib", SMOOTH, PROBABLE, SMOOTH),
    of("gdtrix", SMOOTH, SMOOTH, PROBABLE),
    of("btdtria", PROBABLE, SMOOTH, PROBABLE),
    of("btdtrib", SMOOTH, PROBABLE, PROBABLE),
    *(of(name, (1.0, 4.0), (1.0, 4.0), SMOOTH) for name in ("fdtr", "fdtrc")),
    of("fdtri", (1.0, 4.0), (1.0, 4.0), PROBABLE),
    of("fdtridfd", (2.0, 4.0), (0.45, 0.5), (0.9, 1.0)),
    of("stdtr", (1.0, 4.0), (-0.9, 0.9)),
    of("stdtr[tail]", (1.0, 4.0), (1.2, 3.0)),
    of("stdtrit", (1.0, 4.0), (0.6, 0.9)),
    of("stdtridf", (0.76, 0.8), (1.1, 1.2)),
    of("nrdtrimn", PROBABLE, SMOOTH, (-1.0, 1.0)),
    of("nrdtrisd", (-1.0, 0.0), (0.6, 0.9), SMOOTH),
    of("tklmbda", (-0.9, 0.9), (0.2, 0.8)),
    with_numbers("pdtr", 2.0, SMOOTH),
    with_numbers("pdtrc", 2.0, SMOOTH),
    with_numbers("pdtri", 2.0, PROBABLE),
    of("pdtrik", PROBABLE, (2.0, 4.0)),
    with_numbers("bdtr", 1.0, 4, PROBABLE, dtypes=DOUBLE),
    with_numbers("bdtrc", 1.0, 4, PROBABLE, dtypes=DOUBLE),
    with_numbers("bdtri", 1.0, 4, PROBABLE, dtypes=DOUBLE),
    of("bdtrik", (0.5, 0.8), (4.0, 6.0), (0.3, 0.5)),
    of("bdtrin", (1.0, 2.0), PROBABLE, (0.3, 0.5)),
    *(with_numbers(name, 2, 3, PROBABLE, dtypes=DOUBLE) for name in ("nbdtr", "nbdtrc", "nbdtri")),
    of("nbdtrik", (0.6, 0.8), (2.0, 3.0), (0.3, 0.5)),
    of("nbdtrin", (2.0, 3.0), PROBABLE, (0.3, 0.5)),
]  # fmt: skip

BESSEL = [
    *(of_one(name, -1.5, 1.5) for name in ("i0", "i1", "j0", "j1")),
    *(of_one(name, 0.3, 1.5) for name in ("i0e", "i1e", "y0", "y1", "k0", "k1", "k0e", "k1e")),
    *(of(name, SMOOTH, SMOOTH, dtypes=REAL if name in ("jv", "kv") else DOUBLE)
      for name in ("jv", "jve", "yv", "yve", "iv", "ive", "kv", "kve", "hankel1", "hankel1e", "hankel2", "hankel2e")),
    *(with_numbers(f"{name}[numbers]", 1.5, SMOOTH) for name in ("jv", "iv")),
    *(Row(f"{name}[complex]", lambda z, name=name: getattr(special, name)(0.7, z), uniform(0.5, 2.0, (2,)),
          lambda z, name=name: getattr(scipy.special, name)(0.7, z), ("complex128",))
      for name in ("jv", "yv", "iv", "kv", "kve", "hankel1", "hankel1e", "hankel2", "hankel2e")),
    of("jn", SMOOTH, SMOOTH),
    of("yn", [0, 2], SMOOTH),
    of("kn", [0, 2], SMOOTH),
    *(of(name, [0, 2], SMOOTH) for name in ("spherical_jn", "spherical_yn", "spherical_in", "spherical_kn")),
    Row("spherical_jn[complex]", lambda z: special.spherical_jn(2, z), uniform(0.5, 2.0, (2,)),
        lambda z: scipy.special.spherical_jn(2, z), ("complex128",)),
    of_one("airy", -1.5, 1.5),
    of_one("airy[complex]", -1.5, 1.5, ("complex128",)),
    of_one("airye", 0.5, 2.0),
    of_one("itairy", -1.5, 1.5, tolerance={"rtol": 1e-3, "atol": 1e-5}),
    *(of_one(name, 0.3, 1.5) for name in ("ber", "bei", "berp", "beip", "ker", "kei", "kerp", "keip", "kelvin")),
    of("struve", SMOOTH, SMOOTH),
    of("modstruve", SMOOTH, SMOOTH),
    *(of_one(name, 0.5, 1.5, tolerance={"rtol": 1e-3, "atol": 1e-4, "eps": 1e-3})
      for name in ("itj0y0", "iti0k0", "it2j0y0", "it2i0k0", "itstruve0", "itmodstruve0", "it2struve0")),
    with_numbers("besselpoly", (0.5, 1.5), 1.0, 1.0),
]  # fmt: skip

ELLIPTIC = [
    *(of_one(name, 0.1, 0.7) for name in ("ellipk", "ellipe", "ellipkm1")),
    of_one("ellipk[below]", -1.5, 0.0),
    *(of(name, (-1.2, 1.2), (0.1, 0.7)) for name in ("ellipkinc", "ellipeinc")),
    *(of(f"{name}[turns]", (5.0, 7.0), (0.1, 0.7)) for name in ("ellipkinc", "ellipeinc")),
    of("ellipj", (-1.2, 1.2), (0.1, 0.7)),
    of("elliprc", SMOOTH, SMOOTH),
    *(of(name, SMOOTH, SMOOTH, SMOOTH) for name in ("elliprd", "elliprf", "elliprg")),
    of("elliprj", SMOOTH, SMOOTH, SMOOTH, SMOOTH),
    of("agm", SMOOTH, SMOOTH),
]  # fmt: skip

HYPERGEOMETRIC = [
    of("hyp0f1", SMOOTH, (-1.5, 1.5)),
    of("hyp1f1", SMOOTH, SMOOTH, (-1.5, 1.5)),
    of("hyp1f1[far]", SMOOTH, SMOOTH, (-3.0, -2.0)),
    with_numbers("hyp2f1", SMOOTH, 0.7, 2.5, (-0.3, 0.7)),
    with_numbers("hyp2f1[other parameters]", 0.6, SMOOTH, (2.0, 3.0), 0.5),
    with_numbers("hyp2f1[far]", SMOOTH, 0.7, 2.5, (-3.0, -1.0)),
    with_numbers("hyp2f1[far, other parameters]", 0.6, SMOOTH, (2.0, 3.0), -1.5),
    of("hyperu", SMOOTH, (0.5, 1.5), SMOOTH),
    *(Row(f"{name}[complex]", lambda z, name=name, p=p: getattr(special, name)(*p, z), uniform(-0.5, 0.5, (2,)),
          lambda z, name=name, p=p: getattr(scipy.special, name)(*p, z), ("complex128",))
      for name, p in (("hyp0f1", (1.5,)), ("hyp1f1", (0.5, 1.5)), ("hyp2f1", (0.5, 1.2, 1.5)))),
    of_one("exprel", -1.5, 1.5),
]  # fmt: skip

INTEGRALS = [
    *(of_one(name, 0.5, 1.5, COMPLEX) for name in ("expi", "exp1", "spence", "wrightomega")),
    *(of_one(name, 0.5, 1.5, COMPLEX) for name in ("sici", "shichi")),
    of("expn", [0, 2], SMOOTH),
    *(Row(f"lambertw[{k}]", lambda z, k=k: special.lambertw(z, k), uniform(0.5, 1.5, (3,)),
          lambda z, k=k: scipy.special.lambertw(z, k), COMPLEX) for k in (0, -1)),
]  # fmt: skip

POLYNOMIALS = [
    *(of(name, [0, 3], (-0.8, 0.8)) for name in (
        "eval_legendre", "eval_chebyt", "eval_chebyu", "eval_chebyc", "eval_chebys", "eval_laguerre", "eval_hermite",
        "eval_hermitenorm")),
    *(of(name, [1, 3], (0.2, 0.8)) for name in ("eval_sh_legendre", "eval_sh_chebyt", "eval_sh_chebyu")),
    *(of(name, [1, 3], SMOOTH, PROBABLE) for name in ("eval_gegenbauer", "eval_genlaguerre")),
    *(with_numbers(f"{name}[numbers]", 2.5, SMOOTH, PROBABLE) for name in ("eval_gegenbauer", "eval_genlaguerre")),
    of("eval_jacobi", [0, 3], SMOOTH, SMOOTH, PROBABLE),
    with_numbers("eval_jacobi[numbers]", 2.5, 0.7, SMOOTH, PROBABLE),
    with_numbers("eval_sh_jacobi", 2.5, 1.7, 1.4, PROBABLE),
    with_numbers("lpmv", 1.0, 2.5, PROBABLE),
]  # fmt: skip

ROWS = [*ELEMENTARY, *ERRORS, *GAMMAS, *INCOMPLETE, *DISTRIBUTIONS, *BESSEL, *ELLIPTIC, *HYPERGEOMETRIC, *INTEGRALS, *POLYNOMIALS]
