"""What docstrings say that comes out of something does."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import gazetteer


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(gazetteer.__path__, "gazetteer."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def test_examples_hold() -> None:
    tried, wrong = 0, []
    for module in _modules():
        done = doctest.testmod(module)
        tried += done.attempted
        wrong += [module.__name__] if done.failed else []
    assert not wrong
    assert tried > 200
