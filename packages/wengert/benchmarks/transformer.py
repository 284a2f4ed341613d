"""W4: a transformer block."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .networks import compare_training
from .peers import load, same_values
from .table import Row
from .timing import Settings, Work
from .workloads import WORKLOADS, training

__all__ = ["block", "block_loss"]

HEADS = 4


def block(settings: Settings) -> list[Row]:
    """Width 256, 4 heads, 128 tokens, batch 4: forward and backward."""
    title = "W4 transformer block d = 256, 128 tokens, batch 4, forward + backward"
    return compare_training(settings, "transformer", title, 0.9, _elsewhere(), optimizer=False)


def _elsewhere() -> dict[str, Work]:
    """Loss and gradients in libraries without modules."""
    model = training(wg, "transformer", optimizer=False)
    model.step()
    names = [name for name, _ in model.model.named_parameters()]
    start = [parameter.detach().numpy() for parameter in model.model.parameters()]
    results = {"wengert": [parameter.grad for parameter in model.model.parameters()]}
    _, _, data, batch = WORKLOADS["transformer"]
    x, y = data(batch)
    entrants: dict[str, Work] = {}
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import grad
        from autograd.scipy.special import erf

        gradient = grad(lambda p: block_loss(anp, erf, dict(zip(names, p, strict=True)), x, y))
        entrants["autograd"] = lambda: gradient(start)
    if (jax := load("jax")) is not None:
        jx, jy, there = jax.numpy.asarray(x), jax.numpy.asarray(y), [jax.numpy.asarray(p) for p in start]
        derivative = jax.grad(lambda p: block_loss(jax.numpy, jax.scipy.special.erf, dict(zip(names, p, strict=True)), jx, jy))
        compiled = jax.jit(derivative)
        entrants["jax"] = lambda: jax.block_until_ready(derivative(there))
        entrants["jit"] = lambda: jax.block_until_ready(compiled(there))
    results |= {name: work() for name, work in entrants.items()}
    # Without the bias of the keys: adding to all scores of a query changes nothing, so what comes out is rounding.
    same_values({name: [g for n, g in zip(names, found, strict=True) if n != "k.bias"] for name, found in results.items()}, 2e-4)
    return entrants


def block_loss(xp: Any, erf: Callable[[Any], Any], p: dict[str, Any], x: Any, y: Any) -> Any:
    """The block of `workloads`, written out in functions that NumPy has."""
    batch, tokens, width = x.shape
    normed = _norm(xp, p, "norm1", x)
    q, k, v = (
        xp.swapaxes(xp.reshape(_linear(xp, p, name, normed), (batch, tokens, HEADS, width // HEADS)), 1, 2) for name in "qkv"
    )
    scores = xp.matmul(q, xp.swapaxes(k, 2, 3)) * np.float32(1.0 / math.sqrt(width // HEADS))
    weights = xp.exp(scores - xp.max(scores, axis=-1, keepdims=True))
    weights = weights / xp.sum(weights, axis=-1, keepdims=True)
    mixed = xp.reshape(xp.swapaxes(xp.matmul(weights, v), 1, 2), (batch, tokens, width))
    x = x + _linear(xp, p, "out", mixed)
    up = _linear(xp, p, "up", _norm(xp, p, "norm2", x))
    up = up * np.float32(0.5) * (1 + erf(up * np.float32(math.sqrt(0.5))))
    return xp.mean((x + _linear(xp, p, "down", up) - y) ** 2)


def _linear(xp: Any, p: dict[str, Any], name: str, x: Any) -> Any:
    return xp.matmul(x, xp.transpose(p[f"{name}.weight"])) + p[f"{name}.bias"]


def _norm(xp: Any, p: dict[str, Any], name: str, x: Any) -> Any:
    x = x - xp.mean(x, axis=-1, keepdims=True)
    variance = xp.mean(x * x, axis=-1, keepdims=True)
    return x / xp.sqrt(variance + np.float32(1e-5)) * p[f"{name}.weight"] + p[f"{name}.bias"]
