"""The arithmetic of optimizers for NumPy: in place, in blocks that stay in the cache, with one block of scratch memory.

Each ufunc call reads and writes its operands once; run over whole arrays, the dozen calls of one Adam step would fetch a large
parameter from memory a dozen times. In blocks of `BLOCK` bytes everything but the first access hits the cache.
What is computed is told in `wengert.arrays.optim`; here the scalar factors are folded together first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

__all__ = ["BLOCK", "adam", "sgd"]

#: Bytes of one operand that are worked on at a time.
BLOCK = 64 * 1024

Arrays = tuple[Any, ...]


def _flat(array: Any) -> Any:
    """`array` as a vector of real numbers, on the same memory if that is contiguous."""
    flat = array.reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _blocks(arrays: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Corresponding pieces of vectors of equal length (or None for those that are None)."""
    size = arrays[0].size
    step = BLOCK // arrays[0].itemsize
    if size <= step:
        yield arrays
        return
    for start in range(0, size, step):
        yield tuple(None if a is None else a[start : start + step] for a in arrays)


def _run(kernel: Any, arrays: Arrays, scratches: int, options: Any) -> None:
    """Call `kernel` on the blocks of `arrays`, of which the first is the parameter and the second the gradient.

    State that is not contiguous cannot be seen as a vector: it is worked on in a copy and written back.
    """
    flats = tuple(None if a is None else _flat(a) for a in arrays)
    size = min(flats[0].size, BLOCK // flats[0].itemsize)
    scratch = np.empty((scratches, size), flats[0].dtype)
    for blocks in _blocks(flats):
        length = blocks[0].size
        kernel(*blocks, *(scratch if length == size else scratch[:, :length]), options)
    for position, (array, flat) in enumerate(zip(arrays, flats, strict=True)):
        if position != 1 and array is not None and not np.may_share_memory(array, flat):
            array[...] = flat.view(array.dtype).reshape(array.shape)


# -- stochastic gradient descent -----------------------------------------------------------------------------------------
def sgd(param: Any, grad: Any, buffer: Any, options: Any, /) -> Arrays:
    """One step of `wengert.arrays.optim.sgd`, in place."""
    _run(_sgd_block, (param, grad, buffer), 2 if options.weight_decay else 1, options)
    return param, buffer


def _sgd_block(p: Any, g: Any, buffer: Any, *rest: Any) -> None:
    *scratch, (lr, momentum, dampening, weight_decay, nesterov, maximize, first) = rest
    s = scratch[0]
    sign = -1.0 if maximize else 1.0
    if weight_decay:
        total = scratch[1]
        np.multiply(p, weight_decay, out=total)
        (np.subtract if maximize else np.add)(total, g, out=total)
        g, sign = total, 1.0
    if buffer is None:
        np.multiply(g, lr * sign, out=s)
        np.subtract(p, s, out=p)
        return
    if first:
        np.multiply(g, sign, out=buffer)
    else:
        np.multiply(buffer, momentum, out=buffer)
        if (factor := (1 - dampening) * sign) != 1:
            g = np.multiply(g, factor, out=s)
        np.add(buffer, g, out=buffer)
    if nesterov:  # which has no dampening: g is the gradient, up to its sign
        np.multiply(buffer, momentum, out=scratch[-1] if g is s else s)
        s = np.add(scratch[-1], g, out=s) if g is s and len(scratch) > 1 else _nesterov(buffer, g, momentum, s, sign)
        np.multiply(s, lr, out=s)
    else:
        np.multiply(buffer, lr, out=s)
    np.subtract(p, s, out=p)
