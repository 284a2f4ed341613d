"""From the source of loops to a function of machine code, which is kept on disk where there is a cache.

Numba's own cache is for functions in files. So the source goes into a file, whose name says what is in it, and what it depends
on: versions, and the functions that loops call. The function has a name of its own, since Numba tells functions of one module
apart by their names.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core.caching import FunctionCache

from ....op_source import execute
from ...disk_cache import folder_for, unusable, write_once
from .lowering import intrinsic_of

__all__ = ["machine_function"]

_names = itertools.count().__next__


class _Cache(FunctionCache):  # type: ignore[misc]
    """Numba's cache of one function. Where it fails, the function is compiled as without."""

    def load_overload(self, *args: Any) -> Any:
        return self._tried(super().load_overload, *args)

    def save_overload(self, *args: Any) -> None:
        self._tried(super().save_overload, *args)

    def _tried(self, method: Callable[..., Any], *args: Any) -> Any:
        try:
            return method(*args)
        except Exception as error:  # noqa: BLE001 - files may hold anything
            self.disable()
            unusable(f"{type(error).__name__}: {error}")
            return None


def machine_function(source: str, name: str) -> Any:
    """The function called `name` in `source`, compiled when it is called."""
    body, arguments = intrinsic_of(source)
    call = f"def {name}({', '.join(arguments)}):\n    body({', '.join(arguments)})"
    namespace = {"body": body}
    folder = folder_for("numba")
    if folder is not None:
        try:
            return _kept(folder, source, call, name, namespace)
        except (OSError, RuntimeError) as error:  # RuntimeError: Numba finds no place for its files
            unusable(str(error))
    number = _names()
    own = {**namespace, "__name__": f"wengert.generated.{name}_{number}"}
    return numba.njit(execute(call, f"<wengert {name} {number}>", own)[name], error_model="numpy")


def _kept(folder: Path, source: str, call: str, name: str, namespace: dict[str, Any]) -> Any:
    digest = hashlib.sha256(f"{_versions()}\n{source}".encode()).hexdigest()[:32]
    own = f"{name}_{digest}"
    text = call.replace(f"def {name}(", f"def {own}(", 1)
    path = folder / f"{own}.py"
    write_once(path, text + "\n")
    # A module that the next process can import: from there Numba takes the globals of what it loads.
    function = execute(text, str(path), {**namespace, "__name__": __package__})[own]
    made: Any = numba.njit(function, error_model="numpy")
    made._cache = _Cache(function)
    return made


@functools.cache
def _versions() -> str:
    """What else machine code depends on; Numba itself tells processors apart."""
    folder = Path(__file__).parent
    helpers = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))).hexdigest()
    return f"{sys.version} NumPy {np.__version__} Numba {numba.__version__} {helpers}"
