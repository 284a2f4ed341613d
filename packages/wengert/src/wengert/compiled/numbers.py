"""Numbers among the arguments of a compiled function: constants at first, inputs once they have changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

from ..arrays.adapter import is_array
from ..autograd.tensor import Tensor

__all__ = ["ChangingNumbers", "KnownNumbers", "of_any_size", "with_types_for"]

#: The types of the numbers that can be inputs. Integers are sizes, axes and counts, on which programs depend.
_INPUTS = (float, complex)

#: How many entries of a key come before those of the leaves: structure, static arguments, grad mode.
_BEFORE = 3


class ChangingNumbers:
    """Knows which numbers have had several values, in calls that were alike otherwise.

    Parameters
    ----------
    most : int
        How many kinds of calls are remembered.
    """

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._first: dict[Any, dict[int, Any]] = {}
        self._changed: dict[Any, frozenset[int]] = {}
        self._constant: dict[Any, None] = {}  # where the function looks at them, for ever

    def changed(self, key: Any, leaves: Sequence[Any]) -> frozenset[int]:
        """The positions of those leaves that are to be inputs; `key` describes all of them, with their values."""
        numbers = {i: leaf for i, leaf in enumerate(leaves) if type(leaf) in _INPUTS}
        if not numbers or not any(isinstance(leaf, Tensor) or is_array(leaf) for leaf in leaves):
            return frozenset()  # no array says of which library the numbers would be
        kind = with_types_for(of_any_size(key), frozenset(numbers))
        if kind in self._constant:
            return frozenset()
        with self._lock:
            first = self._first.setdefault(kind, numbers)
            if len(self._first) > self._most:
                oldest = next(iter(self._first))
                del self._first[oldest]
                self._changed.pop(oldest, None)
            known = self._changed.get(kind, frozenset())
            found = known | {i for i, number in numbers.items() if not _same(number, first[i])}
            if found != known:
                self._changed[kind] = found
            return found

    def keep_constant(self, key: Any, leaves: Sequence[Any]) -> None:
        """Note that the function cannot be traced with its numbers as inputs, in calls like that which `key` describes."""
        numbers = frozenset(i for i, leaf in enumerate(leaves) if type(leaf) in _INPUTS)
        self._constant[with_types_for(of_any_size(key), numbers)] = None
        if len(self._constant) > self._most:
            del self._constant[next(iter(self._constant))]


class KnownNumbers(ChangingNumbers):
    """Knows of some programs in which numbers are inputs, where no others can be made.

    Parameters
    ----------
    kinds : iterable
        For which kinds of calls there are programs.
    """

    def __init__(self, kinds: Iterable[Any]) -> None:
        super().__init__(0)
        kinds = list(kinds)
        inputs = (frozenset(i - _BEFORE for i, k in enumerate(kind) if i >= _BEFORE and len(k) == 1) for kind in kinds)
        self._known = [(kind, positions) for kind, positions in zip(kinds, inputs, strict=True) if positions]

    def changed(self, key: Any, leaves: Sequence[Any]) -> frozenset[int]:
        """The positions of those leaves that are inputs of a program for calls like this."""
        return next((where for kind, where in self._known if with_types_for(key, where) == kind), frozenset())


def of_any_size(key: tuple[Any, ...]) -> tuple[Any, ...]:
    """What describes the arguments of a call, with the number of axes in the place of every shape."""
    leaves = (_with_axes(k) for k in key[_BEFORE:])
    return (*key[:_BEFORE], *leaves)


def _with_axes(described: tuple[Any, ...]) -> tuple[Any, ...]:
    """The description of a leaf; that of an array has more than two entries, and a shape among them."""
    return tuple([len(part) if isinstance(part, tuple) else part for part in described]) if len(described) > 2 else described


def with_types_for(key: tuple[Any, ...], positions: frozenset[int]) -> tuple[Any, ...]:
    """`key` with the types of the leaves at `positions` in the place of their values."""
    return tuple([k[:1] if i - _BEFORE in positions else k for i, k in enumerate(key)])


def _same(one: Any, other: Any) -> bool:
    return str(one) == str(other)  # NaN is itself, and -0.0 is not 0.0
