"""What this installation can read, and how well it reads a tree."""

from __future__ import annotations

import importlib
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from msgspec import Struct

from . import __version__
from .atlas import Atlas
from .compose.common import language_title
from .compose.references import said_of
from .git import environment, git_program
from .grammars import EXTRA, OPTIONAL, installed
from .lang.table import BY_NAME, LANGUAGES, grammar, lacks
from .plugins import plugins

__all__ = ["Covered", "Extra", "Grammar", "Health", "Parsed", "examine", "quality_by_language", "report"]

#: What each extra is for, and a module that it brings; then the distributions of modules that are called otherwise.
_EXTRAS = {
    "watch": ("watchfiles", "gaz watch"),
    "mcp": ("mcp", "gaz mcp"),
    "scip": ("google.protobuf", "index.scip, [compiler] scip"),
    "clang": ("clang", "gaz index"),
    "dask": ("distributed", "--executor dask"),
}
_DISTRIBUTIONS = {"google.protobuf": "protobuf", "clang": "libclang"}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


class Grammar(Struct, frozen=True):
    """Whether the grammar of a language loads."""

    language: str
    loads: bool
    error: str = ""


class Extra(Struct, frozen=True):
    """An optional part: its version, empty where it is not installed."""

    name: str
    purpose: str
    version: str


class Parsed(Struct, frozen=True):
    """How well the files of a language were read."""

    language: str
    files: int
    bytes: int
    #: Files whose tree has an error or something missing, and the bytes below errors.
    with_errors: int
    error_bytes: int
    symbols: int
    #: Files with another reading than that of their own grammar, and those that could not be read to the end.
    repaired: int
    failed: int
    worst: str = ""


class Covered(Struct, frozen=True):
    """What an index of a compiler says of a tree, and the file about which most of that does not fit."""

    index: str
    tool: str
    documents: int
    covers: int
    names: int
    unmatched: int
    said: str
    worst: str = ""


