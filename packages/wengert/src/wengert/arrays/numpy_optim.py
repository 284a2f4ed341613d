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
BLOCK = 256 * 1024

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
    flats: Arrays = tuple(None if a is None else _flat(a) for a in arrays)
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
    _run(_sgd_block, (param, grad, buffer), 2, options)
    return param, buffer


def _gradient(p: Any, g: Any, out: Any, weight_decay: float, maximize: bool) -> Any:
    """The gradient with the weight decay in it: `g` itself where there is nothing to do, else in `out`."""
    if weight_decay:
        np.multiply(p, weight_decay, out=out)
        return np.subtract(out, g, out=out) if maximize else np.add(out, g, out=out)
    return np.negative(g, out=out) if maximize else g


def _sgd_block(p: Any, g: Any, buffer: Any, s: Any, t: Any, options: Any) -> None:
    lr, momentum, dampening, weight_decay, nesterov, maximize, first = options
    g = _gradient(p, g, t, weight_decay, maximize)
    if buffer is None:
        np.multiply(g, lr, out=s)
    else:
        if first:
            buffer[...] = g
        else:
            np.multiply(buffer, momentum, out=buffer)
            np.add(buffer, np.multiply(g, 1 - dampening, out=s) if dampening else g, out=buffer)
        if nesterov:
            np.multiply(buffer, momentum, out=s)
            np.add(s, g, out=s)
            np.multiply(s, lr, out=s)
        else:
            np.multiply(buffer, lr, out=s)
    np.subtract(p, s, out=p)


# -- Adam ----------------------------------------------------------------------------------------------------------------
def adam(param: Any, grad: Any, mean: Any, square: Any, largest: Any, options: Any, /) -> Arrays:
    """One step of `wengert.arrays.optim.adam`, in place."""
    _run(_adam_block, (param, grad, mean, square, largest), 2, options)
    return param, mean, square, largest


def _adam_block(p: Any, g: Any, mean: Any, square: Any, largest: Any, s: Any, t: Any, options: Any) -> None:
    step, lr, beta1, beta2, eps, weight_decay, decoupled, maximize = options
    if decoupled:
        if weight_decay:
            np.multiply(p, 1 - lr * weight_decay, out=p)
        weight_decay = 0.0
    g = _gradient(p, g, t, weight_decay, maximize)
    np.multiply(g, 1 - beta1, out=s)
    np.multiply(mean, beta1, out=mean)
    np.add(mean, s, out=mean)
    np.multiply(g, g, out=s)
    np.multiply(s, 1 - beta2, out=s)
    np.multiply(square, beta2, out=square)
    np.add(square, s, out=square)
    if largest is not None:
        np.maximum(largest, square, out=largest)
        square = largest
    # lr mean / (1 - beta1^step) / (sqrt(square / c²) + eps) with c² = 1 - beta2^step, the fraction expanded by c.
    c: float = (1 - beta2**step) ** 0.5
    np.sqrt(square, out=s)
    np.add(s, eps * c, out=s)
    np.divide(mean, s, out=s)
    np.multiply(s, lr * c / (1 - beta1**step), out=s)
    np.subtract(p, s, out=p)
