"""Wengert beside other automatic differentiation: functions of theirs in its graph, and its functions in theirs.

==========================================  ======================================================================
`wengert.interop.torch.from_torch`          a function or module of PyTorch as an operator of Wengert
`wengert.interop.torch.to_torch`            a function of Wengert as an operator of PyTorch
`wengert.interop.jax.from_jax`              a function of JAX as an operator of Wengert
`wengert.interop.jax.to_jax`                a function of Wengert as one of JAX, also under ``jax.jit``
==========================================  ======================================================================

Each of the two modules needs its library; this package imports neither.
"""

from __future__ import annotations

import importlib
from typing import Any

__all__: list[str] = []  # looking at every public name must import neither library


def __getattr__(name: str) -> Any:
    if name in ("jax", "torch"):
        return importlib.import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
