"""Registers the marker of deliberate differences."""

from __future__ import annotations

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, also under --strict-markers."""
    config.addinivalue_line(
        "markers",
        "deliberate_difference(wart, reason, torch, wengert): Wengert differs from PyTorch here on purpose; "
        "carries both logs, from which the page of differences is made",
    )
