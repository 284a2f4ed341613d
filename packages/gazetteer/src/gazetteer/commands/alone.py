"""A file that a command writes by itself, outside of an output."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from ..errors import OutputError

__all__ = ["write_file"]


def write_file(place: Path, pieces: Iterable[bytes]) -> int:
    """Write a file, and give how many bytes it has. Never through a link: the name may lie in a tree that is not trusted.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    written = 0
    try:
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666), "wb") as file:
            for piece in pieces:
                written += file.write(piece)
    except OSError as error:
        raise OutputError(f"{place} cannot be written: {error.strerror or error}") from error
    return written
