"""What the rows of the tables do not show: what errors say, what is there without SciPy, names of nodes, empty matrices."""

import sys

import numpy as np
import pytest
import torch

import wengert as wg
from wengert import errors, linalg

EYE = np.eye(2)
SINGULAR = wg.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)


# -- errors ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: linalg.inv(SINGULAR), r"inv: .*[Ss]ingular matrix.*\(2, 2\)"),
        (lambda: linalg.solve(SINGULAR, EYE), "solve: .*ingular"),
        (lambda: linalg.solve_triangular(wg.zeros((2, 2)), EYE), "solve_triangular: .*singular"),
        (lambda: linalg.solve_triangular(wg.zeros((1, 2, 2)), EYE), "solve_triangular: .*singular"),
        (lambda: linalg.cholesky(-EYE), "cholesky: .*positive definite"),
        (lambda: linalg.slogdet(SINGULAR).logabsdet.backward(), "inv: .*ingular"),
        (lambda: linalg.qr(SINGULAR[:, :1] * wg.ones((1, 2)) * 0).Q.sum().backward(), "solve_triangular: .*singular"),
        (lambda: linalg.qr(wg.ones((3, 2), requires_grad=True), mode="complete").R.sum().backward(), r"more rows.*\(3, 2\)"),
    ],
)
def test_matrices_that_do_not_do(call, said):
    """One class, which those who catch NumPy's or PyTorch's error catch as well."""
    with np.errstate(all="ignore"), pytest.raises(errors.MatrixError, match=said) as caught:
        call()
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, RuntimeError)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: linalg.inv(wg.ones((2, 3))), r"inv: x: expected square matrices, got shape \(2, 3\)"),
        (lambda: linalg.svd(wg.ones(3)), r"svd: x: expected a matrix or a stack of them, got shape \(3,\)"),
        (lambda: linalg.solve(EYE, wg.ones((3, 1))), r"solve: x2: expected shape \(..., 2, K\) or \(2,\).*got \(3, 1\)"),
        (lambda: linalg.lstsq(wg.ones((3, 2)), wg.ones(2)), r"lstsq: x2: expected shape \(..., 3, K\).*got \(2,\)"),
        (lambda: linalg.qr(EYE, mode="full"), "qr: mode: expected 'reduced' or 'complete', got 'full'"),
        (lambda: linalg.eigh(EYE, UPLO="l"), "eigh: UPLO: expected 'L' or 'U', got 'l'"),
        (lambda: linalg.matrix_norm(EYE, ord=3), "matrix_norm: ord: expected 'fro'.*got 3"),
        (lambda: linalg.cross(wg.ones(2), wg.ones(3)), r"cross: x1: expected 3 elements along axis -1, got shape \(2,\)"),
        (lambda: linalg.multi_dot([EYE]), "multi_dot: arrays: expected at least two, got 1"),
        (lambda: linalg.multi_dot([EYE, wg.ones(2), EYE]), r"multi_dot: arrays\[1\]: expected a matrix"),
        (lambda: wg.fft.fft(wg.ones(3), norm="unit"), "fft: norm: expected 'backward', 'ortho' or 'forward', got 'unit'"),
        (lambda: wg.fft.hfft(wg.ones(3), norm="unit"), "hfft: norm"),
        (lambda: wg.fft.fft(wg.ones(3), n=0), "fft: n: expected at least one point, got 0"),
        (lambda: wg.fft.ifft(wg.ones(0)), "ifft: axis 0 of x has no elements"),
        (lambda: wg.fft.irfft(wg.ones(1)), "irfft: n: 1 element along axis 0"),
        (lambda: wg.fft.fftn(wg.ones((2, 2)), s=(2,), axes=(0, 1)), r"fftn: s: expected a number for each of the axes \(0, 1\)"),
        (lambda: wg.fft.fftn(wg.ones(2), s=(2, 2)), "fftn: s: expected at most 1 numbers"),
        (lambda: wg.fft.rfftn(wg.ones(2), axes=()), "rfftn: axes: expected at least one"),
        (lambda: wg.fft.fftfreq(0), "fftfreq: n: expected at least one point, got 0"),
        (lambda: wg.special.polygamma(-1, EYE), "polygamma: n: expected an integer that is not negative, got -1"),
    ],
)
def test_arguments(call, said):
    with pytest.raises(errors.ArgumentError, match=said):
        call()


