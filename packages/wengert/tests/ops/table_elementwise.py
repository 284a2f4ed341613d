"""Elementwise functions: one row for each, and more where broadcasting, numbers, ties or complex operands matter."""

from __future__ import annotations

import numpy as np

import wengert as wg
from ops.rows import Row, normal, uniform

REAL = ("float32", "float64")
ALL = ("float32", "float64", "complex64", "complex128")


def smooth(name, args, dtypes=REAL, reference=None, **options):
    """A function of the same name in Wengert and in NumPy, looked up late."""
    return Row(
        name,
        lambda *xs: getattr(wg, name.partition("[")[0])(*xs),
        args,
        reference or (lambda *xs: getattr(np, name.partition("[")[0])(*xs)),
        dtypes,
        **options,
    )


def with_number(name, number, args, dtypes=ALL, left=False, **options):
    """A binary function with a Python number on one side."""
    op = name.partition("[")[0]
    if left:
        return Row(name, lambda x: getattr(wg, op)(number, x), args, lambda x: getattr(np, op)(number, x), dtypes, **options)
    return Row(name, lambda x: getattr(wg, op)(x, number), args, lambda x: getattr(np, op)(x, number), dtypes, **options)


def flat(name, args, **options):
    """Piecewise constant: a gradient of zeros, whose own derivative is no longer recorded."""
    return smooth(name, args, order=1, **options)


def apart(low, high, *shapes):
    """Uniform arrays of integers plus a half: away from every jump of the rounding functions."""

    def sample(rng, dtype):
        return tuple((rng.integers(low, high, shape) + rng.uniform(0.1, 0.4, shape)).astype(dtype) for shape in shapes)

    return sample


def integers(*shapes, low=0, high=20):
    return lambda rng, dtype: tuple(rng.integers(low, high, shape).astype(dtype) for shape in shapes)


def given(*lists):
    return lambda rng, dtype: tuple(np.asarray(values, dtype=dtype) for values in lists)


def around_disc(rng, dtype):
    """Points far from the branch cuts and poles of the inverse functions."""
    if np.dtype(dtype).kind == "c":
        return (np.asarray(rng.uniform(0.2, 0.7, (3,)) + 1j * rng.uniform(0.2, 0.7, (3,)), dtype=dtype),)
    return (np.asarray(rng.uniform(-0.8, 0.8, (3,)), dtype=dtype),)


def left_half_plane(rng, dtype):
    return (np.asarray(rng.uniform(-2.0, -0.5, (3,)) + 1j * rng.uniform(0.3, 1.0, (3,)), dtype=dtype),)


ARITHMETIC = [
    *(smooth(name, normal((2, 3), (2, 3)), ALL) for name in ("add", "subtract", "multiply")),
    *(smooth(f"{name}[broadcast]", normal((2, 1), (3,)), ALL) for name in ("add", "subtract", "multiply")),
    smooth("add[0-d]", normal((), (3,)), ALL),
    smooth("multiply[0-d]", normal((), ()), ALL),
    smooth("multiply[empty]", normal((0, 3), (3,))),
    smooth("divide", uniform(0.5, 2.0, (2, 3), (2, 3)), ALL),
    smooth("divide[broadcast]", uniform(0.5, 2.0, (3,), (2, 1)), ALL),
    *(with_number(f"{name}[number]", 1.5, normal((3,))) for name in ("add", "subtract", "multiply", "divide")),
    *(with_number(f"{name}[number on the left]", 2, normal((3,)), left=True) for name in ("add", "subtract", "multiply")),
    with_number("divide[number on the left]", 2, uniform(0.5, 2.0, (3,)), left=True),
    with_number("multiply[complex number]", 1.5 - 1j, normal((3,)), ("complex64", "complex128")),
    smooth("negative", normal((3,)), ALL),
    smooth("positive", normal((3,)), ALL),
    smooth("reciprocal", uniform(0.5, 2.0, (3,)), ALL),
]

