"""Linear algebra and Fourier transforms beside PyTorch's: values, gradients, second gradients, names of fields, errors."""

import numpy as np
import pytest

from .both import check, outcome, spelled

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # PyTorch's: that is deprecated

RNG = np.random.default_rng(0)
SQUARE = RNG.standard_normal((2, 3, 3)) + 3 * np.eye(3)
TALL = RNG.standard_normal((4, 2))
WIDE = RNG.standard_normal((2, 2, 4))
COMPLEX = SQUARE + 1j * RNG.standard_normal((2, 3, 3))
COLUMNS = RNG.standard_normal((2, 3, 2))
VECTOR = RNG.standard_normal(3)
SIGNAL = RNG.standard_normal((2, 5))


def both_orders(function, *arrays):
    """Values of `function(torch, *leaves)`, gradients, and gradients of these, all in double precision."""

    def program(torch):
        made = [torch.tensor(a.tolist(), dtype=torch.complex128 if a.dtype.kind == "c" else torch.float64) for a in arrays]
        made = [m.requires_grad_() for m in made]
        found = function(torch, *made)
        found = tuple(found) if isinstance(found, tuple) else (found,)
        smooth = [f for f in found if f.requires_grad]
        total = sum((f * (f.detach() * 0.5 + 1).conj()).real.sum() if f.is_complex() else (f * (f.detach() * 0.5 + 1)).sum()
                    for f in smooth)  # fmt: skip
        first = torch.autograd.grad(total, made, create_graph=True)
        again = sum((g.abs() ** 2).sum() for g in first)
        second = torch.autograd.grad(again, made, allow_unused=True) if again.requires_grad else ()
        return found, first, second

    check(program)


def rebuilt(u, s, vh):
    return s, (u * (s * 0.3).exp().unsqueeze(-2)) @ vh


def of_hermitian(w, v):
    return (v * (w * 0.1).exp().unsqueeze(-2)) @ v.mH


def of_any(w, v):
    return (v.abs() ** 4 * w.abs().unsqueeze(-2)).sum((-2, -1))


