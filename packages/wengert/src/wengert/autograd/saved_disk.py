"""Saved tensors in files."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import weakref
from functools import partial
from pathlib import Path
from typing import Any

from ..arrays.adapter import adapter_of
from ..arrays.numpy import map_host, read_host, write_host
from ..errors import ArgumentError
from .saved_hooks import ArrayStore, Stored

__all__ = ["save_on_disk"]


class save_on_disk(ArrayStore):
    """Keep saved tensors in files, and read them back when the backward needs them. PyTorch has no such thing.

    Parameters
    ----------
    directory : path, optional
        Where the files go, in a new folder of their own. Default: the system's folder for temporary files.
    min_bytes : int
        Smaller tensors stay in memory.
    mmap : bool
        Map a file into memory instead of reading it: the operating system then brings in the parts that are looked at, and takes
        them away again when memory is short. Writes to the mapped array stay in memory.

    Notes
    -----
    Values come back bit for bit. A file is removed as soon as nothing refers to what it holds: when the node is released, or
    dies.

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

    def __init__(self, directory: str | os.PathLike[str] | None = None, *, min_bytes: int = 0, mmap: bool = False) -> None:
        if directory is not None and not Path(directory).is_dir():
            raise ArgumentError(f"directory: {os.fspath(directory)!r} is not a directory")
        folder = _Folder(directory)
        self.directory = folder.name
        super().__init__(partial(_OnDisk, folder, mmap), min_bytes)


class _Folder:
    """A new folder, removed when the context and the last file in it are gone.

    Not a ``tempfile.TemporaryDirectory``: that warns when nobody closes it, and here nobody is meant to.
    """

    __slots__ = ("__weakref__", "name")

    def __init__(self, parent: str | os.PathLike[str] | None) -> None:
        self.name = tempfile.mkdtemp(prefix="wengert-saved-", dir=parent)
        weakref.finalize(self, shutil.rmtree, self.name, ignore_errors=True)


class _OnDisk(Stored):
    """An array in a file that dies with this object."""

    __slots__ = ("adapter", "device", "folder", "mmap", "path")

    def __init__(self, folder: _Folder, mmap: bool, array: Any) -> None:
        self.adapter = adapter_of(array)
        self.device = self.adapter.device(array)
        self.folder, self.mmap = folder, mmap
        handle, self.path = tempfile.mkstemp(suffix=".npy", dir=folder.name)
        with os.fdopen(handle, "wb") as file:
            write_host(file, self.adapter.to_host(array))

    def read(self) -> Any:
        return self.adapter.from_host((map_host if self.mmap else read_host)(self.path), self.device)

    def __del__(self) -> None:
        with contextlib.suppress(OSError, AttributeError):  # never written, or the folder went first
            Path(self.path).unlink()
