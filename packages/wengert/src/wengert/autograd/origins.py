"""Which line of the user's program registered a hook or recorded a node."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

__all__ = ["Origin", "caller_origin", "function_name"]

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
    code = getattr(fn, "__code__", None)
    name = getattr(fn, "__name__", None) or f"<unknown {type(fn).__name__}>"
    return f"{name!r} ({code.co_filename}:{code.co_firstlineno})" if code is not None else repr(name)
