"""``numpy.fft``, ``numpy.linalg`` and the ufuncs of ``scipy.special`` over Tensors, with their signatures."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import fft, special
from .. import linalg as la
from ..arrays.shapes import normalize_axes
from ..errors import ArgumentError, UnsupportedError
from ..ops.manipulation import moveaxis, permute_dims, reshape
from ..ops.products import matmul, vecdot
from ..ops.reductions import max, min, sum
from .numerics import FUNCTIONS as NUMERICS
from .operands import into, number, plain, tensor
from .shaping import FUNCTIONS as SHAPING

__all__ = ["FUNCTIONS", "special_ufuncs"]


def _one(function: Callable[..., Any]) -> Callable[..., Any]:
    def call(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None, out: Any = None) -> Any:
        return into(function(tensor(a), n=n, axis=axis, norm=norm or "backward"), out, f"np.fft.{function.__name__}")

    return call


def _several(function: Callable[..., Any], default: Any) -> Callable[..., Any]:
    def call(a: Any, s: Any = None, axes: Any = default, norm: str | None = None, out: Any = None) -> Any:
        return into(function(tensor(a), s=s, axes=axes, norm=norm or "backward"), out, f"np.fft.{function.__name__}")

    return call


def _shift(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axes=None: function(tensor(x), axes=axes)


# -- linear algebra ------------------------------------------------------------------------------------------------------
def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    """Of all elements where nothing is said, of vectors along one axis, of matrices along two."""
    x = tensor(x)
    x = x if x.dtype.kind in "fc" else x.astype("float64")
    if axis is None and (ord is None or x.ndim not in (1, 2)):
        if ord not in (None, 2, "fro") and x.ndim != 1:
            raise ArgumentError(f"np.linalg.norm: improper number of dimensions to norm: {x.ndim}")
        found = la.vector_norm(reshape(x, (-1,)))
        return reshape(found, (1,) * x.ndim) if keepdims else found
    axes = normalize_axes(axis, x.ndim)
    if len(axes) == 1:
        return la.vector_norm(x, axis=axes[0], ord=2 if ord is None else ord, keepdims=keepdims)
    rest = tuple(i for i in range(x.ndim) if i not in axes)
    found = la.matrix_norm(permute_dims(x, (*rest, *axes)), ord="fro" if ord is None else ord)
    return reshape(found, tuple(1 if i in axes else n for i, n in enumerate(x.shape))) if keepdims else found


def _solve(a: Any, b: Any) -> Any:
    return la.solve(tensor(a), tensor(b))


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False) -> Any:  # noqa: ARG001
    return la.svd(tensor(a), full_matrices=full_matrices) if compute_uv else la.svdvals(tensor(a))


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:  # noqa: ARG001
    wanted = rcond if rtol is None or rtol is np._NoValue else rtol
    return la.pinv(tensor(a), rtol=number(wanted, "np.linalg.pinv", "rtol"))


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    """The solution is differentiable, and so are the residues; rank and singular values are numbers."""
    a, b = tensor(a), tensor(b)
    _, residues, rank, values = np.linalg.lstsq(plain(a), plain(b), rcond)
    solution = matmul(la.pinv(a, rtol=rcond), b)
    off = b - matmul(a, solution)
    return (
        solution,
        sum(off * off, axis=0) + np.zeros(residues.shape) if residues.size else tensor(residues),
        rank,
        tensor(values),
    )


def _qr(a: Any, mode: str = "reduced") -> Any:
    return la.qr(tensor(a), mode="reduced").R if mode == "r" else la.qr(tensor(a), mode=mode)


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    x, y = tensor(a), tensor(b)
    for k in axes or ():
        x = moveaxis(x, k, -1)
    shape = x.shape[y.ndim :]
    return reshape(la.solve(reshape(x, (-1, math.prod(shape))), reshape(y, (-1,))), shape)


def _tensorinv(a: Any, ind: int = 2) -> Any:
    x = tensor(a)
    return reshape(la.inv(reshape(x, (math.prod(x.shape[:ind]), -1))), x.shape[ind:] + x.shape[:ind])


def _cond(x: Any, p: Any = None) -> Any:
    x = tensor(x)
    if p in (None, 2, -2):
        values = la.svdvals(x)
        high, low = max(values, axis=-1), min(values, axis=-1)
        return low / high if p == -2 else high / low
    return la.matrix_norm(x, ord=p) * la.matrix_norm(la.inv(x), ord=p)


def _of_matrix(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda a, *args, **options: function(tensor(a), *args, **options)


LINALG: dict[str, Callable[..., Any]] = {
    **{
        f"linalg.{f.__name__}": _of_matrix(f)
        for f in (la.cholesky, la.det, la.eig, la.eigvals, la.inv, la.matrix_norm, la.slogdet, la.svdvals, la.vector_norm)
    },
    "linalg.eigh": lambda a, UPLO="L": la.eigh(tensor(a), UPLO=UPLO),
    "linalg.eigvalsh": lambda a, UPLO="L": la.eigvalsh(tensor(a), UPLO=UPLO),
    "linalg.matrix_power": lambda a, n: la.matrix_power(tensor(a), n),
    "linalg.matrix_rank": lambda A, tol=None, hermitian=False, *, rtol=None: np.linalg.matrix_rank(
        plain(A), tol, hermitian, rtol=rtol
    ),
    "linalg.multi_dot": lambda arrays, *, out=None: into(la.multi_dot([tensor(a) for a in arrays]), out, "np.linalg.multi_dot"),
    "linalg.norm": _norm, "linalg.solve": _solve, "linalg.svd": _svd, "linalg.pinv": _pinv, "linalg.lstsq": _lstsq,
    "linalg.qr": _qr, "linalg.tensorsolve": _tensorsolve, "linalg.tensorinv": _tensorinv, "linalg.cond": _cond,
    "linalg.matmul": lambda x1, x2, /: matmul(tensor(x1), tensor(x2)),
    "linalg.vecdot": lambda x1, x2, /, *, axis=-1: vecdot(tensor(x1), tensor(x2), axis=axis),
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
