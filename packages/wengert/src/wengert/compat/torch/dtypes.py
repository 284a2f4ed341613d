"""PyTorch's dtypes: objects of their own that print, compare and promote as there, each standing for one of NumPy's."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...arrays.dtypes import dtype_name
from ...errors import DtypeError

__all__ = [
    "DTYPES",
    "bfloat16",
    "bool",
    "can_cast",
    "cdouble",
    "cfloat",
    "complex64",
    "complex128",
    "double",
    "dtype",
    "finfo",
    "float",
    "float16",
    "float32",
    "float64",
    "get_default_dtype",
    "half",
    "iinfo",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "long",
    "native",
    "of_number",
    "promote_types",
    "set_default_dtype",
    "short",
    "spelled",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]


class dtype:
    """The data type of a tensor under PyTorch's name.

    Attributes
    ----------
    is_floating_point, is_complex, is_signed : bool
    itemsize : int
        Bytes for each element.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.float32, torch.float32.is_floating_point, torch.ones(2).dtype is torch.float32
    (torch.float32, True, True)
    """

    __slots__ = ("_name", "dtype")

    def __init__(self, name: str) -> None:
        self._name = name
        # NumPy takes every object with an attribute of this name for a dtype.
        self.dtype: np.dtype[Any] | None = None if name == "bfloat16" else np.dtype(name)

    @property
    def is_floating_point(self) -> builtins.bool:
        """Whether it is real and has a fraction."""
        return "float" in self._name

    @property
    def is_complex(self) -> builtins.bool:
        """Whether it has an imaginary part."""
        return "complex" in self._name

    @property
    def is_signed(self) -> builtins.bool:
        """Whether it has negative values."""
        return not self._name.startswith("u") and self._name != "bool"

    @property
    def itemsize(self) -> builtins.int:
        """Bytes for each element."""
        return 2 if self.dtype is None else self.dtype.itemsize

    def to_complex(self) -> dtype:
        """The complex dtype with parts of this precision."""
        return complex128 if self._name in ("float64", "complex128") else complex64

    def to_real(self) -> dtype:
        """The dtype of the real part."""
        return {"complex64": float32, "complex128": float64}.get(self._name, self)

    def __eq__(self, other: object) -> builtins.bool:
        return self is other or (isinstance(other, np.dtype) and other == self.dtype)

    def __hash__(self) -> builtins.int:
        return hash(self._name if self.dtype is None else self.dtype)

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> Any:
        return (_by_name, (self._name,))


def _by_name(name: str) -> dtype:
    return DTYPES[name]


bool = dtype("bool")
uint8 = dtype("uint8")
uint16 = dtype("uint16")
uint32 = dtype("uint32")
uint64 = dtype("uint64")
int8 = dtype("int8")
int16 = short = dtype("int16")
int32 = int = dtype("int32")
int64 = long = dtype("int64")
float16 = half = dtype("float16")
bfloat16 = dtype("bfloat16")
float32 = float = dtype("float32")
float64 = double = dtype("float64")
complex64 = cfloat = dtype("complex64")
complex128 = cdouble = dtype("complex128")

#: Every dtype by its neutral name.
DTYPES: dict[str, dtype] = {
    d._name: d
    for d in (
        *(bool, uint8, uint16, uint32, uint64, int8, int16, int32, int64),
        *(float16, bfloat16, float32, float64, complex64, complex128),
    )
}

_NATIVE = {d.dtype: d for d in DTYPES.values() if d.dtype is not None}
_PYTHON: dict[Any, dtype] = {builtins.bool: bool, builtins.int: int64, builtins.float: float64, complex: complex128}


def spelled(native_dtype: Any) -> dtype:
    """PyTorch's dtype for one of an array library, or the name of one."""
    found = _NATIVE.get(native_dtype)
    return DTYPES[dtype_name(native_dtype)] if found is None else found


def native(wanted: Any) -> np.dtype[Any] | None:
    """The array library's dtype for a dtype of ours, or for Python's ``float`` and the like; None stays None.

    Raises
    ------
    DtypeError
        If it is none, or one of which NumPy has no arrays.
    """
    if wanted is None:
        return None
    if not isinstance(wanted, dtype):
        if isinstance(wanted, np.dtype):
            return wanted
        found = _PYTHON.get(wanted)
        if found is None:
            raise DtypeError(f"dtype: expected one of torch's dtypes, got {wanted!r}")
        wanted = found
    if wanted.dtype is None:
        raise DtypeError(f"dtype: NumPy has no arrays of {wanted}; use torch.float16 or torch.float32")
    return wanted.dtype


# -- the default ---------------------------------------------------------------------------------------------------------
class _Default:
    """What floats become that come from Python: one for the whole process, as in PyTorch."""

    dtype = float32


def get_default_dtype() -> dtype:
    """The dtype of tensors made of Python's floats: float32 unless `set_default_dtype` said otherwise.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.get_default_dtype()
    torch.float32
    """
    return _Default.dtype


def set_default_dtype(d: dtype) -> None:
    """Make `d` the dtype of tensors made of Python's floats.

    Raises
    ------
    DtypeError
        If `d` is not floating.
    """
    if not getattr(d, "is_floating_point", False):
        raise DtypeError(f"set_default_dtype: only floating-point types are supported as the default type, got {d!r}")
    native(d)
    _Default.dtype = d


def of_number(number: Any) -> dtype:
    """The dtype that a Python number has among tensors."""
    if isinstance(number, complex):
        return _Default.dtype.to_complex()
    if isinstance(number, builtins.float):
        return _Default.dtype
    return bool if isinstance(number, builtins.bool) else int64


# -- promotion -----------------------------------------------------------------------------------------------------------
def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both convert to; integers adopt the floating dtype that they meet.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.promote_types(torch.int64, torch.float32)
    torch.float32
    """
    if type1 is type2:
        return type1
    fractions = [d for d in (type1, type2) if d.is_floating_point or d.is_complex]
    if len(fractions) == 1:
        return fractions[0]
    if bfloat16 in fractions:
        other = fractions[1 - fractions.index(bfloat16)]
        return float32 if other is float16 else other
    if type1.is_complex != type2.is_complex:  # the precision of the larger: half goes with complex64
        return complex128 if float64 in fractions or complex128 in fractions else complex64
    return spelled(np.promote_types(native(type1), native(type2)))  # type: ignore[arg-type]


def can_cast(from_: dtype, to: dtype) -> builtins.bool:
    """Whether values of `from_` may be written into a tensor of `to`: no fraction and no imaginary part may get lost.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.can_cast(torch.double, torch.int)
    False
    """

    def rank(d: dtype) -> builtins.int:
        return 3 if d.is_complex else 2 if d.is_floating_point else 0 if d is bool else 1

    return rank(from_) <= rank(to)


class finfo:
    """The limits of a floating dtype.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.finfo(torch.float32).bits
    32
    """

    def __init__(self, type: dtype | None = None) -> None:
        info = np.finfo(native(type or get_default_dtype()))
        self.bits = info.bits
        self.eps, self.max, self.min = builtins.float(info.eps), builtins.float(info.max), builtins.float(info.min)
        self.tiny = self.smallest_normal = builtins.float(info.tiny)
        self.resolution = builtins.float(info.resolution)
        self.dtype = dtype_name(type or get_default_dtype())


class iinfo:
    """The limits of an integer dtype.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.iinfo(torch.int8).max
    127
    """

    def __init__(self, type: dtype) -> None:
        info = np.iinfo(native(type))
        self.bits, self.max, self.min = info.bits, builtins.int(info.max), builtins.int(info.min)
        self.dtype = dtype_name(type)
