"""HIPS autograd's names: each program is run with HIPS autograd and with `wengert.compat.autograd`, and must give the same."""

import importlib
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from wengert.autograd.tensor import Tensor

pytest.importorskip("scipy")
RANDOM = np.random.RandomState(0)
X, M = RANDOM.randn(3), RANDOM.randn(3, 3)
S = M @ M.T + 3 * np.eye(3)
V = np.array([0.3, 0.6, 0.9])
KERNEL = np.full((2, 2), 1.5)
BLOCK, CORE = np.arange(120.0).reshape(2, 3, 4, 5), np.arange(36.0).reshape(3, 2, 6)[:, :, :3]


def names_of(package):
    """The names that the programs use, of HIPS autograd or of ours."""

    def module(name):
        return importlib.import_module(f"{package}.{name}")

    return SimpleNamespace(
        **{
            **vars(importlib.import_module(package)),
            **vars(module("extend")),
            **vars(module("misc.optimizers")),
            "make_jvp_reversemode": module("differential_operators").make_jvp_reversemode,
            "vjps": module("numpy.numpy_vjps"),
            "boxes": module("numpy.numpy_boxes"),
            "np": module("numpy"),
            "sp": module("scipy.special"),
            "st": module("scipy.stats"),
            "sg": module("scipy.signal"),
            "sl": module("scipy.linalg"),
            "flatten": module("misc.flatten").flatten,
            "check_grads": module("test_util").check_grads,
        }
    )


