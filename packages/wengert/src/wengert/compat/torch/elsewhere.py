"""Parts of PyTorch that are not here: programs may ask whether they are, and are told no."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from ...errors import UnsupportedError

__all__ = ["absent"]


def absent(name: str) -> Callable[..., NoReturn]:
    """A function or class that PyTorch has and Wengert does not; calling it says so."""

    def call(*args: Any, **options: Any) -> NoReturn:
        raise UnsupportedError(f"{name} is not supported by wengert.compat.torch")

    call.__name__ = call.__qualname__ = name.rpartition(".")[2]
    call.__doc__ = "Not supported: raises UnsupportedError."
    return call
