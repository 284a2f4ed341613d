"""What compilers have made, kept on disk for the next process.

Wengert's own programs are made anew in each process, in milliseconds; what takes seconds is what compilers do with them. One
setting, off at first, says where Numba, XLA and Inductor may keep that: the environment variable ``WENGERT_CACHE_DIR``, or
`cache_dir`. Each has a folder of its own there.

What they keep is machine code, and pickles. Whoever can write there can make this process run his code, so a folder to which
others may write is not used. A cache that cannot be used costs one warning, and nothing else: programs are compiled as without.
"""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

from .calling import warn_user

__all__ = ["cache_dir", "folder_for", "unusable", "write_once"]

#: The environment variable that switches the cache on: a folder, or ``1`` for that of the platform.
VARIABLE = "WENGERT_CACHE_DIR"

_OFF, _ON = ("", "0"), ("1",)


class _Setting:
    """Where the cache is, if anywhere.

    Attributes
    ----------
    folder : Path or None
    told : bool
        Whether a warning has said that it cannot be used.
    """

    def __init__(self) -> None:
        value = os.environ.get(VARIABLE, "")
        self.folder = None if value in _OFF else platform_folder() if value in _ON else Path(value).expanduser()
        self.told = False


def platform_folder() -> Path:
    """Where programs of this platform keep what they can make again."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "wengert" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "wengert"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "wengert"


_setting = _Setting()


def cache_dir(folder: str | os.PathLike[str] | bool | None = None) -> Path | None:
    """The folder in which compilers keep what they have made, after setting it, if one is given.

    It holds for programs that are made from then on: Numba's machine code, XLA's executables (in JAX's persistent cache, unless
    the program has set that itself) and Inductor's code. Nothing is ever deleted there; delete the folder when you like.

    Parameters
    ----------
    folder : str, path, bool or None
        A folder, which is made when something is to be written. True: the one that the platform has for such things. False: none.
        None: leave it as it is. At first it is what the environment variable ``WENGERT_CACHE_DIR`` says, a folder or ``1``;
        without that, none.

    Returns
    -------
    Path or None
        The folder in force.

    Examples
    --------
    >>> import wengert as wg
    >>> wg.compiled.cache_dir(False) is None
    True
    """
    if folder is not None:
        _setting.folder = None if folder is False else platform_folder() if folder is True else Path(folder).expanduser()
        _setting.told = False
    return _setting.folder


def folder_for(compiler: str) -> Path | None:
    """The folder of one compiler, made if need be; None where there is none to be used."""
    if _setting.folder is None:
        return None
    folder = _setting.folder / compiler
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        reason = _danger(_setting.folder) or _danger(folder)
    except OSError as error:
        reason = str(error)
    if reason is not None:
        unusable(reason)
        return None
    return folder


def _danger(folder: Path) -> str | None:
    """Who else could put something into `folder`."""
    if os.name != "posix":
        return None
    found = folder.stat()
    if found.st_uid != os.getuid():
        return f"{folder} belongs to another user"
    return f"others may write to {folder}" if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH) else None


def unusable(reason: str) -> None:
    """Say, once, that the cache cannot be used."""
    if not _setting.told:
        _setting.told = True
        warn_user(f"the cache of compiled programs in {_setting.folder} cannot be used, and they are compiled anew: {reason}")


def write_once(path: Path, text: str) -> None:
    """Write a file whose name says what is in it, whole or not at all; another process may do the same at the same time."""
    if path.exists():
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.stem}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.utime(name, (0, 0))  # one time for all, so that none of the writers makes the file look changed
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
