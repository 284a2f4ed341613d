"""Elementwise functions of the array API, each with its derivative.

Gradients of complex functions follow PyTorch's convention: for a real loss L the gradient is dL/dRe + i dL/dIm, so that a
holomorphic f multiplies the gradient by the conjugate of f'.
"""

from __future__ import annotations

from typing import Any

from ..autograd.tensor import Tensor
from ..op import binary, unary


def conj(x: Any, /) -> Any:
    return x.conj()

add = binary("add", lambda g: g, lambda g: g)
multiply = binary("multiply", lambda g, x2: g * conj(x2), lambda g, x1: g * conj(x1), node="Mul")
exp = unary("exp", lambda g, out: g * conj(out))
