"""Imports of JavaScript and TypeScript: relative paths, packages of the tree by their names, paths of `tsconfig.json`.

Suffixes are tried as Node, bundlers and TypeScript do: the file itself, then each suffix, then ``index`` in a folder; ``./a.js`` in
TypeScript also means ``a.ts``. What a build makes is not in the tree: where a `tsconfig.json` says into which folder it is made, and from
which, its source is meant, else the `package.json` of the package whose entry it is.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.bindings import Bindings
from ...resolve.near import Near
from ...resolve.paths import Paths, above
from .made import Made

__all__ = ["near", "resolve"]

_TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts", ".d.ts", ".d.mts", ".d.cts")
_JAVASCRIPT = (".js", ".jsx", ".mjs", ".cjs")
#: Which bundlers try last: most want components to be named in full.
_COMPONENTS = (".vue", ".svelte")
_ORDER = {
    "javascript": (*_JAVASCRIPT, *_TYPESCRIPT, ".json", *_COMPONENTS), "typescript": (*_TYPESCRIPT, *_JAVASCRIPT, ".json", *_COMPONENTS),
}  # fmt: skip
#: Where SvelteKit finds what begins with ``$lib``, beside its configuration.
_OF_SVELTEKIT, _SVELTEKIT = ("svelte.config.js", "svelte.config.ts"), "src/lib"
#: What a suffix of JavaScript stands for in TypeScript.
_SOURCES = {".js": (".ts", ".tsx", ".d.ts"), ".jsx": (".tsx",), ".mjs": (".mts", ".d.mts"), ".cjs": (".cts", ".d.cts")}
#: Under what a package names its files: types come first for TypeScript, and last for JavaScript, which runs the others.
_CONDITIONS = ("source", "types", "import", "module", "node", "browser", "require", "default")
_CONDITIONS_OF_SCRIPTS = (*(c for c in _CONDITIONS if c != "types"), "types")
_ENTRIES, _ENTRIES_OF_SCRIPTS = ("source", "types", "typings", "module", "main"), ("source", "module", "main", "types", "typings")
#: Modules that come with Node, of all versions since 12.
_NODE_NAMES = """
    assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2
    https inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys timers tls
    trace_events tty url util v8 vm wasi worker_threads zlib
