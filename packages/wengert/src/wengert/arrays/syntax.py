"""The syntax of an array whose functions are those of its adapter: what batched and traced arrays have in common.

They say of themselves what shape and dtype they have. What Python's syntax and the attributes of the array API do to them are
functions of their library, which the adapter of their type knows by name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .adapter import ADAPTERS, NUMBERS, is_array

__all__ = ["ArrayFromOperators", "binary"]


def binary(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The method that calls the operator `name`, and the reflected one."""

    def method(self: Any, other: Any) -> Any:
        return self._function(name)(self, other) if type(other) in NUMBERS or is_array(other) else NotImplemented

    def reflected(self: Any, other: Any) -> Any:
        return self._function(name)(other, self) if type(other) in NUMBERS or is_array(other) else NotImplemented

    return method, reflected


def _unary(name: str) -> Callable[[Any], Any]:
    return lambda self: self._function(name)(self)


class ArrayFromOperators:
    """An array with Python's syntax and the attributes of the array API, all made of ``adapter.function(name)``."""

    __slots__ = ()
    __array_ufunc__ = None  # NumPy's operators step back for these
    __array_priority__ = 900

    def take_over(self, op: Any, arguments: dict[str, Any]) -> Any:
        """What the forward of `op` gives, with its arguments by name, if arrays of this kind compute it; else NotImplemented."""
        return NotImplemented

    @property
    def shape(self) -> tuple[int, ...]:
        raise NotImplementedError

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    @property
    def device(self) -> Any:
        return ADAPTERS[type(self)].device(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d array")
        return self.shape[0]

    def _function(self, name: str) -> Callable[..., Any]:
        return ADAPTERS[type(self)].function(name)

    __add__, __radd__ = binary("add")
    __sub__, __rsub__ = binary("subtract")
    __mul__, __rmul__ = binary("multiply")
    __truediv__, __rtruediv__ = binary("divide")
    __floordiv__, __rfloordiv__ = binary("floor_divide")
    __mod__, __rmod__ = binary("remainder")
    __pow__, __rpow__ = binary("pow")
    __matmul__, __rmatmul__ = binary("matmul")
    __and__, __rand__ = binary("bitwise_and")
    __or__, __ror__ = binary("bitwise_or")
    __xor__, __rxor__ = binary("bitwise_xor")
    __lshift__, __rlshift__ = binary("bitwise_left_shift")
    __rshift__, __rrshift__ = binary("bitwise_right_shift")
    __lt__, _ = binary("less")
    __le__, _ = binary("less_equal")
    __gt__, _ = binary("greater")
    __ge__, _ = binary("greater_equal")
    __eq__, _ = binary("equal")
    __ne__, _ = binary("not_equal")
    __hash__ = object.__hash__
    __neg__ = _unary("negative")
    __pos__ = _unary("positive")
    __abs__ = _unary("abs")
    __invert__ = _unary("bitwise_invert")
    mT = property(_unary("matrix_transpose"))  # noqa: N815  (the array API's name)
    real = property(_unary("real"))
    imag = property(_unary("imag"))

    @property
    def T(self) -> Any:
        return self._function("permute_dims")(self, tuple(range(self.ndim - 1, -1, -1)))

    def __getitem__(self, key: Any) -> Any:
        return self._function("getitem")(self, key)

    def reshape(self, *shape: Any) -> Any:
        return self._function("reshape")(self, shape[0] if len(shape) == 1 else shape)
