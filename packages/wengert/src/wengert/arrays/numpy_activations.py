"""Bodies for NumPy of the activation functions: evaluated block by block, selections made by arithmetic on bits.

``numpy.where`` and masked copies mispredict a branch at every other element of a random mask: on 262144 numbers they take 1.1 ms,
against 0.07 ms for the same by bits. And of a formula of a dozen steps each would fetch large operands from memory anew; over
blocks of `BLOCK` elements only the first does.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .erf import erf as general_erf

__all__ = ["NumpyActivations", "floating", "zeroed"]

#: How many elements long formulas are evaluated on at a time.
BLOCK = 32768

# erf(x) = tanh(x r(x²)), with r smooth and even: in single precision a polynomial of degree 6 in x² is enough, where rational
# approximations of erf itself take two branches. The coefficients, from the constant up, were fitted here to the relative error
# of erf on 0 < x < 3.95 by iteratively reweighted least squares; it is below 1e-7 there, and from 3.92 on erf(x) rounds to 1.
ERF_SINGLE = (
    1.1283792743264653,
    0.10276905561672486,
    -0.00019183041860621353,
    -0.0006197849788206343,
    8.76374442619676e-05,
    -5.66849425196517e-06,
    1.4185327005511457e-07,
)
#: The same for erf(x / √2), as the normal distribution has it, times -2.
NORMAL_SINGLE = tuple(-2 * c / (math.sqrt(2) * 2**k) for k, c in enumerate(ERF_SINGLE))

ZEROS = {letter: np.zeros(BLOCK, letter) for letter in "fd"}

DENSITY = 1 / math.sqrt(2 * math.pi)  # of the normal distribution, at 0
INNER, CUBIC = math.sqrt(2 / math.pi), 0.044715  # of the approximation of gelu


# -- tools ---------------------------------------------------------------------------------------------------------------
def zeroed(drop: Any, g: Any) -> Any:
    """`g` where not `drop`, else zero."""
    if g.dtype.itemsize not in (4, 8) or g.shape != drop.shape:
        return np.where(drop, 0, g)
    bits = drop.astype(f"i{g.dtype.itemsize}")
    bits -= 1  # all ones to keep, zero to drop
    bits &= g.view(bits.dtype)
    return bits.view(g.dtype)


def floating(x: Any) -> Any:
    """`x` as float32 or float64, which the formulas are written for."""
    return x if x.dtype in (np.float32, np.float64) else x.astype(np.float32 if x.dtype == np.float16 else np.float64)


def _blockwise(formula: Callable[..., None], first: Any, *others: Any) -> Any:
    """A new array like `first`, filled by ``formula(out, first, *others, scratch)`` block by block in the order of memory."""
    out = np.empty_like(first)
    flat = [out.ravel("K"), first.ravel("K")]
    for other in others:
        if other.strides != first.strides:
            other = _in_order(other, first)  # noqa: PLW2901
        flat.append(other.ravel("K"))
    scratch = np.empty(min(BLOCK, first.size), first.dtype)
    with np.errstate(all="ignore"):
        for start in range(0, first.size, BLOCK):
            parts = [f[start : start + BLOCK] for f in flat]
            formula(*parts, scratch[: len(parts[0])])
    return out


def _in_order(x: Any, like: Any) -> Any:
    """A copy of `x` with the axes in memory in the order that `like` has."""
    copy = np.empty_like(like, dtype=x.dtype)
    copy[...] = x
    return copy


def _horner(out: Any, u: Any, coefficients: tuple[float, ...]) -> None:
    """The polynomial with these coefficients, from the constant up, at `u`."""
    np.multiply(u, coefficients[-1], out=out)
    out += coefficients[-2]
    for c in coefficients[-3::-1]:
        out *= u
        out += c


# -- activations ---------------------------------------------------------------------------------------------------------
def relu(x: Any) -> Any:
    zeros = ZEROS.get(x.dtype.char)
    if zeros is None or x.size < 2048:
        return np.maximum(x, 0)
    # Against an array of zeros, unlike against a number, `maximum` has vector instructions: three times as fast.
    out = np.empty_like(x)
    flat, result = x.ravel("K"), out.ravel("K")
    whole = len(flat) // BLOCK * BLOCK
    np.maximum(flat[:whole].reshape(-1, BLOCK), zeros, out=result[:whole].reshape(-1, BLOCK))
    np.maximum(flat[whole:], zeros[: len(flat) - whole], out=result[whole:])
    return out


def relu_backward(out: Any, g: Any) -> Any:
    return zeroed(out <= 0, g)


def sigmoid(x: Any) -> Any:
    with np.errstate(over="ignore"):  # exp(-x) may be infinite, its inverse is 0
        y = np.asarray(np.exp(np.negative(x)))
    y += 1
    return np.divide(1, y, out=y)


def silu(x: Any) -> Any:
    y = sigmoid(x)
    y *= x
    return y


def _gate(gate: Any, x: Any, out: Any, square: Any) -> None:
    """Recover the factor s of ``out = x * s``, which is ½ at 0, in `gate`; `square` is x²."""
    np.divide(out, x, out=gate)
    if np.minimum.reduce(square) == 0:  # too small to divide by
        gate[square == 0] = 0.5


def _silu_slope(result: Any, x: Any, out: Any, g: Any, s: Any) -> None:
    # s (1 + x (1 - s)) = s + out (1 - s)
    np.multiply(x, x, out=s)
    _gate(s, x, out, s.copy())
    np.subtract(1, s, out=result)
    result *= out
    result += s
    result *= g


def silu_backward(x: Any, out: Any, g: Any) -> Any:
    return _blockwise(_silu_slope, floating(x), floating(out), g).astype(x.dtype, copy=False)


def erf(x: Any) -> Any:
    wide = floating(np.asarray(x))
    body = _erf_single if wide.dtype == np.float32 else _erf_double
    return _blockwise(body, wide).astype(x.dtype if x.dtype.kind == "f" else wide.dtype, copy=False)


def _erf_single(out: Any, x: Any, u: Any) -> None:
    np.multiply(x, x, out=u)
    _horner(out, u, ERF_SINGLE)
    out *= x
    np.tanh(out, out=out)


def _erf_double(out: Any, x: Any, _: Any) -> None:
    out[...] = general_erf(np, x)


def _over_phi(out: Any, x: Any, u: Any, approximate: str) -> None:
    """Leave x² in `u` and 1 / Φ(x) in `out`, as (1 + tanh z) / 2 = 1 / (1 + exp(-2z)): `exp` takes half the time of `tanh`."""
    np.multiply(x, x, out=u)
    if approximate == "tanh":
        np.multiply(u, -2 * INNER * CUBIC, out=out)
        out -= 2 * INNER
    else:
        _horner(out, u, NORMAL_SINGLE)
    out *= x
    np.exp(out, out=out)
    out += 1


def gelu(x: Any, approximate: str) -> Any:
    def formula(out: Any, x: Any, u: Any) -> None:
        if approximate == "none" and x.dtype != np.float32:
            out[...] = general_erf(np, x * math.sqrt(0.5))
            np.multiply(x, 0.5, out=u)
            out += 1
            out *= u
            return
        _over_phi(out, x, u, approximate)
        np.divide(x, out, out=out)

    return _blockwise(formula, floating(x)).astype(x.dtype, copy=False)


def _gelu_slope(result: Any, x: Any, out: Any, g: Any, u: Any) -> None:
    np.multiply(x, x, out=u)
    _gate(result, x, out, u)
    u *= -0.5
    np.exp(u, out=u)
    u *= x
    u *= DENSITY
    result += u
    result *= g


def _gelu_slope_tanh(result: Any, x: Any, _: Any, g: Any, u: Any) -> None:
    _over_phi(result, x, u, "tanh")
    np.reciprocal(result, out=result)
    u *= 6 * INNER * CUBIC  # twice the derivative of what tanh is taken of
    u += 2 * INNER
    u *= x
    # Φ + x Φ' with Φ' = Φ (1 - Φ) 2z'
    derivative = np.subtract(1, result)
    derivative *= u
    derivative += 1
    result *= derivative
    result *= g


def gelu_backward(x: Any, out: Any, g: Any, approximate: str) -> Any:
    # The distribution function is out / x, no need to compute it again. With its approximation there is: what tanh loses in the
    # division would be multiplied by x³.
    formula = _gelu_slope_tanh if approximate == "tanh" else _gelu_slope
    return _blockwise(formula, floating(x), floating(out), g).astype(x.dtype, copy=False)


def masked_product(x: Any, mask: Any, scale: float) -> Any:
    y = np.multiply(x, mask, dtype=x.dtype)
    y *= scale
    return y


class NumpyActivations:
    """The methods by which `wengert.ops.nn` finds the bodies above."""

    fn_erf = staticmethod(erf)
    fn_gelu = staticmethod(gelu)
    fn_gelu_backward = staticmethod(gelu_backward)
    fn_masked_product = staticmethod(masked_product)
    fn_relu = staticmethod(relu)
    fn_relu_backward = staticmethod(relu_backward)
    fn_sigmoid = staticmethod(sigmoid)
    fn_silu = staticmethod(silu)
    fn_silu_backward = staticmethod(silu_backward)
