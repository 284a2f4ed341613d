"""Numbers that know of which sizes they were computed, for programs that are to hold for other sizes too.

While a function is traced for several sizes, `x.shape` holds a `Size` for every axis whose length differs from run to run. It is
a number to whoever computes with it, and what is computed of it is a `Size` (or a `Ratio`, where it is no integer) again, with
the expression that leads to it. Whoever looks at it instead, by a comparison, is told the truth of this run, and the comparison
is noted as a condition of the program. Where Python or a library takes it for a plain number (`int(n)`, `range(n)`), nobody can
see what becomes of that: the condition then is that the number is this one.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn, Protocol

__all__ = ["Expression", "Ratio", "Size", "SizedShape", "Watcher", "evaluated", "plain", "sizes_in", "text"]

#: A number; an atom, which whoever made it gives a value; or the name of a function and its arguments, expressions all.
Expression = Any

#: Where the code of frames of this package is: in its folder, or generated.
_OURS = (str(Path(__file__).parent.parent), "<wengert ")

#: What expressions are made of: the function, and how it is written.
_INFIX: dict[str, tuple[Callable[..., Any], str]] = {
    "add": (operator.add, "+"), "subtract": (operator.sub, "-"), "multiply": (operator.mul, "*"),
    "divide": (operator.truediv, "/"), "floor_divide": (operator.floordiv, "//"), "remainder": (operator.mod, "%"),
    "pow": (operator.pow, "**"), "equal": (operator.eq, "=="), "not_equal": (operator.ne, "!="), "less": (operator.lt, "<"),
    "less_equal": (operator.le, "<="), "greater": (operator.gt, ">"), "greater_equal": (operator.ge, ">="),
}  # fmt: skip
_PREFIX: dict[str, Callable[..., Any]] = {
    "negative": operator.neg, "abs": abs, "trunc": math.trunc, "floor": math.floor, "ceil": math.ceil, "round": round,
}  # fmt: skip


class Watcher(Protocol):
    """Who is told what a program takes for granted about sizes."""

    def condition(self, expression: Expression, outcome: bool) -> None:
        """Note that a comparison came out so."""

    def pin(self, number: Size | Ratio) -> None:
        """Note that somebody has taken a number for what it is in this run."""


def evaluated(expression: Expression, value: Callable[[Any], Any]) -> Any:
    """The value of an expression, where `value` gives that of an atom."""
    if type(expression) is tuple:
        name, *arguments = expression
        function = _INFIX[name][0] if name in _INFIX else _PREFIX[name]
        return function(*[evaluated(a, value) for a in arguments])
    return expression if type(expression) in (int, float) else value(expression)


def text(expression: Expression) -> str:
    """An expression as programs are printed.

    Examples
    --------
    >>> text(("add", ("multiply", 2, "n"), 1))
    '2*n + 1'
    """
    if type(expression) is not tuple:
        return str(expression)
    name, *arguments = expression
    if name not in _INFIX:
        return f"{name}({', '.join(map(text, arguments))})"
    sign = _INFIX[name][1]
    space = "" if sign in ("*", "/", "//", "%", "**") else " "
    return f"{space}{sign}{space}".join(_inner(a, sign) for a in arguments)


def _inner(expression: Expression, sign: str) -> str:
    """An argument of an infix function, in parentheses where that could be misread."""
    found = text(expression)
    own = _INFIX[expression[0]][1] if type(expression) is tuple and expression[0] in _INFIX else None
    return found if own is None or (own == "*" and sign in "+-<=>=!=") else f"({found})"


def plain(value: Any) -> Any:
    """The number that a size is in this run; anything else is itself."""
    return value.value if type(value) is Size or type(value) is Ratio else value


def sizes_in(tree: Any) -> Iterator[Size | Ratio]:
    """The sizes in tuples, lists, dicts and slices."""
    kind = type(tree)
    if kind is Size or kind is Ratio:
        yield tree
    elif kind in (tuple, list, SizedShape):
        for item in tree:
            yield from sizes_in(item)
    elif kind is dict:
        yield from sizes_in(list(tree.values()))
    elif kind is slice:
        yield from sizes_in((tree.start, tree.stop, tree.step))


class SizedShape(tuple[Any, ...]):
    """A shape that has sizes in it.

    Compared with one of another number of axes it is different without a look at these: tuples would compare the first lengths.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and len(self) == len(other) and tuple.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple.__hash__


