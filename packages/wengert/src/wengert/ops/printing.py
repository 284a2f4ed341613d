"""How a tensor is shown: PyTorch's form around NumPy's digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arrays.adapter import adapter_of
from ..arrays.batched import BatchedArray, beneath
from ..arrays.dtypes import dtype_name
from ..autograd.forward import tangent_of
from ..autograd.modes import dual_level_in_force
from ..errors import InPlaceError

__all__: list[str] = []  # nothing here is a public function

#: The dtypes that the digits alone give away.
_EVIDENT = ("bool", "complex128", "float64", "int64")


def show(tensor: Any) -> str:
    """What ``repr`` prints: the elements, the dtype unless it is evident, the place in the graph, and a tangent.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> print(x, x * 2, wg.tensor([1, 2], dtype=wg.int8))
    tensor([1., 2.], requires_grad=True) tensor([2., 4.], grad_fn=<MulBackward0>) tensor([1, 2], dtype=int8)

    What Dask has not computed yet, and what JAX traces, is not computed for it.
    """
    array, samples = beneath(tensor._array)
    adapter, notes = adapter_of(array), []
    if not adapter.has_values(array):  # looking must neither compute nor fail
        body = f"<no values yet: {adapter.name}, shape {tuple(array.shape)}>"
    elif not math.prod((array := adapter.to_host(array)).shape):
        body = "[]"
        if array.ndim > 1:
            notes.append(f"size={array.shape}")
    else:
        body = np.array2string(array, separator=", ", prefix="tensor(")
    if samples:  # under `vmap` the axes in front are theirs
        notes.append(f"samples={samples if len(samples) > 1 else samples[0]}")
    name = dtype_name(tensor._dtype)
    if name not in _EVIDENT:
        notes.append(f"dtype={name}")
    try:
        node = tensor.grad_fn
        made_by = None if node is None else node.name()
    except InPlaceError:  # a view that lost its place, as whoever uses it is told
        made_by = "Invalid"
    if made_by is not None:
        notes.append(f"grad_fn=<{made_by}>")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    tangent = None if dual_level_in_force() is None else tangent_of(tensor)
    if tangent is not None:
        notes.append(f"tangent={show(tangent)}")
    return f"tensor({', '.join([body, *notes])})"


def format_one(tensor: Any, spec: str) -> str:
    """``format(tensor, spec)``: a 0-d tensor is formatted as its number.

    Raises
    ------
    TypeError
        If a specification is given for a tensor that has axes.

    Examples
    --------
    >>> import wengert as wg
    >>> f"{wg.tensor(2.0):.3f}"
    '2.000'
    """
    if not tensor._shape and not isinstance(tensor._array, BatchedArray):
        return format(adapter_of(tensor._array).item(tensor._array), spec)
    if spec:
        raise TypeError(f"format: only a 0-d tensor takes a specification, got {spec!r} for shape {tensor._shape}")
    return str(tensor)
