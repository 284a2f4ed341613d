"""How arrays come from NumPy to PyTorch and back: in the memory where they lie, wherever both can look at it (DLPack)."""

from __future__ import annotations

import functools
from typing import Any, Protocol

import numpy as np
import torch

from ..arrays.adapter import Adapter, library
from ..errors import ArgumentError, DtypeError, LibraryError

__all__ = ["Crossing", "Same", "Shared", "crossing_of", "shares_memory"]


class Crossing(Protocol):
    """How raw arrays of Wengert's tensors become PyTorch's tensors, which are in no graph, and how these become arrays again."""

    #: The library of Wengert's arrays.
    adapter: Adapter

    def there(self, array: Any, name: object) -> torch.Tensor:
        """`array` for PyTorch; `name` is what messages call it."""
        ...

    def back(self, tensor: torch.Tensor, name: object) -> Any:
        """The inverse."""
        ...


class Same:
    """Wengert's tensors hold PyTorch's already."""

    def __init__(self) -> None:
        self.adapter = library("torch")

    def there(self, array: Any, name: object) -> torch.Tensor:
        """Another tensor on the same memory, with the same version counter."""
        return array.detach()

    def back(self, tensor: torch.Tensor, name: object) -> Any:
        """Another tensor on the same memory, with the same version counter."""
        _check_memory(tensor, name)
        return tensor.detach()


class Shared:
    """Wengert's tensors hold NumPy's arrays."""

    def __init__(self) -> None:
        self.adapter = library("numpy")

    def there(self, array: Any, name: object) -> torch.Tensor:
        """A tensor in the memory of `array`, or a copy of what PyTorch cannot describe or must not write to.

        Raises
        ------
        DtypeError
            If PyTorch has no such dtype.
        """
        array = np.asarray(array)
        # Asked before: PyTorch has no negative steps, and ends the process when it meets one. It has no read-only memory either.
        if not array.flags.writeable or any(step < 0 or step % array.itemsize for step in array.strides):
            array = array.copy()
        try:
            return torch.from_dlpack(array)
        except (BufferError, RuntimeError, TypeError, ValueError) as error:
            raise DtypeError(f"{name} is of dtype {array.dtype}, which PyTorch does not have ({error}); cast it") from error

    def back(self, tensor: torch.Tensor, name: object) -> Any:
        """An array in the memory of `tensor`; a copy of one that is marked as conjugate or negative, and not yet computed.

        Raises
        ------
        ArgumentError
            If it does not lie in the memory of the CPU, or not as strides say.
        DtypeError
            If NumPy has no such dtype.
        """
        if tensor.device.type != "cpu":
            raise ArgumentError(
                f"{name} is on the device {tensor.device}, and NumPy's arrays are on the CPU: move it there, or let Wengert "
                "compute with PyTorch's tensors (wengert.torch, library='torch')"
            )
        _check_memory(tensor, name)
        try:
            plain = tensor.detach()
            return np.from_dlpack(plain.resolve_conj().resolve_neg() if plain.is_conj() or plain.is_neg() else plain)
        except (BufferError, RuntimeError, TypeError, ValueError) as error:
            raise DtypeError(
                f"{name} is of dtype {tensor.dtype}, which NumPy does not have ({error}); cast it, or let Wengert compute with "
                "PyTorch's tensors (wengert.torch, library='torch')"
            ) from error


def _check_memory(tensor: torch.Tensor, name: object) -> None:
    """Raise unless `tensor` is memory with strides."""
    if tensor.layout is not torch.strided:
        raise ArgumentError(f"{name} has the layout {tensor.layout}, expected torch.strided: call to_dense()")
    try:
        tensor.data_ptr()
    except RuntimeError as error:
        raise LibraryError(
            f"{name} has no values yet: PyTorch traces, or has wrapped it (torch.func, torch.compile), and cannot look into "
            "functions of Wengert; use torch.autograd.grad, or torch.compiler.disable(to_torch(...))"
        ) from error


_CROSSINGS: dict[str, type[Crossing]] = {"numpy": Shared, "torch": Same}


@functools.cache
def _made(name: str) -> Crossing:
    return _CROSSINGS[name]()


def crossing_of(adapter: Adapter, name: object) -> Crossing:
    """How arrays of that library cross.

    Raises
    ------
    LibraryError
        If they do not; `name` is what the message calls them.
    """
    if adapter.name in _CROSSINGS:
        return _made(adapter.name)
    raise LibraryError(f"{name}: expected arrays of numpy or torch, got {adapter.name}; convert them explicitly")


def shares_memory(first: torch.Tensor, second: torch.Tensor) -> bool:
    """Whether the two have memory in common, whichever library knows it by which object."""
    if not first.numel() or not second.numel() or first.device != second.device:
        return False
    (start, end), (begin, stop) = _span(first), _span(second)
    return start < stop and begin < end


def _span(tensor: torch.Tensor) -> tuple[int, int]:
    """The addresses of the first byte of its memory and of the one after the last."""
    storage = tensor.untyped_storage()
    start = storage.data_ptr()
    return start, start + storage.nbytes()
