"""The archive that a compiled program is kept in: what is read of it is data, and is checked before it is used.

Nothing is decompressed, and nothing is read for which the file has not the bytes: a small file cannot ask for much memory.
"""

from __future__ import annotations

import io
import json
import math
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import numpy as np

from ..arrays.dtypes import DTYPES
from ..errors import ProgramFileError
from .reading import Told

__all__ = ["FORMAT", "VERSION", "read_file", "write_file"]

FORMAT, VERSION = "wengert compiled program", 1

#: What Python and NumPy raise about files that are not what they should be.
_DAMAGE = (
    zipfile.BadZipFile, EOFError, OSError, OverflowError, RuntimeError, struct.error, SyntaxError, TypeError, ValueError,
)  # fmt: skip


def write_file(path: str | Path, document: dict[str, Any], arrays: list[Any]) -> None:
    """Write a program and its arrays."""
    document = {"format": FORMAT, "version": VERSION, **document}
    text = json.dumps(document, allow_nan=False, indent=1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as file:
        # Entries have no time, so that the same program is the same file.
        file.writestr(zipfile.ZipInfo("program.json"), text.encode())
        for number, array in enumerate(arrays):
            with file.open(zipfile.ZipInfo(f"arrays/{number}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, array, version=(1, 0), allow_pickle=False)


def read_file(path: str | Path) -> tuple[Told, list[Any]]:
    """What `write_file` wrote.

    Raises
    ------
    ProgramFileError
        If it is something else, or of another version.
    """
    with Path(path).open("rb") as file:
        try:
            return _contents(file, Path(path).stat().st_size)
        except ProgramFileError as error:
            raise ProgramFileError(f"{path}: {error}") from None
        except _DAMAGE as error:
            raise ProgramFileError(f"{path}: no compiled program, or a damaged one: {type(error).__name__}: {error}") from error


def _contents(file: BinaryIO, size: int) -> tuple[Told, list[Any]]:
    with zipfile.ZipFile(file) as archive:
        names = _members(archive, size)
        told = Told(json.loads(archive.read("program.json"), parse_constant=_no_number), "program")
        _check_version(told)
        shapes = told["arrays"].items()
        if names != {"program.json", *(f"arrays/{i}.npy" for i in range(len(shapes)))}:
            raise told["arrays"].wrong(f"{len(names) - 1} arrays, which lie beside the program")
        return told, [_array(archive.read(f"arrays/{i}.npy"), shape) for i, shape in enumerate(shapes)]


def _members(file: zipfile.ZipFile, size: int) -> set[str]:
    """The names of all files in the archive, which lie there as they are and one behind the other."""
    members = file.infolist()
    names = {member.filename for member in members}
    if "program.json" not in names or len(names) != len(members):
        raise ProgramFileError("no compiled program: it has not exactly one program.json")
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.compress_size != member.file_size or member.flag_bits & 1:
            raise ProgramFileError(f"{member.filename} is compressed or encrypted; expected it as it is")
    if sum(member.file_size for member in members) > size:
        raise ProgramFileError("its parts are larger than the file")
    return names


def _no_number(name: str) -> NoReturn:
    raise ProgramFileError(f"{name} is no number of JSON")


def _check_version(told: Told) -> None:
    if not told.has("format") or told["format"].content != FORMAT:
        raise ProgramFileError(f"no compiled program: its format is not {FORMAT!r}")
    version = told["version"].content
    if type(version) is not int or version != VERSION:
        raise ProgramFileError(f"the format has version {version!r}, and this Wengert reads version {VERSION}; save it again")


def _array(content: bytes, told: Told) -> Any:
    """An array, laid out as it was."""
    shape, name = told["shape"].shape(), told["dtype"].text()
    axes = list(range(len(shape)))
    order = [item.integer(len(shape)) for item in told["order"].items()] if told.has("order") else axes
    repeated = {item.integer(len(shape)) for item in told["repeated"].items()} if told.has("repeated") else set[int]()
    if name not in DTYPES or sorted(order) != axes:
        raise told.wrong("an array of a known dtype whose axes are in some order")
    expected = tuple([1 if a in repeated else shape[a] for a in order])
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != (1, 0):
        raise told.wrong(f"version 1.0 of the format of NumPy's arrays, which has {version}")
    found, fortran, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=4096)
    if found != expected or fortran or dtype != DTYPES[name].newbyteorder("<"):
        raise told.wrong(f"an array of that shape and dtype, the file has {dtype}{list(found)}")
    rest = stream.read()
    if len(rest) != math.prod(expected) * dtype.itemsize:
        raise told.wrong(f"{math.prod(expected) * dtype.itemsize} bytes of elements, the file has {len(rest)}")
    dense = np.frombuffer(rest, dtype).astype(DTYPES[name]).reshape(expected)
    back = dense.transpose([order.index(a) for a in axes])
    return np.broadcast_to(back, shape) if repeated else back
