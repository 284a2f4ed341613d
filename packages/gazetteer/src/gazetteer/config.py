"""`gazetteer.toml`: what a project says of itself. Every key has a default, and an unknown one is an error that names the nearest."""

from __future__ import annotations

import re
import types
import typing
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct, field, structs

from .errors import ConfigError, nearest

__all__ = [
    "Compiler",
    "Config",
    "Cpp",
    "Layout",
    "Limits",
    "Links",
    "Llms",
    "Python",
    "Repo",
    "Site",
    "Tests",
    "link_fault",
    "load",
    "parse",
]

FILE_NAME = "gazetteer.toml"
_WEB = ("https://", "http://")
#: What addresses are made of besides their places. Pages write them as they are, so nothing is in them that could end a link.
_ADDRESS = re.compile(r"[A-Za-z0-9\-._~:/?#@!$&*+,;=%]*")
_PLACES = re.compile(r"\{(?:rev|path|a|b)\}")
_ENTITY = re.compile(r"&#?\w+;")
#: So much of a value does an error show.
_LONGEST_SHOWN = 200
_WORDS = {int: "a whole number", float: "a number", str: "a text"}
#: The largest number and the longest time (a day, in seconds): what systems can be told, far beyond what anybody means.
_MOST = {int: 10**12, float: 86_400}
#: The least sizes that can be kept: an index and a pack say at least what they are of, and how they count.
_LEAST = {("llms", "tokens"): 100, ("llms", "folder_tokens"): 200}
#: What holds names of C and C++.
_NAMES = frozenset((("cpp", "attribute_macros"), ("cpp", "call_macros")))
#: What holds paths of the tree, and what lies there.
_PATHS = {("cpp", "include_roots"): "folders", ("python", "roots"): "folders", ("compiler", "scip"): "files"}
#: What holds patterns of paths.
_PATTERNS = frozenset((("repo", "exclude"), ("repo", "vendored"), ("repo", "generated"), ("tests", "paths"), ("site", "guides")))


class Repo(Struct, frozen=True):
    """Patterns (those of ``.gitignore``) of paths that are left out, and of those that get a label."""

    name: str = ""
    exclude: tuple[str, ...] = ()
    vendored: tuple[str, ...] = ()
    generated: tuple[str, ...] = ()


class Limits(Struct, frozen=True):
    """Larger trees and files are not read whole; pages say so."""

    file_bytes: int = 2_000_000
    total_bytes: int = 20_000_000_000
    files: int = 2_000_000
    parse_seconds: float = 5.0
    worker_mb: int = 1_024
    symbols: int = 50_000
    pages: int = 5_000_000
    page_bytes: int = 400_000
    folder_entries: int = 900
    index_bytes: int = 2_000_000_000


class Cpp(Struct, frozen=True):
    """Where ``#include <…>`` looks, and macros that no file of the tree defines."""

    include_roots: tuple[str, ...] = ()
    attribute_macros: tuple[str, ...] = ()
    call_macros: tuple[str, ...] = ()


class Python(Struct, frozen=True):
    """Folders that are on ``sys.path``; found by themselves where none is given."""

    roots: tuple[str, ...] = ()


class Compiler(Struct, frozen=True):
    """Indexes of SCIP in the tree, which somebody's indexer wrote: what they say is taken over with the method ``compiler``."""

    scip: tuple[str, ...] = ()


class Tests(Struct, frozen=True):
    """Patterns of files that are tests."""

    paths: tuple[str, ...] = (
        "test/**", "tests/**", "**/test/**", "**/tests/**", "**/*_test.*", "**/test_*.*", "**/*.test.*", "**/*.spec.[!i]*", "**/*Test.java",
        "**/*Tests.java", "**/*Test.kt", "**/*Test.php", "**/*Test.cs", "**/*Tests.cs", "**/*Test.scala", "**/*Spec.scala",
        "**/*Tests.swift", "**/*_spec.rb", "**/__tests__/**", "Tests/**", "**/Tests/**", "**/*.Tests/**", "**/src/*Test/**", "t/**",
        "**/t/**/*.t",
    )  # fmt: skip


class Links(Struct, frozen=True):
    """Where pages link to the source.

    `source` is a URL with ``{rev}``, ``{path}``, ``{a}`` and ``{b}``, or ``relative``: paths from the output to the tree. Without one,
    pages of an output inside of the tree have such paths, and others have no links to it: the same tree gives the same bytes wherever
    it lies. `rev` is what stands for ``{rev}``; ``HEAD`` if it is empty.
    """

    source: str = ""
    rev: str = ""


class Llms(Struct, frozen=True):
    """Sizes of the files for language models, in tokens."""

    tokens: int = 8_000
    folder_tokens: int = 32_000


class Layout(Struct, frozen=True):
    """``github``: a README for each folder, a page for each file. ``seed``: also the five page names of the seed."""

    style: Literal["github", "seed"] = "github"


class Site(Struct, frozen=True):
    """The static site.

    `guides` are patterns of the tree's own Markdown files, and paths of other files, that the start page lists, in this order. With
    ``source = "embed"`` the site has the text of the files too; else pages link to it. `images` are those of Markdown files that lie in
    the tree: ``copy`` or ``link``.
    """

    guides: tuple[str, ...] = ()
    source: Literal["link", "embed"] = "link"
    images: Literal["link", "copy"] = "link"


