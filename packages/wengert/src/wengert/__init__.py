"""Wengert: PyTorch's autograd, written in Python, over any array library.

The public names, explicitly listed; no logic.
"""

from __future__ import annotations

import importlib
from typing import Any

from . import autograd, errors, utils
from .autograd.contexts import enable_grad, inference_mode, no_grad, set_grad_enabled
from .autograd.modes import is_grad_enabled, is_inference_mode_enabled
from .autograd.tensor import Tensor
from .ops.comparison import (
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
from .ops.creation import (
    arange,
    asarray,
    empty,
    empty_like,
    full,
    full_like,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from .ops.cumulative import cumulative_prod, cumulative_sum, diff, prod
from .ops.dtypes import astype
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
    sign,
    sqrt,
    square,
    subtract,
)
from .ops.indexing import take, take_along_axis
from .ops.install import install
from .ops.joining import concat, stack, unstack
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
)
from .ops.products import matmul, outer, tensordot, vecdot
from .ops.reductions import all, any, max, min, sum
from .ops.searching import argmax, argmin, count_nonzero, nonzero, searchsorted, where
from .ops.statistics import logsumexp, mean, std, var
from .ops.transcendental import cos, exp, log, sin, tan, tanh

__version__ = "0.1.0"

__all__ = [
    "Tensor",
    "abs",
    "add",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "asarray",
    "astype",
    "autograd",
    "broadcast_arrays",
    "broadcast_shapes",
    "broadcast_to",
    "clone",
    "concat",
    "conj",
    "cos",
    "count_nonzero",
    "cumulative_prod",
    "cumulative_sum",
    "diff",
    "divide",
    "einsum",
    "empty",
    "empty_like",
    "enable_grad",
    "equal",
    "errors",
    "exp",
    "expand_dims",
    "flatten",
    "flip",
    "full",
    "full_like",
    "greater",
    "greater_equal",
    "imag",
    "inference_mode",
    "is_complex",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "isfinite",
    "isinf",
    "isnan",
    "less",
    "less_equal",
    "log",
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
    "min",
    "minimum",
    "moveaxis",
    "multiply",
    "negative",
    "no_grad",
    "nonzero",
    "not_equal",
    "ones",
    "ones_like",
    "outer",
    "permute_dims",
    "positive",
    "pow",
    "prod",
    "ravel",
    "real",
    "reshape",
    "roll",
    "searchsorted",
    "set_grad_enabled",
    "sign",
    "signbit",
    "sin",
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
    "unstack",
    "utils",
    "var",
    "vecdot",
    "where",
    "zeros",
    "zeros_like",
]

install()
del install

#: The upper floors, imported when first asked for: whoever only differentiates pays nothing for them.
_FLOORS = ("nn", "observe", "optim", "testing")


def __getattr__(name: str) -> Any:
    if name not in _FLOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f".{name}", __name__)


def __dir__() -> list[str]:
    return sorted({*__all__, *_FLOORS})
