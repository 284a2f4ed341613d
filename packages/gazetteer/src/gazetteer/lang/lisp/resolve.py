"""Which files Lisps load: features of Emacs and namespaces of Clojure by their names, the nearest; files of systems from their folder."""

from __future__ import annotations

from collections.abc import Iterator

from ...atlas import Edge, Missing
from ...config import Config
from ...gather import SourceFile
from ...model import Import
from ...resolve.led import led
from ...resolve.paths import Paths

__all__ = ["resolve"]

_OF_CLOJURE = (".clj", ".cljc", ".cljs", ".bb")
#: Namespaces that come with Clojure, behind ``clojure.``.
_STANDARD = frozenset((
    "core", "core.protocols", "core.reducers", "core.server", "core.specs.alpha", "data", "datafy", "edn", "inspector", "instant",
    "java.basis", "java.browse", "java.io", "java.javadoc", "java.process", "java.shell", "main", "math", "parallel", "pprint", "reflect",
    "repl", "set", "spec.alpha", "spec.gen.alpha", "spec.test.alpha", "stacktrace", "string", "template", "test", "test.junit",
    "test.tap", "uuid", "walk", "xml", "zip",
))  # fmt: skip


def resolve(files: list[SourceFile], paths: Paths, _config: Config) -> Iterator[Edge | Missing]:
    """An edge for each file that is loaded and lies in the tree."""
    for file in files:
        assert file.record is not None
        for statement in file.record.imports:
            if statement.kind == "listed":
                found = paths.relative(file.path.rpartition("/")[0], f"{statement.target}.lisp")
                if found is not None and found != file.path:
                    yield Edge.stated(file.path, statement, found, "build", f"{statement.alias} {statement.target}")
                continue
            meant, standard = _meant(file, statement, paths)
            yield from led(file, statement, f"{statement.kind} {statement.target}", meant, standard)


def _meant(file: SourceFile, statement: Import, paths: Paths) -> tuple[list[str], bool]:
    """The files that a statement may mean, and whether that comes with the language."""
    target, folder = statement.target, file.path.rpartition("/")[0]
    if file.language == "clojure" and statement.kind == "import":
        return paths.meant(file.path, (target.replace(".", "/") + ".java",)), target.startswith(("java.", "javax."))
    if file.language == "clojure":
        place = target.replace(".", "/").replace("-", "_")
        return paths.meant(file.path, tuple([place + ending for ending in _OF_CLOJURE])), target.removeprefix(
            "clojure."
        ) in _STANDARD and target.startswith("clojure.")
    ending = ".el" if file.language == "emacs-lisp" else ".lisp"
    if statement.kind.startswith("load"):
        found = paths.beside(folder, target) or paths.beside(folder, target + ending)
        return [found] if found is not None else [], False
    return paths.meant(file.path, (target + ending,)), False
