"""Errors that end a command: each has a sentence for the user and an exit code for scripts."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterable

__all__ = [
    "ConfigError",
    "ExitCode",
    "GazetteerError",
    "LimitError",
    "OutputError",
    "SourceError",
    "UsageError",
    "full",
    "is_full",
    "nearest",
    "unwritten",
]


class ExitCode:
    """What `gaz` exits with. Scripts may rely on these numbers."""

    OK = 0
    #: `gaz check` found a fault, `gaz diff --exit-code` a difference, `gaz query` nothing.
    FOUND = 1
    USAGE = 2
    SOURCE = 3
    OUTPUT = 4
    CONFIG = 5
    LIMIT = 6


class GazetteerError(Exception):
    """Base of all errors that are the user's to mend; nothing has been written when one is raised before the build."""

    exit_code = ExitCode.USAGE


class UsageError(GazetteerError):
    """An option or a name that a command cannot use."""


class SourceError(GazetteerError):
    """The tree cannot be read: it does not exist, is a file, or is unreadable."""

    exit_code = ExitCode.SOURCE


class OutputError(GazetteerError):
    """The output cannot be written there, for instance because the folder holds someone else's files."""

    exit_code = ExitCode.OUTPUT


class ConfigError(GazetteerError):
    """`gazetteer.toml` has a key or a value that is not understood."""

    exit_code = ExitCode.CONFIG


class LimitError(GazetteerError):
    """The tree is larger than the limits of the configuration allow."""

    exit_code = ExitCode.LIMIT


class BrokenStoreError(Exception):
    """A part of the store is missing or is not what was put there."""


def is_full(error: OSError) -> bool:
    """Whether a disk is full or may not be written at all, or a process may not have larger files, or more of them open."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG, errno.EMFILE, errno.ENFILE)


def full(error: OSError) -> str:
    """What to say of that.

    Examples
    --------
    >>> full(OSError(errno.ENOSPC, "No space left on device", "out"))
    'No space left on device (out)'
    """
    name = os.fsdecode(error.filename) if isinstance(error.filename, str | bytes) else ""
    return f"{error.strerror}{f' ({name})' if name else ''}"


def unwritten(error: OSError) -> int:
    """What to end with where an output cannot be written: with no error if its reader has seen enough, else the reason is said."""
    # What is buffered leads nowhere: Python would try to write it at its end, and complain.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return ExitCode.OK
    sys.stderr.write(f"gaz: {full(error)}\n")
    return ExitCode.OUTPUT


def nearest(word: str, known: Iterable[str]) -> str:
    """``", did you mean 'x'?"``, or an empty text when no known word is near.

    Examples
    --------
    >>> nearest("exlude", ["exclude", "vendored"])
    ", did you mean 'exclude'?"
    >>> nearest("zzz", ["exclude"])
    ''
    """
    import difflib

    found = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.5)
    return f", did you mean {found[0]!r}?" if found else ""