class Config(Struct, frozen=True):
    """All of it."""

    repo: Repo = field(default_factory=Repo)
    limits: Limits = field(default_factory=Limits)
    cpp: Cpp = field(default_factory=Cpp)
    python: Python = field(default_factory=Python)
    compiler: Compiler = field(default_factory=Compiler)
    tests: Tests = field(default_factory=Tests)
    links: Links = field(default_factory=Links)
    llms: Llms = field(default_factory=Llms)
    layout: Layout = field(default_factory=Layout)
    site: Site = field(default_factory=Site)


def load(path: Path) -> Config:
    """The configuration in a file.

    Raises
    ------
    ConfigError
        If it cannot be read, is no TOML, or has a key or a value that is not understood.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ConfigError(f"configuration {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"configuration {path} is no UTF-8: {error.reason} at byte {error.start}") from error
    return parse(text, str(path))


def parse(text: str, where: str = FILE_NAME) -> Config:
    r"""The configuration that a text says; `where` names it in errors.

    Examples
    --------
    >>> parse('[limits]\nfile_bytes = 1000').limits.file_bytes
    1000
    >>> parse('[limits]\nfile_byte = 1000')
    Traceback (most recent call last):
    ...
    gazetteer.errors.ConfigError: gazetteer.toml: unknown key 'file_byte' in [limits], did you mean 'file_bytes'?
    """
    import tomllib

    try:
        tables = tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(f"{where}: nested too deeply") from error
    except ValueError as error:  # a number of too many digits, besides what is no TOML
        raise ConfigError(f"{where}: {error}") from error
    sections = {f.name: f for f in structs.fields(Config)}
    made = {}
    for name, table in tables.items():
        if name not in sections:
            raise ConfigError(f"{where}: unknown table [{_shown(name)[1:-1]}]{nearest(name, sections)}")
        if not isinstance(table, dict):
            raise ConfigError(f"{where}: [{name}] must be a table, not {_shown(table)}")
        made[name] = _section(sections[name].type, name, table, where)
    return Config(**made)


def _section(cls: Any, name: str, table: dict[str, Any], where: str) -> Any:
    known = typing.get_type_hints(cls)
    values = {}
    for key, value in table.items():
        if key not in known:
            raise ConfigError(f"{where}: unknown key {_shown(key)} in [{name}]{nearest(key, known)}")
        values[key] = _value(known[key], value, f"{where}: {key} in [{name}]")
        if (name, key) in _PATTERNS:
            _check_patterns(values[key], f"{where}: {key} in [{name}]")
        if (name, key) in _LEAST and values[key] < _LEAST[name, key]:
            raise ConfigError(f"{where}: {key} in [{name}] must be {_LEAST[name, key]} or more, not {value}")
        for macro in values[key] if (name, key) in _NAMES else ():
            if not macro.isidentifier():
                raise ConfigError(f"{where}: {key} in [{name}] must be names, not {_shown(macro)}")
        for path in values[key] if (name, key) in _PATHS else ():
            if path.startswith("/") or ".." in path.split("/") or "\0" in path:
                raise ConfigError(f"{where}: {key} in [{name}] must be {_PATHS[name, key]} of the tree, not {_shown(path)}")
    if cls is Links and (fault := link_fault(values.get("source", ""))):
        raise ConfigError(f"{where}: source in [links] {fault}, not {_shown(values['source'])}")
    return cls(**values)


def _shown(value: Any) -> str:
    """A value as errors show it, on one line: of a long one the beginning."""
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def link_fault(source: str) -> str:
    """What is wrong with where links to the source shall lead; empty where nothing is.

    Examples
    --------
    >>> link_fault("https://example.org/{rev}/{path}#L{a}"), link_fault("https://example.org/{pth}")
    ('', 'must have {path} in it, and may have {rev}, {a} and {b}, each as it is')
    """
    if source in ("", "relative"):
        return ""
    if not source.startswith(_WEB):
        return "must begin with https:// or http://, or be 'relative'"
    rest = _PLACES.sub("", source)
    if "{path}" not in source or "{" in rest or "}" in rest:
        return "must have {path} in it, and may have {rev}, {a} and {b}, each as it is"
    if _ADDRESS.fullmatch(rest) is None or _ENTITY.search(source):
        return "must be made of what URLs may have (others, and parentheses, as % with two digits)"
    return ""


def _check_patterns(patterns: tuple[str, ...], what: str) -> None:
    from .patterns import is_pattern

    for pattern in patterns:
        if not is_pattern(pattern):
            raise ConfigError(f"{what}: {_shown(pattern)} is no pattern")


def _value(wanted: Any, value: Any, what: str) -> Any:
    if typing.get_origin(wanted) is tuple:
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise ConfigError(f"{what} must be a list of texts, not {_shown(value)}")
        return tuple(value)
    if typing.get_origin(wanted) is Literal:
        choices = typing.get_args(wanted)
        if value not in choices:
            raise ConfigError(f"{what} must be one of {', '.join(map(repr, choices))}, not {_shown(value)}{nearest(str(value), choices)}")
        return value
    assert not isinstance(wanted, types.UnionType)
    if isinstance(value, bool) or not isinstance(value, (int, float) if wanted is float else wanted):
        raise ConfigError(f"{what} must be {_WORDS[wanted]}, not {_shown(value)}")
    if wanted in _MOST and not 0 < value <= _MOST[wanted]:
        raise ConfigError(f"{what} must be positive, and at most {_MOST[wanted]:,}, not {_shown(value)}")
    return value
