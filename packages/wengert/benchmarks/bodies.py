"""N bodies that attract each other: a long loop over small arrays, differentiated by where it began."""

from __future__ import annotations

from typing import Any

import numpy as np

import wengert as wg

from .breakdown import breakdown
from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, compare, threads

__all__ = ["BODIES", "acceleration", "leapfrog", "looped", "start", "step"]

BODIES, STEP, SOFTENING = 20, 1e-3, 1e-2


def acceleration(xp: Any, x: Any, m: Any) -> Any:
    """Newton's law, softened where bodies meet."""
    d = x[None, :, :] - x[:, None, :]
    r2 = xp.sum(d * d, axis=-1) + SOFTENING
    return xp.sum(d * (m / (r2 * xp.sqrt(r2)))[:, :, None], axis=1)


def step(xp: Any, x: Any, v: Any, a: Any, m: Any) -> Any:
    """Half a kick, a drift, half a kick."""
    v = v + 0.5 * STEP * a
    x = x + STEP * v
    a = acceleration(xp, x, m)
    return x, v + 0.5 * STEP * a, a


def simulate(xp: Any, x: Any, v: Any, m: Any, steps: int) -> Any:
    """The sum of squares of places and velocities at the end."""
    a = acceleration(xp, x, m)
    for _ in range(steps):
        x, v, a = step(xp, x, v, a, m)
    return xp.sum(x * x) + xp.sum(v * v)


def start() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, velocities and masses."""
    random = np.random.default_rng(0)
    x, v, m = random.standard_normal((BODIES, 3)), 0.1 * random.standard_normal((BODIES, 3)), random.uniform(0.5, 1.5, BODIES)
    return x, v, m / BODIES


def leapfrog(settings: Settings) -> list[Row]:
    """1,000 steps with 20 bodies: value, and gradient by the places and velocities at the beginning."""
    steps = 100 if settings.quick else 1_000
    x, v, m = start()
    entrants: dict[str, Work] = {"wengert": _recorded(wg, x, v, m, steps)}
    if (torch := load("torch")) is not None:
        entrants["torch"] = _recorded(torch, x, v, m, steps)
    entrants["numpy"] = lambda: _by_hand(x, v, m, steps)
    entrants |= _elsewhere(x, v, m, steps)
    with threads(1):
        same_values({name: work() for name, work in entrants.items()}, 1e-8)
        row = Row(f"{BODIES} bodies, {steps:,} leapfrog steps, float64, value and gradient", "ms", goal=1.0)
        row.cells = compare(entrants, settings, sample_seconds=2e-2)
        if row.met is False:
            tx, tv, tm = wg.tensor(x, requires_grad=True), wg.tensor(v, requires_grad=True), wg.asarray(m)
            by_hand = row.cells["numpy"].best
            forward = lambda: simulate(wg, tx, tv, tm, steps)  # noqa: E731
            row.spent = breakdown(entrants["wengert"], forward, by_hand=by_hand, profile=True)
    return [row]


def _recorded(xp: Any, x: np.ndarray, v: np.ndarray, m: np.ndarray, steps: int) -> Work:
    """The same lines over Wengert and over PyTorch."""
    tx, tv, tm = xp.tensor(x, requires_grad=True), xp.tensor(v, requires_grad=True), xp.asarray(m)

    def work() -> Any:
        tx.grad = tv.grad = None
        value = simulate(xp, tx, tv, tm, steps)
        value.backward()
        return value, tx.grad, tv.grad

    return work


def _elsewhere(x: np.ndarray, v: np.ndarray, m: np.ndarray, steps: int) -> dict[str, Work]:
    entrants: dict[str, Work] = {}
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import make_vjp

        def autograd() -> Any:
            pull, value = make_vjp(lambda start: simulate(anp, start[0], start[1], m, steps))((x, v))
            return value, *pull(1.0)

        entrants["autograd"] = autograd
    if (jax := load("jax")) is not None:
        jnp = jax.numpy
        jx, jv, jm = jnp.asarray(x), jnp.asarray(v), jnp.asarray(m)
        eager = jax.value_and_grad(lambda x, v: simulate(jnp, x, v, jm, steps), (0, 1))

        if steps <= 100:  # the thousand take a quarter of a minute
            entrants["jax"] = lambda: _flat(jax.block_until_ready(eager(jx, jv)))
        entrants["jit"] = looped(x, v, m, steps)
    return entrants


def looped(x: np.ndarray, v: np.ndarray, m: np.ndarray, steps: int) -> Work:
    """With JAX's own loop: a thousand steps written out would take minutes to compile."""
    jax = load("jax")
    jnp = jax.numpy
    jx, jv, jm = jnp.asarray(x), jnp.asarray(v), jnp.asarray(m)

    def value(x: Any, v: Any) -> Any:
        begin = (x, v, acceleration(jnp, x, jm))
        (x, v, _), _ = jax.lax.scan(lambda state, _: (step(jnp, *state, jm), None), begin, None, length=steps)
        return jnp.sum(x * x) + jnp.sum(v * v)

    compiled = jax.jit(jax.value_and_grad(value, (0, 1)))
    return lambda: _flat(jax.block_until_ready(compiled(jx, jv)))


def _flat(found: Any) -> Any:
    value, grads = found
    return value, *grads


def _by_hand(x: np.ndarray, v: np.ndarray, m: np.ndarray, steps: int) -> Any:
    """The NumPy calls that it needs: of the forward only the places are kept, the rest is computed again."""
    places, a = [x], acceleration(np, x, m)
    for _ in range(steps):
        x, v, a = step(np, x, v, a, m)
        places.append(x)
    value = np.sum(x * x) + np.sum(v * v)
    gx, gv, ga = 2.0 * x, 2.0 * v, np.zeros_like(x)
    for place in reversed(places[1:]):
        ga += 0.5 * STEP * gv
        gx += _pulled(place, m, ga)
        gv += STEP * gx
        ga = 0.5 * STEP * gv
    return value, gx + _pulled(places[0], m, ga), gv


def _pulled(x: np.ndarray, m: np.ndarray, g: np.ndarray) -> np.ndarray:
    """The gradient by the places, from `g`, that of the accelerations."""
    d = x[None, :, :] - x[:, None, :]
    r2 = np.einsum("ijk,ijk->ij", d, d) + SOFTENING
    w = m / (r2 * np.sqrt(r2))
    along = np.einsum("ijk,ik->ij", d, g) * w * (-3.0 / r2)
    gd = along[:, :, None] * d
    gd += w[:, :, None] * g[:, None, :]
    return gd.sum(0) - gd.sum(1)
