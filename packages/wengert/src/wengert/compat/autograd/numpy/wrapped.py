"""The functions of NumPy that do not hand Tensors over, those that make arrays, and those of which HIPS autograd takes more."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ....autograd.tensor import Tensor
from ....numpy_protocols.operands import holds_tensors, tensor
from ....ops.manipulation import clone, reshape

__all__ = ["WRAPPED", "array_from_args", "concatenate_args", "make_diagonal"]


def _array(object: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
    if not holds_tensors(object):
        return np.array(object, dtype, *args, **options)
    found = tensor(object)
    found = clone(found) if isinstance(object, Tensor) else found
    found = found if dtype is None else found.astype(dtype)
    ndmin = options.get("ndmin", 0)
    return reshape(found, (1,) * (ndmin - found.ndim) + tuple(found.shape)) if found.ndim < ndmin else found


def _as_array(name: str) -> Callable[..., Any]:
    plain = getattr(np, name)

    def call(a: Any, dtype: Any = None, *args: Any, **options: Any) -> Any:
        if not holds_tensors(a):
            return plain(a, dtype, *args, **options)
        found = tensor(a)
        return found if dtype is None else found.astype(dtype)

    call.__name__ = name
    return call


def _stack(arrays: Iterable[Any], axis: int = 0) -> Any:
    """As HIPS autograd's, of anything that can be iterated over."""
    return np.stack(list(arrays), axis)


def array_from_args(array_args: Any, array_kwargs: Any, *args: Any) -> Any:
    """`array` of the arguments."""
    return _array(list(args), *array_args, **array_kwargs)


def concatenate_args(axis: int, *args: Any) -> Any:
    """``concatenate`` of the arguments."""
    return np.concatenate(args, axis)


def make_diagonal(D: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """Zeros with `D` on the diagonal of two new axes."""
    if offset or axis1 != -2 or axis2 != -1:
        raise NotImplementedError("make_diagonal: expected offset=0, axis1=-2, axis2=-1")
    D = tensor(D)
    return D[..., None] * np.eye(D.shape[-1])


#: By name; everything else is NumPy's own.
WRAPPED: dict[str, Callable[..., Any]] = {
    "array": _array,
    "stack": _stack,
    **{name: _as_array(name) for name in ("asarray", "asanyarray", "ascontiguousarray", "asfortranarray")},
}
