"""Exponential, logarithmic, trigonometric and hyperbolic functions, elementwise, each with its derivative."""

from __future__ import annotations

from ..op import unary
from .complex import conj

__all__ = ["cos", "exp", "log", "sin", "tan", "tanh"]


def _doc(text: str, call: str, printed: str) -> str:
    return f"{text}\n\n    Examples\n    --------\n    >>> import wengert as wg\n    >>> wg.{call}.tolist()\n    {printed}\n    "


exp = unary(
    "exp", lambda g, out: g * conj(out), doc=_doc("The exponential function. Gradient: g conj(eˣ).", "exp(wg.tensor([0.0]))", "[1.0]")
)

log = unary(
    "log", lambda g, x: g / conj(x), doc=_doc("The natural logarithm. Gradient: g / conj(x).", "log(wg.tensor([1.0]))", "[0.0]")
)

sin = unary("sin", lambda g, x: g * conj(cos(x)), doc=_doc("The sine. Gradient: g conj(cos x).", "sin(wg.tensor([0.0]))", "[0.0]"))

cos = unary(
    "cos", lambda g, x: g * -conj(sin(x)), doc=_doc("The cosine. Gradient: -g conj(sin x).", "cos(wg.tensor([0.0]))", "[1.0]")
)

tan = unary(
    "tan",
    lambda g, out: g * (1 + conj(out) ** 2),
    doc=_doc("The tangent. Gradient: g (1 + conj(tan x)²).", "tan(wg.tensor([0.0]))", "[0.0]"),
)

tanh = unary(
    "tanh",
    lambda g, out: g * (1 - conj(out) ** 2),
    doc=_doc("The hyperbolic tangent. Gradient: g (1 - conj(tanh x)²).", "tanh(wg.tensor([0.0]))", "[0.0]"),
)