CASES = {
    "inv": (lambda t, a: t.linalg.inv(a), SQUARE),
    "inverse": (lambda t, a: a.inverse(), COMPLEX),
    "det": (lambda t, a: t.det(a), SQUARE),
    "det of complex": (lambda t, a: t.linalg.det(a), COMPLEX),
    "logdet": (lambda t, a: a.logdet(), SQUARE),
    "slogdet": (lambda t, a: t.linalg.slogdet(a), COMPLEX),
    "cholesky": (lambda t, a: t.linalg.cholesky(a @ a.mT), SQUARE),
    "cholesky, upper": (lambda t, a: t.cholesky(a @ a.mH, upper=True), COMPLEX),
    "cholesky_solve": (lambda t, a, b: b.cholesky_solve(t.tril(a)), SQUARE, COLUMNS),
    "cholesky_inverse": (lambda t, a: t.cholesky_inverse(t.tril(a)), SQUARE[0]),
    "qr, tall": (lambda t, a: t.linalg.qr(a), TALL),
    "qr, wide": (lambda t, a: t.qr(a), WIDE),
    "qr of complex": (lambda t, a: a.qr(), COMPLEX),
    "lu": (lambda t, a: t.linalg.lu(a), SQUARE),
    "lu, wide": (lambda t, a: t.linalg.lu(a), WIDE),
    "lu_factor, tall": (lambda t, a: t.linalg.lu_factor(a), TALL),
    "lu_factor, wide": (lambda t, a: t.lu_unpack(*a.lu()), WIDE),
    "lu_solve": (lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a.flip(1)), b), SQUARE, COLUMNS),
    "lu_solve, old": (lambda t, a, b: b.lu_solve(*t.lu(a.flip(1))), SQUARE, COLUMNS),
    "lu_solve, right": (lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b, left=False), COMPLEX, COMPLEX[:, :2]),
    "lu_solve, adjoint": (lambda t, a, b: t.linalg.lu_solve(*t.linalg.lu_factor(a), b, adjoint=True), COMPLEX, COMPLEX[..., :1]),
    "eigh": (lambda t, a: t.linalg.eigh(a + a.mT).eigenvalues, SQUARE),
    "eigh of complex": (lambda t, a: of_hermitian(*t.linalg.eigh(a + a.mH)), COMPLEX),
    "eigvalsh": (lambda t, a: t.linalg.eigvalsh(a + a.mH, UPLO="U"), COMPLEX),
    "eigvals": (lambda t, a: (t.linalg.eigvals(a) ** 3).sum(-1), SQUARE),
    "eig": (lambda t, a: of_any(*t.linalg.eig(a)), COMPLEX),
    "svd": (lambda t, a: rebuilt(*t.linalg.svd(a, full_matrices=False)), WIDE),
    "svd of complex": (lambda t, a: rebuilt(*t.linalg.svd(a)), COMPLEX),
    "svd of old": (lambda t, a: rebuilt(t.svd(a).U, t.svd(a).S, t.svd(a).V.mT), TALL),
    "svdvals": (lambda t, a: t.linalg.svdvals(a), WIDE),
    "pinv": (lambda t, a: t.linalg.pinv(a), WIDE),
    "pinverse": (lambda t, a: t.pinverse(a), TALL),
    "solve": (lambda t, a, b: t.linalg.solve(a, b), SQUARE, COLUMNS),
    "solve, right": (lambda t, a, b: t.linalg.solve(a, b.mT, left=False), SQUARE, COLUMNS),
    "solve, vectors": (lambda t, a, b: t.linalg.solve(a, b[..., 0]), SQUARE, COLUMNS),
    "solve, vector": (lambda t, a, b: t.linalg.solve(a[0], b), SQUARE, VECTOR),
    "solve_triangular": (lambda t, a, b: t.linalg.solve_triangular(a, b.mT, upper=True, left=False), SQUARE, COLUMNS),
    "triangular_solve": (lambda t, a, b: t.triangular_solve(b, a, transpose=True), SQUARE[0], COLUMNS[0]),
    "lstsq": (lambda t, a, b: t.linalg.lstsq(a, b).solution, SQUARE, COLUMNS),
    "matrix_exp": (lambda t, a: t.matrix_exp(a / 2), SQUARE),
    "matrix_power": (lambda t, a: t.linalg.matrix_power(a, -2), SQUARE),
    "multi_dot": (lambda t, a, b: t.linalg.multi_dot([a[0], b[0], a[0, :2, :2]]), SQUARE, COLUMNS),
    "norms": (lambda t, a: tuple(t.linalg.norm(a, p, dim=(0, 2)) for p in ("fro", "nuc", 1, -1, 2, np.inf)), WIDE),
    "matrix_norm": (lambda t, a: t.linalg.matrix_norm(a, 2, dim=(0, -1), keepdim=True), WIDE),
    "norm": (lambda t, a: (t.linalg.norm(a), t.linalg.norm(a, 1), t.norm(a, "nuc"), t.linalg.norm(a, 3, dim=0)), TALL),
    "cond": (lambda t, a: (t.linalg.cond(a), t.linalg.cond(a, -2)), SQUARE),
    "cross": (lambda t, a, b: t.linalg.cross(a, b.mT), SQUARE, COLUMNS[:1, :, :1]),
    "tensorsolve": (lambda t, a, b: t.linalg.tensorsolve(a, b), SQUARE[0], VECTOR),
    "tensorinv": (lambda t, a: t.linalg.tensorinv(a, 1), SQUARE[0]),
    "vander": (lambda t, a: t.linalg.vander(a, N=4), VECTOR),
    "rfft": (lambda t, a: t.fft.rfft(a, n=4, norm="ortho"), SIGNAL),
    "irfft": (lambda t, a: t.fft.irfft(a, n=7, dim=0), COMPLEX),
    "fft2": (lambda t, a: t.fft.fft2(a, s=(4, 2), norm="forward"), COMPLEX),
    "ifftn": (lambda t, a: t.fft.ifftn(a, dim=(0, 2)), SQUARE),
    "hfft": (lambda t, a: t.fft.hfft(a), COMPLEX),
    "hfftn": (lambda t, a: t.fft.hfftn(a, s=(2, 5), norm="ortho"), COMPLEX),
    "ihfft2": (lambda t, a: t.fft.ihfft2(a), SQUARE),
    "irfftn": (lambda t, a: t.fft.irfftn(a), COMPLEX),
    "fftshift": (lambda t, a: t.fft.fftshift(a, dim=1) + t.fft.ifftshift(a), SIGNAL),
}


@pytest.mark.parametrize("name", CASES)
def test_value_and_derivatives(name):
    function, *arrays = CASES[name]
    both_orders(function, *arrays)


