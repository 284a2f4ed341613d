"""JSON, TOML, INI: top-level keys with their lines, what manifests declare, and honest words on what does not parse."""

from __future__ import annotations

import itertools
import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from ...model import Document, Import, Note
from ..base import MAX_DOC, MAX_VALUE, Walk, one_line
from .json_text import Place, keys_and_values, strict, top_level
from .named import named

__all__ = ["MOST_ENTRIES", "MOST_NAMED", "MOST_VALUES", "line_within", "note_keys", "note_values", "walk_ini", "walk_json", "walk_toml"]

MOST_KEYS, MOST_VALUES, MOST_ENTRIES, MOST_NAMED = 1_000, 2_000, 5_000, 2_000

#: Top-level keys by which a text is known to describe a package, a project or services.
_JSON_MANIFEST = frozenset((
    "dependencies", "devDependencies", "scripts", "workspaces", "autoload", "autoload-dev", "require", "compilerOptions", "references",
    "main", "exports", "imports", "paths", "bin",
))  # fmt: skip
_TOML_MANIFEST = frozenset(("project", "package", "workspace", "build-system", "dependencies", "tool", "module"))

#: Tables of what a package of npm needs.
_NEEDS = frozenset(("dependencies", "devDependencies", "peerDependencies", "optionalDependencies"))
#: What a text that is no manifest has where it names another one.
_LEADS_ON = re.compile(r"\"(?:\$ref|extends)\"\s*:\s*[\[\"]")

_DESCRIPTIONS = frozenset(("description", "project.description", "package.description", "tool.poetry.description"))
#: A description of fewer letters is a word or a place for one.
_SHORTEST = 8


def line_within(walk: Walk, line: int) -> int:
    """The line of an error, which may be behind the last line where a text ends too early: then the last one."""
    return min(line, len(walk.decoded.removesuffix("\n").split("\n")))


def note_keys(walk: Walk, keys: Iterable[tuple[str, int]]) -> None:
    """Note top-level keys, each where it first stands."""
    found = dict[str, int]()
    for key, line in keys:
        found.setdefault(key, line)
    walk.keys = list(found.items())[:MOST_KEYS]
    if len(found) > MOST_KEYS:
        walk.notes.append(Note("too-many-symbols", f"only the first {MOST_KEYS:,} of {len(found):,} top-level keys are listed"))


def note_values(walk: Walk, places: Iterable[Place], most: int = MOST_VALUES) -> None:
    """Note what a manifest declares; its description says what the folder is that it lies in."""
    told = (p for p in places if p.value)
    shown = [(".".join(filter(None, p.path)), p.value, p.line) for p in itertools.islice(told, most)]
    walk.values = [(key, one_line(value, MAX_VALUE), line) for key, value, line in shown]
    for key, value, line in shown:
        if key in _DESCRIPTIONS and len(value) >= _SHORTEST:
            walk.document = Document(summary=one_line(value, MAX_DOC), summary_line=line)
            break
    if next(told, None) is not None:
        walk.notes.append(Note("too-many-symbols", f"only the first {most:,} of the values that it declares are listed"))


def walk_json(walk: Walk) -> None:
    """Read a JSON text."""
    text = walk.decoded.removeprefix("\ufeff")
    try:
        try:
            keys = top_level(text)
        except json.JSONDecodeError as error:
            text = strict(text)
            try:
                keys = top_level(text)
            except json.JSONDecodeError:
                walk.notes.append(Note("parse-error", f"no JSON: {error.msg}, column {error.colno}", line_within(walk, error.lineno)))
                return
    except (RecursionError, ValueError) as error:
        walk.notes.append(Note("too-deep", f"not read as JSON: {one_line(str(error), 100)}"))
        return
    if keys is None:
        return
    note_keys(walk, keys)
    if _JSON_MANIFEST & {key for key, _ in keys}:
        note_values(walk, _naming(walk, keys_and_values(text)))
    elif _LEADS_ON.search(text):
        for _ in _naming(walk, itertools.islice(keys_and_values(text), MOST_VALUES)):
            pass


def _naming(walk: Walk, places: Iterable[Place]) -> Iterator[Place]:
    """What is read, one after the other; what it names is noted."""
    for place in places:
        if len(walk.imports) < MOST_NAMED:
            told = [key for key in place.path if key]
            if told[:1] and told[0] in _NEEDS and len(told) == 2:  # of npm: a package, by its name
                walk.imports.append(Import("listed", told[1], place.line, alias=told[0]))
            elif told[-1:] == ["workspace"] and place.value == "true" and len(told) > 2:
                walk.imports.append(Import("listed", told[-2], place.line, alias="workspace"))
            else:
                walk.imports += named(place.path, place.value, place.line)
        yield place


