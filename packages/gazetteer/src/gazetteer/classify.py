"""In which language a file is written, and what is to be said of it as a whole: test, vendored, generated, documentation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from pathspec import GitIgnoreSpec

from .config import Config
from .lang.table import BY_FILE_NAME, BY_SHEBANG, BY_SUFFIX
from .model import Scan

__all__ = ["Labels", "language_of", "languages"]

_TEMPLATE_SUFFIXES = frozenset((".in", ".tmpl", ".template", ".tpl"))


def language_of(path: str, scan: Scan) -> str:
    """The name of the language, by the name of the file, its suffix, its ``#!`` line; empty where nothing says it.

    A ``.h`` file is ``c-or-cpp`` here; `languages` decides by its neighbours.
    """
    name = path.rsplit("/", 1)[-1]
    if name in BY_FILE_NAME:
        return BY_FILE_NAME[name].name
    suffixes = PurePosixPath(name).suffixes
    if suffixes and suffixes[-1] in _TEMPLATE_SUFFIXES:
        suffixes.pop()
    if suffixes:
        if suffixes[-1] == ".h":
            return "objc" if scan.objc_words else "c-or-cpp"
        found = BY_SUFFIX.get(suffixes[-1]) or BY_SUFFIX.get(suffixes[-1].lower())
        if found is not None:
            return found.name
    for name_, language in BY_FILE_NAME.items():
        if name.startswith(name_ + "."):
            return language.name
    if scan.shebang in BY_SHEBANG:
        return BY_SHEBANG[scan.shebang].name
    return ""


def languages(scans: Mapping[str, Scan]) -> dict[str, str]:
    """The language of each path; that of ``.h`` files by their words, by the sources beside them, else by the whole tree."""
    found = {path: language_of(path, scan) if scan.content == "text" else "" for path, scan in scans.items()}
    beside: dict[str, Counter[str]] = {}
    whole: Counter[str] = Counter()
    for path, language in found.items():
        if language in ("c", "cpp", "cuda"):
            beside.setdefault(path.rpartition("/")[0], Counter())[language] += 1
            whole[language] += 1
    for path, language in found.items():
        if language == "c-or-cpp":
            found[path] = _header(scans[path], beside.get(path.rpartition("/")[0], Counter()), whole)
    return found


def _header(scan: Scan, beside: Counter[str], whole: Counter[str]) -> str:
    if scan.cpp_words:
        return "cpp"
    for counts in (beside, whole):
        cpp = counts["cpp"] + counts["cuda"]
        if cpp or counts["c"]:
            return "cpp" if cpp >= counts["c"] else "c"
    return "c"


class Labels:
    """What patterns and marks say of a path.

    Parameters
    ----------
    config : Config
        Patterns of tests, of vendored and of generated files.
    attributes : iterable of (folder, text)
        The `.gitattributes` files of the tree: ``linguist-vendored``, ``linguist-generated``, ``linguist-documentation``.
    """

    def __init__(self, config: Config, attributes: Iterable[tuple[str, str]] = ()) -> None:
        self._tests = GitIgnoreSpec.from_lines(config.tests.paths)
        self._vendored = GitIgnoreSpec.from_lines(config.repo.vendored)
        self._generated = GitIgnoreSpec.from_lines(config.repo.generated)
        self._attributes = [line for folder, text in attributes for line in _attribute_lines(folder, text)]

    def of(self, path: str, scan: Scan) -> tuple[str, ...]:
        """Labels of a file, sorted: ``documentation``, ``generated``, ``template``, ``test``, ``vendored``."""
        labels = set()
        if self._tests.match_file(path):
            labels.add("test")
        if self._vendored.match_file(path):
            labels.add("vendored")
        if scan.generated_line or scan.own_page or scan.seed_page or self._generated.match_file(path):
            labels.add("generated")
        if PurePosixPath(path).suffix in _TEMPLATE_SUFFIXES:
            labels.add("template")
        for spec, label, on in self._attributes:
            if spec.match_file(path):
                (labels.add if on else labels.discard)(label)
        return tuple(sorted(labels))


_LINGUIST = re.compile(r"(-?)linguist-(vendored|generated|documentation)(?:=(\w+))?$")


def _attribute_lines(folder: str, text: str) -> list[tuple[GitIgnoreSpec, str, bool]]:
    found = []
    for line in text.splitlines():
        pattern, *attributes = line.split() or [""]
        for attribute in attributes:
            match = _LINGUIST.match(attribute)
            if match and not pattern.startswith("#"):
                whole = (
                    f"/{folder}/{pattern.lstrip('/')}" if folder and "/" in pattern else f"/{folder}/**/{pattern}" if folder else pattern
                )
                on = not match[1] and (match[3] or "true") not in ("false", "0", "unset")
                found.append((GitIgnoreSpec.from_lines([whole]), match[2], on))
    return found
