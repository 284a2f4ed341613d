"""Registers the marker of deliberate differences; makes threads take turns often."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also under --strict-markers."""
    config.addinivalue_line(
        "markers",
        "deliberate_difference(wart, reason, torch, wengert): Wengert differs from PyTorch here on purpose; "
        "carries both logs, from which the page of differences is made",
    )


@pytest.fixture
def _often_switched() -> Iterator[None]:
    """Threads take turns as often as the interpreter lets them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
