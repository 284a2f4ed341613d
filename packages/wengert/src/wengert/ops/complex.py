"""Complex numbers and their parts.

Gradients of complex functions follow PyTorch's convention: for a real loss L the gradient is dL/dRe + i dL/dIm, so that
a holomorphic f multiplies the gradient by the conjugate of f'.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arrays.adapter import NUMBERS, adapter_of
from ..autograd.tensor import TENSORS
from ..op import unary
from .creation import zeros_like

__all__ = ["conj", "imag", "is_complex", "real"]

#: Whether a dtype is complex, by the type of the dtype object and the dtype; filled as dtypes are met. Dtypes of different
#: libraries are not compared: some are equal to one another, some warn.
_COMPLEX_DTYPES: dict[type, dict[Any, bool]] = {}


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
    dtype = x.dtype
    try:
        return _COMPLEX_DTYPES[type(dtype)][dtype]
    except KeyError:
        adapter = adapter_of(x._array if type(x) in TENSORS else x)
        found = _COMPLEX_DTYPES.setdefault(type(dtype), {})[dtype] = adapter.kind(dtype) == "c"
        return found


# -- the conjugate -----------------------------------------------------------------------------------------------------
_conj = unary("conj", lambda g: conj(g), linear=True)  # noqa: PLW0108  (defined below)


def _conj_if_complex(x: Any) -> Any:
    return _conj(x) if is_complex(x) else x


class _ConjTable(dict[type, Callable[[Any], Any]]):
    """From the exact type of the operand to what conjugates it, without a copy where there is nothing to conjugate."""

    def __missing__(self, kind: type) -> Callable[[Any], Any]:
        function: Any = _conj_if_complex
        if kind in NUMBERS:
            function = kind.conjugate  # type: ignore[attr-defined]
        elif kind not in TENSORS and kind.__module__ == "numpy" and hasattr(kind, "conj"):
            function = kind.conj  # NumPy's method, unlike its function, returns a real array itself
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
    Gradient: conj(g).

    Examples
    --------
    >>> import wengert as wg
    >>> wg.conj(wg.tensor(1.0 + 2.0j)).item()
    (1-2j)
    """
    # Rules call this for almost every operand, so the real case must cost next to nothing.
    return _CONJ[type(x)](x)


conj.operator = _conj.operator  # type: ignore[attr-defined]

# -- the parts ---------------------------------------------------------------------------------------------------------
# The gradient g is real; it is made complex, with imaginary part 0, where gradients are cast to the operand's dtype.
_real = unary("real", lambda g: g, linear=True, view=True)


def real(x: Any, /) -> Any:
    """The real part, elementwise. A real tensor is returned itself.

    Parameters
    ----------
    x : Tensor, array or number

    Returns
    -------
    Tensor, array or number
        Of the shape of `x`, with the precision of one of its parts.

    Notes
    -----
    Gradient: g.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.real(wg.tensor(1.0 + 2.0j)).item()
    1.0
    """
    return x if type(x) in TENSORS and not is_complex(x) else _real(x)


real.operator = _real.operator  # type: ignore[attr-defined]

_imag = unary("imag", lambda g: g * 1j, linear=True, view=True)


def imag(x: Any, /) -> Any:
    """The imaginary part, elementwise; of a real tensor zeros, which have no gradient.

    Parameters
    ----------
    x : Tensor, array or number

    Returns
    -------
    Tensor, array or number
        Of the shape of `x`, with the precision of one of its parts.

    Notes
    -----
    Gradient: i g.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.imag(wg.tensor(1.0 + 2.0j)).item()
    2.0
    """
    return zeros_like(x) if type(x) in TENSORS and not is_complex(x) else _imag(x)


imag.operator = _imag.operator  # type: ignore[attr-defined]
