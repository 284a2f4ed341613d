"""W2, W3, W11: training steps on scikit-learn's handwritten digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .breakdown import breakdown
from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, compare, threads
from .workloads import RATE, Training, digits, training

__all__ = ["cnn", "compare_training", "gradient_penalty", "hot_labels", "images_loss", "mlp", "penalty", "trainings"]

#: The threads of both libraries' matrix products spin for a while after their work.
PAUSE = 0.003


def trainings(name: str, optimizer: bool = True) -> dict[str, Training]:
    """The network in both libraries, with the same parameters."""
    made = {"wengert": training(wg, name, optimizer=optimizer)}
    if (torch := load("torch")) is not None:
        made["torch"] = training(torch, name, optimizer=optimizer)
        made["wengert"].load(made["torch"].parameters())
    return made


def check(made: dict[str, Training], steps: int = 3, rtol: float = 2e-4) -> None:
    """Some steps must lead to the same parameters."""
    for work in made.values():
        for _ in range(steps):
            work.step()
    same_values({name: work.parameters() for name, work in made.items()}, rtol)


def compare_training(
    settings: Settings, name: str, title: str, goal: float, others: dict[str, Work] | None = None, optimizer: bool = True
) -> list[Row]:
    """Check, time, and break down if the goal is missed."""
    with threads(2):
        made = trainings(name, optimizer)
        check(made)
        entrants = {library: work.step for library, work in made.items()} | (others or {})
        row = Row(title, "ms", compare(entrants, settings, sample_seconds=2e-2, pause=PAUSE), goal)
        if row.met is False:
            by_hand = row.cells["numpy"].best if "numpy" in row.cells else None
            row.spent = breakdown(made["wengert"].step, made["wengert"].forward, by_hand=by_hand, profile=True)
    return [row]


def mlp(settings: Settings) -> list[Row]:
    """W2, with the same step in plain NumPy, in HIPS autograd and in JAX beside it."""
    return compare_training(settings, "mlp", "W2 MLP 64-128-64-10, batch 64, training step", 0.8, _other_mlps())


def cnn(settings: Settings) -> list[Row]:
    """W3."""
    return compare_training(settings, "cnn", "W3 CNN, batch 128, training step", 1.2)


def hot_labels() -> tuple[np.ndarray, np.ndarray]:
    """The images, and for each a 1 at what it shows."""
    x, labels = digits(64)
    return x, np.eye(10, dtype=np.float32)[labels]


def _other_mlps() -> dict[str, Work]:
    x, hot = hot_labels()
    weights = training(wg, "mlp").parameters()
    first = [np.array(w) for w in weights]
    entrants: dict[str, Work] = {"numpy": lambda: _by_hand(weights, x, hot)}
    results = {"wengert": _one_step(first), "numpy": _by_hand([np.array(w) for w in first], x, hot)}
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import grad

        gradient = grad(lambda p: images_loss(anp, p, x, hot))
        entrants["autograd"] = lambda: _descend(weights, gradient(weights))
        results["autograd"] = _descend([np.array(w) for w in first], gradient(first))
    if (jax := load("jax")) is not None:
        jnp = jax.numpy
        jx, jhot = jnp.asarray(x), jnp.asarray(hot)
        derivative = jax.grad(lambda p: images_loss(jnp, p, jx, jhot))

        def step(parameters: Any) -> Any:
            return jax.block_until_ready([p - RATE * g for p, g in zip(parameters, derivative(parameters), strict=True)])

        start = [jnp.asarray(w) for w in first]
        entrants["jax"] = lambda: step(start)
        results["jax"] = step(start)
    same_values(results, 1e-4)
    return entrants


def _one_step(parameters: list[np.ndarray]) -> list[np.ndarray]:
    work = training(wg, "mlp")
    work.load(parameters)
    work.step()
    return work.parameters()


def images_loss(xp: Any, parameters: Any, x: Any, hot: Any) -> Any:
    w1, b1, w2, b2, w3, b3 = parameters
    h = xp.maximum(xp.dot(x, w1.T) + b1, 0.0)
    h = xp.maximum(xp.dot(h, w2.T) + b2, 0.0)
    z = xp.dot(h, w3.T) + b3
    z = z - xp.max(z, axis=1, keepdims=True)
    return -xp.sum(hot * (z - xp.log(xp.sum(xp.exp(z), axis=1, keepdims=True)))) / len(x)


def _descend(parameters: list[np.ndarray], grads: list[np.ndarray]) -> list[np.ndarray]:
    for parameter, grad in zip(parameters, grads, strict=True):
        np.subtract(parameter, RATE * grad, out=parameter)
    return parameters


def _by_hand(parameters: list[np.ndarray], x: np.ndarray, hot: np.ndarray) -> list[np.ndarray]:
    """The step with the NumPy calls that it needs, and nothing else."""
    w1, b1, w2, b2, w3, b3 = parameters
    h1 = x @ w1.T
    h1 += b1
    np.maximum(h1, 0, out=h1)
    h2 = h1 @ w2.T
    h2 += b2
    np.maximum(h2, 0, out=h2)
    z = h2 @ w3.T
    z += b3
    z -= z.max(axis=1, keepdims=True)
    np.exp(z, out=z)
    z /= z.sum(axis=1, keepdims=True)
    z -= hot
    z /= np.float32(len(x))
    g2 = z @ w3
    g2 *= h2 > 0
    g1 = g2 @ w2
    g1 *= h1 > 0
    return _descend(parameters, [g1.T @ x, g1.sum(0), g2.T @ h1, g2.sum(0), z.T @ h2, z.sum(0)])


def penalty(made: Training) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """The loss plus the mean square of its derivative by the images; and the step that descends it."""
    xp = made.xp
    x, labels = digits(64)
    images, y = xp.asarray(x).requires_grad_(True), xp.asarray(labels)
    functional = xp.nn.functional

    def forward() -> Any:
        loss = functional.cross_entropy(made.model(images), y)
        (slope,) = xp.autograd.grad(loss, images, create_graph=True)
        return loss + (slope * slope).sum()

    def step() -> Any:
        for parameter in made.model.parameters():
            parameter.grad = None
        images.grad = None
        forward().backward()
        return [p.grad for p in made.model.parameters()]

    return forward, step


def gradient_penalty(settings: Settings) -> list[Row]:
    """W11."""
    with threads(2):
        programs = {name: penalty(made) for name, made in trainings("mlp").items()}
        same_values({name: step() for name, (_, step) in programs.items()}, 2e-4)
        entrants = {name: step for name, (_, step) in programs.items()}
        timings = compare(entrants, settings, sample_seconds=2e-2, pause=PAUSE)
        row = Row("W11 gradient penalty on the MLP, value and gradient", "ms", timings, 0.8)
        if row.met is False:
            forward, step = programs["wengert"]
            row.spent = breakdown(step, forward, profile=True, plain=False)
    return [row]