"""
_NODE = frozenset(_NODE_NAMES.split())


def resolve(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:  # noqa: ARG001 - all resolvers are called alike
    """Edges of imports and re-exports, from classes to their bases, and from methods to those that they override."""
    resolver = _Resolver([f for f in files if f.language != "json"], [f for f in files if f.language == "json"], paths)
    for path in resolver.bindings.files:
        yield from resolver.statements(path)
    yield from resolver.bindings.edges()


def near(files: Mapping[str, SourceFile], paths: Paths, config: Config) -> Near:  # noqa: ARG001
    """What `resolve` finds, for few files: others are read where one of these has to do with them; all manifests are."""
    manifests = [file for file in files.values() if file.language == "json" and file.record is not None and file.record.manifest]
    return _Resolver({path: file for path, file in files.items() if file.language != "json"}, manifests, paths, is_near=True)


class _Resolver:
    """The packages of a tree."""

    def __init__(
        self, files: Iterable[SourceFile] | Mapping[str, SourceFile], manifests: list[SourceFile], paths: Paths, *, is_near: bool = False
    ) -> None:
        self.paths, self.bindings = paths, Bindings(files, read=self.bind_all if is_near else None)
        self.packages: dict[str, dict[str, Any]] = {}
        self.named: dict[str, list[str]] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        #: Folders of packages whose entries are being looked for.
        self._asked = set[str]()
        for manifest in manifests:
            assert manifest.record is not None
            folder, _, name = manifest.path.rpartition("/")
            content = json.loads(manifest.record.manifest)
            if name == "package.json":
                self.packages[folder] = content
                if isinstance(content.get("name"), str) and "node_modules" not in folder.split("/"):
                    self.named.setdefault(content["name"], []).append(folder)
            elif name.endswith(".json"):
                self.configs[manifest.path] = content
        self.made = Made((path, self.extending(path)) for path in sorted(self.configs))

    def statements(self, path: str) -> Iterator[Edge | Missing]:
        """An edge for each file that another imports; afterwards the names that it imports are bound."""
        file = self.bindings.files[path]
        assert file.record is not None
        for statement in file.record.imports:
            yield from self.statement(file, statement)

    def bind_all(self, path: str) -> None:
        """Bind the names that a file imports."""
        for _ in self.statements(path):
            pass

    def joined(self, paths: Iterable[str]) -> Iterator[Edge]:
        """Edges from the classes of some files, and from their methods."""
        return self.bindings.edges(paths=paths)

    def statement(self, file: SourceFile, statement: Import) -> Iterator[Edge | Missing]:
        text = written(statement)
        target = statement.target.split("?")[0].rpartition("!")[2]  # before which stands what loads it
        found = self.targets(file, statement, target)
        if len(found) > 1:
            yield Missing.ambiguous(file.path, statement.line, "import", text, sorted(found))
        elif not found:
            library = statement.kind == "reference" and statement.alias == "lib"
            standard = library or target.startswith("node:") or target.split("/")[0] in _NODE
            yield Missing(file.path, statement.line, "import", text, "standard library" if standard else "outside")
        elif found[0] != file.path:
            self.bind(file.path, statement, found[0])
            yield Edge.stated(file.path, statement, found[0], "import", text, weak=statement.type_only or statement.local)

    def targets(self, file: SourceFile, statement: Import, target: str) -> list[str]:
        """The file that a target means; more than one where packages of the tree share a name."""
        folder = file.path.rpartition("/")[0]
        order = _ORDER["javascript" if file.language == "javascript" else "typescript"]
        if statement.kind == "reference" and statement.alias != "types":
            found = self.paths.relative(folder, f"lib.{target}.d.ts" if statement.alias == "lib" else target)
            return [found] if found is not None else []
        if target.startswith(("./", "../")) or target in (".", ".."):
            return self.one(self.at(posixpath.join(folder, target), order))
        if target.startswith(("/", "node:")) or "://" in target:
            return []
        if target == "$lib" or target.startswith("$lib/"):
            return self.one(self.of_sveltekit(folder, target, order))
        by_paths = self.by_paths(folder, target, order)
        if by_paths is None and target.startswith("#"):
            return self.one(self.private(folder, target, order))
        return [by_paths] if by_paths is not None else self.of_package(folder, target, order)

    @staticmethod
    def one(found: str | None) -> list[str]:
        """A list of what was found."""
        return [found] if found is not None else []

    def at(self, path: str, order: tuple[str, ...]) -> str | None:
        """The file that a path without a suffix, with the suffix of what will be compiled, or of a folder means."""
        path = posixpath.normpath(path)
        if path.startswith(".."):
            return None
        path = "" if path == "." else path
        stem, suffix = posixpath.splitext(path)
        candidates = [path, *(path + s for s in order)]
        if suffix in _SOURCES:
            sources = [stem + s for s in _SOURCES[suffix]]
            candidates = [*sources, *candidates] if order is _ORDER["typescript"] else [path, *sources, *candidates]
        found = next((c for c in candidates if c and c in self.paths.files), None)
        if found is not None or path not in self.paths.folders:
            return found or self.source(path)
        package = self.packages.get(path)
        if package is not None and path not in self._asked:  # packages may name each other, and themselves
            self._asked.add(path)
            try:
                if (entry := self.entry(path, package, "", order)) is not None:
                    return entry
            finally:
                self._asked.remove(path)
        return next((c for c in (posixpath.join(path, "index" + s) for s in order) if c in self.paths.files), None)

    def source(self, path: str) -> str | None:
        """The file from which a build makes what is meant by a path."""
        stems = (stem for made in (path, f"{path}/index") for stem in self.made.sources(made))
        return next((p for stem in stems for s in _ORDER["typescript"] if (p := posixpath.normpath(stem + s)) in self.paths.files), None)

    def of_sveltekit(self, folder: str, target: str, order: tuple[str, ...]) -> str | None:
        """What SvelteKit has under ``$lib``, unless its configuration says otherwise, which is a program."""
        while folder and not any(posixpath.join(folder, name) in self.paths.files for name in _OF_SVELTEKIT):
            folder = folder.rpartition("/")[0]
        return self.at(posixpath.join(folder, _SVELTEKIT + target.removeprefix("$lib")), order)

    def by_paths(self, folder: str, target: str, order: tuple[str, ...]) -> str | None:
        """What ``paths`` and ``baseUrl`` of the nearest configuration say."""
        while True:
            for name in ("tsconfig.json", "jsconfig.json"):
                path = posixpath.join(folder, name)
                if path in self.configs:
                    return self.by_config(path, target, order)
            if not folder:
                return None
            folder = folder.rpartition("/")[0]

    def by_config(self, path: str, target: str, order: tuple[str, ...]) -> str | None:
        """What the paths of a configuration say, or those of one that it extends."""
        base, paths, home, seen = None, None, "", set[str]()
        for each, content in self.extending(path):
            seen.add(each)
            folder, options = each.rpartition("/")[0], content.get("compilerOptions", {})
            if base is None and isinstance(options.get("baseUrl"), str):
                base = posixpath.join(folder, options["baseUrl"])
            if paths is None and isinstance(options.get("paths"), dict):
                paths, home = options["paths"], folder
        for pattern, choices in sorted((paths or {}).items(), key=lambda m: -len(m[0].partition("*")[0])):
            part = _matched(pattern, target)
            for choice in choices if part is not None and isinstance(choices, list) else ():
                if isinstance(choice, str):
                    found = self.at(posixpath.join(base if base is not None else home, choice.replace("*", part or "")), order)
                    if found is not None:
                        return found
        if base is not None:
            return self.at(posixpath.join(base, target), order)
        parts = (self.by_config(part, target, order) for part in self.parts_of(path) if part not in seen) if paths is None else ()
        return next((found for found in parts if found is not None), None)

    def extending(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """A configuration and those that it extends, those first that override the others."""
        seen, row = set[str](), [path]
        while row:
            path = row.pop(0)
            if path not in seen:
                seen.add(path)
                yield path, self.configs[path]
                row = [*self.extended(path.rpartition("/")[0], self.configs[path].get("extends")), *row]

    def extended(self, folder: str, extends: Any) -> list[str]:
        """The configurations that another one extends, those first that override the others."""
        several = extends if isinstance(extends, list) else [extends]
        stems = [posixpath.normpath(posixpath.join(folder, each)) for each in reversed(several) if isinstance(each, str)]
        return [path for stem in stems for path in (stem, f"{stem}.json") if path in self.configs]

    def parts_of(self, path: str) -> Iterator[str]:
        """The configurations of parts of a project beside its own, which has no paths but names these."""
        folder, listed = path.rpartition("/")[0], self.configs[path].get("references")
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and isinstance(each.get("path"), str):
                part = posixpath.normpath(posixpath.join(folder, each["path"]))
                if part.rpartition("/")[0] == folder and part in self.configs and "references" not in self.configs[part]:
                    yield part

    def of_package(self, folder: str, target: str, order: tuple[str, ...]) -> list[str]:
        """What a package of the tree gives under a name: ``name``, ``@scope/name/sub``."""
        parts = target.split("/")
        length = 2 if target.startswith("@") else 1
        name, rest = "/".join(parts[:length]), "/".join(parts[length:])
        around = [folder, *above(folder)]
        for each in around:
            inside = posixpath.join(each, "node_modules", name)
            if inside in self.paths.folders:
                return self.one(self.entry(inside, self.packages.get(inside, {}), rest, order))
        named = self.named.get(name, [])
        own = next((f for f in around if f in self.packages), None)
        named = [own] if own in named else named  # a package knows itself by its name
        found = [
            self.entry(f, self.packages[f], rest, order) or posixpath.join(f, "package.json") for f in named if not self.hides(f, rest)
        ]
        return list(dict.fromkeys(found))

    def hides(self, folder: str, rest: str) -> bool:
        """Whether a package says of a path that it exports nothing there."""
        exports = self.packages[folder].get("exports")
        if not isinstance(exports, dict):
            return False
        found = [p for p in exports if _matched(p, f"./{rest}") is not None]
        return bool(found) and exports[max(found, key=lambda p: (p == f"./{rest}", len(p.partition("*")[0])))] is None

    def private(self, folder: str, target: str, order: tuple[str, ...]) -> str | None:
        """What ``imports`` of the nearest package say of a name that begins with ``#``."""
        while folder and folder not in self.packages:
            folder = folder.rpartition("/")[0]
        return self.exported(folder, self.packages.get(folder, {}).get("imports"), target, order)

    def entry(self, folder: str, package: dict[str, Any], rest: str, order: tuple[str, ...]) -> str | None:
        """The file that a package gives under a path."""
        exports = package.get("exports")
        if exports is not None:
            if not isinstance(exports, dict) or not any(k.startswith(".") for k in exports):
                exports = {".": exports}
            found = self.exported(folder, exports, f"./{rest}" if rest else ".", order)
            if found is not None:
                return found
        if rest:
            return self.at(posixpath.join(folder, rest), order)
        for key in _ENTRIES_OF_SCRIPTS if order is _ORDER["javascript"] else _ENTRIES:
            if isinstance(package.get(key), str):
                found = self.at(posixpath.join(folder, package[key]), order)
                if found is not None and found != posixpath.join(folder, "package.json"):
                    return found
        return next((c for c in (posixpath.join(folder, "index" + s) for s in order) if c in self.paths.files), None)

    def exported(self, folder: str, table: Any, key: str, order: tuple[str, ...]) -> str | None:
        """What a table of exports has under a key, exactly or by the longest pattern."""
        if not isinstance(table, dict):
            return None
        conditions = _CONDITIONS_OF_SCRIPTS if order is _ORDER["javascript"] else _CONDITIONS
        for pattern in sorted(table, key=lambda k: (k != key, -len(k.partition("*")[0]), k)):
            part = _matched(pattern, key)
            if part is not None:
                found = (self.at(posixpath.join(folder, f.replace("*", part)), order) for f in _choices(table[pattern], conditions))
                return next((f for f in found if f is not None), None)
        return None

    def bind(self, path: str, statement: Import, target: str) -> None:
        """Say what the statement's names mean."""
        if statement.alias and statement.kind == "require":
            self.bindings.bind(path, statement.alias, [target], alone=self.default(target))
        declared = self.declared(target, statement.target)
        for name in statement.names:
            if name.name == "*":
                if name.alias:
                    self.bindings.bind(path, name.alias, [target], declared)
                else:
                    self.bindings.star(path, target)
            elif name.name == "default":
                self.bindings.bind(path, name.alias or "default", [target], self.default(target))
            else:
                self.bindings.bind(path, name.alias or name.name, [target], f"{declared}.{name.name}" if declared else name.name)

    def declared(self, target: str, name: str) -> str:
        """The name of a module, if a file declares it by that in a block of its own: ``declare module "name" { … }``."""
        record = self.bindings.files[target].record if target in self.bindings.files and "." not in name else None
        symbols = record.symbols if record is not None else []
        return name if any(s.kind == "module" and s.name == name and s.parent < 0 for s in symbols) else ""

    def default(self, target: str) -> str:
        """The name of what a module exports by default."""
        record = self.bindings.files[target].record if target in self.bindings.files else None
        return next(
            (s.name for s in (record.symbols if record is not None else ()) if "default" in s.modifiers and s.parent < 0), "default"
        )


