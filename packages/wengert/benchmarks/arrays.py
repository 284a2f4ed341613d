"""W5, W8: work in which the arrays are large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .breakdown import breakdown
from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, compare, threads
from .workloads import ten_operators

__all__ = ["elementwise", "logistic", "regression"]

PAUSE = 0.003


def logistic(settings: Settings) -> list[Row]:
    """W5: value and gradient of the loss of a logistic regression."""
    random = np.random.default_rng(0)
    x = random.standard_normal((100_000, 50))
    y = (x @ random.standard_normal(50) + random.standard_normal(len(x)) > 0).astype(np.float64)
    start = 0.1 * random.standard_normal(50)
    entrants: dict[str, Work] = {"wengert": regression(wg, x, y, start)}
    if (torch := load("torch")) is not None:
        entrants["torch"] = regression(torch, x, y, start)
    entrants["numpy"] = lambda: _regression_by_hand(x, y, start)
    entrants |= _regression_elsewhere(x, y, start)
    same_values({name: work() for name, work in entrants.items()}, 1e-8)
    with threads(2):
        row = Row("W5 logistic regression 100,000 by 50 float64, value and gradient", "ms", goal=0.8)
        row.cells = compare(entrants, settings, pause=PAUSE)
        if row.met is False:
            tx, ty, w = wg.asarray(x), wg.asarray(y), wg.tensor(start, requires_grad=True)
            loss = wg.nn.functional.binary_cross_entropy_with_logits
            row.spent = breakdown(entrants["wengert"], lambda: loss(tx @ w, ty), by_hand=row.cells["numpy"].best, profile=True)
    return [row]


def regression(
    xp: Any, x: np.ndarray, y: np.ndarray, start: np.ndarray, compiled: Callable[[Any], Any] = lambda function: function
) -> Work:
    """The same lines over Wengert and over PyTorch, the forward as `compiled` makes it."""
    tx, ty = xp.asarray(x), xp.asarray(y)
    w = xp.tensor(start, requires_grad=True)
    loss_of = compiled(lambda w, x, y: xp.nn.functional.binary_cross_entropy_with_logits(x @ w, y))

    def work() -> Any:
        w.grad = None
        loss = loss_of(w, tx, ty)
        loss.backward()
        return loss, w.grad

    return work


def _regression_by_hand(x: np.ndarray, y: np.ndarray, w: np.ndarray) -> Any:
    z = x @ w
    value = (np.logaddexp(0.0, z) - y * z).mean()
    return value, ((1.0 / (1.0 + np.exp(-z)) - y) / len(y)) @ x


def _regression_elsewhere(x: np.ndarray, y: np.ndarray, start: np.ndarray) -> dict[str, Work]:
    entrants: dict[str, Work] = {}
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import value_and_grad

        def loss(w: Any) -> Any:
            z = anp.dot(x, w)
            return anp.mean(anp.logaddexp(0.0, z) - y * z)

        entrants["autograd"] = lambda: value_and_grad(loss)(start)
    if (mg := load("mygrad")) is not None:
        m = mg.tensor(start)

        def mygrad() -> Any:
            z = mg.matmul(x, m)
            value = mg.mean(mg.logaddexp(0.0, z) - y * z)
            value.backward()
            return value.data, m.grad

        entrants["mygrad"] = mygrad
    if (jax := load("jax")) is not None:
        jnp = jax.numpy
        jx, jy, jw = jnp.asarray(x), jnp.asarray(y), jnp.asarray(start)

        def j_loss(w: Any) -> Any:
            z = jx @ w
            return jnp.mean(jnp.logaddexp(0.0, z) - jy * z)

        entrants["jax"] = lambda: jax.block_until_ready(jax.value_and_grad(j_loss)(jw))
        compiled = jax.jit(jax.value_and_grad(j_loss))
        entrants["jit"] = lambda: jax.block_until_ready(compiled(jw))
    return entrants


def elementwise(settings: Settings) -> list[Row]:
    """W8: ten operators on ten million numbers. Its memory is measured by ``memory``."""
    size = 1_000_000 if settings.quick else 10_000_000
    x = np.linspace(-2.0, 2.0, size, dtype=np.float32)
    seed = np.ones(size, np.float32)
    leaf, one = wg.tensor(x, requires_grad=True), wg.tensor(seed)

    def wengert() -> Any:
        leaf.grad = None
        ten_operators(leaf, wg).backward(one)
        return leaf.grad

    entrants: dict[str, Work] = {"wengert": wengert}
    if (torch := load("torch")) is not None:
        t_leaf, t_one = torch.tensor(x, requires_grad=True), torch.tensor(seed)

        def pytorch() -> Any:
            t_leaf.grad = None
            ten_operators(t_leaf, torch).backward(t_one)
            return t_leaf.grad

        entrants["torch"] = pytorch
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import make_vjp

        entrants["autograd"] = lambda: make_vjp(ten_operators)(x, anp)[0](seed)
    if (jax := load("jax")) is not None:
        j_leaf, j_one = jax.numpy.asarray(x), jax.numpy.asarray(seed)

        def in_jax() -> Any:
            _, pull = jax.vjp(lambda v: ten_operators(v, jax.numpy), j_leaf)
            return jax.block_until_ready(pull(j_one)[0])

        entrants["jax"] = in_jax
    with threads(2):
        same_values({name: work() for name, work in entrants.items()}, 1e-4)
        row = Row(f"W8 ten elementwise operators on {size:,} float32, forward + backward", "ms", goal=0.6)
        row.cells = compare(entrants, settings, pause=PAUSE)
        if row.met is False:
            row.spent = breakdown(wengert, lambda: ten_operators(leaf, wg), one, profile=True)
    return [row]
