"""Dtypes by neutral names: ``"float32"`` whatever the library calls its own object."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DtypeError
from .adapter import Adapter

__all__ = ["COMPLEX", "DTYPES", "FLOATS", "INTEGERS", "NumpyDtypes", "default_complex", "dtype_name", "native_dtype"]

INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
COMPLEX = ("complex64", "complex128")

#: The dtypes of the top namespace, which is NumPy's.
DTYPES: dict[str, Any] = {name: np.dtype(name) for name in ("bool", *INTEGERS, *FLOATS, *COMPLEX)}

# Python's types stand for the defaults of the array API.
_PYTHON = {bool: "bool", int: "int64", float: "float64", complex: "complex128"}


def dtype_name(dtype: Any) -> str:
    """The neutral name of a dtype of any library, of its name, or of Python's type for it.

    Examples
    --------
    >>> dtype_name(np.dtype("float32")), dtype_name(np.float32), dtype_name("float32"), dtype_name(float)
    ('float32', 'float32', 'float32', 'float64')
    """
    name: Any = dtype
    if not isinstance(dtype, str):
        try:
            name = _PYTHON.get(dtype)
        except TypeError:  # a dtype object that has no hash
            name = None
        name = name or getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    return str(name).rpartition(".")[2].rstrip("_")  # 'torch.float32' and NumPy's 'bool_' lose what is not neutral


def native_dtype(dtype: Any, adapter: Adapter) -> Any:
    """`dtype` as an object of the adapter's library; None stays None.

    Raises
    ------
    DtypeError
        If the library has no such dtype.
    """
    if dtype is None:
        return None
    if adapter.name == "numpy":
        try:
            return np.dtype(dtype)
        except TypeError:
            pass  # a dtype of another library: by its name, below
    name = dtype_name(dtype)
    found = adapter.dtype_called(name)
    if found is None:
        raise DtypeError(f"dtype: {adapter.name} has no dtype {dtype!r}; expected one of {', '.join(DTYPES)}")
    return found


def default_complex(dtype: Any) -> str:
    """The name of the complex dtype whose parts have the precision of `dtype`."""
    return "complex64" if dtype_name(dtype) in ("float16", "float32", "complex64") else "complex128"


class NumpyDtypes:
    """What adapters say of dtypes, for libraries whose dtypes are NumPy's own objects."""

    def kind(self, dtype: Any) -> str:
        letter = np.dtype(dtype).kind
        return "i" if letter in "iu" else letter

    def dtype_called(self, name: str) -> Any:
        return DTYPES.get(name)

    def real_dtype(self, dtype: Any) -> Any:
        return np.empty(0, dtype).real.dtype