_TOML_HEADER = re.compile(r"[ \t]*\[\[?[ \t]*([^\]\n]+?)[ \t]*\]\]?[ \t]*(?:#.*)?$")
_TOML_KEY = re.compile(r"[ \t]*((?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*')(?:[ \t]*\.[ \t]*(?:[\w-]+|\"[^\"\n]*\"|'[^'\n]*'))*)[ \t]*=")
_TOML_PART = re.compile(r"[\w-]+|\"[^\"\n]*\"|'[^'\n]*'")
_TOML_SKIP = re.compile(r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*', re.DOTALL)


def walk_toml(walk: Walk) -> None:
    """Read a TOML text."""
    text = walk.decoded.removeprefix("\ufeff").replace("\r\n", "\n")
    try:
        whole = tomllib.loads(text)
    except ValueError as error:  # a number of too many digits, besides what is no TOML
        at = re.search(r"at line (\d+)", str(error))
        walk.notes.append(Note("parse-error", f"no TOML: {error}", int(at[1]) if at else 0))
        return
    except RecursionError:
        walk.notes.append(Note("too-deep", "not read as TOML: nested too deeply"))
        return
    lines = _toml_lines(text)
    note_keys(walk, ((path[0], line) for path, line in lines))
    if _TOML_MANIFEST & whole.keys():
        places: dict[tuple[str, ...], list[int]] = {}
        for path, line in lines:
            places.setdefault(path, []).append(line)
        note_values(walk, _naming(walk, _toml_places(whole, (), 1, places, text.split("\n"))))


def _toml_lines(text: str) -> list[tuple[tuple[str, ...], int]]:
    """Tables and keys with their lines; what stands in strings that go over lines, and in lists, is not one."""
    hidden = _TOML_SKIP.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if "\n" in m[0] or m[0].startswith("#") else m[0], text)
    found: list[tuple[tuple[str, ...], int]] = []
    table: tuple[str, ...] = ()
    depth = 0
    for number, line in enumerate(hidden.split("\n"), 1):
        if not depth and (match := _TOML_HEADER.match(line)) is not None:
            table = tuple(p.strip("\"'") for p in _TOML_PART.findall(match[1]))
            found.append((table, number))
            continue
        if not depth and (match := _TOML_KEY.match(line)) is not None:
            found.append(((*table, *(p.strip("\"'") for p in _TOML_PART.findall(match[1]))), number))
        bare = _TOML_SKIP.sub("", line)
        depth = max(depth + bare.count("[") + bare.count("{") - bare.count("]") - bare.count("}"), 0)
    return found


def _toml_places(
    value: Any, path: tuple[str, ...], line: int, places: dict[tuple[str, ...], list[int]], lines: list[str]
) -> Iterable[Place]:
    known = places.get(path)
    if known:  # tables of a list have the same keys again and again
        line = known.pop(0) if len(known) > 1 else known[0]
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _toml_places(inner, (*path, key), line, places, lines)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, str) and "\n" not in item:
                line = next((n for n in range(line, min(line + 2_000, len(lines)) + 1) if item in lines[n - 1]), line)
                yield Place(path, item, line)
            elif isinstance(item, dict):
                yield from _toml_places(item, path, line, places, lines)
    else:
        yield Place(path, str(value).lower() if isinstance(value, bool) else str(value), line)


_SECTION = re.compile(r"\[([^\]\n]+)\]\s*(?:[#;].*)?$")
_INI_KEY = re.compile(r"([^\s=:#;\[][^=:]*?)\s*[=:]\s*(.*)$")
_INI_MANIFEST = frozenset(("metadata", "options"))


def walk_ini(walk: Walk) -> None:
    """Read the sections of an INI text, and what it declares where it describes a package."""
    sections, places, key = list[tuple[str, int]](), list[Place](), ""
    for number, line in enumerate(walk.decoded.split("\n"), 1):
        text = line.rstrip()
        match = _SECTION.match(text)
        if match is not None:
            sections.append((match[1], number))
            key = ""
        elif text[:1].isspace():  # one more line of a value
            value = text.strip()
            if key and not value.startswith(("#", ";")):
                places.append(Place((sections[-1][0], key), value, number))
        elif sections and (match := _INI_KEY.match(text)) is not None:
            key = match[1]
            places.append(Place((sections[-1][0], key), match[2], number))
    note_keys(walk, sections)
    if _INI_MANIFEST & {name for name, _ in sections}:
        note_values(walk, places)