POWERS = [
    smooth("square", normal((3,)), ALL),
    smooth("sqrt", uniform(0.5, 2.0, (3,)), ALL),
    smooth("rsqrt", uniform(0.5, 2.0, (3,)), ALL, lambda x: 1 / np.sqrt(x)),
    smooth("pow", uniform(0.5, 2.0, (2, 3), (2, 3)), ALL),
    smooth("pow[broadcast]", uniform(0.5, 2.0, (2, 1), (3,)), ALL),
    *(with_number(f"pow[{n}]", n, uniform(0.5, 2.0, (3,))) for n in (0, 1, 2, 3, -1, -2, 0.5, 2.5)),
    with_number("pow[negative base]", 3, uniform(-2.0, -0.5, (3,))),
    with_number("pow[number on the left]", 2.0, normal((3,)), left=True),
    with_number("pow[zero on the left]", 0.0, uniform(0.5, 2.0, (3,)), REAL, left=True),
    with_number("pow[negative number on the left]", -2.0, normal((3,)), ("complex128",), left=True),
    with_number("pow[complex number]", 1.0 + 0.5j, uniform(0.5, 2.0, (3,)), ("complex64", "complex128")),
]

EXPONENTIALS = [
    *(smooth(name, normal((2, 3)), ALL) for name in ("exp", "expm1", "exp2")),
    *(smooth(name, uniform(0.5, 2.0, (2, 3)), ALL) for name in ("log", "log1p", "log2", "log10")),
    smooth("logaddexp", normal((2, 3), (2, 3))),
    smooth("logaddexp[broadcast]", normal((2, 1), (3,))),
    with_number("logaddexp[number]", 0.5, normal((3,)), REAL),
]

