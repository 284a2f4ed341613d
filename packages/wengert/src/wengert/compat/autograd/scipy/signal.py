"""``autograd.scipy.signal``: convolution over chosen axes, the others being multiplied out."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....numpy_protocols.operands import tensor
from ....ops.joining import constant_pad
from ....ops.products import tensordot
from ..extend import as_given

__all__ = ["convolve"]


@as_given
def convolve(A: Any, B: Any, axes: Any = None, dot_axes: Any = ((), ()), mode: str = "full") -> Any:
    """`A` and `B` convolved along `axes`, summed over `dot_axes`, and multiplied out along the other axes.

    Parameters
    ----------
    axes : pair of sequences of int, optional
        The axes of each to convolve. Default: all of both.
    dot_axes : pair of sequences of int
        The axes of each to sum products over.
    mode : {'full', 'valid'}
        Which places of the result to keep.

    Returns
    -------
    array
        The other axes of `A`, the other axes of `B`, then the convolved ones.
    """
    A, B = tensor(A), tensor(B)
    if axes is None:
        axes = (list(range(A.ndim)), list(range(B.ndim)))
    of_a, of_b = [i % A.ndim for i in axes[0]], [i % B.ndim for i in axes[1]]
    dot_a, dot_b = [i % A.ndim for i in dot_axes[0]], [i % B.ndim for i in dot_axes[1]]
    if mode not in ("full", "valid"):
        raise NotImplementedError(f"convolve: mode must be 'full' or 'valid', got {mode!r}")
    if mode == "valid" and any(A.shape[i] < B.shape[j] for i, j in zip(of_a, of_b, strict=True)):
        swapped = convolve(B, A, axes=(of_b, of_a), dot_axes=(dot_b, dot_a), mode=mode)
        free_b, free_a = B.ndim - len(of_b) - len(dot_b), A.ndim - len(of_a) - len(dot_a)
        order = [*range(free_b, free_b + free_a), *range(free_b), *range(free_b + free_a, swapped.ndim)]
        return np.transpose(swapped, order)
    if mode == "full":
        widths = [(0, 0)] * A.ndim
        for i, j in zip(of_a, of_b, strict=True):
            widths[i] = (B.shape[j] - 1, B.shape[j] - 1)
        A = constant_pad(A, tuple(widths), 0.0)
    # Windows of A, whose places come first along new last axes, summed with B turned round.
    sizes = [B.shape[j] for j in of_b]
    free = [i for i in range(A.ndim) if i not in of_a and i not in dot_a]
    windows = np.transpose(A, [*free, *of_a, *dot_a])
    for k, size in enumerate(sizes):
        axis = len(free) + k
        places = np.arange(windows.shape[axis] - size + 1)[:, None] + np.arange(size)[::-1]
        windows = np.moveaxis(windows[(slice(None),) * axis + (places,)], axis + 1, -1)
    count = len(free) + len(of_a)
    found = tensordot(windows, B, axes=(tuple(range(count, windows.ndim)), (*dot_b, *of_b)))
    return np.transpose(found, [*range(len(free)), *range(count, found.ndim), *range(len(free), count)])
