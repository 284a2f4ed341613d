"""Languages that other distributions bring: which are installed, found out without importing any of them.

A distribution names its languages in its metadata, as entry points of the group ``gazetteer.languages``. Only what is installed beside
this program counts. The folder that a command is given in does not, although Python may import from there: it may be the tree that is
documented, and that has no say in what is run. What the entries lead to is imported by `gazetteer.lang.plugged`; here they are read as
text, for a build that has nothing to do asks too, and must not wait for `importlib.metadata`.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["GROUP", "Plugin", "files_of", "metadata_folders", "plugins"]

#: The group of the entry points.
GROUP = "gazetteer.languages"
_ENDINGS = (".dist-info", ".egg-info")


class Plugin(NamedTuple):
    """An entry point: the distribution with its version (as its folder is called), the name of the entry, ``module:attribute``."""

    distribution: str
    name: str
    value: str


def metadata_folders() -> Iterator[tuple[str, str]]:
    """Each folder of `sys.path`, but for the current one, that has the metadata of a distribution, and what that is called."""
    here = os.path.realpath(".")
    for folder in dict.fromkeys(sys.path):
        try:
            names = os.listdir(folder) if folder and os.path.realpath(folder) != here else ()  # noqa: PTH208 - without pathlib
        except OSError:
            continue
        yield from [(folder, name) for name in names if name.endswith(_ENDINGS)]


@functools.cache
def plugins() -> tuple[Plugin, ...]:
    """The languages that installed distributions bring, sorted; of a distribution that is found twice, those that Python would import."""
    found: dict[str, list[Plugin]] = {}
    for folder, name in metadata_folders():
        project = name.partition("-")[0].lower()
        if project not in found:
            try:
                with open(os.path.join(folder, name, "entry_points.txt"), encoding="utf-8", errors="replace") as stream:  # noqa: PTH118, PTH123
                    text = stream.read()
            except OSError:
                continue
            if GROUP in text:
                found[project] = list(_entries(name.rpartition(".")[0], text))
    return tuple(sorted(plugin for several in found.values() for plugin in several))


def _entries(distribution: str, text: str) -> Iterator[Plugin]:
    r"""The entries of our group in a file ``entry_points.txt``.

    Examples
    --------
    >>> list(_entries("gaz-lua-1.0", "[console_scripts]\nx = y:z\n\n[gazetteer.languages]\nlua = gaz_lua:LUA\n"))
    [Plugin(distribution='gaz-lua-1.0', name='lua', value='gaz_lua:LUA')]
    """
    section = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif section == GROUP and line and not line.startswith(("#", ";")):
            name, _, value = line.partition("=")
            yield Plugin(distribution, name.strip(), value.strip())


def files_of(plugin: Plugin) -> list[str]:
    """The package or the module that a plugin is imported from, where it lies in a folder of `sys.path`: its paths, sorted."""
    top = plugin.value.partition(":")[0].partition(".")[0]
    for folder in sys.path:
        place = os.path.join(folder, top)  # noqa: PTH118
        if os.path.isfile(f"{place}.py"):  # noqa: PTH113
            return [f"{place}.py"]
        if os.path.isdir(place):  # noqa: PTH112
            walked = os.walk(place)
            return sorted(os.path.join(at, name) for at, _, names in walked for name in names if "__pycache__" not in at)  # noqa: PTH118
    return []
