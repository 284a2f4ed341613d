"""`make_tensor`: random tensors to test with."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....ops.random import default_generator
from .. import dtypes, kinds
from ..calling import sizes
from ..tensor import leaf

__all__ = ["make_tensor"]


def make_tensor(
    *shape: Any,
    dtype: Any,
    device: Any = "cpu",
    low: float | None = None,
    high: float | None = None,
    requires_grad: bool = False,
    noncontiguous: bool = False,
    exclude_zero: bool = False,
    memory_format: Any = None,
) -> Any:
    """Numbers distributed evenly between bounds that suit the dtype: -9 and 9 for signed ones.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.testing.make_tensor(2, 3, dtype=torch.int64).shape
    torch.Size([2, 3])
    """
    kinds.checked_device(device)
    wanted, size, stream = dtypes.native(dtype), sizes(shape), default_generator.numpy
    assert wanted is not None
    whole = wanted.kind in "biu"
    first = low if low is not None else 0 if wanted.kind in "bu" else -9
    last = high if high is not None else 2 if wanted.kind == "b" else 10 if whole else 9
    full = (*size[:-1], 2 * size[-1]) if noncontiguous and size else size

    def draw() -> Any:
        return stream.integers(int(first), int(last), full) if whole else stream.uniform(first, last, full)

    array = np.asarray(draw() + 1j * draw() if wanted.kind == "c" else draw()).astype(wanted)
    if exclude_zero:
        array = np.where(array == 0, wanted.type(1), array)
    return leaf(array[..., ::2] if noncontiguous and size else array, None, requires_grad, "make_tensor")
