"""Casting, and what is known of dtypes: the data type functions of the array API."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from ..arrays.adapter import NUMBERS, Adapter, adapter_of, is_array, library
from ..arrays.dtypes import DTYPES, native_dtype
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
@dataclass(frozen=True)
class FloatInfo:
    """What `finfo` says: the limits of a floating dtype, as numbers of Python."""

    bits: int
    eps: float
    max: float
    min: float
    smallest_normal: float
    dtype: Any

    @property
    def tiny(self) -> float:
        """The smallest normal number, under its older name."""
        return self.smallest_normal

    @property
    def resolution(self) -> float:
        """The decimal resolution of these numbers."""
        return float(10.0 ** -math.floor(-math.log10(self.eps)))


@dataclass(frozen=True)
class IntegerInfo:
    """What `iinfo` says: the limits of an integer dtype."""

    bits: int
    max: int
    min: int
    dtype: Any


class DataTypes:
    """The data type functions of the array API for the dtypes of one library.

    Parameters
    ----------
    name : str
        The library; what is given as an array or a Tensor brings its own.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def can_cast(self, from_: Any, to: Any, /) -> bool:
        """Whether a dtype, or that of a tensor or array, can become `to` without loss by the promotion rules.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.can_cast(wg.float32, wg.float64), wg.can_cast(wg.float64, wg.float32)
        (True, False)
        """
        adapter, dtype = self._dtype(from_)
        return bool(adapter.function("can_cast")(dtype, native_dtype(to, adapter)))

    def result_type(self, *arrays_and_dtypes: Any) -> Any:
        """The dtype to which tensors, arrays, Python numbers and dtypes are promoted when they meet in one operator.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.result_type(wg.zeros(2, dtype="float32"), 1.0).name
        'float32'
        """
        raw = [value._array if type(value) in TENSORS else value for value in arrays_and_dtypes]
        arrays = [value for value in raw if is_array(value)]
        adapter = adapter_of(arrays[0]) if arrays else library(self._name)
        known = [v if is_array(v) or type(v) in NUMBERS else native_dtype(v, adapter) for v in raw]
        return adapter.function("result_type")(*known)

    def isdtype(self, dtype: Any, kind: Any) -> bool:
        """Whether `dtype` is of a kind: a dtype, a name of the array API as ``"real floating"``, or a tuple of them.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.isdtype(wg.float32, "real floating"), wg.isdtype(wg.int8, ("bool", "integral"))
        (True, True)
        """
        host = library("numpy")
        kinds = kind if isinstance(kind, tuple) else (kind,)
        return bool(host.function("isdtype")(native_dtype(dtype, host), tuple(_kind(k, host) for k in kinds)))

    def finfo(self, type: Any, /) -> FloatInfo:
        """The limits of a floating dtype (of a part, of a complex one), or of that of a tensor or array.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.finfo(wg.float32).bits
        32
        """
        adapter, dtype = self._dtype(type)
        found = adapter.function("finfo")(dtype)
        eps, most, least, normal = (float(getattr(found, name)) for name in ("eps", "max", "min", "smallest_normal"))
        return FloatInfo(int(found.bits), eps, most, least, normal, adapter.real_dtype(dtype))

    def iinfo(self, type: Any, /) -> IntegerInfo:
        """The limits of an integer dtype, or of that of a tensor or array.

        Examples
        --------
        >>> import wengert as wg
        >>> wg.iinfo(wg.int8).max
        127
        """
        adapter, dtype = self._dtype(type)
        found = adapter.function("iinfo")(dtype)
        return IntegerInfo(int(found.bits), int(found.max), int(found.min), dtype)

    def _dtype(self, value: Any) -> tuple[Adapter, Any]:
        """A dtype, or that of a tensor or array, and its library."""
        value = value._array if type(value) in TENSORS else value
        if is_array(value):
            return adapter_of(value), value.dtype
        adapter = library(self._name)
        return adapter, native_dtype(value, adapter)


def _kind(kind: Any, host: Adapter) -> Any:
    """A name of a kind as it is; a dtype of any library as NumPy's."""
    return kind if isinstance(kind, str) and (kind in _KINDS or kind not in DTYPES) else native_dtype(kind, host)


#: The names that `isdtype` knows: one of them is a dtype's too.
_KINDS = ("bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating", "numeric")

_numpy = DataTypes("numpy")
can_cast = _numpy.can_cast
finfo = _numpy.finfo
iinfo = _numpy.iinfo
isdtype = _numpy.isdtype
result_type = _numpy.result_type
