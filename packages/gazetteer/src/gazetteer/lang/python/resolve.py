"""Imports of Python: relative ones, packages, namespace packages, aliases and stars; nothing is imported to find out.

Where an absolute import may lie: in the folder around the topmost package of the importing file (its own root), then in all folders
that hold packages, then in folders above the file that are no packages. A name that more than one of the others has, or one of them and
the file's own folder, is ambiguous; a name of the standard library is found only in the own root. Where a file imports the same with a
dot, for who runs it as a script, its own folder comes first. Of a file that says itself that it is run as a script, its own folder comes
second: Python looks there first, but a package around it may be imported as well (method ``text-match``). What lies in a package above
such a file, which it may have put on the path, comes last.

Of a module and its stub beside it, stubs mean the stub, which is what a type checker sees of both, and all others what runs. A package
without ``__init__`` may have parts in several of these folders, so what is imported from it is looked for name by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet

from msgspec import structs

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import, Method
from ...resolve.bindings import Bindings
from ...resolve.near import Near
from ...resolve.paths import Paths
from .roots import SUFFIXES, Roots
from .standard import STANDARD

__all__ = ["may_ask_for", "near", "resolve", "written"]

_PROJECT = ("pyproject.toml", "setup.py", "setup.cfg")
_STUBS_FIRST = (".pyi", ".py", ".pyx")
_PACKAGES = tuple(f"/__init__{suffix}" for suffix in SUFFIXES)


def resolve(files: list[SourceFile], paths: Paths, config: Config) -> Iterator[Edge | Missing]:
    """An edge for each module of this tree that a file imports, also where it is named after ``from package import``; bases; overrides."""
    resolver = _Resolver(files, paths, config)
    for path in resolver.bindings.files:
        yield from resolver.statements(path)
    yield from resolver.bindings.edges()


def near(files: Mapping[str, SourceFile], paths: Paths, config: Config) -> Near:
    """What `resolve` finds, for few files: others are read where one of these has to do with them."""
    return _Resolver(files, paths, config, is_near=True)


def may_ask_for(paths: AbstractSet[str], folders: AbstractSet[str], _asked: Mapping[str, int]) -> bool:
    """Whether paths and folders that come or go can make an import mean something else: modules, and what says where packages lie."""
    return bool(folders) or any(path.endswith(SUFFIXES) or path.rpartition("/")[2] in _PROJECT for path in paths)


class _Resolver:
    """The modules of a tree."""

    def __init__(
        self, files: Iterable[SourceFile] | Mapping[str, SourceFile], paths: Paths, config: Config, *, is_near: bool = False
    ) -> None:
        # What has a name is a keyword of the class: its metaclass, or what that one is told.
        self.paths = paths
        self.bindings = Bindings(files, read=self.bind_all if is_near else None, inherits=lambda base: not base.how)
        self.packages = {p.rpartition("/")[0] for p in paths.files if p.endswith(_PACKAGES)}
        self.known: dict[tuple[str, str, bool], str | None] = {}
        self.configured = [r.strip("/") for r in config.python.roots]
        self.roots = Roots(self.configured or self._roots(), paths.files, paths.folders)
        self.own: dict[str, str] = {}
        self.relative: dict[str, set[tuple[str, str]]] = {}

    def _roots(self) -> list[str]:
        """Folders that hold packages and are none, folders of projects and their ``src``, and the whole tree."""
        found = {"", "src"} & (self.paths.folders | {""})
        for package in self.packages:
            above = package.rpartition("/")[0]
            if above not in self.packages:
                found.add(above)
        for path in self.paths.files:
            folder, _, name = path.rpartition("/")
            if name in _PROJECT and folder not in self.packages:
                found |= {folder, *({f"{folder}/src"} & self.paths.folders)}
        return sorted(found, key=lambda folder: (folder.count("/") + bool(folder), folder))

    def own_root(self, path: str) -> str:
        """The folder around the topmost package of a file."""
        lies_in = folder = path.rpartition("/")[0]
        own = self.own.get(lies_in)
        if own is None:
            while folder in self.packages:
                folder = folder.rpartition("/")[0]
            own = self.own[lies_in] = folder
        return own

    def statements(self, path: str) -> Iterator[Edge | Missing]:
        """An edge for each module that a file imports; afterwards its names are bound."""
        record = self.bindings.files[path].record
        assert record is not None
        for statement in record.imports:
            yield from self.statement(path, statement)

    def bind_all(self, path: str) -> None:
        """Bind the names that a file imports."""
        for _ in self.statements(path):
            pass

    def joined(self, paths: Iterable[str]) -> Iterator[Edge]:
        """Edges from the classes of some files, and from their methods."""
        return self.bindings.edges(paths=paths)

    def statement(self, path: str, statement: Import) -> Iterator[Edge | Missing]:
        text, targets, several = written(statement), dict[str, Method](), set[str]()
        for part in self.split(path, statement):
            found, ambiguous, method = self.modules(path, part)
            several.update(ambiguous)
            targets = dict.fromkeys(found, method) | targets
        for target, method in targets.items():
            if target != path:
                yield Edge.stated(path, statement, target, "import", text, method, weak=statement.type_only or statement.local)
        if several:
            yield Missing.ambiguous(path, statement.line, "import", text, sorted(several))
        elif not targets and not self.is_namespace(path, statement):
            standard = not statement.level and statement.target.split(".")[0] in STANDARD
            yield Missing(path, statement.line, "import", text, "standard library" if standard else "outside")

    def split(self, path: str, statement: Import) -> list[Import]:
        """A statement in as many as there are names that may lie in different folders: those taken from a package without ``__init__``."""
        if len(statement.names) < 2 or self.module(self.own_root(path), statement.target, path) is not None:  # as most have
            return [statement]
        roots = [root for root in self.bases(path, statement) if self.is_folder(root, statement.target)]
        if len(roots) < 2 or any(self.module(root, statement.target, path) is not None for root in roots):
            return [statement]
        return [structs.replace(statement, names=(name,)) for name in statement.names]

    def modules(self, path: str, statement: Import) -> tuple[list[str], tuple[str, ...], Method]:
        """The files that a statement means; or those of which it may mean one; and how they were found."""
        found: dict[str, list[str]] = {}
        beside, own = path.rpartition("/")[0], self.own_root(path)
        run = self.is_run_there(path, statement)
        of_script = run and beside != own
        for root in self.bases(path, statement):
            inside = self.inside(root, statement, path)
            if of_script and root == beside:  # of its own name it means what is installed
                inside = [f for f in inside if f != path]
            if inside:
                found[root] = inside
                if statement.level or root == own or (of_script and root == beside) or self.is_also_relative(path, statement):
                    break
        else:  # any other root is a guess, and so is that the file is run as a script in its folder
            if found and (inside := [f for f in self.inside(beside, statement, path) if f != path]):
                found[beside] = inside
        if not found and not statement.level and not self.configured and statement.target.split(".")[0] not in STANDARD:
            above = beside
            while above and not found:
                above = above.rpartition("/")[0]
                if run or above not in self.packages:  # `numpy` of a package is not what its own modules import as that
                    found = {above: inside} if (inside := self.inside(above, statement, path)) else {}
        choices = list(dict.fromkeys(tuple(f) for f in found.values()))
        if len(choices) > 1:
            return [], tuple(sorted({f for choice in choices for f in choice})), "resolved"
        if not found:
            return [], (), "resolved"
        root, targets = next(iter(found.items()))
        self.bind(path, statement, root)
        return targets, (), "text-match" if run and root in self.packages else "resolved"

    def bases(self, path: str, statement: Import) -> Iterator[str]:
        """Folders in which what a statement means may lie, the own root first."""
        first, asks_all = self.first_bases(path, statement)
        yield from first
        if asks_all:
            yield from (root for root in self.roots.with_module(statement) if root not in first)

    def first_bases(self, path: str, statement: Import) -> tuple[list[str], bool]:
        """Folders in which the first part of the target may lie before it may in any root; and whether it may in those."""
        if statement.level:
            folder = path.rpartition("/")[0]
            for _ in range(statement.level - 1):
                if not folder:
                    return [], False
                folder = folder.rpartition("/")[0]
            return [folder], False
        if self.configured:
            return [], True
        own = self.own_root(path)
        if self.is_also_relative(path, statement):
            return [path.rpartition("/")[0], own], False
        if statement.target.partition(".")[0] in STANDARD:
            return [own], False
        return [own, path.rpartition("/")[0]] if self.is_run_there(path, statement) else [own], True

    def is_run_there(self, path: str, statement: Import) -> bool:
        """Whether a file is run as a script, so that Python looks for what it imports in its folder."""
        if statement.level or self.configured or statement.target.partition(".")[0] in STANDARD:
            return False
        record = self.bindings.files[path].record
        assert record is not None
        return record.script_line > 0 and not self.is_also_relative(path, statement)

    def is_also_relative(self, path: str, statement: Import) -> bool:
        """Whether a file has the same import with a dot too: the one as part of a package, the other as a script in its folder."""
        if statement.level:
            return False
        known = self.relative.get(path)
        if known is None:
            record = self.bindings.files[path].record
            assert record is not None
            known = self.relative[path] = {(s.target, n.name) for s in record.imports if s.level == 1 for n in s.names}
        if statement.kind == "import":
            return ("", statement.target) in known
        return any((statement.target, n.name) in known for n in statement.names)

    def inside(self, root: str, statement: Import, path: str) -> list[str]:
        """The files that a statement of the file at `path` means below a root."""
        module = self.module(root, statement.target, path)
        if statement.kind != "from":
            return [module] if module is not None else []
        names = [n.name for n in statement.names if n.name != "*"]
        inner = [p for p in self.parts(root, statement.target, names, path) if p is not None]
        found = list[str]()
        if module is not None and (len(inner) < len(names) or not names):  # something besides modules comes from the package itself
            found.append(module)
        return list(dict.fromkeys(found + inner))

    def module(self, base: str, target: str, path: str) -> str | None:
        """The file of a module below a folder, for the file at `path`: a package's ``__init__``, or a module.

        `target` may be empty for the package itself.
        """
        is_stub = path.endswith(".pyi")
        key = (base, target, is_stub)
        if key not in self.known:
            stem, suffixes = _stem(base, target), _STUBS_FIRST if is_stub else SUFFIXES
            candidates = [f"{stem}/__init__{s}" for s in suffixes] + ([f"{stem}{s}" for s in suffixes] if target else [])
            self.known[key] = next((c.lstrip("/") for c in candidates if c.lstrip("/") in self.paths.files), None)
        return self.known[key]

    def is_folder(self, base: str, target: str) -> bool:
        """Whether a dotted name is that of a folder below another one."""
        return _stem(base, target) in self.paths.folders

    def parts(self, base: str, target: str, names: list[str], path: str) -> list[str | None]:
        """The files of the modules that some names are in a module below a folder: none, where that is a file, as most are."""
        if not self.is_folder(base, target):
            return [None] * len(names)
        return [self.module(base, f"{target}.{name}".strip("."), path) for name in names]

    def is_namespace(self, path: str, statement: Import) -> bool:
        """Whether a statement names nothing but folders without ``__init__``: there is no file to lead to."""
        inner = [f"{statement.target}.{name.name}" for name in statement.names] if statement.kind == "from" else [statement.target]
        first, asks_all = self.first_bases(path, statement)
        return bool(inner) and all(
            any(self.is_folder(base, target.strip(".")) for base in first) or (asks_all and self.roots.with_folder(target))
            for target in inner
        )

    def bind(self, path: str, statement: Import, root: str) -> None:
        """Say what the statement's names mean."""
        module = self.module(root, statement.target, path)
        if statement.kind == "import":
            if module is not None:
                self.bindings.bind(path, statement.alias or statement.target, [module])
            return
        parts = self.parts(root, statement.target, [name.name for name in statement.names], path)
        for name, part in zip(statement.names, parts, strict=True):
            if name.name == "*":
                if module is not None:
                    self.bindings.star(path, module)
            elif part is not None:
                self.bindings.bind(path, name.alias or name.name, [part])
            elif module is not None:
                self.bindings.bind(path, name.alias or name.name, [module], name.name)


def _stem(base: str, target: str) -> str:
    """The path of a dotted name below a folder."""
    return "/".join(filter(None, (base, *target.split("."))))


def written(statement: Import) -> str:
    """The statement on one line."""
    if statement.kind == "import":
        return f"import {statement.target}" + (f" as {statement.alias}" if statement.alias else "")
    names = ", ".join(n.name + (f" as {n.alias}" if n.alias else "") for n in statement.names)
    return f"from {'.' * statement.level}{statement.target} import {names}"
