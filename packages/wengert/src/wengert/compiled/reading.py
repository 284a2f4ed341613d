"""`Told`: a part of a file of JSON that knows where it stands, so that whatever is wrong with it can be said."""

from __future__ import annotations

from typing import Any

from ..errors import ProgramFileError

__all__ = ["Told"]


class Told:
    """A value in a file, and the way to it."""

    __slots__ = ("content", "where")

    def __init__(self, content: Any, where: str) -> None:
        self.content, self.where = content, where

    def wrong(self, expected: str) -> ProgramFileError:
        """The error to raise where something else was expected."""
        shown = repr(self.content)
        return ProgramFileError(f"{self.where}: expected {expected}, got {shown if len(shown) <= 80 else shown[:77] + '...'}")

    def __getitem__(self, key: str) -> Told:
        """The entry of an object."""
        if type(self.content) is not dict or key not in self.content:
            raise self.wrong(f"an object with {key!r}")
        return Told(self.content[key], f"{self.where}.{key}")

    def has(self, key: str) -> bool:
        """Whether it is an object with that entry."""
        return type(self.content) is dict and key in self.content

    def entries(self) -> dict[str, Told]:
        """All entries of an object."""
        if type(self.content) is not dict:
            raise self.wrong("an object")
        return {key: Told(value, f"{self.where}.{key}") for key, value in self.content.items()}

    def one_entry(self) -> tuple[str, Told]:
        """The only entry of an object."""
        entries = self.entries()
        if len(entries) != 1:
            raise self.wrong("an object with one entry")
        return next(iter(entries.items()))

    def items(self, count: int | None = None) -> list[Told]:
        """The items of a list, of which there are `count`."""
        if type(self.content) is not list or (count is not None and len(self.content) != count):
            raise self.wrong("a list" if count is None else f"a list of {count}")
        return [Told(item, f"{self.where}[{i}]") for i, item in enumerate(self.content)]

    def text(self) -> str:
        """A string."""
        if type(self.content) is not str:
            raise self.wrong("a string")
        return self.content

    def flag(self) -> bool:
        """True or false."""
        if type(self.content) is not bool:
            raise self.wrong("true or false")
        return self.content

    def integer(self, limit: int = 2**62) -> int:
        """An integer from 0 up to and without `limit`."""
        if type(self.content) is not int or not 0 <= self.content < limit:
            raise self.wrong(f"an integer from 0 to {limit - 1}")
        return self.content

    def integer_or_none(self, limit: int) -> int | None:
        """The same, or nothing."""
        return None if self.content is None else self.integer(limit)

    def shape(self) -> tuple[int, ...]:
        """The shape of an array: at most 64 axes, and fewer elements than 64 bits count."""
        axes = tuple([item.integer() for item in self.items()])
        total = 1
        for n in axes:
            total *= max(n, 1)
        if len(axes) > 64 or total >= 2**59:
            raise self.wrong("a shape of at most 64 axes and 2**59 elements")
        return axes
