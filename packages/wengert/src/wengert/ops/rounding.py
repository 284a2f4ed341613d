"""Rounding, clipping and the handling of signs and NaNs, elementwise.

What is constant between jumps has gradient 0, and says so with recorded zeros, as in PyTorch: its results require grad.
"""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..autograd.tensor import TENSORS
from ..op import batching, binary, operator, rule, unary
from ..op_batch_rules import as_it_is
from ..op_batching import elementwise
from .comparison import isfinite, logical_and, logical_or, signbit
from .creation import zeros_like
from .describe import binary_doc, unary_doc
from .elementwise import maximum, minimum
from .select import masked, select

__all__ = [
    "ceil",
    "clip",
    "copysign",
    "floor",
    "floor_divide",
    "fmod",
    "heaviside",
    "nan_to_num",
    "nextafter",
    "remainder",
    "round",
    "trunc",
]


def _rounds(name: str, text: str, printed: str) -> Any:
    doc = unary_doc(text, "0.", f"wg.{name}(wg.tensor([-1.5, 0.5, 1.6])).tolist()", printed)
    return unary(name, lambda g: zeros_like(g), doc=doc)  # noqa: PLW0108  (rules are told apart by their parameters)


floor = _rounds("floor", "The largest integer that is not larger.", "[-2.0, 0.0, 1.0]")
ceil = _rounds("ceil", "The smallest integer that is not smaller.", "[-1.0, 1.0, 2.0]")
trunc = _rounds("trunc", "The integer part.", "[-1.0, 0.0, 1.0]")
round = _rounds("round", "The nearest integer, the even one of two; the parts of a complex number each.", "[-2.0, 0.0, 2.0]")

# -- division with remainder -------------------------------------------------------------------------------------------
floor_divide = binary(
    "floor_divide",
    lambda g: zeros_like(g),  # noqa: PLW0108
    lambda g: zeros_like(g),  # noqa: PLW0108
    doc=binary_doc(
        "The largest integer that is not larger than x1 / x2.",
        "0 to both.",
        "wg.floor_divide(wg.tensor([7.0, -7.0]), 2.0).tolist()",
        "[3.0, -4.0]",
    ),
)

remainder = binary(
    "remainder",
    lambda g: g,
    lambda g, x1, x2: -g * floor_divide(x1, x2),
    doc=binary_doc(
        "x1 - x2 ⌊x1 / x2⌋: what division leaves, of the sign of x2.",
        "g to x1, -g ⌊x1 / x2⌋ to x2.",
        "wg.remainder(wg.tensor([7.0, -7.0]), 2.0).tolist()",
        "[1.0, 1.0]",
    ),
)

fmod = binary(
    "fmod",
    lambda g: g,
    lambda g, x1, x2: -g * trunc(x1 / x2),
    doc=binary_doc(
        "x1 less the whole multiple of x2 next to it on the side of 0: what division leaves, of the sign of x1.",
        "g to x1, -g times the integer part of x1 / x2 to x2.",
        "wg.fmod(wg.tensor([7.0, -7.0]), 2.0).tolist()",
        "[1.0, -1.0]",
    ),
)


# -- signs and neighbours ----------------------------------------------------------------------------------------------
def _copysign_x1(g: Any, x1: Any, out: Any) -> Any:
    return select(x1 == 0, 0, select(signbit(x1) == signbit(out), g, -g))


copysign = binary(
    "copysign",
    _copysign_x1,
    lambda g: zeros_like(g),  # noqa: PLW0108
    doc=binary_doc(
        "The size of x1 with the sign of x2.",
        "to x1 g, or -g where the sign was turned, and 0 where x1 = 0; 0 to x2.",
        "wg.copysign(wg.tensor([1.0, -2.0]), -1.0).tolist()",
        "[-1.0, -2.0]",
    ),
)

heaviside = binary(
    "heaviside",
    lambda g: zeros_like(g),  # noqa: PLW0108
    lambda g, x1: masked(x1 == 0, g),
    doc=binary_doc(
        "0 where x1 is negative, 1 where it is positive, and x2 where it is 0.",
        "0 to x1; to x2 g where x1 = 0.",
        "wg.heaviside(wg.tensor([-2.0, 0.0, 3.0]), 0.5).tolist()",
        "[0.0, 0.5, 1.0]",
    ),
)

