"""The libraries that Wengert is measured against; one that is not installed leaves its column empty."""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any

import numpy as np

__all__ = ["TITLES", "load", "same_values", "versions"]

#: Columns of the table: name here, title.
TITLES = {
    "wengert": "Wengert",
    "torch": "PyTorch",
    "autograd": "autograd",
    "mygrad": "MyGrad",
    "jax": "JAX eager",
    "jit": "JAX jit",
    "compile": "torch.compile",
    "numpy": "NumPy by hand",
    "raw": "raw call",
}

#: Of which the versions are told.
_DISTRIBUTIONS = {
    "wengert": "Wengert",
    "torch": "PyTorch",
    "autograd": "autograd",
    "mygrad": "MyGrad",
    "jax": "JAX",
    "numpy": "NumPy",
    "dask": "Dask",
}

_loaded: dict[str, Any] = {}


def load(name: str) -> Any:
    """The module, or None if it is not installed."""
    if name not in _loaded:
        try:
            _loaded[name] = importlib.import_module(name)
        except ImportError:
            _loaded[name] = None
        if name == "jax" and _loaded[name] is not None:
            _loaded[name].config.update("jax_enable_x64", True)
            _loaded[name].config.update("jax_platforms", "cpu")
    return _loaded[name]


def versions() -> str:
    """The versions that were measured, in one line."""
    found = []
    for name, title in _DISTRIBUTIONS.items():
        try:
            found.append(f"{title} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            found.append(f"{title} not installed")
    return ", ".join(found)


def same_values(values: dict[str, Any], rtol: float = 1e-9) -> None:
    """Raise if the libraries did not compute the same: a comparison of different work is worth nothing."""
    reference = _arrays(values["wengert"])
    for name, value in values.items():
        found = _arrays(value)
        if len(found) != len(reference):
            raise AssertionError(f"{name} gave {len(found)} results, wengert {len(reference)}")
        for number, (a, b) in enumerate(zip(found, reference, strict=True)):
            scale = float(np.max(np.abs(b), initial=0.0))
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale, err_msg=f"result {number} of {name} and of wengert")


def _arrays(value: Any) -> list[np.ndarray]:
    if isinstance(value, (list, tuple)):
        return [array for item in value for array in _arrays(item)]
    if hasattr(value, "detach"):
        value = value.detach()
    if hasattr(value, "numpy"):
        value = value.numpy()
    return [np.asarray(getattr(value, "data", value) if type(value).__module__.startswith("mygrad") else value)]
