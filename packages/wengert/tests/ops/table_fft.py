"""Rows for Fourier transforms: every norm, and fewer and more points than there are elements."""

import numpy as np
import scipy.fft

import wengert as wg
from ops.rows import Row, normal

ALL = ("float32", "float64", "complex64", "complex128")
REAL = ("float64",)
COMPLEX = ("complex128",)


def transform(name, shape, dtypes, **options):
    said = "".join(f", {k}={v}" for k, v in options.items())
    return Row(
        f"{name}[{shape}{said}]",
        lambda x: getattr(wg.fft, name)(x, **options),
        normal(shape),
        lambda x: getattr(np.fft, name)(x, **options),
        dtypes=dtypes,
    )


def cosines(name, shape, **options):
    """A cosine or sine transform beside SciPy's."""
    said = "".join(f", {k}={v}" for k, v in options.items())
    return Row(
        f"{name}[{shape}{said}]",
        lambda x: getattr(wg.fft, name)(x, **options),
        normal(shape),
        lambda x: getattr(scipy.fft, name)(x, **options),
        dtypes=REAL,
    )


ROWS = [
    *[cosines(name, (5,), type=2, norm="ortho") for name in ("dct", "idct", "dst", "idst")],
    *[cosines(name, (3, 2), type=3, axes=(0, 1)) for name in ("dctn", "idctn", "dstn", "idstn")],
    transform("fft", (5,), ALL),
    transform("fft", (2, 5), COMPLEX, n=4),
    transform("fft", (4, 2), REAL, axis=0, n=6, norm="forward"),
    transform("ifft", (3,), COMPLEX, n=4, norm="ortho"),
    transform("rfft", (5,), ("float32", "float64")),
    transform("rfft", (4, 2), REAL, axis=0, norm="ortho"),
    transform("rfft", (3,), REAL, n=4, norm="forward"),
    transform("rfft", (5,), REAL, n=1),
    transform("irfft", (4,), ("complex64", "complex128")),
    transform("irfft", (3,), COMPLEX, n=5, norm="ortho"),
    transform("irfft", (4, 2), COMPLEX, axis=0, n=4),
    transform("irfft", (2,), REAL, n=6, norm="forward"),
    transform("hfft", (3,), COMPLEX, n=5, norm="ortho"),
    transform("ihfft", (4,), REAL, norm="forward"),
    # several axes
    transform("fftn", (2, 3, 2), REAL, s=(4, 1), axes=(0, -1), norm="ortho"),
    transform("ifftn", (3, 2), COMPLEX, norm="forward"),
    transform("fft2", (2, 2, 2), COMPLEX, s=(3, -1)),
    transform("ifft2", (1, 3), COMPLEX),
    transform("rfftn", (2, 3), REAL, s=(3, 4), axes=(0, 1), norm="forward"),
    transform("rfft2", (2, 3), REAL, norm="ortho"),
    transform("irfftn", (3, 2, 2), COMPLEX, s=(2, 5), axes=(2, 0), norm="ortho"),
    transform("irfft2", (2, 3), COMPLEX),
    transform("fftshift", (2, 3), REAL, axes=1),
    transform("ifftshift", (2, 3), REAL),
]
