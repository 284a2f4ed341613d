"""Operators that PyTorch has for its own tests, with derivatives that nobody would want otherwise."""

from __future__ import annotations

import warnings
from typing import Any

from .autograd.function import Function
from .shapes import view

__all__ = [
    "_test_autograd_multiple_dispatch",
    "_test_autograd_multiple_dispatch_view",
    "_test_autograd_multiple_dispatch_view_copy",
    "_test_warn_in_autograd",
]


class _Warns(Function):
    """A copy whose derivative warns."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        warnings.warn("Warn from backward", stacklevel=2)
        return grads[0]


class _PlusOne(Function):
    """A copy whose gradient is one too large."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads[0] + 1

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Any:
        return tangents[0] + 1


def _test_warn_in_autograd(self: Any) -> Any:
    return _Warns.apply(self)


def _test_autograd_multiple_dispatch(self: Any, b: bool | None = None) -> Any:
    """A copy: with its true derivative if `b` is given, which picks another overload, otherwise with one of its own."""
    return _PlusOne.apply(self) if b is None else self.clone()


def _test_autograd_multiple_dispatch_view(self: Any) -> Any:
    return view(self, -1)


def _test_autograd_multiple_dispatch_view_copy(self: Any) -> Any:
    return view(self, -1).clone()