class _Number:
    """What `Size` and `Ratio` have in common.

    Attributes
    ----------
    value : int or float
        In this run.
    expression : Expression
    watcher : Watcher
    """

    __slots__ = ("expression", "value", "watcher")

    value: Any

    def __init__(self, value: Any, expression: Expression, watcher: Watcher) -> None:
        self.value, self.expression, self.watcher = value, expression, watcher

    def _pinned(self) -> Any:
        self.watcher.pin(self)  # type: ignore[arg-type]
        return self.value

    def _of(self, value: Any, expression: Expression) -> Any:
        """A number computed of this one."""
        if type(value) is int:
            return Size(value, expression, self.watcher)
        if type(value) is float:
            return Ratio(value, expression, self.watcher)
        self._pinned()
        return value

    # -- comparisons: conditions of the program
    def __bool__(self) -> bool:
        return bool(self.__ne__(0))

    def __hash__(self) -> int:
        # In code of this package a hash is asked for to find what was computed for the same number before, and what is computed
        # for a size is no answer for a number. Anybody else may look up what is known of the number of this run.
        if sys._getframe(1).f_code.co_filename.startswith(_OURS):
            return hash(("size", self.expression))
        return hash(self._pinned())

    # -- as the number that it is in this run
    def __int__(self) -> int:
        return int(self._pinned())

    def __float__(self) -> float:
        return float(self._pinned())

    def __complex__(self) -> complex:
        return complex(self._pinned())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        import numpy as np

        return np.asarray(self._pinned(), dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return getattr(ufunc, method)(*[i._pinned() if isinstance(i, _Number) else i for i in inputs], **options)

    def __reduce__(self) -> Any:
        return type(self.value), (self._pinned(),)

    def __repr__(self) -> str:
        return repr(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def conjugate(self) -> Any:
        """The number itself, which is real."""
        return self

    real = property(conjugate)
    imag = property(lambda self: self.value * 0)

    def __pos__(self) -> Any:
        return self

    def __trunc__(self) -> Any:
        return self._of(math.trunc(self.value), ("trunc", self.expression))

    def __floor__(self) -> Any:
        return self._of(math.floor(self.value), ("floor", self.expression))

    def __ceil__(self) -> Any:
        return self._of(math.ceil(self.value), ("ceil", self.expression))

    def __round__(self, digits: int | None = None) -> Any:
        return self._of(round(self.value, digits), ("round", self.expression, *(() if digits is None else (digits,))))

    def __neg__(self) -> Any:
        return self._of(-self.value, ("negative", self.expression))

    def __abs__(self) -> Any:
        return self._of(abs(self.value), ("abs", self.expression))


def _expression(number: Any) -> Expression:
    return number.expression if isinstance(number, _Number) else number


def _known(number: Any) -> bool:
    return type(number) in (int, float, bool, Size, Ratio)


def _binary(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    function = _INFIX[name][0]
    neutral = {"add": 0, "multiply": 1}.get(name)

    def method(self: Any, other: Any) -> Any:
        if not _known(other):
            return NotImplemented
        if neutral is not None and type(other) is int and other == neutral:
            return self
        return self._of(function(self.value, plain(other)), (name, self.expression, _expression(other)))

    def reflected(self: Any, other: Any) -> Any:
        if not _known(other):
            return NotImplemented
        if neutral is not None and type(other) is int and other == neutral:
            return self
        return self._of(function(plain(other), self.value), (name, _expression(other), self.expression))

    return method, reflected


def _comparison(name: str) -> Callable[..., bool]:
    function = _INFIX[name][0]

    def method(self: Any, other: Any) -> Any:
        if not _known(other):
            return NotImplemented
        outcome = function(self.value, plain(other))
        if self.expression != _expression(other):  # a number compared with itself tells nothing
            self.watcher.condition((name, self.expression, _expression(other)), outcome)
        return outcome

    return method


for _name, _dunder in (
    ("add", "add"), ("subtract", "sub"), ("multiply", "mul"), ("divide", "truediv"), ("floor_divide", "floordiv"),
    ("remainder", "mod"), ("pow", "pow"),
):  # fmt: skip
    _method, _reflected = _binary(_name)
    setattr(_Number, f"__{_dunder}__", _method)
    setattr(_Number, f"__r{_dunder}__", _reflected)
for _name, _dunder in (
    ("equal", "eq"), ("not_equal", "ne"), ("less", "lt"), ("less_equal", "le"), ("greater", "gt"), ("greater_equal", "ge"),
):  # fmt: skip
    setattr(_Number, f"__{_dunder}__", _comparison(_name))


class Ratio(_Number):
    """A float that was computed of sizes."""

    __slots__ = ()

    @property
    def __class__(self) -> type:
        return float

    @__class__.setter
    def __class__(self, value: type) -> NoReturn:
        raise TypeError("the class of a number cannot be changed")

    def is_integer(self) -> bool:
        """Whether it is a whole number."""
        return self == self.__floor__()


class Size(_Number):
    """The length of an axis, or an integer that was computed of such.

    ``isinstance(n, int)`` is true of it, and still it is none: whoever needs a plain number has to ask for it.
    """

    __slots__ = ()

    @property
    def __class__(self) -> type:
        return int

    @__class__.setter
    def __class__(self, value: type) -> NoReturn:
        raise TypeError("the class of a number cannot be changed")

    def __index__(self) -> int:
        return int(self._pinned())

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._pinned(), name)  # bit_length() and the like
