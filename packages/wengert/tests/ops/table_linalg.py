"""Rows for linear algebra. What is determined only up to signs or phases is compared by what does not depend on them.

Hermitian operands are made Hermitian inside the row, so that finite differences stay among such matrices.
"""

import math

import numpy as np
import scipy.linalg

import wengert as wg
from ops.rows import Row, normal
from wengert import linalg

BOTH = ("float32", "complex128")
DOUBLE = ("complex128",)
REAL = ("float64",)


def near_identity(*shapes, by=2.0):
    """Square matrices far from singular ones, followed by arrays of other shapes as they come."""

    def sample(rng, dtype):
        first, *others = normal(*shapes, scale=0.5)(rng, dtype)
        return (np.asarray(first + by * np.eye(first.shape[-1]), dtype=dtype), *others)

    return sample


def distinct(*shape):
    """Matrices whose eigenvalues and singular values are far from equal."""

    def sample(rng, dtype):
        (noise,) = normal(shape, scale=0.2)(rng, dtype)
        return (np.asarray(noise + np.eye(*shape[-2:]) * np.arange(1.0, shape[-1] + 1.0), dtype=dtype),)

    return sample


def hermitian(x):
    return x + wg.conj(x).mT


def positive(x):
    return x @ wg.conj(x).mT


def np_hermitian(x):
    return x + x.conj().mT


def np_positive(x):
    return x @ x.conj().mT


def of_name(name, args, *, dtypes=DOUBLE, **options):
    said = "".join(f", {k}={v}" for k, v in options.items())
    return Row(
        f"linalg.{name}[{args.__qualname__.split('.')[0]}{said}]",
        lambda *xs: getattr(linalg, name)(*xs, **options),
        args,
        lambda *xs: getattr(np.linalg, name)(*xs, **options),
        dtypes=dtypes,
    )


# -- equations ---------------------------------------------------------------------------------------------------------
def equations(a, b, dtypes=DOUBLE):
    return Row(f"solve[{a}, {b}]", linalg.solve, near_identity(a, b), np.linalg.solve, dtypes=dtypes)


def triangular(a, b, upper, unit, dtypes=DOUBLE):
    def reference(x, y):
        x = np.triu(x, int(unit)) if upper else np.tril(x, -int(unit))
        return np.linalg.solve(x + np.eye(x.shape[-1], dtype=x.dtype) if unit else x, y)

    return Row(
        f"solve_triangular[{a}, {b}, upper={upper}, unit={unit}]",
        lambda x, y: linalg.solve_triangular(x, y, upper=upper, unit=unit),
        near_identity(a, b),
        reference,
        dtypes=dtypes,
    )


EQUATIONS = [
    of_name("inv", near_identity((2, 2, 2)), dtypes=BOTH),
    equations((2, 2), (2, 1), BOTH),
    equations((2, 2), (2,)),
    equations((2, 1, 2, 2), (2, 2, 1), REAL),
    triangular((2, 2), (2, 2), False, False, BOTH),
    triangular((2, 2, 2), (2, 1), True, False, REAL),
    triangular((2, 2), (1, 2, 1), True, True, REAL),
    Row("lstsq[tall]", lambda a, b: linalg.lstsq(a, b).solution, normal((3, 2), (3, 1)),
        lambda a, b: np.linalg.lstsq(a, b)[0], dtypes=DOUBLE),
    Row("lstsq[wide, vector]", lambda a, b: linalg.lstsq(a, b).solution, normal((2, 3), (2,)),
        lambda a, b: np.linalg.lstsq(a, b)[0], dtypes=REAL),
    Row("lstsq[residuals]", lambda a, b: linalg.lstsq(a, b)[1::2], normal((3, 2), (3, 1)),
        lambda a, b: tuple(np.linalg.lstsq(a, b)[1::2]), dtypes=REAL),
]  # fmt: skip

# -- decompositions ----------------------------------------------------------------------------------------------------
def lower(x):
    return linalg.cholesky(positive(x))


def by_vectors(values, vectors):
    """What does not depend on the phases of the columns, but on both kinds of results."""
    return (vectors * wg.expand_dims(wg.exp(values * 0.3), axis=-2)) @ wg.conj(vectors).mT


def exponential(x):
    w, v = np.linalg.eigh(np_hermitian(x))
    return (v * np.exp(w * 0.3)[..., None, :]) @ v.conj().mT


