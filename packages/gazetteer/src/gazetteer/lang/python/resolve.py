"""Imports of Python: relative ones, packages, namespace packages, aliases and stars; nothing is imported to find out."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.paths import Paths

__all__ = ["resolve"]


def resolve(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module of this tree that a file imports, also where it is named after ``from package import``."""
    roots = _roots(files, config)
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            yield from _one(file, statement, roots, paths)


def _one(file: SourceFile, statement: Import, roots: list[str], paths: Paths) -> Iterator[Edge | Missing]:
    text = written(statement)
    weak = statement.type_only or statement.local
    found = list[str]()
    for base in _bases(file.path, statement, roots):
        module = _module(base, statement.target, paths)
        names = [n.name for n in statement.names if n.name != "*"]
        parts = [_module(base, f"{statement.target}.{n}".strip("."), paths) for n in names] if statement.kind == "from" else []
        inner = [p for p in parts if p is not None]
        if module is None and not inner:
            continue
        if module is not None and (len(inner) < len(names) or not names):  # something besides modules comes from the package itself
            found.append(module)
        found += inner
        break
    for target in dict.fromkeys(found):
        yield Edge(file.path, statement.line, target, "import", text, weak=weak)
    if not found:
        top = statement.target.split(".")[0]
        standard = not statement.level and top in sys.stdlib_module_names
        yield Missing(file.path, statement.line, "import", text, "standard library" if standard else "outside")


def written(statement: Import) -> str:
    """The statement on one line."""
    if statement.kind == "import":
        return f"import {statement.target}" + (f" as {statement.alias}" if statement.alias else "")
    names = ", ".join(n.name + (f" as {n.alias}" if n.alias else "") for n in statement.names)
    return f"from {'.' * statement.level}{statement.target} import {names}"


def _bases(path: str, statement: Import, roots: list[str]) -> list[str]:
    """Folders in which the first part of the target may lie."""
    if not statement.level:
        return roots
    folder = path.rpartition("/")[0]
    for _ in range(statement.level - 1):
        if not folder:
            return []
        folder = folder.rpartition("/")[0]
    return [folder]


def _module(base: str, target: str, paths: Paths) -> str | None:
    """The file of a module below a folder: a package's ``__init__``, or a module; `target` may be empty for the package itself."""
    stem = "/".join(filter(None, (base, *target.split("."))))
    candidates = [f"{stem}/__init__.py", f"{stem}/__init__.pyi", *([f"{stem}.py", f"{stem}.pyi"] if target else [])]
    return next((c for c in candidates if c in paths.files), None)


def _roots(files: list[SourceFile], config: Config) -> list[str]:
    """Folders that are on the path: those configured, else each folder that holds a package or a module and is none itself."""
    if config.python.roots:
        return [r.strip("/") for r in config.python.roots]
    packages = {f.path.rpartition("/")[0] for f in files if f.path.endswith(("/__init__.py", "/__init__.pyi"))}
    found = {""}
    for file in files:
        folder = file.path.rpartition("/")[0]
        while folder in packages:
            folder = folder.rpartition("/")[0]
        found.add(folder)
    return sorted(found, key=lambda folder: (folder.count("/") + bool(folder), folder))
