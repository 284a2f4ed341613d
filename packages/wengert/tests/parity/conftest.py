"""Makes threads take turns often."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def _often_switched() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
