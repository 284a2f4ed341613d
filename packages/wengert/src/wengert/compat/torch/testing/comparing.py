"""`assert_close`: whether two results are the same up to rounding."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....autograd.tensor import Tensor as Base
from ....errors import ArgumentError
from .. import dtypes

__all__ = ["assert_close", "differences", "tolerances"]

#: Relative and absolute tolerance of results of each dtype.
_TOLERANCES = {
    dtypes.float16: (1e-3, 1e-5),
    dtypes.bfloat16: (1.6e-2, 1e-5),
    dtypes.float32: (1.3e-6, 1e-5),
    dtypes.float64: (1e-7, 1e-7),
    dtypes.complex64: (1.3e-6, 1e-5),
    dtypes.complex128: (1e-7, 1e-7),
}


def tolerances(*found: Any) -> tuple[float, float]:
    """The coarser of what the dtypes allow; nothing for integers."""
    known = [_TOLERANCES.get(d, (0.0, 0.0)) for d in found]
    return max(r for r, _ in known), max(a for _, a in known)


def _of_type(value: Any) -> Any:
    if isinstance(value, Base):
        return dtypes.spelled(value._dtype)
    return {float: dtypes.float64, complex: dtypes.complex128}.get(type(value), dtypes.int64)


def _host(value: Any) -> Any:
    return value._array if isinstance(value, Base) else np.asarray(value)


def differences(
    actual: Any,
    expected: Any,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_dtype: bool = True,
    check_stride: bool = False,
    path: str = "",
) -> str | None:
    """What distinguishes two results, nested in sequences and mappings or not; None if nothing does."""
    options: dict[str, Any] = {
        "rtol": rtol, "atol": atol, "equal_nan": equal_nan, "check_dtype": check_dtype, "check_stride": check_stride,
    }  # fmt: skip
    if isinstance(actual, Mapping) and isinstance(expected, Mapping):
        if actual.keys() != expected.keys():
            return f"The keys of the mappings do not match{path}: {list(actual)} and {list(expected)}"
        parts: Any = ((key, actual[key], expected[key]) for key in expected)
    elif _is_sequence(actual) and _is_sequence(expected):
        if len(actual) != len(expected):
            return f"The length of the sequences mismatch{path}: {len(actual)} != {len(expected)}"
        parts = ((i, *pair) for i, pair in enumerate(zip(actual, expected, strict=True)))
    elif _is_number(actual) and _is_number(expected):
        return _compare(actual, expected, path, **options)
    else:
        same = actual is expected or ((type(actual) is type(expected) or actual == expected) and bool(actual == expected))
        return None if same else f"Objects are not equal{path}: {actual!r} != {expected!r}"
    for key, a, b in parts:
        found = differences(a, b, path=f"{path} at [{key!r}]", **options)
        if found is not None:
            return found
    return None


def _is_sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (Base, numbers.Number, np.ndarray, np.generic))


def _compare(
    actual: Any, expected: Any, path: str, *, rtol: Any, atol: Any, equal_nan: bool, check_dtype: bool, check_stride: bool
) -> str | None:
    if (rtol is None) != (atol is None):
        raise ArgumentError("rtol and atol must both be specified or both be unspecified")
    types = _of_type(actual), _of_type(expected)
    if rtol is None:
        rtol, atol = tolerances(*types)
    both = isinstance(actual, Base) and isinstance(expected, Base)
    if isinstance(actual, int) and isinstance(expected, (int, float)) and abs(actual) >= 2**63:  # no array holds it
        actual = float(actual)
    a, b = _host(actual), _host(expected)
    if a.shape != b.shape and (both or (a.ndim and b.ndim)):
        return f"The values for attribute 'shape' do not match{path}: {a.shape} != {b.shape}."
    if both and check_dtype and types[0] is not types[1]:
        return f"The values for attribute 'dtype' do not match{path}: {types[0]} != {types[1]}."
    if both and check_stride and a.strides != b.strides:
        return f"The values for attribute 'stride()' do not match{path}: {a.strides} != {b.strides}."
    close = (
        np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=equal_nan) if a.dtype.kind in "fc" or b.dtype.kind in "fc" else a == b
    )
    if bool(np.all(close)):
        return None
    wrong = int(np.size(close) - np.count_nonzero(close))
    with np.errstate(all="ignore"):
        largest = (
            np.nanmax(np.abs(np.asarray(a - b if a.dtype.kind != "b" and b.dtype.kind != "b" else a ^ b)))
            if np.size(close)
            else 0
        )
    return (
        f"Tensor-likes are not close{path}: {wrong} of {np.size(close)} elements differ, by at most {largest} "
        f"(allowed: {atol} and relative {rtol}).\n{actual!r}\n{expected!r}"
    )


def assert_close(
    actual: Any,
    expected: Any,
    *,
    allow_subclasses: bool = True,
    rtol: float | None = None,
    atol: float | None = None,
    equal_nan: bool = False,
    check_device: bool = True,
    check_dtype: bool = True,
    check_layout: bool = True,
    check_stride: bool = False,
    msg: Any = None,
) -> None:
    """Raise AssertionError unless two results are the same up to rounding.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.testing.assert_close(torch.tensor([1.0]), torch.tensor([1.0 + 1e-8]))
    """
    found = differences(
        actual, expected, rtol=rtol, atol=atol, equal_nan=equal_nan, check_dtype=check_dtype, check_stride=check_stride
    )
    if found is not None:
        raise AssertionError(msg(found) if callable(msg) else msg or found)
