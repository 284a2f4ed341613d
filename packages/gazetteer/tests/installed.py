"""What tests need that an extra brings: they are skipped where it is missing, and say so."""

from __future__ import annotations

import pytest

from gazetteer.grammars import EXTRA
from gazetteer.lang.table import lacks


def need(language: str) -> None:
    """Skip the test that asks where the grammar of a language is not installed."""
    if module := language and lacks(language):
        pytest.skip(f"{module} is not installed: pip install 'gazetteer[{EXTRA}]'")
