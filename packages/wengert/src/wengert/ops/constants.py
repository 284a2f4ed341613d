"""The dtypes of the top namespace, which is NumPy's, and the constants of the array API."""

from __future__ import annotations

import math
from typing import Any

from ..arrays.dtypes import DTYPES

__all__ = [
    "bool",
    "complex64",
    "complex128",
    "e",
    "float16",
    "float32",
    "float64",
    "inf",
    "int8",
    "int16",
    "int32",
    "int64",
    "nan",
    "newaxis",
    "pi",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
]

bool: Any = DTYPES["bool"]
int8: Any = DTYPES["int8"]
int16: Any = DTYPES["int16"]
int32: Any = DTYPES["int32"]
int64: Any = DTYPES["int64"]
uint8: Any = DTYPES["uint8"]
uint16: Any = DTYPES["uint16"]
uint32: Any = DTYPES["uint32"]
uint64: Any = DTYPES["uint64"]
float16: Any = DTYPES["float16"]
float32: Any = DTYPES["float32"]
float64: Any = DTYPES["float64"]
complex64: Any = DTYPES["complex64"]
complex128: Any = DTYPES["complex128"]

e = math.e
inf = math.inf
nan = math.nan
pi = math.pi
newaxis = None
