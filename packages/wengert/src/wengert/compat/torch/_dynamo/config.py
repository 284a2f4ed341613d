"""``torch._dynamo.config``: settings of a compiler that is not here."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

__all__ = ["patch"]


@contextlib.contextmanager
def patch(*args: Any, **options: Any) -> Iterator[None]:
    """A context, or a decorator, that changes nothing."""
    yield
