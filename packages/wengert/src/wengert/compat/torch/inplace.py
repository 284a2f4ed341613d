"""Methods that write into their tensor, under PyTorch's names: the real in-place operators, and copies of results.

Most are methods of `wengert.Tensor` already, by these names. Here are those that take arguments otherwise, those of operators
without an in-place form, whose result is computed and then copied, and those that change the shape of their own tensor.
"""

from __future__ import annotations

import math as numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from ...arrays.adapter import adapter_of
from ...autograd.modes import current
from ...autograd.tensor import Tensor as Base
from ...autograd.views import count_write
from ...errors import UnsupportedError, UsageError
from ...ops import inplace as written
from ...ops.inplace_shapes import turning
from ...ops.strides import layout_of
from . import creation, indexing, math, products, shapes, special
from . import reductions as r
from .calling import as_tensor, sizes
from .keys import key_of
from .random import generator_of

__all__ = [
    "METHODS", "abs_", "cos_", "exp_", "fill_", "neg_", "relu_", "resize_as_", "sigmoid_", "sin_", "sqrt_", "tanh_", "zero_",
]  # fmt: skip


# -- with arguments of their own -----------------------------------------------------------------------------------------
def add_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Add ``alpha * other`` to this tensor.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.ones(2).add_(torch.ones(2), alpha=3)
    tensor([4., 4.])
    """
    return _add(self, other if alpha == 1 else math.mul(as_tensor(other), alpha))


def sub_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Subtract ``alpha * other`` from this tensor."""
    return _sub(self, other if alpha == 1 else math.mul(as_tensor(other), alpha))