def from_svd(x, full):
    u, s, vh = linalg.svd(x, full_matrices=full)
    k = s.shape[-1]
    return s, (u[..., :k] * wg.expand_dims(wg.exp(s * 0.3), axis=-2)) @ vh[..., :k, :]


def from_np_svd(x):
    u, s, vh = np.linalg.svd(x, full_matrices=False)
    return s, (u * np.exp(s * 0.3)[..., None, :]) @ vh


def from_eig(x):
    values, vectors = linalg.eig(x)
    return wg.sum(values**3, axis=-1), wg.sum(wg.abs(vectors) ** 4 * wg.expand_dims(values, axis=-2), axis=(-1, -2))


def from_np_eig(x):
    w, v = np.linalg.eig(x)
    wide = np.result_type(w, np.complex64)
    return (w**3).sum(-1).astype(wide), (np.abs(v) ** 4 * w[..., None, :]).sum((-1, -2)).astype(wide)


def qr_row(shape, mode="reduced", dtypes=DOUBLE):
    return Row(
        f"qr[{shape}, {mode}]",
        lambda x: linalg.qr(x, mode=mode),
        normal(shape),
        lambda x: tuple(np.linalg.qr(x, mode=mode)),
        dtypes=dtypes,
    )


DECOMPOSITIONS = [
    Row("cholesky", lower, near_identity((2, 2)), lambda x: np.linalg.cholesky(np_positive(x)), dtypes=BOTH),
    Row("cholesky[upper]", lambda x: linalg.cholesky(positive(x), upper=True), near_identity((2, 2, 2)),
        lambda x: np.linalg.cholesky(np_positive(x), upper=True), dtypes=REAL),
    qr_row((3, 2)),
    qr_row((2, 3), dtypes=BOTH),
    qr_row((2, 2, 2), "complete", REAL),
    *(Row(f"lu[{shape}]", lambda x: linalg.lu(x)[1:], normal(shape), lambda x: tuple(scipy.linalg.lu(x)[1:]), dtypes=dtypes)
      for shape, dtypes in (((2, 3), DOUBLE), ((2, 3, 2), REAL))),
    Row("eigh", lambda x: by_vectors(*linalg.eigh(hermitian(x))), distinct(2, 2), exponential, dtypes=BOTH),
    Row("eigh[upper]", lambda x: by_vectors(*linalg.eigh(hermitian(x), UPLO="U")), distinct(2, 2, 2), exponential, dtypes=REAL),
    Row("eigvalsh", lambda x: linalg.eigvalsh(hermitian(x)), distinct(2, 2),
        lambda x: np.linalg.eigvalsh(np_hermitian(x)), dtypes=BOTH),
    Row("eig", from_eig, distinct(2, 2), from_np_eig, dtypes=("float64", "complex128")),
    Row("eigvals", lambda x: wg.sum(linalg.eigvals(x) ** 3, axis=-1), distinct(2, 2),
        lambda x: from_np_eig(x)[0], dtypes=DOUBLE),
    Row("svd[tall]", lambda x: from_svd(x, False), distinct(3, 2), from_np_svd, dtypes=BOTH),
    Row("svd[wide]", lambda x: from_svd(x, False), distinct(2, 3), from_np_svd, dtypes=DOUBLE),
    Row("svd[full]", lambda x: from_svd(x, True), distinct(2, 2, 3), from_np_svd, dtypes=REAL),
    Row("svdvals", linalg.svdvals, distinct(2, 3), lambda x: np.linalg.svd(x, compute_uv=False), dtypes=BOTH),
]  # fmt: skip


# -- numbers and norms -------------------------------------------------------------------------------------------------
def norm_row(order, keepdims=False, dtypes=REAL):
    return of_name("matrix_norm", distinct(2, 3), ord=order, keepdims=keepdims, dtypes=dtypes)


