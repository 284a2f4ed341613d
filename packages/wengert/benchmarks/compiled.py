"""Small functions that are compiled whole: what a call takes beside its arithmetic is what counts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from . import bodies, chain
from .compiling import Maker, compiled_rows, in_torch
from .peers import load
from .table import Row
from .timing import Settings, Work
from .transforms import network, valley

__all__ = ["hessians", "leapfrog", "log_densities", "rosenbrock", "small_chain"]

Function = Callable[..., Any]


def _same(work: Work) -> tuple[Work, Work]:
    """Of a work that changes nothing: its values are what it returns."""
    return work, work


def log_density(theta: Any, x: Any, y: Any, xp: Any) -> Any:
    """Of the coefficients and the logarithm of the noise of a linear model, with normal priors."""
    rest = (y - xp.matmul(x, theta[:4])) * xp.exp(-theta[4])
    return -0.5 * xp.sum(rest * rest) - len(y) * theta[4] - 0.5 * xp.sum(theta * theta)


# -- value and gradient --------------------------------------------------------------------------------------------------
def _gradient_rows(
    title: str, goal: float, function: Function, start: np.ndarray, data: tuple[np.ndarray, ...], settings: Settings
) -> list[Row]:
    """Value and gradient of ``function(start, *data, xp)``."""
    made: list[Any] = []

    def recorded(xp: Any, value_of: Function) -> tuple[Function, tuple[Any, ...]]:
        def work(theta: Any, *data: Any) -> Any:
            value = value_of(theta, *data)
            return value.detach(), xp.autograd.grad(value, [theta])[0]

        return work, (xp.tensor(start, requires_grad=True), *map(xp.asarray, data))

    def wengert() -> tuple[Work, Work]:
        work, arguments = recorded(wg, lambda *a: function(*a, wg))
        made.append(wg.compile(work, backend="numba"))
        return _same(lambda: made[0](*arguments))

    def pytorch(compiled: bool) -> tuple[Work, Work]:
        torch = load("torch")
        plain = lambda *a: function(*a, torch)  # noqa: E731
        work, arguments = recorded(torch, in_torch(plain) if compiled else plain)
        return _same(lambda: work(*arguments))

    def in_jax() -> tuple[Work, Work]:
        jax = load("jax")
        compiled = jax.jit(jax.value_and_grad(lambda theta, *data: function(theta, *data, jax.numpy)))
        arguments = [jax.numpy.asarray(a) for a in (start, *data)]
        return _same(lambda: jax.block_until_ready(compiled(*arguments)))

    makers: dict[str, Maker] = {"wengert": wengert}
    if load("torch") is not None:
        makers |= {"torch": lambda: pytorch(compiled=False), "compile": lambda: pytorch(compiled=True)}
    if load("jax") is not None:
        makers["jit"] = in_jax
    return compiled_rows(title, "µs", goal, makers, settings, backend="numba", program=lambda: made[0], tolerance=1e-10)


def small_chain(settings: Settings) -> list[Row]:
    """W1: the chain on 8 numbers."""
    title = "W1 chain of 50 on 8 float64, value and gradient"
    return _gradient_rows(title, 0.15, lambda x, xp: xp.sum(chain.program(x, xp)), np.linspace(0.1, 1.0, 8), (), settings)


def log_densities(settings: Settings) -> list[Row]:
    """W13: a log-density of 5 parameters with 100 points."""
    random = np.random.default_rng(0)
    points = random.standard_normal((100, 4))
    y = points @ np.array([1.0, -2.0, 0.5, 0.0]) + 0.1 * random.standard_normal(100)
    start = np.array([0.9, -1.9, 0.4, 0.1, math.log(0.2)])
    title = "W13 log-density of 5 parameters, 100 points, value and gradient"
    return _gradient_rows(title, 0.1, log_density, start, (points, y), settings)


# -- transforms ----------------------------------------------------------------------------------------------------------
def _transform_rows(
    title: str, goal: float, functions: dict[str, Callable[[], Function]], arguments: tuple[np.ndarray, ...], settings: Settings
) -> list[Row]:
    """Functions of `arguments`, made of transforms."""
    made: list[Any] = []

    def wengert() -> tuple[Work, Work]:
        made.append(wg.compile(functions["wengert"](), backend="numba"))
        own = [wg.asarray(a) for a in arguments]
        return _same(lambda: made[0](*own))

    def pytorch(compiled: bool) -> tuple[Work, Work]:
        torch = load("torch")
        function = functions["torch"]()
        own = [torch.asarray(a) for a in arguments]
        function = in_torch(function) if compiled else function
        return _same(lambda: function(*own))

    def in_jax() -> tuple[Work, Work]:
        jax = load("jax")
        compiled, own = jax.jit(functions["jax"]()), [jax.numpy.asarray(a) for a in arguments]
        return _same(lambda: jax.block_until_ready(compiled(*own)))

    makers: dict[str, Maker] = {"wengert": wengert}
    if load("torch") is not None:
        makers |= {"torch": lambda: pytorch(compiled=False), "compile": lambda: pytorch(compiled=True)}
    if load("jax") is not None:
        makers["jit"] = in_jax
    return compiled_rows(title, "µs", goal, makers, settings, backend="numba", program=lambda: made[0])


def rosenbrock(settings: Settings) -> list[Row]:
    """W6: gradient, and Hessian times a vector."""
    x, v = np.random.default_rng(0).standard_normal((2, 1_000))
    gradient: dict[str, Callable[[], Function]] = {
        "wengert": lambda: wg.grad(valley(wg)),
        "torch": lambda: load("torch").func.grad(valley(load("torch"))),
        "jax": lambda: load("jax").grad(valley(load("jax").numpy)),
    }

    def torch_product() -> Function:
        torch = load("torch")
        slope = torch.func.grad(valley(torch))
        return lambda x, v: torch.func.jvp(slope, (x,), (v,))[1]

    def jax_product() -> Function:
        jax = load("jax")
        slope = jax.grad(valley(jax.numpy))
        return lambda x, v: jax.jvp(slope, (x,), (v,))[1]

    product = {
        "wengert": lambda: lambda x, v: wg.hvp(valley(wg), x, v),
        "torch": torch_product,
        "jax": jax_product,
    }
    return [
        *_transform_rows("W6 Rosenbrock, 1,000 variables: gradient", 0.2, gradient, (x,), settings),
        *_transform_rows("W6 Rosenbrock, 1,000 variables: Hessian times vector", 0.2, product, (x, v), settings),
    ]


def hessians(settings: Settings) -> list[Row]:
    """W12: the Jacobian of a network, and the Hessian of a function of 200 variables."""
    random = np.random.default_rng(0)
    weights = [random.standard_normal(shape) / 10.0 for shape in ((100, 100), (100,), (100, 100))]
    x, y = random.standard_normal(100), random.standard_normal(200)
    jacobian: dict[str, Callable[[], Function]] = {
        "wengert": lambda: wg.jacrev(network(wg, *map(wg.asarray, weights))),
        "torch": lambda: load("torch").func.jacrev(network(load("torch"), *map(load("torch").asarray, weights))),
        "jax": lambda: load("jax").jacrev(network(load("jax").numpy, *map(load("jax").numpy.asarray, weights))),
    }
    hessian: dict[str, Callable[[], Function]] = {
        "wengert": lambda: wg.hessian(valley(wg)),
        "torch": lambda: load("torch").func.hessian(valley(load("torch"))),
        "jax": lambda: load("jax").hessian(valley(load("jax").numpy)),
    }
    return [
        *_transform_rows("W12 Jacobian of a network, 100 to 100", 0.7, jacobian, (x,), settings),
        *_transform_rows("W12 Hessian of Rosenbrock, 200 variables", 0.7, hessian, (y,), settings),
    ]


# -- a long loop ---------------------------------------------------------------------------------------------------------
def leapfrog(settings: Settings) -> list[Row]:
    """W7: all steps in one compiled function, and a compiled step that is called as often.

    JAX has a loop of its own (`scan`), which is compiled. Whether a compiler finds one in a thousand steps that were written down
    one after the other is the point of the first row; PyTorch's would take minutes, so that there the step is compiled in both.
    """
    steps = 100 if settings.quick else 1_000
    x, v, m = bodies.start()
    made: list[Any] = []

    def stepwise(xp: Any, compiled: Callable[[Function], Function]) -> tuple[Work, Work]:
        tx, tv, tm = xp.tensor(x, requires_grad=True), xp.tensor(v, requires_grad=True), xp.asarray(m)
        begin = compiled(lambda x: bodies.acceleration(xp, x, tm))
        step = compiled(lambda x, v, a: bodies.step(xp, x, v, a, tm))
        end = compiled(lambda x, v: xp.sum(x * x) + xp.sum(v * v))

        def work() -> Any:
            tx.grad = tv.grad = None
            place, speed, a = tx, tv, begin(tx)
            for _ in range(steps):
                place, speed, a = step(place, speed, a)
            value = end(place, speed)
            value.backward()
            return value, tx.grad, tv.grad

        return _same(work)

    def kept(function: Function) -> Function:
        made.append(wg.compile(function, backend="numba"))
        return made[-1]  # type: ignore[no-any-return]

    def whole() -> tuple[Work, Work]:
        tx, tv, tm = wg.tensor(x, requires_grad=True), wg.tensor(v, requires_grad=True), wg.asarray(m)

        @kept
        def simulated(x: Any, v: Any, m: Any) -> Any:
            value = bodies.simulate(wg, x, v, m, steps)
            return value.detach(), *wg.autograd.grad(value, [x, v])

        return _same(lambda: simulated(tx, tv, tm))

    others: dict[str, Maker] = {}
    if load("torch") is not None:
        others["torch"] = lambda: stepwise(load("torch"), lambda function: function)
        others["compile"] = lambda: stepwise(load("torch"), in_torch)
    if load("jax") is not None:
        others["jit"] = lambda: _same(bodies.looped(x, v, m, steps))
    title = f"W7 {bodies.BODIES} bodies, {steps:,} leapfrog steps, float64, value and gradient"
    rows: list[Row] = []
    for name, wengert in (("", whole), (", a call for each", lambda: stepwise(wg, kept))):
        made.clear()
        rows += compiled_rows(
            title + name, "ms", 0.3, {"wengert": wengert, **others}, settings,
            backend="numba", program=lambda: made[min(1, len(made) - 1)], sample_seconds=2e-2,
        )  # fmt: skip
    return rows