def _matched(pattern: str, text: str) -> str | None:
    """What stands in `text` for the ``*`` of a pattern; an empty text for one without, None where it is another."""
    before, star, after = pattern.partition("*")
    if not star:
        return "" if pattern == text else None
    if text.startswith(before) and text.endswith(after) and len(text) >= len(before) + len(after):
        return text[len(before) : len(text) - len(after)]
    return None


def _choices(value: Any, conditions: tuple[str, ...], depth: int = 0) -> Iterator[str]:
    """The paths of an entry of ``exports``, in the order of the conditions, those that are not among them last."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < 8:
        for each in value:
            yield from _choices(each, conditions, depth + 1)
    elif isinstance(value, dict) and depth < 8:
        for condition in (*conditions, *sorted(set(value) - set(conditions))):
            if condition in value:
                yield from _choices(value[condition], conditions, depth + 1)


def written(statement: Import) -> str:
    """The statement on one line."""
    source = f'"{statement.target}"'
    if statement.kind == "reference":
        return f"/// <reference {statement.alias or 'path'}={source}>"
    if statement.kind == "script":
        return f"<script src={source}>"
    if statement.kind == "require":
        return f"require({source})"
    if statement.kind == "import" and statement.local and not statement.names:
        return f"import({source})"
    names = _clause(statement)
    word = ("export" if statement.kind == "export" else "import") + (" type" if statement.type_only else "")
    return f"{word} {names} from {source}" if names else f"{word} {source}"


def _clause(statement: Import) -> str:
    """What is between the word and ``from``: what is exported by default, all, and names in braces."""
    first, inside = list[str](), list[str]()
    for name in statement.names:
        text = name.name + (f" as {name.alias}" if name.alias else "")
        if name.name == "*":
            first.append(text)
        elif name.name == "default" and name.alias and statement.kind == "import":
            first.append(name.alias)
        else:
            inside.append(text)
    return ", ".join([*first, f"{{ {', '.join(inside)} }}"] if inside else first)
