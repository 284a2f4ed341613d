"""``autograd.test_util``: derivatives of functions against finite differences, in both modes and to several orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ... import pytree
from ...numpy_protocols.operands import plain
from .differential_operators import _pull, _unary_in, make_jvp

__all__ = ["check_equivalent", "check_grads", "check_jvp", "check_vjp", "combo_check"]

TOL, RTOL, EPS = 1e-6, 1e-6, 1e-6


def _random_like(tree: Any) -> Any:
    rng = np.random.default_rng(0)

    def draw(leaf: Any) -> Any:
        found = rng.normal(size=np.shape(plain(leaf)))
        return found + 1j * rng.normal(size=found.shape) if np.iscomplexobj(plain(leaf)) else found

    return pytree.map_leaves(draw, tree)


def _inner(x: Any, y: Any) -> float:
    return float(
        sum(np.sum(np.real(np.conj(plain(a)) * plain(b))) for a, b in zip(pytree.leaves(x), pytree.leaves(y), strict=True))
    )


def _moved(x: Any, v: Any, step: float) -> Any:
    return _each(lambda a, b: plain(a) + step * plain(b), x, v)


def _each(function: Callable[..., Any], x: Any, y: Any) -> Any:
    """`function` of every two leaves that stand in the same place."""
    leaves, structure = pytree.flatten(x)
    return pytree.unflatten(structure, [function(a, b) for a, b in zip(leaves, pytree.leaves(y), strict=True)])


def check_vjp(f: Callable[..., Any], x: Any) -> None:
    """Reverse mode in a random direction; AssertionError if finite differences disagree."""
    pull, value = _pull(f, x)
    g, v = _random_like(value), _random_like(x)
    high, low = f(_moved(x, v, EPS / 2)), f(_moved(x, v, -EPS / 2))
    numeric = _each(lambda a, b: (plain(a) - plain(b)) / EPS, high, low)
    by_rule, by_difference = _inner(pull(g), v), _inner(g, numeric)
    assert _close(by_rule, by_difference), (
        f"Derivative (VJP) check of {_name(f)} failed: {by_rule} by rule, {by_difference} by differences"
    )


def check_jvp(f: Callable[..., Any], x: Any) -> None:
    """Forward mode in a random direction; AssertionError if finite differences disagree."""
    v = _random_like(x)
    _, tangent = make_jvp(f)(x)(v)
    high, low = f(_moved(x, v, EPS / 2)), f(_moved(x, v, -EPS / 2))
    numeric = _each(lambda a, b: (plain(a) - plain(b)) / EPS, high, low)
    for a, b in zip(pytree.leaves(tangent), pytree.leaves(numeric), strict=True):
        assert np.allclose(plain(a), b, rtol=1e-4, atol=1e-4), (
            f"Derivative (JVP) check of {_name(f)} failed: {plain(a)} against {b}"
        )


def check_equivalent(x: Any, y: Any) -> None:
    """AssertionError if `x` and `y` differ in a random direction."""
    v = _random_like(x)
    assert _close(_inner(x, v), _inner(y, v)), f"not equivalent: {x} and {y}"


def check_grads(
    fun: Callable[..., Any], argnum: Any = 0, modes: Sequence[str] = ("rev", "fwd"), order: int = 2
) -> Callable[..., None]:
    """A function of the arguments that checks the derivatives of `fun` there, in these modes and up to that order."""

    def check(*args: Any, **kwargs: Any) -> None:
        f, x = _unary_in(fun, tuple(argnum) if isinstance(argnum, list | tuple) else argnum, args, kwargs)
        _check(f, x, modes, order)

    return check


def _check(f: Callable[..., Any], x: Any, modes: Sequence[str], order: int) -> None:
    if "fwd" in modes:
        check_jvp(f, x)
        if order > 1:
            _check(lambda v: make_jvp(f)(v)(_random_like(v))[1], x, modes, order - 1)
    if "rev" in modes:
        check_vjp(f, x)
        if order > 1:

            def pulled(v: Any) -> Any:
                pull, value = _pull(f, v)
                return pull(_random_like(value))

            _check(pulled, x, modes, order - 1)


def combo_check(fun: Callable[..., Any], argnums: Any, *checks: Any, **options: Any) -> Callable[..., None]:
    """`check_grads` for every combination of the given lists of arguments."""
    import itertools  # noqa: PLC0415

    def check(*choices: Any, **named: Any) -> None:
        names = list(named)
        for args in itertools.product(*choices):
            for values in itertools.product(*named.values()):
                check_grads(fun, argnums, *checks, **options)(*args, **dict(zip(names, values, strict=True)))

    return check


def _close(a: float, b: float) -> bool:
    return abs(a - b) < 1e-4 * max(1.0, abs(a), abs(b))


def _name(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", repr(f))
