"""The programs that manifests of packages declare: console scripts of Python, ``bin`` of npm, ``[[bin]]`` of Cargo; what containers run."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from ..document import Code, Inline, Line, Link, PageRef
from ..gather import SourceFile
from .common import link_to, source_link

if TYPE_CHECKING:
    from .contents import Contents

__all__ = ["declared_programs", "may_declare"]

_Values = list[tuple[str, str, int]]

#: The language of files that say what containers run.
_IMAGE = "dockerfile"
_POETRY = "tool.poetry.scripts."
_PYTHON_TABLES = ("project.scripts.", "project.gui-scripts.", _POETRY)
_SETUP_CFG = re.compile(r"options\.entry_points\.(?:console|gui)_scripts")
#: What a console script calls: a module, and usually something in it.
_CALL = re.compile(r"([A-Za-z_][\w.]*)(?::([A-Za-z_][\w.]*))?(?:\s*\[[^\]]*\])?")


class _Program(NamedTuple):
    """A program as it is declared; `path` is the file that it names, where there is one."""

    name: str
    text: str
    line: int
    path: str = ""
    symbol: str = ""


def may_declare(file: SourceFile) -> bool:
    """Whether a file may declare programs, by its name or its language."""
    return file.path[file.path.rfind("/") + 1 :] in _READERS or file.language == _IMAGE


def declared_programs(contents: Contents, file: SourceFile) -> Iterator[Line]:
    """A line for each program that a manifest declares; nothing for files that are none."""
    if file.language == _IMAGE:
        yield from _of_image(file)
        return
    read = _READERS.get(file.path.rpartition("/")[2])
    if read is None or file.record is None:
        return
    for program in read(file.path.rpartition("/")[0], file.record.values, contents):
        yield (
            Code(program.name),
            ": ",
            _target(contents, program),
            ", declared in ",
            link_to(file.path),
            ", line ",
            source_link(file.path, program.line),
        )


def _of_image(file: SourceFile) -> Iterator[Line]:
    """What a container runs: of several stages of an image, the last one counts, and in it the last that is said."""
    last = {key: (value, line) for key, value, line in file.record.values} if file.record is not None else {}
    for word in ("ENTRYPOINT", "CMD"):
        if word in last:
            value, line = last[word]
            yield link_to(file.path), f": {word} ", Code(value), ", line ", source_link(file.path, line)


def _target(contents: Contents, program: _Program) -> Inline:
    if not program.path:
        return Code(program.text)
    symbols = contents.symbols(program.path) if program.symbol else []
    for index, symbol in enumerate(symbols):
        if symbol.name == program.symbol and symbol.parent < 0:
            return Link(program.text, contents.symbol_ref(program.path, index), code=True)
    return Link(program.text, PageRef("file", program.path), code=True)


def _pyproject(folder: str, values: _Values, contents: Contents) -> Iterator[_Program]:
    for key, value, line in values:
        table = next((t for t in _PYTHON_TABLES if key.startswith(t)), "")
        if table and _CALL.fullmatch(value) and not (table == _POETRY and key.endswith((".type", ".reference"))):
            yield _python(key.removeprefix(table), value, line, folder, contents)


def _setup_cfg(folder: str, values: _Values, contents: Contents) -> Iterator[_Program]:
    for key, value, line in values:
        name, equals, call = (part.strip() for part in value.partition("="))
        if equals and _SETUP_CFG.fullmatch(key) and _CALL.fullmatch(call):
            yield _python(name, call, line, folder, contents)


def _python(name: str, call: str, line: int, folder: str, contents: Contents) -> _Program:
    """A console script, with the one file below the manifest's folder that its module can be."""
    match = _CALL.fullmatch(call)
    assert match is not None
    module, files = match[1].replace(".", "/"), contents.atlas.files
    for root in ("src", "", "lib"):
        for ending in (".py", "/__init__.py"):
            path = posixpath.normpath(posixpath.join(folder, root, module + ending))
            if path in files and files[path].entry.kind == "file":
                return _Program(name, call, line, path, match[2] or "")
    return _Program(name, call, line)


def _package_json(folder: str, values: _Values, contents: Contents) -> Iterator[_Program]:
    package = next((value for key, value, _ in values if key == "name"), "")
    for key, value, line in values:
        if key == "bin" or key.startswith("bin."):
            name = key.removeprefix("bin").removeprefix(".") or package.rpartition("/")[2] or value
            yield _Program(name, value, line, _below(folder, value, contents))


def _cargo(folder: str, values: _Values, contents: Contents) -> Iterator[_Program]:
    """The tables ``[[bin]]``; a name without a path has one of two places."""
    tables = list[dict[str, tuple[str, int]]]()
    for key, value, line in values:
        if key in ("bin.name", "bin.path"):
            if not tables or key in tables[-1]:
                tables.append({})
            tables[-1][key] = value, line
    for table in tables:
        name, line = table.get("bin.name", ("", 0))
        path, path_line = table.get("bin.path", ("", 0))
        path = path or next((p for p in _usual(name) if _below(folder, p, contents)), "")
        called = name or posixpath.splitext(posixpath.basename(path))[0]
        yield _Program(called, path or name, line or path_line, _below(folder, path, contents))


def _usual(name: str) -> tuple[str, ...]:
    return f"src/bin/{name}.rs", f"src/bin/{name}/main.rs", "src/main.rs"


def _below(folder: str, target: str, contents: Contents) -> str:
    """The file of the tree that a manifest's path means; an empty text where there is none."""
    path = posixpath.normpath(posixpath.join(folder, target))
    return path if path in contents.atlas.files and not target.startswith("/") else ""


_READERS = {"pyproject.toml": _pyproject, "setup.cfg": _setup_cfg, "package.json": _package_json, "Cargo.toml": _cargo}
