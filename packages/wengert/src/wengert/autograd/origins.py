"""Which line of the user's program registered a hook or recorded a node."""

from __future__ import annotations

import inspect
import sys
from typing import Any, NamedTuple

__all__ = ["Origin", "caller_origin", "function_name", "type_name"]

_PACKAGE = __name__.partition(".")[0]
_DEMOS = _PACKAGE + ".demos"  # they come with the package, but what they do is what users do


class Origin(NamedTuple):
    """A line of the user's program."""

    filename: str
    line: int

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}"


def caller_origin() -> Origin:
    """The innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    return Origin(frame.f_code.co_filename, frame.f_lineno)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == _PACKAGE and not module.startswith(_DEMOS)


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
