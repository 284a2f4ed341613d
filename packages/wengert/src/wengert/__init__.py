"""Wengert: PyTorch's autograd, written in Python, over any array library.

The public names, explicitly listed; no logic.
"""

from __future__ import annotations

import importlib
from typing import Any

from . import autograd, errors, utils
from .autograd.anomaly import is_anomaly_check_nan_enabled, is_anomaly_enabled
from .autograd.contexts import enable_grad, inference_mode, no_grad, set_grad_enabled
from .autograd.modes import is_grad_enabled, is_inference_mode_enabled
from .autograd.tensor import Tensor
from .numpy_protocols import install as _install_protocols
from .ops import random
from .ops.comparison import (
    bitwise_and,
    bitwise_invert,
    bitwise_left_shift,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    equal,
    greater,
    greater_equal,
    isfinite,
    isinf,
    isnan,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
    signbit,
)
from .ops.complex import conj, imag, is_complex, real
from .ops.constants import (
    bool,
    complex64,
    complex128,
    e,
    float16,
    float32,
    float64,
    inf,
    int8,
    int16,
    int32,
    int64,
    nan,
    newaxis,
    pi,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .ops.creation import (
    arange,
    asarray,
    empty,
    empty_like,
    eye,
    from_dlpack,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from .ops.cumulative import cumulative_prod, cumulative_sum, diff, prod
from .ops.dtypes import astype, can_cast, finfo, iinfo, isdtype, result_type
from .ops.einsum import einsum
from .ops.elementwise import (
    abs,
    add,
    divide,
    maximum,
    minimum,
    multiply,
    negative,
    positive,
    pow,
    reciprocal,
    sign,
    square,
    subtract,
)
from .ops.grids import meshgrid, tril, triu
from .ops.indexing import diagonal, take, take_along_axis, trace
from .ops.inspection import __array_namespace_info__ as __array_namespace_info__
from .ops.install import install
from .ops.joining import concat, pad, repeat, split, stack, tile, unstack
from .ops.manipulation import (
    broadcast_arrays,
    broadcast_shapes,
    broadcast_to,
    clone,
    expand_dims,
    flatten,
    flip,
    matrix_transpose,
    moveaxis,
    permute_dims,
    ravel,
    reshape,
    roll,
    squeeze,
    swapaxes,
    transpose,
)
from .ops.nn import log_softmax, relu, sigmoid, softmax
from .ops.products import matmul, outer, tensordot, vecdot
from .ops.reductions import all, any, max, min, sum
from .ops.rounding import ceil, clip, copysign, floor, floor_divide, nan_to_num, nextafter, remainder, round, trunc
from .ops.searching import argmax, argmin, count_nonzero, isin, nonzero, searchsorted, where
from .ops.sorting import argsort, sort, unique_all, unique_counts, unique_inverse, unique_values
from .ops.statistics import logsumexp, mean, std, var
from .ops.transcendental import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    deg2rad,
    exp,
    exp2,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    logaddexp,
    rad2deg,
    rsqrt,
    sin,
    sinc,
    sinh,
    sqrt,
    tan,
    tanh,
)

__version__ = "0.1.0"

#: The version of the array API standard that this namespace has.
__array_api_version__ = "2025.12"

__all__ = [
    "Tensor",
    "abs",
    "acos",
    "acosh",
    "add",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "argsort",
    "asarray",
    "asin",
    "asinh",
    "astype",
    "atan",
    "atan2",
    "atanh",
    "autograd",
    "bitwise_and",
    "bitwise_invert",
    "bitwise_left_shift",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "bool",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "can_cast",
    "ceil",
    "checkpoint",
    "clip",
    "clone",
    "complex128",
    "complex64",
    "concat",
    "conj",
    "copysign",
    "cos",
    "cosh",
    "count_nonzero",
    "cumulative_prod",
    "cumulative_sum",
    "deg2rad",
    "diagonal",
    "diff",
    "divide",
    "e",
    "einsum",
    "empty",
    "empty_like",
    "enable_grad",
    "equal",
    "errors",
    "exp",
    "exp2",
    "expand_dims",
    "expm1",
    "eye",
    "finfo",
    "flatten",
    "flip",
    "float16",
    "float32",
    "float64",
    "floor",
    "floor_divide",
    "from_dlpack",
    "full",
    "full_like",
    "greater",
    "greater_equal",
    "hypot",
    "iinfo",
    "imag",
    "inf",
    "inference_mode",
    "int16",
    "int32",
    "int64",
    "int8",
    "is_complex",
    "is_anomaly_check_nan_enabled",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "isdtype",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "linspace",
    "log",
    "log10",
    "log1p",
    "log2",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "matmul",
    "matrix_transpose",
    "max",
    "maximum",
    "mean",
    "meshgrid",
    "min",
    "minimum",
    "moveaxis",
    "multiply",
    "nan",
    "nan_to_num",
    "negative",
    "newaxis",
    "nextafter",
    "no_grad",
    "nonzero",
    "not_equal",
    "ones",
    "ones_like",
    "outer",
    "pad",
    "permute_dims",
    "pi",
    "positive",
    "pow",
    "prod",
    "rad2deg",
    "random",
    "ravel",
    "real",
    "reciprocal",
    "relu",
    "remainder",
    "repeat",
    "reshape",
    "result_type",
    "roll",
    "round",
    "rsqrt",
    "searchsorted",
    "set_grad_enabled",
    "sigmoid",
    "sign",
    "signbit",
    "sin",
    "sinc",
    "sinh",
    "softmax",
    "sort",
    "split",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "subtract",
    "sum",
    "swapaxes",
    "take",
    "take_along_axis",
    "tan",
    "tanh",
    "tensor",
    "tensordot",
    "tile",
    "trace",
    "transpose",
    "tril",
    "triu",
    "trunc",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "unstack",
    "utils",
    "var",
    "vecdot",
    "where",
    "zeros",
    "zeros_like",
]

install()
_install_protocols()
del install, _install_protocols

#: The upper floors, imported when first asked for: whoever only differentiates pays nothing for them.
_FLOORS = ("fft", "func", "linalg", "nn", "numpy", "observe", "optim", "special", "testing", "transforms")

#: The namespaces of libraries, which need these installed; not in `dir`, so that looking at every name imports none of them.
_LIBRARIES = ("cupy", "dask", "jax", "torch")

#: Names that live up there.
_TRANSFORMS = (
    "checkpoint",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "value_and_grad",
    "vjp",
    "vmap",
)


def __getattr__(name: str) -> Any:
    if name in _FLOORS or name in _LIBRARIES:
        return importlib.import_module(f".{name}", __name__)
    if name in _TRANSFORMS:
        return getattr(importlib.import_module(".transforms", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_FLOORS, *_TRANSFORMS})
