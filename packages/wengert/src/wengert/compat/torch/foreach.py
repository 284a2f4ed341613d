"""``torch._foreach_*``: a function of every tensor of a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ...autograd.tensor import Tensor as Base
from . import math
from .saved_names import noted
from .tensor import Tensor

__all__: list[str] = []  # `functions` gives them


def _each(function: Callable[..., Any], first: Sequence[Any], others: Sequence[Any], options: dict[str, Any]) -> list[Any]:
    parts = [o if isinstance(o, (list, tuple)) else [o] * len(first) for o in others]
    return [function(x, *rest, **options) for x, *rest in zip(first, *parts, strict=True)]


def _pure(name: str) -> Callable[..., Any]:
    function = getattr(math, name)

    def call(self: Sequence[Any], *others: Any, **options: Any) -> tuple[Any, ...]:
        made = _each(function, self, others, options)
        numbers = others[0] if len(others) == 1 and isinstance(others[0], (list, tuple)) else ()
        if numbers and not any(isinstance(n, Base) for n in numbers):
            made = [noted(x, scalars=tuple(numbers)) for x in made]
        return tuple(made)

    call.__name__ = call.__qualname__ = f"_foreach_{name}"
    call.__doc__ = f"`torch.{name}` of each."
    return call


def _in_place(name: str) -> Callable[..., Any]:
    def call(self: Sequence[Any], *others: Any, **options: Any) -> None:
        _each(getattr(Tensor, name), self, others, options)

    call.__name__ = call.__qualname__ = f"_foreach_{name}"
    call.__doc__ = f"The method ``{name}`` of each."
    return call


def functions() -> dict[str, Callable[..., Any]]:
    """All of them by name."""
    names = (
        "abs add addcdiv addcmul ceil cos cosh div exp expm1 floor lerp log log10 log1p log2 maximum minimum mul neg pow "
        "reciprocal round sigmoid sign sin sinh sqrt sub tan tanh trunc"
    ).split()
    made = {f"_foreach_{name}": _pure(name) for name in names}
    in_place = [f"{name}_" for name in (*names, "zero") if hasattr(Tensor, f"{name}_")]
    return made | {f"_foreach_{name}": _in_place(name) for name in in_place}
