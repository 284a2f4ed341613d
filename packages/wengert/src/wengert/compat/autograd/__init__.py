"""HIPS autograd's names over Wengert: programs written for ``import autograd`` run with another import.

``import wengert.compat.autograd.numpy as np`` and ``from wengert.compat.autograd import grad`` are the two lines to change, or
`install()` puts the package in the place of ``autograd`` for the whole process.
"""

from __future__ import annotations

from . import builtins, extend, misc, numpy, test_util, tracer
from .differential_operators import (
    checkpoint,
    deriv,
    elementwise_grad,
    grad,
    grad_and_aux,
    grad_named,
    hessian,
    hessian_tensor_product,
    hessian_vector_product,
    holomorphic_grad,
    jacobian,
    make_ggnvp,
    make_hvp,
    make_jvp,
    make_vjp,
    multigrad_dict,
    tensor_jacobian_product,
    value_and_grad,
    vector_jacobian_product,
)
from .installing import install

__all__ = [
    "builtins",
    "checkpoint",
    "deriv",
    "elementwise_grad",
    "extend",
    "grad",
    "grad_and_aux",
    "grad_named",
    "hessian",
    "hessian_tensor_product",
    "hessian_vector_product",
    "holomorphic_grad",
    "install",
    "jacobian",
    "make_ggnvp",
    "make_hvp",
    "make_jvp",
    "make_vjp",
    "misc",
    "multigrad_dict",
    "numpy",
    "tensor_jacobian_product",
    "test_util",
    "tracer",
    "value_and_grad",
    "vector_jacobian_product",
]
