"""``wengert doctor``: which array libraries, compilers and devices are usable here, and how to get the rest."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from .arrays.adapter import LIBRARIES

__all__ = ["Finding", "findings"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes
    ----------
    part : str
        ``"array library"``, ``"compiler"``, ``"device"`` or ``"package"``.
    name, version : str
        What was looked for, and the version that is installed; empty if none is.
    usable : bool
        Whether this version of Wengert works with it, here and now.
    note : str
        Why not, or how to add it.
    """

    part: str
    name: str
    version: str
    usable: bool
    note: str


#: distribution, module, what it is for.
_LIBRARIES = (
    ("numpy", "numpy", "NumPy arrays"),
    ("torch", "torch", "PyTorch arrays"),
    ("jax", "jax", "JAX arrays"),
    ("cupy", "cupy", "CuPy arrays"),
    ("dask", "dask", "Dask arrays"),
)
_COMPILERS = (("numba", "numba", "numba"), ("jax", "jax", "xla"), ("torch", "torch", "inductor"))
_PACKAGES = (
    ("optree", "optree", "nested inputs", ""),
    ("scipy", "scipy", "special functions", "special"),
    ("blosc2", "blosc2", "compressed saved tensors", "compress"),
    ("scikit-learn", "sklearn", "the demo's data", "demo"),
    ("matplotlib", "matplotlib", "the demo's picture", "demo"),
    ("rich", "rich", "the terminal", "demo"),
    ("typer", "typer", "the terminal", "demo"),
)


def findings() -> list[Finding]:
    """Look at everything, importing nothing."""
    return [*_libraries(), *_compilers(), *_devices(), *_packages()]


def _libraries() -> list[Finding]:
    found = []
    for distribution, module, what in _LIBRARIES:
        version, supported = _version(distribution, module), module in LIBRARIES
        if not supported:
            note = "this version of Wengert has no adapter for it yet"
        elif not version:
            note = f"pip install 'wengert[{module}]'"
        else:
            note = what
        found.append(Finding("array library", module, version, bool(version) and supported, note))
    return found


def _compilers() -> list[Finding]:
    has_backends = importlib.util.find_spec(f"{__package__}.compiled") is not None
    found = []
    for distribution, module, backend in _COMPILERS:
        version = _version(distribution, module)
        if not has_backends:
            note = "this version of Wengert has no compiled backward yet"
        elif not version:
            note = f"pip install 'wengert[{module}]'"
        else:
            note = f"backend {backend!r}"
        found.append(Finding("compiler", backend, version, bool(version) and has_backends, note))
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    found.append(Finding("compiler", "C compiler", compiler or "", bool(compiler), "" if compiler else "apt install gcc"))
    return found


def _devices() -> list[Finding]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = [Finding("device", "cpu", platform.machine(), True, f"{cores} core(s)")]
    gpu = any(Path("/dev").glob("nvidia[0-9]*"))
    if not gpu:
        note = "no NVIDIA GPU is visible on this machine"
    else:
        note = "Wengert reaches it through an array library that does; none with an adapter is usable yet"
    found.append(Finding("device", "cuda", "", gpu and any(n in LIBRARIES for n in ("cupy", "torch", "jax")), note))
    return found


def _packages() -> list[Finding]:
    found = []
    for distribution, module, what, extra in _PACKAGES:
        version = _version(distribution, module)
        how = f"pip install 'wengert[{extra}]'" if extra else f"pip install {distribution}"
        found.append(Finding("package", distribution, version, bool(version), f"for {what}" + ("" if version else f": {how}")))
    return found


def _version(distribution: str, module: str) -> str:
    """The installed version, without importing anything; empty if it is not installed."""
    if importlib.util.find_spec(module) is None:
        return ""
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "unknown version"
