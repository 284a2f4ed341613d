"""W1, W1b: a chain of 50 elementwise operators, forward and backward."""

from __future__ import annotations

from typing import Any

import numpy as np

import wengert as wg

from .breakdown import breakdown
from .peers import load, same_values
from .table import Row
from .timing import Settings, Timing, Work, compare, threads

__all__ = ["large", "program", "small"]

ROUNDS = 10
LENGTH = 5 * ROUNDS


def program(x: Any, xp: Any) -> Any:
    """Fifty operators: products of two tensors, numbers, and functions, as code of this kind has them."""
    y = x
    for _ in range(ROUNDS):
        y = y * x
        y = y + 0.5
        y = xp.sin(y)
        y = y * 0.9
        y = xp.tanh(y)
    return y


def by_hand(x: np.ndarray, seed: np.ndarray) -> np.ndarray:
    """The gradient with the NumPy calls that a first-order backward cannot do without, and nothing else."""
    y, saved = x, []
    for _ in range(ROUNDS):
        factor = y
        inner = y * x + 0.5
        y = np.tanh(np.sin(inner) * 0.9)
        saved.append((factor, inner, y))
    grad, total = seed, None
    for factor, inner, y in reversed(saved):
        grad = grad * (1.0 - y * y)
        grad = grad * 0.9
        grad = grad * np.cos(inner)
        share = grad * factor
        total = share if total is None else total + share
        grad = grad * x
    return grad + total


def _entrants(x: np.ndarray, seed: np.ndarray, seldom: bool) -> tuple[dict[str, Work], dict[str, Work]]:
    """Forward, and forward with backward, by library; the latter return the gradient."""
    forward: dict[str, Work] = {}
    both: dict[str, Work] = {}
    leaf, one = wg.tensor(x, requires_grad=True), wg.tensor(seed)

    def wengert() -> Any:
        leaf.grad = None
        program(leaf, wg).backward(one)
        return leaf.grad

    forward["wengert"], both["wengert"] = lambda: program(leaf, wg), wengert
    if (torch := load("torch")) is not None:
        t_leaf, t_one = torch.tensor(x, requires_grad=True), torch.tensor(seed)

        def pytorch() -> Any:
            t_leaf.grad = None
            program(t_leaf, torch).backward(t_one)
            return t_leaf.grad

        forward["torch"], both["torch"] = lambda: program(t_leaf, torch), pytorch
    forward["numpy"], both["numpy"] = lambda: program(x, np), lambda: by_hand(x, seed)
    if not seldom:
        return forward, both
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import make_vjp

        forward["autograd"] = lambda: make_vjp(program)(x, anp)[1]
        both["autograd"] = lambda: make_vjp(program)(x, anp)[0](seed)
    if (mg := load("mygrad")) is not None:
        m_leaf = mg.tensor(x)

        def mygrad() -> Any:
            program(m_leaf, mg).backward(seed)
            return m_leaf.grad

        forward["mygrad"], both["mygrad"] = lambda: program(m_leaf, mg), mygrad
    if (jax := load("jax")) is not None:
        j_leaf, j_one = jax.numpy.asarray(x), jax.numpy.asarray(seed)

        def in_jax(backward: bool) -> Any:
            value, pull = jax.vjp(lambda v: program(v, jax.numpy), j_leaf)
            return jax.block_until_ready(pull(j_one)[0] if backward else value)

        forward["jax"], both["jax"] = lambda: in_jax(backward=False), lambda: in_jax(backward=True)
    return forward, both


def _rows(settings: Settings, size: int, name: str, unit: str, goals: tuple[float, float], others: bool) -> list[Row]:
    x = np.linspace(0.1, 1.0, size)
    seed = np.linspace(1.0, 2.0, size)
    forward, both = _entrants(x, seed, others)
    same_values({library: work() for library, work in both.items()})
    pause = 0.002 if size > 1000 else 0.0
    ahead = Row(f"{name}, forward", unit, compare(forward, settings, pause=pause), goals[0])
    if ahead.met is False:
        share = ahead.cells["numpy"].best / ahead.cells["wengert"].best
        ahead.spent = f"the NumPy calls alone {share:.0%}, Wengert's calls and recording {1 - share:.0%}"
    whole = Row(f"{name}, forward + backward", unit, compare(both, settings, pause=pause), goals[1])
    if whole.met is False:
        leaf, one = wg.tensor(x, requires_grad=True), wg.tensor(seed)
        whole.spent = breakdown(both["wengert"], lambda: program(leaf, wg), one, whole.cells["numpy"].best)
    return [ahead, whole]


def small(settings: Settings) -> list[Row]:
    """W1: 8 elements, where all but the calls themselves is overhead."""
    with threads(1):
        rows = _rows(settings, 8, "W1 chain of 50 on 8 float64", "µs", (0.6, 0.55), others=True)
    per_operator = {library: timing / LENGTH for library, timing in rows[1].cells.items()}
    rows.append(Row("W1 … per operator, forward + backward", "ns", dict[str, Timing](per_operator)))
    return rows


def large(settings: Settings) -> list[Row]:
    """W1b: a million elements, where memory counts."""
    size = 100_000 if settings.quick else 1_000_000
    with threads(2):
        return _rows(settings, size, f"W1b chain of 50 on {size:,}", "ms", (0.8, 0.8), others=not settings.quick)
