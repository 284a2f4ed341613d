"""Modules of settings: attributes that programs set, for good or inside of a block."""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import ContextDecorator
from types import ModuleType
from typing import Any, Self

from ...errors import UsageError

__all__ = ["Patch", "patch_of"]

_ABSENT = object()


class Patch(ContextDecorator):
    """A context, or a decorator, in which settings have other values.

    Parameters
    ----------
    module : module
        Whose attributes they are.
    changes : dict
        Values by name. A name with dots is an attribute of an attribute.
    """

    def __init__(self, module: ModuleType, changes: dict[str, Any]) -> None:
        self.module, self.changes = module, changes
        self._before: list[dict[str, Any]] = []

    def _place(self, name: str) -> tuple[Any, str]:
        *path, last = name.split(".")
        return functools.reduce(getattr, path, self.module), last

    def __enter__(self) -> Self:
        before = {}
        for name, value in self.changes.items():
            holder, last = self._place(name)
            before[name] = getattr(holder, last, _ABSENT)
            setattr(holder, last, value)
        self._before.append(before)
        return self

    def __exit__(self, *error: object) -> None:
        for name, value in self._before.pop().items():
            holder, last = self._place(name)
            if value is _ABSENT:
                delattr(holder, last)
            else:
                setattr(holder, last, value)


def patch_of(module: ModuleType) -> Callable[..., Patch]:
    """The function ``patch`` of a module of settings.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> with torch._dynamo.config.patch(compiled_autograd=True):
    ...     torch._dynamo.config.compiled_autograd
    True
    >>> torch._dynamo.config.compiled_autograd
    False
    """

    def patch(name: str | dict[str, Any] | None = None, value: Any = _ABSENT, /, **settings: Any) -> Patch:
        """A context, or a decorator: ``patch(name=value)``, ``patch("name", value)`` or ``patch({"name": value})``."""
        if isinstance(name, dict):
            settings = {**name, **settings}
        elif name is not None:
            if value is _ABSENT:
                raise UsageError(f"patch: value: the setting {name!r} was given none")
            settings = {name: value, **settings}
        return Patch(module, settings)

    return patch
