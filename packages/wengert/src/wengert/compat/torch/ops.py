"""``torch.ops``: operators by namespace and name; of Wengert's own in ``aten``, and those that programs define."""

from __future__ import annotations

from typing import Any

from . import aten as _aten
from .aten import aten
from .autograd.profiler import record_function

__all__ = ["aten", "profiler", "put", "take"]


class profiler:
    """``torch.ops.profiler``: named spans of profiles, by two calls."""

    @staticmethod
    def _record_function_enter(name: str, args: str | None = None) -> Any:
        return record_function(name).__enter__()

    @staticmethod
    def _record_function_exit(handle: Any) -> None:
        handle.__exit__(None, None, None)

    _record_function_enter_new = _record_function_enter


class _Defined(_aten.Overload):
    """An operator that a program has defined."""

    def _computed(self, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        return self.op(*args, **options)  # type: ignore[operator,misc]

    @property
    def tags(self) -> list[Any]:
        """What it was declared with."""
        return list(getattr(self.op, "tags", ()))

    def __repr__(self) -> str:
        return self._name


class _Packet(_aten.Packet):
    """The overloads of its name, of which there is one."""

    def __init__(self, name: str, default: _Defined) -> None:
        super().__init__(name)
        self.default = default

    def __repr__(self) -> str:
        return self._name


class _Namespace:
    """Operators of one namespace."""


def put(name: str, op: Any) -> None:
    """Let ``torch.ops`` find an operator called ``namespace::name``."""
    namespace, _, own = name.partition("::")
    overload = _Defined(f"{namespace}.{own}.default", op)
    _aten.enter(op.name, overload)
    setattr(globals().setdefault(namespace, _Namespace()), own, _Packet(f"{namespace}.{own}", overload))


def take(name: str) -> None:
    """Let it be found no longer."""
    namespace, _, own = name.partition("::")
    if hasattr(globals().get(namespace), own):  # programs delete namespaces
        delattr(globals()[namespace], own)
    _aten.leave(name)
