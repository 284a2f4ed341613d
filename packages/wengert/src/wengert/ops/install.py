"""The one table that puts operators, methods and Python's own syntax on `Tensor`."""

from __future__ import annotations

from typing import Any

from ..autograd.tensor import Tensor
from ..op_source import dunder
from . import comparison, elementwise, manipulation, methods, transcendental

__all__ = ["install"]

#: Python's binary syntax: the name of the method without underscores, and the operator.
ARITHMETIC = {
    "add": elementwise.add,
    "sub": elementwise.subtract,
    "mul": elementwise.multiply,
    "truediv": elementwise.divide,
    "pow": elementwise.pow,
}

#: Comparisons; Python itself finds the reflected one.
COMPARISONS = {
    "__eq__": comparison.equal,
    "__ne__": comparison.not_equal,
    "__lt__": comparison.less,
    "__le__": comparison.less_equal,
    "__gt__": comparison.greater,
    "__ge__": comparison.greater_equal,
}

#: Functions that are methods as they are: the tensor is their first argument.
METHODS: dict[str, Any] = {
    "__abs__": elementwise.abs,
    "__neg__": elementwise.negative,
    "__pos__": elementwise.positive,
    "abs": elementwise.abs,
    "clone": manipulation.clone,
    "cos": transcendental.cos,
    "exp": transcendental.exp,
    "flatten": manipulation.flatten,
    "log": transcendental.log,
    "pow": elementwise.pow,
    "ravel": manipulation.ravel,
    "sign": elementwise.sign,
    "sin": transcendental.sin,
    "sqrt": transcendental.sqrt,
    "square": elementwise.square,
    "swapaxes": manipulation.swapaxes,
    "tan": transcendental.tan,
    "tanh": transcendental.tanh,
}


def install() -> None:
    """Put everything on `Tensor`. Called once, when `wengert` is imported."""
    for name, function in ARITHMETIC.items():
        setattr(Tensor, f"__{name}__", dunder(function.operator, f"__{name}__"))
        setattr(Tensor, f"__r{name}__", dunder(function.operator, f"__r{name}__", reflected=True))
    for name, function in COMPARISONS.items():
        setattr(Tensor, name, dunder(function.operator, name))
    for name, function in {**METHODS, **methods.METHODS}.items():
        setattr(Tensor, name, function)
