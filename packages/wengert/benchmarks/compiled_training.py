"""W2 to W5 and W11: training steps and losses that are compiled whole, optimizer and all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .arrays import regression
from .compiling import Maker, compiled_rows, in_torch
from .networks import hot_labels, images_loss, penalty, trainings
from .peers import load
from .table import Row
from .timing import Settings, Work
from .transformer import block_loss
from .workloads import RATE, WORKLOADS, Training, digits, training

__all__ = ["cnn", "gradient_penalty", "logistic", "mlp", "transformer"]

PAUSE = 0.003

#: From parameters to the loss.
Loss = Callable[[list[Any]], Any]


def _training_rows(
    title: str, goal: float, name: str, loss_in_jax: Callable[[], Loss], settings: Settings, *, backend: str, optimizer: bool
) -> list[Row]:
    """A training step of the network `name`; without `optimizer`, value and gradients."""
    made = trainings(name, optimizer)
    first = [np.array(p) for p in made["wengert"].parameters()]
    whole: list[Any] = []

    def changed(work: Training) -> Any:
        return work.parameters() if optimizer else [p.grad for p in _kept(name, list(work.model.parameters()))]

    def wengert() -> tuple[Work, Work]:
        whole.append(wg.compile(made["wengert"].step, backend=backend))
        return whole[0], lambda: changed(made["wengert"])

    def pytorch() -> tuple[Work, Work]:
        return made["torch"].step, lambda: changed(made["torch"])

    def compiled_pytorch() -> tuple[Work, Work]:
        other = training(load("torch"), name, optimizer=optimizer)
        other.load(first)
        return other.steps_with(in_torch(other.forward)), lambda: changed(other)

    def in_jax() -> tuple[Work, Work]:
        jax = load("jax")
        slope, state = jax.value_and_grad(loss_in_jax()), [[jax.numpy.asarray(p) for p in first], None]

        def step(parameters: Any) -> Any:
            value, grads = slope(parameters)
            return value, [p - RATE * g for p, g in zip(parameters, grads, strict=True)] if optimizer else grads

        compiled = jax.jit(step, donate_argnums=0) if optimizer else jax.jit(step)

        def work() -> Any:
            value, found = jax.block_until_ready(compiled(state[0]))
            state[0 if optimizer else 1] = found
            return value

        return work, lambda: state[0] if optimizer else _kept(name, state[1])

    makers: dict[str, Maker] = {"wengert": wengert}
    if "torch" in made:
        makers |= {"torch": pytorch, "compile": compiled_pytorch}
    if load("jax") is not None:
        makers["jit"] = in_jax
    return compiled_rows(
        title, "ms", goal, makers, settings,
        backend=backend, program=lambda: whole[0], tolerance=2e-4, cores=2, pause=PAUSE, sample_seconds=1e-2,
    )  # fmt: skip


def _kept(name: str, found: list[Any]) -> list[Any]:
    """Gradients without that of the bias of the keys: adding to all scores of a query changes nothing, so it is rounding."""
    if name != "transformer":
        return found
    names = [n for n, _ in training(wg, name, optimizer=False).model.named_parameters()]
    return [value for n, value in zip(names, found, strict=True) if n != "k.bias"]


def mlp(settings: Settings) -> list[Row]:
    """W2."""

    def loss() -> Loss:
        jnp = load("jax").numpy
        x, hot = (jnp.asarray(a) for a in hot_labels())
        return lambda parameters: images_loss(jnp, parameters, x, hot)

    title = "W2 MLP 64-128-64-10, batch 64, training step"
    return _training_rows(title, 0.6, "mlp", loss, settings, backend="numba", optimizer=True)


def cnn(settings: Settings) -> list[Row]:
    """W3."""

    def loss() -> Loss:
        jax = load("jax")
        jnp, lax = jax.numpy, jax.lax
        x, labels = (jnp.asarray(a) for a in digits(128, image=True))

        def layer(x: Any, weight: Any, bias: Any) -> Any:
            out = lax.conv_general_dilated(x, weight, (1, 1), "SAME") + bias[:, None, None]
            return jnp.maximum(out, 0.0)

        def value(parameters: list[Any]) -> Any:
            w1, b1, w2, b2, w3, b3 = parameters
            h = layer(layer(x, w1, b1), w2, b2)
            h = lax.reduce_window(h, -jnp.inf, lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
            logs = jax.nn.log_softmax(h.reshape(len(x), -1) @ w3.T + b3)
            return -jnp.mean(logs[jnp.arange(len(x)), labels])

        return value

    return _training_rows("W3 CNN, batch 128, training step", 1.0, "cnn", loss, settings, backend="python", optimizer=True)


def transformer(settings: Settings) -> list[Row]:
    """W4."""

    def loss() -> Loss:
        jax = load("jax")
        _, _, data, batch = WORKLOADS["transformer"]
        x, y = (jax.numpy.asarray(a) for a in data(batch))
        names = [name for name, _ in training(wg, "transformer", optimizer=False).model.named_parameters()]
        erf = jax.scipy.special.erf
        return lambda parameters: block_loss(jax.numpy, erf, dict(zip(names, parameters, strict=True)), x, y)

    title = "W4 transformer block d = 256, 128 tokens, batch 4, forward + backward"
    return _training_rows(title, 0.85, "transformer", loss, settings, backend="python", optimizer=False)


def logistic(settings: Settings) -> list[Row]:
    """W5."""
    random = np.random.default_rng(0)
    x = random.standard_normal((100_000, 50))
    y = (x @ random.standard_normal(50) + random.standard_normal(len(x)) > 0).astype(np.float64)
    start = 0.1 * random.standard_normal(50)
    made: list[Any] = []

    def recorded(xp: Any, compiled: Callable[[Any], Any]) -> tuple[Work, Work]:
        work = regression(xp, x, y, start, compiled)
        return work, work

    def wengert() -> tuple[Work, Work]:
        made.append(wg.compile(regression(wg, x, y, start), backend="python"))
        return made[0], made[0]

    def in_jax() -> tuple[Work, Work]:
        jax = load("jax")
        jnp = jax.numpy
        jx, jy, jw = jnp.asarray(x), jnp.asarray(y), jnp.asarray(start)

        def loss(w: Any, x: Any, y: Any) -> Any:
            z = x @ w
            return jnp.mean(jnp.logaddexp(0.0, z) - y * z)

        compiled = jax.jit(jax.value_and_grad(loss))
        work = lambda: jax.block_until_ready(compiled(jw, jx, jy))  # noqa: E731
        return work, work

    makers: dict[str, Maker] = {"wengert": wengert}
    if (torch := load("torch")) is not None:
        makers["torch"] = lambda: recorded(torch, lambda f: f)
        makers["compile"] = lambda: recorded(torch, in_torch)
    if load("jax") is not None:
        makers["jit"] = in_jax
    return compiled_rows(
        "W5 logistic regression 100,000 by 50 float64, value and gradient", "ms", 0.8, makers, settings,
        backend="python", program=lambda: made[0], cores=2, pause=PAUSE,
    )  # fmt: skip


def gradient_penalty(settings: Settings) -> list[Row]:
    """W11. torch.compile has no second derivatives, so PyTorch takes part uncompiled."""
    made, whole = trainings("mlp"), list[Any]()
    first = [np.array(p) for p in made["wengert"].parameters()]

    def wengert() -> tuple[Work, Work]:
        whole.append(wg.compile(penalty(made["wengert"])[1], backend="numba"))
        return whole[0], whole[0]

    def pytorch() -> tuple[Work, Work]:
        work = penalty(made["torch"])[1]
        return work, work

    def in_jax() -> tuple[Work, Work]:
        jax = load("jax")
        jnp = jax.numpy
        x, hot = (jnp.asarray(a) for a in hot_labels())
        parameters = [jnp.asarray(p) for p in first]

        def value(parameters: Any) -> Any:
            loss, slope = jax.value_and_grad(lambda x: images_loss(jnp, parameters, x, hot))(x)
            return loss + jnp.sum(slope * slope)

        compiled = jax.jit(jax.grad(value))
        work = lambda: jax.block_until_ready(compiled(parameters))  # noqa: E731
        return work, work

    makers: dict[str, Maker] = {"wengert": wengert}
    if "torch" in made:
        makers["torch"] = pytorch
    if load("jax") is not None:
        makers["jit"] = in_jax
    return compiled_rows(
        "W11 gradient penalty on the MLP, value and gradient", "ms", 0.6, makers, settings,
        backend="numba", program=lambda: whole[0], tolerance=2e-4, cores=2, pause=PAUSE,
    )  # fmt: skip