TRIGONOMETRIC = [
    *(smooth(name, normal((3,), scale=0.5), ALL) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")),
    *(smooth(name, around_disc, ALL, getattr(np, name)) for name in ("asin", "acos", "atan", "asinh", "atanh")),
    smooth("acosh", uniform(1.2, 3.0, (3,)), ALL),
    smooth("acosh[left half-plane]", left_half_plane, ("complex128",)),
    smooth("asin[left half-plane]", left_half_plane, ("complex128",)),
    smooth("atan2", uniform(0.5, 2.0, (2, 3), (3,))),
    smooth("atan2[quadrants]", given([1.0, -1.0, -1.0, 0.5], [-1.0, -1.0, 1.0, -2.0])),
    with_number("atan2[number on the left]", 1.5, normal((3,)), REAL, left=True),
    smooth("hypot", uniform(0.5, 2.0, (2, 3), (3,))),
    with_number("hypot[number]", 1.5, normal((3,)), REAL),
    smooth("deg2rad", normal((3,), scale=90.0)),
    smooth("rad2deg", normal((3,))),
    smooth("sinc", uniform(0.1, 2.0, (4,)), REAL),
    smooth("sinc[small]", given([0.0, 1e-4, -3e-3, 6.3e-3, 6.4e-3]), REAL),
]

EXTREMES = [
    *(smooth(name, normal((2, 3), (2, 3))) for name in ("maximum", "minimum")),
    *(smooth(f"{name}[broadcast]", normal((2, 1), (3,))) for name in ("maximum", "minimum")),
    *(with_number(f"{name}[number]", 0.2, normal((5,)), REAL) for name in ("maximum", "minimum")),
    *(with_number(f"{name}[number on the left]", 0.2, normal((5,)), REAL, left=True) for name in ("maximum", "minimum")),
    smooth("abs", uniform(0.5, 2.0, (3,)), ALL),
    smooth("abs[negative]", uniform(-2.0, -0.5, (3,)), ALL),
    flat("sign", normal((5,))),
    smooth("sign[complex]", normal((3,)), ("complex64", "complex128")),
]

ROUNDING = [
    *(flat(name, apart(-3, 3, (4,))) for name in ("floor", "ceil", "trunc", "round")),
    flat("floor_divide", uniform(2.1, 2.9, (3,), (3,))),
    smooth("remainder", uniform(2.1, 2.4, (2, 3), (3,))),
    smooth("remainder[signs]", given([7.3, -7.3, 7.3, -7.3], [2.0, 2.0, -2.0, -2.0])),
    with_number("remainder[number]", 0.7, uniform(0.1, 0.6, (3,)), REAL),
    smooth("fmod", uniform(2.1, 2.4, (2, 3), (3,))),
    smooth("fmod[signs]", given([7.3, -7.3, 7.3, -7.3], [2.0, 2.0, -2.0, -2.0])),
    with_number("fmod[number]", 0.7, uniform(0.1, 0.6, (3,)), REAL),
    smooth("fmax", normal((2, 3), (3,))),
    with_number("fmax[number]", 0.1, normal((4,)), REAL, left=True),
    smooth("fmin", normal((2, 3), (3,))),
    smooth("heaviside", normal((2, 3), (3,)), order=1),
    smooth("cbrt", uniform(0.5, 2.0, (3,))),
    smooth("cbrt[negative]", uniform(-2.0, -0.5, (3,))),
    smooth("logaddexp2", normal((2, 3), (3,))),
    with_number("logaddexp2[number]", 0.5, normal((3,)), REAL),
    smooth("angle", normal((3,)), dtypes=("complex64", "complex128")),
    flat("angle[real]", normal((3,))),
    smooth("copysign", normal((2, 3), (3,))),
    with_number("copysign[number]", -1.0, normal((3,)), REAL),
    Row("nextafter", lambda x, y: wg.nextafter(x, y), normal((3,), (3,)), np.nextafter, REAL),
    Row("clip", lambda x: wg.clip(x, -0.5, 0.5), normal((6,)), lambda x: np.clip(x, -0.5, 0.5)),
    Row("clip[min]", lambda x: wg.clip(x, min=0), normal((6,)), lambda x: np.clip(x, 0, None)),
    Row("clip[max]", lambda x: wg.clip(x, max=0.1), normal((6,)), lambda x: np.clip(x, None, 0.1)),
    Row("clip[arrays]", lambda x, a, b: wg.clip(x, a, b), normal((4, 3), (3,), (1,)), lambda x, a, b: np.clip(x, a, b)),
    Row("clip[min array]", lambda x, a: wg.clip(x, a), normal((4, 3), (3,)), lambda x, a: np.clip(x, a, None)),
    Row("clip[max array]", lambda x, a: wg.clip(x, None, a), normal((4,), (4,)), lambda x, a: np.clip(x, None, a)),
    Row("clip[number and array]", lambda x, a: wg.clip(x, -1.0, a), normal((4,), (4,)), lambda x, a: np.clip(x, -1.0, a)),
    Row("nan_to_num", lambda x: wg.nan_to_num(x, nan=2.0), normal((4,)), lambda x: np.nan_to_num(x, nan=2.0)),
]

COMPLEX = [
    smooth("conj", normal((3,)), ("complex64", "complex128")),
    smooth("real", normal((3,)), ("complex64", "complex128")),
    smooth("imag", normal((3,)), ("complex64", "complex128")),
]

COMPARISONS = [
    *(
        smooth(name, normal((2, 3), (3,)), order=0)
        for name in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
    ),
    *(with_number(f"{name}[number]", 1.0, given([0.0, 1.0, 2.0]), REAL, order=0) for name in ("equal", "less", "greater_equal")),
    *(smooth(name, given([1.0, np.nan, np.inf, -np.inf, -0.0]), order=0) for name in ("isnan", "isinf", "isfinite", "signbit")),
    *(
        smooth(name, given([True, True, False, False], [True, False, True, False]), ("bool",), order=0)
        for name in ("logical_and", "logical_or", "logical_xor")
    ),
    smooth("logical_not", given([True, False]), ("bool",), order=0),
]

BITS = [
    *(smooth(name, integers((5,), (5,)), ("int32", "uint8"), order=0) for name in ("bitwise_and", "bitwise_or", "bitwise_xor")),
    *(
        smooth(name, integers((5,), (5,), high=5), ("int32", "int64"), order=0)
        for name in ("bitwise_left_shift", "bitwise_right_shift")
    ),
    smooth("bitwise_invert", integers((5,)), ("int32", "bool"), order=0),
]

CASTS = [
    Row("astype", lambda x: wg.astype(x, "complex128"), normal((3,)), lambda x: x.astype("complex128"), ALL),
    Row("astype[precision]", lambda x: wg.astype(x, wg.float64), normal((3,)), lambda x: x.astype("float64")),
    Row(
        "astype[to integers]",
        lambda x: wg.astype(x, wg.int32),
        normal((3,), scale=9.0),
        lambda x: x.astype("int32"),
        order=0,
    ),
]

ROWS = [
    *ARITHMETIC,
    *POWERS,
    *EXPONENTIALS,
    *TRIGONOMETRIC,
    *EXTREMES,
    *ROUNDING,
    *COMPLEX,
    *COMPARISONS,
    *BITS,
    *CASTS,
]