class Health(Struct, frozen=True):
    """All of it."""

    version: str
    python: str
    tree_sitter: str
    git: str
    browser: str
    grammars: tuple[Grammar, ...]
    extras: tuple[Extra, ...]
    #: Languages of other distributions, with these.
    plugins: tuple[str, ...] = ()
    tree: str = ""
    quality: tuple[Parsed, ...] = ()
    #: Languages of which files were not read, since their grammar is not installed, with how many.
    unread: tuple[tuple[str, int], ...] = ()
    indexes: tuple[Covered, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether every grammar loads; extras may be missing."""
        return all(g.loads for g in self.grammars)


def examine(atlas: Atlas | None = None, root: Path | None = None) -> Health:
    """What is installed, and how well a tree was read; nothing that lies below `root`, else the current folder, is run for that."""
    python = ".".join(map(str, sys.version_info[:3]))
    browser = next((name for name in _BROWSERS if shutil.which(name)), "")
    return Health(
        __version__, python, _version("tree-sitter"), _git(root or Path.cwd()), browser, tuple(_grammars()), tuple(_extras()),
        tuple(f"{plugin.name} ({plugin.distribution})" for plugin in plugins()), atlas.name if atlas else "",
        tuple(quality_by_language(atlas)) if atlas else (), tuple(_unread(atlas)) if atlas else (), tuple(_covered(atlas)) if atlas else (),
    )  # fmt: skip


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _git(root: Path) -> str:
    program = git_program(root)
    if program is None:
        return ""
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env=environment())
    return done.stdout.strip().removeprefix("git version ")


def _grammars() -> list[Grammar]:
    found = []
    for name in sorted(BY_NAME):
        if BY_NAME[name].grammar and not lacks(name):
            try:
                grammar(name)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it is what is asked for
                found.append(Grammar(name, loads=False, error=f"{type(error).__name__}: {error}"))
            else:
                found.append(Grammar(name, loads=True))
    return found


def _extras() -> list[Extra]:
    found = []
    for name, (module, purpose) in _EXTRAS.items():
        version = ""
        try:
            importlib.import_module(module)
        except ImportError:
            pass
        else:
            version = _version(_DISTRIBUTIONS.get(module, module)) or "installed"
        found.append(Extra(name, purpose, version))
    return [*found, _languages()]


def _languages() -> Extra:
    """The extra that brings grammars: of which languages, and how many of them are installed where some are."""
    titles = [language.title for language in LANGUAGES if language.grammar.partition(":")[0] in OPTIONAL]
    count, of = len(installed()), len(OPTIONAL)
    version = f"{of} grammars" if count == of else f"{count} of {of} grammars, the others {_missing(EXTRA)}" if count else ""
    return Extra(EXTRA, ", ".join(sorted(titles, key=str.lower)), version)


def quality_by_language(atlas: Atlas) -> list[Parsed]:
    """How well the files of each language were read, those of most files first; files without a grammar are not parsed."""
    found: dict[str, list[str]] = {}
    for path, file in atlas.files.items():
        if file.record is not None and _is_parsed(file.language):
            found.setdefault(file.language, []).append(path)
    made = [_parsed(atlas, language, paths) for language, paths in found.items()]
    return sorted(made, key=lambda p: (-p.files, p.language))


def _unread(atlas: Atlas) -> list[tuple[str, int]]:
    counts = Counter(file.language for file in atlas.files.values() if file.language and file.record is not None and lacks(file.language))
    return sorted((BY_NAME[language].title, count) for language, count in counts.items())


def _is_parsed(language: str) -> bool:
    return language in BY_NAME and bool(BY_NAME[language].grammar) and not lacks(language)


def _parsed(atlas: Atlas, language: str, paths: list[str]) -> Parsed:
    from .facts import path_text

    size = with_errors = errors = symbols = repaired = failed = 0
    worst: tuple[int, str] = (0, "")
    for path in paths:
        record = atlas.files[path].record
        assert record is not None
        quality = record.quality
        size += record.counts.bytes
        symbols += len(record.symbols)
        errors += quality.error_bytes
        with_errors += bool(quality.error_bytes or quality.missing)
        repaired += bool(quality.repairs)
        failed += any(n.code in ("timeout", "failed", "worker-died", "too-deep", "too-many-symbols") for n in record.notes)
        if quality.error_bytes > worst[0]:
            worst = (quality.error_bytes, path)
    return Parsed(language, len(paths), size, with_errors, errors, symbols, repaired, failed, path_text(worst[1]))


def _covered(atlas: Atlas) -> Iterator[Covered]:
    from .facts import path_text

    for number, index in enumerate(atlas.indexed):
        told = [(one.unmatched, path) for path, compiled in atlas.compiled.items() for one in compiled.told if one.index == number]
        most, path = max(told, default=(0, ""))
        worst = f"{path_text(path)} ({most:,})" if most else ""
        yield Covered(
            index.name, index.tool, index.documents, index.covers, index.names, index.unmatched, said_of(index), worst
        )  # fmt: skip


def _missing(extra: str) -> str:
    return f"not installed (pip install 'gazetteer[{extra}]')"


def report(health: Health) -> list[str]:
    """The lines that `gaz doctor` prints."""
    loads = [g for g in health.grammars if g.loads]
    lines = [
        f"gazetteer {health.version}, Python {health.python}, tree-sitter {health.tree_sitter}",
        f"git: {health.git or 'not found: files are listed without it, gaz diff compares folders alone'}",
        f"browser: {health.browser or 'no Chromium found (only tests need one)'}",
        f"grammars: {len(loads)} of {len(health.grammars)} load ({', '.join(g.language for g in loads)})",
    ]
    lines += [f"  {g.language} does not load: {g.error}" for g in health.grammars if not g.loads]
    if health.plugins:
        lines.append(f"languages of other distributions: {', '.join(health.plugins)}")
    for extra in health.extras:
        lines.append(f"extra {extra.name} ({extra.purpose}): {extra.version or _missing(extra.name)}")
    if health.tree:
        lines += ["", f"parse quality of {health.tree}:"]
        lines.append(
            f"{'language':<14}{'files':>8}{'symbols':>10}{'with errors':>13}{'error bytes':>13}{'of all':>9}{'repaired':>10}{'failed':>8}"
        )
        for p in health.quality:
            share = f"{100 * p.error_bytes / p.bytes:.2f} %" if p.bytes else "-"
            lines.append(
                f"{language_title(p.language):<14}{p.files:>8,}{p.symbols:>10,}{p.with_errors:>13,}{p.error_bytes:>13,}{share:>9}"
                f"{p.repaired:>10,}{p.failed:>8,}" + (f"  most: {p.worst}" if p.worst else "")
            )
        lines += [
            f"{title}: {count:,} {'file' if count == 1 else 'files'} not read, for lack of a grammar: {_missing(EXTRA)}"
            for title, count in health.unread
        ]
        if not health.quality:
            lines.append("no file of a language with a grammar")
        lines += [f"{index.said}" + (f"; most: {index.worst}" if index.worst else "") for index in health.indexes]
    return lines
