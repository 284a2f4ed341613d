"""What programs for PyTorch switch for the whole process is as it was for the next test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import wengert.compat.torch
from wengert.autograd.modes import current


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    torch = pytest.importorskip("torch")
    for library in (torch, wengert.compat.torch):
        library.autograd.set_multithreading_enabled(True)
    current().compiler = None
