"""``torch._dynamo.device_interface``: devices beside the CPU, of which there are none."""

from __future__ import annotations

from typing import Any, NoReturn

from ....errors import UnsupportedError

__all__ = ["get_interface_for_device"]


def get_interface_for_device(device: Any) -> NoReturn:
    """Raises UnsupportedError: there is no device that would need one."""
    raise UnsupportedError(f"get_interface_for_device: device: there is only the CPU, got {device}")
