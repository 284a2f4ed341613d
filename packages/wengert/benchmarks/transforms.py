"""W6, W12: gradients, Hessian-vector products, Jacobians and Hessians by transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import wengert as wg

from .breakdown import busiest
from .peers import load, same_values
from .table import Row
from .timing import Settings, Work, compare, threads

__all__ = ["jacobians", "network", "rosenbrock", "valley"]

#: PyTorch has several ways to each derivative; the column shows the one that is fastest here.
Entrants = dict[str, Work]


def valley(xp: Any) -> Callable[[Any], Any]:
    """Rosenbrock's function of any number of variables."""

    def function(x: Any) -> Any:
        return xp.sum((1.0 - x[:-1]) ** 2 + 100.0 * (x[1:] - x[:-1] ** 2) ** 2)

    return function


def network(xp: Any, first: Any, bias: Any, second: Any) -> Callable[[Any], Any]:
    """A network of two layers: from a vector to a vector."""
    return lambda x: xp.tanh(xp.tanh(x @ first + bias) @ second)


def rosenbrock(settings: Settings) -> list[Row]:
    """W6: the gradient of Rosenbrock's function, and its Hessian times a vector."""
    random = np.random.default_rng(0)
    x, v = random.standard_normal((2, 1_000))
    gradient: Entrants = {"wengert": _on(wg.grad(valley(wg)), wg.asarray(x))}
    product: Entrants = {"wengert": _on(lambda x, v: wg.hvp(valley(wg), x, v), wg.asarray(x), wg.asarray(v))}
    if (torch := load("torch")) is not None:
        tx, tv = torch.asarray(x), torch.asarray(v)
        gradient["torch"] = _on(_torch_gradient(torch, valley(torch)), tx)
        product["torch"] = _on(lambda x, v: torch.autograd.functional.vhp(valley(torch), x, v)[1], tx, tv)
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import grad, hessian_vector_product

        gradient["autograd"] = _on(grad(valley(anp)), x)
        product["autograd"] = _on(hessian_vector_product(valley(anp)), x, v)
    if (jax := load("jax")) is not None:
        jx, jv, slope = jax.numpy.asarray(x), jax.numpy.asarray(v), jax.grad(valley(jax.numpy))
        gradient["jax"] = _on(slope, jx)
        product["jax"] = _on(lambda x, v: jax.jvp(slope, (x,), (v,))[1], jx, jv)
    gradient["numpy"] = _on(_gradient_by_hand, x)
    return [
        _row("W6 Rosenbrock, 1,000 variables: gradient", gradient, settings),
        _row("W6 Rosenbrock, 1,000 variables: Hessian times vector", product, settings),
    ]


def jacobians(settings: Settings) -> list[Row]:
    """W12: the Jacobian of a network, and the Hessian of a function of 200 variables."""
    random = np.random.default_rng(0)
    weights = [random.standard_normal(shape) / 10.0 for shape in ((100, 100), (100,), (100, 100))]
    x, y = random.standard_normal(100), random.standard_normal(200)
    jacobian: Entrants = {"wengert": _on(wg.jacrev(network(wg, *map(wg.asarray, weights))), wg.asarray(x))}
    hessian: Entrants = {"wengert": _on(wg.hessian(valley(wg)), wg.asarray(y))}
    if (torch := load("torch")) is not None:
        jacobian["torch"] = _on(torch.func.jacrev(network(torch, *map(torch.asarray, weights))), torch.asarray(x))
        hessian["torch"] = _on(lambda y: torch.autograd.functional.hessian(valley(torch), y, vectorize=True), torch.asarray(y))
    if load("autograd") is not None:
        import autograd.numpy as anp
        from autograd import hessian as rows_of_gradient
        from autograd import jacobian as rows

        jacobian["autograd"] = _on(rows(network(anp, *weights)), x)
        hessian["autograd"] = _on(rows_of_gradient(valley(anp)), y)
    if (jax := load("jax")) is not None:
        jnp = jax.numpy
        jacobian["jax"] = _on(jax.jacrev(network(jnp, *map(jnp.asarray, weights))), jnp.asarray(x))
        hessian["jax"] = _on(jax.hessian(valley(jnp)), jnp.asarray(y))
    jacobian["numpy"] = _on(lambda x: _jacobian_by_hand(x, *weights), x)
    return [
        _row("W12 Jacobian of a network, 100 to 100", jacobian, settings),
        _row("W12 Hessian of Rosenbrock, 200 variables", hessian, settings),
    ]


def _row(title: str, entrants: Entrants, settings: Settings) -> Row:
    same_values({name: work() for name, work in entrants.items()}, 1e-8)
    row = Row(title, "µs", goal=0.5)
    with threads(1):
        row.cells = compare(entrants, settings)
        if row.met is False:
            row.spent = f"busiest: {busiest(entrants['wengert'])}"
    return row


def _on(function: Callable[..., Any], *args: Any) -> Work:
    return lambda: function(*args)


def _torch_gradient(torch: Any, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """By ``torch.autograd.grad``, which takes half the time of ``torch.func.grad``."""

    def gradient(x: Any) -> Any:
        leaf = x.detach().requires_grad_()
        return torch.autograd.grad(function(leaf), leaf)[0]

    return gradient


def _gradient_by_hand(x: np.ndarray) -> np.ndarray:
    low, high = x[:-1], x[1:]
    bend = 200.0 * (high - low * low)
    gradient = np.zeros_like(x)
    gradient[1:] = bend
    gradient[:-1] += 2.0 * (low - 1.0) - 2.0 * low * bend
    return gradient


def _jacobian_by_hand(x: np.ndarray, first: np.ndarray, bias: np.ndarray, second: np.ndarray) -> np.ndarray:
    middle = np.tanh(x @ first + bias)
    out = np.tanh(middle @ second)
    return ((1.0 - out * out)[:, None] * second.T * (1.0 - middle * middle)) @ first.T
