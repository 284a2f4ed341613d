"""Switches that PyTorch has around its engine."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from ....autograd.modes import current
from ....autograd.tensor import Tensor as Base
from ....errors import UsageError
from ..overrides import told

__all__ = [
    "force_original_view_tracking",
    "is_multithreading_enabled",
    "is_view_replay_enabled",
    "set_multithreading_enabled",
    "unsafe_preserve_version_counter",
    "unsafe_set_version_counter",
]


class _Flag:
    """A switch that takes effect when it is made, and as a context puts back what was."""

    enabled: ClassVar[bool] = False

    def __init__(self, mode: bool) -> None:
        self.mode, self.previous = mode, type(self).enabled
        self._set(mode)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._set(self.previous)

    def _set(self, mode: bool) -> None:
        type(self).enabled = mode


class set_multithreading_enabled(_Flag):
    """Whether the engine may use several threads. Wengert's runs on the caller's thread either way.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> with torch.autograd.set_multithreading_enabled(False):
    ...     torch.autograd.is_multithreading_enabled()
    False
    """

    enabled = True

    def _set(self, mode: bool) -> None:
        told(_set_multithreading_enabled, mode)


def _set_multithreading_enabled(mode: bool) -> None:
    set_multithreading_enabled.enabled = mode


class force_original_view_tracking(_Flag):
    """Whether a view takes its new place by its own operators after its base was written to, on this thread."""

    def __init__(self, mode: bool) -> None:
        modes = current()
        self.mode, self.previous = mode, modes.view_replay
        modes.set_view_replay(mode)

    def __exit__(self, *error: object) -> None:
        current().set_view_replay(self.previous)


def is_multithreading_enabled() -> bool:
    """How `set_multithreading_enabled` stands."""
    return set_multithreading_enabled.enabled


def is_view_replay_enabled() -> bool:
    """How `force_original_view_tracking` stands."""
    return current().view_replay


# -- version counters ----------------------------------------------------------------------------------------------------
def _tensors(tensors: Any) -> tuple[Any, ...]:
    return (tensors,) if isinstance(tensors, Base) else tuple(tensors)


def unsafe_set_version_counter(tensors: Any, versions: Any) -> None:
    """Set the version counters of tensors, as if they had been written to so often."""
    for tensor, version in zip(_tensors(tensors), (versions,) if isinstance(versions, int) else versions, strict=True):
        if version < 0:
            raise UsageError(f"Cannot set a version_counter to a value below 0, got {version}")
        tensor._counter().value = version


class unsafe_preserve_version_counter:
    """Writes to `tensors` inside the block are seen by no backward."""

    def __init__(self, tensors: Any) -> None:
        self.tensors = _tensors(tensors)
        self.versions = tuple(t._version for t in self.tensors)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: object) -> None:
        unsafe_set_version_counter(self.tensors, self.versions)
