"""Dtypes: the objects, casting between them, and what is known of them."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.dtypes import native_dtype
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError
from ..op import operator, rule

__all__ = ["astype"]


@operator(name="astype", node="ToCopy")
def _cast(x: Any, /, dtype: Any, copy: bool = True) -> Any:
    """`x` in another dtype; see `astype`."""
    return adapter_of(x).xp.astype(x, dtype, copy=copy)


@rule(_cast, "x")
def _(g: Any) -> Any:
    return g  # every gradient is cast to the dtype of its operand: the real part of it, where that is real


def astype(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    """`x` cast to `dtype`, a differentiable operation between floating and complex dtypes.

    Parameters
    ----------
    x : Tensor or array
        What to cast.
    dtype
        A dtype of `wengert` or of the library of `x`, or its name.
    copy : bool
        With False, `x` itself is returned where it has the dtype already.
    device
        Where to; only the device of `x` is supported.

    Returns
    -------
    Tensor or array
        Of the shape of `x`.

    Notes
    -----
    Gradient: g cast back to the dtype of `x`; its real part, where `x` is real and the result complex.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.astype(wg.tensor([1.5, 2.5]), wg.int64).tolist()
    [1, 2]
    """
    adapter = adapter_of(x._array if type(x) in TENSORS else x)
    wanted = native_dtype(dtype, adapter)
    if device is not None and device != x.device:
        raise ArgumentError(f"device: cannot cast across devices, got {device!r} for an array on {x.device!r}")
    if not copy and x.dtype == wanted:
        return x
    return _cast(x, wanted)


astype.operator = _cast.operator  # type: ignore[attr-defined]
