"""What the calls of the walk are made with: arrays under one letter each, the same for every call."""

from __future__ import annotations

import re
from types import CodeType
from typing import Any, NamedTuple

import numpy as np

_rng = np.random.default_rng(7)


def _normal(*shape: int) -> Any:
    return _rng.normal(size=shape)


def _positive(*shape: int) -> Any:
    return _rng.uniform(0.6, 1.6, size=shape)


def _definite(n: int) -> Any:
    a = _normal(n, n)
    return a @ a.T + n * np.eye(n)


def _unit(*shape: int) -> Any:
    a = _normal(*shape)
    return a / np.linalg.norm(a, axis=-1, keepdims=True)


#: From a letter to what it says of the array, and the array.
OPERANDS: dict[str, tuple[str, Any]] = {
    **{n: ("eight numbers of any sign", _normal(8)) for n in "xyz"},
    **{n: ("eight numbers from 0.6 to 1.6", _positive(8)) for n in "pqr"},
    **{n: ("eight numbers from 0.1 to 0.9", _rng.uniform(0.1, 0.9, size=8)) for n in "uv"},
    "t": ("eight growing numbers", np.cumsum(_positive(8))),
    "s": ("a number, as a 0-d array", np.asarray(0.7)),
    "k": ("the integers from 1 to 8", np.arange(1, 9)),
    "m": ("eight booleans", np.array([True, False, True, True, False, True, False, True])),
    **{n: ("six rows of three numbers", _normal(6, 3)) for n in "XYZ"},
    "W": ("six rows of three positive numbers", _positive(6, 3)),
    "I": ("a picture of 7 by 6 numbers", _normal(7, 6)),
    "L": ("seven by six labels from 0 to 3", _rng.integers(0, 4, size=(7, 6))),
    "A": ("a 3 by 3 matrix", _normal(3, 3) + 3 * np.eye(3)),
    "S": ("a positive definite 3 by 3 matrix", _definite(3)),
    "b": ("three coefficients", np.array([0.3, 0.4, 0.2])),
    "a": ("three coefficients that begin with 1", np.array([1.0, -0.4, 0.1])),
    "B": ("two sections of a filter", np.array([[0.3, 0.4, 0.2, 1, -0.4, 0.1], [0.5, 0.1, 0.2, 1, 0.2, 0.3]])),
    "Q": ("five unit quaternions", _unit(5, 4)),
    "V": ("five vectors", 0.7 * _normal(5, 3)),
    "H": (
        "how six points were joined",
        np.array([[0, 1, 0.5, 2], [2, 3, 0.7, 2], [4, 6, 1.0, 3], [5, 7, 1.2, 3], [8, 9, 2.0, 6]]),
    ),
    "n": ("64 numbers of any sign", _normal(64)),
}


class Row(NamedTuple):
    """One call."""

    text: str

    @property
    def letters(self) -> list[str]:
        """The operands that the call names, in order."""
        return [letter for letter in OPERANDS if letter in self.words]

    @property
    def words(self) -> set[str]:
        """The names that are looked up in the call."""
        return set(self.code.co_names).union(*(inner.co_names for inner in _inner(self.code)))

    @property
    def code(self) -> CodeType:
        return compile(self.text, self.text, "eval")

    @property
    def function(self) -> str:
        """The function's dotted name, without ``scipy.``: what the call begins with."""
        found = re.match(r"[\w.]+", self.text)
        assert found is not None
        return found[0]


def _inner(code: CodeType) -> list[CodeType]:
    found = [c for c in code.co_consts if isinstance(c, CodeType)]
    return found + [deeper for c in found for deeper in _inner(c)]


def rows(calls: str) -> list[Row]:
    """The rows of a table, one call a line."""
    return [Row(line) for line in calls.strip().splitlines()]
