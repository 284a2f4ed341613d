"""How PyTorch calls linear algebra: which matrices it takes, and that it raises RuntimeError for the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...errors import ArgumentError, UsageError
from .calling import as_tensor, function

__all__ = ["matrices", "spelled"]


def spelled(body: Callable[..., Any]) -> Callable[..., Any]:
    """`body` as PyTorch's function; an argument that Wengert refuses is a RuntimeError, as it is there."""

    def call(*args: Any, **options: Any) -> Any:
        try:
            return body(*args, **options)
        except ArgumentError as error:
            if isinstance(error, RuntimeError | IndexError):
                raise
            raise UsageError(str(error)) from error

    call.__name__ = call.__qualname__ = body.__name__
    call.__doc__, call.__module__ = body.__doc__, body.__module__
    return function(call)


def matrices(name: str, A: Any, least: int = 2) -> Any:
    """`A`, if it is of a dtype and of as many axes as linear algebra takes.

    Raises
    ------
    UsageError
        If not.
    """
    A = as_tensor(A)
    if A._dtype.kind in "biu":
        raise UsageError(f"linalg.{name}: Expected a floating point or complex tensor as input. Got {A.dtype}")
    if A.ndim < least:
        raise UsageError(f"linalg.{name}: The input tensor A must have at least {least} dimensions, got {A.ndim}")
    return A
