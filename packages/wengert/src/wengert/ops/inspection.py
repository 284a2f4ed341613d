"""What a library can do: ``__array_namespace_info__()`` of its namespace."""

from __future__ import annotations

from typing import Any

from ..arrays.adapter import Adapter, library
from ..arrays.dtypes import DTYPES
from ..errors import ArgumentError

__all__ = ["Inspection"]

#: The kinds of dtypes that the standard names, and the names of the dtypes of each.
_KINDS: dict[str, tuple[str, ...]] = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": ("complex64", "complex128"),
}
_KINDS["integral"] = _KINDS["signed integer"] + _KINDS["unsigned integer"]
_KINDS["numeric"] = _KINDS["integral"] + _KINDS["real floating"] + _KINDS["complex floating"]


class Inspection:
    """The inspection functions of the array API for one library.

    Parameters
    ----------
    name : str
        The library.

    Examples
    --------
    >>> Inspection("numpy").default_dtypes()["real floating"]
    dtype('float64')
    """

    def __init__(self, name: str) -> None:
        self._adapter: Adapter = library(name)

    def _own(self) -> Any:
        """What the library says itself."""
        return self._adapter.xp.__array_namespace_info__()

    def capabilities(self) -> dict[str, Any]:
        """Whether boolean indexing and data-dependent shapes work, and how many axes an array may have."""
        return {"boolean indexing": True, "data-dependent shapes": True, "max dimensions": 64, **self._own().capabilities()}

    def default_device(self) -> Any:
        """The device of arrays that are made without naming one."""
        return self._own().default_device()

    def devices(self) -> list[Any]:
        """The devices that arrays can be on."""
        return list(self._own().devices())

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """The dtypes of numbers of Python, and of indices."""
        self._check(device)
        default = self._adapter.default_dtype
        return {
            "real floating": default(float),
            "complex floating": default(complex),
            "integral": default(int),
            "indexing": default(int),
        }

    def dtypes(self, *, device: Any = None, kind: str | tuple[str, ...] | None = None) -> dict[str, Any]:
        """The dtypes of the library by their neutral names: of a kind as in `isdtype`, of several, or all."""
        self._check(device)
        kinds = tuple(_KINDS) if kind is None else (kind,) if isinstance(kind, str) else tuple(kind)
        unknown = [k for k in kinds if k not in _KINDS]
        if unknown:
            raise ArgumentError(f"kind: expected one of {', '.join(map(repr, _KINDS))}, got {unknown[0]!r}")
        names = {name for k in kinds for name in _KINDS[k]}
        found = {name: self._adapter.dtype_called(name) for name in DTYPES if name in names}
        return {name: dtype for name, dtype in found.items() if dtype is not None}

    def _check(self, device: Any) -> None:
        if device is not None and str(device) not in {str(d) for d in self.devices()}:
            raise ArgumentError(f"device: {self._adapter.name} has {self.devices()}, got {device!r}")


def __array_namespace_info__() -> Inspection:  # noqa: N807  (the standard's name)
    """The inspection functions of the top namespace, which is NumPy's.

    Examples
    --------
    >>> __array_namespace_info__().default_device()
    'cpu'
    """
    return Inspection("numpy")
