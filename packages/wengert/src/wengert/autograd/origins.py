"""Which line of the user's program registered a hook or recorded a node."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Collection
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

__all__ = ["Origin", "caller_origin", "caller_position", "function_name", "origin_at", "short_name", "type_name"]

_PACKAGE = __name__.partition(".")[0]
_FOLDER = str(Path(__file__).parent.parent) + os.sep
#: Where the code of a frame of this package is: in its folder, or generated from the declaration of an operator.
_OURS = (_FOLDER, f"<{_PACKAGE} ")
_DEMOS = _FOLDER + "demos" + os.sep  # they come with the package, but what they do is what users do


class Origin(NamedTuple):
    """A line of the user's program."""

    filename: str
    line: int

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}"


Position = tuple[CodeType, int]


def caller_position() -> Position:
    """Where the innermost frame outside this package stands: its code, and how far it has come.

    `origin_at` makes a line of it. That takes longer than all the rest of registering a hook, and is rarely asked for.
    """
    frame = sys._getframe(2)
    filename = frame.f_code.co_filename
    while filename.startswith(_OURS) and not filename.startswith(_DEMOS) and frame.f_back is not None:
        frame = frame.f_back
        filename = frame.f_code.co_filename
    return frame.f_code, frame.f_lasti


def origin_at(position: Position) -> Origin:
    """The line that a position is on."""
    code, instruction = position
    for start, end, line in code.co_lines():
        if start <= instruction < end and line is not None:
            return Origin(code.co_filename, line)
    return Origin(code.co_filename, code.co_firstlineno)


def caller_origin(others: Collection[str] = ()) -> Origin:
    """The line of the innermost frame outside this package, and outside of the packages `others` if there is one."""
    nearest = caller_position()
    if not others:
        return origin_at(nearest)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (_is_ours(frame) or frame.f_globals.get("__name__", "").partition(".")[0] in others):
        frame = frame.f_back
    return origin_at(nearest if frame is None else (frame.f_code, frame.f_lasti))


def _is_ours(frame: FrameType) -> bool:
    filename = frame.f_code.co_filename
    return filename.startswith(_OURS) and not filename.startswith(_DEMOS)


def short_name(fn: Any) -> str:
    """The function's name, or that of its type."""
    return getattr(fn, "__name__", None) or type(fn).__name__


def function_name(fn: Any) -> str:
    """The function's name, with the line that defines it where Python knows it."""
    name = getattr(fn, "__name__", None) or f"<unknown {type(fn).__name__}>"
    code = getattr(inspect.unwrap(fn) if callable(fn) else fn, "__code__", None)
    return f"{name!r} ({code.co_filename}:{code.co_firstlineno})" if code is not None else repr(name)


def type_name(value: Any) -> str:
    """The name of its type, with the package that it is from: many libraries have a Tensor."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    return kind.__qualname__ if package in ("builtins", _PACKAGE, "__main__") else f"{package}.{kind.__qualname__}"
