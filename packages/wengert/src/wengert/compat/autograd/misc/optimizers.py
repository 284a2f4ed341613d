"""Stochastic optimizers over nested parameters, whose gradient is a function ``grad(x, i)`` of the step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .flatten import flatten

__all__ = ["adam", "rmsprop", "sgd"]

Callback = Callable[[Any, int, Any], Any]


def _run(grad: Callable[..., Any], x0: Any, callback: Callback | None, num_iters: int, step: Callable[..., Any]) -> Any:
    x, unflatten = flatten(x0)
    x = np.array(x, dtype=float)
    for i in range(num_iters):
        g = np.asarray(flatten(grad(unflatten(x), i))[0])
        if callback is not None:
            callback(unflatten(x), i, unflatten(g))
        x = step(x, g, i)
    return unflatten(x)


def sgd(
    grad: Callable[..., Any],
    x0: Any,
    callback: Callback | None = None,
    num_iters: int = 200,
    step_size: float = 0.1,
    mass: float = 0.9,
) -> Any:
    """Gradient descent with momentum."""
    velocity: Any = 0.0

    def step(x: Any, g: Any, i: int) -> Any:  # noqa: ARG001
        nonlocal velocity
        velocity = mass * velocity - (1.0 - mass) * g
        return x + step_size * velocity

    return _run(grad, x0, callback, num_iters, step)


def rmsprop(
    grad: Callable[..., Any],
    x0: Any,
    callback: Callback | None = None,
    num_iters: int = 100,
    step_size: float = 0.1,
    gamma: float = 0.9,
    eps: float = 1e-8,
) -> Any:
    """Steps over the root of a running mean of squared gradients (Tieleman and Hinton, 2012)."""
    square: Any = 1.0

    def step(x: Any, g: Any, i: int) -> Any:  # noqa: ARG001
        nonlocal square
        square = square * gamma + g**2 * (1 - gamma)
        return x - step_size * g / (np.sqrt(square) + eps)

    return _run(grad, x0, callback, num_iters, step)


def adam(
    grad: Callable[..., Any],
    x0: Any,
    callback: Callback | None = None,
    num_iters: int = 100,
    step_size: float = 0.001,
    b1: float = 0.9,
    b2: float = 0.999,
    eps: float = 1e-8,
) -> Any:
    """Adam (Kingma and Ba, 2015)."""
    m: Any = 0.0
    v: Any = 0.0

    def step(x: Any, g: Any, i: int) -> Any:
        nonlocal m, v
        m, v = (1 - b1) * g + b1 * m, (1 - b2) * g**2 + b2 * v
        return x - step_size * (m / (1 - b1 ** (i + 1))) / (np.sqrt(v / (1 - b2 ** (i + 1))) + eps)

    return _run(grad, x0, callback, num_iters, step)
