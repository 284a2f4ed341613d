"""Complex numbers and their parts.

Gradients of complex functions follow PyTorch's convention: for a real loss L the gradient is dL/dRe + i dL/dIm, so that a
holomorphic f multiplies the gradient by the conjugate of f'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays.adapter import NUMBERS, adapter_of
from ..autograd.tensor import TENSORS
from ..op import unary

__all__ = ["conj", "imag", "is_complex", "real"]


def is_complex(x: Any, /) -> bool:
    """Whether `x`, a tensor, an array or a number, is of complex dtype.

    Examples
    --------
    >>> import wengert as wg
    >>> is_complex(wg.tensor([1j])), is_complex(wg.tensor([1.0]))
    (True, False)
    """
    if type(x) in NUMBERS:
        return type(x) is complex
    array = x._array if type(x) in TENSORS else x
    return adapter_of(array).kind(x.dtype) == "c"


_conj = unary("conj", lambda g: conj(g))  # noqa: PLW0108  (defined below)


def _conj_of_tensor(x: Any) -> Any:
    return _conj(x) if is_complex(x) else x


def _conj_of_array(x: Any) -> Any:
    return _conj(x) if is_complex(x) else x


class _ConjTable(dict[type, Callable[[Any], Any]]):
    """From the exact type of the operand to what conjugates it, without a copy where there is nothing to conjugate."""

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        if kind in TENSORS:
            function: Any = _conj_of_tensor
        elif kind in NUMBERS:
            function = kind.conjugate  # type: ignore[attr-defined]
        else:
            # NumPy's method, unlike its function, returns a real array itself.
            function = kind.conj if kind.__module__ == "numpy" and hasattr(kind, "conj") else _conj_of_array
        self[kind] = function
        return function


_CONJ = _ConjTable()


def conj(x: Any, /) -> Any:
    """The complex conjugate, elementwise. What is real is returned itself, not copied.

    Parameters
    ----------
    x : Tensor, array or number

    Returns
    -------
    Tensor, array or number
        Of the shape and dtype of `x`.

    Notes
    -----
    Gradient: conj(g). Rules call this for every operand, so the real case has to cost nothing.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.conj(wg.tensor(1.0 + 2.0j)).item()
    (1-2j)
    """
    return _CONJ[type(x)](x)


conj.operator = _conj.operator  # type: ignore[attr-defined]

real = unary(
    "real",
    lambda g: g,  # made complex, with an imaginary part of zero, where every gradient is cast to its operand's dtype
    doc="""The real part, elementwise. Gradient: g.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.real(wg.tensor(1.0 + 2.0j)).item()
    1.0
    """,
)

imag = unary(
    "imag",
    lambda g: g * 1j,
    doc="""The imaginary part, elementwise; zeros for what is real. Gradient: i g.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.imag(wg.tensor(1.0 + 2.0j)).item()
    2.0
    """,
)
