"""Contexts that say where the tensors saved for the backward are kept (rules S3, S5)."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..arrays.adapter import Adapter, adapter_of
from ..arrays.numpy import read_host, write_host
from ..errors import ArgumentError, SavedTensorError, SavedTensorTypeError
from .modes import current
from .saved import HookPair
from .tensor import wrap

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["disable_saved_tensors_hooks", "save_on_cpu", "save_on_disk", "saved_tensors_hooks"]


class saved_tensors_hooks(HookPair):
    """Within this context, tensors saved for the backward are packed by one function and unpacked by another.

    Parameters
    ----------
    pack_hook : callable
        ``pack_hook(tensor) -> object``, called once when a tensor is saved, without recording. It must not modify the tensor.
    unpack_hook : callable
        ``unpack_hook(object) -> Tensor`` with the same values, called whenever the saved tensor is asked for.

    Notes
    -----
    Contexts nest: the innermost pair is used. The pair stays with what it packed when the context has ended.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().tolist(), lambda values: wg.tensor(values)):
    ...     with wg.no_grad():
    ...         pass
    ...     y = (x.detach() * x).sum()
    >>> y.backward()
    >>> x.grad.tolist()
    [1.0, 2.0]
    """

    def __enter__(self) -> None:
        for name in ("pack_hook", "unpack_hook"):
            if not callable(getattr(self, name)):
                raise SavedTensorTypeError(f"saved_tensors_hooks: {name} must be callable, got {getattr(self, name)!r}")
        modes = current()
        if modes.disabled_saved_hooks:
            raise SavedTensorError(modes.disabled_saved_hooks[-1])
        modes.saved_hooks.append(self)
        modes.refresh()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        modes = current()
        modes.saved_hooks.pop()
        modes.refresh()


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within this context, entering ``saved_tensors_hooks`` raises an error with this message.

    Raises
    ------
    SavedTensorError
        At once, if such hooks are in force already.

    Examples
    --------
    >>> import wengert as wg
    >>> with wg.autograd.graph.disable_saved_tensors_hooks("not here"):
    ...     with wg.autograd.graph.save_on_cpu():
    ...         pass
    Traceback (most recent call last):
    ...
    wengert.errors.SavedTensorError: not here
    """
    modes = current()
    if modes.saved_hooks:
        raise SavedTensorError(error_message)
    modes.disabled_saved_hooks.append(error_message)
    try:
        yield
    finally:
        modes.disabled_saved_hooks.pop()


class save_on_cpu(saved_tensors_hooks):
    """Keep saved tensors in host memory, and move them back to their device when the backward needs them.

    Parameters
    ----------
    pin_memory : bool
        Use page-locked memory where the array library has it. NumPy arrays live in host memory already and stay where they are.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.autograd.graph.save_on_cpu():
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad.tolist()
    [2.0, 4.0]
    """

    def __init__(self, pin_memory: bool = False, device_type: str | None = None) -> None:
        self.pin_memory = pin_memory

        def pack(tensor: Tensor) -> tuple[Adapter, Any, Any]:
            adapter = adapter_of(tensor._array)
            return adapter, adapter.device(tensor._array), adapter.to_host(tensor._array)

        def unpack(packed: tuple[Adapter, Any, Any]) -> Tensor:
            adapter, device, host = packed
            return wrap(adapter.from_host(host, device))

        super().__init__(pack, unpack)


class save_on_disk(saved_tensors_hooks):
    """Keep saved tensors in files, and read them back when the backward needs them. PyTorch has no such thing.

    Parameters
    ----------
    directory : path, optional
        Where the files go, in a new folder of their own. Default: the system's folder for temporary files.
    min_bytes : int
        Smaller tensors stay in memory.

    Notes
    -----
    A file is removed as soon as nothing refers to what it holds: when the node is released, or dies.

    Raises
    ------
    ArgumentError
        If `directory` is no directory.
    OSError
        At the operator that saves, if the file cannot be written; the operator is then not recorded.

    Examples
    --------
    >>> import wengert as wg
    >>> x = wg.tensor([1.0, 2.0], requires_grad=True)
    >>> with wg.autograd.graph.save_on_disk():
    ...     y = (x * x).sum()
    >>> y.backward()
    >>> x.grad.tolist()
    [2.0, 4.0]
    """

    def __init__(self, directory: str | os.PathLike[str] | None = None, *, min_bytes: int = 0) -> None:
        if directory is not None and not Path(directory).is_dir():
            raise ArgumentError(f"directory: {os.fspath(directory)!r} is not a directory")
        folder = _Folder(directory)
        self.directory = folder.name

        def pack(tensor: Tensor) -> Any:
            array = tensor._array
            return tensor.detach() if array.nbytes < min_bytes else _OnDisk(array, folder)

        def unpack(packed: Any) -> Tensor:
            return packed.read() if isinstance(packed, _OnDisk) else packed

        super().__init__(pack, unpack)


class _Folder:
    """A new folder, removed when the context and the last file in it are gone.

    Not a ``tempfile.TemporaryDirectory``: that warns when nobody closes it, and here nobody is meant to.
    """

    __slots__ = ("__weakref__", "name")

    def __init__(self, parent: str | os.PathLike[str] | None) -> None:
        self.name = tempfile.mkdtemp(prefix="wengert-saved-", dir=parent)
        weakref.finalize(self, shutil.rmtree, self.name, ignore_errors=True)


class _OnDisk:
    """An array in a file that dies with this object."""

    __slots__ = ("adapter", "device", "folder", "path")

    def __init__(self, array: Any, folder: _Folder) -> None:
        self.adapter = adapter_of(array)
        self.device = self.adapter.device(array)
        self.folder = folder
        handle, self.path = tempfile.mkstemp(suffix=".npy", dir=folder.name)
        with os.fdopen(handle, "wb") as file:
            write_host(file, self.adapter.to_host(array))

    def read(self) -> Tensor:
        return wrap(self.adapter.from_host(read_host(self.path), self.device))

    def __del__(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # never written, or the folder went first
            Path(self.path).unlink()
