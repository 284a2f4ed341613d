"""The arithmetic of optimizers over raw arrays: which kernel an array gets, and the one for any library.

A kernel is given the parameter's array, the gradient and the arrays of its state, and returns what the parameter and the
state are from then on: the same arrays where they could be written in place, new ones elsewhere.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from . import numpy_optim
from .adapter import adapter_of

__all__ = ["AdamOptions", "Kernels", "SGDOptions", "adam", "kernels_for", "sgd"]

Arrays = tuple[Any, ...]


class SGDOptions(NamedTuple):
    """How one step of `sgd` is done; ``first`` is the step that fills the momentum buffer."""

    lr: float
    momentum: float
    dampening: float
    weight_decay: float
    nesterov: bool
    maximize: bool
    first: bool


class AdamOptions(NamedTuple):
    """How one step of `adam` is done; ``decoupled`` is AdamW's weight decay, which stays out of the averages."""

    step: int
    lr: float
    beta1: float
    beta2: float
    eps: float
    weight_decay: float
    decoupled: bool
    maximize: bool


class Kernels(Protocol):
    """A module of kernels."""

    def sgd(self, param: Any, grad: Any, buffer: Any, options: Any, /) -> Arrays:
        """One step of `sgd`."""

    def adam(self, param: Any, grad: Any, mean: Any, square: Any, largest: Any, options: Any, /) -> Arrays:
        """One step of `adam`."""


def kernels_for(array: Any) -> Kernels:
    """The kernels for arrays of this library."""
    if adapter_of(array).name == "numpy":
        return numpy_optim
    return _GENERIC


def sgd(param: Any, grad: Any, buffer: Any, options: SGDOptions, /) -> Arrays:
    """Stochastic gradient descent, with momentum if there is a `buffer`. Returns the parameter and the buffer."""
    lr, momentum, dampening, weight_decay, nesterov, maximize, first = options
    if maximize:
        grad = -grad
    if weight_decay:
        grad = grad + weight_decay * param
    if buffer is not None:
        # The first momentum is the gradient itself, whatever the dampening (PyTorch's convention).
        buffer = grad + 0 if first else momentum * buffer + (1 - dampening) * grad
        grad = grad + momentum * buffer if nesterov else buffer
    return param - lr * grad, buffer


def adam(param: Any, grad: Any, mean: Any, square: Any, largest: Any, options: AdamOptions, /) -> Arrays:
    """Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019), AMSGrad if `largest` is given.

    Real and imaginary parts of complex parameters are averaged as separate numbers.
    """
    adapter = adapter_of(param)
    xp = adapter.xp
    arrays: Arrays = (param, grad, mean, square, largest)
    if adapter.kind(param.dtype) != "c":
        return _adam(xp, arrays, options)
    real = _adam(xp, tuple(None if a is None else xp.real(a) for a in arrays), options)
    imag = _adam(xp, tuple(None if a is None else xp.imag(a) for a in arrays), options)
    return tuple(None if r is None else r + 1j * i for r, i in zip(real, imag, strict=True))


def _adam(xp: Any, arrays: Arrays, options: AdamOptions) -> Arrays:
    param, grad, mean, square, largest = arrays
    step, lr, beta1, beta2, eps, weight_decay, decoupled, maximize = options
    if maximize:
        grad = -grad
    if weight_decay and decoupled:
        param = param * (1 - lr * weight_decay)
    elif weight_decay:
        grad = grad + weight_decay * param
    mean = beta1 * mean + (1 - beta1) * grad
    square = beta2 * square + (1 - beta2) * (grad * grad)
    if largest is not None:
        largest = xp.maximum(largest, square)
    spread = xp.sqrt(square if largest is None else largest) / (1 - beta2**step) ** 0.5
    return param - lr / (1 - beta1**step) * mean / (spread + eps), mean, square, largest


class _Generic:
    sgd = staticmethod(sgd)
    adam = staticmethod(adam)


_GENERIC: Kernels = _Generic()
