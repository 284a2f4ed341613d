"""Fixed points of iterations, differentiated by the implicit function theorem."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..differential_operators import make_vjp
from ..extend import defvjp, primitive

__all__ = ["fixed_point"]


@primitive
def _fixed_point(a: Any, f: Callable[..., Any], x0: Any, distance: Callable[..., Any], tol: float) -> Any:
    g = f(a)
    x, previous = g(x0), x0
    while distance(x, previous) > tol:
        x, previous = g(x), x
    return x


def fixed_point(f: Callable[..., Any], a: Any, x0: Any, distance: Callable[..., Any], tol: float) -> Any:
    """Where iterating ``f(a)`` from `x0` comes to rest; differentiable in `a`."""
    return _fixed_point(a, f, x0, distance, tol)


def _pull(ans: Any, a: Any, f: Callable[..., Any], x0: Any, distance: Callable[..., Any], tol: float) -> Callable[[Any], Any]:  # noqa: ARG001
    by_x, _ = make_vjp(f(a))(ans)
    by_a, _ = make_vjp(lambda b: f(b)(ans))(a)
    # The gradient u of the fixed point solves u = g + uᵀ ∂f/∂x: a fixed point again.
    return lambda g: by_a(_fixed_point(g, lambda c: lambda u: c + by_x(u), g, distance, tol))


defvjp(_fixed_point, _pull, argnums=(0,))
