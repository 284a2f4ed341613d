"""Names of PyTorch's that stand for what is not here: they can be asked for, and calling them says so."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from ...errors import UnsupportedError
from .elsewhere import absent

__all__ = [
    "Event", "Stream", "autocast", "get_device_module", "get_num_threads", "is_warn_always_enabled",
    "nested", "set_num_threads", "set_printoptions", "set_warn_always", "sparse_coo_tensor", "sparse_csr_tensor",
    "use_deterministic_algorithms",
]  # fmt: skip


def _namespace(name: str, functions: str) -> SimpleNamespace:
    return SimpleNamespace(**{f: absent(f"torch.{name}.{f}") for f in functions.split()})


Event, Stream, sparse_coo_tensor, sparse_csr_tensor = (
    absent(f"torch.{name}") for name in "Event Stream sparse_coo_tensor sparse_csr_tensor".split()
)
nested = _namespace("nested", "nested_tensor as_nested_tensor nested_tensor_from_jagged")


@contextlib.contextmanager
def autocast(device_type: str, dtype: Any = None, enabled: bool = True, cache_enabled: bool | None = None) -> Iterator[None]:
    """Does nothing where it is not enabled; else raises UnsupportedError."""
    if enabled:
        raise UnsupportedError("autocast is not supported: operators compute in the dtypes that they are given")
    yield


def get_device_module(device: Any = None) -> Any:
    """Raises RuntimeError: no device has a module but the CPU."""
    raise UnsupportedError(f"get_device_module: there is no module for the device {device}")


class _Warnings:
    always = False


def set_warn_always(b: bool) -> None:
    """Taken note of; Python's own filters decide here."""
    _Warnings.always = bool(b)


def is_warn_always_enabled() -> bool:
    """What `set_warn_always` was told."""
    return _Warnings.always


def get_num_threads() -> int:
    """1: NumPy decides by itself."""
    return 1


def set_num_threads(int: int) -> None:
    """Changes nothing: NumPy decides by itself."""


def set_printoptions(**options: Any) -> None:
    """Changes nothing: tensors are shown with four digits."""


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Changes nothing: all algorithms are deterministic."""
