"""``torch.accelerator``: there is no such device here."""

from typing import Any

from .elsewhere import absent

__all__ = ["current_accelerator", "device_count", "is_available"]


def is_available() -> bool:
    """False."""
    return False


def current_accelerator(check_available: bool = False) -> None:
    """None: there is no such device."""


def device_count() -> int:
    """None of them."""
    return 0


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return absent(f"torch.accelerator.{name}")