nextafter = binary(
    "nextafter",
    lambda g, x1, x2: masked(x1 != x2, g),
    lambda g: zeros_like(g),  # noqa: PLW0108
    doc=binary_doc(
        "The floating-point number next to x1 in the direction of x2.",
        "g to x1, 0 where x1 = x2; 0 to x2.",
        "wg.nextafter(wg.tensor(0.0), 1.0).item() > 0.0",
        "True",
    ),
)


# -- clipping ----------------------------------------------------------------------------------------------------------
#: Up to this size two functions are faster than NumPy's `clip`, which is one pass but slow to start.
_LARGE = 512


@operator(name="clip", node="Clamp", operands=("x",), diagonal=True)
def _clip_to_numbers(x: Any, /, min: Any, max: Any) -> Any:
    adapter = adapter_of(x)
    if adapter.name != "numpy" or x.size > _LARGE:
        return adapter.function("clip")(x, min, max)
    raised = x if min is None else maximum(x, min)
    return raised if max is None else minimum(raised, max)


@rule(_clip_to_numbers, "x")
def _(g: Any, x: Any, min: Any, max: Any) -> Any:
    if min is None or max is None:
        inside = x >= min if max is None else x <= max
    else:
        inside = logical_and(x >= min, x <= max)
    return masked(inside, g)


@operator(name="clip_to_arrays", node="Clamp", operands=("x", "min", "max"), diagonal=True)
def clip_to_arrays(x: Any, /, min: Any = None, max: Any = None) -> Any:
    like = next(a for a in (x, min, max) if hasattr(a, "dtype"))
    return adapter_of(like).function("clip")(x, min, max)


@rule(clip_to_arrays, "x")
def _(g: Any, x: Any, min: Any, max: Any) -> Any:
    if min is None or max is None:
        return masked(x >= min if max is None else x <= max, g)
    return masked(logical_and(x >= min, x <= max), g)


# Where the bounds cross, the result is `max`, and so is the owner of the gradient.
@rule(clip_to_arrays, "min")
def _(g: Any, x: Any, min: Any, max: Any) -> Any:
    return masked(x < min if max is None else logical_and(x < min, min < max), g)


@rule(clip_to_arrays, "max")
def _(g: Any, x: Any, min: Any, max: Any) -> Any:
    return masked(x > max if min is None else logical_or(x > max, max < min), g)


batching(_clip_to_numbers)(as_it_is)
batching(clip_to_arrays)(elementwise)


def clip(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """The values of `x`, those below `min` raised to it, those above `max` lowered to it.

    Parameters
    ----------
    x : Tensor, array or number
    min, max : Tensor, array, number or None
        Broadcast against `x`; None for no bound. Where `min` > `max` the result is `max`.

    Returns
    -------
    Tensor or array
        Of the broadcast shape of `x` and the bounds.

    Notes
    -----
    Gradient: g to `x` where it lies between the bounds or on one, else to the bound that replaced it.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([-1.0, 0.5, 1.0, 2.0], requires_grad=True)
    >>> wg.clip(x, 0.0, 1.0).sum().backward()
    >>> x.grad.tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    if min is None and max is None:
        return x
    # Numbers are no operands of a graph: the common case is an operator of one operand, which is faster.
    if type(x) in TENSORS and _is_number(min) and _is_number(max):
        return _clip_to_numbers(x, min, max)
    return clip_to_arrays(x, min, max)


clip.operator = _clip_to_numbers.operator  # type: ignore[attr-defined]


def _is_number(value: Any) -> bool:
    return value is None or type(value) is float or type(value) is int


@operator(node="NanToNum", diagonal=True)
def nan_to_num(x: Any, /, *, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """`x` with NaN and infinities replaced by numbers.

    Parameters
    ----------
    x : Tensor or array
    nan : float
        What replaces NaN.
    posinf, neginf : float, optional
        What replaces +∞ and -∞; default: the largest and the smallest finite number of the dtype.

    Returns
    -------
    Tensor or array
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: g where `x` is finite, 0 elsewhere.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.nan_to_num(wg.tensor([1.0, float("nan"), float("inf")]), posinf=9.0).tolist()
    [1.0, 0.0, 9.0]
    """
    return adapter_of(x).function("nan_to_num")(x, nan=nan, posinf=posinf, neginf=neginf)


@rule(nan_to_num, "x")
def _(g: Any, x: Any) -> Any:
    return masked(isfinite(x), g)


batching(nan_to_num)(as_it_is)
