"""Functions that are compiled whole, where the latency of a call is what counts: value and gradient of small functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from . import chain
from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, compare, threads

__all__ = ["small"]

Function = Callable[..., Any]


def log_density(theta: Any, x: Any, y: Any, xp: Any) -> Any:
    """Of the coefficients and the logarithm of the noise of a linear model, with normal priors."""
    rest = (y - xp.matmul(x, theta[:4])) * xp.exp(-theta[4])
    return -0.5 * xp.sum(rest * rest) - len(y) * theta[4] - 0.5 * xp.sum(theta * theta)


def _entrants(function: Function, start: np.ndarray, data: tuple[np.ndarray, ...]) -> dict[str, Work]:
    """Value and gradient of ``function(start, *data, xp)`` in each library."""

    def differentiated(xp: Any) -> tuple[Function, tuple[Any, ...]]:
        arguments = tuple(xp.asarray(a) for a in data)

        def work(theta: Any, *data: Any) -> Any:
            value = function(theta, *data, xp)
            return value.detach(), xp.autograd.grad(value, [theta])[0]

        return work, (xp.tensor(start, requires_grad=True), *arguments)

    work, arguments = differentiated(wg)
    fast = wg.compile(work, backend="numba")
    entrants: dict[str, Work] = {"wengert": lambda: fast(*arguments), "wengert eager": lambda: work(*arguments)}
    fast(*arguments)
    if (torch := load("torch")) is not None:
        eager, tensors = differentiated(torch)
        entrants["torch"] = lambda: eager(*tensors)
    if (jax := load("jax")) is not None:
        compiled = jax.jit(jax.value_and_grad(lambda theta, *data: function(theta, *data, jax.numpy)))
        j_start, j_data = jax.numpy.asarray(start), [jax.numpy.asarray(a) for a in data]
        entrants["jit"] = lambda: jax.block_until_ready(compiled(j_start, *j_data))
    return entrants


def small(settings: Settings) -> list[Row]:
    """W1 and W13 compiled with Numba: the chain on 8 numbers, and a log-density of 5 parameters with 100 points."""
    if load("numba") is None:
        return []
    random = np.random.default_rng(0)
    points = random.standard_normal((100, 4))
    y = points @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.1 * random.standard_normal(100)
    start = np.array([0.9, -1.9, 0.4, 0.1, math.log(0.2)])
    cases: list[tuple[str, Function, np.ndarray, tuple[np.ndarray, ...], float]] = [
        ("W1 chain of 50 on 8 float64", lambda x, xp: xp.sum(chain.program(x, xp)), np.linspace(0.1, 1.0, 8), (), 0.15),
        ("W13 log-density, 5 parameters, 100 points", log_density, start, (points, y), 0.1),
    ]
    rows = []
    with threads(1):
        for title, function, begin, data, goal in cases:
            entrants = _entrants(function, begin, data)
            same_values({name: work() for name, work in entrants.items()}, 1e-10)
            against = "jit" if "jit" in entrants else "torch"
            rows.append(Row(f"{title}, value and gradient, compiled", "µs", compare(entrants, settings), goal, against))
            if rows[-1].met is False:
                whole = rows[-1].cells["wengert"].best * 1e6
                rows[-1].spent = f"{whole:.1f} µs a call: guard, two results with their tensors, a call into Numba, and the loops"
    return rows