def div_(self: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """Divide this tensor."""
    return _div(self, other) if rounding_mode is None else _copied(math.div)(self, other, rounding_mode=rounding_mode)


def clamp_(self: Any, min: Any = None, max: Any = None) -> Any:
    """Raise what is below `min` to it, lower what is above `max` to it."""
    if min is None and max is None:
        raise UsageError("torch.clamp: At least one of 'min' or 'max' must not be None")
    return _clip(self, min, max)


def index_put_(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """Write `values` at `indices`, or add them there."""
    key = tuple(slice(None) if i is None else i for i in indices)
    return written.index_put_(self, key_of(key), values, accumulate)


def setitem(self: Any, key: Any, value: Any) -> None:
    """Write `value` to the elements that `key` selects."""
    written.setitem(self, key_of(key), value if isinstance(value, Base) else np.asarray(value) if _many(value) else value)


def _many(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def masked_fill_(self: Any, mask: Any, value: Any) -> Any:
    """Write `value` where `mask` is true."""
    if isinstance(value, Base) and value.ndim:
        raise UsageError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    return written.masked_fill_(self, mask, value)


# -- random --------------------------------------------------------------------------------------------------------------
def _drawn(draw: Callable[..., Any]) -> Callable[..., Any]:
    """The method that writes what `draw` gives for a NumPy generator and a shape."""

    def method(self: Any, *args: Any, generator: Any = None, **options: Any) -> Any:
        return written.drawn(self, draw(generator_of(generator), self._shape, *args, **options))

    method.__name__ = method.__qualname__ = f"{draw.__name__.strip('_')}_"
    method.__doc__ = draw.__doc__
    return method


def _bernoulli(source: Any, shape: Any, p: Any = 0.5) -> Any:
    """Write 1 with probability `p`, else 0."""
    return source.random(shape) < (p._array if isinstance(p, Base) else p)


def _random(source: Any, shape: Any, low: Any = 0, high: Any = None) -> Any:
    """Write integers from `low` to below `high`; from 0 to below one number."""
    if high is None:
        low, high = (0, low) if low else (0, 2**24)
    return source.integers(low, high, shape)


def _exponential(source: Any, shape: Any, lambd: float = 1.0) -> Any:
    """Write draws from an exponential distribution."""
    return source.exponential(1 / lambd, shape)


def _geometric(source: Any, shape: Any, p: float) -> Any:
    """Write draws from a geometric distribution."""
    return source.geometric(p, shape)


def _cauchy(source: Any, shape: Any, median: float = 0.0, sigma: float = 1.0) -> Any:
    """Write draws from a Cauchy distribution."""
    return median + sigma * source.standard_cauchy(shape)


def _log_normal(source: Any, shape: Any, mean: float = 1.0, std: float = 2.0) -> Any:
    """Write draws from a log-normal distribution."""
    return source.lognormal(mean, std, shape)


def _normal(source: Any, shape: Any, mean: float = 0.0, std: float = 1.0) -> Any:
    """Write draws from a normal distribution."""
    return source.normal(mean, std, shape)


def _uniform(source: Any, shape: Any, low: float = 0.0, high: float = 1.0) -> Any:
    """Write draws from a uniform distribution."""
    return source.uniform(low, high, shape)


# -- results that are copied ---------------------------------------------------------------------------------------------
def _copied(function: Callable[..., Any]) -> Callable[..., Any]:
    """The in-place method of `function`: its result is computed of a copy, and then written."""

    def method(self: Any, *args: Any, **options: Any) -> Any:
        return self.copy_(function(shapes.clone(self), *args, **options))

    method.__name__ = method.__qualname__ = f"{function.__name__}_"
    method.__doc__ = f"The result of `torch.{function.__name__}`, written into this tensor."
    return method


#: Functions whose in-place methods are copies of their results, by module.
COPIED: dict[Any, str] = {
    math: "addcdiv addcmul clamp_max clamp_min deg2rad erf float_power fmod frac ldexp lerp logit rad2deg sgn true_divide",
    special: "digamma erfc erfinv i0 igamma igammac lgamma mvlgamma polygamma xlogy",
    indexing: ("index_add index_copy index_fill index_reduce masked_scatter put scatter scatter_add scatter_reduce"),
    r: "cumprod cumsum renorm",
    products: "addbmm addmm addmv addr baddbmm",
    creation: "tril triu",
}


# -- another shape of the same tensor ------------------------------------------------------------------------------------
def resize_(self: Any, *shape: Any, memory_format: Any = None) -> Any:
    """Become a tensor of another shape, which keeps as many elements as there are in both.

    Raises
    ------
    UsageError
        If it requires grad, outside of inference mode.
    """
    if self.requires_grad and not current().inference:
        raise UsageError("cannot resize variables that require grad")
    wanted = sizes(shape)
    if wanted != self._shape:
        self._take(_resized(self._array, wanted))
        count_write(self)
    return self


def _resized(array: Any, shape: tuple[int, ...]) -> Any:
    """The first elements from where `array` begins, in its own memory if that is large enough."""
    _, _, offset, length = layout_of(array)
    if array.flags.c_contiguous and array.flags.writeable and offset + numbers.prod(shape) <= length:
        return np.ndarray(shape, array.dtype, adapter_of(array).memory(array).reshape(-1), offset * array.itemsize)
    return np.resize(array, shape) if array.size else np.zeros(shape, array.dtype)


def resize_as_(self: Any, the_template: Any, *, memory_format: Any = None) -> Any:
    """Become a tensor of the shape of another."""
    return resize_(self, the_template._shape)


def set_(self: Any, source: Any = None, *others: Any) -> Any:
    """Become a tensor on the memory of `source`."""
    if self._is_view() and self.requires_grad:
        raise UsageError("set_: is called on a view of a tensor that requires grad")
    if source is None:
        self._take(np.zeros(0, self._dtype))
    elif isinstance(source, Base):
        self._take(source._array)
    else:
        raise UnsupportedError("set_: a storage is not supported as source; give a tensor")
    self._renew_accumulator()
    count_write(self)
    return self


# -- the table -----------------------------------------------------------------------------------------------------------
_add, _sub, _div, _clip = Base.add_, Base.sub_, Base.div_, Base.clip_

METHODS: dict[str, Any] = {
    **{f"{name}_": _copied(getattr(module, name)) for module, names in COPIED.items() for name in names.split()},
    **{f"{name}_": turning(getattr(shapes, name), f"{name}_")
       for name in "squeeze swapaxes swapdims t transpose unsqueeze".split()},
    **{f"{draw.__name__.strip('_')}_": _drawn(draw)
       for draw in (_bernoulli, _random, _exponential, _geometric, _cauchy, _log_normal, _normal, _uniform)},
    "__setitem__": setitem, "add_": add_, "sub_": sub_, "subtract_": sub_, "div_": div_, "divide_": div_, "clamp_": clamp_,
    "clip_": clamp_, "index_put_": index_put_, "masked_fill_": masked_fill_, "resize_": resize_, "resize_as_": resize_as_,
    "set_": set_, "as_strided_": turning(shapes.as_strided, "as_strided_"),
}  # fmt: skip


def _function(name: str) -> Callable[..., Any]:
    def call(input: Any, *args: Any) -> Any:
        return getattr(input, name)(*args)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"As the method ``{name}``."
    return call


abs_, cos_, exp_, fill_, neg_, relu_, sigmoid_, sin_, sqrt_, tanh_, zero_ = map(
    _function, "abs_ cos_ exp_ fill_ neg_ relu_ sigmoid_ sin_ sqrt_ tanh_ zero_".split()
)
