"""What a tree is called: what it says itself, since the folder that it happens to lie in is not part of it."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from .config import Config
from .gather import SourceFile
from .lang.data.json_text import encodable
from .reading import read_file

__all__ = ["UNNAMED", "names_tree", "tree_name"]

#: The name of a tree that does not say any.
UNNAMED = "Source tree"

_SOLUTION = ".sln"
_MOST_BYTES, _MOST_NAME = 1_000_000, 200


def tree_name(root: Path, files: Iterable[SourceFile], config: Config) -> str:
    """The name in the configuration, else in a manifest of a package at the root, else the title of the README there.

    Other tools' files, which call a tree by its artifact or its module, are asked last.

    Parameters
    ----------
    root : Path
        The tree.
    files : iterable of SourceFile
        Its files.
    config : Config
        Whose ``[repo] name`` comes first.
    """
    if config.repo.name:
        return config.repo.name
    found = {f.path: f for f in files if "/" not in f.path and f.entry.kind == "file" and f.scan.content == "text"}
    if name := _declared(root, found, _MANIFESTS):
        return name
    for path in sorted(found, key=lambda p: (found[p].language == "readme", p.lower(), p)):  # one of plain text after all others
        record = found[path].record
        document = record.document if record is not None and path.lower().startswith("readme") else None
        if document is not None and (name := _clean(document.title)):
            return name
    return _declared(root, found, _OTHER_MANIFESTS) or _solution(found) or UNNAMED


def _solution(found: Iterable[str]) -> str:
    """What the one solution of .NET is called."""
    called = [path.removesuffix(_SOLUTION) for path in found if path.endswith(_SOLUTION)]
    return called[0] if len(called) == 1 else ""


def _declared(root: Path, found: Container[str], manifests: Mapping[str, Callable[[str], Any]]) -> str:
    """The name that the first of some manifests gives that is there and has one."""
    for path, read in manifests.items():
        if path in found:
            try:
                name = read(read_file(root, path, _MOST_BYTES).decode())
            except (OSError, ValueError, LookupError, TypeError, RecursionError):  # no manifest, whatever it is
                continue
            if isinstance(name, str) and (name := _clean(name)):
                return name
    return ""


def names_tree(path: str) -> bool:
    """Whether the name of a tree may be in a file."""
    is_one = path in _MANIFESTS or path in _OTHER_MANIFESTS or path.endswith(_SOLUTION) or path.lower().startswith("readme")
    return "/" not in path and is_one


def _clean(name: str) -> str:
    return encodable(" ".join(name.split())[:_MOST_NAME])


def _pyproject(text: str) -> Any:
    tables = tomllib.loads(text)
    return tables["project"]["name"] if "project" in tables else tables["tool"]["poetry"]["name"]


def _matched(pattern: str) -> Callable[[str], Any]:
    return lambda text: (re.search(pattern, text, re.MULTILINE) or [""] * 2)[1]


_GRADLE = r"^rootProject\.name[ \t]*=[ \t]*[\"']([^\"'$]+)[\"']"
_MANIFESTS: dict[str, Callable[[str], Any]] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _matched(r"^\[metadata\](?:\n(?!\[).*)*?\nname[ \t]*=[ \t]*(\S.*)$"),
    "package.json": lambda text: json.loads(text)["name"],
    "Cargo.toml": lambda text: tomllib.loads(text)["package"]["name"],
    "go.mod": _matched(r"^module[ \t]+(\S+)"),
    "composer.json": lambda text: json.loads(text)["name"],
    "CMakeLists.txt": _matched(r"^[ \t]*(?i:project)[ \t]*\([ \t\n]*([\w.+-]+)"),
    "PKG-INFO": _matched(r"^Name:[ \t]*(\S+)"),
}
_OTHER_MANIFESTS: dict[str, Callable[[str], Any]] = {
    "pubspec.yaml": _matched(r"^name:[ \t]*(\w+)"),
    "mix.exs": _matched(r"\bapp:[ \t]*:(\w+)"),
    "project.godot": _matched(r"^config/name[ \t]*=[ \t]*\"([^\"\n]+)\""),
    "DESCRIPTION": _matched(r"^(?:Package|Name):[ \t]*([\w.-]+)"),  # of R, of Octave
    "Chart.yaml": _matched(r"^name:[ \t]*[\"']?([\w.-]+)"),
    "settings.gradle": _matched(_GRADLE),
    "settings.gradle.kts": _matched(_GRADLE),
    "Package.swift": _matched(r"\bPackage\(\s*name:\s*\"([^\"]+)\""),
    "meson.build": _matched(r"^project\(\s*'([^']+)'"),
    "MODULE.bazel": _matched(r"^module\([^)]*?\bname[ \t]*=[ \t]*[\"']([^\"']+)"),
    "WORKSPACE": _matched(r"^workspace\([^)]*?\bname[ \t]*=[ \t]*[\"']([^\"']+)"),
    "configure.ac": _matched(r"^AC_INIT\(\[?([^\]\[,)]+)"),
    "configure.in": _matched(r"^AC_INIT\(\[?([^\]\[,)]+)\]?,"),
    "pom.xml": lambda text: _matched(r"<artifactId>\s*([\w.-]+)\s*</artifactId>")(re.sub(r"(?s)<parent>.*?</parent>", "", text)),
}
