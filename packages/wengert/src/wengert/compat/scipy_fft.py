"""A backend for ``scipy.fft``, by which its functions take Tensors without SciPy's array API switch.

``scipy.fft.set_backend(wengert.compat.scipy_fft)`` lends it to a block, `install` to the whole program. SciPy asks it first; what
is not about Tensors, and the few functions that Wengert does not have, it leaves to SciPy.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from typing import Any

from .. import fft
from ..arrays.numpy_linalg import scipy_module
from ..autograd.tensor import Tensor

__all__ = ["install"]  # SciPy looks at the two names below

#: What SciPy asks backends by.
__ua_domain__ = "numpy.scipy.fft"

#: What SciPy's functions take and what says nothing about the result.
_ABOUT_MEMORY = ("overwrite_x", "workers", "plan")


def __ua_function__(method: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: N807
    """What the function `method` of ``scipy.fft`` gives; NotImplemented where that is SciPy's affair.

    Examples
    --------
    >>> import scipy.fft
    >>> import wengert as wg
    >>> import wengert.compat.scipy_fft
    >>> x = wg.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    >>> with scipy.fft.set_backend(wengert.compat.scipy_fft):
    ...     y = scipy.fft.dct(x, type=1)
    >>> y[0].backward()
    >>> x.grad
    tensor([1., 2., 2., 1.])
    """
    function = getattr(fft, method.__name__, None)
    if function is None:
        return NotImplemented
    given = inspect.signature(method).bind(*args, **kwargs).arguments
    x = given.pop("x")
    if not isinstance(x, Tensor):
        return NotImplemented
    for name in _ABOUT_MEMORY:
        given.pop(name, None)
    if "norm" in given and given["norm"] is None:
        del given["norm"]
    return function(x, **given)


def install() -> None:
    """Make this the backend that ``scipy.fft`` asks first, from now on and in all threads, and SciPy's own the next.

    Examples
    --------
    >>> import scipy.fft
    >>> import wengert as wg
    >>> import wengert.compat.scipy_fft
    >>> wengert.compat.scipy_fft.install()
    >>> scipy.fft.dst(wg.tensor([1.0, 0.0], requires_grad=True), type=3).requires_grad
    True
    >>> scipy.fft.set_global_backend("scipy")
    """
    scipy_fft = scipy_module("fft", "wengert.compat.scipy_fft.install")
    # A global backend takes SciPy's place; one that is registered is asked when it declines.
    scipy_fft.register_backend("scipy")
    scipy_fft.set_global_backend(importlib.import_module(__name__))
