"""Sells things.

The words class Fake and def fake() here are prose.
"""

from __future__ import annotations

import os
import os.path as osp, sys
from collections import (
    OrderedDict as Ordered,  # def commented(): pass
    deque,
)
from . import sibling
from .. import above as up
from ...far.away import *
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias, TypedDict, overload
import enum, dataclasses

if TYPE_CHECKING:
    from .types import Hint
elif sys.platform == "win32":
    import winreg
else:
    import termios

try:
    import fast
except ImportError:
    fast = None

LIMIT: Final = 10
#: What a shop is called.
name, (other, *rest) = "class Inside: def no(self): pass", (1, 2, 3)
a = b = 1
Number: TypeAlias = "int | float"
type Pair[T] = tuple[T, T]
text = f"""
class Templated:
    def method(self): {name}
"""
lookup = {"def": 1}
lookup["key"] = 2
total += 1
if (found := lookup.get("x")) and sys:
    conditional = found


def plain(a, /, b: int = 1, *args: str, c, d=(1, 2), **kwargs) -> dict[str, int]:
    """A docstring with class Word and def word()."""
    local = 1
    import json

    def inner():
        class Deep:
            def method(self):
                self.attribute = 1

    lambda: 0
    return {}


async def later[T: int](x: T) -> T:
    async with x as y, x:
        def in_with(): ...
    match x:
        case 1:
            def in_case(): ...
        case _:
            pass


@overload
def over(x: int) -> int: ...
@overload
def over(x: str) -> str: ...
def over(x): return x


@dataclasses.dataclass(
    frozen=True,  # a comment, def comment(): pass
)
class Data[T](Base, other.Base2["T"], metaclass=Meta, key="class X:"):
    """Data."""

    __slots__ = ("slot", "x")
    x: int
    y: list[int] = dataclasses.field(default_factory=list)
    z = w = 3

    def __init__(self, x: int) -> None:
        self.x = x
        self.instance: int = 1
        self.one, (self.two, local) = 1, (2, 3)
        self.one = 4
        self.x.attribute = 5
        other.attribute = 6
        for self.loop in (): pass
        with open(x) as self.file: pass

    @property
    def value(self) -> int: return 1

    @value.setter
    def value(self, to: int) -> None: self._value = to

    @staticmethod
    def make(self): self.no = 1

    @classmethod
    async def build(cls): cls.made = 1

    def __repr__(self) -> str: return "class R: pass"

    class Nested(Exception):
        pass

    if sys.version_info >= (3, 12):
        def newer(self): ...
    else:
        def newer(self): ...


class Colour(enum.Enum):
    RED = 1
    GREEN = BLUE = 2
    _ignore_ = []

    def dark(self): ...


class Point(NamedTuple):
    x: int
    y: int = 0


class Movie(TypedDict, total=False):
    title: str


class Speaks(Protocol):
    def speak(self) -> str: ...


class \
    Continued: attribute = 1
# class Commented: pass
