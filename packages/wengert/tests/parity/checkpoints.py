"""What programs about checkpoints begin with."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

from .facade import Library, Log


def tools(lib: Library) -> Any:
    """The library's module of checkpoints."""
    return importlib.import_module(f"{lib.name}.utils.checkpoint")


def checkpoint(lib: Library, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """A checkpoint that is not reentrant, unless `options` say so."""
    return tools(lib).checkpoint(function, *args, **{"use_reentrant": False, **options})


def logged(log: Log, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which logs when it begins and when it ends."""

    def run(*args: Any, **kwargs: Any) -> Any:
        log(f"{name} begins")
        result = function(*args, **kwargs)
        log(f"{name} ends")
        return result

    return run


@contextmanager
def noted(log: Log, name: str) -> Any:
    """A context that logs when it is entered and left."""
    log(f"enter {name}")
    try:
        yield
    finally:
        log(f"leave {name}")


def draw(lib: Library, count: int) -> Any:
    """Random numbers."""
    return lib.module.rand(count, dtype=lib.module.float64) if lib.name == "torch" else lib.module.random.uniform(count)
