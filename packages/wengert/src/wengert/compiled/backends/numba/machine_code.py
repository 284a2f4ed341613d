"""From the source of loops to a function of machine code, which is kept on disk where there is a cache.

Numba compiles a function that calls nothing but an intrinsic, of which the source is the body. Its own cache is for functions in
files. So that function goes into a file, whose name says what is in the source, and what it depends on: versions, and how sources
are compiled. The function has a name of its own, since Numba tells functions of one module apart by their names.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import platform
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
from .vector_math import libmvec

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


def machine_function(source: str, name: str, *, called: bool = False) -> Any:
    """The function called `name` in `source`, compiled when it is called.

    One that is `called` by others is no part of them: what it says of its memory holds for one call only.
    """
    body, arguments = intrinsic_of(source, called=called)
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
    text = call.replace(f"def {name}(", f"def {own}(", 1) + "\n\n\n# body:\n# " + source.replace("\n", "\n# ")
    path = folder / f"{own}.py"
    write_once(path, text + "\n")
    # A module that the next process can import: from there Numba takes the globals of what it loads.
    function = execute(text, str(path), {**namespace, "__name__": __package__})[own]
    made: Any = numba.njit(function, error_model="numpy")
    made._cache = _Cache(function)
    return made


@functools.cache
def _versions() -> str:
    """What else machine code depends on; Numba itself tells processors apart. What it calls is loaded."""
    folder = Path(__file__).parent
    helpers = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.py")))).hexdigest()
    vectors = platform.libc_ver() if libmvec() is not None else ()
    return f"{sys.version} NumPy {np.__version__} Numba {numba.__version__} {vectors} {helpers}"