def test_complex_operands_of_transforms_of_real_ones():
    with pytest.raises(errors.DtypeError, match="rfft: x: expected a real floating dtype, got complex128; use fft"):
        wg.fft.rfft(wg.tensor([1j]))


@pytest.mark.parametrize("function", [linalg.eigh, linalg.eig, linalg.svd])
def test_a_loss_that_depends_on_a_phase(function):
    x = wg.tensor([[1.0, 2j], [-2j, 3.0]], requires_grad=True)
    with pytest.raises(errors.MatrixError, match=f"{function.__name__}: vectors of complex matrices .* up to a phase"):
        wg.imag(function(x)[-1] * (1 + 2j)).sum().backward()


# -- without SciPy -----------------------------------------------------------------------------------------------------
def test_without_scipy(monkeypatch):
    """Triangles are solved row by row; what only SciPy has says which extra to install."""
    a = wg.tensor([[2.0, 5.0], [1.0, 4.0]], requires_grad=True)
    b = wg.tensor([[2.0], [3.0]])

    def gradient(**options):
        (g,) = wg.autograd.grad(linalg.solve_triangular(a, b, **options).sum(), a)
        return g.array

    kinds = [{}, {"upper": True}, {"unit": True}]
    expected = [gradient(**options) for options in kinds]
    for name in [name for name in sys.modules if name == "scipy" or name.startswith("scipy.")]:
        monkeypatch.delitem(sys.modules, name)
    for name in ("scipy", "scipy.linalg", "scipy.special"):
        monkeypatch.setitem(sys.modules, name, None)
    for options, wanted in zip(kinds, expected, strict=True):
        np.testing.assert_allclose(gradient(**options), wanted)
    from wengert.arrays.numpy_linalg import NumpyLinalg

    fresh = NumpyLinalg()
    for call in (lambda: fresh.fn_linalg_matrix_exp(EYE), lambda: fresh.function("special.digamma")):
        with pytest.raises(errors.MissingExtraError, match=r"needs SciPy: pip install 'wengert\[special\]'"):
            call()


# -- shapes and names --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2), (2, 0, 0)])
def test_nothing(shape):
    """Of no matrices, and of matrices without elements, everything is empty, or a product of nothing."""
    x = wg.ones(shape, requires_grad=True)
    for function in (linalg.inv, linalg.matrix_exp, linalg.det, linalg.eigvalsh, linalg.pinv, linalg.svdvals):
        out = function(x)
        (g,) = wg.autograd.grad(out.sum(), x)
        assert g.shape == shape
    assert linalg.det(x).shape == shape[:-2]
    assert linalg.matrix_rank(x).shape == shape[:-2]


NODES = ["inv", "det", "cholesky", "eigh", "eig", "svd", "qr", "slogdet", "matrix_exp"]


@pytest.mark.parametrize("name", NODES)
def test_nodes_have_the_names_of_pytorch(name):
    def name_of(library, made):
        out = getattr(library.linalg, name)(made)
        out = out[0] if isinstance(out, tuple) else out
        return out.grad_fn.name()

    assert name_of(wg, wg.tensor(EYE, requires_grad=True)) == name_of(torch, torch.eye(2, requires_grad=True))


def test_the_standard_namespaces_are_there():
    """Every function of the extensions `linalg` and `fft` of the array API."""
    of_linalg = (
        "cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank matrix_transpose outer pinv "
        "qr slogdet solve svd svdvals tensordot trace vecdot vector_norm"
    )
    of_fft = "fft ifft fftn ifftn rfft irfft rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift"
    assert set(of_linalg.split()) <= set(linalg.__all__)
    assert set(of_fft.split()) <= set(wg.fft.__all__)


def test_lstsq_knows_its_tolerance_by_two_names():
    a, b = wg.tensor([[1.0, 0.0], [0.0, 1e-3]]), wg.tensor([1.0, 1.0])
    assert wg.linalg.lstsq(a, b, rcond=1e-2).rank.item() == wg.linalg.lstsq(a, b, rtol=1e-2).rank.item() == 1
    assert wg.linalg.lstsq(a, b).rank.item() == 2
    with pytest.raises(wg.errors.ArgumentError, match="two names"):
        wg.linalg.lstsq(a, b, rtol=1e-2, rcond=1e-2)
