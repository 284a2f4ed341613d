"""Casting, and what is known of dtypes: the data type functions of the array API."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import NUMBERS, Adapter, adapter_of, is_array, library
from ..arrays.dtypes import native_dtype
from ..autograd.tensor import TENSORS
from ..errors import ArgumentError
from ..op import batching, operator, rule
from ..op_batch_rules import as_it_is

__all__ = ["astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"]


@operator(name="astype", node="ToCopy", linear=True)
def _cast(x: Any, /, dtype: Any) -> Any:
    adapter = adapter_of(x)
    return adapter.copy(x) if x.dtype == dtype else adapter.cast(x, dtype)


@rule(_cast, "x")
def _(g: Any) -> Any:
    return g  # every gradient is cast to the dtype of its operand, and to its real part where that is real


batching(_cast)(as_it_is)


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


# -- what is known of dtypes -------------------------------------------------------------------------------------------
def _common(values: Any) -> tuple[Adapter, list[Any]]:
    """The library of the arrays among `values`, NumPy without any, and the values as that library knows them."""
    raw = [value._array if type(value) in TENSORS else value for value in values]
    arrays = [value for value in raw if is_array(value)]
    adapter = adapter_of(arrays[0]) if arrays else library("numpy")
    known = [v if is_array(v) or type(v) in NUMBERS else native_dtype(v, adapter) for v in raw]
    return adapter, known


def can_cast(from_: Any, to: Any, /) -> bool:
    """Whether a dtype, or that of a tensor or array, can become `to` without loss by the promotion rules.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.can_cast(wg.float32, wg.float64), wg.can_cast(wg.float64, wg.float32)
    (True, False)
    """
    dtype = getattr(from_, "dtype", from_)
    adapter = adapter_of(from_._array if type(from_) in TENSORS else from_) if hasattr(from_, "dtype") else library("numpy")
    return adapter.function("can_cast")(native_dtype(dtype, adapter), native_dtype(to, adapter))


def result_type(*arrays_and_dtypes: Any) -> Any:
    """The dtype to which tensors, arrays, Python numbers and dtypes are promoted when they meet in one operator.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.result_type(wg.zeros(2, dtype="float32"), 1.0).name
    'float32'
    """
    adapter, values = _common(arrays_and_dtypes)
    return adapter.function("result_type")(*values)


def isdtype(dtype: Any, kind: Any) -> bool:
    """Whether `dtype` is of a kind: a dtype, a name of the array API as ``"real floating"``, or a tuple of them.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.isdtype(wg.float32, "real floating"), wg.isdtype(wg.int8, ("bool", "integral"))
    (True, True)
    """
    return library("numpy").function("isdtype")(native_dtype(dtype, library("numpy")), kind)


def finfo(type: Any, /) -> Any:
    """The limits of a floating dtype (of a part, of a complex one), or of that of a tensor or array.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.finfo(wg.float32).bits
    32
    """
    return library("numpy").function("finfo")(_numpy_dtype(type))


def iinfo(type: Any, /) -> Any:
    """The limits of an integer dtype, or of that of a tensor or array.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.iinfo(wg.int8).max
    127
    """
    return library("numpy").function("iinfo")(_numpy_dtype(type))


def _numpy_dtype(value: Any) -> Any:
    # A dtype of NumPy has attributes, but no dtype: only its scalar *classes* have one, as a descriptor.
    dtype = value if isinstance(value, type) else getattr(value, "dtype", value)
    return native_dtype(dtype, library("numpy"))
