"""The arithmetic of optimizers over raw arrays: which kernel an array gets, and the one for any library.

A kernel is given the parameter's array, the gradient and the arrays of its state, and returns what the parameter and the
state are from then on: the same arrays where they could be written in place, new ones elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from . import numpy_optim
from .adapter import adapter_of

__all__ = [
    "AdamOptions",
    "Kernels",
    "SGDOptions",
    "adam",
    "adam_arrays",
    "adam_numbers",
    "kernels_for",
    "sgd",
    "sgd_arrays",
    "sgd_numbers",
]

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


def sgd_numbers(options: SGDOptions) -> tuple[float, ...]:
    """What of one step of `sgd` differs from step to step.

    Learning rate, the shares of the buffer and of the gradient in the new buffer, momentum, weight decay. The first momentum is
    the gradient itself, whatever the dampening (PyTorch's convention).
    """
    lr, momentum, dampening, weight_decay, _, _, first = options
    keep, gain = (0.0, 1.0) if first else (momentum, 1 - dampening)
    return float(lr), float(keep), float(gain), float(momentum), float(weight_decay)


def sgd_arrays(
    param: Any, grad: Any, buffer: Any, numbers: Sequence[Any], decays: bool, nesterov: bool, maximize: bool
) -> Arrays:
    """One step of `sgd` with its `numbers`, which may be traced. Returns the parameter and the buffer."""
    lr, keep, gain, momentum, weight_decay = numbers
    if maximize:
        grad = -grad
    if decays:
        grad = grad + param * weight_decay
    if buffer is not None:
        buffer = buffer * keep + grad * gain
        grad = grad + buffer * momentum if nesterov else buffer
    return param - grad * lr, buffer


def sgd(param: Any, grad: Any, buffer: Any, options: SGDOptions, /) -> Arrays:
    """Stochastic gradient descent, with momentum if there is a `buffer`. Returns the parameter and the buffer."""
    flags = options.weight_decay != 0, options.nesterov, options.maximize
    return sgd_arrays(param, grad, buffer, sgd_numbers(options), *flags)


def adam(param: Any, grad: Any, mean: Any, square: Any, largest: Any, options: AdamOptions, /) -> Arrays:
    """Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019), AMSGrad if `largest` is given.

    Real and imaginary parts of complex parameters are averaged as separate numbers.
    """
    adapter = adapter_of(param)
    xp = adapter.xp
    arrays: Arrays = (param, grad, mean, square, largest)
    numbers, flags = adam_numbers(options), (options.weight_decay != 0, options.decoupled, options.maximize)
    if adapter.kind(param.dtype) != "c":
        return adam_arrays(arrays, numbers, *flags)
    real = adam_arrays(tuple(None if a is None else xp.real(a) for a in arrays), numbers, *flags)
    imag = adam_arrays(tuple(None if a is None else xp.imag(a) for a in arrays), numbers, *flags)
    return tuple(None if r is None else r + 1j * i for r, i in zip(real, imag, strict=True))


def adam_numbers(options: AdamOptions) -> tuple[float, ...]:
    """What of one step of `adam` differs from step to step: see `adam_arrays`."""
    step, lr, beta1, beta2, eps, weight_decay, decoupled, _ = options
    decay = 1 - lr * weight_decay if decoupled else weight_decay
    root = (1 - beta2**step) ** 0.5
    return tuple(map(float, (lr / (1 - beta1**step), root, decay, beta1, 1 - beta1, beta2, 1 - beta2, eps)))


def adam_arrays(arrays: Arrays, numbers: Sequence[Any], decays: bool, decoupled: bool, maximize: bool) -> Arrays:
    """One step of `adam` on real arrays with its `numbers`, which may be traced."""
    param, grad, mean, square, largest = arrays
    xp = adapter_of(param).xp
    rate, root, decay, beta1, rest1, beta2, rest2, eps = numbers
    if maximize:
        grad = -grad
    if decays and decoupled:
        param = param * decay
    elif decays:
        grad = grad + param * decay
    mean = mean * beta1 + grad * rest1
    square = square * beta2 + (grad * grad) * rest2
    if largest is not None:
        largest = xp.maximum(largest, square)
    spread = xp.sqrt(square if largest is None else largest) / root
    return param - mean * rate / (spread + eps), mean, square, largest


class _Generic:
    sgd = staticmethod(sgd)
    adam = staticmethod(adam)


_GENERIC: Kernels = _Generic()
