"""NumPy's functions whose results no small change of a Tensor changes: NumPy computes them of the plain arrays.

Their derivative is zero or has no meaning, so nothing is lost: places, counts, orders, comparisons, shapes, texts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .operands import plain, tensor

__all__ = ["AS_ARRAYS", "AS_TENSORS", "constant_functions"]

#: The result is one more Tensor of numbers, which needs no gradient.
AS_TENSORS = frozenset({
    "argmax", "argmin", "argsort", "argpartition", "argwhere", "nanargmax", "nanargmin", "count_nonzero", "searchsorted",
    "digitize", "lexsort", "flatnonzero", "isclose", "isin", "isneginf", "isposinf", "isreal", "iscomplex", "all", "any",
    "zeros_like", "ones_like", "full_like", "empty_like", "bincount",
})  # fmt: skip

#: The result is what NumPy gives: tuples of arrays for indexing, booleans, texts, sizes, dtypes.
AS_ARRAYS = frozenset({
    "nonzero", "allclose", "array_equal", "array_equiv", "isrealobj", "iscomplexobj", "shape", "ndim", "size", "result_type",
    "can_cast", "common_type", "min_scalar_type", "array2string", "array_repr", "array_str", "save", "savetxt", "savez",
    "savez_compressed", "shares_memory", "may_share_memory", "ravel_multi_index", "unravel_index", "ix_", "diag_indices_from",
    "tril_indices_from", "triu_indices_from", "histogram_bin_edges", "einsum_path",
})  # fmt: skip


def _on_plain(function: Callable[..., Any], as_tensor: bool) -> Callable[..., Any]:
    def call(*args: Any, **options: Any) -> Any:
        result = function(*map(plain, args), **{name: plain(value) for name, value in options.items()})
        return tensor(result) if as_tensor and isinstance(result, np.ndarray | np.generic | int) else result

    return call


def constant_functions() -> dict[str, Callable[..., Any]]:
    """All of them, by name."""
    found = {name: _on_plain(getattr(np, name), True) for name in AS_TENSORS}
    return found | {name: _on_plain(getattr(np, name), False) for name in AS_ARRAYS}