# -- where decompositions have no derivative, or an odd one ------------------------------------------------------------
DEGENERATE = {
    "det of rank one": ("det", [[1.0, 2.0, 3.0]] * 3),
    "eigvalsh, equal": ("linalg.eigvalsh", np.eye(3).tolist()),
    "svdvals, zero": ("linalg.svdvals", [[0.0, 0.0], [0.0, 2.0]]),
    "svdvals, equal": ("linalg.svdvals", (2 * np.eye(2)).tolist()),
    "pinv of a singular matrix": ("linalg.pinv", [[1.0, 2.0], [2.0, 4.0]]),
    "norm of zero": ("linalg.matrix_norm", [[0.0, 0.0], [0.0, 0.0]]),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_points(name):
    path, data = DEGENERATE[name]

    def program(torch):
        function = torch
        for part in path.split("."):
            function = getattr(function, part)
        x = torch.tensor(data, dtype=torch.float64, requires_grad=True)
        (g,) = torch.autograd.grad(function(x).sum(), x)
        return g

    check(program)


def test_equal_eigenvalues_have_infinite_vectors():
    def program(torch):
        x = torch.eye(2, dtype=torch.float64, requires_grad=True)
        (g,) = torch.autograd.grad(torch.linalg.eigh(x).eigenvectors[0, 1] * 2.0, x)
        return torch.isfinite(g)

    check(program)


def test_a_gradient_that_depends_on_a_phase():
    def program(torch):
        x = torch.tensor(COMPLEX.tolist(), dtype=torch.complex128, requires_grad=True)
        torch.linalg.eigh(x + x.mH).eigenvectors.imag.sum().backward()

    check(program)


FIELDS = ("U", "S", "V", "Vh", "Q", "R", "eigenvalues", "eigenvectors", "sign", "logabsdet")


# -- names and errors ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("call", ["linalg.svd", "svd", "linalg.qr", "linalg.eigh", "linalg.eig", "linalg.slogdet"])
def test_named_results(call):
    def program(torch):
        function = torch
        for part in call.split("."):
            function = getattr(function, part)
        found = function(torch.eye(2))
        names = [n for n in FIELDS if hasattr(found, n)]
        return names, [torch.equal(getattr(found, n), value) for n, value in zip(names, found, strict=True)]

    check(program)


def test_frequencies_and_what_has_no_derivative():
    check(lambda torch: (torch.fft.fftfreq(5, 0.5), torch.fft.rfftfreq(4), torch.fft.fft(torch.arange(3))))
    check(lambda torch: torch.linalg.matrix_rank(torch.tensor(WIDE.tolist()), atol=0.5))
    check(lambda torch: tuple(torch.linalg.lstsq(torch.tensor(TALL.tolist()), torch.ones(4, 1), driver="gelsd")))


ERRORS = {
    "singular": lambda t: t.linalg.inv(t.zeros(2, 2)),
    "singular, to solve": lambda t: t.linalg.solve(t.zeros(2, 2), t.ones(2)),
    "not positive": lambda t: t.linalg.cholesky(-t.eye(2)),
    "not square": lambda t: t.linalg.eigh(t.ones(2, 3)),
    "a vector": lambda t: t.linalg.svd(t.ones(3)),
    "integers": lambda t: t.linalg.inv(t.tensor([[1, 0], [0, 1]])),
    "two shapes": lambda t: t.linalg.solve(t.eye(2), t.ones(3, 1)),
    "a norm that is none": lambda t: t.linalg.matrix_norm(t.eye(2), 3),
    "a norm of a transform that is none": lambda t: t.fft.fft(t.ones(2), norm="none"),
    "no points": lambda t: t.fft.fft(t.ones(2), n=0),
    "no such axis": lambda t: t.fft.fft(t.ones(2), dim=2),
    "complex": lambda t: t.fft.rfft(t.ones(2, dtype=t.complex64)),
    "complete and tall": lambda t: t.linalg.qr(t.ones(3, 2, requires_grad=True), "complete").Q.sum().backward(),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    check(ERRORS[name])
    assert "raised" in repr(outcome(ERRORS[name], spelled))


def test_what_says_whether_it_went_well():
    def program(torch):
        good = torch.tensor(SQUARE.tolist(), requires_grad=True)
        spd = good @ good.mT
        found = torch.linalg.inv_ex(good), torch.linalg.cholesky_ex(spd), torch.linalg.solve_ex(good, torch.ones(2, 3, 1))
        bad = torch.eye(2).repeat(2, 1, 1)
        bad[1] = 0
        return [tuple(f) for f in found], torch.linalg.inv_ex(bad).info != 0, torch.linalg.cholesky_ex(bad).info != 0

    check(program)
    check(lambda torch: torch.linalg.inv_ex(torch.zeros(2, 2), check_errors=True))
