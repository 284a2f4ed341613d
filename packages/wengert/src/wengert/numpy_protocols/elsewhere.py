"""``numpy.fft``, ``numpy.linalg`` and the ufuncs of ``scipy.special`` over Tensors, with their signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import fft, special
from .. import linalg as la
from ..errors import UnsupportedError
from ..ops.products import matmul, vecdot
from ..ops.reductions import sum
from .numerics import FUNCTIONS as NUMERICS
from .operands import into, number, of_tensors, plain, taking, tensor
from .shaping import FUNCTIONS as SHAPING

__all__ = ["FUNCTIONS", "special_ufuncs"]


def _one(function: Callable[..., Any]) -> Callable[..., Any]:
    @taking("a")
    def call(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
        return into(function(a, n=n, axis=axis, norm=norm or "backward"), out, f"np.fft.{function.__name__}")

    return call


def _several(function: Callable[..., Any], default: Any) -> Callable[..., Any]:
    @taking("a")
    def call(a: Any, s: Any = None, axes: Any = default, norm: str | None = None, out: Any = None) -> Any:
        return into(function(a, s=s, axes=axes, norm=norm or "backward"), out, f"np.fft.{function.__name__}")

    return call


def _shift(function: Callable[..., Any]) -> Callable[..., Any]:
    return taking("x")(lambda x, axes=None: function(x, axes=axes))


# -- linear algebra ------------------------------------------------------------------------------------------------------
@taking("x")
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return la.norm(x if x.dtype.kind in "fc" else x.astype("float64"), ord, axis=axis, keepdims=keepdims)


@taking("a")
def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:  # noqa: ARG001
    return la.svd(a, full_matrices=full_matrices) if compute_uv else la.svdvals(a)


@taking("a")
def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:  # noqa: ARG001
    wanted = rcond if rtol is None or rtol is np._NoValue else rtol
    return la.pinv(a, rtol=number(wanted, "np.linalg.pinv", "rtol"))


@taking("a", "b")
def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution is differentiable, and so are the residues; rank and singular values are numbers."""
    _, residues, rank, values = np.linalg.lstsq(plain(a), plain(b), rcond)
    solution = matmul(la.pinv(a, rtol=rcond), b)
    off = b - matmul(a, solution)
    return (
        solution,
        sum(off * off, axis=0) + np.zeros(residues.shape) if residues.size else tensor(residues),
        rank,
        tensor(values),
    )


@taking("a")
def _qr(a: Any, mode: str = "reduced") -> Any:
    return la.qr(a, mode="reduced").R if mode == "r" else la.qr(a, mode=mode)


@taking("a")
def _matrix_power(a: Any, n: int) -> Any:
    return la.matrix_power(a, n)


@taking("a", "b")
def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    return la.tensorsolve(a, b, axes=axes)


@taking("x")
def _cond(x: Any, p: Any = None) -> Any:
    return la.cond(x, p)


LINALG: dict[str, Callable[..., Any]] = {
    **{
        f"linalg.{f.__name__}": of_tensors(f, "x" if "norm" in f.__name__ or f is la.svdvals else "a")
        for f in (la.cholesky, la.det, la.eig, la.eigvals, la.inv, la.matrix_norm, la.slogdet, la.svdvals, la.vector_norm)
    },
    "linalg.eigh": taking("a")(lambda a, UPLO="L": la.eigh(a, UPLO=UPLO)),
    "linalg.eigvalsh": taking("a")(lambda a, UPLO="L": la.eigvalsh(a, UPLO=UPLO)),
    "linalg.matrix_power": _matrix_power,
    "linalg.matrix_rank": lambda A, tol=None, hermitian=False, *, rtol=None: np.linalg.matrix_rank(
        plain(A), tol, hermitian, rtol=rtol
    ),
    "linalg.multi_dot": lambda arrays, *, out=None: into(la.multi_dot([tensor(a) for a in arrays]), out, "np.linalg.multi_dot"),
    "linalg.norm": _norm, "linalg.solve": of_tensors(la.solve, "a", "b"),
    "linalg.svd": _svd, "linalg.pinv": _pinv, "linalg.lstsq": _lstsq,
    "linalg.qr": _qr, "linalg.tensorsolve": _tensorsolve, "linalg.tensorinv": of_tensors(la.tensorinv, "a"), "linalg.cond": _cond,
    "linalg.matmul": of_tensors(matmul, "x1", "x2"), "linalg.vecdot": of_tensors(vecdot, "x1", "x2"),
    "linalg.tensordot": lambda x1, x2, /, *, axes=2: NUMERICS["tensordot"](x1, x2, axes),
    "linalg.outer": lambda x1, x2, /: NUMERICS["outer"](x1, x2),
    "linalg.cross": lambda x1, x2, /, *, axis=-1: NUMERICS["cross"](x1, x2, axis=axis),
    "linalg.trace": lambda x, /, *, offset=0, dtype=None: SHAPING["trace"](x, offset, -2, -1, dtype),
    "linalg.diagonal": lambda x, /, *, offset=0: SHAPING["diagonal"](x, offset, -2, -1),
    "linalg.matrix_transpose": SHAPING["matrix_transpose"],
}  # fmt: skip


def _lambertw(z: Any, k: Any, tol: Any) -> Any:
    if np.ndim(k):
        raise UnsupportedError(f"scipy.special.lambertw: k: one branch for all of a Tensor, got an array of shape {k.shape}")
    return special.lambertw(tensor(z), int(k), float(tol))


#: Ufuncs that SciPy's functions of one, or of more arguments, call.
BENEATH: dict[str, Callable[..., Any]] = {
    "_lambertw": _lambertw,
    "_riemann_zeta": lambda x: special.zetac(x) + 1.0,
    "_zeta": special.zeta,
}


def special_ufuncs() -> dict[np.ufunc, Callable[..., Any]]:
    """From each ufunc of ``scipy.special`` that has an operator here to that; of the SciPy that is imported already."""
    import scipy.special  # noqa: PLC0415  (an extra, and somebody has just called one of its functions)

    names = (name for name in special.__all__ if isinstance(getattr(scipy.special, name, None), np.ufunc))
    found = {getattr(scipy.special, name): getattr(special, name) for name in names}
    beneath = getattr(scipy.special, "_ufuncs", None)
    return found | {getattr(beneath, name): call for name, call in BENEATH.items() if hasattr(beneath, name)}


#: From NumPy's function, with its module, to ours.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **LINALG,
    **{f"fft.{f.__name__}": _one(f) for f in (fft.fft, fft.ifft, fft.rfft, fft.irfft, fft.hfft, fft.ihfft)},
    **{f"fft.{f.__name__}": _several(f, None) for f in (fft.fftn, fft.ifftn, fft.rfftn, fft.irfftn)},
    **{f"fft.{f.__name__}": _several(f, (-2, -1)) for f in (fft.fft2, fft.ifft2, fft.rfft2, fft.irfft2)},
    **{f"fft.{f.__name__}": _shift(f) for f in (fft.fftshift, fft.ifftshift)},
}