NUMBERS = [
    of_name("det", near_identity((2, 3, 3)), dtypes=("float32", "float64")),
    Row("slogdet", linalg.slogdet, near_identity((2, 2)), lambda x: tuple(np.linalg.slogdet(x)), dtypes=BOTH),
    *(norm_row(order) for order in ("nuc", 1, -2, -math.inf)),
    norm_row("fro", dtypes=DOUBLE),
    norm_row(2, True, DOUBLE),
    Row("norm", linalg.norm, normal((2, 2, 2)), np.linalg.norm, dtypes=BOTH),
    Row("norm[keepdims]", lambda x: linalg.norm(x, keepdims=True), normal((2, 2)),
        lambda x: np.linalg.norm(x, keepdims=True), dtypes=REAL),
    Row("norm[vector]", lambda x: linalg.norm(x, 3), normal((3,)), lambda x: np.linalg.norm(x, 3), dtypes=REAL),
    Row("norm[axis=0]", lambda x: linalg.norm(x, 1, axis=0), normal((2, 2)), lambda x: np.linalg.norm(x, 1, axis=0), dtypes=REAL),
    Row("norm[matrix]", lambda x: linalg.norm(x, "nuc"), distinct(2, 3), lambda x: np.linalg.norm(x, "nuc"), dtypes=REAL),
    Row("norm[axes]", lambda x: linalg.norm(x, axis=(2, 0), ord=1, keepdims=True), normal((2, 2, 3)),
        lambda x: np.linalg.norm(x, axis=(2, 0), ord=1, keepdims=True), dtypes=REAL),
    Row("cond", linalg.cond, distinct(3, 2), np.linalg.cond, dtypes=REAL),
    Row("cond[p=1]", lambda x: linalg.cond(x, 1), near_identity((2, 2)), lambda x: np.linalg.cond(x, 1), dtypes=REAL),
    Row("cond[p=-2]", lambda x: linalg.cond(x, -2), distinct(2, 2), lambda x: np.linalg.cond(x, -2), dtypes=REAL),
    Row("matrix_rank", lambda x: linalg.matrix_rank(x, rtol=1e-3), normal((2, 2, 3)),
        lambda x: np.linalg.matrix_rank(x, rtol=1e-3), dtypes=BOTH, order=0),
]  # fmt: skip


# -- powers and products -----------------------------------------------------------------------------------------------
def power(n):
    return Row(f"matrix_power[{n}]", lambda x: linalg.matrix_power(x, n), near_identity((2, 2, 2)),
               lambda x: np.linalg.matrix_power(x, n), dtypes=REAL)  # fmt: skip


PRODUCTS = [
    Row("pinv[tall]", linalg.pinv, normal((3, 2)), np.linalg.pinv, dtypes=DOUBLE),
    Row("pinv[wide]", lambda x: linalg.pinv(x, rtol=1e-4), normal((2, 2, 3)), lambda x: np.linalg.pinv(x, rtol=1e-4),
        dtypes=("float32", "float64")),
    Row("matrix_exp", linalg.matrix_exp, normal((2, 2)), scipy.linalg.expm, dtypes=DOUBLE),
    power(0), power(-3),
    Row("tensorinv", lambda x: linalg.tensorinv(x.reshape(4, 2, 2), ind=1), near_identity((4, 4)),
        lambda x: np.linalg.tensorinv(x.reshape(4, 2, 2), ind=1), dtypes=REAL),
    Row("tensorsolve", lambda x, y: linalg.tensorsolve(x.reshape(4, 2, 2), y), near_identity((4, 4), (4,)),
        lambda x, y: np.linalg.tensorsolve(x.reshape(4, 2, 2), y), dtypes=REAL),
    Row("tensorsolve[axes]", lambda x, y: linalg.tensorsolve(x.reshape(2, 4, 2), y, axes=[0]), normal((4, 4), (4,)),
        lambda x, y: np.linalg.tensorsolve(x.reshape(2, 4, 2), y, axes=[0]), dtypes=REAL),
    Row("multi_dot[vectors]", lambda *xs: linalg.multi_dot(xs), normal((2,), (2, 2), (2,)),
        lambda *xs: np.linalg.multi_dot(xs), dtypes=("complex128",)),
    of_name("cross", normal((1, 3), (3,)), dtypes=DOUBLE),
    of_name("cross", normal((3, 1), (3, 2)), axis=0, dtypes=REAL),
    of_name("diagonal", normal((2, 2, 3)), offset=1, dtypes=REAL),
    of_name("trace", normal((2, 2, 3)), offset=-1, dtypes=REAL),
]  # fmt: skip

ROWS = EQUATIONS + DECOMPOSITIONS + NUMBERS + PRODUCTS