PROGRAMS = {
    "grad": lambda m: m.grad(lambda x: m.np.sum(m.np.sin(x) * x))(X),
    "grad of a number": lambda m: m.grad(m.np.tanh)(1.3),
    "third derivative": lambda m: m.grad(m.grad(m.grad(m.np.tanh)))(1.3),
    "elementwise_grad": lambda m: m.elementwise_grad(m.elementwise_grad(m.np.tanh))(X),
    "jacobian": lambda m: m.jacobian(lambda x: m.np.array([x[0] * x[1], x[2] ** 2]))(X),
    "hessian": lambda m: m.hessian(lambda x: m.np.sum(x**3) * x[0])(X),
    "value_and_grad": lambda m: m.value_and_grad(lambda x: m.np.dot(x, x))(X),
    "array": lambda m: m.grad(lambda x: m.np.sum(m.np.array([[x[0], 1.0], [x[1] * x[2], 2.0]]) ** 2))(X),
    "dictionary": lambda m: m.grad(lambda d: m.np.sum(d["a"] * d["b"][0]))({"a": X, "b": [2.0]})["a"],
    "two arguments": lambda m: m.grad(lambda a, b: m.np.sum(a * b), (0, 1))(X, X * 2),
    "hessian_vector_product": lambda m: m.hessian_vector_product(lambda x: m.np.sum(x**4))(X, X),
    "make_hvp": lambda m: m.make_hvp(lambda x: m.np.sum(x**4))(X)[0](X),
    "make_jvp": lambda m: m.make_jvp(lambda x: x**2)(X)(X),
    "make_jvp_reversemode": lambda m: m.make_jvp_reversemode(lambda x: m.np.sin(x) * x[0])(X)(X),
    "make_jvp_reversemode of a dictionary": lambda m: m.make_jvp_reversemode(lambda d: d["a"] * d["b"])({"a": X, "b": V})(
        {"a": V, "b": X}
    ),
    "stack of an iterator": lambda m: m.grad(lambda d: m.np.sum(m.np.stack(d.values(), 1) ** 2))({"a": X, "b": X})["b"],
    "unbroadcast_f": lambda m: m.vjps.unbroadcast_f(X[None], lambda g: g * 2)(np.ones((4, 3))),
    "boxes": lambda m: m.grad(lambda x: x * 2.0 if isinstance(x, m.boxes.ArrayBox) else x)(1.5),
    "make_vjp": lambda m: m.make_vjp(lambda x: x**2)(X)[0](X),
    "make_ggnvp": lambda m: m.make_ggnvp(m.np.sin)(X)(X),
    "tensor_jacobian_product": lambda m: m.tensor_jacobian_product(lambda x: x**2)(X, X),
    "grad_named": lambda m: m.grad_named(lambda a, b: a * b * b, "b")(2.0, 3.0),
    "grad_and_aux": lambda m: m.grad_and_aux(lambda x: (m.np.sum(x**2), x))(X),
    "holomorphic_grad": lambda m: m.holomorphic_grad(lambda z: z**3)(1.0 + 2j),
    "deriv": lambda m: m.deriv(m.np.exp)(0.5),
    "checkpoint": lambda m: m.grad(lambda x: m.np.sum(m.checkpoint(lambda y: m.np.sin(y))(x)))(X),
    "solve": lambda m: m.grad(lambda a: m.np.sum(m.np.linalg.solve(a, X)))(S),
    "slogdet": lambda m: m.grad(lambda a: m.np.linalg.slogdet(a)[1])(S),
    "eigh": lambda m: m.grad(lambda a: m.np.sum(m.np.linalg.eigh(a + a.T)[0] ** 2))(S),
    "where": lambda m: m.grad(lambda x: m.np.sum(m.np.where(x > 0, x**2, -x)))(X),
    "concatenate": lambda m: m.grad(lambda x: m.np.sum(m.np.concatenate([x[::-1], x[:2]]) * m.np.arange(5)))(X),
    "fft": lambda m: m.grad(lambda x: m.np.sum(m.np.abs(m.np.fft.fft(x)) ** 2))(X),
    "complex": lambda m: m.grad(lambda x: m.np.real(m.np.sum(m.np.exp(1j * x) * x)))(X),
    "norm.logpdf": lambda m: m.grad(lambda mu: m.np.sum(m.st.norm.logpdf(X, mu, 2.0)))(0.3),
    "norm.cdf": lambda m: m.grad(lambda s: m.np.sum(m.st.norm.cdf(X, 0.0, s)))(1.3),
    "norm.logcdf": lambda m: m.elementwise_grad(m.st.norm.logcdf)(X - 5),
    "norm.logsf": lambda m: m.elementwise_grad(m.st.norm.logsf)(X + 5),
    "multivariate_normal by cov": lambda m: m.grad(lambda c: m.st.multivariate_normal.logpdf(X, m.np.zeros(3), c))(S),
    "multivariate_normal by mean": lambda m: m.grad(lambda mu: m.st.multivariate_normal.logpdf(X, mu, S))(X * 2),
    "t.logpdf": lambda m: m.grad(lambda df: m.np.sum(m.st.t.logpdf(X, df)))(3.0),
    "t.cdf": lambda m: m.elementwise_grad(lambda x: m.st.t.cdf(x, 3.0))(X),
    "gamma.logpdf": lambda m: m.grad(lambda a: m.np.sum(m.st.gamma.logpdf(abs(X), a)))(2.0),
    "beta.logpdf": lambda m: m.grad(lambda a: m.st.beta.logpdf(0.3, a, 2.0))(2.0),
    "beta.cdf": lambda m: m.grad(lambda x: m.st.beta.cdf(x, 3.0, 2.0))(0.4),
    "chi2.logpdf": lambda m: m.grad(lambda x: m.st.chi2.logpdf(x, 3.0))(0.4),
    "poisson.logpmf": lambda m: m.grad(lambda mu: m.st.poisson.logpmf(3, mu))(2.0),
    "dirichlet.logpdf": lambda m: m.grad(lambda a: m.st.dirichlet.logpdf(m.np.array([0.2, 0.3, 0.5]), a))(V),
    "special of one argument": lambda m: [
        m.elementwise_grad(getattr(m.sp, name))(V)
        for name in [
            "gammaln",
            "digamma",
            "psi",
            "erf",
            "erfc",
            "expit",
            "logit",
            "j0",
            "j1",
            "y0",
            "y1",
            "i0",
            "i1",
            "gamma",
            "rgamma",
            "erfinv",
            "erfcinv",
        ]
    ],
    "polygamma": lambda m: m.elementwise_grad(lambda x: m.sp.polygamma(2, x))(V),
    "jn": lambda m: m.elementwise_grad(lambda x: m.sp.jn(2, x))(V),
    "iv": lambda m: m.elementwise_grad(lambda x: m.sp.iv(1.5, x))(V),
    "logsumexp": lambda m: m.grad(lambda x: m.np.sum(m.sp.logsumexp(x, axis=1)))(M),
    "multigammaln": lambda m: m.grad(lambda a: m.sp.multigammaln(a, 3))(4.0),
    "betainc": lambda m: m.grad(lambda x: m.sp.betainc(2.0, 3.0, x))(0.4),
    "gammainc": lambda m: m.grad(lambda x: m.sp.gammainc(2.0, x) - m.sp.gammaincc(2.5, x))(0.4),
    "convolve": lambda m: [
        m.grad(lambda x, mode=mode: m.np.sum(m.sg.convolve(x, KERNEL, mode=mode) ** 2))(M) for mode in ("full", "valid")
    ],
    "convolve over axes": lambda m: [
        m.sg.convolve(BLOCK, CORE, axes=([2], [1]), dot_axes=([1], [0]), mode=mode) for mode in ("full", "valid")
    ],
    "solve_triangular": lambda m: m.grad(lambda a: m.np.sum(m.sl.solve_triangular(a, X, lower=True)))(S),
    "sqrtm": lambda m: m.grad(lambda a: m.np.sum(m.sl.sqrtm(a)))(S),
    "flatten": lambda m: m.flatten({"a": X, "b": (1.0, M)})[0],
    "grad through flatten": lambda m: m.grad(lambda d: m.np.sum(m.flatten(d)[0] ** 2))({"a": X})["a"],
    "adam": lambda m: m.adam(lambda w, i: 2 * w, X, num_iters=20, step_size=0.1),
    "sgd": lambda m: m.sgd(lambda w, i: 2 * w, X, num_iters=20),
    "rmsprop": lambda m: m.rmsprop(lambda w, i: 2 * w, X, num_iters=20),
    "primitive": lambda m: [m.grad(own(m))(X), m.hessian(own(m))(X)],
    "check_grads": lambda m: m.check_grads(lambda x, y: m.np.sin(x) * y, (0, 1), order=2)(X, X * 2),
    "a vector where a number is expected": lambda m: m.grad(lambda x: x)(X),
    "an integer": lambda m: m.grad(lambda x: x * 1.0)(3),
}


