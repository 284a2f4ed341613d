"""What a build compiles: the entries of ``compile_commands.json``, of whose arguments only those are kept that say how a text is read."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import msgspec
from msgspec import Struct

from ..errors import LimitError, SourceError, UsageError

__all__ = ["FILE_NAME", "Unit", "commands_of", "units_of"]

FILE_NAME = "compile_commands.json"

#: Options that stand before what they are given, or are joined with it.
_GIVEN = (
    "-isystem", "-iquote", "-idirafter", "-iframework", "-isysroot", "-include", "-imacros", "-target", "-arch", "-x", "-I", "-D", "-U",
    "-F",
)  # fmt: skip
#: Of those, what is never joined: ``-include-pch`` is another option.
_APART = frozenset(("-include", "-imacros", "-target", "-arch"))
#: What is kept as it is. A list of what may stay, not of what may not: options load plugins, write files, and name others to be run.
_PLAIN = re.compile(
    r"-std=.+|--(?:std|sysroot|target)=.+|-stdlib=.+|-ansi|-pthread|-nostdinc(?:\+\+)?|-O[0-3sgz]?|-m(?!llvm|linker)[a-z0-9][\w.=+-]*"
    r"|-f(?:no-)?(?:(?:cxx-|objc-|async-)?exceptions|rtti|(?:un)?signed-char|short-(?:wchar|enums)|char8_t|openmp|blocks|objc-arc|builtin"
    r"|operator-names|gnu-keywords|permissive|ms-(?:extensions|compatibility)|delayed-template-parsing|coroutines(?:-ts)?|concepts(?:-ts)?"
    r"|aligned-(?:new|allocation)|sized-deallocation|fast-math|math-errno|trigraphs|declspec|freestanding|hosted)"
)
#: The same, as Microsoft's compiler is told it.
_THEIRS = re.compile(r"[/-](?:(?P<key>[IDU])(?P<value>.+)|std:(?P<standard>c\S+)|external:I(?P<system>.+))")


class Unit(Struct, frozen=True):
    """A text that a build compiles."""

    #: Its path, absolute.
    file: str
    #: Where the compiler runs: what relative paths start from.
    folder: str
    #: How it is read.
    arguments: tuple[str, ...]


class _Entry(Struct):
    directory: str
    file: str
    command: str = ""
    arguments: tuple[str, ...] = ()


def commands_of(root: Path) -> Path:
    """The only ``compile_commands.json`` at the root of a tree, or in a folder there.

    Raises
    ------
    UsageError
        If there is none, or if there are several.
    """
    found = [place for place in (root / FILE_NAME, *sorted(root.glob(f"*/{FILE_NAME}"))) if place.is_file()]
    if not found:
        raise UsageError(
            f"there is no {FILE_NAME} in {root} or in a folder there; expected the one that cmake -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, "
            "meson, or bear -- make has written (--commands FILE if it lies elsewhere)"
        )
    if len(found) > 1 and found[0].parent != root:
        raise UsageError(f"there are {len(found)} of {FILE_NAME}: {', '.join(map(str, found))}; expected one of them as --commands FILE")
    return found[0]


def units_of(commands: Path, root: Path, most: int) -> list[Unit]:
    """The units of a build that lie in a tree, each way in which one is compiled once.

    Parameters
    ----------
    commands : Path
        A ``compile_commands.json`` (https://clang.llvm.org/docs/JSONCompilationDatabase.html).
    root : Path
        The tree, absolute and without links.
    most : int
        A larger file is an error.

    Raises
    ------
    SourceError, LimitError
        If it cannot be read, is something else, or is too large.
    """
    try:
        with commands.open("rb") as stream:
            content = stream.read(most + 1)
    except OSError as error:
        raise SourceError(f"{commands} cannot be read: {error.strerror or error}; expected a {FILE_NAME}") from error
    if len(content) > most:
        raise LimitError(f"{commands} has more than {most:,} bytes ([limits] index_bytes in gazetteer.toml)")
    try:
        entries = msgspec.json.decode(content, type=list[_Entry])
        units = {_unit(entry, commands.parent) for entry in entries}
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise SourceError(
            f"{commands} is no compilation database: {error}; expected a list of objects with directory, file, and command or arguments"
        ) from error
    return sorted((unit for unit in units if Path(unit.file).is_relative_to(root)), key=lambda unit: (unit.file, unit.arguments))


def _unit(entry: _Entry, beside: Path) -> Unit:
    folder = os.path.normpath(beside / entry.directory)
    file = os.path.realpath(os.path.join(folder, entry.file))  # noqa: PTH118 - a text
    return Unit(file, folder, kept(entry.arguments or tuple(shlex.split(entry.command))))


def kept(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Of the arguments of a compiler, its own name first, those that say how a text is read.

    Examples
    --------
    >>> kept(("c++", "-Iinclude", "-isystem", "/opt/x", "-DA=1", "-fplugin=a.so", "-Xclang", "-load", "-std=c++20", "-o", "a.o", "a.c"))
    ('-Iinclude', '-isystem', '/opt/x', '-DA=1', '-std=c++20')
    >>> kept(("cl.exe", "/Iinclude", "/std:c++17", "/DA", "/c", "a.cpp"))
    ('-Iinclude', '-std=c++17', '-DA')
    """
    found, rest = list[str](), iter(arguments[1:])
    is_theirs = arguments[:1] and re.search(r"(?:^|[\\/])(?:clang-)?cl(?:\.exe)?$", arguments[0], re.IGNORECASE) is not None
    for argument in rest:
        if argument == "--":
            break
        if is_theirs and (said := _THEIRS.fullmatch(argument)):
            if said["key"]:
                found.append(f"-{said['key']}{said['value']}")
            else:
                found.append(f"-std={said['standard']}" if said["standard"] else f"-isystem{said['system']}")
        elif argument in _GIVEN or argument == "--sysroot":
            found += (argument, next(rest, ""))
        elif argument in ("-Xclang", "-Xpreprocessor", "-o", "-mllvm", "-B", "-specs"):
            next(rest, None)  # what it is given is none of our own
        elif _PLAIN.fullmatch(argument) or any(argument.startswith(key) and key not in _APART for key in _GIVEN):
            found.append(argument)
    return tuple(found)
