"""The namespaces of array libraries: ``wengert.torch`` is the array API over PyTorch, and so on.

Most functions serve the library of the arrays that they are given and are the same in all of them. Bound to one library are
those that make arrays from nothing, those that answer questions about dtypes, and the dtypes themselves.
"""

from __future__ import annotations

import sys
from functools import partial
from types import ModuleType
from typing import Any

from . import fft, linalg, special
from .arrays.adapter import library
from .arrays.dtypes import DTYPES
from .ops import constants
from .ops.creation import Creation
from .ops.dtypes import DataTypes
from .ops.frequencies import Frequencies
from .ops.inspection import Inspection
from .ops.methods import API_VERSIONS

__all__ = ["namespace"]

CREATION = ("arange", "asarray", "empty", "eye", "from_dlpack", "full", "linspace", "ones", "tensor", "zeros")
DATA_TYPES = ("can_cast", "finfo", "iinfo", "isdtype", "result_type")
FREQUENCIES = ("fftfreq", "rfftfreq")


def namespace(module: str, name: str) -> dict[str, Any]:
    """The names of the module `module`, the namespace of the library called `name`.

    Examples
    --------
    >>> sorted(set(namespace("wengert.numpy", "numpy")) & {"zeros", "linalg", "__array_api_version__", "grad"})
    ['__array_api_version__', 'linalg', 'zeros']
    """
    top = sys.modules[__package__]
    adapter, creation, data_types = library(name), Creation(name), DataTypes(name)
    found: dict[str, Any] = {n: getattr(top, n) for n in top.__all__ if _is_of_arrays(getattr(top, n))}
    found |= {n: getattr(constants, n) for n in ("e", "inf", "nan", "newaxis", "pi")}
    found |= {n: adapter.dtype_called(n) for n in DTYPES if adapter.dtype_called(n) is not None}
    found |= {n: getattr(creation, n) for n in CREATION} | {n: getattr(data_types, n) for n in DATA_TYPES}
    if name == "numpy":  # the very functions of the top namespace
        found |= {n: getattr(top, n) for n in (*CREATION, *DATA_TYPES)}
    found |= {"linalg": linalg, "fft": _fft(module, name), "special": special, "Tensor": top.Tensor}
    found["__all__"] = sorted(found)
    found |= {"__version__": top.__version__, "__array_api_version__": API_VERSIONS[-1]}
    return found | {"__array_namespace_info__": partial(Inspection, name)}


def _is_of_arrays(value: Any) -> bool:
    """Whether a public name of `wengert` is a function of arrays, as opposed to one of the machinery of gradients."""
    return callable(value) and (getattr(value, "__module__", None) or "").startswith(f"{__package__}.ops.")


def _fft(module: str, name: str) -> Any:
    """The Fourier transforms, with frequencies that are arrays of the library."""
    if name == "numpy":
        return fft
    own = ModuleType(f"{module}.fft", fft.__doc__)
    frequencies = Frequencies(name)
    vars(own).update({n: getattr(fft, n) for n in fft.__all__} | {n: getattr(frequencies, n) for n in FREQUENCIES})
    vars(own)["__all__"] = list(fft.__all__)
    sys.modules[own.__name__] = own
    return own
