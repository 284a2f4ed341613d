"""Rows for Fourier transforms: every norm, and fewer and more points than there are elements."""

import numpy as np

import wengert as wg
from ops.rows import Row, normal

BOTH = ("float32", "float64", "complex64", "complex128")
COMPLEX = ("complex64", "complex128")
HALF = ("rfft", "ihfft", "rfftn", "rfft2")  # of real operands


def transform(name, shape, dtypes=BOTH, **options):
    said = ", ".join(f"{k}={v}" for k, v in options.items())
    return Row(
        f"{name}[{shape}, {said}]",
        lambda x: getattr(wg.fft, name)(x, **options),
        normal(shape),
        lambda x: getattr(np.fft, name)(x, **options),
        dtypes=BOTH[:2] if name in HALF else dtypes,
    )


ONE_AXIS = [
    transform(name, shape, dtypes, **options)
    for name, dtypes in (("fft", BOTH), ("ifft", ("complex128",)), ("rfft", BOTH), ("irfft", BOTH))
    for shape, options in (
        ((5,), {}),
        ((4, 2), {"axis": 0, "norm": "ortho"}),
        ((4,), {"n": 6, "norm": "forward"}),
        ((2, 5), {"n": 4}),
        ((5,), {"n": 3}),
    )
] + [
    transform("fft", (1,)),
    transform("rfft", (2,)),
    transform("rfft", (1,)),
    transform("irfft", (1,), n=1),
    transform("irfft", (2,), COMPLEX),
    transform("hfft", (4,), COMPLEX),
    transform("hfft", (2, 3), n=5, norm="ortho"),
    transform("ihfft", (5,)),
    transform("ihfft", (2, 4), n=4, axis=0, norm="forward"),
]

SEVERAL_AXES = [
    transform("fftn", (2, 3)),
    transform("fftn", (2, 3, 2), s=(4, 1), axes=(0, -1), norm="ortho"),
    transform("ifftn", (3, 2), COMPLEX, norm="forward"),
    transform("fft2", (2, 2, 2), s=(3, 2)),
    transform("ifft2", (2, 3), ("complex128",), norm="ortho"),
    transform("rfftn", (2, 3)),
    transform("rfftn", (2, 3, 2), s=(3, 4), axes=(0, 1), norm="forward"),
    transform("rfftn", (4,), axes=(0,)),
    transform("rfft2", (2, 4), norm="ortho"),
    transform("irfftn", (2, 3)),
    transform("irfftn", (3, 2, 2), COMPLEX, s=(2, 5), axes=(2, 0), norm="ortho"),
    transform("irfft2", (2, 3), COMPLEX, norm="forward"),
]

SHIFTS = [
    transform("fftshift", (5,)),
    transform("fftshift", (2, 3), axes=1),
    transform("ifftshift", (5,)),
    transform("ifftshift", (2, 3), axes=(0, 1)),
]

ROWS = ONE_AXIS + SEVERAL_AXES + SHIFTS
