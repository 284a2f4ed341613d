"""What describes a PyTorch tensor besides its dtype: `Size`, `device`, layouts and memory formats."""

from __future__ import annotations

import math
from typing import Any, Self, SupportsIndex, overload

from ...errors import UnsupportedError, UsageError

__all__ = [
    "Size",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "device",
    "get_default_device",
    "jagged",
    "layout",
    "memory_format",
    "preserve_format",
    "set_default_device",
    "sparse_bsc",
    "sparse_bsr",
    "sparse_coo",
    "sparse_csc",
    "sparse_csr",
    "strided",
]


class Size(tuple[int, ...]):
    """A shape.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.ones(2, 3).shape, torch.Size([2, 3]).numel()
    (torch.Size([2, 3]), 6)
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        return math.prod(self)

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, key: slice, /) -> Size: ...
    def __getitem__(self, key: Any, /) -> Any:
        part = tuple.__getitem__(self, key)
        return Size(part) if isinstance(key, slice) else part

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, other))

    def __radd__(self, other: Any) -> Any:
        return Size(tuple(other) + tuple(self))

    def __mul__(self, times: SupportsIndex) -> Size:
        return Size(tuple.__mul__(self, times))

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __reduce__(self) -> Any:
        return (Size, (tuple(self),))


class device:
    """Where a tensor lives: always ``cpu``, for Wengert's arrays here are NumPy's.

    Raises
    ------
    UsageError
        For any other device.

    Examples
    --------
    >>> import wengert.compat.torch as torch
    >>> torch.ones(2).device, torch.device("cpu", 0)
    (device(type='cpu'), device(type='cpu', index=0))
    """

    __slots__ = ("_entered", "index", "type")

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        if isinstance(type, device):
            type, index = type.type, type.index
        name, _, number = str(type).partition(":")
        if name not in ("cpu", "meta"):
            raise UsageError(f"device: expected 'cpu', got {type!r}; compat.torch has no other device")
        self.type: str = name
        self.index: int | None = int(number) if number else index

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        return f"device(type={self.type!r}{'' if self.index is None else f', index={self.index}'})"

    def __reduce__(self) -> Any:
        return (device, (self.type, self.index))


def checked_device(wanted: Any) -> None:
    """Raise unless tensors can be made on `wanted`."""
    if wanted is not None and device(wanted).type != "cpu":
        raise UnsupportedError(f"device: tensors are made on 'cpu' only, got {wanted!r}")


def get_default_device() -> device:
    """Where tensors are made."""
    return device("cpu")


def set_default_device(device: Any) -> None:
    """Accept ``"cpu"``, or None for it."""
    checked_device(device)


class _Named:
    """A constant that prints as its name."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> str:
        return self._name


class layout(_Named):
    """How elements are stored; all of Wengert's tensors are `strided`."""

    __slots__ = ()


class memory_format(_Named):
    """In which order the elements of a new tensor are stored."""

    __slots__ = ()


strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
sparse_csc = layout("sparse_csc")
sparse_bsr = layout("sparse_bsr")
sparse_bsc = layout("sparse_bsc")
jagged = layout("jagged")

contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")
