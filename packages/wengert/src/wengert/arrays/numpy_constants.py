"""Numbers as 0-d arrays: NumPy takes half as long again for ``array * 0.5`` as for ``array * half``, on small arrays.

A number adopts the dtype of the array that it meets. So it is made an array of that dtype once, and found again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["CONSTANTS", "CONSTANT_KIND", "FUNCTION_KIND"]

#: The type of arrays for which a constant may stand in for a number.
CONSTANT_KIND = np.ndarray

#: The type of functions that take the array to write their result to behind their operands.
FUNCTION_KIND = np.ufunc

#: So many numbers are remembered for each dtype; a program that computes ever new ones must not fill the memory.
LIMIT = 512


class Constants(dict[Any, Any]):
    """From a number to the 0-d array of one floating or complex dtype with that value."""

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.dtype = dtype

    def __missing__(self, number: Any) -> Any:
        if not number or number != number:  # noqa: PLR0124  (0.0 and -0.0 are one key, and NaN is never found again)
            return number
        try:
            with np.errstate(over="ignore"):
                array = np.asarray(number, self.dtype)
        except OverflowError:
            return number  # the operator says what is wrong
        if not np.isfinite(array):
            return number  # too large for this dtype, perhaps: NumPy warns of that where it computes
        array.flags.writeable = False
        if len(self) >= LIMIT:
            self.clear()
        self[number] = array
        return array


class AsTheyAre(dict[Any, Any]):
    """For dtypes that may change when they meet a number: from a number to itself."""

    def __missing__(self, number: Any) -> Any:
        return number


class ByDtype(dict[Any, dict[Any, Any]]):
    """From a dtype to what stands in for numbers that meet it; filled as dtypes are met."""

    def __missing__(self, dtype: Any) -> dict[Any, Any]:
        found = self[dtype] = Constants(dtype) if dtype.char in "fdFD" else AsTheyAre()
        return found


CONSTANTS = ByDtype()
