"""Imports of Rust: ``mod x;`` to the file of the module, ``use`` through the modules of the crate and the crates of the tree.

The modules of each crate are found from its roots: ``src/lib.rs``, ``src/main.rs``, the targets of `Cargo.toml`, and files that no
``mod`` leads to. A ``use`` leads to the file of the deepest module that its path names.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import, ImportedName, Symbol
from ...resolve.bindings import Bindings
from ...resolve.paths import Paths
from ...resolve.paths import above as folders_above

__all__ = ["resolve"]

#: A name with what it stands in before it.
_PATH = re.compile(r"(?:::)?\w+(?:::\w+)+")
#: Of a tree with so many modules, one that several crates have is only looked into for the first.
_MOST_MODULES = 100_000
_STANDARD = frozenset(("std", "core", "alloc", "proc_macro", "test"))
#: A file as a module of a crate: its root, and the names from there.
Place = tuple[str, tuple[str, ...]]


def resolve(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:  # noqa: ARG001 - all resolvers are called alike
    """Edges of modules and uses, from implementations to their traits, and from methods to those of the trait."""
    resolver = _Resolver([f for f in files if f.language == "rust"], [f for f in files if f.language == "toml"], paths)
    for file in resolver.files.values():
        assert file.record is not None
        for statement in file.record.imports:
            yield from resolver.statement(file, statement)
        resolver.qualified(file)
    yield from resolver.bindings.edges()


class _Resolver:
    """The crates of a tree."""

    def __init__(self, files: list[SourceFile], manifests: list[SourceFile], paths: Paths) -> None:
        self.files, self.paths = {f.path: f for f in files}, paths
        self.bindings = Bindings(files, "::")
        self.places: dict[str, Place] = {}
        self.modules: dict[Place, str] = {}
        #: Roots of the libraries by the name of their crate; other names that a package has for them.
        self.crates: dict[str, list[str]] = {}
        self.renamed: dict[str, dict[str, str]] = {}
        #: Of each package, by its folder: its own library, and those that it names by their folders.
        self.libraries: dict[str, tuple[str, str]] = {}
        self.beside: dict[str, dict[str, str]] = {}
        #: Packages of the first edition, in which a path that is used counts from the root of the crate.
        self.of_2015: set[str] = set()
        #: Files that a ``mod`` with a path leads to: what they name lies beside them.
        self.led_to: set[str] = set()
        self.uses: dict[str, dict[str, str]] = {}
        #: Of files in whose inline modules others look for names, all that they have, with what is around them.
        self.held: dict[str, set[tuple[str, ...]]] = {}
        roots = list[str]()
        for manifest in manifests:
            assert manifest.record is not None
            roots += self.crate(manifest.path.rpartition("/")[0], json.loads(manifest.record.manifest))
        usual = [p for p in self.files if p.rpartition("/")[2] in ("lib.rs", "main.rs")]
        for root in dict.fromkeys([*sorted(roots), *usual]):
            self.grow(root)
        mods = {t for f in files for _, t in self.mod_targets(f)}
        for path in [*(p for p in self.files if p not in mods), *self.files]:
            self.grow(path)

    def crate(self, folder: str, manifest: dict[str, dict[str, str]]) -> list[str]:
        """The roots of a package; its library is noted under its name."""
        prefix = f"{folder}/" if folder else ""
        library = manifest.get("lib", {})
        root = posixpath.normpath(prefix + library.get("path", "src/lib.rs"))
        name = library.get("name") or manifest.get("package", {}).get("name", "")
        if name and root in self.files:
            self.crates.setdefault(name.replace("-", "_"), []).append(root)
            self.libraries[folder] = (name.replace("-", "_"), root)
        self.renamed[folder], self.beside[folder] = {}, {}
        if manifest.get("package", {}).get("edition", "2015") == "2015":
            self.of_2015.add(folder)
        for alias, what in manifest.get("dependencies", {}).items():
            if isinstance(what, dict) and "package" in what:
                self.renamed[folder][alias.replace("-", "_")] = what["package"].replace("-", "_")
            if isinstance(what, dict) and "path" in what:
                other = posixpath.normpath(prefix + what["path"])
                self.beside[folder][alias.replace("-", "_")] = "" if other == "." else other
        found = [root, prefix + "src/main.rs", prefix + "build.rs"]
        for table in ("bin", "test", "example", "bench"):
            found += [posixpath.normpath(prefix + p) for p in manifest.get(table, ())]
        return [r for r in found if r in self.files]

    def grow(self, root: str) -> None:
        """Note a root and all modules that ``mod`` leads to from it; a file that is one of several crates is known by the first."""
        if root in self.places:
            return
        self.places[root] = (root, ())
        self.modules[root, ()] = root
        seen, stack = {root}, list[Place]()
        stack.append((root, ()))
        while stack:
            path, above = stack.pop()
            file = self.files[path]
            for inline in self.inline_modules(file):
                self.modules.setdefault((root, above + inline), path)
            for names, target in self.mod_targets(file):
                self.modules.setdefault((root, above + names), target)
                is_new = self.places.setdefault(target, (root, above + names)) == (root, above + names)
                if target not in seen and (is_new or len(self.modules) < _MOST_MODULES):
                    seen.add(target)
                    stack += [(target, above + names)] if target in self.files else []  # an empty file has no record

    def inline_modules(self, file: SourceFile) -> Iterator[tuple[str, ...]]:
        assert file.record is not None
        for symbol in file.record.symbols:
            if symbol.kind == "module" and symbol.role == "definition":
                yield (*self.around(file, symbol.line, symbol.end_line), symbol.name)

    def around(self, file: SourceFile, line: int, end: int = 0) -> tuple[str, ...]:
        """The inline modules of a file around a line, or around a longer range."""
        assert file.record is not None
        modules = [s for s in file.record.symbols if s.kind == "module" and s.role == "definition" and (s.line, s.end_line) != (line, end)]
        return tuple(s.name for s in modules if s.line <= line and max(line, end) <= s.end_line)

    def mod_targets(self, file: SourceFile) -> Iterator[tuple[tuple[str, ...], str]]:
        """The module names below a file and the files, of each ``mod x;`` whose file is there."""
        assert file.record is not None
        for statement in file.record.imports:
            if statement.kind in ("mod", "mod_path"):
                names, target = self.mod(file, statement)
                if target is not None:
                    yield names, target

    def mod(self, file: SourceFile, statement: Import) -> tuple[tuple[str, ...], str | None]:
        folder, _, name = file.path.rpartition("/")
        inline = self.around(file, statement.line)
        if statement.kind == "mod_path":
            assert file.record is not None
            target = self.paths.relative("/".join(filter(None, (folder, *inline))), statement.target)
            if target is not None:
                self.led_to.add(target)
            called = next((s.name for s in file.record.symbols if s.line == statement.line and s.kind == "module"), "")
            return (*inline, called), target
        is_root = name in ("mod.rs", "lib.rs", "main.rs") or file.path in self.led_to or self.places.get(file.path, ("", ("",)))[1] == ()
        choices = [folder] if is_root else [posixpath.join(folder, name.removesuffix(".rs"))]
        if name not in ("mod.rs", "lib.rs", "main.rs") and file.path not in self.places:
            choices = [posixpath.join(folder, name.removesuffix(".rs")), folder]
        for choice in choices:
            base = "/".join(filter(None, (choice, *inline, statement.target)))
            for path in (f"{base}.rs", f"{base}/mod.rs"):
                if path in self.paths.files and path != file.path:
                    return (*inline, statement.target), path
        return (*inline, statement.target), None

    def statement(self, file: SourceFile, statement: Import) -> Iterator[Edge | Missing]:
        text = written(statement)
        if statement.kind in ("mod", "mod_path"):
            target = self.mod(file, statement)[1]
            if target is None:
                yield Missing(file.path, statement.line, "import", text)
            else:
                yield Edge.stated(file.path, statement, target, "import", text, weak=statement.local)
            return
        start = self.start(file, statement)
        if isinstance(start, Missing):
            yield start
            return
        if start is None:
            return
        targets = list[str]()
        place, rest = start
        module = self.deepest(place, rest)
        for name in statement.names:
            inner = module if name.name in ("self", "*") or module[1] else self.deepest(module[0], (name.name,))
            path, left = self.modules[inner[0]], inner[1]
            targets.append(path)
            if name.name == "*":
                self.bindings.star(file.path, path)
            elif name.name == "self" or (inner is not module and not left):
                self.bindings.bind(file.path, name.alias or (rest[-1] if name.name == "self" and rest else name.name), [path])
            else:
                self.bindings.bind(file.path, name.alias or name.name, [path], self.named(inner[0], (*module[1], name.name)))
        if not statement.names:
            targets.append(self.modules[module[0]])
            self.bindings.bind(file.path, statement.alias or statement.target.rpartition("::")[2], targets[-1:])
        for target in dict.fromkeys(targets):
            if target != file.path:
                yield Edge.stated(file.path, statement, target, "import", text, weak=statement.local)

    def start(self, file: SourceFile, statement: Import) -> tuple[Place, tuple[str, ...]] | Missing | None:
        """The module from which the path of a use counts, and the names after it; None for names of the module itself."""
        parts = tuple(statement.target.removeprefix("::").split("::"))
        root, above = self.places[file.path]
        here = above + self.around(file, statement.line)
        of_crate = statement.kind == "extern_crate" or statement.target.startswith("::")
        followed = set[str]()
        while not of_crate:
            if parts[0] == "crate":
                return (root, ()), parts[1:]
            if parts[0] in ("self", "super"):
                while parts and parts[0] in ("self", "super"):
                    here, parts = here[:-1] if parts[0] == "super" else here, parts[1:]
                return (root, here), parts
            if (root, (*here, parts[0])) in self.modules:
                return (root, here), parts
            if (root, (parts[0],)) in self.modules and self.package(file.path) in self.of_2015:
                return (root, ()), parts
            path = self.used(file).get(parts[0], "") or self.others(root).get(parts[0], "")
            if not path or parts[0] in followed:
                break
            followed.add(parts[0])
            of_crate, parts = path.startswith("::"), (*path.removeprefix("::").split("::"), *parts[1:])
        crates = self.crates_of(file.path, parts[0])
        if len(crates) > 1:
            return Missing.ambiguous(file.path, statement.line, "import", written(statement), sorted(crates))
        if crates:
            return self.places[crates[0]], parts[1:]  # its root may be a module of another crate
        assert file.record is not None
        if parts[0][:1].isupper() or any(s.name == parts[0] and s.parent < 0 for s in file.record.symbols):
            return None  # an enum, of this file or by a star; or a module of this file
        why = "standard library" if parts[0] in _STANDARD else "outside"
        return Missing(file.path, statement.line, "import", written(statement), why)

    def used(self, file: SourceFile) -> dict[str, str]:
        """The paths of what a file uses, by the names that it has there: ``use other as o; use o::Thing``."""
        if file.path not in self.uses:
            assert file.record is not None
            found = self.uses[file.path] = {}
            for statement in file.record.imports:
                if statement.kind == "extern_crate" and statement.alias:
                    found[statement.alias] = f"::{statement.target}"
                elif statement.kind in ("use", "export"):
                    for name in statement.names or (ImportedName("self", statement.alias),):
                        path = statement.target if name.name == "self" else f"{statement.target}::{name.name}"
                        called = name.alias or path.rpartition("::")[2]
                        if called not in ("*", path.removeprefix("::").partition("::")[0]):  # use log::log; use log::Level
                            found[called] = path
        return self.uses[file.path]

    def others(self, root: str) -> dict[str, str]:
        """The names that the root of a crate gives to other crates, for all of its files: ``extern crate alloc as alloc_crate;``."""
        return {name: path for name, path in self.used(self.files[root]).items() if path.startswith("::")}

    def package(self, path: str) -> str | None:
        """The folder of the package that a file is of."""
        return next((folder for folder in folders_above(path) if folder in self.renamed), None)

    def crates_of(self, path: str, name: str) -> list[str]:
        """The roots of libraries that a name may mean in the package around a file: one that it names by its folder, its own, any."""
        folder = self.package(path)
        if folder is None:
            return self.crates.get(name, [])
        beside, own = self.beside[folder].get(name), self.libraries.get(folder, ("", ""))
        if beside in self.libraries:
            return [self.libraries[beside][1]]
        return [own[1]] if own[0] == name else self.crates.get(self.renamed[folder].get(name, name), [])

    def qualified(self, file: SourceFile) -> None:
        """Bind the paths by which types name their traits: ``impl crate::shapes::Shape for Disc``."""
        assert file.record is not None
        for symbol in file.record.symbols:
            for base in symbol.bases:
                path = base.name.partition("<")[0].strip()
                start = self.start(file, Import("use", path, symbol.line)) if _PATH.fullmatch(path) else None
                if start is not None and not isinstance(start, Missing):
                    module, left = self.deepest(*start)
                    if left:
                        self.bindings.bind(file.path, path.removeprefix("::"), [self.modules[module]], self.named(module, left))

    def named(self, module: Place, left: tuple[str, ...]) -> str:
        """The name that is left of a path, as its file has it: behind the inline modules of the file, if it stands in those."""
        file = self.files.get(self.modules[module])
        inline = module[1][len(self.places[file.path][1]) :] if file is not None else ()
        if not inline or file is None or file.record is None:
            return "::".join(left)
        if file.path not in self.held:
            self.held[file.path] = {(*_around(file.record.symbols, symbol), symbol.name) for symbol in file.record.symbols}
        return "::".join((*inline, *left) if (*inline, left[0]) in self.held[file.path] else left)

    def deepest(self, place: Place, names: tuple[str, ...]) -> tuple[Place, tuple[str, ...]]:
        """The deepest module that names lead to, and the names that are left."""
        while names and (place[0], (*place[1], names[0])) in self.modules:
            place, names = (place[0], (*place[1], names[0])), names[1:]
        while place not in self.modules:  # below a module whose file is not here
            place, names = (place[0], place[1][:-1]), (place[1][-1], *names)
        return place, names


def _around(symbols: list[Symbol], symbol: Symbol) -> tuple[str, ...]:
    """The names of what is around a symbol, from without."""
    names: tuple[str, ...] = ()
    while symbol.parent >= 0:
        symbol = symbols[symbol.parent]
        names = (symbol.name, *names)
    return names


def written(statement: Import) -> str:
    """The statement on one line."""
    alias = f" as {statement.alias}" if statement.alias else ""
    if statement.kind == "mod":
        return f"mod {statement.target}"
    if statement.kind == "mod_path":
        return f'mod "{statement.target}"'
    if statement.kind == "extern_crate":
        return f"extern crate {statement.target}{alias}"
    names = [n.name + (f" as {n.alias}" if n.alias else "") for n in statement.names]
    listed = f"::{names[0]}" if len(names) == 1 else f"::{{{', '.join(names)}}}" if names else ""
    return f"{'pub ' if statement.kind == 'export' else ''}use {statement.target}{listed}{alias}"
