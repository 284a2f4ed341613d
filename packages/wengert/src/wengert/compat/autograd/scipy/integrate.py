"""``autograd.scipy.integrate.odeint``, differentiated by the adjoint equation."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.integrate as _scipy

from ..differential_operators import make_vjp
from ..extend import defvjp_argnums, primitive
from ..misc import flatten

__all__ = ["odeint"]

odeint = primitive(_scipy.odeint)


def _pull(argnums: Any, ans: Any, args: Any, kwargs: Any) -> Any:
    """The adjoint method (Pontryagin et al. 1962; Chen et al. 2018, appendix C): backwards in time, one interval at a time."""
    func, y0, t, *rest = args
    fargs = rest[0] if rest else kwargs.get("args", ())
    if not isinstance(fargs, tuple):
        fargs = (fargs,)
    ans, times = np.asarray(ans), np.asarray(t)
    flat_args, unflatten = flatten(fargs)
    n, count = np.size(y0), len(flat_args)

    def flat_func(y: Any, time: Any, flat: Any) -> Any:
        return func(y, time, *unflatten(flat))

    def dynamics(state: Any, time: float, flat: Any) -> Any:
        y, adjoint = state[:n], state[n : 2 * n]
        pull, value = make_vjp(flat_func, argnum=(0, 1, 2))(y, time, flat)
        by_y, by_t, by_args = pull(-adjoint)
        return np.concatenate([np.asarray(value), np.asarray(by_y), np.reshape(by_t, 1), np.asarray(by_args)])

    def pulled(g: Any) -> Any:
        g = np.asarray(g)
        adjoint, by_t0, by_args, by_times = g[-1], 0.0, np.zeros(count), []
        for i in range(len(times) - 1, 0, -1):
            slope = np.dot(np.asarray(func(ans[i], times[i], *fargs)), g[i])
            by_times.append(slope)
            by_t0 -= slope
            state = np.concatenate([ans[i], adjoint, [by_t0], by_args])
            state = _scipy.odeint(dynamics, state, np.array([times[i], times[i - 1]]), (flat_args,), **_options(kwargs))[1]
            adjoint, by_t0, by_args = state[n : 2 * n], state[2 * n], state[2 * n + 1 :]
            adjoint = adjoint + g[i - 1]
        by_times.append(by_t0)
        found = {1: adjoint, 2: np.array(by_times[::-1]), 3: unflatten(by_args)}
        return tuple(None if a == 0 else found[a] for a in argnums)

    return pulled


def _options(kwargs: Any) -> Any:
    return {k: v for k, v in kwargs.items() if k in ("rtol", "atol")}


defvjp_argnums(odeint, _pull)
