"""Plain NumPy calls on Tensors: NumPy hands them over by its two protocols, and they are differentiable.

``__array_ufunc__`` receives ufuncs and their methods, ``__array_function__`` all other functions. What stands in no table raises
an error that names the function and the nearest one that works; nothing is ever turned into a plain array silently.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..autograd.tensor import Tensor
from ..errors import UnsupportedError
from .constant import constant_functions
from .ufuncs import CALLS, CONSTANT, array_ufunc

__all__ = ["array_function", "install", "state", "table"]

#: What has no rule, and what to call instead.
NEAREST = {
    "polyfit": "np.linalg.lstsq(np.vander(x, deg + 1), y)[0]",
    "polydiv": "np.polyval, or np.linalg.solve of the convolution matrix",
    "roots": "np.linalg.eigvals of the companion matrix",
    "histogram": "np.histogram of x.detach(), or a smooth kernel density",
    "histogram2d": "np.histogram2d of x.detach()",
    "histogramdd": "np.histogramdd of x.detach()",
    "partition": "np.sort",
    "i0": "wengert.special.i0, or scipy.special.i0",
    "intersect1d": "np.intersect1d of x.detach().numpy()",
    "setdiff1d": "np.setdiff1d of x.detach().numpy()",
}


def table() -> dict[Callable[..., Any], Callable[..., Any]]:
    """From each function of NumPy that takes Tensors to what is called in its place."""
    from . import elsewhere, numerics, reducing, shaping  # noqa: PLC0415  (programs without a plain NumPy call need none of it)

    named = {**reducing.FUNCTIONS, **shaping.FUNCTIONS, **numerics.FUNCTIONS, **constant_functions()}
    found = {getattr(np, name): function for name, function in named.items() if hasattr(np, name)}
    for name, function in elsewhere.FUNCTIONS.items():
        module, _, short = name.partition(".")
        found[getattr(getattr(np, module), short)] = function
    return found


_TABLE: dict[Callable[..., Any], Callable[..., Any]] = {}


def array_function(self: Tensor, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:  # noqa: ARG001
    """Do what ``func(*args, **kwargs)`` asks for, a function of NumPy with a Tensor among its arguments."""
    if not _TABLE:
        _TABLE.update(table())
    found = _TABLE.get(func)
    if found is not None:
        return found(*args, **kwargs)
    raise _unknown(func)


def _unknown(func: Callable[..., Any]) -> UnsupportedError:
    module = getattr(func, "__module__", "numpy").replace("numpy", "np", 1)
    name = f"{module}.{func.__name__}"
    short = name.removeprefix("np.")
    near = NEAREST.get(short)
    if near is None:
        names = {f.__name__ for f in _TABLE}
        close = difflib.get_close_matches(func.__name__, names, 1, 0.5)
        near = f"np.{close[0]}" if close else "the operators of wengert"
    return UnsupportedError(
        f"{name} has no derivative rule here, and a Tensor is never turned into a plain array silently; the nearest that has one "
        f"is {near}; x.detach().numpy() takes leave of the graph"
    )


def _ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:  # noqa: ARG001
    if not options and method == "__call__" and ufunc in CALLS and _KNOWN.issuperset(map(type, inputs)):
        return CALLS[ufunc](*inputs)  # as almost always
    for value in inputs:
        if hasattr(value, "__array_ufunc__") and not isinstance(value, np.ndarray | np.generic | Tensor):
            return NotImplemented  # a library that may know what to do with Tensors
    return array_ufunc(ufunc, method, *inputs, **options)


#: The types of operands that operators take as they are.
_KNOWN = frozenset((Tensor, np.ndarray, np.float64, int, float, complex, bool))


def install() -> None:
    """Give `Tensor` NumPy's two protocols. Called once, when `wengert` is imported."""
    Tensor.__array_ufunc__ = _ufunc
    Tensor.__array_function__ = array_function  # type: ignore[attr-defined]


def state() -> list[tuple[str, str]]:
    """Every function and ufunc of NumPy that hands Tensors over, with what becomes of it: the table of the documentation."""
    known, constant = table(), set(constant_functions())
    dispatched = type(np.sum)
    found = []
    for prefix, module in (("", np), ("linalg.", np.linalg), ("fft.", np.fft)):
        for name in sorted(module.__all__):  # what is NumPy's own: blosc2 puts a function of its own into NumPy
            value = getattr(module, name)
            if isinstance(value, np.ufunc):
                what = "constant" if value in CONSTANT else "differentiable" if value in CALLS else "error"
            elif isinstance(value, dispatched):
                what = "error" if value not in known else "constant" if name in constant and not prefix else "differentiable"
            else:
                continue
            found.append((f"np.{prefix}{name}", what))
    return found
