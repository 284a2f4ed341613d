"""Cosine and sine transforms beside SciPy's, their derivatives, and `compat.scipy_fft`, which hands SciPy's over to them."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

import wengert as wg
from wengert import fft
from wengert.errors import ArgumentError, DtypeError

scipy_fft = pytest.importorskip("scipy.fft")

RANDOM = np.random.default_rng(3)
NAMES = ("dct", "idct", "dst", "idst")
TYPES = (1, 2, 3, 4)
EVERY = list(itertools.product(NAMES, TYPES))
NORMS = (None, "backward", "ortho", "forward")


@pytest.mark.parametrize(("name", "type"), EVERY)
def test_values(name, type):
    for norm, orthogonalize, n, axis, rows in itertools.product(NORMS, (None, True, False), (None, 5, 12), (0, -1), (2, 3, 8)):
        x = RANDOM.normal(size=(rows, rows + 1))
        expected = getattr(scipy_fft, name)(x, type, n, axis, norm, orthogonalize=orthogonalize)
        found = getattr(fft, name)(wg.tensor(x), type, n, axis, norm, orthogonalize=orthogonalize)
        np.testing.assert_allclose(found.array, expected, rtol=1e-10, atol=1e-11)


@pytest.mark.parametrize("dtype", ["float32", "complex64", "complex128"])
@pytest.mark.parametrize(("name", "type"), EVERY)
def test_dtypes(name, type, dtype):
    """With the `orthogonalize` that belongs to the norm: for complex numbers SciPy (1.17) forgets any other."""
    x = RANDOM.normal(size=(4, 7))
    x = (x + 1j * RANDOM.normal(size=(4, 7)) if "c" in dtype else x).astype(dtype)
    tolerance = 1e-10 if dtype == "complex128" else 1e-4
    for norm in NORMS:
        expected = getattr(scipy_fft, name)(x, type, norm=norm)
        found = getattr(fft, name)(wg.tensor(x), type, norm=norm)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.array, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("name", ["dctn", "idctn", "dstn", "idstn"])
@pytest.mark.parametrize(
    "options",
    [{}, {"axes": (0,)}, {"axes": 1}, {"s": (5,), "axes": (-1,)}, {"s": (2, 3)}, {"type": 3, "norm": "ortho"}],
    ids=str,
)
def test_several_axes(name, options):
    x = RANDOM.normal(size=(3, 4))
    found = getattr(fft, name)(wg.tensor(x), **options)
    np.testing.assert_allclose(found.array, getattr(scipy_fft, name)(x, **options), atol=1e-12)


@pytest.mark.parametrize(("name", "type"), EVERY)
def test_derivatives(name, type):
    x = wg.tensor(RANDOM.normal(size=(2, 5)), requires_grad=True)
    for options in ({}, {"norm": "ortho", "axis": 0}, {"n": 3}, {"n": 7, "norm": "forward"}):
        f = lambda x, options=options: getattr(fft, name)(x, type, **options)
        assert wg.autograd.gradcheck(f, x)
        assert wg.autograd.gradcheck(f, x, check_forward_ad=True, check_batched_grad=True)
    z = wg.tensor(RANDOM.normal(size=4) + 1j * RANDOM.normal(size=4), requires_grad=True)
    assert wg.autograd.gradcheck(lambda z: getattr(fft, name)(z, type), z)
    assert wg.autograd.gradgradcheck(lambda x: getattr(fft, name)(x, type) ** 2, x)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_other_libraries(library):
    pytest.importorskip(library)
    xp = getattr(wg, library)
    for name, type in EVERY:
        x = RANDOM.normal(size=6).astype("float32")
        found = getattr(fft, name)(xp.asarray(x), type, norm="ortho")
        assert found.dtype == xp.float32
        np.testing.assert_allclose(found.tolist(), getattr(scipy_fft, name)(x, type, norm="ortho"), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fft.dct(wg.ones(3), type=5), "dct: type: expected 1, 2, 3 or 4, got 5"),
        (lambda: fft.idst(wg.ones(3), norm="other"), "idst: norm: expected None, 'backward', 'ortho' or 'forward', got 'other'"),
        (lambda: fft.dct(wg.ones(1), type=1), "dct: expected at least 2 points for type 1, got 1"),
        (lambda: fft.dst(wg.ones(3), n=0), "dst: expected at least 1 points for type 2, got 0"),
        (lambda: fft.dctn(wg.ones((3, 3)), s=(2,), axes=(0, 1)), "dctn: s and axes: expected as many of each, got 1 and 2"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ArgumentError) as raised:
        call()
    assert message in str(raised.value)


def test_integers_are_refused():
    with pytest.raises(DtypeError, match="dct: x: expected a floating or complex dtype, got int64"):
        fft.dct(wg.arange(3))


# -- SciPy's own functions -----------------------------------------------------------------------------------------------
CALLS = {
    "dct": lambda m, x: m.dct(x, 2, None, -1, "ortho", False, 1),
    "idct": lambda m, x: m.idct(x, type=3, overwrite_x=True),
    "dstn": lambda m, x: m.dstn(x, axes=(0,)),
    "fft": lambda m, x: m.fft(x, 5, 0, "ortho", workers=1),
    "ifft2": lambda m, x: m.ifft2(x),
    "rfftn": lambda m, x: m.rfftn(x, (4, 3), norm=None),
    "irfft": lambda m, x: m.irfft(x, n=4),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_backend_for_scipy(name):
    from wengert.compat import scipy_fft as backend

    x = RANDOM.normal(size=(3, 4))
    t = wg.tensor(x, requires_grad=True)
    with scipy_fft.set_backend(backend):
        found = CALLS[name](scipy_fft, t)
        assert isinstance(CALLS[name](scipy_fft, x.copy()), np.ndarray)
    assert found.requires_grad
    np.testing.assert_allclose(found.array, CALLS[name](scipy_fft, x.copy()), atol=1e-12)
    with pytest.raises(wg.errors.GradientError):
        CALLS[name](scipy_fft, t)


def test_a_backend_for_the_whole_program():
    program = """
import numpy as np, scipy.fft, wengert as wg, wengert.compat.scipy_fft
wengert.compat.scipy_fft.install()
wengert.compat.scipy_fft.install()
x = np.array([1.0, 2.0, 4.0])
print(scipy.fft.dct(wg.tensor(x, requires_grad=True)).requires_grad, type(scipy.fft.dct(x)).__name__)
print(scipy.fft.hfft2(np.ones((2, 2)) + 0j).shape)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["True ndarray", "(2, 2)", ""]