def own(m):
    """A primitive of the user's own."""

    @m.primitive
    def logsumexp(x):
        return np.log(np.sum(np.exp(x)))

    m.defvjp(logsumexp, lambda ans, x: lambda g: g * m.np.exp(x - ans))
    return logsumexp


def outcome(program, m):
    try:
        return program(m)
    except TypeError as error:
        return str(error)


def assert_same(got, expected):
    if isinstance(expected, list | tuple):
        assert len(got) == len(expected)
        for a, b in zip(got, expected, strict=True):
            assert_same(a, b)
    elif isinstance(expected, str | None):
        assert got == expected
    else:
        assert not isinstance(got, Tensor)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", PROGRAMS)
def test_same_as_hips_autograd(name):
    pytest.importorskip("autograd")
    assert_same(*(outcome(PROGRAMS[name], names_of(package)) for package in ("wengert.compat.autograd", "autograd")))


def test_odeint():
    """By the adjoint equation; the parameters stand in a tuple, which HIPS autograd wants boxed."""
    m = names_of("wengert.compat.autograd")
    odeint = importlib.import_module("wengert.compat.autograd.scipy.integrate").odeint
    times = np.array([0.0, 0.5, 1.0])
    found = m.grad(lambda k: m.np.sum(odeint(lambda y, t, k: -k * y, m.np.array([1.0, 2.0]), times, (k,)) ** 2))(1.3)
    assert found == pytest.approx(-5 * np.exp(-1.3) - 10 * np.exp(-2.6), rel=1e-5)


def test_fixed_point():
    """The root of a: its derivative is 1 / (2 root)."""
    m = names_of("wengert.compat.autograd")
    fixed_point = importlib.import_module("wengert.compat.autograd.misc.fixed_points").fixed_point
    root = lambda a: fixed_point(lambda a: lambda x: 0.5 * (x + a / x), a, 1.0, lambda x, y: abs(x - y), 1e-12)
    assert m.grad(root)(2.0) == pytest.approx(0.5 / np.sqrt(2.0), rel=1e-9)


def test_multigrad_dict():
    m = names_of("wengert.compat.autograd")
    assert dict(m.multigrad_dict(lambda a, b=3.0: a * b)(2.0)) == {"a": 3.0, "b": 2.0}


def test_install_stands_in_for_the_package():
    program = (
        "import wengert.compat.autograd as w; w.install(); import autograd, autograd.numpy as np; assert autograd is w; "
        "print(autograd.grad(lambda x: np.sin(x))(0.0))"
    )
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert made.stdout == "1.0\n"
