"""How PyTorch prints a tensor: four digits, one width for all elements, and what is not evident behind them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...autograd.forward import unpack_dual
from . import dtypes

__all__ = ["show"]

_PRECISION, _THRESHOLD, _EDGE, _WIDTH = 4, 1000, 3, 80


def show(tensor: Any, *, head: str = "tensor(") -> str:
    """What ``repr`` prints.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.tensor([1.0, 2.5], requires_grad=True)
    tensor([1.0000, 2.5000], requires_grad=True)
    """
    array, own = tensor._array, tensor.dtype
    notes = []
    if not array.size:
        body = "[]"
        if array.ndim != 1:
            notes.append(f"size={tuple(array.shape)}")
    else:
        body = _body(array, len(head))
    default = dtypes.get_default_dtype()
    if own not in (default, default.to_complex(), dtypes.int64, dtypes.bool) or (not array.size and own is dtypes.int64):
        notes.append(f"dtype={own}")
    notes += _history(tensor)
    tangent = unpack_dual(tensor).tangent
    if tangent is not None:
        notes.append(f"tangent={tangent}")
    return f"{head}{', '.join([body, *notes])})"


def _history(tensor: Any) -> list[str]:
    """The place in the graph."""
    try:
        node = tensor.grad_fn
    except RuntimeError:  # a view that lost its place when its base was written to
        return ["grad_fn=<Invalid>"]
    if node is not None:
        return [f"grad_fn=<{node.name().rpartition('::')[2]}>"]
    if tensor.requires_grad:
        return ["requires_grad=True"]
    return []


def _body(array: Any, indent: int) -> str:
    shown = _summarized(array) if array.size > _THRESHOLD else array
    if array.dtype.kind == "c":
        real, imag = _formatter(shown.real), _formatter(shown.imag)
        formatter = {
            "complex_kind": lambda z: f"{real(z.real)}{'' if imag(z.imag).strip().startswith('-') else '+'}{imag(z.imag)}j"
        }
    elif array.dtype.kind == "f":
        formatter = {"float_kind": _formatter(shown)}
    elif array.dtype.kind == "b":
        width = max(len(str(bool(v))) for v in shown.flat)
        formatter = {"bool": lambda v: str(bool(v)).rjust(width)}
    else:
        width = max(len(str(int(v))) for v in shown.flat)
        formatter = {"int_kind": lambda v: str(int(v)).rjust(width)}
    return np.array2string(
        array,
        separator=", ",
        prefix=" " * indent,
        formatter=formatter,  # type: ignore[arg-type]
        threshold=_THRESHOLD,
        edgeitems=_EDGE,
        max_line_width=_WIDTH,
    )


def _summarized(array: Any) -> Any:
    """The elements that are printed of a large array."""
    for axis, n in enumerate(array.shape):
        if n > 2 * _EDGE:
            array = np.take(array, [*range(_EDGE), *range(n - _EDGE, n)], axis)
    return array


def _formatter(values: Any) -> Any:
    """How each of `values` is written: as whole numbers, with four digits, or with an exponent."""
    finite = np.abs(values[np.isfinite(values) & (values != 0)].astype(float))
    if not finite.size or (
        bool((finite == np.ceil(finite)).all()) and not (finite.max() / finite.min() > 1000 or finite.max() > 1e8)
    ):
        write = "{:.0f}.".format
    elif finite.max() / finite.min() > 1000 or finite.max() > 1e8 or finite.min() < 1e-4:
        whole = bool((finite == np.ceil(finite)).all())
        write = (f"{{:.{_PRECISION}e}}" if not whole or finite.max() > 1e8 else "{:.4e}").format
    else:
        write = f"{{:.{_PRECISION}f}}".format

    def one(value: float) -> str:
        return str(float(value)) if not math.isfinite(value) else write(float(value))

    width = max(len(one(v)) for v in np.asarray(values).flat)
    return lambda value: one(value).rjust(width)
